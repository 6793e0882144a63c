"""Snippets: the piece of a text that best shows what was searched for."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pressmark.research.questions import GAP, join

MARKS = ("\x02", "\x03")
"""Around the words that were found, in a snippet; control characters occur in no text."""

SNIPPET_WORDS = 24


class Snippets:
    """Finds the piece of a text that has most of the terms (FTS5 expressions); has to be closed.

    FTS5's own snippet() compares every match of a text with every other, so that one page can take hours. Here the
    text is split into overlapping pieces of a few words, and the best of them is highlighted: the time is linear.
    """

    _WORD = re.compile(f"[^\\s{GAP}]{{1,40}}")

    def __init__(self, terms: Sequence[str]) -> None:
        self._expression = " OR ".join(terms)
        longest = max(len(self._WORD.findall(term)) for term in terms)
        self._words = SNIPPET_WORDS + longest  # so that every phrase is whole in one of the pieces
        self._pieces = sqlite3.connect(":memory:", isolation_level=None)
        self._pieces.execute(
            "CREATE VIRTUAL TABLE pieces USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2')"
        )

    def close(self) -> None:
        """Release the memory."""
        self._pieces.close()

    def of(self, text: str) -> str:
        """Return the piece, the found words between :data:`MARKS`; the beginning if none of them occurs."""
        spots = [match.span() for match in self._WORD.finditer(text)]
        step = SNIPPET_WORDS // 2
        starts = range(0, max(len(spots) - self._words, 0) + step, step)
        pieces = [spots[start : start + self._words] for start in starts if start < len(spots)]
        with interruptible(self._pieces):
            self._pieces.execute("BEGIN")
            self._pieces.execute("DELETE FROM pieces")
            self._pieces.executemany(
                "INSERT INTO pieces (rowid, text) VALUES (?, ?)",
                ((number, text[piece[0][0] : piece[-1][1]]) for number, piece in enumerate(pieces)),
            )
            self._pieces.execute("COMMIT")
            number, found = self._pieces.execute(
                "SELECT rowid, highlight(pieces, 0, ?, ?) FROM pieces WHERE pieces MATCH ? ORDER BY rank, rowid",
                (*MARKS, self._expression),
            ).fetchone() or (0, text[: pieces[0][-1][1]] if pieces else "")
        before, after = number > 0, number < len(pieces) - 1
        return f"{'… ' if before else ''}{join(found)}{' …' if after else ''}"


@contextmanager
def interruptible(database: sqlite3.Connection) -> Iterator[None]:
    """Make Ctrl-C end a running SQL statement: Python raises KeyboardInterrupt only while it runs Python code."""
    database.set_progress_handler(lambda: 0, 1000)  # instructions of SQLite's machine, some 10 microseconds
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from error
        raise
    finally:
        database.set_progress_handler(None, 0)

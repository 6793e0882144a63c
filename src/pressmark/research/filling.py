"""Fills the search index with texts and captures from an archive's rows and WARC files."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from pressmark.archive import content
from pressmark.archive.content import Files
from pressmark.archive.keys import capture_key, fold_term, original_key
from pressmark.archive.ranges import Reader
from pressmark.archive.rows import Item
from pressmark.archive.same import page as page_of
from pressmark.archive.selection import Selection, select, whole_rows
from pressmark.clock import parse_iso
from pressmark.errors import ArchiveError, WarcError
from pressmark.research.questions import spread
from pressmark.research.stems import language_of, stems

OVERLAP = timedelta(days=1)
"""Rows may be written after those of later captures (retries, rebuilds), so each update reads this period again."""

READ_AT_A_TIME = 16

Rows = Callable[[datetime | None], Iterable[Item]]
"""Returns the rows of all captures since a time (aware UTC; None: all), the newest first; some with their ``text``."""


class Filler:
    """Writes texts and captures into the tables of a search index."""

    def __init__(self, database: sqlite3.Connection, reader: Reader, files: Files) -> None:
        """database: the index; reader, files: of the archive."""
        self._database = database
        self._reader = reader
        self._files = files

    def update(
        self, *, now: datetime, whole: bool, on_batch: Callable[[int], None], rows: Rows | None = None
    ) -> int:
        """Index what was captured since the last update; return how many articles are new.

        whole: look through everything again (after a rebuild), and forget captures that are gone. A text is indexed
        once, however often it was captured unchanged. What cannot be read is left out, and tried again with ``whole``.
        rows: the source of the rows, if not the reader; the text of a row that has it is not read from its WARC file.
        """
        if whole:
            self._forget()
        known = self._database.execute("SELECT value FROM state WHERE name = 'upto'").fetchone()
        start = parse_iso(known[0]) - OVERLAP if known and not whole else None
        found = rows(start) if rows else self._rows(start, now)
        articles = (row for row in found if _is_article(row))
        count = 0
        with ThreadPoolExecutor(READ_AT_A_TIME) as threads:
            for batch in batched(articles, 200, strict=False):
                count += self._take(batch, threads)
                on_batch(count)
        self._database.execute("INSERT OR REPLACE INTO state VALUES ('upto', ?)", (now.isoformat(),))
        return count

    def _rows(self, start: datetime | None, now: datetime) -> Iterator[Item]:
        found = select(self._reader, Selection(start=start), now=now)
        return (each.item for each in whole_rows(self._reader, found))

    def take(self, rows: Sequence[Item]) -> int:
        """Index the articles among whole rows; return how many texts are new. Raises ArchiveError."""
        with ThreadPoolExecutor(READ_AT_A_TIME) as threads:
            return self._take([row for row in rows if _is_article(row)], threads)

    def _take(self, articles: Sequence[Item], threads: ThreadPoolExecutor) -> int:
        fresh = {_page_key(row): row for row in articles if self._page(row) is None}
        texts = threads.map(lambda row: _text(self._reader, self._files, row), fresh.values())
        count = 0
        self._database.execute("BEGIN")
        for row, text in zip(fresh.values(), list(texts), strict=True):
            count += self._add(row, text)
        for row in articles:
            self._note(row)
        self._database.execute("COMMIT")
        return count

    def _forget(self) -> None:
        known = self._database.execute("SELECT url, captured, page FROM captures")
        for batch in batched(known.fetchall(), 100, strict=False):
            there = there_among(self._reader, batch)
            gone = [(page, captured, url) for url, captured, page in batch if (url, captured) not in there]
            self._database.executemany(
                "DELETE FROM captures WHERE page = ? AND captured = ? AND url = ?", gone
            )
        self._database.executescript(
            "DELETE FROM pages WHERE id NOT IN (SELECT page FROM captures);"
            "DELETE FROM texts WHERE rowid NOT IN (SELECT id FROM pages);"
            "DELETE FROM authors WHERE page NOT IN (SELECT id FROM pages);"
        )

    def _page(self, row: Item) -> int | None:
        query = "SELECT id FROM pages WHERE page = ? AND digest = ?"
        found = self._database.execute(query, _page_key(row)).fetchone()
        return found[0] if found else None

    def _add(self, row: Item, text: str | None) -> bool:
        """Index a page that is new; return False if its text could not be read."""
        if text is None:
            return False
        done = self._database.execute(
            "INSERT INTO pages (page, digest, site) VALUES (?, ?, ?)", (*_page_key(row), row["site"])
        )
        self._database.execute(
            "INSERT INTO texts (rowid, title, text) VALUES (?, ?, ?)",
            (done.lastrowid, spread(row.get("title", "")), spread(text)),
        )
        self._database.executemany(
            "INSERT OR IGNORE INTO authors VALUES (?, ?)",
            [(done.lastrowid, fold_term(name)) for name in row.get("authors", ())],
        )
        if language := language_of(row.get("language")):
            self._database.executemany(
                "INSERT OR IGNORE INTO stems VALUES (?, ?, ?)",
                [
                    (language, stem, word)
                    for word, stem in stems(language, f"{row.get('title', '')} {text}").items()
                ],
            )
        return True

    def _note(self, row: Item) -> None:
        """Add a capture of a page that is indexed."""
        self._database.execute(
            "INSERT OR IGNORE INTO captures SELECT ?, ?, ?, ? WHERE ?1 IS NOT NULL",
            (self._page(row), row["captured"], row["url"], row.get("published")),
        )


def there_among(reader: Reader, found: Iterable[Sequence[Any]]) -> set[tuple[str, str]]:
    """Return the captures that still have a row and a page, as URL and time. found: each begins with URL and time.

    A revisit of a capture that was taken down has a row, but its page is gone.
    """
    keys = [capture_key(url, captured) for url, captured, *_ in found]
    rows = [row for row in reader.rows(keys) if "deleted" not in row]
    originals = {row["capture"]: original_key(row) for row in rows if "original_captured" in row}
    gone = {row["capture"] for row in reader.rows(list(originals.values())) if "deleted" in row}
    return {
        (row["url"], row["captured"])
        for row in rows
        if row["capture"] not in originals or originals[row["capture"]]["capture"] not in gone
    }


def _page_key(row: Item) -> tuple[str, str]:
    """Return what tells texts apart: their page, and the digest of its bytes, or the time if there is no digest."""
    return page_of(row["url"]), str(row.get("digest") or row["captured"])


def _is_article(row: Item) -> bool:
    return "title" in row and row.get("purpose", "page") == "page"


def _text(reader: Reader, files: Files, row: Item) -> str | None:
    try:
        return row.get("text") or content.text_of(reader, files, row) or ""
    except (ArchiveError, WarcError):
        return None

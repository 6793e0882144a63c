"""Text search: titles and texts of an archive in an SQLite FTS5 index that is brought up to date as it is asked.

Good for some hundred thousand articles on one machine; beyond that, Athena over ``pressmark export -o
archive.parquet`` does the same (docs/formats.md).
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path

from pressmark.archive import content
from pressmark.archive.content import Files
from pressmark.archive.queries import Reader
from pressmark.archive.rows import Item
from pressmark.archive.selection import Selection, SelectionError, select, whole_rows
from pressmark.archive.times import lower_bound, upper_bound
from pressmark.errors import ArchiveError, WarcError
from pressmark.seams import parse_iso
from pressmark.urls import urlkey

OVERLAP = timedelta(days=1)
"""Rows may appear after later ones (retries, rebuilds); so much is looked through again each time."""

AT_A_TIME = 16

MARKS = ("\x02", "\x03")
"""Around the words that were found, in a snippet; control characters occur in no text."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS captures (id INTEGER PRIMARY KEY, urlkey TEXT, digest TEXT, url TEXT, captured TEXT,
    published TEXT, site TEXT, UNIQUE (urlkey, digest));
CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5 (title, text, tokenize = 'unicode61 remove_diacritics 2');
"""

# Scripts written without spaces: each character is a word of its own, and words are phrases of them.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CHARACTER = re.compile(f"([{_UNSPACED}])")
_CLOSE = f"[{_UNSPACED}\u3000-\u303f\uff00-\uffef\x02\x03]"
_JOIN = re.compile(f"(?<={_CLOSE}) (?={_CLOSE})")
_QUERY = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')


class SearchError(SelectionError):
    """The words cannot be searched for, or the index cannot be used."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found. snippet: a piece of its text, the found words between :data:`MARKS`."""

    url: str
    captured: str
    published: str | None
    title: str
    snippet: str


class Index:
    """A search index in a file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = sqlite3.connect(path, timeout=60, isolation_level=None)
            self._database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise SearchError(f"{path}: {error}") from error

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    def update(
        self,
        reader: Reader,
        files: Files,
        *,
        now: datetime,
        whole: bool = False,
        on_batch: Callable[[int], None] = lambda _count: None,
    ) -> int:
        """Index what was captured since the last update; return how many articles are new.

        whole: look through everything again (after a rebuild). A text is indexed once, however often it was
        captured unchanged. What cannot be read is left out, and tried again with ``whole``.
        """
        known = self._database.execute("SELECT value FROM state WHERE name = 'upto'").fetchone()
        start = parse_iso(known[0]) - OVERLAP if known and not whole else None
        found = whole_rows(reader, select(reader, Selection(start=start), now=now))
        articles = (each.item for each in found if _is_article(each.item))
        count = 0
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            for batch in batched(articles, 200, strict=False):
                fresh = [row for row in batch if not self._has(row)]
                texts = list(threads.map(lambda row: _text(reader, files, row), fresh))
                self._database.execute("BEGIN")
                for row, text in zip(fresh, texts, strict=True):
                    count += self._add(row, text)
                self._database.execute("COMMIT")
                on_batch(count)
        self._database.execute("INSERT OR REPLACE INTO state VALUES ('upto', ?)", (now.isoformat(),))
        return count

    def _has(self, row: Item) -> bool:
        found = self._database.execute(
            "SELECT 1 FROM captures WHERE urlkey = ? AND digest = ?", (urlkey(row["url"]), row.get("digest"))
        )
        return found.fetchone() is not None

    def _add(self, row: Item, text: str | None) -> bool:
        if text is None:
            return False
        values = (
            urlkey(row["url"]),
            row.get("digest"),
            row["url"],
            row["captured"],
            row.get("published"),
            row["site"],
        )
        done = self._database.execute(
            "INSERT OR IGNORE INTO captures (urlkey, digest, url, captured, published, site) VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )
        if done.rowcount != 1:
            return False
        self._database.execute(
            "INSERT INTO texts (rowid, title, text) VALUES (?, ?, ?)",
            (done.lastrowid, spread(row.get("title", "")), spread(text)),
        )
        return True

    def search(
        self,
        words: str,
        *,
        partition: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 20,
    ) -> Iterator[Hit]:
        """Yield the pages that hold all the words, the best first; of each URL the best capture only.

        words: ``"a phrase"`` and ``-without`` are understood. partition: a site, as in the table. start, end: of
        capture, aware UTC. Raises SearchError.
        """
        condition, values = "texts MATCH ?", [match_expression(words)]
        for clause, value in (
            ("site = ?", partition),
            ("captured >= ?", lower_bound(start) if start else None),
            ("captured <= ?", upper_bound(end) if end else None),
        ):
            if value is not None:
                condition += f" AND {clause}"
                values.append(value)
        query = (
            "SELECT urlkey, url, captured, published, title, "  # noqa: S608 - texts of ours alone
            f"snippet(texts, 1, '{MARKS[0]}', '{MARKS[1]}', ' … ', 24) FROM texts JOIN captures ON id = texts.rowid "
            f"WHERE {condition} ORDER BY bm25(texts, 5.0, 1.0), captured DESC"
        )
        seen: set[str] = set()
        try:
            for key, url, captured, published, title, snippet in self._database.execute(query, values):
                if key not in seen:
                    seen.add(key)
                    yield Hit(url, captured, published, join(title), join(snippet))
                if len(seen) >= limit:
                    return
        except sqlite3.OperationalError as error:
            raise SearchError(f"cannot search for {words!r}: {error}") from error

    def size(self) -> int:
        """How many texts are indexed."""
        return int(self._database.execute("SELECT count(*) FROM captures").fetchone()[0])


def match_expression(words: str) -> str:
    """Write what a person types as an FTS5 expression: every word is wanted. Raises SearchError."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in _QUERY.findall(words):
        text = spread((phrase or word).replace('"', " ")).strip()
        if re.search(r"\w", text):
            (unwanted if minus else wanted).append(f'"{text}"')
    if not wanted:
        raise SearchError("there is no word to search for")
    return " AND ".join(wanted) + "".join(f" NOT {each}" for each in unwanted)


def spread(text: str) -> str:
    """Put spaces around the characters of scripts that are written without them."""
    return re.sub(r" {2,}", " ", _CHARACTER.sub(r" \1 ", text))


def join(text: str) -> str:
    """Undo :func:`spread`, as far as it shows."""
    return _JOIN.sub("", text).strip()


def _is_article(row: Item) -> bool:
    return "title" in row and "revisit" not in row and row.get("purpose", "page") == "page"


def _text(reader: Reader, files: Files, row: Item) -> str | None:
    try:
        return content.text_of(reader, files, row) or ""
    except (ArchiveError, WarcError):
        return None

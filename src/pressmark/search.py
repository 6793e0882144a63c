"""Text search: titles and texts of an archive in an SQLite FTS5 index that is brought up to date as it is asked.

Good for some hundred thousand articles on one machine; beyond that, Athena over ``pressmark export -o
archive.parquet`` does the same (docs/formats.md).
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any

from pressmark.archive import content
from pressmark.archive.content import Files
from pressmark.archive.queries import Reader
from pressmark.archive.rows import Item
from pressmark.archive.selection import Selection, SelectionError, select, whole_rows
from pressmark.archive.times import lower_bound, upper_bound
from pressmark.errors import ArchiveError, WarcError
from pressmark.seams import parse_iso
from pressmark.urls import site, urlkey

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
_CLOSE = f"[{_UNSPACED}\u3000-\u303f\uff00-\uffef]"
_JOIN = re.compile(f"(?<={_CLOSE})([\x02\x03]*) ([\x02\x03]*)(?={_CLOSE})")
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

    def __init__(self, path: Path, *, or_memory: bool = False) -> None:
        """Open an index or begin one. Raises SearchError.

        or_memory: where the file cannot be written, work on a copy of it in memory, for this once.
        """
        self.in_memory = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _open(str(path))
        except (sqlite3.OperationalError, OSError) as error:
            if not or_memory:
                raise SearchError(f"{path}: {error}") from error
            self._database = _in_memory(path)
            self.in_memory = True
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

        whole: look through everything again (after a rebuild), and forget what is no longer there. A text is indexed
        once, however often it was captured unchanged. What cannot be read is left out, and tried again with ``whole``.
        """
        if whole:
            self._forget(reader)
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

    def _forget(self, reader: Reader) -> None:
        known = self._database.execute("SELECT urlkey, captured, id FROM captures").fetchall()
        for batch in batched(known, 100, strict=False):
            there = _there(reader, batch)
            gone = [(number,) for key, captured, number in batch if (key, captured) not in there]
            self._database.executemany("DELETE FROM captures WHERE id = ?", gone)
            self._database.executemany("DELETE FROM texts WHERE rowid = ?", gone)

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
        reader: Reader | None = None,
        partition: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 20,
    ) -> Iterator[Hit]:
        """Yield the pages that hold all the words, the best first; of each URL the best capture only.

        words: ``"a phrase"`` and ``-without`` are understood. reader: of the archive; what it has no row of any more
        (taken down, or its WARC file is gone) is no hit. partition: a site, as in the table. start, end: of capture,
        aware UTC. Raises SearchError, ArchiveError.
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
            "SELECT urlkey, captured, url, published, title, "  # noqa: S608 - texts of ours alone
            f"snippet(texts, 1, '{MARKS[0]}', '{MARKS[1]}', ' … ', 24) FROM texts JOIN captures ON id = texts.rowid "
            f"WHERE {condition} ORDER BY bm25(texts, 5.0, 1.0), captured DESC"
        )
        seen: set[str] = set()
        try:
            for batch in batched(self._database.execute(query, values), max(limit, 20), strict=False):
                there = _there(reader, batch) if reader else None
                for key, captured, url, published, title, snippet in batch:
                    if key in seen or (there is not None and (key, captured) not in there):
                        continue
                    seen.add(key)
                    yield Hit(url, captured, published, join(title), join(snippet))
                    if len(seen) >= limit:
                        return
        except sqlite3.OperationalError as error:
            raise SearchError(f"cannot search for {words!r}: {error}") from error

    def size(self) -> int:
        """How many texts are indexed."""
        return int(self._database.execute("SELECT count(*) FROM captures").fetchone()[0])


def _open(name: str) -> sqlite3.Connection:
    database = sqlite3.connect(name, timeout=60, isolation_level=None)
    try:
        database.executescript(_SCHEMA)
        database.execute(
            "UPDATE state SET value = value WHERE name = 'upto'"
        )  # fails where nothing can be written
    except BaseException:
        database.close()
        raise
    return database


def _in_memory(path: Path) -> sqlite3.Connection:
    database = _open(":memory:")
    if path.is_file():
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as stored:
            stored.backup(database)
    return database


def _there(reader: Reader, found: Iterable[Sequence[Any]]) -> set[tuple[str, str]]:
    """Return which captures have a row. found: each begins with a urlkey and a time, and so does what is returned."""
    keys = [{"site": site(key), "capture": f"{key} {captured}"} for key, captured, *_ in found]
    rows = (row["capture"].rpartition(" ") for row in reader.rows(keys) if "deleted" not in row)
    return {(key, captured) for key, _, captured in rows}


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
    return _JOIN.sub(r"\1\2", text).strip()


def _is_article(row: Item) -> bool:
    return "title" in row and "revisit" not in row and row.get("purpose", "page") == "page"


def _text(reader: Reader, files: Files, row: Item) -> str | None:
    try:
        return content.text_of(reader, files, row) or ""
    except (ArchiveError, WarcError):
        return None

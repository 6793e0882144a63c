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
from pressmark.archive.keys import original_key
from pressmark.archive.queries import LAST, Reader
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

VERSION = 2
"""Of what an index holds; an index of another version is made anew."""

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS pages (id INTEGER PRIMARY KEY, urlkey TEXT, digest TEXT, site TEXT,
    UNIQUE (urlkey, digest));
CREATE TABLE IF NOT EXISTS captures (page INTEGER, captured TEXT, url TEXT, published TEXT,
    PRIMARY KEY (page, captured)) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5 (title, text, tokenize = 'unicode61 remove_diacritics 2');
PRAGMA user_version = {VERSION};
"""
"""pages: what a URL once said, by the digest of its payload; texts has its words under the same number. captures: when
it said so, which is more often than its bytes were stored."""

_TABLES = ("state", "pages", "captures", "texts")

# Scripts written without spaces: each character is a word of its own, and words are phrases of them.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CHARACTER = re.compile(f"([{_UNSPACED}])")
_GAP = "\x1f"
"""Between characters that are words; it is in no text, so that taking it out gives the text as it was."""

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
                fresh = {_page_key(row): row for row in batch if self._page(row) is None}
                texts = threads.map(lambda row: _text(reader, files, row), fresh.values())
                self._database.execute("BEGIN")
                for row, text in zip(fresh.values(), list(texts), strict=True):
                    count += self._add(row, text)
                for row in batch:
                    self._note(row)
                self._database.execute("COMMIT")
                on_batch(count)
        self._database.execute("INSERT OR REPLACE INTO state VALUES ('upto', ?)", (now.isoformat(),))
        return count

    def _forget(self, reader: Reader) -> None:
        known = self._database.execute("SELECT urlkey, captured, page FROM captures JOIN pages ON id = page")
        for batch in batched(known.fetchall(), 100, strict=False):
            there = _there(reader, batch)
            gone = [(page, captured) for key, captured, page in batch if (key, captured) not in there]
            self._database.executemany("DELETE FROM captures WHERE page = ? AND captured = ?", gone)
        self._database.executescript(
            "DELETE FROM pages WHERE id NOT IN (SELECT page FROM captures);"
            "DELETE FROM texts WHERE rowid NOT IN (SELECT id FROM pages);"
        )

    def _page(self, row: Item) -> int | None:
        query = "SELECT id FROM pages WHERE urlkey = ? AND digest = ?"
        found = self._database.execute(query, _page_key(row)).fetchone()
        return found[0] if found else None

    def _add(self, row: Item, text: str | None) -> bool:
        """Index a page that is new; False where its text could not be read."""
        if text is None:
            return False
        done = self._database.execute(
            "INSERT INTO pages (urlkey, digest, site) VALUES (?, ?, ?)", (*_page_key(row), row["site"])
        )
        self._database.execute(
            "INSERT INTO texts (rowid, title, text) VALUES (?, ?, ?)",
            (done.lastrowid, spread(row.get("title", "")), spread(text)),
        )
        return True

    def _note(self, row: Item) -> None:
        """Take note of a capture of a page that is known."""
        self._database.execute(
            "INSERT OR IGNORE INTO captures SELECT ?, ?, ?, ? WHERE ?1 IS NOT NULL",
            (self._page(row), row["captured"], row["url"], row.get("published")),
        )

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
        """Yield the pages that hold all the words, the best first; of each URL the best text, by its newest capture.

        words: ``"a phrase"`` and ``-without`` are understood. reader: of the archive; what it has no row of any more
        (taken down, or its WARC file is gone) is no hit. partition: a site, as in the table. start, end: of capture,
        aware UTC. Raises SearchError, ArchiveError.
        """
        times = (lower_bound(start) if start else "", upper_bound(end) if end else LAST)
        query = (
            f"SELECT id, urlkey, title, snippet(texts, 1, '{MARKS[0]}', '{MARKS[1]}', ' … ', 24), "  # noqa: S608 - texts of ours alone
            "(SELECT max(captured) FROM captures WHERE page = id AND captured BETWEEN ? AND ?) AS newest "
            "FROM texts JOIN pages ON id = texts.rowid WHERE texts MATCH ? AND site = ifnull(?, site) "
            "AND newest IS NOT NULL ORDER BY bm25(texts, 5.0, 1.0), newest DESC"
        )
        values = (*times, match_expression(words), partition)
        seen: set[str] = set()
        try:
            found = self._database.execute(query, values)
            for batch in batched(found, max(limit, 20), strict=False):
                there = _there(reader, [(key, newest) for _, key, *_, newest in batch]) if reader else None
                for page, key, title, snippet, newest in batch:
                    if key in seen:
                        continue
                    capture = self._capture(reader, page, key, (newest, *times), there)
                    if capture is None:
                        continue
                    seen.add(key)
                    captured, url, published = capture
                    yield Hit(url, captured, published, join(title), join(snippet))
                    if len(seen) >= limit:
                        return
        except sqlite3.OperationalError as error:
            raise SearchError(f"cannot search for {words!r}: {error}") from error

    def _capture(
        self,
        reader: Reader | None,
        page: int,
        key: str,
        times: tuple[str, str, str],
        there: set[tuple[str, str]] | None,
    ) -> tuple[str, str, str | None] | None:
        """Return time, URL and date of publication of a page's newest capture that still has its row.

        times: of the newest that is known, and the bounds. there: captures that have their row; None for all.
        """
        newest, lower, upper = times
        known = self._database.execute(
            "SELECT captured, url, published FROM captures WHERE page = ? AND captured BETWEEN ? AND ? "
            "ORDER BY captured DESC",
            (page, lower, upper),
        )
        if there is None or (key, newest) in there:
            first: tuple[str, str, str | None] | None = known.fetchone()
            return first
        assert reader is not None  # noqa: S101 - it gave "there"
        for batch in batched(known.fetchall()[1:], 100, strict=False):
            standing = _there(reader, [(key, captured) for captured, *_ in batch])
            for capture in batch:
                if (key, capture[0]) in standing:
                    return capture  # type: ignore[no-any-return]  # a row of the query above
        return None

    def size(self) -> int:
        """How many texts are indexed."""
        return int(self._database.execute("SELECT count(*) FROM pages").fetchone()[0])


def _open(name: str) -> sqlite3.Connection:
    database = sqlite3.connect(name, timeout=60, isolation_level=None)
    try:
        _prepare(database)
        database.execute(
            "UPDATE state SET value = value WHERE name = 'upto'"
        )  # fails where nothing can be written
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        database.executescript("".join(f"DROP TABLE IF EXISTS {name};" for name in _TABLES))
    database.executescript(_SCHEMA)


def _in_memory(path: Path) -> sqlite3.Connection:
    database = _open(":memory:")
    if path.is_file():
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as stored:
            stored.backup(database)
        _prepare(database)
    return database


def _there(reader: Reader, found: Iterable[Sequence[Any]]) -> set[tuple[str, str]]:
    """Return which captures have a row and give their page. found: each begins with a urlkey and a time, as do these.

    A revisit of what was taken down has a row, and gives nothing.
    """
    keys = [{"site": site(key), "capture": f"{key} {captured}"} for key, captured, *_ in found]
    rows = [row for row in reader.rows(keys) if "deleted" not in row]
    originals = {row["capture"]: original_key(row) for row in rows if "original_captured" in row}
    gone = {row["capture"] for row in reader.rows(list(originals.values())) if "deleted" in row}
    standing = (
        row["capture"]
        for row in rows
        if row["capture"] not in originals or originals[row["capture"]]["capture"] not in gone
    )
    return {(key, captured) for key, _, captured in (capture.rpartition(" ") for capture in standing)}


def match_expression(words: str) -> str:
    """Write what a person types as an FTS5 expression: every word is wanted. Raises SearchError."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in _QUERY.findall(words):
        text = " ".join(spread((phrase or word).replace('"', " ")).replace(_GAP, " ").split())
        if re.search(r"\w", text):
            (unwanted if minus else wanted).append(f'"{text}"')
    if not wanted:
        raise SearchError("there is no word to search for")
    return " AND ".join(wanted) + "".join(f" NOT {each}" for each in unwanted)


def spread(text: str) -> str:
    """Part the characters of scripts that are written without spaces, so that each is a word."""
    return _CHARACTER.sub(f"{_GAP}\\1{_GAP}", text)


def join(text: str) -> str:
    """Undo :func:`spread`; marks around what was found stay."""
    return text.replace(_GAP, "").strip()


def _page_key(row: Item) -> tuple[str, str]:
    """What tells pages apart: a URL, and the bytes it gave. A page without a digest is told by its time."""
    return urlkey(row["url"]), str(row.get("digest") or row["captured"])


def _is_article(row: Item) -> bool:
    return "title" in row and row.get("purpose", "page") == "page"


def _text(reader: Reader, files: Files, row: Item) -> str | None:
    try:
        return content.text_of(reader, files, row) or ""
    except (ArchiveError, WarcError):
        return None

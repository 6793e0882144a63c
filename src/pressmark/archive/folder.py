"""An archive folder: WARC files on a disk, and an index of them that answers as the table does.

The folder is what ``make run`` and ``pressmark push --archive`` leave behind, or a bucket copied down. Its index is an
SQLite file made from the WARC files alone (D1), of the same items that DynamoDB would hold; it is brought up to date
whenever the folder is opened, and may be deleted at any time.
"""

import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import RLock

from pressmark.archive.folder_files import BUCKET, FolderFiles
from pressmark.archive.folder_index import insert, rewrite
from pressmark.archive.indexfile import IndexFile, Kind
from pressmark.archive.items import Faults, Gaps, Indexing, items_of_file, passed_over
from pressmark.archive.ranges import ATTRIBUTES, BEGINNING, Page, Range
from pressmark.archive.rows import Item
from pressmark.archive.tombstones import PREFIX as TOMBSTONES
from pressmark.archive.tombstones import Tombstone, Tombstones
from pressmark.errors import ArchiveError, NotFoundError, WarcError
from pressmark.settings import INDEX_TERMS

INDEX = "index.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (key TEXT PRIMARY KEY, size INTEGER, modified INTEGER, damage TEXT,
    shadowed INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (site TEXT, capture TEXT, day TEXT, captured TEXT, published TEXT, warc TEXT,
    item TEXT, PRIMARY KEY (site, capture)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost (site TEXT, capture TEXT, warc TEXT, url TEXT, captured TEXT,
    PRIMARY KEY (site, capture)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_day ON items (day, captured, site, capture) WHERE day IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_published ON items (site, published, capture) WHERE published IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_warc ON items (warc);
"""
"""lost: captures that were once indexed but are in no file any more. shadowed: how many captures of a file have a row
that comes from another file."""

_SCHEMA_2 = """
CREATE TABLE IF NOT EXISTS files (key TEXT PRIMARY KEY, size INTEGER, modified INTEGER, damage TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (site TEXT, capture TEXT, day TEXT, captured TEXT, published TEXT, warc TEXT,
    item TEXT, PRIMARY KEY (site, capture)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_day ON items (day, captured, site, capture) WHERE day IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_published ON items (site, published, capture) WHERE published IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_warc ON items (warc);
"""

KIND = Kind(
    "index of an archive folder",
    application_id=0x50726D46,
    version=6,
    schema=_SCHEMA,
    older=(_SCHEMA_2, _SCHEMA),
)
"""application_id: "PrmF" in ASCII. version: of the index's content."""

_LOSE = (
    "INSERT OR REPLACE INTO lost SELECT site, capture, warc, json_extract(item, '$.url'), captured FROM items "
    "WHERE warc = ? AND day IS NOT NULL"
)
_FOUND = (
    "DELETE FROM lost WHERE EXISTS "
    "(SELECT 1 FROM items WHERE items.site = lost.site AND items.capture = lost.capture)"
)


def tombstones_of(folder: Path) -> Iterator[Tombstone]:
    """Yield every tombstone of an archive folder. Raises ArchiveError."""
    for path in sorted((folder / TOMBSTONES).rglob("*.json")):
        key = path.relative_to(folder).as_posix()
        try:
            yield Tombstone.read(os.fsencode(key).decode("utf-8", "replace"), path.read_bytes())
        except OSError as error:
            raise ArchiveError(f"{path}: {error.strerror}") from error


def indexing_of(tombstones: Iterable[Tombstone]) -> Indexing:
    """Return how a folder's files become items: with every kind of look-up item."""
    return Indexing(bucket=BUCKET, terms=INDEX_TERMS, tombstones=Tombstones(tombstones))


@dataclass(frozen=True, slots=True)
class _Changes:
    """What has changed in a folder since it was indexed.

    gone: files whose items are removed. new: files to be indexed, with size and time. stones: the tombstones. buried:
    their number and checksum. problems: files that cannot be read.
    """

    gone: list[str]
    new: dict[str, tuple[int, int]]
    stones: list[Tombstone]
    buried: tuple[int, int]
    problems: list[str]


class FolderReader:
    """Answers ranges from the folder's index, with the same results as :class:`pressmark.archive.ranges.TableReader`.

    damaged: what could not be read, by file, a line each. unread: those of them that are whole files (or tombstones).
    news: what else is in files that were indexed just now.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tell: Callable[[str], None] = lambda _text: None,
        on_file: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        """Open the index and bring it up to date.

        tell: called with messages about the index for a person: that it is made again, or cannot be kept. on_file:
        called after each file with the number of files indexed so far, and of all. Raises NotFoundError if the folder
        does not exist, ArchiveError if another process does not release the index.
        """
        if not folder.is_dir():
            raise NotFoundError(f"{folder}: no such folder")
        self.files = FolderFiles(folder)
        self.index_terms = INDEX_TERMS
        self.damaged: list[str] = []
        self.unread: list[str] = []
        self.news: list[str] = []
        self._tell = tell
        self._on_file = on_file
        self._lock = RLock()
        self._index_file = IndexFile.open(folder / INDEX, KIND, own_place=True)
        try:
            self._up_to_date()
        except BaseException:
            self._index_file.close()
            raise

    @property
    def _database(self) -> sqlite3.Connection:
        return self._index_file.database

    def refresh(self) -> None:
        """Bring the index up to date with the folder. Raises ArchiveError."""
        with self._lock:
            self._up_to_date()

    def close(self) -> None:
        """Close the index file."""
        self._index_file.close()

    def lost(self) -> Iterator[tuple[str, str, str]]:
        """Yield file key, URL and time of each capture that the index once had and no file has any more."""
        yield from self._database.execute("SELECT warc, url, captured FROM lost ORDER BY warc, captured, url")

    def forget_lost(self) -> int:
        """Forget the captures that are lost; return how many there were."""
        return self._database.execute("DELETE FROM lost").rowcount

    @property
    def is_kept(self) -> bool:
        """Whether the index is a file in the folder; one in memory is gone when it is closed."""
        return not self._index_file.in_memory

    def make_again(self) -> None:
        """Make the index again from every file; captures that are lost by that are remembered. Raises ArchiveError."""
        self._database.execute("UPDATE files SET modified = -1")  # so that each counts as changed
        self._up_to_date()

    def rewrite(self, found: Sequence[Item]) -> None:
        """Replace the rows of the same records, all or none. Raises sqlite3.Error."""
        with self._lock:  # a rebuild works in threads, and this is one connection
            database = self._database
            database.execute("BEGIN IMMEDIATE")
            try:
                for row in found:
                    rewrite(database, row)
                database.execute("COMMIT")
            finally:
                if database.in_transaction:
                    database.execute("ROLLBACK")

    def _up_to_date(self) -> None:
        """Bring the index up to date. If it is damaged it is made again first; if it is not writable it is copied."""
        for again in (True, False):
            try:
                self._catch_up(self._database)
                break
            except sqlite3.DatabaseError as error:
                if not again:
                    raise ArchiveError(f"{self._index_file.path}: {error}") from error
                self._index_file.mend(error)
        self._say()

    def _say(self) -> None:
        for line in self._index_file.told:
            self._tell(line)
        self._index_file.told.clear()

    def _asked(self, query: str, values: Sequence[object]) -> list[Item]:
        """Return the items that a query finds; if it meets damage, the index is made again. Raises ArchiveError."""
        for again in (True, False):
            try:
                with self._lock:
                    return [json.loads(item) for (item,) in self._database.execute(query, values)]
            except (sqlite3.DatabaseError, ValueError) as error:
                if not again:
                    raise ArchiveError(f"{self._index_file.path}: {error}") from error
                self._index_file.mend(error)
                self._up_to_date()
        raise AssertionError("the second try returns or raises")

    def _catch_up(self, database: sqlite3.Connection) -> None:
        changes = self._changes(database)
        if changes.gone or changes.new:
            database.execute("BEGIN IMMEDIATE")
            changes = self._changes(database)  # another process may have done it in the meantime
            for key in changes.gone:
                database.execute(_LOSE, (key,))
                database.execute("DELETE FROM items WHERE warc = ?", (key,))
                database.execute("DELETE FROM files WHERE key = ?", (key,))
            indexing = indexing_of(changes.stones)
            for done, (key, version) in enumerate(changes.new.items(), 1):
                self._index(database, key, version, indexing)
                self._on_file(done, len(changes.new))
            database.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, NULL, 0)", (TOMBSTONES, *changes.buried)
            )
            database.execute(_FOUND)
            database.execute("COMMIT")
        self.unread = changes.problems
        self.damaged = list(changes.problems)
        for (text,) in database.execute("SELECT damage FROM files WHERE damage IS NOT NULL ORDER BY key"):
            self.damaged += text.split("\n")

    def _changes(self, database: sqlite3.Connection) -> "_Changes":
        """Compare the index with the folder."""
        known = {
            key: (size, modified)
            for key, size, modified in database.execute("SELECT key, size, modified FROM files")
        }
        stones = list(tombstones_of(self.files.folder))
        buried = len(stones), zlib.crc32(repr(stones).encode())
        entries = self.files.entries()
        there = {entry.key: (entry.size, entry.modified) for entry in entries if not entry.problem}
        # Any file may hold a copy of what a tombstone took down: if one comes or goes, all files are read again.
        again = known.pop(TOMBSTONES, (0, 0)) != buried
        gone = [key for key in known if again or known[key] != there.get(key)]
        if gone and not again:
            # If two files hold a capture, its row comes from one of them. When that file goes, the other gives the row.
            gone += [
                key
                for (key,) in database.execute("SELECT key FROM files WHERE shadowed")
                if known[key] == there.get(key)
            ]
        new = {key: there[key] for key in there if known.get(key) != there[key] or key in gone}
        problems = [f"{entry.key}: {entry.problem}" for entry in entries if entry.problem]
        problems += [stone.damage for stone in stones if stone.damage]
        return _Changes(gone, new, stones, buried, problems)

    def _index(
        self, database: sqlite3.Connection, key: str, version: tuple[int, int], indexing: Indexing
    ) -> None:
        """Index a file, and note what is wrong with it. What can be read after damage is kept."""
        gaps, faults = Gaps(), Faults()
        shadowed = 0
        unread: list[WarcError] = []
        try:
            with closing(self.files.open(key)) as stream:
                for _, items in items_of_file(stream, key, indexing, on_fault=faults, on_gap=gaps):
                    # A damaged capture must not replace the whole one that another file holds.
                    shadowed += insert(database, key, items, part=gaps.count > 0, on_fault=faults)
        except (ArchiveError, OSError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
            unread.append(WarcError(f"the rest of the file cannot be read: {error}", file=key))
            version = (-1, -1)  # to be tried again
        wrong = gaps.told + faults.told + unread
        damage = "\n".join(" ".join(str(error).split()) for error in wrong) or None
        database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", (key, *version, damage, shadowed)
        )
        if passed := passed_over(faults.passed):
            self.news.append(f"{key}: {passed}")

    def page(self, asked: Range, *, limit: int, after: Mapping[str, str] | None = None) -> Page:
        """See :class:`pressmark.archive.ranges.Reader`."""
        partition, sort = ATTRIBUTES[asked.index]
        order, sign = ("DESC", "<") if asked.backward else ("ASC", ">")
        columns = f"{sort}, site, capture"
        condition, values = "", [asked.partition, asked.lower, asked.upper]
        if after:
            condition = f" AND ({columns}) {sign} (?, ?, ?)"
            values += [after[sort], after["site"], after["capture"]]
        items = self._asked(
            f"SELECT item FROM items WHERE {partition} = ? AND {sort} BETWEEN ? AND ?{condition} "  # noqa: S608 - column names of ours
            f"ORDER BY {sort} {order}, site {order}, capture {order} LIMIT ?",
            [*values, limit],
        )
        if len(items) < limit:
            return Page(items)
        return Page(items, {name: items[-1][name] for name in {"site", "capture", partition, sort}})

    def rows(self, keys: Sequence[Mapping[str, str]]) -> list[Item]:
        """See :class:`pressmark.archive.ranges.Reader`."""
        query = "SELECT item FROM items WHERE site = ? AND capture = ?"
        return [item for key in keys for item in self._asked(query, (key["site"], key["capture"]))]

    def days(self, start: date, end: date) -> Iterator[str]:
        """See :class:`pressmark.archive.ranges.Reader`: only days that have captures."""
        first = "" if start <= BEGINNING else start.isoformat()  # a clock may have said 1970
        with self._lock:
            found = self._database.execute(
                "SELECT DISTINCT day FROM items WHERE day BETWEEN ? AND ? ORDER BY day DESC",
                (first, end.isoformat()),
            ).fetchall()
        for (day,) in found:
            yield day

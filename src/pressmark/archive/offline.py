"""An archive folder: WARC files on a disk, and an index of them that answers as the table does.

The folder is what ``make run`` and ``pressmark push --archive`` leave behind, or a bucket copied down. Its index is
an SQLite file made from the WARC files alone (D1), of the very items that DynamoDB would hold; it is brought up
to date whenever the folder is opened, and may be deleted at any time.
"""

import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from pressmark.archive.folder import BUCKET, FolderFiles
from pressmark.archive.items import Faults, Gaps, items_of_file, passed_over
from pressmark.archive.queries import ATTRIBUTES, BEGINNING, Page, Range
from pressmark.archive.rows import Item
from pressmark.archive.tombstones import PREFIX as TOMBSTONES
from pressmark.archive.tombstones import Tombstone, Tombstones
from pressmark.errors import ArchiveError, NotFoundError, WarcError
from pressmark.settings import INDEX_TERMS

INDEX = "index.sqlite"

VERSION = 3
"""Of what an index says of a file; an index of another version is made anew."""

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS files (key TEXT PRIMARY KEY, size INTEGER, modified INTEGER, damage TEXT,
    shadowed INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (site TEXT, capture TEXT, day TEXT, captured TEXT, published TEXT, warc TEXT,
    item TEXT, PRIMARY KEY (site, capture)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost (site TEXT, capture TEXT, warc TEXT, url TEXT, captured TEXT,
    PRIMARY KEY (site, capture)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_day ON items (day, captured, site, capture) WHERE day IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_published ON items (site, published, capture) WHERE published IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_warc ON items (warc);
PRAGMA user_version = {VERSION};
"""
"""lost: captures that were indexed once and stand in no file any more. shadowed: captures of a file whose row is
another file's."""

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


class FolderReader:
    """Ranges answered by the folder's index; the same answers as :class:`pressmark.archive.queries.TableReader`.

    damaged: what could not be read of which file, a line each. news: of files indexed just now, what else is in them.
    """

    def __init__(self, folder: Path) -> None:
        """Open the index and bring it up to date. Raises NotFoundError where there is no such folder."""
        if not folder.is_dir():
            raise NotFoundError(f"{folder}: there is no such folder")
        self.files = FolderFiles(folder)
        self.damaged: list[str] = []
        self.news: list[str] = []
        try:
            self._database = self._open(str(folder / INDEX))
        except sqlite3.OperationalError:  # a medium that cannot be written: index it for this once
            self._database = self._open(":memory:")

    def close(self) -> None:
        """Give the index file back."""
        self._database.close()

    def lost(self) -> Iterator[tuple[str, str, str]]:
        """Yield key of the file, URL and time of each capture that the index once held and no file holds any more."""
        yield from self._database.execute("SELECT warc, url, captured FROM lost ORDER BY warc, captured, url")

    def forget_lost(self) -> int:
        """Forget the captures that are lost; return how many there were."""
        return self._database.execute("DELETE FROM lost").rowcount

    def _open(self, name: str) -> sqlite3.Connection:
        database = sqlite3.connect(name, timeout=60, check_same_thread=False, isolation_level=None)
        try:
            if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                database.executescript("DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS items;")
            database.executescript(_SCHEMA)
            self._catch_up(database)
        except BaseException:
            database.close()
            raise
        return database

    def _catch_up(self, database: sqlite3.Connection) -> None:
        known = {
            key: (size, modified)
            for key, size, modified in database.execute("SELECT key, size, modified FROM files")
        }
        stones, damaged = self._tombstones()
        entries = self.files.entries()
        there = {
            # A tombstone that comes or goes makes its file a changed one.
            entry.key: (entry.size, entry.modified + len(stones.get(entry.key, ())))
            for entry in entries
            if not entry.problem
        }
        gone = [key for key in known if known[key] != there.get(key)]
        if gone:
            # Of a capture that two files hold, one has the row: with that file it would be gone from the other.
            gone += [
                key
                for (key,) in database.execute("SELECT key FROM files WHERE shadowed")
                if known[key] == there.get(key)
            ]
        new = [key for key in there if known.get(key) != there[key] or key in gone]
        if gone or new:
            database.execute("BEGIN IMMEDIATE")
            for key in gone:
                database.execute(_LOSE, (key,))
                database.execute("DELETE FROM items WHERE warc = ?", (key,))
                database.execute("DELETE FROM files WHERE key = ?", (key,))
            for key in new:
                self._index(database, key, there[key], Tombstones(stones.get(key, ())))
            database.execute(_FOUND)
            database.execute("COMMIT")
        self.damaged = [f"{entry.key}: {entry.problem}" for entry in entries if entry.problem] + damaged
        for (text,) in database.execute("SELECT damage FROM files WHERE damage IS NOT NULL ORDER BY key"):
            self.damaged += text.split("\n")

    def _tombstones(self) -> tuple[dict[str, list[Tombstone]], list[str]]:
        """What was taken down, by WARC file: a bucket copied down brings it along; and which of them are damaged."""
        found: dict[str, list[Tombstone]] = {}
        damaged = []
        for stone in tombstones_of(self.files.folder):
            found.setdefault(stone.warc, []).append(stone)
            if stone.damage:
                damaged.append(stone.damage)
                found.setdefault(f"warcs/{stone.warc}", []).append(stone)
        return found, damaged

    def _index(
        self, database: sqlite3.Connection, key: str, version: tuple[int, int], stones: Tombstones
    ) -> None:
        """Index a file, and note what is wrong with it. What can be read behind damage is kept."""
        gaps, faults = Gaps(), Faults()
        shadowed = 0
        unread: list[WarcError] = []
        try:
            with closing(self.files.open(key)) as stream:
                for _, items in items_of_file(
                    stream, key, INDEX_TERMS, bucket=BUCKET, tombstones=stones, on_fault=faults, on_gap=gaps
                ):
                    # A part of a capture must not replace the whole of it that another file holds.
                    shadowed += _insert(database, key, items, part=gaps.count > 0, on_fault=faults)
        except (ArchiveError, OSError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
            unread.append(WarcError(f"the file cannot be read on: {error}", file=key))
            version = (-1, -1)  # to be tried again
        wrong = gaps.told + faults.told + unread
        damage = "\n".join(" ".join(str(error).split()) for error in wrong) or None
        database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", (key, *version, damage, shadowed)
        )
        if passed := passed_over(faults.passed):
            self.news.append(f"{key}: {passed}")

    def page(self, asked: Range, *, limit: int, after: Mapping[str, str] | None = None) -> Page:
        """See :class:`pressmark.archive.queries.Reader`."""
        partition, sort = ATTRIBUTES[asked.index]
        order, sign = ("DESC", "<") if asked.backward else ("ASC", ">")
        columns = f"{sort}, site, capture"
        condition, values = "", [asked.partition, asked.lower, asked.upper]
        if after:
            condition = f" AND ({columns}) {sign} (?, ?, ?)"
            values += [after[sort], after["site"], after["capture"]]
        found = self._database.execute(
            f"SELECT item FROM items WHERE {partition} = ? AND {sort} BETWEEN ? AND ?{condition} "  # noqa: S608 - column names of ours
            f"ORDER BY {sort} {order}, site {order}, capture {order} LIMIT ?",
            [*values, limit],
        ).fetchall()
        items: list[Item] = [json.loads(item) for (item,) in found]
        if len(items) < limit:
            return Page(items)
        return Page(items, {name: items[-1][name] for name in {"site", "capture", partition, sort}})

    def rows(self, keys: Sequence[Mapping[str, str]]) -> list[Item]:
        """See :class:`pressmark.archive.queries.Reader`."""
        found = (
            self._database.execute(
                "SELECT item FROM items WHERE site = ? AND capture = ?", (key["site"], key["capture"])
            ).fetchone()
            for key in keys
        )
        return [json.loads(each[0]) for each in found if each]

    def days(self, start: date, end: date) -> Iterator[str]:
        """See :class:`pressmark.archive.queries.Reader`: the days there are, and no others."""
        found = self._database.execute(
            "SELECT DISTINCT day FROM items WHERE day BETWEEN ? AND ? ORDER BY day DESC",
            ("" if start <= BEGINNING else start.isoformat(), end.isoformat()),  # a clock may have said 1970
        ).fetchall()
        for (day,) in found:
            yield day


def _insert(
    database: sqlite3.Connection, key: str, items: Sequence[Item], *, part: bool, on_fault: Faults
) -> int:
    """Put an event's items into the index, and return of how many captures another record has the row.

    That is the one with what was recorded of the capture, else the one read last. part: of a file that is damaged; what
    is there already stays.
    """
    hidden: set[tuple[str, str]] = set()
    for row in items:
        if "day" not in row:
            continue
        found = database.execute(
            "SELECT item FROM items WHERE site = ? AND capture = ?", (row["site"], row["capture"])
        ).fetchone()
        there: Item = json.loads(found[0]) if found else {}
        if not there:
            continue
        if part or (there.get("meta_length") and not row.get("meta_length")) or _is_other(there, row):
            hidden.add((row["captured"], row["url"]))
        if _is_other(there, row):
            reason = f"not listed: the record at {there['offset']} has the same URL and time"
            on_fault(WarcError(reason, file=key, offset=row["offset"], url=row["url"]))
    database.executemany(
        "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)",
        [_entry(item, key) for item in items if (item["captured"], item["url"]) not in hidden],
    )
    return len(hidden)


def _is_other(there: Item, row: Item) -> bool:
    """Whether two records of one file that say the same URL and time are captures of different pages."""
    return (
        there.get("warc") == row["warc"]
        and there["offset"] != row["offset"]
        and (there.get("digest"), there.get("status")) != (row.get("digest"), row.get("status"))
    )


def _entry(item: Item, key: str) -> tuple[str | None, ...]:
    # Terms repeat times of the row they point to; only the row is in the indexes.
    is_row = "day" in item
    return (
        item["site"],
        item["capture"],
        item["day"] if is_row else None,
        item["captured"] if is_row else None,
        item.get("published") if is_row else None,
        key,
        json.dumps(item, ensure_ascii=False, separators=(",", ":")),
    )

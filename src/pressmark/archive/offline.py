"""An archive folder: WARC files on a disk, and an index of them that answers as the table does.

The folder is what ``make run`` and ``pressmark push --archive`` leave behind, or a bucket copied down. Its index is
an SQLite file made from the WARC files alone (D1), of the very items that DynamoDB would hold; it is brought up
to date whenever the folder is opened, and may be deleted at any time.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import IO

from pressmark.archive.queries import ATTRIBUTES, Page, Range
from pressmark.archive.rebuild import MAX_GAPS, Gaps, items_of_file
from pressmark.archive.rows import Item
from pressmark.archive.tombstones import PREFIX as TOMBSTONES
from pressmark.archive.tombstones import Tombstone, Tombstones
from pressmark.errors import ArchiveError, NotFoundError, WarcError
from pressmark.settings import INDEX_TERMS

INDEX = "index.sqlite"

SUFFIXES = (".warc.gz", ".warc")

BUCKET = "folder"
"""The bucket's name in the rows of a folder; there is none."""

VERSION = 2
"""Of what an index says of a file; an index of another version is made anew."""

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS files (key TEXT PRIMARY KEY, size INTEGER, modified INTEGER, damage TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (site TEXT, capture TEXT, day TEXT, captured TEXT, published TEXT, warc TEXT,
    item TEXT, PRIMARY KEY (site, capture)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_day ON items (day, captured, site, capture) WHERE day IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_published ON items (site, published, capture) WHERE published IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_warc ON items (warc);
PRAGMA user_version = {VERSION};
"""


class FolderFiles:
    """The WARC files of a folder, asked as :class:`pressmark.archive.objects.Objects` is."""

    bucket = BUCKET

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Return where a file lies. Raises NotFoundError for a key that leads out of the folder."""
        path = self.folder / key
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise NotFoundError(f"{key} is not in {self.folder}")
        return path

    def get(self, key: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes of a file from ``offset``. Raises NotFoundError, ArchiveError."""
        try:
            with self.path(key).open("rb") as file:
                file.seek(offset)
                data = file.read(length)
        except FileNotFoundError as error:
            raise NotFoundError(f"{self.folder / key}: there is no such file") from error
        except OSError as error:
            raise ArchiveError(f"{self.folder / key} at {offset}: {error}") from error
        if len(data) != length:
            raise NotFoundError(
                f"{self.folder / key} at {offset}: {len(data)} bytes there, {length} expected"
            )
        return data

    def open(self, key: str) -> IO[bytes]:
        """Return a file's bytes as a stream. Raises NotFoundError, ArchiveError."""
        try:
            return self.path(key).open("rb")
        except FileNotFoundError as error:
            raise NotFoundError(f"{self.folder / key}: there is no such file") from error
        except OSError as error:
            raise ArchiveError(f"{self.folder / key}: {error}") from error

    def keys(self, prefix: str = "", *, after: str = "") -> Iterator[tuple[str, int]]:
        """Yield key and size of each WARC file in key order."""
        found = sorted(
            (path.relative_to(self.folder).as_posix(), path)
            for path in (self.folder / prefix.rpartition("/")[0]).rglob("*")
            if path.name.endswith(SUFFIXES) and path.is_file()
        )
        for key, path in found:
            if key.startswith(prefix) and key > after:
                yield key, path.stat().st_size

    def level(self, prefix: str = "") -> tuple[list[str], list[str]]:
        """Return the folders directly below a prefix, each with its slash, and the WARC files there."""
        below = sorted((self.folder / prefix).iterdir())
        folders = [f"{prefix}{path.name}/" for path in below if path.is_dir()]
        files = [prefix + path.name for path in below if path.name.endswith(SUFFIXES) and path.is_file()]
        return folders, files


def tombstones_of(folder: Path) -> Iterator[Tombstone]:
    """Yield every tombstone of an archive folder. Raises ArchiveError."""
    for path in sorted((folder / TOMBSTONES).rglob("*.json")):
        try:
            yield Tombstone.from_json(path.read_bytes())
        except ValueError as error:
            raise ArchiveError(f"{path}: {error}") from error


class FolderReader:
    """Ranges answered by the folder's index; the same answers as :class:`pressmark.archive.queries.TableReader`."""

    def __init__(self, folder: Path) -> None:
        """Open the index and bring it up to date. Raises NotFoundError where there is no such folder."""
        if not folder.is_dir():
            raise NotFoundError(f"{folder}: there is no such folder")
        self.files = FolderFiles(folder)
        self.damaged: list[str] = []
        try:
            self._database = self._open(str(folder / INDEX))
        except sqlite3.OperationalError:  # a medium that cannot be written: index it for this once
            self._database = self._open(":memory:")

    def close(self) -> None:
        """Give the index file back."""
        self._database.close()

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
        stones = self._tombstones()
        there = {
            # A tombstone that comes or goes makes its file a changed one.
            key: (size, self.files.path(key).stat().st_mtime_ns + len(stones.get(key, ())))
            for key, size in self.files.keys()  # noqa: SIM118 - a listing, not a dict
        }
        gone = [key for key in known if known[key] != there.get(key)]
        new = [key for key in there if known.get(key) != there[key]]
        if gone or new:
            database.execute("BEGIN IMMEDIATE")
            for key in gone:
                database.execute("DELETE FROM items WHERE warc = ?", (key,))
                database.execute("DELETE FROM files WHERE key = ?", (key,))
            for key in new:
                damage = self._index(database, key, Tombstones(stones.get(key, ())))
                database.execute(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", (key, *there[key], damage)
                )
            database.execute("COMMIT")
        self.damaged = [
            line
            for (text,) in database.execute("SELECT damage FROM files WHERE damage IS NOT NULL ORDER BY key")
            for line in text.split("\n")
        ]

    def _tombstones(self) -> dict[str, list[Tombstone]]:
        """What was taken down, by WARC file: a bucket copied down brings it along."""
        found: dict[str, list[Tombstone]] = {}
        for stone in tombstones_of(self.files.folder):
            found.setdefault(stone.warc, []).append(stone)
        return found

    def _index(self, database: sqlite3.Connection, key: str, stones: Tombstones) -> str | None:
        """Index a file; return what is wrong with it, a line each. What can be read behind damage is kept."""
        gaps = Gaps()
        refused: list[WarcError] = []
        with self.files.open(key) as stream:
            for _, items in items_of_file(
                stream, key, INDEX_TERMS, bucket=BUCKET, tombstones=stones, refused=refused, on_gap=gaps
            ):
                # A part of a capture must not replace the whole of it that another file holds.
                clause = "IGNORE" if gaps.count else "REPLACE"
                database.executemany(
                    f"INSERT OR {clause} INTO items VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - of ours alone
                    [_entry(item, key) for item in items],
                )
        wrong = gaps.told + refused[:MAX_GAPS]
        return "\n".join(" ".join(str(error).split()) for error in wrong) or None

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
            (start.isoformat(), end.isoformat()),
        ).fetchall()
        for (day,) in found:
            yield day


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

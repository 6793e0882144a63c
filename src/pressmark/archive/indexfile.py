"""An SQLite file that Pressmark made and can make again: opened if it is its own, made again if it is damaged.

Nothing is written to a file before it is known to be Pressmark's. An index is recognised by SQLite's application_id in
the file's header (sqlite.org/fileformat2.html, section 1.3). Older indexes have none and are recognised by their
tables.
"""

import functools
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pressmark.errors import ArchiveError, ForeignFileError

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_VERSION_AT, _APPLICATION_AT = 60, 68

WAIT_SECONDS = 60
"""How long to wait for another process that writes to the index."""

CHECKED_BYTES = 256 * 1024 * 1024
"""Up to this size an index is checked completely when it is opened, which takes a sixth of a second. In a larger one,
damage is noticed when it is read."""

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

_OUTSIDE = (
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    *_BUSY,
)
"""Errors that say nothing about the file's content (sqlite.org/rescode.html)."""


class LockedError(ArchiveError):
    """Another process writes to the index and does not end."""


class DamagedError(Exception):
    """The index is not whole."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of index that Pressmark makes.

    version: of its content; an index of another version is made again. schema: statements that make its tables, each
    with IF NOT EXISTS. older: schemas of indexes from before there was an application_id.
    """

    name: str
    application_id: int
    version: int
    schema: str
    older: tuple[str, ...] = ()

    def make(self, database: sqlite3.Connection) -> None:
        """Make the tables, unless another process has just made them."""
        database.executescript(
            f"BEGIN IMMEDIATE; PRAGMA application_id = {self.application_id}; "
            f"PRAGMA user_version = {self.version}; {self.schema} COMMIT;"
        )

    def is_of(self, path: Path) -> bool:
        """Whether a file is an index of this kind, of any version, even a damaged one. Raises OSError."""
        header = _header(path)
        if not header:
            return False
        said = int.from_bytes(header[_APPLICATION_AT : _APPLICATION_AT + 4])
        return said == self.application_id or (said == 0 and self._is_older(path))

    def _is_older(self, path: Path) -> bool:
        """Whether a file has exactly the tables of an index from before there was an application_id."""
        try:
            with closing(_read_only(path)) as database:
                found = _schema(database)
        except sqlite3.Error:
            return False
        return any(found == _schema_of(schema) for schema in self.older)

    def check(self, database: sqlite3.Connection, path: Path) -> None:
        """Raise DamagedError if an index is damaged, or of another version. path: of its file."""
        database.execute("BEGIN")  # in one transaction, nobody writes to the file
        try:
            self._check(database, path)
        finally:
            if database.in_transaction:
                database.execute("ROLLBACK")

    def _check(self, database: sqlite3.Connection, path: Path) -> None:
        if database.execute("PRAGMA user_version").fetchone()[0] != self.version:
            raise DamagedError("")  # nothing is wrong with it
        if database.execute("PRAGMA application_id").fetchone()[0] != self.application_id:
            raise DamagedError("")
        if _schema(database) != _schema_of(self.schema):
            raise DamagedError("its tables are not what they should be")
        pages, page = (database.execute(f"PRAGMA page_{what}").fetchone()[0] for what in ("count", "size"))
        size = path.stat().st_size
        if size < pages * page:
            raise DamagedError("it is cut off")
        for (table,) in database.execute(_REAL_TABLES).fetchall() if size <= CHECKED_BYTES else ():
            # Table by table: for the whole file, SQLite would also compare a full-text index with every text.
            (said,) = database.execute(f"PRAGMA quick_check('{table}')").fetchone() or ("nothing",)
            if said != "ok":
                raise DamagedError(str(said).strip().splitlines()[-1][:100])


_REAL_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name"


def _schema(database: sqlite3.Connection) -> list[tuple[str, ...]]:
    return database.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").fetchall()


@functools.cache
def _schema_of(script: str) -> list[tuple[str, ...]]:
    """Return the table definitions of a database that was made by these statements."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        fresh.executescript(script)
        return _schema(fresh)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


@dataclass(slots=True)
class IndexFile:
    """An open index.

    told: messages for a person about how it was opened. in_memory: whether it is kept only in memory.
    """

    kind: Kind
    path: Path
    database: sqlite3.Connection
    told: list[str] = field(default_factory=list)
    in_memory: bool = False

    @classmethod
    def open(cls, path: Path, kind: Kind, *, own_place: bool) -> Self:
        """Open an index, or begin one.

        own_place: whether Pressmark chose the name. Then a file that cannot be read as SQLite is set aside, another
        program's database is left alone, and if nothing can be written, the index is in memory this time. Raises
        ForeignFileError, LockedError, and without own_place sqlite3.Error and OSError.
        """
        told: list[str] = []
        try:
            _make_room(path, kind, told, own_place)
            return cls(kind, path, _open(path, kind, told), told)
        except ForeignFileError as error:
            if not own_place:
                raise
            told.append(f"{error}; indexed in memory this time: move it away to keep an index")
        except (sqlite3.Error, OSError) as error:
            if _code(error) in _BUSY:
                raise _locked(path) from error
            if not own_place:
                raise
            told.append(f"{path} cannot be written; indexed in memory this time")
        return cls(kind, path, _copy_in_memory(path, kind), told, in_memory=True)

    def renew(self, why: Exception) -> None:
        """Start again, empty, because reading met damage. Raises LockedError, sqlite3.Error, OSError."""
        self.database.close()
        self.told.append(_made_again(self.path, str(why)))
        if self.in_memory:
            self.database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            self.kind.make(self.database)
            return
        _remove(self.path)
        self.database = _open(self.path, self.kind, [])

    def mend(self, error: Exception) -> None:
        """Make it usable again after an error: empty if it was damaged, a copy in memory if it cannot be written.

        Raises LockedError if another process holds it, and the error itself if nothing helps.
        """
        if not is_outside(error):
            self.renew(error)
        elif _code(error) in _BUSY:
            raise _locked(self.path) from error
        elif self.in_memory:
            raise error
        else:
            self.database.close()
            self.database, self.in_memory = _copy_in_memory(self.path, self.kind), True
            self.told.append(f"{self.path}: {error}; indexed in memory this time")

    def close(self) -> None:
        """Close the file."""
        self.database.close()


def _make_room(path: Path, kind: Kind, told: list[str], own_place: bool) -> None:
    """Check that the file is an index, or new; if Pressmark chose its name, set an unreadable file aside.

    Raises ForeignFileError, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return
    if path.is_file() and kind.is_of(path):
        return
    is_sqlite = bool(_header(path))
    if is_sqlite or not own_place:
        what = "another program's SQLite database" if is_sqlite else "not an SQLite database"
        raise ForeignFileError(f"{path} is not Pressmark's {kind.name} (it is {what}), and is left alone")
    aside = _free_name(path)
    path.rename(aside)
    told.append(
        f"{path} cannot be read as an index; it is made again, and the unreadable file is now {aside.name}"
    )


def _header(path: Path) -> bytes:
    """Return the header of an SQLite database; empty for any other file. Raises OSError."""
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    return header if len(header) == _HEADER_BYTES and header.startswith(_MAGIC) else b""


def _locked(path: Path) -> LockedError:
    return LockedError(f"{path} is in use by another process; try again when that has ended")


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{number}")).exists():
        number += 1
    return aside


def _made_again(path: Path, why: str) -> str:
    return f"{path} is damaged ({why}): it is made again"


def _open(path: Path, kind: Kind, told: list[str]) -> sqlite3.Connection:
    for again in (True, False):
        database = sqlite3.connect(path, timeout=WAIT_SECONDS, check_same_thread=False, isolation_level=None)
        try:
            if not database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
                kind.make(database)
            kind.check(database, path)
            _try_to_write(database)
        except (DamagedError, sqlite3.DatabaseError) as error:
            database.close()
            if not again or is_outside(error):
                raise
            if str(error):
                told.append(_made_again(path, str(error)))
            _remove(path)
        except BaseException:
            database.close()
            raise
        else:
            return database
    raise AssertionError("the second try returns or raises")


def _try_to_write(database: sqlite3.Connection) -> None:
    """Check that the index can be written; if another process is writing, it can be. Raises sqlite3.Error if not."""
    database.execute("PRAGMA busy_timeout = 0")
    try:
        database.execute("BEGIN IMMEDIATE")
        database.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if _code(error) not in _BUSY:
            raise
    finally:
        database.execute(f"PRAGMA busy_timeout = {1000 * WAIT_SECONDS}")


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def is_outside(error: Exception) -> bool:
    """Whether an error comes from the disk or another process, and not from damage to the file."""
    return isinstance(error, sqlite3.Error) and _code(error) in _OUTSIDE


def _remove(path: Path) -> None:
    for each in (path, path.with_name(path.name + "-journal"), path.with_name(path.name + "-wal")):
        each.unlink(missing_ok=True)


def _copy_in_memory(path: Path, kind: Kind) -> sqlite3.Connection:
    """Copy the readable part of an index into memory, or start an empty one there."""
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    with suppress(OSError, sqlite3.Error, DamagedError):
        if path.is_file() and kind.is_of(path):
            with closing(_read_only(path)) as stored:
                kind.check(stored, path)
                stored.backup(database)
            return database
    database.close()
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    kind.make(database)
    return database

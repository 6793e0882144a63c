"""Sorts more lines than memory holds."""

import errno
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self


class Sorter:
    """Takes texts in any order and gives them back sorted by their bytes, each key once.

    SQLite sorts in a temporary file of its own; it takes no more memory than its page cache. Used with ``with``. Raises
    OSError that names the folder of temporary files if that is full.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pressmark-")
        self._database = sqlite3.connect(Path(self._folder.name) / "sort.sqlite", isolation_level=None)
        with _as_os_error():
            self._database.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
                "CREATE TABLE texts (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID; BEGIN;"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    def add(self, key: str, value: str = "") -> bool:
        """Add a text; return False if the key was there already: it keeps its first value."""
        with _as_os_error():
            done = self._database.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (key, value))
        return done.rowcount == 1

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield keys and values in the order of the keys' UTF-8 bytes."""
        # Not "yield from": if it is given up half-way, that closes the cursor of a database that is closed by then.
        for key, value in self._database.execute("SELECT key, value FROM texts ORDER BY key"):  # noqa: UP028
            yield key, value


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Turn an error of SQLite, which says only that it is full or could not write, into one that says where."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(errno.ENOSPC, f"not enough space to sort ({error})", tempfile.gettempdir()) from error

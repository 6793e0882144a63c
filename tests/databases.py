"""SQLite databases that cannot be written, also for tests that run as root."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any


def refusing(path: Path) -> Callable[..., sqlite3.Connection]:
    """Return a replacement for ``sqlite3.connect`` that opens one file only for reading."""
    connect = sqlite3.connect

    def connect_unless(name: Any, **options: Any) -> sqlite3.Connection:
        if name == path:
            raise sqlite3.OperationalError("attempt to write a readonly database")
        return connect(name, **options)

    return connect_unless


def growing_no_more(path: Path) -> Callable[..., sqlite3.Connection]:
    """Return a replacement for ``sqlite3.connect`` with which one file stays as large as it is, as on a full disk."""
    connect = sqlite3.connect

    def connect_and_limit(name: Any, **options: Any) -> sqlite3.Connection:
        database = connect(name, **options)
        if name == path:
            database.execute("PRAGMA max_page_count = 1")  # SQLite makes the present size of it
        return database

    return connect_and_limit

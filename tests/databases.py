"""SQLite databases that cannot be written, also for tests that run as root."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any


def refusing(path: Path) -> Callable[..., sqlite3.Connection]:
    """What to have in place of ``sqlite3.connect``: it does not open one file other than for reading."""
    connect = sqlite3.connect

    def connect_unless(name: Any, **options: Any) -> sqlite3.Connection:
        if name == path:
            raise sqlite3.OperationalError("attempt to write a readonly database")
        return connect(name, **options)

    return connect_unless

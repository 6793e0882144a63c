"""SQLite databases where nothing can be written, also for tests that run as root."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any


def read_only(path: Path) -> Callable[..., sqlite3.Connection]:
    """What to have in place of ``sqlite3.connect``: it opens one file for reading only."""
    connect = sqlite3.connect

    def refusing(name: Any, **options: Any) -> sqlite3.Connection:
        if name != path:
            return connect(name, **options)
        return connect(f"{path.as_uri()}?mode=ro", uri=True, **options)

    return refusing

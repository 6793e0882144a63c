"""An archive that is asked over HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.access.captures import fill
from tests.factories import NOON

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.archive.folder import FolderReader
from pressmark.clock import Outside

NOW = NOON + timedelta(days=10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample captures in an archive folder."""
    path = tmp_path / "archive"
    fill(path)
    return path


@pytest.fixture
def archive(folder: Path) -> Iterator[Archive]:
    """The same, as the application asks it."""
    reader = FolderReader(folder)
    yield Archive("sample", reader, reader.files, options=Options(local=True), clock=Outside(now=lambda: NOW))
    reader.close()


@pytest.fixture
def application(archive: Archive) -> Application:
    """The application over it."""
    return Application(archive)

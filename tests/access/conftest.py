"""An archive that is asked over HTTP."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.access.captures import NOW, fill
from tests.access.desk import SECRET, Desk
from tests.factories import NOON, PAGE, article_html, fill_folder, make_capture

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.archive.folder import FolderReader
from pressmark.clock import Outside


@pytest.fixture(scope="session")
def _sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "archive"
    fill(path)
    FolderReader(path).close()  # copies have its index, too
    return path


@pytest.fixture
def folder(_sample: Path, tmp_path: Path) -> Path:
    """The sample captures in an archive folder."""
    return Path(shutil.copytree(_sample, tmp_path / "archive"))


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


@pytest.fixture
def hostile_pair(tmp_path: Path) -> Iterator[Application]:
    """A page whose text holds markup, before and after."""
    text = "It was a long morning on the quay and nobody knew why {} the ferry had not come in yet."
    old, new = (
        article_html(text="\n".join([text.format(word), "The harbour was quiet. " * 4]))
        for word in ("&lt;b&gt;gone&lt;/b&gt;", "&lt;i&gt;come&lt;/i&gt;")
    )
    fill_folder(
        tmp_path / "pair",
        [make_capture(PAGE, html=old)],
        [make_capture(PAGE, html=new, at=NOON + timedelta(days=1))],
    )
    reader = FolderReader(tmp_path / "pair")
    yield Application(Archive("", reader, reader.files, clock=Outside(now=lambda: NOW)))
    reader.close()


@pytest.fixture
def desk(archive: Archive, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Desk]:
    """The sample archive, read with a key. Its secret is never logged."""
    yield Desk(archive, tmp_path / "archive")
    assert SECRET.decode() not in caplog.text

"""The archive with two pages and their requisites."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cli.conftest import Run
from tests.requisites import sample as samples
from tests.requisites.sample import Sample
from tests.warc.captures import close_all

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.archive.folder import FolderReader
from pressmark.cli.root import cli
from pressmark.clock import Outside

NOW = samples.SECOND + timedelta(days=10)

SHOWN = "https://replay.example"


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Sample]:
    """In a folder."""
    yield samples.make(tmp_path / "archive")
    close_all()


@pytest.fixture
def reader(sample: Sample) -> Iterator[FolderReader]:
    """What answers for it."""
    opened = FolderReader(sample.folder)
    yield opened
    opened.close()


@pytest.fixture
def application(reader: FolderReader) -> Application:
    """The application over it, with another origin for what it shows."""
    options = Options(local=True, replay_url=SHOWN, player="https://player.example/2")
    return Application(
        Archive("sample", reader, reader.files, options=options, clock=Outside(now=lambda: NOW))
    )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command, run in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, list(arguments))

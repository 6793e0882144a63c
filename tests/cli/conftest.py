"""An archive for the command line: the same captures in a folder and behind an AWS, and a way to run it."""

import itertools
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.conftest import Aws
from tests.factories import NOON, article_html, fill, fill_folder, make_capture
from tests.stacks import EVERY_TERM

from pressmark.cli.root import cli
from pressmark.clock import REAL, Outside
from pressmark.local import stack as stacks

NOW = NOON + timedelta(hours=8)

_numbers = itertools.count(1)

Run = Callable[..., Result]

LATER_TEXT = (
    "The ferry did not sail on Monday, and it is not known whether it will sail on Tuesday.\n"
    "Fog lay on the sound from early morning on, the harbour office said, and no pilot would leave the quay."
)

LATER = article_html("The ferry is very late", text=LATER_TEXT)


def sample(*, first: datetime = NOON - timedelta(days=20)) -> list[list[Any]]:
    """What the examples in help and docs are about. first: when the oldest was captured."""
    page = "https://example.com/news/1"
    before = [
        make_capture(page, at=NOON - timedelta(days=4)),
        make_capture(
            "https://example.com/", at=NOON - timedelta(days=3), html=article_html("Front page", section=None)
        ),
        make_capture(
            "https://example.com/photo.jpg",
            at=NOON - timedelta(days=3),
            html=b"\xff\xd8\xff\xe0",
            mime="image/jpeg",
        ),
        make_capture("https://example.com/gone", at=first, status=404, error="not-found"),
    ]
    now = [
        make_capture(page, at=NOON, html=LATER),
        make_capture("https://example.org/", at=NOON, labels=["election"], note="front pages"),
        make_capture("https://example.com/new", at=NOON, redirects=["https://example.com/old"]),
        make_capture("https://example.net/", at=NOON, status=0, error="invalid-host-resolution"),
    ]
    return [before, now]


@pytest.fixture(scope="session")
def _sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "archive"
    fill_folder(path, *sample())
    return path


@pytest.fixture
def folder(_sample: Path, tmp_path: Path) -> Path:
    """The sample captures in an archive folder."""
    return Path(shutil.copytree(_sample, tmp_path / "archive"))


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, duckdb_stays: None) -> None:
    """A directory and an environment that say nothing, and a clock that stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in (
        "PRESSMARK_ARCHIVE",
        "PRESSMARK_STACK",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "NO_COLOR",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    outside = Outside(now=lambda: NOW, monotonic=REAL.monotonic, record_id=REAL.record_id, sleep=REAL.sleep)
    monkeypatch.setattr("pressmark.clock.REAL", outside)
    monkeypatch.setattr("pressmark.queues.deadletters.POLL_SECONDS", 0)  # the emulator has one server


@pytest.fixture
def run() -> Run:
    """Run the command line in this process."""

    def invoke(*arguments: object, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture(scope="module")
def _filled(_server: Any, template: Any) -> Aws:
    aws = Aws(*_server, stacks.create(_server[0], f"cli-{next(_numbers)}", EVERY_TERM, template=template))
    fill(aws, *sample())
    return aws


@pytest.fixture
def deployed(_filled: Aws, monkeypatch: pytest.MonkeyPatch, _elsewhere: None) -> Aws:
    """An AWS with the sample captures; the environment leads to it."""
    _filled.lead_here(monkeypatch)
    return _filled

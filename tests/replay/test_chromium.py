"""Replay in a real browser: what was archived is shown, with its site gone and from the archive alone."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests import chromium, foreign
from tests.chromium import Chromium, Frame

from pressmark.local.site import Site

REPLAYWEB = foreign.TOOLS / "replayweb" / "package"
PROGRAM = chromium.find()

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium (Debian: apt-get install chromium)"),
]

needs_replayweb = pytest.mark.skipif(
    not (REPLAYWEB / "sw.js").is_file(),
    reason="needs ReplayWeb.page's ui.js and sw.js (make judges)",
)

PAGES = {
    "harbour-ferry.html": "Island ferry returns after eleven years",
    "roden-shi.html": "最後の路面電車、市民が見送る",
}
PICTURES = ("images/harbour.svg", "images/tram.svg")


@dataclass(frozen=True)
class Gone:
    """An archive of pages whose site is no more."""

    folder: Path
    base: str


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> Gone:
    """Sample pages and their pictures, archived as a user does it; then their site is stopped."""
    folder = tmp_path_factory.mktemp("replay") / "archive"
    with Site(port=0) as site:
        urls = [f"{site.base}/{name}" for name in (*PAGES, *PICTURES)]
        foreign.push(folder, "--allow-loopback", *urls)
        return Gone(folder, f"{site.base}/")


@contextmanager
def replay(*arguments: str | Path) -> Iterator[str]:
    """The address that ``pressmark replay`` names, while it runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pressmark.cli", "replay", "--no-browser", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PRESSMARK_WAYBACK": str(foreign.require(foreign.WAYBACK))},
    )
    assert process.stderr
    with process.stderr:
        try:
            line = process.stderr.readline()
            assert line.startswith("http://127.0.0.1:"), line + process.stderr.read()
            yield line.split(" ")[0]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0


def shown(gone: Gone, name: str, folder: Path, *arguments: str | Path) -> tuple[Frame, list[str]]:
    """What Chromium shows of a page, and all it asked for to do so."""
    assert PROGRAM
    with (
        replay(gone.base + name, "--archive", gone.folder, *arguments) as address,
        Chromium(PROGRAM, folder / "profile", rules="EXCLUDE 127.0.0.1, ") as browser,
    ):
        browser.open(address)
        # The player's frame for the page itself: its own bars name the page, too.
        frame = browser.wait_for_text(PAGES[name], address=f"mp_/{gone.base}{name}")
        return frame, browser.requested


def words(text: str) -> str:
    return re.sub(r"\s+", "", text)


def check(frame: Frame, gone: Gone, name: str) -> None:
    """Compare what is shown with what Pressmark itself reads in the archive."""
    text = foreign.run(
        sys.executable,
        *("-m", "pressmark.cli", "get", "--text", gone.base + name, "--archive", gone.folder),
        env={},
    )
    assert len(words(text)) > 200
    for paragraph in text.split("\n"):
        assert words(paragraph) in words(frame.text)
    assert any(gone.base + picture in address for address in frame.pictures for picture in PICTURES)


@pytest.mark.parametrize("name", PAGES)
def test_pywb_shows_the_page_from_the_archive_alone(gone: Gone, name: str, tmp_path: Path) -> None:
    frame, requested = shown(gone, name, tmp_path)

    check(frame, gone, name)
    assert {url.split("/")[2].split(":")[0] for url in requested if url.startswith("http")} == {"127.0.0.1"}


@needs_replayweb
@pytest.mark.parametrize("name", PAGES)
def test_replayweb_shows_the_page_from_the_archive_alone(gone: Gone, name: str, tmp_path: Path) -> None:
    frame, requested = shown(gone, name, tmp_path, "--player", "replayweb", "--assets", REPLAYWEB)

    check(frame, gone, name)
    assert {url.split("/")[2].split(":")[0] for url in requested if url.startswith("http")} == {"127.0.0.1"}

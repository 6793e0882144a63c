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
        foreign.pressmark("push", "--archive", folder, "--allow-loopback", *urls)
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


def shown(browser: Chromium, address: str, gone: Gone, name: str) -> Frame:
    """What Chromium shows of a page at an address; to do so it asks this machine alone."""
    browser.start_afresh()
    browser.open(address)
    # The player's frame for the page itself: its own bars name the page, too.
    frame = browser.wait_for_text(PAGES[name], address=f"mp_/{gone.base}{name}")
    asked = {url.split("/")[2].split(":")[0] for url in browser.requested if url.startswith("http")}
    assert asked == {"127.0.0.1"}
    return frame


def words(text: str) -> str:
    return re.sub(r"\s+", "", text)


def check(frame: Frame, gone: Gone, name: str) -> None:
    """Compare what is shown with what Pressmark itself reads in the archive."""
    text = foreign.pressmark("get", "--text", gone.base + name, "--archive", gone.folder)
    assert len(words(text)) > 200
    for paragraph in text.split("\n"):
        assert words(paragraph) in words(frame.text)
    assert any(gone.base + picture in address for address in frame.pictures for picture in PICTURES)


def test_pywb_shows_the_pages_from_the_archive_alone(gone: Gone, browser: Chromium) -> None:
    first, *_ = PAGES
    with replay(gone.base + first, "--archive", gone.folder) as address:
        for name in PAGES:
            check(shown(browser, address.replace(first, name), gone, name), gone, name)


@needs_replayweb
@pytest.mark.parametrize("name", PAGES)
def test_replayweb_shows_the_page_from_the_archive_alone(gone: Gone, browser: Chromium, name: str) -> None:
    assets = ("--player", "replayweb", "--assets", REPLAYWEB)
    with replay(gone.base + name, "--archive", gone.folder, *assets) as address:
        check(shown(browser, address, gone, name), gone, name)

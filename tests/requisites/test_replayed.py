"""Pages with their pictures and style in real Chromium: live, and from the archive alone when their site is gone.

Of each site every request of the page is answered by the archive, and what is drawn is what the live page drew:
at most SHARE of its pixels differ by more than LEVELS of 255.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests import foreign
from tests.access.serving import showing
from tests.chromium import Chromium
from tests.replay.test_chromium import PROGRAM, REPLAYWEB, needs_replayweb, replay
from tests.requisites.looking import SHARE, Seen, difference, look
from tests.requisites.serving import NAMES, NEEDS_SCRIPTS, TITLES, Towns, picture, towns
from tests.site import RawSite, response

from pressmark.access.context import Archive
from pressmark.archive.folder import FolderReader
from pressmark.replay.page import PageServer, write_page

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium (Debian: apt-get install chromium)"),
]


@dataclass(frozen=True)
class Gone:
    """An archive of sites that are no more. live: what each page looked like; towns: where it was."""

    folder: Path
    towns: Towns
    live: dict[str, Seen]


def push(archive: Path, served: Towns, *arguments: str) -> None:
    """Archive pages of the sites."""
    allowed = {"PRESSMARK_ALLOW_LOOPBACK": served.allowed}
    foreign.pressmark("push", "--archive", archive, "--host-delay", "0", *arguments, env=allowed)


@pytest.fixture(scope="module")
def gone(browser: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Gone:
    """All sites, looked at and archived; then they are stopped, and the browser has nothing of them."""
    folder = tmp_path_factory.mktemp("gone")
    with towns() as served:
        live = {name: look(browser, served.url(name), TITLES[name], served.url(name)) for name in NAMES}
        browser.start_afresh()
        plain = [served.url(name) for name in NAMES if name not in NEEDS_SCRIPTS]
        push(folder / "archive", served, "--requisites", "page", *plain)
        push(folder / "archive", served, "--requisites", "all", *map(served.url, NEEDS_SCRIPTS))
    return Gone(folder / "archive", served, live)


@pytest.fixture(scope="module")
def pywb(gone: Gone) -> Iterator[str]:
    """``pressmark replay``: what stands before an archived URL in the addresses of pywb."""
    with replay("--archive", gone.folder) as address:
        yield address


@pytest.fixture(scope="module")
def wacz(gone: Gone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """``pressmark export -o all.wacz``: a folder with ReplayWeb.page over it, and its address."""
    folder = tmp_path_factory.mktemp("wacz")
    foreign.pressmark("export", "--archive", gone.folder, "-o", folder / "all.wacz")
    with PageServer(folder, port=0) as server:
        yield folder, server.url


@pytest.fixture(scope="module")
def web(gone: Gone) -> Iterator[str]:
    """``pressmark web``: the address of the archive's own pages."""
    reader = FolderReader(gone.folder)
    with showing(Archive("", reader, reader.files), str(REPLAYWEB)) as address:
        yield address
    reader.close()


def check(browser: Chromium, gone: Gone, name: str, address: str) -> None:
    """Hold what is shown at an address against the live page."""
    live = gone.live[name]
    shown = look(browser, address, TITLES[name], gone.towns.url(name))
    # The icon is the window's, and a player shows the page in a frame.
    asked = {url: status for url, status in live.answered.items() if "/icon-" not in url}
    assert {url: shown.answered.get(url) for url in asked} == asked
    share = difference(browser, live, shown)
    assert share <= SHARE, f"{share:.2%} of the pixels differ"


def beyond(**reasons: str) -> list[Any]:
    """The names of all sites, those marked that a player cannot show, for the reason given; else the test fails."""
    return [
        pytest.param(name, marks=pytest.mark.xfail(reason=reasons[name], strict=True))
        if name in reasons
        else name
        for name in NAMES
    ]


def test_pages_that_look_different_are_told_apart(gone: Gone, browser: Chromium) -> None:
    one, other, *_ = gone.live.values()
    assert difference(browser, one, other) > SHARE
    assert difference(browser, one, one) == 0.0


def test_a_picture_that_comes_late_is_waited_for(
    browser: Chromium, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[bytes] = []
    is_late, take = threading.Event(), browser.screenshot

    def screenshot() -> bytes:
        drawn.append(take())
        if len(drawn) == 3:
            is_late.set()
        return drawn[-1]

    monkeypatch.setattr(browser, "screenshot", screenshot)
    tiles = response(picture("late-40x40.png") or b"", content_type="image/png")
    site.serve("/late/late.png", lambda _: tiles if is_late.wait(10) else b"")
    script = "<script>onload = () => { document.body.style.background = 'url(late.png)' }</script>"
    url = site.page("/late/", f"{script}The picture comes late.")
    assert look(browser, url, "The picture comes late", url).picture != drawn[0]


PYWB = beyond(modules="pywb puts code into module scripts that strict mode refuses")


@pytest.mark.parametrize("name", PYWB)
def test_pywb_shows_the_page_as_it_was(gone: Gone, browser: Chromium, pywb: str, name: str) -> None:
    check(browser, gone, name, pywb + gone.towns.url(name))


@needs_replayweb
@pytest.mark.parametrize("name", NAMES)
def test_the_archives_own_player_shows_the_page_as_it_was(
    gone: Gone, browser: Chromium, web: str, name: str
) -> None:
    check(browser, gone, name, f"{web}/web/2030/{gone.towns.url(name)}")


@needs_replayweb
@pytest.mark.parametrize("name", NAMES)
def test_replayweb_shows_the_page_as_it_was_from_a_wacz(
    gone: Gone, browser: Chromium, wacz: tuple[Path, str], name: str
) -> None:
    folder, address = wacz
    write_page(folder, wacz="all.wacz", title=name, url=gone.towns.url(name), assets=str(REPLAYWEB))
    check(browser, gone, name, address)

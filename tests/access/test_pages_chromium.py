"""The pages in a real browser: they fit a phone, take their style past the policy, and work by keyboard."""

from pathlib import Path
from urllib.parse import quote

import pytest
from tests import chromium
from tests.access.serving import serving
from tests.chromium import Chromium
from tests.factories import PAGE

from pressmark.access.app import Application

PROGRAM = chromium.find()

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium (Debian: apt-get install chromium)"),
]

PAGES = {
    "/": "Newest captures",
    f"/page?url={quote(PAGE)}": "Every capture of",
    f"/capture?url={quote(PAGE)}&at=20261123120000": "forty minutes late",
    f"/diff?url={quote(PAGE)}": "What changed on",
    "/results?site=example.com": "Find captures",
    "/failures": "invalid-host-resolution",
}


def test_every_page_fits_a_phone_and_has_its_style(application: Application, tmp_path: Path) -> None:
    assert PROGRAM
    with serving(application) as port, Chromium(PROGRAM, tmp_path / "profile") as browser:
        browser.resize(360)
        for target, text in PAGES.items():
            browser.open(f"http://localhost:{port}{target}")
            browser.wait_for_text(text if target != "/" else text.upper(), address=target)
            assert browser.evaluate("document.documentElement.scrollWidth") == 360, target
            assert "palatino" in browser.evaluate(
                "getComputedStyle(document.querySelector('.name')).fontFamily.toLowerCase()"
            )
        hosts = {each.split("/")[2] for each in browser.requested if each.startswith("http")}
        assert hosts == {f"localhost:{port}"}


def test_a_page_is_looked_up_by_keyboard_alone(application: Application, tmp_path: Path) -> None:
    assert PROGRAM
    with serving(application) as port, Chromium(PROGRAM, tmp_path / "profile") as browser:
        browser.open(f"http://localhost:{port}/")
        browser.wait_for_text("NEWEST CAPTURES", address="/")
        browser.press("Tab")
        assert browser.evaluate("document.activeElement.textContent") == "Skip to the content"
        browser.press("Tab")
        browser.press("Tab")
        assert browser.evaluate("document.activeElement.id") == "ask"
        browser.evaluate(f"document.activeElement.value = {PAGE!r}")
        browser.press("Enter")
        browser.wait_for_text("Every capture of", address=f"/page?url={quote(PAGE, safe='')}")

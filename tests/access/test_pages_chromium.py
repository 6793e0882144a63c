"""The pages in a real browser: a page is found by keyboard."""

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


def test_a_page_is_looked_up_by_keyboard_alone(application: Application, browser: Chromium) -> None:
    with serving(application) as port:
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

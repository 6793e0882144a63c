"""What real Chromium asks for to show a page, on each of the screens, is found; what else is found is stated.

Scripts are off: what they ask for is found at ``all``, as far as their files go.
"""

from pathlib import Path

import pytest
from tests import chromium
from tests.chromium import Chromium
from tests.requisites.constructions import CONSTRUCTIONS, Construction
from tests.site import RawSite

from pressmark.article import Document
from pressmark.requisites.css import in_css
from pressmark.requisites.html import in_html
from pressmark.requisites.screens import SCREENS
from pressmark.requisites.wanted import Kind
from pressmark.urls import clean

PROGRAM = chromium.find()
FONTS = sorted(Path("/usr/share/fonts").rglob("*.ttf"))

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium (Debian: apt-get install chromium)"),
]

_TYPES = {"css": "text/css", "svg": "image/svg+xml"}


@pytest.fixture(scope="module", autouse=True)
def without_scripts(browser: Chromium) -> None:
    browser.run_scripts(allowed=False)


def serve(site: RawSite, construction: Construction) -> dict[str, str]:
    """Return the URL of each file of a construction, the page's own first."""
    font = FONTS[0].read_bytes() if FONTS else b""
    urls = {}
    for path, text in construction.files.items():
        ending = path.partition("?")[0].rpartition(".")[2]
        urls[path] = site.page(
            path,
            font
            if ending in ("woff", "woff2", "ttf")
            else text.replace("{port}", str(site.port)).encode(construction.encoding),
            content_type=construction.types.get(path) or _TYPES.get(ending, "text/html"),
            headers=[("Cache-Control", "no-store"), ("Access-Control-Allow-Origin", "*")],
        )
    return urls


def found(site: RawSite, construction: Construction) -> dict[str, Kind]:
    """Everything that is wanted of a page, and of the style sheets that are among it, with its kind."""
    path, text = next(iter(construction.files.items()))
    data = text.replace("{port}", str(site.port)).encode(construction.encoding)
    document = Document.parse(data, site.url(path), construction.types.get(path))
    todo = in_html(document.root, document.url, "page", charset=document.charset)
    urls: dict[str, Kind] = {}
    while todo:
        each = todo.pop()
        if each.url in urls:
            continue
        urls[each.url] = each.kind
        sheet = "/" + each.url.partition("//")[2].partition("/")[2]
        if each.kind == "style" and sheet in construction.files:
            css = construction.files[sheet].encode(construction.encoding)
            todo += in_css(css, each.url, construction.types.get(sheet), "page", environment=document.charset)
    return urls


@pytest.mark.parametrize("name", CONSTRUCTIONS)
def test_chromium_asks_for_what_is_found(name: str, browser: Chromium) -> None:
    construction = CONSTRUCTIONS[name]
    if construction.needs_font and not FONTS:
        pytest.skip("needs a TrueType font below /usr/share/fonts")
    with RawSite() as site:
        page = next(iter(serve(site, construction).values()))
        asked: set[str] = set()
        for screen in SCREENS:
            browser.resize(screen.width, screen.height, density=screen.density)
            asked |= {clean(url) for url in browser.load(page) if f":{site.port}/" in url}
        wanted = found(site, construction)
    asked.remove(clean(page))
    assert asked - wanted.keys() == set(), "not found"
    # Icons are asked for at any time, before the page is loaded or behind that.
    not_asked = {
        url.removeprefix(site.base) for url, kind in wanted.items() if kind != "icon" and url not in asked
    }
    assert not_asked - construction.at_any_time == construction.not_asked
    assert len(asked) >= construction.at_least

"""Finds the element that is a page's headline, by its markup and the title bar."""

from itertools import islice

import lxml.etree

from pressmark.article.page.clean import fold

Element = lxml.etree._Element
_MAX = 50  # headings
_PIECES = 30
_LEAST = 8  # letters and digits
_MAX_LINES = 2_000
_LEAST_OF_LINE = 15
_LINES = ("p", "b", "strong", "font", "td", "div", "span", "center", "big")


def headline_of(root: Element, headings: list[Element], bar: str) -> Element | None:
    """Return the heading that makes up at least half of the title bar; else the first h1 with text; else a line.

    The line must make up at least half of the title bar, too. Without any of these, None. On old blogs and forums the
    h1 is the site's name, and the oldest pages have no headings at all.

    headings: the h1 elements. bar: the text of the title element.
    """
    bar = fold(bar[:500])
    first: Element | None = None
    for heading in headings[:20]:
        key = _key(heading)
        if key and key in bar and 2 * len(key) >= len(bar):
            return heading
        if key and first is None:
            first = heading
    for heading in islice(root.iter("h2", "h3"), _MAX):
        key = _key(heading)
        if len(key) >= _LEAST and 2 * len(key) >= len(bar) and key in bar:
            return heading
    if first is not None:
        return first
    for line in islice(root.iter(*_LINES), _MAX_LINES):
        key = fold((line.text or "")[:500])
        if len(key) >= _LEAST_OF_LINE and 2 * len(key) >= len(bar) and key in bar:
            return line
    return None


def _key(heading: Element) -> str:
    return fold("".join(islice(heading.itertext(), _PIECES))[:500])

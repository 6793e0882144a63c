"""Recovers the head of a page if damage hid it from libxml2.

An unclosed comment, title, style or script swallows what follows it, as it does in browsers; elements nested deeper
than libxml2's limit are dropped. The publisher's metadata is still in the markup: BeautifulSoup, which is imported only
for such pages, reads it from where it begins.
"""

import re

from pressmark.article.page.document import Document

MAX_SEARCHED = 500_000
"""How far into a page, in characters, a lost head is looked for."""

MAX_READ = 200_000
"""How much of the page, in characters, is read again."""

_MAX_TITLE = 1_000
_TITLE = re.compile(r"<title[\s>]", re.IGNORECASE)
_CARD = re.compile(r"<meta\s[^<>]{0,200}\bog:title\b", re.IGNORECASE)
_DATA = re.compile(r"<script\s[^<>]{0,200}\bld\+json\b", re.IGNORECASE)


def lost_head(document: Document) -> Document | None:
    """The page's title, meta, link and JSON-LD elements as a page of their own; None if the tree has its head.

    A head counts as lost if the markup has a title that the tree lacks, or both OpenGraph and JSON-LD that it lacks.
    """
    title = next(iter(document.elements("title")), None)
    lost = []
    if title is None or len(title.text or "") > _MAX_TITLE:
        lost.append(_TITLE)
    if not any(
        (meta.get("property") or meta.get("name")) == "og:title" for meta in document.elements("meta")
    ):
        lost.append(_CARD)
    if not any("ld+json" in script.get("type", "").lower() for script in document.elements("script")):
        lost.append(_DATA)
    if lost[:1] != [_TITLE] and len(lost) < 2:
        return None
    starts = {
        pattern: match.start()
        for pattern in lost
        if (match := pattern.search(document.html, 0, MAX_SEARCHED))
    }
    if _TITLE not in starts and len(starts) < 2:
        return None
    return Document(document.url, _read(document.html, min(starts.values())))


def _read(html: str, start: int) -> str:
    from bs4 import BeautifulSoup
    from bs4.filter import SoupStrainer

    only = SoupStrainer(["title", "meta", "link", "script"])
    soup = BeautifulSoup(html[start : start + MAX_READ], "html.parser", parse_only=only)
    kept = [
        element
        for element in soup.find_all(["title", "meta", "link", "script"])
        if element.name in ("meta", "link")
        or (
            element.name == "title"
            and len(element.get_text()) <= _MAX_TITLE
            and "<meta" not in element.get_text()
        )
        or (element.name == "script" and "ld+json" in str(element.get("type", "")).lower())
    ]
    return "<!doctype html><head>" + "".join(str(element) for element in kept) + "</head>"

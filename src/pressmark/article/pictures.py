"""Reads the pictures the page shows: what readers saw, where the card for social networks may be cropped or branded."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from pressmark.article.candidates import HTML, Candidate
from pressmark.article.document import Document
from pressmark.article.places import elsewhere

_SOURCES = ("data-srcset", "data-lazy-srcset", "srcset", "data-src", "data-original", "data-lazy-src", "src")
_SIZED = re.compile(r"(\S+?),?\s+(\d{1,5}(?:\.\d{1,2})?)[wx]\s*(?:,|$)")
_SMALLEST = 200
_MAX = 150


def read(document: Document) -> Iterator[Candidate]:
    """A candidate for each picture in page order: its largest version, its alternative text, its width.

    kind is ``shown`` for those that stand in the article itself.
    """
    found = 0
    # Where the page's data name a picture, these only serve to find its other versions.
    named = any((meta.get("property") or "") == "og:image" for meta in document.root.iter("meta"))
    for image in document.root.iter("img"):
        if found >= _MAX:
            return
        width = _number(image.get("width"))
        if 0 < width < _SMALLEST:
            continue
        url, size = _largest(image)
        parent = image.getparent()
        if parent is not None and parent.tag == "picture":
            for source in parent.iter("source"):
                other, other_size = _largest(source)
                if other and (not url or other_size > size):
                    url, size = other, other_size
        if url and not url.startswith("data:"):
            found += 1
            kind = "shown" if named or not elsewhere(image, figures=False) else ""
            more = {"alt": image.get("alt") or "", "width": str(int(max(size, width)))}
            yield Candidate("picture", url, HTML, "img", kind=kind, more=more)


def _largest(element: HtmlElement) -> tuple[str, float]:
    """The address of the largest version an element offers, and its width where one is given."""
    for attribute in _SOURCES:
        value = (element.get(attribute) or "").strip()[:20_000]
        if not value or value.startswith("data:"):
            continue
        if "srcset" not in attribute:
            return value, 0.0
        sized = [(float(size), url) for url, size in _SIZED.findall(value)]
        if sized:
            size, url = max(sized, key=lambda version: version[0])
            return url, size
        return value.split(",")[0].split(" ")[0] if ", " in value else value.split(" ")[0], 0.0
    return "", 0.0


def _number(text: str | None) -> int:
    digits = (text or "").strip().removesuffix("px")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0

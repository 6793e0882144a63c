"""The places of a page that may hold a date, in page order."""

import re
from typing import Any

import lxml.etree

from pressmark.article.dates.parse import MAX_CHARACTERS

MAX_SPOTS = 600
"""Maximum number of places on a page that are read; later dates are not found."""

MAX_ELEMENTS = 50_000
"""Maximum number of elements of a page that are read; dates in later ones are not found."""

DATA_ATTRIBUTES = (
    "data-published", "data-publish-date", "data-publishdate", "data-published-date", "data-pubdate", "data-created",
    "data-datetime", "data-timestamp", "data-date", "data-time", "data-utime", "data-epoch", "data-modified",
    "data-updated",
)  # fmt: skip

_TAGS = frozenset({"h1", "h2", "time"})
_UNSEEN = frozenset(
    {"script", "style", "noscript", "template", "svg", "textarea", "title", "head", "meta", "link"}
)
# A year of this century or the last in the digits of some script, d.m.yy, or a unit of East Asian dates.
_DATED = re.compile(
    r"(?:19|20)\d\d|\d[./]\d\d?[./]\d\d|[年년]|[٢۲২२๒២၂][٠۰০०๕០၀]|[۱١][۳٣۴٤]|\b25[5-9]\d\b|\d-[A-Za-z]{3}-\d\d"
    r"|[a-z] ['’]\d\d\b|\d [a-z]{3,7} ago\b|\bvor \d|\bil y a \d|\bhace \d|\d [a-z]{3,7} geleden\b"
    r"|[ก-๎]\.? ?[\d๐-๙]{2}\b"
)
# The sign for "year", because Chinese and Japanese may write out the numbers.
_DIGIT = re.compile(r"[0-9０-９٠-٩۰-۹०-९০-৯๐-๙០-៩၀-၉年]")
_DATE_NAMES = re.compile(r"date|Date|time|Time|publi|posted|datum|fecha|byline|stamp|tarih")
_NAMING = frozenset({"id", "itemprop", "property"})
_TELLING = frozenset({"datetime", "pubdate", *DATA_ATTRIBUTES}) | _NAMING
_MIN_TEXT, _MAX_TEXT = 5, 2000

Spot = tuple[Any, str | None, Any]
"""An element; a text in it, or None for the element itself; the child that the text comes after, if any."""


def find_spots(root: Any, headline: Any = None) -> list[Spot]:
    """Collect headings, the headline, elements whose markup mentions dates, and texts that look like dates."""
    spots: list[Spot] = []
    plain = _TELLING.isdisjoint
    classes: dict[str, bool] = {}  # a page repeats its classes many times
    for number, element in enumerate(root.iter(lxml.etree.Element)):
        tag = element.tag
        if tag not in _UNSEEN:
            attributes = element.keys()
            if (
                tag in _TAGS
                or element is headline
                or (
                    attributes
                    and (
                        ("class" in attributes and _named(element.get("class"), classes))
                        or (not plain(attributes) and _tells(element, attributes))
                    )
                )
            ):
                spots.append((element, None, None))
            text = element.text
            if text and _MIN_TEXT < len(text) < _MAX_TEXT and _dated(text):
                spots.append((element, text, None))
        text = element.tail
        if text and _MIN_TEXT < len(text) < _MAX_TEXT and _dated(text):
            spots.append((element.getparent(), text, element))
        if len(spots) >= MAX_SPOTS or number >= MAX_ELEMENTS:
            break
    return spots


def _dated(text: str) -> bool:
    # Most texts have no digit, and that is quicker to find out than that they have no date.
    return bool(_DIGIT.search(text, 0, MAX_CHARACTERS) and _DATED.search(text, 0, MAX_CHARACTERS))


def _named(names: str, known: dict[str, bool]) -> bool:
    if names not in known:
        known[names] = bool(_DATE_NAMES.search(names, 0, 200))
    return known[names]


def _tells(element: Any, attributes: list[str]) -> bool:
    """Whether an attribute shows that an element holds a date."""
    for name in attributes:
        if name in _NAMING:
            if _DATE_NAMES.search(element.get(name), 0, 200):
                return True
        elif name in _TELLING:
            return True
    return False


def names_of(element: Any) -> str:
    """Class and id of an element, at most 300 characters."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()[:300]


def short_text(element: Any) -> str:
    """The element's text with single spaces, or "" if it is longer than MAX_CHARACTERS or in very many pieces."""
    parts: list[str] = []
    length = 0
    for part in element.itertext():
        length += len(part.strip())
        if length > MAX_CHARACTERS or len(parts) >= MAX_CHARACTERS:
            return ""
        parts.append(part)
    return " ".join(" ".join(parts).split())

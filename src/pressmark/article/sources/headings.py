"""Reads the titles a person sees: headings, without the kicker some set into them, and the title bar."""

import re
from collections.abc import Iterator

from pressmark.article.page.candidate import HTML, Candidate
from pressmark.article.page.document import Document, Element
from pressmark.article.page.placement import named, text_of

_MAX = 50
_is_kicker = named(
    re.compile(
        r"kicker|over-?line|top-?line|eyebrow|roof-?line|dach-?zeile|spitzmarke|vignette|antetitulo|surtitre|"
        r"sur-?title|occhiello|pre-?title|visually-?hidden|sr-only|screen-?reader|offscreen|badge"
    )
)
_LOOSE = " \t\r\n|–—-:·•/"


def read(document: Document) -> Iterator[Candidate]:
    """The h1 headings in page order, then the title element."""
    for heading in document.elements("h1")[:_MAX]:
        yield Candidate("title", _without_kicker(heading), HTML, "h1")
    title = document.root.find(".//title")
    if title is not None:
        yield Candidate("title", text_of(title), HTML, "title")


def _without_kicker(heading: Element) -> str:
    whole = text_of(heading)
    for child, _ in zip(heading.iterdescendants(), range(20), strict=False):
        if isinstance(child.tag, str) and child.get("class") and _is_kicker(child):
            kicker = text_of(child)
            rest = whole.removeprefix(kicker).lstrip(_LOOSE)
            if kicker and len(rest) >= len(kicker) / 2:
                whole = rest
    return whole

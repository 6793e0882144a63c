"""Reads what a person sees: headings, the title bar, bylines, tags at the foot of the article."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from pressmark.article.candidates import HTML, Candidate
from pressmark.article.document import Document

_BYLINE = re.compile(
    r"(?:^|[\s_\-])(?:by-?line|author|auteur|autor|autore|forfatter|signature|writer|kirjoittaja|reporter|yazar|"
    r"penulis|skribent|redakteur|contributors?)s?(?:$|[\s_\-])",
    re.IGNORECASE,
)
_NOT_A_BYLINE = re.compile(
    r"comment|image|photo|picture|caption|credit|related|teaser|card|bio|avatar|social|follow|description|"
    r"sidebar|footer|recommend|newsletter|promo|list-item-date|publications|affiliation|search|copyright|quote",
    re.IGNORECASE,
)
_MAX = 300
_MAX_CLIMB = 12


def read(document: Document) -> Iterator[Candidate]:
    """Candidates from the visible page, in page order within each field."""
    root = document.root
    for heading in list(root.iter("h1"))[:50]:
        yield Candidate("title", _text(heading), HTML, "h1")
    title = root.find(".//title")
    if title is not None:
        yield Candidate("title", _text(title), HTML, "title")
    for link in root.xpath("//a[@rel]")[:2_000]:
        rel = link.get("rel", "").lower().split()
        if "author" in rel and not _elsewhere(link):
            yield Candidate("author", _text(link), HTML, "rel=author")
        if "tag" in rel:
            yield Candidate("tag", _text(link), HTML, "rel=tag")
    yield from _bylines(root)


def _bylines(root: HtmlElement) -> Iterator[Candidate]:
    last: HtmlElement | None = None
    found = 0
    for element in root.xpath(
        "//*[(self::a or self::span or self::div or self::p or self::address or self::li or self::ul or self::h5 or"
        " self::h6 or self::strong or self::section) and (@class or self::address)]"
    ):
        label = element.get("class") or ""
        if len(label) > 400 or not _BYLINE.search(label) or _NOT_A_BYLINE.search(label):
            continue
        if last is not None and _inside(element, last):
            continue
        if _elsewhere(element):
            continue
        text = _text(element)
        if not 2 < len(text) <= _MAX:
            continue
        last = element
        links = [_text(a) for a in element.iter("a") if _text(a)]
        yield Candidate("author", text, HTML, "byline", more={"links": "\n".join(links[:20])})
        found += 1
        if found >= 20:
            return


def _elsewhere(element: HtmlElement) -> bool:
    """Whether the element stands in a part of the page that is not this article's head or foot."""
    parent: HtmlElement | None = element
    for _ in range(_MAX_CLIMB):
        if parent is None or parent.tag in ("body", "main"):
            return False
        if parent.tag in ("aside", "nav", "footer", "figure", "figcaption", "blockquote"):
            return True
        label = f"{parent.get('class') or ''} {parent.get('id') or ''}"
        if parent is not element and _NOT_A_BYLINE.search(label[:400]) and parent.tag != "article":
            return True
        parent = parent.getparent()
    return False


def _inside(element: HtmlElement, other: HtmlElement) -> bool:
    return any(ancestor is other for ancestor in element.iterancestors())


def _text(element: HtmlElement) -> str:
    """The element's text with a blank wherever a tag stands, so that neighbours do not grow together."""
    return " ".join(" ".join(piece for piece in element.itertext() if piece.strip())[:5_000].split())

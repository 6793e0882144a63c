"""Reads microdata (HTML Standard, section 5): ``itemprop`` inside an item of schema.org's Article family."""

import re
from collections.abc import Iterator
from itertools import islice

import lxml.etree

from pressmark.article.page.candidate import MICRODATA, Candidate
from pressmark.article.page.document import Document, Element

_ARTICLE = re.compile(r"(?:article|posting|report|review)\b", re.IGNORECASE)
_PROPERTIES = {"headline": "title", "author": "author", "creator": "author", "datepublished": "published",
               "datecreated": "published", "datemodified": "modified", "description": "description",
               "articlesection": "section", "keywords": "tag", "image": "image", "inlanguage": "language",
               "publisher": "site_name", "isaccessibleforfree": "free", "license": "licence",
               "discussionurl": "comments_url", "name": "title"}  # fmt: skip
_MAX_PROPERTIES = 1_000
_MAX_NAMES = 20  # of one element
_MAX_CLIMB = 60
_NEAR = 4  # elements around the first author
_FIGURES = frozenset({"figure", "figcaption"})


def read(document: Document) -> Iterator[Candidate]:
    """Yield candidates from the first article item of the page, and from properties outside any item.

    Of authors outside any item, only the first one and those near it count: lists of other articles name theirs, too.
    """
    if "itemprop" not in document.html:
        return
    first: Element | None = None
    authors: Element | None = None  # an ancestor of the first author outside any item
    everything = document.root.iter(lxml.etree.Element)
    properties = (element for element in everything if element.get("itemprop") is not None)
    for element in islice(properties, _MAX_PROPERTIES):
        names = element.get("itemprop", "").lower().split(None, _MAX_NAMES)[:_MAX_NAMES]
        fields = [(name, _PROPERTIES[name]) for name in names if name in _PROPERTIES]
        if not fields:
            continue
        item = _item(element)
        if item is not None:
            if not _ARTICLE.search(item.get("itemtype") or ""):
                continue
            if first is None:
                first = item
            if item is not first:
                continue
        for name, field in fields:
            if name == "name" and item is None:
                continue
            if field == "author":
                if _is_of_picture(element):
                    continue
                if item is None and authors is None:
                    authors = _around(element)
                elif item is None and not any(above is authors for above in element.iterancestors()):
                    continue
            value, kind = _value(element)
            if value:
                yield Candidate(field, value, MICRODATA, name, kind=kind)


def _around(element: Element) -> Element:
    above = [parent for parent, _ in zip(element.iterancestors(), range(_NEAR), strict=False)] or [element]
    return next((parent for parent in above if parent.tag == "article"), above[-1])


def _is_of_picture(element: Element) -> bool:
    """Whether an author is a picture's, that is, its photographer."""
    return any(
        parent.tag in _FIGURES for parent, _ in zip(element.iterancestors(), range(_NEAR), strict=False)
    )


def _item(element: Element) -> Element | None:
    """The item a property belongs to: the nearest element above it with ``itemscope``."""
    parent = element.getparent()
    for _ in range(_MAX_CLIMB):
        if parent is None:
            return None
        if parent.get("itemscope") is not None:
            return parent
        parent = parent.getparent()
    return None


def _value(element: Element) -> tuple[str, str]:
    """A property's value and, if it is an item itself, that item's type."""
    if element.get("itemscope") is not None:
        kind = (element.get("itemtype") or "").rstrip("/").rsplit("/", 1)[-1].lower()
        for wanted in ("name", "url", "contenturl"):
            for inner in element.iterdescendants():
                if isinstance(inner.tag, str) and wanted in (inner.get("itemprop") or "").lower().split():
                    return _plain(inner), kind
        return ("" if kind == "imageobject" else _plain(element)), kind
    return _plain(element), ""


def _plain(element: Element) -> str:
    for attribute in ("content", "datetime"):
        if (value := element.get(attribute)) is not None:
            return value
    if element.tag in ("img", "source", "video", "audio", "embed"):
        return element.get("src") or element.get("data-src") or ""
    if element.tag == "link":
        return element.get("href") or ""
    return " ".join(element.itertext())[:5_000]

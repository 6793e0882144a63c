"""A page, decoded and parsed once for all readers.

Limits: if a page is longer than :data:`MAX_CHARACTERS` or has tags beyond the limits of
:mod:`pressmark.article.page.bounds`, only its beginning is parsed. Elements nested deeper than libxml2's own limit
(2,048 levels) are dropped. None of this changes the archived bytes, only what is read from them.
"""

import codecs
import itertools
import re
from functools import cached_property
from typing import Any

import lxml.etree

from pressmark.article.page.addresses import absolute
from pressmark.article.page.bounds import end_of_sound
from pressmark.article.page.headline import headline_of
from pressmark.article.page.ld_blocks import JsonNode, read_blocks
from pressmark.article.page.ld_speakers import speakers
from pressmark.charset.detect import decode

Element = lxml.etree._Element
"""The class of all elements that readers get. lxml.html's class would call back into Python for each element."""

_LISTED = ("a", "amp-img", "base", "h1", "img", "link", "meta", "script", "title")
MAX_LISTED = 50_000
"""Maximum number of elements of one tag for the readers. Only hostile pages have more; later ones are ignored."""

MAX_CHARACTERS = 8_000_000
"""How many characters of a page are parsed. The rest yields no metadata and no text."""

# Browsers go on reading after the first of these end tags (HTML Standard, 13.2.6.4.19 and 22); libxml2 may stop there.
# Python's engine finds a pattern much faster if it begins with one certain character, hence the lookahead.
_END = re.compile(rb"<(?=/)/(?:html|body)\s{0,20}>", re.IGNORECASE)
_TAIL = 1_000
# C0 controls other than tab, newline, form feed and carriage return mean nothing in HTML.
_CONTROLS = bytes(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0C, 0x0D))


class Document:
    """One page as the readers see it. Readers never change ``root``.

    url: the page's absolute URL.
    html: its markup, decoded as browsers do (:mod:`pressmark.charset.detect`).
    charset: the WHATWG name of the encoding it was decoded with.
    whole: False if a limit cut it.
    root: the ``html`` element of the page, parsed by libxml2.
    """

    def __init__(self, url: str, html: str, charset: str = "utf-8", data: bytes | None = None) -> None:
        """data: ``html`` encoded in UTF-8, if the caller has that already."""
        self.url = url
        self.charset = charset
        self.whole = len(html) <= MAX_CHARACTERS
        if data is None or not self.whole:
            html = html[:MAX_CHARACTERS]
            data = html.encode("utf-8", "replace")
        clean = data.translate(None, _CONTROLS)
        end = end_of_sound(clean)
        if end < len(clean):
            clean, self.whole = clean[:end], False
        self.html = html if len(clean) == len(data) else clean.decode("utf-8")
        self.root: Element = _parse(clean)

    @classmethod
    def parse(cls, html: bytes, url: str, content_type: str | None = None) -> "Document":
        """Decode and parse. html: the body without its content encoding. Never raises for odd bytes."""
        # No encoding takes more than four bytes a character: what is beyond could not be parsed anyway.
        html = html[: 4 * MAX_CHARACTERS]
        text, charset = decode(html, content_type)
        # If nothing had to be replaced, the bytes are already the text in UTF-8.
        sound = charset == "utf-8" and "\ufffd" not in text
        return cls(url, text, charset, html.removeprefix(codecs.BOM_UTF8) if sound else None)

    def elements(self, tag: str) -> list[Element]:
        """The elements of a tag that several readers ask for, in page order, from one walk over the tree."""
        return self._listed[tag]

    @cached_property
    def _listed(self) -> dict[str, list[Element]]:
        listed: dict[Any, list[Element]] = {tag: [] for tag in _LISTED}
        for element in self.root.iter(*_LISTED):
            alike = listed[element.tag]
            if len(alike) < MAX_LISTED:
                alike.append(element)
        return listed

    @cached_property
    def json_ld(self) -> list[JsonNode]:
        """Every JSON-LD node of the page in page order: arrays and ``@graph`` opened, references resolved.

        Nested nodes stay nested. A resolved reference is the same object as the node that it names, so values
        may be cyclic: each reader limits its own depth.
        """
        return read_blocks(self.scripts("ld+json"))

    @cached_property
    def speakers(self) -> list[JsonNode]:
        """The JSON-LD nodes that describe this page, best first (:mod:`pressmark.article.page.ld_speakers`)."""
        return speakers(self.json_ld, self.url, self.canonical)

    def scripts(self, kind: str) -> list[str]:
        """The contents of the script elements whose ``type`` contains ``kind`` (lower case)."""
        # The type is tested first: reading a text copies it, and most of a page is scripts of other types.
        return [
            text
            for script in self.elements("script")
            if kind in script.get("type", "").lower() and (text := script.text)
        ]

    @cached_property
    def base(self) -> str:
        """The URL against which addresses are resolved (HTML Standard, 4.2.3): the base element's, or the page's."""
        for element in self.elements("base"):
            if element.get("href") is not None:
                return absolute(element.get("href", ""), self.url) or self.url
        return self.url

    @cached_property
    def canonical(self) -> str | None:
        """The absolute address of ``<link rel=canonical>`` (RFC 6596), or None. One in readers' comments is ignored."""
        for link in self.elements("link"):
            if "canonical" in link.get("rel", "").lower().split() and link.get("href"):
                url = absolute(link.get("href", ""), self.base)
                if url and not is_commented(link):
                    return url
        return None

    @cached_property
    def headline(self) -> Element | None:
        """The element that is the page's headline (:mod:`pressmark.article.page.headline`), or None."""
        bar = next((title.text or "" for title in self.elements("title")), "")
        return headline_of(self.root, self.elements("h1"), bar)

    @cached_property
    def around_headline(self) -> frozenset[Element]:
        """The ancestors of the headline; empty if there is no headline."""
        return frozenset() if self.headline is None else frozenset(self.headline.iterancestors())

    @cached_property
    def language(self) -> str | None:
        """The ``lang`` of the html element as written, or None."""
        attributes: Any = self.root.attrib
        return attributes.get("lang") or attributes.get("xml:lang") or None


def is_commented(link: Element) -> bool:
    """Whether an element is among readers' comments."""
    parents = itertools.islice(link.iterancestors("div", "section", "article", "ol", "ul", "li"), 20)
    return any("comment" in f"{each.get('class')} {each.get('id')}".lower() for each in parents)


def _parse(html: bytes) -> Element:
    # huge_tree: otherwise libxml2 gives up at 256 levels or at a text of 10 MB; with it, at 2,048 levels.
    # Nothing is looked up by its id, so libxml2 need not keep a table of them.
    parser = lxml.etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False
    )
    early = _END.search(html)
    if early is not None and len(html) - early.end() > _TAIL:
        html = _END.sub(b"", html)
    try:
        root = lxml.etree.fromstring(html, parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, AssertionError):
        root = None
    return lxml.etree.fromstring(b"<html><body></body></html>", parser) if root is None else root

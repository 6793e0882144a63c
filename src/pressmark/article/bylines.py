"""Reads who wrote it off the visible page: ``rel=author``, links to authors' pages, elements named a byline."""

import re
from collections.abc import Iterator

from pressmark.article.candidates import HTML, Candidate
from pressmark.article.document import Document, Element
from pressmark.article.places import elsewhere, label, text_of

_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:by-?lines?|authors?|auteurs?|autor(?:en|es|in)?|autore|autori|forfattere?|signature|writers?|"
    r"kirjoittaja|reporters?|yazar|penulis|skribent|redakteur|contributors?)(?:$|[\s_-])",
    re.IGNORECASE,
)
# A cheap look before the exact one.
_HINT = re.compile(
    r"[Aa]ut|[Bb]y|[Ff]orf|[Ss]ign|[Ww]rit|[Kk]irj|[Rr]ep|[Yy]az|[Pp]enu|[Ss]kri|[Rr]eda|[Cc]ontr|AUT|BY|address"
)
_NOT_A_BYLINE = re.compile(
    r"comment|image|photo|picture|caption|credit|related|teaser|card|bio(?:$|[^a-z])|avatar|social|follow|descri|"
    r"sidebar|footer|recommend|newsletter|promo|publications|affiliation|search|copyright|quote|more-|thumb",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"/(?:authors?|autor(?:en|es|in|as)?|auteurs?|autore|autori|redakteure?|redaktion|redacteurs?|journalistes?|"
    r"journalists?|reporters?|staff|profiles?|writers?|contributors?|columnists?|by|yazar(?:lar)?|"
    r"skribent|forfatter|medarbeider|periodistas?|firmas?|byline|correspondents?)/[^/?#]{3,}",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:autor(?:in)?(?:/-?autor(?:in)?)?|authors?|auteurs?|autore|autori|автор|text|written by|by)\s*:?$",
    re.IGNORECASE,
)
_SIGNED = ("作者：", "记者：", "記者：", "责编：", "责任编辑：", "筆者：")
_SIGNATURE = re.compile(r"\s{0,5}([^\s<>（）()\[\]：:]{2,30})")
_SPOKEN = re.compile(r"(?:By|BY|Von|Par|Por|Door|Av|Af|Di)(?: [^\W\d_a-z][\w'’.-]{1,30}){2,4}")
_SPOKEN_WORD = re.compile(
    r"(?:written by|reported by|by|von|vom|par|por|door|av|af|di|przez|автор(?:ы|и)?|yazan)\s{0,5}:?",
    re.IGNORECASE,
)
_SOON = 80
_MAX = 300
_MAX_SPOKEN = 120
_MAX_FOUND = 20
Around = frozenset[Element]


def linked(document: Document) -> Iterator[Candidate]:
    """Links that the page itself declares to lead to its author: ``rel=author`` (HTML Standard, 4.6.7.3)."""
    around = document.around_headline
    for anchor in document.root.xpath("//a[contains(@rel,'author')]")[:100]:
        if "author" in anchor.get("rel").lower().split() and not elsewhere(anchor, around):
            yield Candidate("author", text_of(anchor), HTML, "rel=author")


def read(document: Document) -> Iterator[Candidate]:
    """Candidates from what looks like a byline, in page order by kind of place; for pages whose data name no one."""
    around = document.around_headline
    yield from _named(document.root, around)
    yield from _linked([a for a, _ in zip(document.root.iter("a"), range(3_000), strict=False)], around)
    yield from _labelled(document)
    yield from _spoken(document.root, around)


def _linked(anchors: list[Element], around: Around) -> Iterator[Candidate]:
    """The first run of links to authors' pages: those that share the first one's surroundings."""
    home: Element | None = None
    for anchor in anchors:
        if not _PAGE.search((anchor.get("href") or "")[:300]):
            continue
        text = text_of(anchor)
        if not 2 < len(text) < 60 or len(text.split()) > 5 or ":" in text or elsewhere(anchor, around):
            continue
        near = [a for a, _ in zip(anchor.iterancestors(), range(3), strict=False)]
        if home is None:
            home = near[-1] if near else anchor
        elif home not in near and not any(a is home for a in anchor.iterancestors()):
            return
        yield Candidate("author", text, HTML, "author link")


def _labelled(document: Document) -> Iterator[Candidate]:
    """``Author: A`` in a list of particulars, and the signature (责编：A、B) under a Chinese or Japanese article."""
    around = document.around_headline
    for element, _ in zip(document.root.iter("strong", "b", "dt", "th"), range(1_000), strict=False):
        if not _LABELLED.match((element.text or "").strip()[:40]):
            continue
        following = element.getnext()
        text = (element.tail or "").strip() or (text_of(following) if following is not None else "")
        if 2 < len(text) < 100 and not elsewhere(element, around):
            yield Candidate("author", text, HTML, "label")
    for mark in _SIGNED if "：" in document.html else ():
        at = document.html.find(mark)
        match = _SIGNATURE.match(document.html, at + len(mark)) if at >= 0 else None
        if match:
            yield Candidate("author", match.group(1), HTML, "signature")
            return


def _spoken(root: Element, around: Around) -> Iterator[Candidate]:
    """``By A`` as plain words soon after the headline, the names perhaps in elements of their own."""
    below = 0
    for element in root.iter():
        if element.tag == "h1":
            below = 1
        elif below and isinstance(element.tag, str):
            below += 1
            text = (element.text or "").strip()[:200]
            spoken = ""
            if _SPOKEN.fullmatch(text):
                spoken = text
            elif text and _SPOKEN_WORD.fullmatch(text):
                spoken = text_of(element)
            if 5 < len(spoken) < _MAX_SPOKEN and not elsewhere(element, around):
                yield Candidate("author", spoken, HTML, "text")
                return
            if below > _SOON:
                return


def _named(root: Element, around: Around) -> Iterator[Candidate]:
    """Elements whose class, id or test id says byline or author, the outermost of each."""
    last: Element | None = None
    found = 0
    for element in root.xpath("//*[@class or @id or @data-testid or self::address]"):
        tag = element.tag
        if tag in _SKIPPED or not isinstance(tag, str):
            continue
        if not _HINT.search(element.get("class") or "") and not _HINT.search(
            element.get("id") or element.get("data-testid") or "address"
        ):
            continue
        words = label(element)
        if not _BYLINE.search(words) or _NOT_A_BYLINE.search(words):
            continue
        if last is not None and any(above is last for above in element.iterancestors()):
            continue
        text = text_of(element)
        if not 2 < len(text) <= _MAX or elsewhere(element, around):
            continue
        last = element
        links = [
            name
            for a in element.iter("a")
            if _PAGE.search((a.get("href") or "")[:300]) and (name := text_of(a))
        ]
        yield Candidate("author", text, HTML, "byline", more={"links": "\n".join(links[:20])})
        found += 1
        if found >= _MAX_FOUND:
            return


_SKIPPED = frozenset(
    {"html", "body", "script", "style", "meta", "link", "img", "button", "input", "svg", "form"}
)

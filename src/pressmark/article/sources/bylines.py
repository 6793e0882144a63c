"""Reads the authors from the visible page: ``rel=author``, links to authors' pages, elements named like bylines."""

import re
from collections.abc import Iterator
from itertools import islice

import lxml.etree

from pressmark.article.page.candidate import HTML, Candidate
from pressmark.article.page.document import Document, Element
from pressmark.article.page.names import POSTS_BY
from pressmark.article.page.placement import elsewhere, lines_of, named, text_of

_is_byline = named(
    re.compile(
        r"(?:^|[\s_-])(?:by-?lines?|(?:article|blog|entry|news|post|story|text)?authors?|auteurs?|autor(?:en|es|in)?|autore|"
        r"autori|forfattere?|(?<!member-)signature|columnists?|writers?|"
        r"kirjoittaja|toimittaja|tekija|reporters?|yazar|muhabir|penulis|szerzo|skribent|redakteur|contributors?|"
        r"user-?names?)(?:$|[\s_-])"
    )
)
_is_no_byline = named(
    re.compile(
        r"comment|image|photo|picture|caption|credit|related|teaser|(?<!v)(?<!h-)card|bio(?:$|[^a-z])|avatar|social(?!-author)|follow|descri|"
        r"sidebar|footer|recommend|newsletter|promo|publications|affiliation|search|copyright|quote|more-|thumb"
    )
)
_is_name = named(re.compile(r"(?:^|[\s_-])(?:fn|name|(?:full|author|user)-?name)(?:$|[\s_-])"))
_SHOWS = r"(?:profile (?:image|picture|photo)|avatar|photo|picture|portrait|headshot)"
_ONE = r"[^\W\d_][\w.'’-]{1,20}(?: [^\W\d_][\w.'’-]{0,20}){1,3}?"
_PORTRAIT = re.compile(rf"(?:{_SHOWS} (?:of|for) )?(?P<name>{_ONE})(?:['’]s)?(?: {_SHOWS})?", re.IGNORECASE)
_NAMES = frozenset({"class", "id", "data-testid"})
_PAGE = re.compile(
    r"/(?:authors?|autor(?:en|es|in|as)?|auteurs?|autore|autori|redakteure?|redaktion|redacteurs?|journalistes?|"
    r"journalists?|reporters?|staff|profiles?|writers?|contributors?|columnists?|by|yazar(?:lar)?|"
    r"muhabir|szerzok?|kirjoittajat?|toimittajat?|penulis|skribent|forfatter|medarbeider|periodistas?|firmas?|byline|correspondents?)/[^/?#]{3,}"
)
_LABELLED = re.compile(
    r"(?:autor(?:in)?(?:/-?autor(?:in)?)?|authors?|auteurs?|autore|autori|автор|text|written by|by)\s*:?$",
    re.IGNORECASE,
)
_SENDER = re.compile(r"(?:from|von|de|od|da)\s*:?", re.IGNORECASE)
_WRITER = re.compile(r"[^\W\d_]\S{1,30}(?: [^\W\d_]\S{0,30}){1,3}")
_SIGNED = ("作者：", "记者：", "記者：", "责编：", "责任编辑：", "筆者：")
_SIGNATURE = re.compile(r"\s{0,5}([^\s<>（）()\[\]：:]{2,30})")
_SPOKEN_WORD = re.compile(
    r"(?:written by|reported by|by|von|vom|par|por|door|av|af|di|przez|автор(?:ы|и)?|yazan)\s{0,5}:?",
    re.IGNORECASE,
)
_NEAR = 4  # elements around the first link
_SOON = 80
_BESIDE = 150  # elements below the headline
_MAX = 300
_MAX_SPOKEN = 120
_MAX_FOUND = 20
_PARTS = 60
Around = frozenset[Element]


def linked(document: Document) -> Iterator[Candidate]:
    """Yield the links that the page marks as links to its author: ``rel=author`` (HTML Standard, 4.6.7.3).

    Only the first one and those near it count: lists of other articles on the page mark their authors, too.
    """
    around = document.around_headline
    home: Element | None = None
    for anchor in document.elements("a"):
        rel = anchor.get("rel") or ""
        if "author" not in rel or "author" not in rel.lower().split():
            continue
        if elsewhere(anchor, around) and not _in_address(anchor, around):
            continue
        if home is None:
            near = [above for above, _ in zip(anchor.iterancestors(), range(_NEAR), strict=False)]
            home = next((above for above in near if above.tag == "article"), near[-1] if near else anchor)
        elif home not in anchor.iterancestors():
            return
        yield Candidate("author", text_of(anchor), HTML, "rel=author")


def _in_address(element: Element, around: Around) -> bool:
    """Whether an element is in an ``address`` of the article, wherever in it that is (HTML Standard, 4.3.10)."""
    address = next(element.iterancestors("address"), None)
    article = next(address.iterancestors("article"), None) if address is not None else None
    return article is not None and article in around


def read(document: Document, *, unnamed: bool = True) -> Iterator[Candidate]:
    """Yield candidates from what looks like a byline, by kind of place, in page order within each.

    For pages whose data name no person. unnamed: whether the data name nobody at all, not even an organization; then
    a byline in a column next to the article counts, too.
    """
    around = document.around_headline
    yield from _named(document, beside_too=unnamed)
    yield from _linked(document.elements("a")[:3_000], around)
    yield from _labelled(document)
    if document.headline is not None:
        yield from _spoken(document)
    yield from _pictured(document)


def _pictured(document: Document) -> Iterator[Candidate]:
    """Yield the person in the first portrait, as its alternative text names it ("Ada Holm's avatar")."""
    for image in document.elements("img")[:_MAX_FOUND]:
        match = _PORTRAIT.fullmatch((image.get("alt") or "").strip()[:100])
        if match is None or not all(word[0].isupper() for word in match["name"].split()):
            continue
        if match.group() != match["name"] and not elsewhere(image, document.around_headline, figures=False):
            yield Candidate("author", match["name"], HTML, "portrait")
            return


def _linked(anchors: list[Element], around: Around) -> Iterator[Candidate]:
    """Yield the first link to an author's page, and further ones in the same surroundings."""
    home: Element | None = None
    for anchor in anchors:
        if not _leads_to_author(anchor):
            continue
        text = text_of(anchor)
        if not 2 < len(text) < 60 or len(text.split()) > 5 or ":" in text or elsewhere(anchor, around):
            continue
        near = [a for a, _ in zip(anchor.iterancestors(), range(3), strict=False)]
        if home is None:
            home = near[-1] if near else anchor
        elif home not in anchor.iterancestors():
            return
        yield Candidate("author", text, HTML, "author link")


def _leads_to_author(anchor: Element) -> bool:
    if _PAGE.search((anchor.get("href") or "")[:300].lower()) is not None:
        return True
    title = anchor.get("title")
    return title is not None and POSTS_BY.match(title[:60]) is not None


def _labelled(document: Document) -> Iterator[Candidate]:
    """Yield names after labels (``Author: A``), and the signature (责编：A、B) under a Chinese or Japanese article."""
    around = document.around_headline
    for element, _ in zip(
        document.root.iter("strong", "b", "em", "dt", "th", "td"), range(1_000), strict=False
    ):
        following = element.getnext()
        label = (element.text or "").strip()[:40]
        mailed = following is not None and (following.get("href") or "").startswith("mailto:")
        if mailed and _WRITER.fullmatch(label) and not elsewhere(element, around):
            yield Candidate("author", label, HTML, "label")  # how archives of mailing lists name the sender
            return
        labelled = _LABELLED.match(label) is not None and (element.tag != "td" or label.endswith(":"))
        if not (labelled or (mailed and _SENDER.fullmatch(label))):
            continue
        text = (element.tail or "").strip(" \n\t:<(") or (text_of(following) if following is not None else "")
        if 2 < len(text) < 100 and not elsewhere(element, around):
            yield Candidate("author", text, HTML, "label")
    for mark in _SIGNED if "：" in document.html else ():
        at = document.html.find(mark)
        match = _SIGNATURE.match(document.html, at + len(mark)) if at >= 0 else None
        if match:
            yield Candidate("author", match.group(1), HTML, "signature")
            return


def _spoken(document: Document) -> Iterator[Candidate]:
    """Yield the first ``By A`` in plain words soon after the headline; the names may be in elements of their own."""
    headline, around = document.headline, document.around_headline
    below = 0
    for element in document.root.iter():
        if element.tag == "h1" or element is headline:
            below = 1
        elif below and isinstance(element.tag, str):
            below += 1
            text = (element.text or "").strip()[:200]
            spoken = ""
            if text and _SPOKEN_WORD.fullmatch(text):
                spoken = lines_of(element)
                parent = element.getparent()
                if len(spoken) <= len(text) and parent is not None and parent.tag != "article":
                    spoken = lines_of(parent)
            if 5 < len(spoken) < _MAX_SPOKEN and not elsewhere(element, around):
                yield Candidate("author", spoken, HTML, "text")
                return
            if below > _SOON:
                return


def _named(document: Document, *, beside_too: bool) -> Iterator[Candidate]:
    """Yield the outermost elements whose class, id or ``data-testid`` says byline or author; those side by side as one.

    If all of them are elsewhere, and ``beside_too`` is set, the one that follows the headline counts, perhaps in a
    column next to the article.
    """
    headline, around = document.headline, document.around_headline
    last: Element | None = None
    beside: list[Element] = []
    below = found = 0
    run: list[Element] = []
    for element in document.root.iter(lxml.etree.Element):
        tag = element.tag
        if below or tag == "h1" or element is headline:
            below += 1
        if tag in _SKIPPED or _NAMES.isdisjoint(element.keys()):
            continue
        if not _is_byline(element) or _is_no_byline(element):
            continue
        if last is not None and last in element.iterancestors():
            continue
        if not 2 < len(lines_of(element)) <= _MAX:
            continue
        if headline is not None and not below and _headed_elsewhere(element, around):
            continue
        if elsewhere(element, around):
            near = beside_too and 0 < below < _BESIDE and not elsewhere(element, around, columns=False)
            if (
                near
                and not _in_another(element, around)
                and (not beside or _side_by_side(beside[-1], element))
            ):
                beside.append(element)
            continue
        last = element
        if run and not _side_by_side(run[-1], element):
            yield _byline(run)
            found += 1
            run = []
        run.append(element)
        if found >= _MAX_FOUND:
            return
    if run or (beside and not found):
        yield _byline(run or beside)


def _byline(elements: list[Element]) -> Candidate:
    text = "\n".join(lines_of(element) for element in elements[:_MAX_FOUND])
    anchors = (anchor for element in elements for anchor in element.iter("a") if _leads_to_author(anchor))
    links = [name for anchor in islice(anchors, _MAX_FOUND) if (name := text_of(anchor))]
    links = links or [name for element in elements for name in _named_inside(element)]
    return Candidate("author", text, HTML, "byline", more={"links": "\n".join(links)})


def _named_inside(byline: Element) -> list[str]:
    """The names that a byline has in elements of their own, with a job or a place next to each."""
    inside = islice(byline.iterdescendants("span", "div", "strong", "b", "p", "h2", "h3", "h4", "h5"), _PARTS)
    return [text_of(element) for element in inside if _is_name(element) and len(element) == 0]


def _side_by_side(one: Element, other: Element) -> bool:
    """Whether two bylines are children of one element and alike, as those of several authors are."""
    return one.getparent() is other.getparent() and (one.tag, one.get("class")) == (
        other.tag,
        other.get("class"),
    )


def _in_another(element: Element, around: Around) -> bool:
    """Whether an element is in a list or in another article."""
    return any(above not in around for above in element.iterancestors("article", "li"))


def _headed_elsewhere(element: Element, around: Around) -> bool:
    """Whether an element is in an article or section with a heading of its own, as in lists above an article."""
    others = (above for above in element.iterancestors("article", "section") if above not in around)
    return any(next(other.iter("h2", "h3", "h4"), None) is not None for other in others)


_SKIPPED = frozenset(
    {"html", "body", "script", "style", "meta", "link", "img", "button", "input", "svg", "form"}
)

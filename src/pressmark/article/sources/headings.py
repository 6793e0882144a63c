"""Reads the titles that people see: the headings, without any kicker inside them, and the title bar."""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from pressmark.article.page.addresses import absolute, host
from pressmark.article.page.candidate import HTML, Candidate
from pressmark.article.page.clean import clean, fold
from pressmark.article.page.document import Document, Element
from pressmark.article.page.placement import named, text_of

_MAX = 50
_LEAST = 8  # letters of a lower heading that is a title
_is_kicker = named(
    re.compile(
        r"kicker|over-?line|top-?line|eyebrow|roof-?line|dach-?zeile|spitzmarke|vignette|antetitulo|surtitre|"
        r"sur-?title|occhiello|pre-?title|visually-?hidden|sr-only|screen-?reader|offscreen|badge"
    )
)
_is_header = named(
    re.compile(
        r"(?:^|[\s_-])(?:(?<!post.)(?<!entry.)(?<!article.)header|banner|masthead|branding|logo)(?:$|[\s_-])"
    )
)
_NEAR = 4
# In a heading, these hold the day, the number of comments or the site's slogan.
_SMALL = frozenset({"small", "time"})
_FRONT = re.compile(r"/?(?:(?:index|default|home)\.\w{3,5})?")
_LABEL = re.compile(r"(?:title|titre|titel|título|titolo|заголовок|subject|betreff)\s?:\s?", re.IGNORECASE)
_HANDLE = re.compile(r"[^\w\s]{1,2}")  # the link to itself that manuals put after a heading: "¶", "#", "§"
_LOOSE = " \t\r\n|–—-:·•/"


def read(document: Document) -> Iterator[Candidate]:
    """Yield the h1 headings in page order, then a lower heading if that is the title, then the title element."""
    headings = document.elements("h1")[:_MAX]
    if len(headings) > 1:
        headings = [heading for heading in headings if not _is_of_site(heading)] or headings
    for heading in headings:
        yield Candidate("title", _without_kicker(heading), HTML, "h1")
    title = next(iter(document.elements("title")), None)
    bar = text_of(title) if title is not None else ""
    lower = _lower_title(document, headings, fold(clean(bar)))
    if lower:
        yield Candidate("title", lower, HTML, "h2")
    if title is not None:
        yield Candidate("title", bar, HTML, "title")


def _lower_title(document: Document, headings: list[Element], bar: str) -> str:
    """The lower heading (h2 to h5) that the title bar repeats, if no h1 makes up as much of it; else "".

    In old templates of blogs and forums the h1 is the name of the site or a section. Without any h1, the first h2 or
    h3 will do, or the page's headline.
    """
    texts = [fold(text_of(heading)) for heading in headings if not _leads_home(heading, document)]
    said = max((len(text) for text in texts if text in bar), default=0)
    if 2 * said >= len(bar) > 0:
        return ""  # no other heading can be as much of it
    best = first = ""
    for heading in islice(document.root.iter("h2", "h3", "h4", "h5"), _MAX):
        text = text_of(heading)
        key = fold(text)
        if len(key) < _LEAST or _leads_home(heading, document):
            continue
        first = first or (text if heading.tag in ("h2", "h3") else "")
        longer = len(key) > max(said, len(fold(best)), len(bar) // 3)
        if longer and key in bar and not any(key in each for each in texts):
            best = text
    if best or any(texts):
        return best
    return first or (text_of(document.headline) if document.headline is not None else "")


def _leads_home(heading: Element, document: Document) -> bool:
    """Whether a heading is a link to the site's front page, as the site's name is."""
    anchor = next(heading.iter("a"), None)
    if anchor is None:
        return False
    url = absolute(anchor.get("href") or "", document.base)
    if url is None or host(url) != host(document.url):
        return False
    parts = urlsplit(url)
    return not parts.query and _FRONT.fullmatch(parts.path) is not None


def _is_of_site(heading: Element) -> bool:
    """Whether a heading is a link in the page's header: if there are other headings, this one is the site's name."""
    anchor = next(heading.iter("a"), None)
    if anchor is None or text_of(anchor) != text_of(heading) or (anchor.get("href") or "#").startswith("#"):
        return False
    return any(_is_header(above) for above in islice(heading.iterancestors(), _NEAR))


def _without_kicker(heading: Element) -> str:
    whole = text_of(heading)
    for child, _ in zip(heading.iterdescendants(), range(20), strict=False):
        if (
            child.tag == "a"
            and (child.get("href") or "").startswith("#")
            and _HANDLE.fullmatch(text_of(child))
        ):
            whole = whole.removesuffix(text_of(child)).rstrip()
            continue
        if child.tag in _SMALL or (isinstance(child.tag, str) and child.get("class") and _is_kicker(child)):
            kicker = text_of(child)
            rest = whole.removeprefix(kicker).lstrip(_LOOSE)
            if child.tag in _SMALL:
                rest = rest.removesuffix(kicker).rstrip(_LOOSE)
            if kicker and len(rest) >= len(kicker) / 2:
                whole = rest
    return _LABEL.sub("", whole, count=1) if _LABEL.match(whole) else whole

"""Finds the site's name in the title bar, header, headings and copyright notice of pages whose data lack it."""

import re
from urllib.parse import urlsplit

from pressmark.article.page.addresses import absolute, host, site_labels
from pressmark.article.page.candidate import HTML, Candidates
from pressmark.article.page.clean import MAX_NAME, clean, fold
from pressmark.article.page.document import Document
from pressmark.article.page.placement import text_of

_PARTS = re.compile(r" [|–—\-·•»«:/~] | :: | ?[|｜│ㅣ] ?|[（【](?=[^（【]{2,30}[）】]$)")
_NOTICE = re.compile(r"(?:©|&copy;|\(c\)|copyright|\d{4}|\s|[-–,.:|])+", re.IGNORECASE)
_RIGHTS = re.compile(
    r"[.,|–-]?\s{0,3}(?:all rights|alle rechte|tous droits|todos los derechos|tutti i diritti).*$",
    re.IGNORECASE,
)
_LOGO = re.compile(r"\s{1,3}logo\b.*$|^logo\s{1,3}", re.IGNORECASE)
_HOME = frozenset(
    "home homepage startseite accueil inicio início start startpagina forsiden hem etusivu".split()
)
_MAX_LINKS = 60
_MAX_WORDS = 6
_MAX_HEADINGS = 6
_LEAST = 2


def seen(document: Document, candidates: Candidates) -> tuple[str, str] | None:
    """Return the name and its source; None unless the page's address confirms a name, or two places show the same."""
    labels = [label for label in site_labels(document.url) if len(label) >= _LEAST]
    shown = [
        *_in_title_bar(candidates),
        *_in_header(document),
        *_in_headings(candidates),
        *_in_notice(candidates),
    ]
    shown = [_LOGO.sub("", name).strip(" |-–,）】") for name in shown]
    shown = [name for name in shown if len(fold(name)) >= _LEAST and len(name.split()) <= _MAX_WORDS]
    shown = [name for name in shown if _HOME.isdisjoint(name.casefold().split())]
    for name in shown:
        if any(_is_of(name, label) for label in labels):
            return name, HTML
    said = [fold(name) for name in shown]
    return next(((name, HTML) for name in shown if said.count(fold(name)) > 1), None)


def _is_of(name: str, label: str) -> bool:
    """Whether a host's label is the name, its initials, its first two words, or one word ("rt" of "RT World News")."""
    key, short = fold(name), fold(label)
    words = [fold(word) for word in name.split()]
    initials = "".join(word[:1] for word in words)
    return key == short or short in words or (len(words) > 1 and short in (initials, "".join(words[:2])))


def _in_title_bar(candidates: Candidates) -> list[str]:
    bars = [clean(c.value) for c in candidates.of("title") if c.source == HTML and c.name == "title"]
    parts = _PARTS.split(bars[0]) if bars else []
    headings = {clean(c.value) for c in candidates.of("title") if c.source == HTML and c.name == "h1"}
    front, _, rest = bars[0].partition(": ") if bars else ("", "", "")
    ends = [parts[-1], parts[0]] if len(parts) > 1 else []
    return [*ends, front] if rest in headings else ends  # "The Harbour Post: Ferry late again"


def _in_headings(candidates: Candidates) -> list[str]:
    """Of two headings that make up the title bar, the shorter: old templates set the site's name as a heading."""
    titles = [
        clean(c.value) for c in candidates.of("title") if c.source == HTML and c.name in ("h1", "title")
    ]
    headings, bar = titles[:-1][:_MAX_HEADINGS], fold(titles[-1]) if titles else ""
    pairs = ((one, other) for one in headings for other in headings if fold(one) + fold(other) == bar)
    names = [min(pair, key=len) for pair in pairs if fold(pair[0]) != fold(pair[1])]
    return names[:1] * 2  # twice, for it is in two places: heading and title bar


def _in_header(document: Document) -> list[str]:
    """The texts of the first links to the front page, their titles, and the alternative texts of their images."""
    found: list[str] = []
    for anchor in document.elements("a")[:_MAX_LINKS]:
        url = absolute(anchor.get("href") or "", document.base)
        if url is None or urlsplit(url).path not in ("", "/") or host(url) != host(document.url):
            continue
        alt = next((image.get("alt") for image in anchor.iter("img") if image.get("alt")), None)
        found += [clean(text, MAX_NAME) for text in (text_of(anchor), alt, anchor.get("title")) if text]
    return found


def _in_notice(candidates: Candidates) -> list[str]:
    notices = [clean(c.value, MAX_NAME) for c in candidates.of("copyright") if c.source == HTML]
    return [_RIGHTS.sub("", _NOTICE.sub(" ", notice, count=1)).strip(" .,") for notice in notices[:1]]

"""Reads the page's links about itself: canonical address, other versions, feeds, licence, comments, breadcrumbs."""

import re
from collections.abc import Iterator
from itertools import islice

import lxml.etree

from pressmark.article.page.candidate import HTML, Candidate
from pressmark.article.page.document import Document, is_commented

_FEEDS = re.compile(r"^(?:application/(?:rss|atom|feed)\+(?:xml|json)|text/xml\+rss|application/json\+feed)$")
_NOTICE = re.compile(r"(?:©|&copy;|Copyright )[^<>{}\[\]\n]{4,200}")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_TRAILS = ("readcrumb", "pankuzu", "opicpath", "rotkrumen", "ariane")
_COMMENTS = ("#comments", "#respond", "#disqus_thread")
_NOTICES = ("©", "&copy;", "Copyright ")
_MAX = 1_000


def read(document: Document) -> Iterator[Candidate]:
    """Yield candidates from link elements, ``rel=license`` anchors, links to comments and breadcrumb trails."""
    for link in document.elements("link")[:_MAX]:
        href = link.get("href")
        if not href:
            continue
        rel = link.get("rel", "").lower().split()
        more = {"title": link.get("title") or ""}
        if "alternate" in rel and "stylesheet" not in rel:
            kind = (link.get("type") or "").lower().strip()
            if _FEEDS.match(kind):
                yield Candidate("feed", href, HTML, "link", kind=kind, more=more)
            else:
                kind = link.get("hreflang") or link.get("media") or kind
                yield Candidate("alternate", href, HTML, "link", kind=kind, more=more)
        elif "amphtml" in rel:
            yield Candidate("alternate", href, HTML, "link", kind="amphtml", more=more)
        elif "canonical" in rel and not is_commented(link):
            yield Candidate("canonical_url", href, HTML, "canonical")
        elif "license" in rel:
            yield Candidate("licence", href, HTML, "rel=license")
        elif "image_src" in rel:
            yield Candidate("image", href, HTML, "image_src")
    anchors = [(anchor.get("href") or "", anchor.get("rel") or "") for anchor in document.elements("a")]
    for href in [href for href, rel in anchors if "license" in rel][:3]:
        yield Candidate("licence", href, HTML, "rel=license")
    for href in [href for href, _ in anchors if "#" in href and any(mark in href for mark in _COMMENTS)][:3]:
        yield Candidate("comments_url", href, HTML, "a")
    yield from _copyright(document.html)
    yield from _breadcrumbs(document)


def _copyright(page: str) -> Iterator[Candidate]:
    """Yield the copyright notice at the foot of the page: the last © (or other such mark) with a year after it."""
    end = len(page)
    for _ in range(5):
        at = -1
        for mark in _NOTICES:  # only after what was found: the last mark counts
            at = max(at, page.rfind(mark, at + 1, end))
        if at < 0:
            return
        end = at
        notice = _NOTICE.match(page, at)
        if notice and _YEAR.search(notice.group()):
            yield Candidate("copyright", notice.group(), HTML, "©")
            return


def _breadcrumbs(document: Document) -> Iterator[Candidate]:
    html = document.html
    places = ((name, html.find(name)) for name in _TRAILS)
    name, first = next((place for place in places if place[1] >= 0), ("", -1))
    if first < 0 or html.find('"BreadcrumbList"', max(0, first - 2)) >= 0:
        return  # the same trail is in the JSON-LD, in order
    everything = document.root.iter(lxml.etree.Element)
    trails = (e for e in everything if name in e.get("class", "") or name in e.get("id", ""))
    for trail in islice(trails, 5):
        links = list(trail.iter("a"))[:12]
        if not links:
            continue
        for anchor in links:
            yield Candidate("breadcrumb", " ".join(anchor.itertext())[:500], HTML, "breadcrumb",
                            more={"url": anchor.get("href") or ""})  # fmt: skip
        return

"""Chooses the value of each field of the article from what the readers found.

The readers are ordered by how much a publisher depends on their data being right: search engines and
social networks use JSON-LD and OpenGraph, people read the visible page, and so on.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from pressmark.article.article import Article, Link
from pressmark.article.fields import authors, dates, images, languages, site, tags, titles
from pressmark.article.fields.kinds import kind_of
from pressmark.article.page.addresses import absolute
from pressmark.article.page.candidate import HTML, STATE, TEXT, Candidate, Candidates
from pressmark.article.page.clean import MAX_CAPTION, MAX_DESCRIPTION, MAX_NAME, clean, fold, shorten
from pressmark.article.page.document import Document
from pressmark.article.sources import (
    app_state,
    bylines,
    headings,
    json_ld,
    links,
    meta,
    microdata,
    pictures,
    posted,
    rdfa,
    topics,
)
from pressmark.article.sources.lost_head import lost_head
from pressmark.article.text import ArticleText, extract_text

READERS: tuple[Callable[[Document], Iterator[Candidate]], ...] = (
    json_ld.read,
    meta.read,
    microdata.read,
    rdfa.read,
    app_state.read,
    links.read,
    headings.read,
    bylines.linked,
    topics.read,
    pictures.read,
)
"""All sources, in order of trust; some fields have an order of their own."""

HEAD_READERS = (json_ld.read, meta.read, links.read, headings.read)
"""Sources that also read a head that damage hid from the parser (:mod:`pressmark.article.sources.lost_head`)."""

MAX_LINKS = 200
"""Maximum number of outlinks; the same for further reading, alternates and feeds."""

# What templates print if they have no address, and addresses of local machines and private networks.
_NO_ADDRESS = re.compile(
    r"^https?://(?:localhost|127\.|\[::1\]|10\.|192\.168\.|[^/]*\.(?:local|localhost|test|invalid)(?:[:/]|$))"
    r"|/(?:undefined|null|false|none|nan|\[object)(?:[/?#]|$)|\{\{|\$\{|<%|%7B%7B",
    re.IGNORECASE,
)


_HOME = frozenset(
    {"home", "homepage", "frontpage", "startseite", "accueil", "inicio", "forside", "startsida"}
)
"""Names that sites give their front page, which is not a section."""


def collect(document: Document) -> Candidates:
    """Collect what all readers find on a page."""
    candidates = Candidates()
    for read in READERS:
        for candidate in read(document):
            candidates.add(candidate)
    head = lost_head(document)
    if head is not None:
        for read in HEAD_READERS:
            for candidate in read(head):
                candidates.add(candidate)
    return candidates


def weigh(document: Document, crawled: datetime | None = None) -> Article:
    """Return the article that a document holds. crawled: aware time of the capture, None if unknown."""
    found = collect(document)
    article = Article(whole=document.whole)
    sources = article.sources
    named = _first(found, "site_name", MAX_NAME, "og.site.name", "publisher", "WebSite.name")
    house = named or site.seen(document, found)
    sites = _sites(found) or ([house[0]] if house else [])

    def take(field: str, chosen: tuple[object, str] | None) -> None:
        if chosen is not None:
            setattr(article, field, chosen[0])
            sources[field] = chosen[1]

    take("language", languages.choose(document, found))
    take("site_name", house)
    take("canonical_url", _canonical(document, found))
    sections = [clean(c.value, MAX_NAME) for field in ("section", "breadcrumb") for c in found.of(field)[:40]]
    title = titles.choose(found, sites, document.url, sections)
    if title is not None:
        article.titles = title.forms
        take("title", (title.title, title.source))
    chosen = authors.choose(found, sites, document.url, article.language)
    for read in (
        partial(bylines.read, unnamed=chosen is None),
        posted.read,
    ):  # expensive, so only if no person is named yet
        if chosen is None or not authors.names_people(chosen[0], sites, document.url):
            for candidate in read(document):
                found.add(candidate)
            chosen = authors.choose(found, sites, document.url, article.language)
    take("authors", chosen)
    written_in = [article.language] if article.language else []
    published, modified = dates.choose(found, document, written_in, crawled)
    for field, moment in (("published", published), ("modified", modified)):
        if moment is not None:
            take(field, (moment.value, moment.source))
            article.confidence[field] = moment.confidence
    take("description", _first(found, "description", MAX_DESCRIPTION, "og.description", "description"))
    take("breadcrumbs", _breadcrumbs(document, found, article.title))
    take("section", _section(found, article))
    if not found.of("tag"):
        for candidate in topics.spoken(document):
            found.add(candidate)
    take("tags", tags.choose(found, sites, article.section, article.authors, article.title))
    text = extract_text(document)
    _take_text(article, text)
    if article.description is None and text.standfirst:
        take("description", (shorten(text.standfirst, MAX_DESCRIPTION), HTML))
    image = images.choose(found, document.base, text.caption, text.credit)
    if image is not None:
        article.image = image[0]
        sources |= image[1]
    take("copyright", _first(found, "copyright", MAX_CAPTION))
    take("licence", _first(found, "licence", MAX_CAPTION))
    take("is_paywalled", _paywalled(found))
    take("comments_url", _address(document, found, "comments_url"))
    _take_links(article, document, found)
    article.kind = kind_of(document, found, article)
    return article


def _sites(found: Candidates) -> list[str]:
    return [clean(c.value, MAX_NAME) for c in found.of("site_name")]


def _first(found: Candidates, field: str, limit: int, *names: str) -> tuple[str, str] | None:
    """The first value of a field, and its source. Candidates with one of the names come first."""
    for candidate in [*found.named(field, *names), *found.of(field)]:
        text = clean(candidate.value, limit)
        if text and not (field == "site_name" and "://" in text):
            return text, candidate.source
    return None


def _canonical(document: Document, found: Candidates) -> tuple[str, str] | None:
    """The page's canonical address, and its source.

    An address that cannot be right is a template's mistake and is ignored: the front page's (unless this is the front
    page), a placeholder, or a local address.
    """
    front = re.compile(r"^https?://[^/]+/?$")
    for candidate in [*found.named("canonical_url", "canonical", "og.url"), *found.of("canonical_url")]:
        url = absolute(clean(candidate.value, 5_000), document.base)
        if url and (not front.match(url) or front.match(document.url)) and not _NO_ADDRESS.search(url):
            return url, candidate.source
    return None


def _address(document: Document, found: Candidates, field: str) -> tuple[str, str] | None:
    for candidate in found.of(field):
        url = absolute(candidate.value, document.base)
        if url:
            return url, candidate.source
    return None


def _breadcrumbs(document: Document, found: Candidates, title: str | None) -> tuple[list[Link], str] | None:
    trail: list[Link] = []
    source = ""
    for candidate in found.of("breadcrumb"):
        if source and candidate.source != source:
            break
        name = clean(candidate.value, MAX_NAME)
        key = fold(name)
        if key and key != fold(title or "") and key not in {fold(link.text) for link in trail}:
            source = candidate.source
            trail.append(Link(absolute(candidate.more.get("url", ""), document.base) or "", name))
    return (trail[:20], source) if trail else None


def _section(found: Candidates, article: Article) -> tuple[str, str] | None:
    site = {fold(article.site_name or ""), *_HOME}
    chosen = _first(found, "section", MAX_NAME, "articleSection", "article.section")
    if chosen and fold(chosen[0]) in _HOME:
        chosen = None
    steps = [link.text for link in article.breadcrumbs[1:]] or [
        link.text for link in article.breadcrumbs if fold(link.text) not in site
    ]
    # The application state has the section as it is in addresses ("us-news"), the breadcrumbs as readers see it.
    if chosen and not (chosen[1] == STATE and steps and fold(steps[0]) == fold(chosen[0])):
        return chosen
    return (steps[0], article.sources["breadcrumbs"]) if steps else None


def _paywalled(found: Candidates) -> tuple[bool, str] | None:
    for candidate in [*found.named("free", "isAccessibleForFree"), *found.of("free")]:
        free = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}.get(
            candidate.value.strip().lower().rsplit("/", 1)[-1]
        )
        if free is not None:
            return not free, candidate.source
    for candidate in found.of("tier"):
        locked = {"free": False, "locked": True}.get(candidate.value.strip().lower())
        if locked is not None:
            return locked, candidate.source
    return None


def _take_text(article: Article, text: ArticleText) -> None:
    if text.text:
        article.text = text.text
        article.word_count = text.word_count
        article.sources["text"] = text.source
    if text.read_more:
        article.read_more = [Link(more.url, clean(more.text)) for more in text.read_more[:MAX_LINKS]]
        article.sources["read_more"] = TEXT
    if text.outlinks:
        article.outlinks = list(text.outlinks[:MAX_LINKS])
        article.sources["outlinks"] = TEXT


def _take_links(article: Article, document: Document, found: Candidates) -> None:
    for field, name in (("alternate", "alternates"), ("feed", "feeds")):
        links_found: dict[str, Link] = {}
        for candidate in found.of(field):
            url = absolute(candidate.value, document.base)
            if url and len(links_found) < MAX_LINKS:
                text = clean(candidate.more.get("title", ""), MAX_NAME)
                links_found.setdefault(url, Link(url, text, clean(candidate.kind, MAX_NAME)))
        if links_found:
            setattr(article, name, list(links_found.values()))
            article.sources[name] = HTML

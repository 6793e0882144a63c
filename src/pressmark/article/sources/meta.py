"""Reads ``meta`` elements: OpenGraph, Twitter, article:*, Dublin Core, Parsely, Sailthru, citation_*, other vendors'.

A new tag is one more word in the table below; names are compared in lower case with ``.`` for any
punctuation, because publishers write ``article:published_time`` with every separator there is. Within a
field, the order of the table is the order in which :mod:`pressmark.article.choose` gets the values.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from pressmark.article.page.candidate import META, OPENGRAPH, Candidate
from pressmark.article.page.document import Document

_TABLE = {
    "title": """
        og.title twitter.title twitter.text.title sailthru.title parsely.title headline dc.title
        dcterms.title citation.title cxenseparse.title hdl fulltitle title article.title rnews.headline
    """,
    "author": """
        author article.author.name byl byline article.byline articleauthor news.author dc.creator
        dcterms.creator dc.contributor citation.author sailthru.author parsely.author cxenseparse.author
        og.author article.author rnews.author authors web.author writer creator og.article.author
        article.contributor
    """,
    "published": """
        article.published.time og.published.time article.published og.article.published.time
        article.publicationdate datepublished date.issued parsely.pub.date sailthru.date dc.date.issued
        dcterms.issued dcterms.created dc.date.created dc.date dcterms.date originalpublicationdate
        publication.date publish.date publishdate pubdate published.time published.at published
        published.time.telegram article.create.date article.post.date rnews.datepublished ptime displaydate
        iso.8601.publish.date date.release og.release.date citation.online.date citation.publication.date
        citation.date cxenseparse.recs.publishtime cxenseparse.publishtime
        shareaholic.article.published.time bt.pubdate vr.published.time release.date last.published
        article.date.original date.published publisheddate date created datecreated creation.date
        dcterms.available timestamp dc.created pub.date
    """,
    "modified": """
        article.modified.time og.updated.time og.article.modified.time article.modified article.updated
        article.updated.time datemodified date.modified last.modified lastmod modified dc.date.modified
        dcterms.modified dc.modified revised utime last.updated updated.time lastupdate
        shareaholic.article.modified.time
    """,
    "description": """
        og.description description twitter.description sailthru.description dc.description
        dcterms.description dcterms.abstract citation.abstract parsely.description excerpt
    """,
    "section": """
        article.section parsely.section og.section og.article.section section category rnews.section
        news.section
    """,
    "tag": """
        article.tag og.article.tag news.keywords parsely.tags sailthru.tags cxenseparse.taglist keywords
        article.keywords dc.subject dcterms.subject citation.keywords video.tag tags article.tags
        og.keywords tag
    """,
    "image": """
        og.image og.image.url og.image.secure.url twitter.image twitter.image.src parsely.image.url
        sailthru.image.full sailthru.image.thumb cxenseparse.image thumbnail image
    """,
    "image_alt": "og.image.alt twitter.image.alt",
    "language": "content.language og.locale dc.language dcterms.language language citation.language",
    "site_name": """
        og.site.name application.name apple.mobile.web.app.title dc.publisher dcterms.publisher publisher
        citation.journal.title article.publisher.name
    """,
    "canonical_url": "og.url parsely.link twitter.url dc.identifier",
    "kind": "og.type parsely.type",
    "copyright": "copyright dcterms.rights dc.rights dcterms.rightsholder dc.rights.copyright rights",
    "licence": "dcterms.license dc.rights.license license",
    "tier": "article.content.tier",
    "free": "isaccessibleforfree",
}
MAX_METAS = 2_000
# In previews by blog systems, one of the twitter:label1, 2 … is "Written by", and twitter:data1, 2 … has the name.
_WRITTEN = re.compile(
    r"written by|verfasst von|geschrieben von|écrit par|escrito por|scritto da|geschreven door|автор|著者|執筆者",
    re.IGNORECASE,
)
_PUNCTUATION = re.compile(r"[^a-z0-9]+")


def read(document: Document) -> Iterator[Candidate]:
    """Yield candidates from the page's meta elements, wherever they are, in the order of the table."""
    table, order = _fields(), _order()
    found: list[tuple[int, Candidate]] = []
    key = written = ""
    for meta in document.elements("meta")[:MAX_METAS]:
        value = meta.get("content") or meta.get("value")
        if not value:
            continue
        seen = set()
        for attribute in ("property", "name", "http-equiv"):
            if not (name := meta.get(attribute)):
                continue
            key = _key(name[:100])
            field = table.get(key) or _by_ending(key)
            if field and key not in seen:
                seen.add(key)
                source = OPENGRAPH if key.startswith(("og.", "article.")) else META
                found.append((order.get(key, len(order)), Candidate(field, value, source, key)))
        if key.startswith("twitter.label") and _WRITTEN.fullmatch(value.strip()):
            written = key.replace("label", "data")
        elif key == written:
            found.append((len(order), Candidate("author", value, META, "twitter.data")))
    found.sort(key=lambda item: item[0])
    for _, candidate in found:
        yield candidate


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    return _PUNCTUATION.sub(".", name.strip().lower())


def _by_ending(key: str) -> str | None:
    """What a vendor's own name means: ``x.keywords`` and ``x.tags`` are lists of tags."""
    return "tag" if key.endswith((".keywords", ".tags")) else None


@cache
def _fields() -> dict[str, str]:
    return {key: field for field, keys in _TABLE.items() for key in keys.split()}


@cache
def _order() -> dict[str, int]:
    return {key: place for place, key in enumerate(_fields())}

"""Dates alone, for tools/metadata_eval.py: ``metadata_eval.py CORPUS bench.dates:fields``.

A minimal reader of metadata (JSON-LD and a few meta names) stands in front of ``pressmark.article.dates``, so that
its numbers do not move with the rest of the extractor. ``page_only`` scores it without any metadata.
"""

from collections.abc import Iterator

from pressmark.article.dates import choose_dates
from pressmark.article.document import Document

_PUBLISHED = (
    "article:published_time", "article:published", "og:article:published_time", "datepublished", "date",
    "dc.date.issued",
    "dc.date", "dcterms.created", "dcterms.date", "dc.date.created", "citation_publication_date", "citation_date",
    "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date",
    "article:published_date",
    "cxenseparse:recs:publishtime", "shareaholic:article_published_time", "bt:pubdate", "datecreated", "last-published",
)  # fmt: skip
_MODIFIED = ("article:modified_time", "article:modified", "og:updated_time", "last-modified", "datemodified")


def _claims(document: Document) -> Iterator[tuple[str, str, str]]:
    for node in document.json_ld:
        for name, kind in (
            ("datePublished", "published"),
            ("dateCreated", "published"),
            ("dateModified", "modified"),
        ):
            if isinstance(node.get(name), str) and not str(node.get("@type")).endswith("Comment"):
                yield node[name], "json-ld", kind
    named = {}
    for meta in document.root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        if name and meta.get("content"):
            named.setdefault(name, meta.get("content"))
    for names, kind in ((_PUBLISHED, "published"), (_MODIFIED, "modified")):
        for name in names:
            if name in named:
                yield named[name], "meta", kind


def fields(html: bytes, url: str) -> dict[str, str | None]:
    """Publication date from metadata and page together."""
    document = Document.parse(html, url)
    published = choose_dates(document, list(_claims(document))).published
    return {"published": published.value.isoformat() if published else None}


def page_only(html: bytes, url: str) -> dict[str, str | None]:
    """Publication date from the page without its metadata."""
    published = choose_dates(Document.parse(html, url), []).published
    return {"published": published.value.isoformat() if published else None}

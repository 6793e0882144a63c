"""Decides what kind of page it is."""

from urllib.parse import urlsplit

from pressmark.article.article import Article
from pressmark.article.page.candidate import JSON_LD, Candidates
from pressmark.article.page.document import Document

_SCHEMA = {
    "liveblogposting": "liveblog", "videoobject": "video", "imagegallery": "gallery", "mediagallery": "gallery",
    "collectionpage": "index", "itemlist": "index", "searchresultspage": "index", "profilepage": "index",
}  # fmt: skip


def kind_of(document: Document, found: Candidates, article: Article) -> str:
    """One of :data:`pressmark.article.article.KINDS`.

    The schema.org type of the JSON-LD node that describes the page decides; then og:type; then whether there is a
    text with a date or an author. A front page (no path) is an article if it has a date, and an index if not.
    """
    try:
        path = urlsplit(article.canonical_url or document.url).path
    except ValueError:
        path = ""
    if path in ("", "/"):
        return "index" if not article.published else "article"
    schema = [c.value for c in found.of("kind") if c.source == JSON_LD]
    articles = [t for t in schema if t.endswith(("article", "posting", "report", "review"))]
    if "liveblogposting" in schema:
        return "liveblog"
    if articles:
        return "article"
    if {"imagegallery", "mediagallery"} & set(schema):
        return "gallery"
    said = next((c.value.strip().lower() for c in found.of("kind") if c.name == "og.type"), "")
    if "videoobject" in schema or said.startswith("video"):
        return "article" if article.word_count > 200 else "video"
    if any(_SCHEMA.get(t) == "index" for t in schema):
        return "index"
    if said in ("article", "news", "newsarticle", "blog", "blogpost"):
        return "article"
    if "gallery" in said:
        return "gallery"
    if article.word_count >= 80 and (article.published or article.authors):
        return "article"
    return "other"

"""Reads RDFa (W3C RDFa Core 1.1) as publishers use it: ``property`` of schema.org, rNews or Dublin Core in the body."""

from collections.abc import Iterator

from pressmark.article.page.candidate import RDFA, Candidate
from pressmark.article.page.document import Document

_PROPERTIES = {"headline": "title", "datepublished": "published", "datemodified": "modified", "author": "author",
               "creator": "author", "articlesection": "section", "keywords": "tag", "description": "description",
               "image": "image", "dateline": "", "title": "title", "date": "published", "created": "published",
               "issued": "published", "modified": "modified", "subject": "tag"}  # fmt: skip
_PREFIXES = (
    "schema:",
    "rnews:",
    "dc:",
    "dcterms:",
    "s:",
    "http://schema.org/",
    "https://schema.org/",
    "sioc:",
)
_MAX_PROPERTIES = 500
_MAX_NAMES = 20  # of one element


def read(document: Document) -> Iterator[Candidate]:
    """Yield candidates from elements of the body with a ``property``; meta elements are left to the meta reader."""
    html = document.html
    if html.find("property=", max(0, html.find("<body"))) < 0 or not ("typeof=" in html or "vocab=" in html):
        return
    for element in document.root.xpath("//body//*[@property][not(self::meta and @name)]")[:_MAX_PROPERTIES]:
        for word in element.get("property", "").lower().split(None, _MAX_NAMES)[:_MAX_NAMES]:
            prefix = next((p for p in _PREFIXES if word.startswith(p)), "")
            plain = word.removeprefix(prefix)
            field = _PROPERTIES.get(plain)
            # Without a vocabulary (a prefix, or ``vocab`` on an ancestor) a bare word may mean anything.
            if not field or not (prefix or any(True for _ in element.iterancestors() if _.get("vocab"))):
                continue
            value = (
                element.get("content")
                or element.get("datetime")
                or element.get("resource")
                or element.get("src")
            )
            yield Candidate(field, value or " ".join(element.itertext())[:5_000], RDFA, word)

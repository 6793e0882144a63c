"""Reads the titles a person sees: headings and the title bar."""

from collections.abc import Iterator

from pressmark.article.candidates import HTML, Candidate
from pressmark.article.document import Document
from pressmark.article.places import text_of

_MAX = 50


def read(document: Document) -> Iterator[Candidate]:
    """The h1 headings in page order, then the title element."""
    for heading, _ in zip(document.root.iter("h1"), range(_MAX), strict=False):
        yield Candidate("title", text_of(heading), HTML, "h1")
    title = document.root.find(".//title")
    if title is not None:
        yield Candidate("title", text_of(title), HTML, "title")

"""The main text of a news article: its own words, without the page around them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pressmark.article.text.extract import from_tree
from pressmark.article.text.hints import read_hints
from pressmark.article.text.links import absolute
from pressmark.article.text.model import ArticleText, ReadMore, TextHints
from pressmark.article.text.state import state_text

if TYPE_CHECKING:
    from pressmark.article.document import Document

__all__ = ["ArticleText", "ReadMore", "TextHints", "extract_text"]


def extract_text(document: Document, *, hints: TextHints | None = None) -> ArticleText:
    """Read the article's text off a page; an :class:`ArticleText` without text when there is none.

    ``hints`` carries what the metadata readers know; without it, the page's own metadata is asked.
    Never raises on any page, never changes the tree.
    """
    return from_tree(
        document.root, _base(document), hints or read_hints(document), partial(state_text, document)
    )


def _base(document: Document) -> str:
    """What the page's relative links are relative to (HTML Standard, 4.2.3): its base element, or its address."""
    for element in document.elements("base")[:1]:
        return absolute(element.get("href") or "", document.url) or document.url
    return document.url

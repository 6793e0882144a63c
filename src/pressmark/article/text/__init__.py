"""The main text of a news article: its own words, without the page around them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pressmark.article.text.app_state import state_text
from pressmark.article.text.extract import from_tree
from pressmark.article.text.hints import read_hints
from pressmark.article.text.model import ArticleText, ReadMore, TextHints

if TYPE_CHECKING:
    from pressmark.article.page.document import Document

__all__ = ["ArticleText", "ReadMore", "TextHints", "extract_text"]


def extract_text(document: Document, *, hints: TextHints | None = None) -> ArticleText:
    """Read the article's text from a page; an :class:`ArticleText` without text if there is none.

    ``hints`` carries what the metadata readers know; without it, the page's own metadata is read.
    Never raises on any page, never changes the tree.
    """
    return from_tree(
        document.root, document.base, hints or read_hints(document), partial(state_text, document)
    )

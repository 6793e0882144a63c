"""The article's text from a parsed page."""

from __future__ import annotations

import unicodedata

from lxml.html import HtmlElement

from pressmark.article.text import container
from pressmark.article.text.model import ArticleText, TextHints
from pressmark.article.text.select import select
from pressmark.article.text.standfirst import standfirst
from pressmark.article.text.walk import walk
from pressmark.article.text.words import folded


def from_tree(root: HtmlElement, hints: TextHints) -> ArticleText:
    page = walk(root)
    title = folded(hints.title)
    flagged = container.effective_flags(page, title)
    chosen = container.choose(page, flagged, title)
    if chosen < 0:
        return ArticleText()
    chosen = container.widen(page, chosen, flagged)
    body = max(hints.bodies, key=len, default="")
    kept = select(page, chosen, flagged, folded(body))
    kept = standfirst(page, chosen, kept, flagged, hints) + kept
    text = unicodedata.normalize("NFC", "\n".join(page.blocks[i].text for i in kept))
    return ArticleText(text=text, source="html", word_count=len(text.split()))

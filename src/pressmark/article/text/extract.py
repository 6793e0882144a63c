"""The article's text from a parsed page."""

from __future__ import annotations

import unicodedata

from lxml.html import HtmlElement

from pressmark.article.text import container
from pressmark.article.text.model import ArticleText, Page, TextHints
from pressmark.article.text.walk import walk


def from_tree(root: HtmlElement, url: str, hints: TextHints) -> ArticleText:
    page = walk(root)
    chosen = container.choose(page)
    if chosen < 0:
        return ArticleText()
    lines = select(page, chosen)
    text = unicodedata.normalize("NFC", "\n".join(lines))
    return ArticleText(text=text, source="html", word_count=len(text.split()))


def select(page: Page, chosen: int) -> list[str]:
    nodes = page.nodes
    node = nodes[chosen]
    excluded = container.effective_flags(page)
    out = []
    for block in page.blocks[node.first : node.last]:
        if excluded[block.node] or block.tag == "h1":
            continue
        if block.linked / len(block.text) > 0.6:
            continue
        if (
            block.weight <= 0
            and block.tag not in container.HEADINGS
            and block.tag not in ("p", "li", "blockquote")
        ):
            continue
        out.append(block.text)
    return out

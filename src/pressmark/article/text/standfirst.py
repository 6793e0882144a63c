"""The paragraph between the headline and the article's body."""

from __future__ import annotations

from pressmark.article.text.column import is_linked
from pressmark.article.text.elements import HEADINGS
from pressmark.article.text.figures import split
from pressmark.article.text.model import Page, TextHints
from pressmark.article.text.vocabulary import is_boilerplate, names_standfirst
from pressmark.article.text.words import ends_sentence, folded

MAX_STANDFIRST = 3  # blocks
_TOLERATED = frozenset(
    {"teaser", "widget", "credit", "comment", "share", "sidebar", "paywall__", "podcast", "tag"}
)


def standfirst(page: Page, chosen: int, kept: list[int], hints: TextHints) -> list[int]:
    """Indices of the standfirst's blocks that ``kept`` lacks, in page order; empty if there are none."""
    nodes, blocks = page.nodes, page.blocks
    start = kept[0] if kept else nodes[chosen].last
    headline = _headline(page, start, hints.title)
    descriptions = [folded(d) for d in hints.descriptions]
    have = {blocks[i].letters for i in kept[:6]}
    out: list[int] = []
    if headline < 0:
        return out
    column = set(page.ancestors(blocks[start].node if start < len(blocks) else chosen))
    for i in range(headline + 1, start):
        block = blocks[i]
        if block.size < 40 or is_linked(block) or is_boilerplate(block.text):
            continue
        text = block.letters
        if text in have:
            continue
        matches = any(text == d or (len(d) > 40 and text.startswith(d[:60])) for d in descriptions)
        chain = []
        for k in page.ancestors(block.node):
            if k in column:
                break
            chain.append(k)
        named = any(names_standfirst(nodes[k].classes) for k in chain)
        if not matches and any(nodes[k].flag and not (named and nodes[k].flag in _TOLERATED) for k in chain):
            continue
        if not matches and split(block.text)[1]:
            continue
        if not matches and not named and not (block.size >= 60 and ends_sentence(block.text)):
            continue
        have.add(text)
        out.append(i)
    return out[:MAX_STANDFIRST]


def _headline(page: Page, start: int, title: str) -> int:
    """Index of the headline before the body: the h1, or the block that is the title; -1 if there is none.

    If the page has the same headline twice (in its header and in the article), the first counts.
    """
    blocks = page.blocks
    wanted = folded(title)
    found = -1
    text = ""
    for i in range(start - 1, -1, -1):
        block = blocks[i]
        if found >= 0:
            if block.tag in HEADINGS and block.letters == text:
                found = i
        elif block.tag == "h1" or (wanted and len(block.text) > 20 and block.letters in wanted):
            found, text = i, block.letters
    return found

"""Which element holds the article: the one where most good text stands, and little else."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import accumulate

from pressmark.article.text.model import Block, Page

_STOP = re.compile(r"[.!?…。！？؟।։።][\"'”’»“)\]」』]*(?:\s|$)")
MOST = 0.4  # of the prose
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def weigh(block: Block) -> float:
    """How much a block speaks for being article text (positive) or page furniture (negative)."""
    size = block.size
    linked = block.linked / len(block.text)
    if linked > 0.5:
        return -min(size, 100) * 0.5
    if block.tag in HEADINGS:
        return 0.0
    if size < 40:
        return 0.0 if block.tag == "p" else -5.0
    stops = _STOP.search(block.text) is not None
    weight = size * (1 - linked)
    if block.tag == "p":
        return weight
    return weight * (0.8 if stops else 0.2)


def choose(page: Page, excluded: list[bool]) -> int:
    """Index of the node that holds the article, or -1 on a page without text."""
    nodes, blocks = page.nodes, page.blocks
    if not blocks:
        return -1
    sums = [0.0]
    for block in blocks:
        block.weight = weigh(block)
        sums.append(sums[-1] + (0.0 if excluded[block.node] and block.weight > 0 else block.weight))
    scores = []
    for node in nodes:
        scores.append(sums[node.last] - sums[node.first])
    best = max(scores)
    if best <= 0:
        return -1
    chosen = -1
    depth = -1
    for index, node in enumerate(nodes):
        score = scores[index]
        if score <= 0 or excluded[index]:
            continue
        share = score / best
        if node.element.get("itemprop") == "articleBody":
            share *= 1.6
        if share >= 0.9 and node.depth > depth:
            chosen, depth = index, node.depth
    return chosen


def effective_flags(page: Page) -> list[bool]:
    """For each node, whether it stands in furniture.

    A name that, taken over the whole page, stands around most of its prose names the page's layout
    ("grid-with-sidebar"), not a piece of furniture; it is then worth nothing on this page.
    """
    nodes, blocks = page.nodes, page.blocks
    sums = [0.0, *accumulate(max(0.0, weigh(block)) for block in blocks)]
    inside: dict[str, float] = defaultdict(float)
    covered: dict[str, int] = {}
    for node in nodes:
        if node.flag and node.first >= covered.get(node.flag, 0):
            inside[node.flag] += sums[node.last] - sums[node.first]
            covered[node.flag] = node.last
    layout = {flag for flag, weight in inside.items() if weight > MOST * sums[-1]}
    out: list[bool] = []
    for node in nodes:
        out.append((node.parent >= 0 and out[node.parent]) or (node.flag != "" and node.flag not in layout))
    return out

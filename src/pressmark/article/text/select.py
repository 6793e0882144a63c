"""Which blocks of the chosen element are the article's text, and which are boxes, trailers and leftovers.

The main idea: the paragraphs of an article stand in the same chain of wrappers. A group of blocks that stands
elsewhere is a box, unless it is long, plain prose.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import accumulate

from pressmark.article.text.container import HEADINGS
from pressmark.article.text.model import Block, Page
from pressmark.article.text.words import ends_sentence, folded

_DIGITS = re.compile(r"\d+")
COLUMN = 0.1  # of the prose in one chain of wrappers makes it a column of the article
A_LITTLE = 0.05
WELL_KNOWN = 0.8
REPEATED = 3
MAX_TRAILER = 4  # blocks
_WRAPPED = frozenset({"ul", "ol", "li", "blockquote"})
_OWN_TEXT = frozenset({"div", "section", "article", "main", "body", "td", "center"})

Signature = tuple[str, ...]


def is_linked(block: Block) -> bool:
    """Whether a block is a link with little around it. A paragraph may hold long links, or be a list of them."""
    share = block.linked / len(block.text)
    if block.tag == "p" and share <= 0.8 and (ends_sentence(block.text) or len(block.links) > 2):
        return False
    return share > 0.5


def signatures(page: Page, chosen: int) -> list[Signature]:
    """For each node, the chain of wrappers below the container: tags and classes, digits and lists apart."""
    out: list[Signature] = []
    for index, node in enumerate(page.nodes):
        if index <= chosen or node.parent < chosen:
            out.append(())
            continue
        above = out[node.parent]
        if node.tag in _WRAPPED:
            out.append(above)
        else:
            out.append((*above[-8:], _DIGITS.sub("", f"{node.tag}.{node.element.get('class') or ''}")))
    return out


def select(page: Page, chosen: int, flagged: list[bool], body: str = "") -> list[int]:
    """Indices of the blocks that are article text, in page order.

    ``body`` is the folded text of the article as structured data gives it, or empty; where it knows most of the
    paragraphs, a paragraph it does not know is no part of the article.
    """
    nodes, blocks = page.nodes, page.blocks
    first, last = nodes[chosen].first, nodes[chosen].last
    chains = signatures(page, chosen)

    def around(block: Block) -> Signature:
        if block.tag in _OWN_TEXT or block.node == chosen:
            return chains[block.node]
        return chains[nodes[block.node].parent]

    candidates = [i for i in range(first, last) if not flagged[blocks[i].node] and blocks[i].tag != "h1"]
    times = Counter(block.text for block in blocks)
    weights: dict[Signature, float] = defaultdict(float)
    for i in candidates:
        if blocks[i].weight > 0 and times[blocks[i].text] < REPEATED:
            weights[around(blocks[i])] += blocks[i].weight
    total = sum(weights.values())
    main = [False] * len(blocks)
    for i in candidates:
        block = blocks[i]
        if block.weight > 0 and weights[around(block)] >= COLUMN * total:
            main[i] = True
    main_before = [0, *accumulate(int(m) for m in main)]

    known = known_share(page, [i for i in candidates if main[i]], body)
    have: set[str] = set()
    kept: list[int] = []
    for i in candidates:
        block = blocks[i]
        heading = block.tag in HEADINGS
        if is_linked(block) or times[block.text] >= REPEATED or block.text in have:
            continue
        if known > WELL_KNOWN and not heading and folded(block.text) not in body:
            continue
        share = weights.get(around(block), 0.0) / max(1.0, total)
        if not heading and not main[i] and share < COLUMN:
            box = _box(page, block.node, chosen, main_before)
            if not _plain(page, box, block, share):
                continue
        if (
            block.tag not in ("p", "li", "blockquote")
            and not heading
            and not main[i]
            and not (block.size >= 80 and ends_sentence(block.text))
        ):
            continue
        if heading and not _heads(page, i, chosen, flagged, main_before):
            continue
        kept.append(i)
        if block.size >= 60:
            have.add(block.text)
    return _without_trailer(page, kept)


def known_share(page: Page, indices: list[int], body: str) -> float:
    """How much of some blocks' prose a body (folded) contains, from 0 to 1."""
    if not body:
        return 0.0
    total = known = 0
    for i in indices:
        block = page.blocks[i]
        total += block.size
        if folded(block.text) in body:
            known += block.size
    return known / max(1, total)


def _box(page: Page, node: int, chosen: int, main_before: list[int]) -> int:
    """The outermost element around a node, inside the container, that holds none of the main paragraphs."""
    nodes = page.nodes
    while True:
        parent = nodes[node].parent
        if parent < 0 or node == chosen or parent == chosen:
            return node
        if main_before[nodes[parent].last] > main_before[nodes[parent].first]:
            return node
        node = parent


def _plain(page: Page, box: int, block: Block, share: float) -> bool:
    """Whether a group of blocks outside the main column belongs to the article all the same.

    It does when it is no box at all (a list or quotation that stands in the column), or when it is prose and
    nothing else and enough of it.
    """
    node = page.nodes[box]
    if node.tag in ("ul", "ol", "blockquote", "p"):
        return not any(is_linked(b) for b in page.blocks[node.first : node.last])
    if share < A_LITTLE:
        return False
    if any(b.tag in HEADINGS or is_linked(b) for b in page.blocks[node.first : node.last]):
        return False
    return block.size >= 80 and ends_sentence(block.text)


def _heads(page: Page, index: int, chosen: int, flagged: list[bool], main_before: list[int]) -> bool:
    """Whether a heading stands over main paragraphs: in their column, or in a wrapper of its own before them."""
    nodes, blocks = page.nodes, page.blocks
    box = nodes[_box(page, blocks[index].node, chosen, main_before)]
    if any(b.tag not in HEADINGS and not flagged[b.node] for b in blocks[box.first : box.last]):
        return False
    return main_before[nodes[chosen].last] > main_before[index]


def _without_trailer(page: Page, kept: list[int]) -> list[int]:
    """Drop what stands under the last paragraph: signatures, agency marks, notes set wholly in bold or italics."""
    blocks = page.blocks
    end = len(kept)
    while end > 3 and len(kept) - end < MAX_TRAILER:
        block = blocks[kept[end - 1]]
        if block.tag in HEADINGS:
            end -= 1
            continue
        if block.tag != "li" and (
            block.emphasised > 0.95 * len(block.text)
            or block.text.startswith(("©", "(c)", "Copyright"))
            or (block.size < 45 and not ends_sentence(block.text))
        ):
            end -= 1
            continue
        break
    return kept[:end]

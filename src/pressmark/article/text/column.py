"""The article's column: where its paragraphs stand, and what stands beside them in boxes.

The paragraphs of an article stand in the same chain of wrappers. A group of blocks that stands in another chain is
a box, unless it is long, plain prose.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import accumulate

from pressmark.article.text.model import Block, Page
from pressmark.article.text.tags import HEADINGS
from pressmark.article.text.words import ends_sentence

COLUMN = 0.25  # of the prose in one chain of wrappers makes that chain a column of the article
A_LITTLE = 0.05  # of the prose is too little for a group of paragraphs in a box of their own
REPEATED = 3  # times on one page: no paragraph, but a label or a notice
A_LABEL = 25  # letters, as in "Read more:"
A_PARAGRAPH = 80  # letters
CHAIN = 8  # wrappers that are compared
_DIGITS = re.compile(r"\d+")
_WRAPPED = frozenset({"ul", "ol", "li", "blockquote"})
_OWN_TEXT = frozenset({"div", "section", "article", "main", "body", "td", "center"})
_NO_BOX = frozenset({"ul", "ol", "dl", "table", "pre", "blockquote", "p"})
_SET_APART = frozenset("p li blockquote dt dd th td caption pre summary".split())

Chain = tuple[str, ...]


def is_linked(block: Block) -> bool:
    """Whether a block is a link with little around it. A paragraph may hold long links, or be a list of them."""
    share = block.linked / len(block.text)
    if (
        share > 0.5
        and len(block.links) == 1
        and len(block.text) - block.linked < A_LABEL
        and _ends_linked(block)
    ):
        return True
    if block.tag == "p" and share <= 0.8 and (ends_sentence(block.text) or len(block.links) > 2):
        return False
    return share > 0.5


def _ends_linked(block: Block) -> bool:
    """Whether a block's last words are a link, as in "Read more: the bridge is open"."""
    return block.text.endswith(block.links[-1].text)


class Column:
    """Judges the blocks of one container by where they stand in it.

    ``candidates`` are the indices of the blocks that no name gives away as furniture, ``main`` says of each block
    of the page whether it is a paragraph of the column, ``times`` how often each text stands on the page.
    """

    def __init__(self, page: Page, chosen: int, flagged: list[bool]) -> None:
        nodes, blocks = page.nodes, page.blocks
        self._page = page
        self._chosen = chosen
        self._flagged = flagged
        self._chains = _chains(page, chosen)
        self._prose: dict[int, int] = {}
        self._only_headings: dict[int, bool] = {}
        self._weights: dict[Chain, float] = defaultdict(float)
        span = range(nodes[chosen].first, nodes[chosen].last)
        self.candidates = [i for i in span if not flagged[blocks[i].node] and blocks[i].tag != "h1"]
        self.times = Counter(block.text for block in blocks)
        for i in self.candidates:
            if blocks[i].weight > 0 and self.times[blocks[i].text] < REPEATED:
                self._weights[self._around(blocks[i])] += blocks[i].weight
        self._total = max(1.0, sum(self._weights.values()))
        self.main = [False] * len(blocks)
        for i in self.candidates:
            self.main[i] = blocks[i].weight > 0 and self._share(blocks[i]) >= COLUMN
        self._main_before = [0, *accumulate(int(is_main) for is_main in self.main)]

    def is_repeated(self, index: int) -> bool:
        """Whether a text stands on the page so often that it is a label. A refrain or an answer is a sentence."""
        block = self._page.blocks[index]
        return self.times[block.text] >= REPEATED and not (self.main[index] or ends_sentence(block.text))

    def belongs(self, index: int) -> bool:
        """Whether a block that is no heading stands in the column, or in something that is no box."""
        block = self._page.blocks[index]
        if is_linked(block):
            return False
        share = self._share(block)
        if not self.main[index] and share < COLUMN and not self._boxed_prose(block, share):
            return False
        if block.tag in _SET_APART or self.main[index]:
            return True
        return block.size >= A_PARAGRAPH and ends_sentence(block.text)

    def heads(self, heading: int, index: int) -> bool:
        """Whether a heading belongs to the block of the text that is the next one to it."""
        nodes, blocks = self._page.nodes, self._page.blocks
        block = blocks[heading]
        if block.links and is_linked(block) and not block.links[0].href.startswith("#"):
            # A round-up's items are headed so; in a box of its own it is a teaser.
            return nodes[block.node].parent == nodes[blocks[index].node].parent
        box = self._box(block.node)
        if nodes[box].first <= index < nodes[box].last or nodes[box].tag in HEADINGS:
            return True
        if box not in self._only_headings:
            inside = blocks[nodes[box].first : nodes[box].last]
            self._only_headings[box] = all(
                (b.tag in HEADINGS and not b.linked) or self._flagged[b.node] for b in inside
            )
        return self._only_headings[box]

    def _boxed_prose(self, block: Block, share: float) -> bool:
        """Whether a group of blocks beside the column belongs to the article all the same.

        It does when it is no box at all (a list or quotation in the column), or when it is prose, nothing else
        and enough of it.
        """
        nodes, blocks = self._page.nodes, self._page.blocks
        box = self._box(block.node)
        no_box = nodes[box].tag in _NO_BOX
        if box not in self._prose:
            inside = blocks[nodes[box].first : nodes[box].last]
            mixed = any(is_linked(b) or (b.tag in HEADINGS and not no_box) for b in inside)
            self._prose[box] = 0 if mixed else sum(b.size for b in inside if ends_sentence(b.text))
            if no_box and not mixed:
                self._prose[box] = A_PARAGRAPH
        if self._prose[box] < A_PARAGRAPH:
            return False
        return no_box or (share >= A_LITTLE and ends_sentence(block.text))

    def _around(self, block: Block) -> Chain:
        if block.tag in _OWN_TEXT or block.node == self._chosen:
            return self._chains[block.node]
        return self._chains[self._page.nodes[block.node].parent]

    def _share(self, block: Block) -> float:
        return self._weights.get(self._around(block), 0.0) / self._total

    def _box(self, node: int) -> int:
        """The outermost element around a node, inside the container, that holds none of the main paragraphs."""
        nodes, before = self._page.nodes, self._main_before
        while True:
            parent = nodes[node].parent
            if parent < 0 or node == self._chosen or parent == self._chosen:
                return node
            if before[nodes[parent].last] > before[nodes[parent].first]:
                return node
            node = parent


def _chains(page: Page, chosen: int) -> list[Chain]:
    """For each node, the chain of wrappers below the container: tags and classes, digits and lists apart."""
    out: list[Chain] = []
    names: dict[tuple[str, str], str] = {}  # a page repeats its classes many times
    for index, node in enumerate(page.nodes):
        if index <= chosen or node.parent < chosen:
            out.append(())
            continue
        above = out[node.parent]
        if node.tag in _WRAPPED:
            out.append(above)
        else:
            name = names.get((node.tag, node.classes))
            if name is None:
                name = names[node.tag, node.classes] = _DIGITS.sub("", f"{node.tag}.{node.classes}")
            out.append((*above[-CHAIN:], name))
    return out

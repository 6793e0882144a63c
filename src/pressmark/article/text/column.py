"""The article's column: where its paragraphs are, and what is next to them in boxes.

The paragraphs of an article are in the same chain of wrappers. A group of blocks in another chain is a box, unless it
is long, plain prose.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from enum import Enum
from functools import cached_property
from itertools import accumulate

from pressmark.article.text.container import own_prose
from pressmark.article.text.elements import HEADINGS
from pressmark.article.text.fitted import (
    A_FEW,
    A_FEW_LINKED,
    A_GOOD_DEAL,
    A_LINE,
    A_LITTLE,
    A_LITTLE_LINKED,
    A_PARAGRAPH,
    A_SENTENCE,
    COLUMN,
    MOST_OF_IT,
    REPEATED,
)
from pressmark.article.text.model import Block, Page
from pressmark.article.text.vocabulary import names_part
from pressmark.article.text.words import ends_sentence, has_sentence

_STOPPED = re.compile(r"[.。।][\"”»’)]?$")
_DIGITS = re.compile(r"\d+")
_WRAPPED = frozenset({"ul", "ol", "li", "blockquote"})
_PAUSES = tuple(',.;:!?…。，、！？؟،।"”»’)')
_OWN_TEXT = frozenset({"div", "section", "article", "main", "body", "td", "center"})
_NO_BOX = frozenset({"ul", "ol", "dl", "table", "pre", "blockquote", "p"})
# Class names that manuals and blog systems give to a remark within the text.
_NOTES = re.compile(
    r"admonition|callout|(?<![\w-])(?:notes?|tips?|hints?|warnings?|caution|important)(?![\w-])"
)
_SOURCES = re.compile(r"reference|footnote|endnote|bibliograph|citation", re.IGNORECASE)
_CELLS = frozenset("dt dd th td".split())
_ITEMS = frozenset("dt dd th td caption pre".split())
_SET_APART = frozenset("p li blockquote dt dd th td caption pre summary".split())

Chain = int


def is_linked(block: Block) -> bool:
    """Whether a block is little more than a link. A paragraph may hold long links, or be a list of them."""
    share = block.linked / len(block.text)
    if block.tag == "p" and block.size >= A_SENTENCE and _STOPPED.search(block.text[-4:]):
        return False
    if block.tag == "p" and share <= 0.8 and (ends_sentence(block.text) or len(block.links) > 2):
        return False
    return share > 0.5


class _Box(Enum):
    """What is in an element next to the column."""

    TEXT = "text"
    PROSE = "prose"
    OTHER = "other"


class Column:
    """Judges the blocks of one container by their places in it.

    ``candidates``: the indices of the blocks that no name marks as page furniture. ``main``: for each block of the
    page, whether it is a paragraph of the column. ``repeats_itself``: whether half of the prose repeats the other half.
    """

    def __init__(self, page: Page, chosen: int, flagged: list[bool]) -> None:
        nodes, blocks = page.nodes, page.blocks
        self.page = page
        self._chosen = chosen
        self._flagged = flagged
        self._chains = _chains(page, chosen)
        self._boxes: dict[int, _Box] = {}
        self._only_headings: dict[int, bool] = {}
        self._weights: dict[Chain, float] = defaultdict(float)
        span = range(nodes[chosen].first, nodes[chosen].last)
        self.candidates = _below_headline(page, span, flagged)
        self._places: dict[str, set[int]] = defaultdict(set)
        hidden = [False] * len(nodes)
        for index, node in enumerate(nodes):
            hidden[index] = node.flag == "hidden" or (node.parent >= 0 and hidden[node.parent])
        self._times = Counter(block.text for block in blocks if not hidden[block.node])
        for block in blocks:
            if self._times[block.text] >= REPEATED and not hidden[block.node]:
                self._places[block.text].add(nodes[block.node].parent)
        self._prose = sum(blocks[i].size for i in self.candidates if blocks[i].weight > 0)
        own = {blocks[i].text: blocks[i].size for i in self.candidates if blocks[i].weight > 0}
        self.repeats_itself = 2 * sum(own.values()) <= self._prose
        inside = [blocks[i] for i in self.candidates]
        for i, its_own in zip(self.candidates, own_prose(inside), strict=True):
            if its_own and not self.is_repeated(i):
                self._weights[self._place(blocks[i])] += blocks[i].weight
        self._total = max(1.0, sum(self._weights.values()))
        self.main = [False] * len(blocks)
        for i in self.candidates:
            self.main[i] = blocks[i].weight > 0 and self._share(blocks[i]) >= COLUMN
        mains = sum(blocks[i].size for i in self.candidates if self.main[i])
        self._in_pieces = mains < MOST_OF_IT * self._prose
        self._flagged_before = [0, *accumulate(int(flagged[block.node]) for block in blocks)]
        self._holders = {nodes[blocks[i].node].parent for i in self.candidates if self.main[i]}
        self._start = self._first_of_two()
        self._main_before = [0, *accumulate(int(is_main) for is_main in self.main)]

    def is_repeated(self, index: int) -> bool:
        """Whether a text is on the page so often that it is a label or a notice.

        A short sentence that is repeated in one place (a refrain, an answer) is not, nor is what makes up most of the
        text.
        """
        block = self.page.blocks[index]
        times = self._times[block.text]
        if times < REPEATED:
            return False
        if len(self._places[block.text]) >= REPEATED or not ends_sentence(block.text):
            return True
        return block.size >= A_LINE and 2 * times * block.size < self._prose

    def belongs(self, index: int) -> bool:
        """Whether a block, not a heading, is in the column, or in something that is not a box."""
        block = self.page.blocks[index]
        if is_linked(block):
            return self._is_listed(index) or (block.tag in _CELLS and self._kind(block) is _Box.TEXT)
        if self.main[index]:
            return True
        if self._in_pieces and (block.tag in _SET_APART or has_sentence(block.text)):
            return True
        if index > self._start and self._is_written(block.node):
            return True
        if self._share(block) >= COLUMN:
            return block.tag in _SET_APART or (block.size >= A_PARAGRAPH and ends_sentence(block.text))
        return self._is_boxed_text(block)

    def _first_of_two(self) -> int:
        """Index of the first paragraph that another follows; before it is the article's head, with date and authors."""
        mains = [self.main[i] for i in self.candidates]
        pairs = zip(self.candidates, mains, mains[1:], strict=False)
        return next((i for i, this, following in pairs if this and following), len(self.main))

    def _is_written(self, node: int) -> bool:
        """Whether only elements without a class or id are between a block and what holds the column's paragraphs.

        Templates name what they put next to a text; writers do not.
        """
        nodes = self.page.nodes
        while node >= self._chosen:
            if node in self._holders:
                return True
            at = nodes[node]
            if at.label or self._flagged_before[at.last] > self._flagged_before[at.first]:
                return False
            node = at.parent
        return False

    def _is_listed(self, index: int) -> bool:
        """Whether a linked block is an item of a list in the text.

        That is a list of sources, a list with few linked items, or one after a paragraph that ends with a colon.
        """
        nodes, blocks = self.page.nodes, self.page.blocks
        block = blocks[index]
        if block.tag != "li":
            return False
        items = nodes[nodes[block.node].parent]
        if _SOURCES.search(items.label) or block.text.count(". ") > 1:
            return True
        before = self._linked_before
        linked = before[items.last] - before[items.first]
        if linked < A_FEW_LINKED * (items.last - items.first):
            return True
        first = nodes[self._box(block.node)].first
        return first > 0 and self.main[first - 1] and blocks[first - 1].text.endswith((":", "："))

    @cached_property
    def _linked_before(self) -> list[int]:
        return [0, *accumulate(int(is_linked(block)) for block in self.page.blocks)]

    def heads(self, heading: int, index: int) -> bool:
        """Whether a heading belongs to the next block of the text, ``index``."""
        nodes, blocks = self.page.nodes, self.page.blocks
        block = blocks[heading]
        if block.links and is_linked(block) and not block.links[0].href.startswith("#"):
            # The items of a round-up have linked headings; in a box of its own, such a heading is a teaser's.
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

    def _is_boxed_text(self, block: Block) -> bool:
        """Whether a block in a group of its own next to the column belongs to the article even so.

        It does if the group is not a box at all (a list, a table or a quotation in the column), if it is enough
        prose and nothing else, or if it is lines of speech or verse.
        """
        kind = self._kind(block)
        if kind is _Box.TEXT:
            return True
        return kind is _Box.PROSE and self._share(block) >= A_LITTLE and ends_sentence(block.text)

    def _kind(self, block: Block) -> _Box:
        box = self._box(block.node)
        kind = self._boxes.get(box)
        if kind is None:
            kind = self._boxes[box] = self._kind_of(box)
        return kind

    def _kind_of(self, box: int) -> _Box:
        node = self.page.nodes[box]
        inside = self.page.blocks[node.first : node.last]
        linked = sum(b.linked for b in inside if is_linked(b))
        if node.tag in _NO_BOX or (not self._is_beside(box) and all(b.tag in _ITEMS for b in inside)):
            return _Box.OTHER if linked > 0.5 * sum(len(b.text) for b in inside) else _Box.TEXT
        label = node.label.lower()
        if "paragraph" in label or _SOURCES.search(label) or (not linked and _NOTES.search(label)):
            return _Box.TEXT
        shown = [b for b in inside if not self._flagged[b.node]]
        said = sum(b.size for b in shown if b.weight > 0 and has_sentence(b.text))
        headed = any(b.tag in HEADINGS for b in inside)
        if headed and said > A_GOOD_DEAL * self._prose and linked < A_LITTLE_LINKED * said:
            return _Box.TEXT
        if linked:
            return _Box.OTHER
        items = [b for b in inside if b.tag not in HEADINGS]
        if headed and len(items) >= A_FEW and not any(b.links or b.tag != "li" for b in items):
            return _Box.TEXT  # a list with its heading: ingredients, tools
        # A heading over paragraphs is a part of the article in an element without a class, and a box in any other.
        plain = not headed or (
            names_part(node.classes) and all(b.tag in HEADINGS or b.tag in _SET_APART for b in inside)
        )
        if plain and sum(b.size for b in inside if ends_sentence(b.text)) >= A_PARAGRAPH:
            return _Box.PROSE
        lines = sum(b.size < A_PARAGRAPH and b.text.endswith(_PAUSES) for b in inside)
        return _Box.TEXT if lines >= A_FEW and lines > 0.7 * len(inside) and not headed else _Box.OTHER

    def _is_beside(self, box: int) -> bool:
        """Whether an element is a cell next to the one that holds the column, as tables for layout have them."""
        nodes, before = self.page.nodes, self._main_before
        row = nodes[nodes[box].parent]
        return nodes[box].tag == "td" and before[row.last] - before[row.first] >= A_FEW

    def _place(self, block: Block) -> Chain:
        """The chain of wrappers that a block is in."""
        if block.tag in _OWN_TEXT or block.node == self._chosen:
            return self._chains[block.node]
        return self._chains[self.page.nodes[block.node].parent]

    def _share(self, block: Block) -> float:
        return self._weights.get(self._place(block), 0.0) / self._total

    def _box(self, node: int) -> int:
        """The outermost element around a node, inside the container, that holds none of the main paragraphs."""
        nodes, before = self.page.nodes, self._main_before
        while True:
            parent = nodes[node].parent
            if parent < 0 or node == self._chosen or parent == self._chosen:
                return node
            if before[nodes[parent].last] > before[nodes[parent].first]:
                return node
            node = parent


def _below_headline(page: Page, span: range, flagged: list[bool]) -> list[int]:
    """The blocks in a span that no name marks as furniture; blocks in an h1 only if they head a section."""
    blocks, headline = page.blocks, page.headline
    title = blocks[headline].text if headline >= 0 else ""
    begun = False
    out: list[int] = []
    for i in span:
        block = blocks[i]
        if flagged[block.node]:
            continue
        if i < headline and not has_sentence(block.text):
            continue
        if block.tag != "h1":
            begun = begun or block.weight > 0
        elif not (begun or 0 <= headline < i) or block.text == title:
            continue
        out.append(i)
    return out


def _chains(page: Page, chosen: int) -> list[Chain]:
    """For each node in the chosen one, the number of its chain of wrappers.

    A chain consists of tags and classes without digits; lists and quotations do not count.
    """
    out: list[Chain] = [0] * len(page.nodes)
    names: dict[tuple[str, str], str] = {}  # a page repeats its classes many times
    chains: dict[tuple[Chain, str], Chain] = {}
    for index in range(chosen + 1, len(page.nodes)):
        node = page.nodes[index]
        if node.parent < chosen:
            break
        above = out[node.parent]
        if node.tag in _WRAPPED:
            out[index] = above
            continue
        name = names.get((node.tag, node.classes))
        if name is None:
            name = names[node.tag, node.classes] = _DIGITS.sub("", f"{node.tag}.{node.classes}")
        out[index] = chains.setdefault((above, name), len(chains) + 1)
    return out

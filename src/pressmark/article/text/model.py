"""What the text reader works on (blocks and nodes of a page) and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from pressmark.article.page.document import Element
from pressmark.article.text.words import folded


class Link(NamedTuple):
    """An anchor as written on the page: its address (not yet absolute) and its text."""

    href: str
    text: str


class ReadMore(NamedTuple):
    """A link to another article between the paragraphs: its text and absolute URL."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class TextHints:
    """What the metadata readers already know; every field may be empty.

    ``title``: the forms of the title, a line each, among which a headline is looked up.
    ``bodies`` are whole-article texts found outside the visible page (JSON-LD articleBody): plain text, a
    paragraph a line.
    """

    title: str = ""
    descriptions: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleText:
    """The article's own words, without the page around them.

    ``text`` holds one paragraph a line (standfirst, paragraphs, subheadings, list items), NFC Unicode without
    control characters. ``source`` is ``html``, ``json-ld``, ``state``, or ``""`` if there is no text.
    ``standfirst`` is the paragraph that the page sets apart under the headline; ``text`` begins with it, too.
    ``read_more`` and ``outlinks`` are absolute http(s) URLs in page order. ``caption`` and ``credit`` belong
    to the lead image.
    """

    text: str = ""
    source: str = ""
    word_count: int = 0
    read_more: tuple[ReadMore, ...] = ()
    outlinks: tuple[str, ...] = ()
    standfirst: str = ""
    caption: str | None = None
    credit: str | None = None
    truncated: bool = False


@dataclass(slots=True)
class Block:
    """A run of text that a browser would set as one paragraph.

    ``node``: index of the node that holds it; ``tag``: that node's. ``linked``, ``emphasised``: how many characters are
    links, or emphasised. ``size``: in letters (``words.visible_size``). ``weight``: see ``container.weigh``.
    """

    text: str
    node: int
    tag: str
    linked: int
    emphasised: int
    links: list[Link]
    size: int = 0
    weight: float = 0.0
    _letters: str | None = None

    @property
    def letters(self) -> str:
        """The text folded, which several steps compare; made when first asked for."""
        if self._letters is None:
            self._letters = folded(self.text)
        return self._letters


@dataclass(slots=True)
class Node:
    """A block-level element; its subtree owns ``blocks[first:last]``.

    ``parent``: a node's index, -1 for the root. ``classes``: its class attribute; ``label``: that, and its id.
    ``flag``: why it is probably not the article's text, or "" (``vocabulary.flag_of``).
    """

    element: Element
    tag: str
    parent: int
    first: int
    depth: int
    last: int = 0
    classes: str = ""
    label: str = ""
    flag: str = ""


@dataclass(slots=True)
class Page:
    """A page flattened in document order: blocks of text, and the block-level elements around them.

    ``figures``: for each figure, the index of the block after it, the index of the node around it, and its element.
    ``headline``: the index of the block that is the headline, -1 if none is known.
    """

    blocks: list[Block] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    figures: list[tuple[int, int, Element]] = field(default_factory=list)
    headline: int = -1
    truncated: bool = False

    def ancestors(self, index: int) -> list[int]:
        """Node indices from the one given up to the root."""
        chain = []
        while index >= 0:
            chain.append(index)
            index = self.nodes[index].parent
        return chain

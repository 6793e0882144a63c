"""One pass over a parsed page: blocks of text and the block-level elements that hold them.

The tree is only read. The walk is iterative and stops after ``MAX_EVENTS`` events, ``MAX_BLOCKS`` blocks or
``MAX_TEXT`` characters: the text of a larger page is cut there and marked truncated.
"""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from pressmark.article.page.document import Element
from pressmark.article.text.elements import BLOCKS, DRAWN, EMPHASIS, FIGURES, HEADINGS, SKIPPED, TEXT_TAGS
from pressmark.article.text.fitted import A_CELL, A_FEW
from pressmark.article.text.model import Block, Link, Node, Page
from pressmark.article.text.vocabulary import MAX_NAMES, flag_of, is_unseen_name
from pressmark.article.text.words import visible_size

_DISPLAY_BLOCK = re.compile(r"display\s{0,9}:\s{0,9}block")
MAX_EVENTS = 400_000  # elements opened or closed; a long news page has 10,000
MAX_BLOCKS = 50_000
MAX_TEXT = 8_000_000
MAX_DEPTH = 256  # deeper elements count as part of the one at this depth
MAX_LINES = 8  # blocks in a cell or heading
_NAMES_CONTENT = HEADINGS | {"td", "th", "li", "dt", "dd", "caption", "summary"}
_PLAIN = frozenset({"div", "section", "center"})
_SHOWN_AS_TEXT = ("table", "pre")  # in a figure
MAX_LINKS = 200  # a block with more is a directory, not a paragraph


BREAK = "\u2028"
"""Marks a line break that a reader sees (``br``, a line of ``pre``), unlike other white space in the markup."""


class _Run:
    """The text that is collected until a block boundary closes it."""

    __slots__ = ("emphasised", "linked", "links", "parts")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.linked = 0
        self.emphasised = 0
        self.links: list[Link] = []


def walk(root: Element, *, noscript: bool = False) -> Page:
    """Flatten the page. Comments and processing instructions are skipped; the text after them is kept.

    ``noscript``: whether the content of ``noscript`` elements is read, too.
    """
    page = Page()
    nodes, blocks = page.nodes, page.blocks
    current = -1
    depth = 0
    run = _Run()
    total = 0
    link: Element | None = None
    link_parts: list[str] = []
    emphasis = 0
    breaks = 0

    def close() -> None:
        nonlocal run, total
        text = _lines("".join(run.parts))
        if text and current >= 0:
            block = Block(
                text,
                current,
                nodes[current].tag,
                run.linked,
                run.emphasised,
                run.links,
                visible_size(text),
            )
            blocks.append(block)
            if len(blocks) > MAX_BLOCKS:
                total = MAX_TEXT + 1  # no more is read
        run = _Run()

    def add(text: str) -> None:
        nonlocal total
        if not run.parts and text.isspace():
            return
        total += len(text)
        if current >= 0 and nodes[current].tag == "pre":
            text = text.replace("\n", BREAK)
        run.parts.append(text)
        if link is not None:
            run.linked += len(text.strip())
            link_parts.append(text)
        if emphasis:
            run.emphasised += len(text.strip())

    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for events, (event, element) in enumerate(walker):
        if events >= MAX_EVENTS or total > MAX_TEXT:
            page.truncated = True
            break
        tag = element.tag
        if event == "start":
            if tag in BLOCKS:
                if run.parts:
                    close()
                if depth < MAX_DEPTH:
                    nodes.append(_node(element, tag, current, len(blocks), depth))
                    current = len(nodes) - 1
                depth += 1
                if text := element.text:
                    add(text)
            elif tag in FIGURES:
                if run.parts:
                    close()
                page.figures.append((len(blocks), current, element))
                if next(element.iter(*_SHOWN_AS_TEXT), None) is None:
                    walker.skip_subtree()
            elif tag in SKIPPED:
                if not (_is_shown(element, run.parts) or (noscript and tag == "noscript")):
                    walker.skip_subtree()
                elif text := element.text:
                    add(text)
            elif (
                (tag == "span" or tag == "a")
                and (name := element.get("class"))
                and is_unseen_name(name[:MAX_NAMES])
            ):
                walker.skip_subtree()
            elif tag == "br":
                if breaks and not (run.parts and run.parts[-1].strip()):
                    close()  # two in a row: how pages without p elements set paragraphs
                    breaks = 0
                else:
                    run.parts.append(BREAK)
                    breaks = 1
            else:
                if run.parts and (tag == "span" or "-" in str(tag)) and _begins_paragraph(element):
                    close()
                if tag == "a":
                    if not (nodes and nodes[current].tag in HEADINGS and _leads_here(element)):
                        link = element
                        link_parts = []
                elif tag in EMPHASIS:
                    emphasis += 1
                elif tag == "q":
                    add("“")
                if text := element.text:
                    add(text)
            continue
        if event != "end":  # a comment, a processing instruction
            pass
        elif tag in BLOCKS:
            if run.parts:
                close()
            depth -= 1
            if depth < MAX_DEPTH:
                if tag in _NAMES_CONTENT:
                    _give_name(page, current)
                nodes[current].last = len(blocks)
                current = nodes[current].parent
        elif tag == "a":
            if link is element:
                href = element.get("href")
                if href and len(run.links) < MAX_LINKS:
                    run.links.append(Link(href.strip(), " ".join("".join(link_parts).split())))
                link = None
        elif tag in EMPHASIS:
            emphasis -= 1
        elif tag == "q":
            add("”")
        if text := element.tail:
            add(text)
    if run.parts:
        close()
    while current >= 0:  # only if the walk was cut short
        nodes[current].last = len(blocks)
        current = nodes[current].parent
    return page


def _lines(text: str) -> str:
    """Collapse white space as browsers do, but keep the line breaks that a reader sees."""
    if BREAK not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split(BREAK))
    return "\n".join(line for line in lines if line)


def _leads_here(link: Element) -> bool:
    """Whether a link leads to a place of the same page, as those that systems set into headings do."""
    return (link.get("href") or "").lstrip().startswith("#")


def _give_name(page: Page, index: int) -> None:
    """Give the blocks in a heading, cell or list item its tag, however they are wrapped there.

    A cell or item with several blocks and more than a few words is left alone: it is a part of the page's layout.
    """
    nodes, blocks = page.nodes, page.blocks
    node = nodes[index]
    if len(blocks) - node.first > MAX_LINES:
        return
    inside = blocks[node.first :]
    if len(inside) > 1 and node.tag not in HEADINGS and sum(block.size for block in inside) > A_CELL:
        return
    for block in inside:
        at = block.node
        while at != index and nodes[at].tag in _PLAIN and not nodes[at].flag:
            at = nodes[at].parent
        if at == index:
            block.node, block.tag = index, node.tag


def _begins_paragraph(element: Element) -> bool:
    """Whether an inline element is shown as a paragraph: by its style, or as a custom element after one of its kind."""
    if "block" in (style := element.get("style") or "") and _DISPLAY_BLOCK.search(style):
        return True
    before = element.getprevious()
    return (
        "-" in str(element.tag)
        and before is not None
        and before.tag == element.tag
        and not (before.tail or "").strip()
    )


def _is_shown(element: Element, before: list[str]) -> bool:
    """Whether an element that is usually skipped is a part of the text here."""
    tag = element.tag
    if tag == "template":  # a declarative shadow root is a template that browsers do show
        return element.get("shadowrootmode") is not None
    if tag == "button":
        # In the middle of a sentence (a term that a glossary explains), or in a heading that opens what is below it
        # (WAI-ARIA Authoring Practices, accordion).
        told = before and before[-1].strip() and (element.tail or "").strip()
        parent = element.getparent()
        return bool(told) or (not before and parent is not None and str(parent.tag) in HEADINGS)
    if tag not in DRAWN:
        return False
    # A missing end tag makes the whole page a part of its menu.
    if next(element.iter("main"), None) is not None:
        return True
    return next(element.iter("h1"), None) is not None and len(list(islice(element.iter("p"), A_FEW))) == A_FEW


def _node(element: Element, tag: str, parent: int, first: int, depth: int) -> Node:
    attributes = element.keys()  # most have few, and asking for one that is not there takes as long as any
    classes = element.get("class", "")[:MAX_NAMES] if "class" in attributes else ""
    label = classes
    if "id" in attributes and tag not in TEXT_TAGS and (name := element.get("id")):
        label = f"{classes} {name[:MAX_NAMES]}"
    flag = flag_of(tag, label, element, attributes)
    return Node(element, tag, parent, first, depth, 0, classes, label, flag)

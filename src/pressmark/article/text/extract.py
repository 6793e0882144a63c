"""The article's text from a parsed page: the steps in their order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from pressmark.article.page.document import Element
from pressmark.article.text import container, figures, outlinks
from pressmark.article.text.column import Column, is_linked
from pressmark.article.text.fitted import (
    A_BODY,
    A_GALLERY,
    LITTLE,
    MUCH_LONGER,
    MUCH_MORE,
    NEXT_TO_NOTHING,
    SHORT,
)
from pressmark.article.text.model import ArticleText, Page, TextHints
from pressmark.article.text.select import known_share, select
from pressmark.article.text.standfirst import standfirst
from pressmark.article.text.vocabulary import names_standfirst
from pressmark.article.text.walk import walk
from pressmark.article.text.words import count_words, folded

MAX_TEXT = 2_000_000
"""Maximum characters of article text; the rest is cut and the result marked truncated."""

NEVER_SHOWN = frozenset("hidden cookie consent gdpr".split())
# Control characters, lone surrogates, and marks that only steer bidirectional layout or carry no text of their own.
_UNWANTED = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def clean(text: str) -> str:
    """NFC, without control characters and layout marks."""
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text))


def from_tree(
    root: Element, url: str, hints: TextHints, fallback: Callable[[str], str] | None = None
) -> ArticleText:
    """Read the text from a tree.

    ``url``: what links are relative to. ``fallback``: called with title and descriptions for a body, if neither page
    nor hints have one.
    """
    body = max(hints.bodies, key=len, default="")
    known = folded(body)
    read = _read(walk(root), hints, known)
    if read.size < SHORT and next(root.iter("noscript"), None) is not None:
        again = _read(walk(root, noscript=True), hints, known)
        if again.size > SHORT:
            read = again
    page, flagged, chosen, kept = read.page, read.flagged, read.chosen, read.kept
    share = known_share(page, kept, known)
    lines = _lines(read)
    text, source = "\n".join(lines), "html" if lines else ""
    if not body and len(text) < SHORT and fallback is not None:
        body = fallback(" ".join((hints.title, *hints.descriptions)))
    if len(body) > A_BODY and len(body) > MUCH_LONGER * len(text) and (share > 0.5 or len(text) < SHORT):
        text, source = (
            _joined(page, kept if chosen >= 0 else [], body),
            "json-ld" if hints.bodies else "state",
        )
    text = clean(text)
    caption, credit = figures.lead_caption(page, kept, flagged, page.headline)
    return ArticleText(
        text=text[:MAX_TEXT],
        source=source,
        word_count=count_words(text[:MAX_TEXT]),
        read_more=outlinks.read_more(page, chosen, kept, url),
        outlinks=outlinks.outlinks(page, kept, url),
        standfirst=clean(read.standfirst),
        caption=clean(caption) if caption else None,
        credit=clean(credit) if credit else None,
        truncated=page.truncated or len(text) > MAX_TEXT,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was taken for the article: the element that holds it (-1 for none) and the blocks that are its text."""

    page: Page
    flagged: list[bool]
    chosen: int
    kept: list[int]
    standfirst: str = ""

    @property
    def size(self) -> int:
        return sum(self.page.blocks[i].size for i in self.kept)


def _read(page: Page, hints: TextHints, known: str) -> _Reading:
    """Find the article on a page. If class names and ids rule out nearly everything, fewer of them are believed."""
    title = folded(hints.title)
    container.weigh_all(page, title)
    best = _choose(page, container.effective_flags(page, title), hints, title, known)
    for believed in (container.SURE, NEVER_SHOWN):
        doubtful = believed is container.SURE and best.size < LITTLE * _prose_of_main(page)
        if best.size >= NEXT_TO_NOTHING and not doubtful:
            break
        again = _choose(page, container.effective_flags(page, title, believed=believed), hints, title, known)
        if again.size > SHORT and again.size > MUCH_MORE * best.size:
            best = again
    return best


def _prose_of_main(page: Page) -> float:
    """How much prose is in the page's main element, or in its only article."""
    mains = [node for node in page.nodes if node.tag == "main"] or [
        n for n in page.nodes if n.tag == "article"
    ]
    if len(mains) != 1:
        return 0.0
    return sum(max(0.0, block.weight) for block in page.blocks[mains[0].first : mains[0].last])


def _choose(page: Page, flagged: list[bool], hints: TextHints, title: str, known: str) -> _Reading:
    chosen = container.choose(page, flagged, title)
    if chosen < 0:
        return _Reading(page, flagged, chosen, _all_there_is(page, flagged))
    chosen = container.widen(page, chosen, flagged)
    kept = select(Column(page, chosen, flagged), known)
    first = standfirst(page, chosen, kept, hints)
    kept = first + kept
    said = page.blocks[kept[0]] if kept else None
    stands_apart = said is not None and (first or names_standfirst(page.nodes[said.node].classes))
    return _Reading(page, flagged, chosen, kept, said.text if said and stands_apart else "")


def _all_there_is(page: Page, flagged: list[bool]) -> list[int]:
    """What a page without prose says: a name, a line, a list of words."""
    shown = [i for i, block in enumerate(page.blocks) if not flagged[block.node]]
    return [i for i in shown if not is_linked(page.blocks[i])] or shown


def _lines(read: _Reading) -> list[str]:
    """The article's paragraphs; in a gallery with most of its text in captions, these too, in page order."""
    page = read.page
    lines = [page.blocks[i].text for i in read.kept]
    if read.size > A_BODY or len(page.figures) < A_GALLERY:
        return lines
    placed = [(i, page.blocks[i].text) for i in read.kept]
    captions = [
        (at, caption)
        for at, node, element in page.figures
        if not (node >= 0 and read.flagged[node]) and (caption := figures.caption_of(element))
    ]
    if len(captions) < A_GALLERY or sum(len(caption) for _, caption in captions) < 2 * read.size:
        return lines
    return [text for _, text in sorted(placed + captions, key=itemgetter(0))]


def _joined(page: Page, kept: list[int], body: str) -> str:
    """The standfirst that the page shows, if the body lacks it, and then the body from structured data."""
    known = folded(body)
    first = [page.blocks[i].text for i in kept[:1] if page.blocks[i].letters not in known]
    return "\n".join([*first, body])

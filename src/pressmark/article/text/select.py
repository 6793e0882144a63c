"""Which blocks of the chosen element are the article's text."""

from __future__ import annotations

import re

from pressmark.article.text.column import Column
from pressmark.article.text.elements import HEADINGS
from pressmark.article.text.figures import split
from pressmark.article.text.fitted import A_LINE, A_PARAGRAPH, A_SENTENCE, MAX_TRAILER, NEARLY, WELL_KNOWN
from pressmark.article.text.model import Page
from pressmark.article.text.vocabulary import is_about_author, is_boilerplate, is_byline, is_notice
from pressmark.article.text.words import ends_sentence, words_of

_ITEMS = frozenset("li td th dd dt".split())
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
MIN_DIGITS = 5
MAX_OPENING = 4  # blocks
MAX_COMPARED = 3_000  # blocks that are looked up in the body from structured data


def select(column: Column, body: str = "") -> list[int]:
    """Indices of the blocks that are article text, in page order.

    ``body`` is the folded text of the article as structured data gives it, or empty.
    """
    page = column.page
    have: set[str] = set()
    kept: list[int] = []
    headings: list[int] = []
    beyond = False  # under a heading that introduces the author
    for i in column.candidates:
        block = page.blocks[i]
        if block.tag in HEADINGS:
            headings.append(i)
            continue
        above, headings = headings, []
        if above:
            beyond = is_about_author(page.blocks[above[-1]].text)
        if kept and beyond:
            continue
        if column.is_repeated(i) or is_notice(block.text) or not column.belongs(i):
            continue
        if block.text in have and not column.repeats_itself:
            continue
        if block.size >= A_SENTENCE:
            have.add(block.text)
        kept += [k for k in above if column.heads(k, i)]
        kept.append(i)
    return _without_opening(page, _without_trailer(page, _without_foreign(page, kept, body)))


def _without_foreign(page: Page, kept: list[int], body: str) -> list[int]:
    """Drop paragraphs between others of the article that its body in structured data lacks.

    Only if that body has nearly everything else. Lists, quotations and the article's end are kept: bodies often lack
    them.
    """
    if known_share(page, kept, body) < WELL_KNOWN:
        return kept
    known = [page.blocks[i].letters in body for i in kept]
    out: list[int] = []
    for place, i in enumerate(kept):
        block = page.blocks[i]
        between = 0 < place < len(kept) - 1 and known[place - 1] and known[place + 1]
        quoted = page.nodes[page.nodes[block.node].parent].tag == "blockquote"
        if known[place] or block.tag != "p" or quoted or not between or _is_nearly_in(block.text, body):
            out.append(i)
    return out


def _is_nearly_in(text: str, body: str) -> bool:
    """Whether a body has most of a text's words: numbers and punctuation may be written differently there."""
    words = words_of(text)
    return sum(word in body for word in words) > NEARLY * len(words)


def known_share(page: Page, indices: list[int], body: str) -> float:
    """How much of some blocks' prose a body (folded) contains, from 0 to 1; 0 for more than MAX_COMPARED blocks."""
    if not body or len(indices) > MAX_COMPARED:
        return 0.0
    total = known = 0
    for i in indices:
        block = page.blocks[i]
        total += block.size
        if block.letters in body:
            known += block.size
    return known / max(1, total)


def _without_opening(page: Page, kept: list[int]) -> list[int]:
    """Drop lines above the first paragraph: bylines, dates, captions with a credit, standard sentences."""
    start = 0
    while start < min(MAX_OPENING, len(kept) - 1):
        block = page.blocks[kept[start]]
        if block.tag in HEADINGS or block.tag in _ITEMS:
            break
        says_nothing = block.size < A_PARAGRAPH and not ends_sentence(block.text)
        if not is_boilerplate(block.text) and not (says_nothing and _is_about_the_text(block.text)):
            break
        start += 1
    return kept[start:]


def _is_about_the_text(line: str) -> bool:
    return is_byline(line) or split(line)[1] is not None or _is_date(line)


def _is_date(text: str) -> bool:
    """Whether a line is a date and little else: it is short, with a year and at least one more digit."""
    digits = sum(c.isdigit() for c in text)
    return len(text) <= A_LINE and digits >= MIN_DIGITS and _YEAR.search(text) is not None


def _without_trailer(page: Page, kept: list[int]) -> list[int]:
    """Drop lines below the last paragraph: signatures, agency marks, notes wholly in bold or italics."""
    blocks = page.blocks
    end = len(kept)
    while end > 3 and len(kept) - end < MAX_TRAILER:
        block = blocks[kept[end - 1]]
        if block.tag in _ITEMS or block.tag == "pre":
            break
        if not (
            block.tag in HEADINGS
            or block.emphasised > 0.95 * len(block.text)
            or block.text.startswith(("©", "(c)", "Copyright"))
            or is_boilerplate(block.text)
            or (block.size < A_LINE and not ends_sentence(block.text))
        ):
            break
        end -= 1
    return kept[:end]

"""Which blocks of the chosen element are the article's text."""

from __future__ import annotations

from pressmark.article.text.column import Column
from pressmark.article.text.elements import HEADINGS
from pressmark.article.text.fitted import A_LINE, A_SENTENCE, MAX_TRAILER, NEARLY, WELL_KNOWN
from pressmark.article.text.model import Page
from pressmark.article.text.words import ends_sentence, folded, words_of

MAX_COMPARED = 3_000  # blocks that are looked up in a body


def select(column: Column, body: str = "") -> list[int]:
    """Indices of the blocks that are article text, in page order.

    ``body`` is the folded text of the article as structured data gives it, or empty.
    """
    page = column.page
    have: set[str] = set()
    kept: list[int] = []
    headings: list[int] = []
    for i in column.candidates:
        block = page.blocks[i]
        if block.tag in HEADINGS:
            headings.append(i)
            continue
        above, headings = headings, []
        if column.is_repeated(i) or not column.belongs(i):
            continue
        if block.text in have and not column.repeats_itself:
            continue
        if block.size >= A_SENTENCE:
            have.add(block.text)
        kept += [k for k in above if column.heads(k, i)]
        kept.append(i)
    return _without_trailer(page, _without_foreign(page, kept, body))


def _without_foreign(page: Page, kept: list[int], body: str) -> list[int]:
    """Drop the paragraphs that stand between others of the article and that its structured data do not know.

    Where those know nearly all else. They often leave out lists, quotations and what was added at the end.
    """
    if known_share(page, kept, body) < WELL_KNOWN:
        return kept
    known = [folded(page.blocks[i].text) in body for i in kept]
    out: list[int] = []
    for place, i in enumerate(kept):
        block = page.blocks[i]
        between = 0 < place < len(kept) - 1 and known[place - 1] and known[place + 1]
        quoted = page.nodes[page.nodes[block.node].parent].tag == "blockquote"
        if known[place] or block.tag != "p" or quoted or not between or _is_nearly_in(block.text, body):
            out.append(i)
    return out


def _is_nearly_in(text: str, body: str) -> bool:
    """Whether a body has most of a text's words: numbers and marks may be written otherwise there."""
    words = words_of(text)
    return sum(word in body for word in words) > NEARLY * len(words)


def known_share(page: Page, indices: list[int], body: str) -> float:
    """How much of some blocks' prose a body (folded) contains, from 0 to 1; 0 for more than can be compared."""
    if not body or len(indices) > MAX_COMPARED:
        return 0.0
    total = known = 0
    for i in indices:
        block = page.blocks[i]
        total += block.size
        if folded(block.text) in body:
            known += block.size
    return known / max(1, total)


def _without_trailer(page: Page, kept: list[int]) -> list[int]:
    """Drop what stands under the last paragraph: signatures, agency marks, notes set wholly in bold or italics."""
    blocks = page.blocks
    end = len(kept)
    while end > 3 and len(kept) - end < MAX_TRAILER:
        block = blocks[kept[end - 1]]
        if block.tag == "li":
            break
        if not (
            block.tag in HEADINGS
            or block.emphasised > 0.95 * len(block.text)
            or block.text.startswith(("©", "(c)", "Copyright"))
            or (block.size < A_LINE and not ends_sentence(block.text))
        ):
            break
        end -= 1
    return kept[:end]

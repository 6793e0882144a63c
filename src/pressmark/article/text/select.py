"""Which blocks of the chosen element are the article's text."""

from __future__ import annotations

from pressmark.article.text.column import REPEATED, Column, is_linked
from pressmark.article.text.model import Page
from pressmark.article.text.tags import HEADINGS
from pressmark.article.text.words import ends_sentence, folded

WELL_KNOWN = 0.8  # of the prose in a body of structured data makes that body the judge of the rest
MAX_COMPARED = 3_000  # blocks that are looked up in a body
MAX_TRAILER = 2  # blocks
A_LINE = 45  # letters
A_SENTENCE = 60


def select(page: Page, chosen: int, flagged: list[bool], body: str = "") -> list[int]:
    """Indices of the blocks that are article text, in page order.

    ``body`` is the folded text of the article as structured data gives it, or empty; where it knows most of the
    paragraphs, a paragraph it does not know is no part of the article.
    """
    column = Column(page, chosen, flagged)
    known = known_share(page, [i for i in column.candidates if column.main[i]], body)
    have: set[str] = set()
    kept: list[int] = []
    for i in column.candidates:
        block = page.blocks[i]
        if is_linked(block) or column.times[block.text] >= REPEATED or block.text in have:
            continue
        if block.tag in HEADINGS:
            if not column.heads(i):
                continue
        elif not column.belongs(i) or (known > WELL_KNOWN and folded(block.text) not in body):
            continue
        kept.append(i)
        if block.size >= A_SENTENCE:
            have.add(block.text)
    return _without_trailer(page, kept)


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

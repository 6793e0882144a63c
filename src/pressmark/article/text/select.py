"""Which blocks of the chosen element are the article's text."""

from __future__ import annotations

from pressmark.article.text.column import Column
from pressmark.article.text.model import Page
from pressmark.article.text.tags import HEADINGS
from pressmark.article.text.words import ends_sentence, folded

MAX_COMPARED = 3_000  # blocks that are looked up in a body
MAX_TRAILER = 2  # blocks
A_LINE = 45  # letters
A_SENTENCE = 60


def select(page: Page, chosen: int, flagged: list[bool]) -> list[int]:
    """Indices of the blocks that are article text, in page order."""
    column = Column(page, chosen, flagged)
    have: dict[str, int] = {}
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
        parent = page.nodes[block.node].parent
        if have.setdefault(block.text, parent) != parent and block.size >= A_SENTENCE:
            continue
        kept += [k for k in above if column.heads(k, i)]
        kept.append(i)
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

"""Compares a text before and after by paragraphs, and marks the words that changed, to show both side by side."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pressmark.research.questions import UNSPACED

NEAR = 5
"""Number of paragraphs among which the new wording of an old one is looked for."""

ALIKE = 0.4
"""Minimum share of words in common for one paragraph to be the new wording of another."""

MAX_WORK = 1_000_000
"""Maximum pairs of words that are compared in all; paragraphs beyond it are marked as a whole."""

MAX_WORDS = 600
"""Maximum words of a paragraph that is compared word by word; a longer one is marked as a whole."""

_WORD = re.compile(rf"(?:[{UNSPACED}]|[^\s{UNSPACED}]+|^)\s*")
"""A word, or a character of a script without spaces, with the blanks after it."""

Kind = Literal["same", "changed", "gone", "come", "gap"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a paragraph. changed: whether the other wording lacks it."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What became of a paragraph. kind: ``gap`` stands for unchanged ones that are left out. old, new: its wordings;
    empty if there was none.
    """

    kind: Kind
    old: tuple[Piece, ...] = ()
    new: tuple[Piece, ...] = ()


def paragraphs(old: str, new: str) -> Iterator[Paragraph]:
    """Yield what became of each paragraph, in order; unchanged ones only if they are next to a change."""
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after)
    work = _Work(MAX_WORK)
    reached = 0
    for group in matcher.get_grouped_opcodes(1):
        if group[0][1] > reached:
            yield Paragraph("gap")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (
                    Paragraph("same", (each := (Piece(line, False),)), each) for line in before[i1:i2]
                )
            else:
                yield from _rewritten(before[i1:i2], after[j1:j2], work)
            reached = i2
    if reached and reached < len(before):
        yield Paragraph("gap")


@dataclass(slots=True)
class _Work:
    left: int


def _rewritten(old: Sequence[str], new: Sequence[str], work: _Work) -> Iterator[Paragraph]:
    """Yield paragraphs that were replaced: each old one with its new wording, if one of the next ones is like it."""
    at = 0
    bags = [frozenset(_bare(line)) for line in new]
    for line in old:
        bag = frozenset(_bare(line))
        near = range(at, min(at + NEAR, len(new)))
        best = max(near, key=lambda number: _alike(bag, bags[number]), default=None)
        if best is None or _alike(bag, bags[best]) < ALIKE:
            yield Paragraph("gone", old=(Piece(line, True),))
            continue
        yield from (Paragraph("come", new=(Piece(each, True),)) for each in new[at:best])
        yield Paragraph("changed", *_words(line, new[best], work))
        at = best + 1
    yield from (Paragraph("come", new=(Piece(each, True),)) for each in new[at:])


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other) or 1)


def words(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return two wordings of one text, each with the words marked that the other lacks."""
    return _words(old, new, _Work(MAX_WORK))


def _words(old: str, new: str, work: _Work) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    before, after = _WORD.findall(old), _WORD.findall(new)
    work.left -= len(before) * len(after)
    if max(len(before), len(after)) > MAX_WORDS or work.left < 0:
        return (Piece(old, True),), (Piece(new, True),)
    told: tuple[list[Piece], list[Piece]] = ([], [])
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, _bare(old), _bare(new)).get_opcodes():
        for pieces, words in ((told[0], before[i1:i2]), (told[1], after[j1:j2])):
            _add(pieces, "".join(words), changed=tag != "equal")
    return tuple(told[0]), tuple(told[1])


def _bare(text: str) -> list[str]:
    return [word.rstrip() for word in _WORD.findall(text)]


def _add(pieces: list[Piece], text: str, *, changed: bool) -> None:
    """Add words; the blank after words that changed is not part of the change."""
    kept = text.rstrip() if changed else text
    for part, mark in ((kept, changed), (text[len(kept) :], False)):
        if part and pieces and pieces[-1].changed is mark:
            pieces[-1] = Piece(pieces[-1].text + part, mark)
        elif part:
            pieces.append(Piece(part, mark))

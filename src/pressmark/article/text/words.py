"""Small questions about pieces of text."""

from __future__ import annotations

import re

_WORDS = re.compile(r"\w+")
_END = re.compile(r"[.!?…。！？؟।։።:;][\"'”’»“›)\]」』]*$")
_STOP = re.compile(r"[.!?…。！？؟।։።][\"'”’»“)\]」』]*(?:\s|$)")


def folded(text: str) -> str:
    """Letters and digits only, for comparing texts that differ in case, spacing and punctuation."""
    return "".join(_WORDS.findall(text)).casefold()


def ends_sentence(text: str) -> bool:
    """Whether a text ends as sentences do (quotation marks and brackets may follow)."""
    return _END.search(text[-8:]) is not None


def has_sentence(text: str) -> bool:
    """Whether a sentence ends anywhere in a text."""
    return _STOP.search(text) is not None

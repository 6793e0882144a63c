"""Turns what a person types into a search into an expression of SQLite's FTS5."""

import re
from collections.abc import Callable

from pressmark.archive.selection import SelectionError

# Scripts written without spaces: each character is a word of its own, and words are phrases of them.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CHARACTER = re.compile(f"([{UNSPACED}])")
GAP = "\x1f"
"""Put between characters that are words; no text contains it, so removing it restores the text."""

_QUERY = re.compile(r'(-?)(?:"([^"]*)"(\*?)|(\S+))')

MAX_FORMS = 50
"""How many words of the index one word of a question may stand for."""


class SearchError(SelectionError):
    """The words cannot be searched for, or the index cannot be used."""


def expression(wanted: list[list[str]], unwanted: list[str]) -> str:
    """Write terms, as :func:`terms_of` returns them, as one FTS5 expression."""
    groups = (f"({' OR '.join(terms)})" if len(terms) > 1 else terms[0] for terms in wanted)
    return " AND ".join(groups) + "".join(f" NOT {each}" for each in unwanted)


def terms_of(
    words: str, forms: Callable[[str], list[str]] = lambda _word: []
) -> tuple[list[list[str]], list[str]]:
    """Read what a person types as terms of FTS5. Raises SearchError.

    Returns groups of terms, of each of which one has to occur, and terms that must not occur. ``"a phrase"`` is taken
    as it is; ``beginning*`` is every word that begins with these letters; ``-word`` must not occur; ``a OR b`` is
    either, and binds closer than the space: ``ferry fog OR mist`` is ferry, and fog or mist. forms: returns the other
    words that a word stands for.
    """
    wanted: list[list[str]] = []
    unwanted: list[str] = []
    either = False
    for minus, phrase, star, word in _QUERY.findall(words):
        if word == "OR" and not minus:
            either = bool(wanted)
            continue
        begins = bool(star) or (len(word) > 1 and word.endswith("*"))
        text = " ".join(
            spread((phrase or (word[:-1] if begins else word)).replace('"', " ")).replace(GAP, " ").split()
        )
        if not re.search(r"\w", text):
            continue
        term = f'"{text}"*' if begins else f'"{text}"'
        if minus:
            unwanted.append(term)
            continue
        alike = forms(word) if word and not begins else []
        terms = [term, *(f'"{form}"' for form in alike)]
        if either:
            wanted[-1] += terms
        else:
            wanted.append(terms)
        either = False
    if not wanted:
        raise SearchError("no search words given")
    return wanted, unwanted


def spread(text: str) -> str:
    """Separate the characters of scripts that are written without spaces, so that each is a word."""
    return _CHARACTER.sub(f"{GAP}\\1{GAP}", text)


def join(text: str) -> str:
    """Undo :func:`spread`; marks around what was found stay."""
    return text.replace(GAP, "").strip()

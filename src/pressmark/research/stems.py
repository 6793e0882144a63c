"""Stems of words, for a search, by Snowball's stemmers.

Texts in a language without a stemmer, or in a script without spaces between words, are searched word for word.
"""

import functools
import re
from collections.abc import Callable, Iterable

LANGUAGES = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""BCP 47 primary language subtags and Snowball's names for them."""

MAX_WORD = 60
"""Maximum characters of a word that is stemmed; a longer one is an address or noise, and is found as it is."""

_WORD = re.compile(r"[^\W\d_]+")


def language_of(tag: object) -> str | None:
    """Return Snowball's name for the language of a page (``en-GB``, ``pt_BR``), None if it has no stemmer."""
    return LANGUAGES.get(re.split("[-_]", str(tag or ""), maxsplit=1)[0].lower())


def stems(language: str, text: str) -> dict[str, str]:
    """Return the words of a text, in lower case, each with its stem."""
    stem = _stemmer(language)
    words = {word for word in _WORD.findall(text.lower()) if len(word) <= MAX_WORD}
    return {word: stem(word) for word in words}


def stem_in(languages: Iterable[str], word: str) -> set[tuple[str, str]]:
    """Return a word's stem in each of some languages: pairs of language and stem."""
    return {(language, _stemmer(language)(word.lower())) for language in languages}


@functools.cache
def _stemmer(language: str) -> Callable[[str], str]:
    import snowballstemmer

    stem: Callable[[str], str] = snowballstemmer.stemmer(language).stemWord
    return functools.lru_cache(maxsize=50_000)(stem)

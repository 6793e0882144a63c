"""Chooses the tags: the fullest list of keywords that is the article's own, without internal marks."""

import re

from pressmark.article.candidates import Candidates
from pressmark.article.clean import MAX_TAG, clean, fold

MAX_TAGS = 50

# In which order the places are asked.
_ORDER = ("meta news.keywords", "meta keywords", "json-ld keywords", "opengraph article.tag", "meta parsely.tags",
          "meta dc.subject", "meta sailthru.tags", "microdata keywords", "html rel=tag", "json-ld about",
          "json-ld mentions")  # fmt: skip
_SPLIT = re.compile(r"\s*[,;；，、|]\s*")
_PREFIX = re.compile(r"^(?:[A-Za-z][\w -]{1,30}[:/])+\s*(?=\w)")
_INTERNAL = re.compile(
    r"^[0-9a-f]{8}-[0-9a-f-]{20,}$|^[0-9a-f]{16,}$|^\d+$|^_|^[a-z]+(?:_[a-z0-9]+){2,}$|https?://|^[a-z-]+:\w|[{}=<>]",
    re.IGNORECASE,
)


def choose(candidates: Candidates) -> tuple[list[str], str] | None:
    """The tags in the page's order, each once, and their source."""
    places: dict[str, list[str]] = {}
    for candidate in candidates.of("tag"):
        places.setdefault(f"{candidate.source} {candidate.name}", []).append(candidate.value)
    ordered = [p for p in _ORDER if p in places] + [p for p in places if p not in _ORDER]
    for place in ordered:
        tags = split(places[place])
        if tags:
            return tags, place.split(" ")[0]
    return None


def split(values: list[str]) -> list[str]:
    """The tags in one place's values: a single value, or one that is all of them, is a list with commas."""
    tags: list[str] = []
    seen: set[str] = set()
    for value in values[:500]:
        for part in _SPLIT.split(value[:20_000]):
            tag = clean(part, MAX_TAG).strip(' #.,;:"')
            key = fold(tag)
            if key and key not in seen and not _INTERNAL.search(tag):
                seen.add(key)
                tags.append(tag)
    return tags[:MAX_TAGS]

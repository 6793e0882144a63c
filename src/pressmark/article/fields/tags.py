"""Chooses the tags: the list of keywords that agrees most with the page's other lists."""

import html
import re
from collections.abc import Iterable

from pressmark.article.fields import weights
from pressmark.article.page.candidate import Candidate, Candidates
from pressmark.article.page.clean import MAX_TAG, clean, fold

MAX_TAGS = 50

# Keywords that are on every page of a news site.
_EVERYWHERE = frozenset(
    """news headlines breakingnews latestnews localnews worldnews topnews topstories newspaper onlinenews newsonline
    todaysnews sports sportsnews weather nachrichten aktuell aktuelles schlagzeilen zeitung noticias actualidad
    últimahora ultimasnoticias periódico actualités actualité infos journal notizie ultimenotizie giornale nieuws
    krant haberler sondakika haber новости wiadomości aktualności nyheter""".split()
)
_STUFFED = 2
_A_WORD = 3  # letters
_PREFIX = re.compile(
    r"^(?:category|categories|tags?|topics?|keywords?|subjects?|kategorie|thema)\s?:\s+"
    r"|^(?:category|tag|topic|keyword|subject)s?:(?=\w)",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"^[A-Z][\w ]{0,24}:\s+\S")
_MAX_PLACES = 12
_APART = re.compile(r"[\W_]+")
_SPLIT = re.compile(r"[,;；，、،|]")
_OTHER_SPLIT = re.compile(r"[;；，、،|]")
_HAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_COUNTED = re.compile(r"^\(\d+\)\s*|(?:(?<!\s)\s++)?+\(\d++\)$")
_FILED = re.compile(r"^[A-Za-z][\w-]{1,30}/(?=[^/\s][^/]*$)")
# Codes of agencies and exchanges ("AIRS08"), and tags that are codes only next to such a one ("AERO RBSS").
_CODE = re.compile(r"(?!COVID)[A-Z]{2,8}\d{2}")
_CODES = re.compile(r"(?:[A-Z]{2,8}\d{0,2})(?: [A-Z]{2,8}\d{0,2})*")
_CERTAIN = 2  # such codes
# What content systems keep among the tags for their own use: days, identifiers, flags, assignments, addresses.
_INTERNAL = re.compile(
    r"^\d{1,2}/\d{1,2}/(?:\d\d)?\d\d$|^\d{4}-\d\d-\d\d$|^[0-9a-f]{8}-[0-9a-f-]{20,}$|^[0-9a-f]{16,}$|^\d{5,}$|^_|^[a-z0-9]+(?:_[a-z0-9]+)+$|https?://|^[\w-]+:\w|[{}=<>\\]",
    re.IGNORECASE,
)


def choose(
    candidates: Candidates,
    site_names: Iterable[str] = (),
    section: str | None = None,
    authors: Iterable[str] = (),
    title: str | None = None,
) -> tuple[list[str], str] | None:
    """Return the tags in the page's order, each once, and their source; None if no list is credible.

    A list that begins with the site's name is probably on every page of the site, and a list of nothing but the
    section adds nothing to it. Such a list counts only if others agree with it, or if the headline has a word of it.
    Links to the authors are not topics and are dropped.
    """
    sites = {fold(name) for name in site_names} - {""}
    lists = _lists(candidates, {fold(name) for name in authors}, title or "")
    best: tuple[float, list[str], str] = (-10.0, [], "")
    for place, tags in lists.items():
        keys = {fold(tag) for tag in tags}
        score = weights.TAGS.get(place, weights.TAGS_OTHER)
        first = fold(tags[0])
        named = any(first.startswith(site) or (len(first) > 3 and site.startswith(first)) for site in sites)
        if named or keys == {fold(section or "")}:
            score -= weights.TAGS_DOUBT
        if len(keys & _EVERYWHERE) >= _STUFFED:
            score -= weights.TAGS_DOUBT
        score += sum(_agreement(keys, {fold(t) for t in other}) for p, other in lists.items() if p != place)
        if score > best[0]:
            best = (score, tags, place.split(" ")[0])
    score, tags, source = best
    return (tags, source) if score > 0 or _told(tags, title) else None


def _told(tags: list[str], title: str | None) -> bool:
    """Whether the headline has one of the tags after the first: then their list is not on every page of the site."""
    words = {fold(word) for word in _APART.split(title or "")}
    keys = {fold(tag) for tag in tags[1:]}
    return len(keys & _EVERYWHERE) < _STUFFED and any(len(key) >= _A_WORD and key in words for key in keys)


def _is_title(keys: set[str], words: set[str]) -> bool:
    """Whether a list consists of the headline's words, which some systems use as keywords."""
    return len(keys) > 3 and len(words) > 3 and keys <= words and 2 * len(keys) > len(words)


def _lists(candidates: Candidates, authors: set[str], title: str) -> dict[str, list[str]]:
    """The tags of each place. Most systems write the same list twice: of these, the more trusted place is kept."""
    places: dict[str, list[Candidate]] = {}
    for candidate in candidates.of("tag"):
        places.setdefault(f"{candidate.source} {candidate.name}", []).append(candidate)
    lists: dict[str, list[str]] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    words = {fold(word) for word in title.split()} - {""}
    for place in sorted(places, key=lambda p: -weights.TAGS.get(p, weights.TAGS_OTHER))[:_MAX_PLACES]:
        tags = [
            tag for tag in split([candidate.value for candidate in places[place]]) if fold(tag) != fold(title)
        ]
        if place == "html topics":
            tags = [tag for tag in tags if fold(tag) not in authors]
        same = (place.split(" ")[0], frozenset(map(fold, tags)))
        if tags and same not in seen and not _is_title({fold(tag) for tag in tags}, words):
            seen.add(same)
            lists[place] = tags
    return lists


def _agreement(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def split(values: list[str]) -> list[str]:
    """Return the tags in one place's values. A value may be a list itself, separated by commas, semicolons or bars."""
    parts: list[str] = []
    for value in values[:500]:
        text = html.unescape(html.unescape(value[:20_000])) if "&" in value else value[:20_000]
        if len(values) == 1 and text.count(" ") > 2 and not _SPLIT.search(text) and _HAN.search(text):
            parts += text.split()  # in writing systems without spaces between words, a space separates tags
        elif len(values) > 1 and text.count(",") == 1 and not _OTHER_SPLIT.search(text) and ", " in text:
            parts.append(text)  # an item of a list: "Washington, D.C."
        else:
            parts += _SPLIT.split(text)
    parts = [part for part in parts if part.strip()]
    if len(parts) > 1 and all(_FILED.match(part) for part in parts):
        parts = [_FILED.sub("", part) for part in parts]
    labelled = sum(_LABELLED.match(part.strip()) is not None for part in parts)
    parts = [_PREFIX.sub("", part.strip()) for part in parts]
    if labelled > 1:
        parts = [part for part in parts if not _LABELLED.match(part)]
    joined = sum("_" in part.strip("_") for part in parts)
    if 2 * joined >= len(parts) and not any(" " in part for part in parts):
        parts = [part.strip("_").replace("_", " ") for part in parts]
    coded = [part for part in parts if _CODES.fullmatch(part)]
    words = {word for part in coded for word in part.split() if _CODE.fullmatch(word)}
    if len(words) >= _CERTAIN or (words and any(" " in part for part in coded)):
        parts = [part for part in parts if part not in coded]
    tags: dict[str, str] = {}
    for part in parts:
        tag = _COUNTED.sub("", clean(part, MAX_TAG)).lstrip(' #,;:"').rstrip(' .,;:"')
        key = fold(tag)
        if len(key) < _A_WORD:  # "C", "C#" and "C++" are three tags
            key = tag.casefold() if key else ""
        if key and not _INTERNAL.search(tag):
            tags.setdefault(key, tag)
    return list(tags.values())[:MAX_TAGS]

"""Chooses the title among what the page calls itself in its data, its heading and its title bar."""

import re
from collections.abc import Iterable

from pressmark.article.candidates import HTML, Candidate, Candidates
from pressmark.article.clean import MAX_TITLE, clean, fold
from pressmark.article.urls import host

_SEPARATOR = re.compile(r"\s+[|–—\-·•»«:/~]\s+|\s*[|｜│]\s*|\s*--+\s*|\s+[|–—\-]|\s*—\s+")
# A title is what several places agree on. The weights say how far each is believed when they differ.
_WEIGHTS = {"headline": 1.0, "og.title": 1.0, "h1": 1.0, "title": 0.6, "twitter.title": 0.3, "name": 0.4}
_OTHER = 0.5
_STRANGE = 0.5


def choose(candidates: Candidates, site_names: Iterable[str], url: str) -> tuple[str, str] | None:
    """The title without the site's name, and its source; None where the page has none."""
    sites = {fold(name) for name in site_names if fold(name)}
    label = host(url).rsplit(".", 1)[0]
    sites |= {fold(host(url)), fold(label), fold(label.rsplit(".", 1)[-1])} - {""}
    found: list[tuple[str, Candidate]] = []
    for candidate in _likely(candidates):
        text = without_site(clean(candidate.value), sites)
        if fold(text) and fold(text) not in sites:
            found.append((text, candidate))
    found = [(_without_rest(text, [t for t, _ in found]), c) for text, c in found]
    alone = all(c.source == HTML for _, c in found)
    bar = next((clean(c.value) for _, c in found if c.source == HTML and c.name == "title"), "")
    votes: dict[str, float] = {}
    for text, candidate in found:
        weight = _WEIGHTS.get(candidate.name, _OTHER)
        if alone and candidate.name == "h1" and bar and not fold(bar).startswith(fold(text)[:15]):
            weight = _STRANGE  # in old templates the h1 is the site's name
        votes[fold(text)] = votes.get(fold(text), 0.0) + weight
    if not votes:
        return None
    best = max(votes, key=lambda key: votes[key])
    return next((text, c.source) for text, c in found if fold(text) == best)


def _likely(candidates: Candidates) -> list[Candidate]:
    """One candidate of each name, and of the headings the one that the others speak of."""
    found: dict[str, Candidate] = {}
    headings = []
    for candidate in candidates.of("title"):
        if candidate.name == "h1":
            headings.append(candidate)
        elif not candidate.name.startswith(("videoobject", "alternativeHeadline")):
            found.setdefault((candidate.name if candidate.source != "html" else "<title>"), candidate)
    if headings:
        said = [fold(clean(c.value)) for c in found.values()]
        spoken = [h for h in headings if any(fold(clean(h.value)) == s for s in said)]
        partly = [
            h
            for h in headings
            if len(k := fold(clean(h.value))) > 15 and any(k in s or s in k for s in said if len(s) > 15)
        ]
        found["h1"] = (spoken or partly or headings)[0]
    return list(found.values())


def without_site(title: str, sites: set[str]) -> str:
    """Cut the site's name off the end or the front of a title, with what separates it."""
    for _ in range(3):
        cuts = list(_SEPARATOR.finditer(title))
        if not cuts:
            break
        first, last = cuts[0], cuts[-1]
        if _is_site(title[last.end() :], sites) and last.start() > 0:
            title = title[: last.start()].rstrip()
        elif _is_site(title[: first.start()], sites) and first.end() < len(title):
            title = title[first.end() :].lstrip()
        else:
            break
    return title


def _is_site(part: str, sites: set[str]) -> bool:
    """Whether a part is the site's name, the beginning of it, or that with a word or two around it."""
    words = [key for word in part.split() if (key := fold(word))]
    key = "".join(words)
    if not key or len(words) > 6:
        return False
    if key in sites or (len(key) > 3 and any(site.startswith(key) for site in sites)):
        return True
    around = range(len(words) + 1)
    return any(
        len(inner) > 3 and inner in sites and len(inner) * 2 >= len(key)
        for first in around
        for last in around[first + 1 :]
        if (inner := "".join(words[first:last]))
    )


def _without_rest(title: str, others: list[str]) -> str:
    """Where another place has the same title without what follows a separator, that rest is not title."""
    for other in sorted(others, key=len, reverse=True):
        if len(other) > 15 and len(other) < len(title) and title.startswith(other):
            rest = title[len(other) :]
            if _SEPARATOR.match(rest) and len(rest) < len(other):
                return other
    return title[:MAX_TITLE]

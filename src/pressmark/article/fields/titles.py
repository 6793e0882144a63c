"""Chooses the title from those in the page's data, its headings and its title bar."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from pressmark.article.fields import weights
from pressmark.article.page.addresses import host, site_labels
from pressmark.article.page.candidate import HTML, JSON_LD, META, MICRODATA, Candidate, Candidates
from pressmark.article.page.clean import MAX_TITLE, clean, fold

_SEPARATOR = re.compile(
    r"(?<!\s)\s++(?:[|–—\-·•»«:/~]\s+|[|｜│ㅣ]\s*|--+\s*|::\s*|[|–—\-]|—\s+)|[|｜│ㅣ]\s*|--+\s*|—\s+"
)
# What may separate a title from the site's name, with or without blanks.
_BEFORE_NAME = "|｜│ㅣ–—-_:：·•»«/~,，(（[【"
_AFTER_NAME = ")）]】"
# Search engines asked for headlines of at most 110 characters: some systems cut there, others add an ellipsis.
_CUT_OFF = range(100, 111)
_LEAST = 15
MAX_FORMS = 12
AGREED = 3  # places
_SECTION_WORDS = 3  # "A title | World news | The Site"
_ELLIPSIS = ("…", "...")
_DOMAIN = re.compile(r"(?:[\w-]{1,60}\.){1,3}[A-Za-z]{2,6}")
# Endings of names of programs and files, which are not taken for domains: "D3.js".
_FILES = re.compile(
    r"\.(?:js|ts|jsx|tsx|css|html?|json|xml|csv|pdf|exe|jpe?g|png|gif|mp[34]|zip|txt|docx?|xlsx?)$",
    re.IGNORECASE,
)
# What editing programs write if nobody sets a title.
_UNNAMED = re.compile(
    r"untitled(?: ?(?:document|page|-?\d))?|new page \d{0,2}|no title|unbenanntes dokument|document sans (?:titre|nom)"
    r"|documento sin título|documento senza titolo|無題ドキュメント|无标题文档|未命名文件",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d")


class Chosen(NamedTuple):
    """The title without the site's name, its source, and all its forms by source and name (``html h1``)."""

    title: str
    source: str
    forms: dict[str, str]


def choose(
    candidates: Candidates, site_names: Iterable[str], url: str, sections: Iterable[str] = ()
) -> Chosen | None:
    """Choose the title; None if the page has none.

    sections: what the page calls its section and the steps of its breadcrumbs, which title bars append.
    """
    names = list(site_names)
    # An h1 that says "Untitled" is believed, since readers see it: a painting may be called so.
    likely = [c for c in _likely(candidates) if c.name == "h1" or not _UNNAMED.fullmatch(clean(c.value))]
    said = Counter(fold(clean(candidate.value)) for candidate in likely)
    # Some templates give the headline as the publisher's name.
    sites = {key for name in names if (key := fold(name)) and said[key] < AGREED} | _host_names(url)
    names = [name for name in names if fold(name) in sites]
    kept_in = {fold(section) for section in [*sections, *_folders(url)]} - {""}
    found: list[tuple[str, Candidate]] = []
    for candidate in likely:
        if said[fold(clean(candidate.value))] == len(likely) >= AGREED and candidate.name != "title":
            # A text that heading, data and title bar share is the title, whatever it begins or ends with.
            found.append((clean(candidate.value), candidate))
            continue
        whole = clean(candidate.value)
        text = _without_name(whole, names)
        # If nothing else names the page, what a vertical bar separates from its title is the site's name, too.
        alone = len(likely) == 1 and not any(c.isdigit() for c in whole.rpartition("|")[2])
        barred = alone or whole[len(text) :].lstrip().startswith("|")
        text = without_site(text, sites, kept_in, barred=barred)
        if fold(text) and fold(text) not in sites:
            found.append((text, candidate))
    if not found:
        # A page may have its site's name as its title, like a town's page in the town's handbook; then its h1 has it.
        found = [(clean(c.value), c) for c in likely if c.name == "h1"]
    texts = [text for text, _ in found]
    written = [clean(candidate.value) for candidate in likely]
    found = [(_without_front(text, written, sites), c) for text, c in found]
    found = [(_whole(_without_rest(text, texts), texts), c) for text, c in found]
    votes = _votes(found)
    if not votes:
        return None
    best = max(votes, key=lambda key: votes[key])
    title, source = next((text, c.source) for text, c in found if fold(text) == best)
    return Chosen(title, source, {f"{c.source} {c.name}": text for text, c in found[:MAX_FORMS]})


def _votes(found: list[tuple[str, Candidate]]) -> dict[str, float]:
    alone = all(c.source == HTML for _, c in found)
    # og:title and the title bar are written for other places; without a headline in the data, the visible one wins.
    unsaid = not any(c.source in (JSON_LD, MICRODATA) for _, c in found)
    bar = next((text for text, c in found if _is_bar(c)), "")
    whole_bar = next((fold(clean(c.value)) for _, c in found if _is_bar(c)), "")
    lower = next((fold(text) for text, c in found if c.name == "h2"), "")
    seen = "h2" if lower and lower in whole_bar else "h1"
    votes: dict[str, float] = {}
    copied: set[str] = set()
    for text, candidate in found:
        known = candidate.name in weights.TITLE and (candidate.name != "headline" or candidate.source != META)
        weight = weights.TITLE[candidate.name] if known else weights.TITLE_OTHER
        if not known:
            # Copies that systems write into further tags are not evidence of their own.
            weight = (
                weights.TITLE_COPY
                if candidate.name == "webpage.name" or fold(text) in copied
                else weights.TITLE_OTHER
            )
            copied.add(fold(text))
        if candidate.name == "h1" and (seen == "h2" or (alone and _ends_as_name(bar, text))):
            weight = weights.TITLE_STRANGE  # in old templates the h1 is the site's name
        elif candidate.name == "h2" and seen == "h1":
            weight = weights.TITLE_COPY
        elif unsaid and candidate.name == seen and len(fold(text)) > _LEAST:
            weight = weights.TITLE_SEEN
        votes[fold(text)] = votes.get(fold(text), 0.0) + weight
    return votes


def _is_bar(candidate: Candidate) -> bool:
    return candidate.source == HTML and candidate.name == "title"


def _ends_as_name(bar: str, heading: str) -> bool:
    """Whether a title bar ends with a heading that is less than half of it, or that follows a colon there."""
    whole, end = fold(bar), fold(heading)
    if whole == end or not whole.endswith(end):
        return False
    return len(end) * 2 < len(whole) or bar[: -len(heading)].rstrip().endswith(":")


def _likely(candidates: Candidates) -> list[Candidate]:
    """One candidate of each name; of several h1 headings, the one that the other candidates repeat."""
    found: dict[str, Candidate] = {}
    headings = []
    for candidate in candidates.of("title"):
        if candidate.name == "h1":
            headings.append(candidate)
        elif not candidate.name.startswith(("videoobject", "alternativeHeadline")):
            found.setdefault("<title>" if _is_bar(candidate) else candidate.name, candidate)
    if headings:
        said = [fold(clean(c.value)) for c in found.values()]
        spoken = [h for h in headings if any(fold(clean(h.value)) == s for s in said)]
        partly = [
            h
            for h in headings
            if len(k := fold(clean(h.value))) > _LEAST
            and any(k in s or s in k for s in said if len(s) > _LEAST)
        ]
        found["h1"] = (spoken or partly or headings)[0]
    return list(found.values())


def _host_names(url: str) -> set[str]:
    """What in a page's host may be the site's name: the host itself, and its labels that may be one."""
    labels = site_labels(url)
    return {fold(name) for name in (host(url), ".".join(labels), *labels)} - {""}


def _folders(url: str) -> list[str]:
    """The folders in an address, which may be named after sections."""
    try:
        return urlsplit(url).path.split("/")[:-1]
    except ValueError:
        return []


def _without_name(title: str, names: Iterable[str]) -> str:
    """Cut off the site's name as the page itself writes it, whatever separates it from the title."""
    low = title.casefold()
    for name in sorted({n.strip() for n in names if len(n.strip()) > 1}, key=len, reverse=True):
        at = len(title.rstrip(_AFTER_NAME)) - len(name)
        if at <= 0 or not low[at:].startswith(name.casefold()):
            continue
        before = title[:at].rstrip()
        if before and before[-1] in _BEFORE_NAME:
            return before.rstrip(_BEFORE_NAME + " ") or title
    return title


def without_site(title: str, sites: set[str], sections: Iterable[str] = (), *, barred: bool = False) -> str:
    """Cut the site's name off the end or the front of a title, and sections off the end, with what separates them.

    barred: whether a short part at the end is cut off if a vertical bar precedes it, because one also separates the
    site's name.
    """
    for _ in range(4):
        cuts = list(_SEPARATOR.finditer(title))
        if not cuts:
            break
        first, last = cuts[0], cuts[-1]
        part, bar = title[last.end() :], last.group().strip() == "|"
        if last.start() > 0 and (
            _is_appended(part, len(title), sites, sections)
            or (barred and bar and len(part.split()) <= _SECTION_WORDS and len(part) * 3 < len(title))
        ):
            barred = bar
            title = title[: last.start()].rstrip()
        elif _is_site(title[: first.start()], sites) and first.end() < len(title):
            title = title[first.end() :].lstrip()
        else:
            break
    return title


def _is_appended(part: str, size: int, sites: set[str], sections: Iterable[str]) -> bool:
    """Whether a last part is what title bars append: the site, its domain, the section, the day."""
    if _is_site(part, sites) or _DAY.fullmatch(part):
        return True
    if _DOMAIN.fullmatch(part) and not _FILES.search(part):
        return True
    return len(part) * 2 < size and fold(part) in sections


def _is_site(part: str, sites: set[str]) -> bool:
    """Whether a part is the site's name, its beginning, or the name with a word or two around it."""
    words = [key for word in part.split() if (key := fold(word))]
    key = "".join(words)
    if not key or len(words) > 6:
        return False
    if key in sites or (len(key) > 3 and any(site.startswith(key) for site in sites)):
        return True
    if len(words) <= 3 and any(word.isupper() and fold(word) in sites for word in part.split()):
        return True  # "CBC News"
    around = range(len(words) + 1)
    return any(
        len(inner) > 3 and inner in sites and len(inner) * 2 >= len(key)
        for first in around
        for last in around[first + 1 :]
        if (inner := "".join(words[first:last]))
    )


def _without_front(title: str, others: list[str], sites: set[str]) -> str:
    """Cut the site's name off the front of a title that another place has without it."""
    shorter = (other for other in others if _LEAST < len(other) < len(title) and title.endswith(other))
    return next((other for other in shorter if fold(title[: -len(other)]) in sites), title)


def _without_rest(title: str, others: list[str]) -> str:
    """Cut off what follows a separator in a title that another place has without it."""
    for other in sorted(others, key=len, reverse=True):
        if _LEAST < len(other) < len(title) and title.startswith(other):
            rest = title[len(other) :]
            if _SEPARATOR.match(rest) and len(rest) < len(other):
                return other
    return title[:MAX_TITLE]


def _whole(title: str, others: list[str]) -> str:
    """Return the whole title from another place if this one was cut off; else this one."""
    start = title.removesuffix(_ELLIPSIS[0]).removesuffix(_ELLIPSIS[1]).rstrip()
    if len(start) < _LEAST or (start == title and len(title) not in _CUT_OFF):
        return title
    key = fold(start)
    return next((other for other in others if _goes_on(other, title, key)), title)


def _goes_on(other: str, title: str, key: str) -> bool:
    """Whether another title continues this one, other than with something after a separator."""
    rest = other[len(title) :] if other.startswith(title) else ""
    return len(other) > len(title) and fold(other).startswith(key) and not _SEPARATOR.match(rest)

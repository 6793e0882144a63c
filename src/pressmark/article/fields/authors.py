"""Chooses the authors from those that the page's data and bylines name."""

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from itertools import groupby

from pressmark.article.page import names as words
from pressmark.article.page import people
from pressmark.article.page.addresses import host
from pressmark.article.page.candidate import HTML, Candidate, Candidates
from pressmark.article.page.clean import fold

# Places that name authors, the most trusted first; places not listed here come later, in the order of the readers.
_ORDER = (
    "json-ld author", "json-ld creator", "microdata author", "meta article.byline", "meta articleauthor",
    "opengraph article.author.name", "meta byl", "meta author", "opengraph og.author", "opengraph article.author",
    "opengraph article.byline", "meta dc.creator", "meta citation.author", "html rel=author", "rdfa schema:author",
    "html byline", "html author link", "html label", "html signature", "html text", "html posted",
)  # fmt: skip
# Places that name either all authors or none.
_COMPLETE = frozenset({"html rel=author", "opengraph article.author"})
_INVERTED = frozenset({"dc.creator", "dcterms.creator", "citation.author", "dc.contributor"})
_NOT_A_PERSON = re.compile(r"[\d:/@]")
_HAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_ORGANIZATIONS = ("organization", "newsmediaorganization", "corporation", "website", "brand")
Group = tuple[list[str], set[str], str]


def choose(
    candidates: Candidates, site_names: Iterable[str], url: str, language: str | None
) -> tuple[list[str], str] | None:
    """Return the authors' names and their source, or None: people if any place names people, else organizations."""
    sites = _site_keys(site_names, url)
    groups = _groups(candidates, language)
    best: tuple[list[str], str] | None = None
    for names, organizations, place in groups:
        source = place.split(" ")[0]
        others = [n for n in names if n not in organizations and fold(n) not in sites]
        if any(_is_person(n, sites) for n in others):
            people_named = _with_the_rest(others, groups, sites)
            return [n for n in people_named if not words.is_agency(n)], source
        if best is None or (others and all(fold(n) in sites for n in best[0]) and _is_agency(others)):
            best = (others or names, source)
    return best


def names_people(names: Iterable[str], site_names: Iterable[str], url: str) -> bool:
    """Whether any of the names may be a person's."""
    sites = _site_keys(site_names, url)
    return any(_is_person(name, sites) for name in names)


def _site_keys(site_names: Iterable[str], url: str) -> set[str]:
    """What the site may be called in place of an author: its names, whole and up to a bracket, and its host."""
    names = list(site_names)
    keys = {fold(name) for name in names} | {fold(name.partition("(")[0]) for name in names}
    return (keys | {fold(host(url)), fold(host(url).rsplit(".", 1)[0])}) - {""}


def _is_person(name: str, sites: set[str]) -> bool:
    """Whether a name may be a person's: not an agency's, not a variant of the site's, not a single word."""
    key = fold(name)
    if words.is_agency(name) or words.is_desk(name) or any(len(site) > 3 and site in key for site in sites):
        return False
    return not _NOT_A_PERSON.search(name) and (len(name.split()) > 1 or _HAN.search(name) is not None)


def _is_agency(names: list[str]) -> bool:
    return all(words.is_agency(name) for name in names)


def _with_the_rest(names: list[str], groups: list[Group], sites: set[str]) -> list[str]:
    """The names from a place that lists all authors, if it has all of these and one to three more; else these."""
    keys = {fold(name) for name in names}
    for others, _, place in groups:
        fuller = {fold(name) for name in others if _is_person(name, sites)}
        if place in _COMPLETE and keys < fuller and len(fuller) <= len(keys) + 3:
            return others
    return names


def _groups(candidates: Candidates, language: str | None) -> list[Group]:
    """For each place: its names in order, which of them are organizations, and what the place is called."""

    def place(candidate: Candidate) -> str:
        return f"{candidate.source} {candidate.name}"

    split = cache(partial(people.split, language=language))  # pages repeat a byline in many places
    order = {name: at for at, name in enumerate(_ORDER)}
    ranked = sorted(candidates.of("author"), key=lambda c: order.get(place(c), len(order)))
    groups = []
    for where, members in groupby(ranked, key=place):
        names: list[str] = []
        organizations: set[str] = set()
        for member in members:
            if member.source == "html" and member.name == "byline" and names:
                break  # the first byline is the article's; the others belong to other things
            for name in _names(member, split):
                if fold(name) not in {fold(n) for n in names}:
                    names.append(name)
                    if member.kind in _ORGANIZATIONS:
                        organizations.add(name)
        if names:
            groups.append((names, organizations, where))
    return groups


def _names(member: Candidate, split: Callable[..., list[str]]) -> list[str]:
    if member.name == "posted" and " " not in member.value:
        return [member.value]  # a nickname, perhaps with digits
    links = [line for line in member.more.get("links", "").splitlines() if line]
    if links:
        named = [name for link in links for name in split(link, shown=True)]
        if named:
            return named
    return split(member.value, inverted=member.name in _INVERTED, shown=member.source == HTML)

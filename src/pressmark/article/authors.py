"""Chooses the authors among what the page's data and bylines name."""

from collections.abc import Iterable
from itertools import groupby

from pressmark.article import people
from pressmark.article.candidates import Candidate, Candidates
from pressmark.article.clean import fold
from pressmark.article.urls import host

# In which order the places are asked; what is not listed comes after, as the readers gave it.
_ORDER = (
    "json-ld author", "json-ld creator", "microdata author", "meta article.byline", "meta articleauthor",
    "opengraph article.author.name", "meta byl", "meta author", "opengraph og.author", "opengraph article.author",
    "opengraph article.byline", "meta dc.creator", "meta citation.author", "html rel=author", "rdfa schema:author",
    "html byline",
)  # fmt: skip
_INVERTED = frozenset({"dc.creator", "dcterms.creator", "citation.author", "dc.contributor"})
_ORGANIZATIONS = ("organization", "newsmediaorganization", "corporation", "website", "brand")


def choose(
    candidates: Candidates, site_names: Iterable[str], url: str, language: str | None
) -> tuple[list[str], str] | None:
    """The authors' names and their source: people where any place names people, else who else is named."""
    sites = {fold(name) for name in site_names} | {fold(host(url)), fold(host(url).rsplit(".", 1)[0])}
    sites -= {""}
    groups = _groups(candidates, language, sites)
    fallback: tuple[list[str], str] | None = None
    for names, organizations, source in groups:
        people_only = [n for n in names if n not in organizations and not _is_site(n, sites)]
        persons = [n for n in people_only if not people.is_agency(n)]
        if persons:
            return people_only, source
        if names and (fallback is None or (people_only and not _someone(fallback[0], sites))):
            fallback = (people_only or names, source)
    return fallback


def _someone(names: list[str], sites: set[str]) -> bool:
    return any(not _is_site(name, sites) for name in names)


def _is_site(name: str, sites: set[str]) -> bool:
    key = fold(name)
    return key in sites


def _groups(
    candidates: Candidates, language: str | None, sites: set[str]
) -> list[tuple[list[str], set[str], str]]:
    """For each place: its names in order, those that are organizations, its source."""

    def place(candidate: Candidate) -> str:
        return f"{candidate.source} {candidate.name}"

    order = {name: at for at, name in enumerate(_ORDER)}
    ranked = sorted(candidates.of("author"), key=lambda c: order.get(place(c), len(order)))
    groups = []
    for _, members in groupby(ranked, key=place):
        names: list[str] = []
        organizations: set[str] = set()
        source = ""
        for member in members:
            source = member.source
            if member.source == "html" and member.name == "byline" and names:
                break  # the first byline is the article's; the others belong to other things
            for name in _names(member, language, sites):
                if fold(name) not in {fold(n) for n in names}:
                    names.append(name)
                    if member.kind in _ORGANIZATIONS:
                        organizations.add(name)
        if names:
            groups.append((names, organizations, source))
    return groups


def _names(member: Candidate, language: str | None, sites: set[str]) -> list[str]:
    if member.value.startswith(("http://", "https://", "//", "/", "@")):
        return []
    if member.kind in _ORGANIZATIONS or fold(member.value) in sites:
        return people.split(member.value.replace(",", " "), language=None)
    links = [line for line in member.more.get("links", "").splitlines() if line]
    if links:
        named = [name for link in links for name in people.split(link, language=language)]
        if named:
            return named
    return people.split(member.value, language=language, inverted=member.name in _INVERTED)

"""Passes the dates in the page's data to :mod:`pressmark.article.dates`, the most trusted first."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from pressmark.article.dates import Claim, DateCandidate, Kind, Precision, choose_dates
from pressmark.article.page.candidate import Candidate, Candidates
from pressmark.article.page.document import Document

# Places in neither list come between the two, in the order of the readers.
_FIRST = (
    "json-ld datePublished", "opengraph article.published.time", "microdata datepublished",
    "opengraph article.published", "meta datepublished", "json-ld dateModified", "opengraph article.modified.time",
    "microdata datemodified",
)  # fmt: skip
_LAST = (
    "json-ld webpage.datePublished", "json-ld dateCreated", "json-ld uploadDate", "microdata datecreated",
    "json-ld videoobject.uploadDate",
)  # fmt: skip
_RANKS = {name: at for at, name in enumerate(_FIRST)} | {name: 1000 + at for at, name in enumerate(_LAST)}
_UNLISTED = 100


class Moment(NamedTuple):
    """A date as the article keeps it, where it came from, and how certain it is, from 0 to 1."""

    value: datetime | date
    source: str
    confidence: float


def choose(
    candidates: Candidates, document: Document, languages: Sequence[str], crawled: datetime | None = None
) -> tuple[Moment | None, Moment | None]:
    """Return when the article was published and when it was last changed, each None if unknown."""
    claims = [claim for kind in _KINDS for claim in _claims(candidates, kind)]
    chosen = choose_dates(document, claims, languages=languages, crawled=crawled)
    return _moment(chosen.published), _moment(chosen.modified)


_KINDS: tuple[Kind, ...] = ("published", "modified")


def _claims(candidates: Candidates, kind: Kind) -> list[Claim]:
    def trust(candidate: Candidate) -> int:
        return _RANKS.get(f"{candidate.source} {candidate.name}", _UNLISTED)

    return [Claim(c.value, c.source, kind) for c in sorted(candidates.of(kind), key=trust)[:40]]


def _moment(chosen: DateCandidate | None) -> Moment | None:
    """Return a date as the article keeps it: a datetime, a date, or None if the day is not known."""
    if chosen is None or (value := chosen.value).precision < Precision.DAY:
        return None
    written = value.moment if value.has_time else value.moment.date()
    return Moment(written, chosen.source, round(chosen.confidence, 2))

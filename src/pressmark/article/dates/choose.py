"""Which of the dates a page claims are its article's: one place that weighs them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from pressmark.article.dates.candidate import DateCandidate, Kind
from pressmark.article.dates.find import find_dates, page_hints, plausible
from pressmark.article.dates.parse import parse_hinted
from pressmark.article.dates.partial import PartialDate, Precision
from pressmark.article.dates.zones import country_offset
from pressmark.article.document import Document


class Claim(NamedTuple):
    """A date as metadata states it.

    text: the value as written. source: where from, as in ``DateCandidate.source``. kind: what it claims to be.
    """

    text: str
    source: str
    kind: Kind


class ChosenDates(NamedTuple):
    """The dates of the article, each None where nothing says."""

    published: DateCandidate | None
    modified: DateCandidate | None


def choose_dates(
    document: Document, claims: Iterable[Claim | tuple[str, str, Kind]], *, crawled: datetime | None = None
) -> ChosenDates:
    """Choose publication and modification date.

    claims: what metadata says, the most trusted first. The page itself is searched only where they give no
        publication date.
    crawled: aware time of the capture. Dates more than a day after it, or before 1990, are not believed.
    """
    hints = page_hints(document)
    stated = []
    for number, (text, source, kind) in enumerate(claims):
        value = parse_hinted(text, hints, crawled)
        if value is not None and value.precision >= Precision.DAY and plausible(value, crawled):
            stated.append(DateCandidate(value, kind, source, "metadata", max(0.5, 0.95 - 0.02 * number)))
    published = [c for c in stated if c.kind == "published"]
    modified = [c for c in stated if c.kind == "modified"]
    if not published:
        found = find_dates(document, crawled=crawled)
        published = [c for c in found if c.kind != "modified"]
        modified += [c for c in found if c.kind == "modified"]
    first = _finest(published, hints.country)
    last = _finest(modified, hints.country)
    if first is None:
        first = last
    if first and last and last.value.utc() < first.value.utc() - timedelta(days=1):
        last = None
    return ChosenDates(first, last)


def _finest(candidates: list[DateCandidate], country: str) -> DateCandidate | None:
    """The first candidate, or one that says the same more precisely."""
    if not candidates:
        return None
    best = candidates[0]
    for other in candidates[1:]:
        if _finer(best.value, other.value):
            best = other
    return replace(best, value=_with_offset(best.value, candidates, country))


def _finer(value: PartialDate, other: PartialDate) -> bool:
    """Whether ``other`` is the same day, and has the time of day that ``value`` lacks."""
    return (
        value.looks_like_day_only
        and not other.looks_like_day_only
        and value.moment.date() == other.moment.date()
    )


def _with_offset(value: PartialDate, candidates: list[DateCandidate], country: str) -> PartialDate:
    """Derive the offset that a time lacks: from the same moment stated elsewhere, else from the country's clock."""
    if not value.has_time or value.is_instant:
        return value
    for other in candidates:
        if other.value.is_instant:
            apart = value.utc() - other.value.utc()
            if abs(apart) <= timedelta(hours=14) and apart.seconds % 900 < 60:
                return other.value
    offset = country_offset(country, value.moment)
    if offset is None:
        return value
    return replace(value, moment=value.moment.replace(tzinfo=timezone(offset)), derived=True)

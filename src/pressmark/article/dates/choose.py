"""Chooses the article's dates from those that a page states."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

from pressmark.article.dates.claim import DateCandidate, Kind
from pressmark.article.dates.find import find_dates, page_hints, plausible
from pressmark.article.dates.hints import Hints
from pressmark.article.dates.moment import PartialDate, Precision
from pressmark.article.dates.parse import parse_hinted
from pressmark.article.dates.zones import country_offset
from pressmark.article.page.document import Document

MAX_CLAIMS = 80
"""Maximum number of dates in metadata that are read."""

DOUBTFUL = 0.12
"""A date found on the page must have more confidence than this to be the article's, unless two places have its day:
comments and lists of other articles have dates, too."""

# Offsets in use that are not whole hours (IANA time zone database).
_HALF_HOURS = (-9.5, -3.5, -2.5, 3.5, 4.5, 5.5, 5.75, 6.5, 8.75, 9.5, 10.5, 12.75)
_PRINT = 1700
"""Earliest year of publication that structured data may state: newspapers are older than the web, and their archives
are on it."""
_EXPLICIT = frozenset({"json-ld", "opengraph", "microdata"})
# What systems write if they have no date: the zero of Unix time (also in America), of spreadsheets, of databases.
_ZEROS = frozenset(
    date(*day) for day in ((1970, 1, 1), (1969, 12, 31), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1904, 1, 1),
                           (1753, 1, 1), (1980, 1, 1), (1901, 1, 1), (1800, 1, 1))
)  # fmt: skip
_SAME_SEASON = timedelta(days=7)


class Claim(NamedTuple):
    """A date as metadata states it.

    text: the value as written. source: as in ``DateCandidate``. kind: what it claims to be the date of.
    """

    text: str
    source: str
    kind: Kind


class ChosenDates(NamedTuple):
    """The dates of the article, each None if unknown."""

    published: DateCandidate | None
    modified: DateCandidate | None


def choose_dates(
    document: Document,
    claims: Iterable[Claim | tuple[str, str, Kind]],
    *,
    languages: Sequence[str] = (),
    crawled: datetime | None = None,
) -> ChosenDates:
    """Choose publication and modification date.

    claims: the dates in metadata, the most trusted first. The page itself is searched only if they have no
        publication date, the same instant for both dates, or an instant in UTC whose day may have been another one
        where the page was written.
    languages: BCP 47 tags of the page, best first; without them, the html element's.
    crawled: aware time of the capture. Dates more than a day after it are ignored, and so are dates before 1990 unless
        structured data state them as the publication date.

    If a page shows only when it was last changed, that is its publication date. A modification more than a day before
    the publication is dropped. A missing time of day or offset is taken from another date that means the same moment;
    the last resort for an offset is the clock of the page's country (``PartialDate.derived``).
    """
    hints = Hints.of(languages, document.url) if languages else page_hints(document)
    published, modified = _stated(claims, hints, crawled)
    if not published:
        found = find_dates(document, crawled=crawled)
        changed = [c for c in found if c.kind == "modified"]
        published = [c for c in found if c.kind != "modified"]
        if changed and not _dated(published):
            # A date with a label is worth more than a bare one.
            bare = published[0].confidence if published else 0.0
            published = changed if changed[0].confidence >= bare - 0.1 else published
        days = Counter(c.value.moment.date() for c in published)
        published = [c for c in published if c.confidence > DOUBTFUL or days[c.value.moment.date()] > 1]
        modified = modified or changed
    elif _never_changed(published[0], modified):
        published = _shown_earlier(published, document, crawled)
    first = _completed(published, modified, hints.country)
    last = _completed(modified, published, hints.country)
    if first is not None and _day_is_open(first.value):
        first = replace(first, value=_local(first.value, document, hints, crawled))
    if first and last and last.value.utc() < first.value.utc() - timedelta(days=1):
        last = None
    return ChosenDates(first, last)


def _never_changed(published: DateCandidate, modified: list[DateCandidate]) -> bool:
    """Whether meta tags give the same instant for both dates, as systems do that know only the last change."""
    return (
        published.source not in ("json-ld", "microdata")
        and published.value.is_instant
        and any(c.value.moment == published.value.moment for c in modified if c.value.is_instant)
    )


def _shown_earlier(
    published: list[DateCandidate], document: Document, crawled: datetime | None
) -> list[DateCandidate]:
    """Put an earlier day first if it is the only one that the page shows its readers."""
    day = published[0].value.utc().date()
    shown = [
        c
        for c in find_dates(document, crawled=crawled)
        if c.kind != "modified" and c.confidence >= 0.5 and not c.where.startswith("script")
    ]
    if shown and all(1 <= (day - c.value.utc().date()).days <= 60 for c in shown):
        return [shown[0], *published]
    return published


def _dated(candidates: list[DateCandidate]) -> bool:
    return any(
        c.confidence > 0.2 if c.kind == "published" else c.source != "text" and c.confidence > 0.3
        for c in candidates
    )


def _stated(
    claims: Iterable[Claim | tuple[str, str, Kind]], hints: Hints, crawled: datetime | None
) -> tuple[list[DateCandidate], list[DateCandidate]]:
    stated: dict[str, list[DateCandidate]] = {}
    for number, (text, source, kind) in enumerate(claims):
        if number >= MAX_CLAIMS:
            break
        value = parse_hinted(text, hints, crawled)
        if value is not None and value.precision >= Precision.DAY and _is_meant(value, source, kind, crawled):
            candidate = DateCandidate(value, kind, source, "metadata", max(0.5, 0.95 - 0.01 * number))
            stated.setdefault(kind, []).append(candidate)
    return stated.get("published", []), stated.get("modified", [])


def _is_meant(value: PartialDate, source: str, kind: Kind, crawled: datetime | None) -> bool:
    """Whether a stated date can be the page's: an old one only if structured data state it as the publication date."""
    if kind != "published" or source not in _EXPLICIT:
        return plausible(value, crawled)
    return plausible(value, crawled, since=_PRINT) and value.utc().date() not in _ZEROS


def _completed(
    candidates: list[DateCandidate], others: list[DateCandidate], country: str
) -> DateCandidate | None:
    """The first candidate, with the time and the offset that another one adds."""
    if not candidates:
        return None
    best = candidates[0]
    if best.value.looks_like_day_only:
        day = best.value.moment.date()
        for other in candidates[1:]:
            if not other.value.looks_like_day_only and other.value.moment.date() == day:
                best = other
                break
    value = best.value
    if value.has_time and not value.is_instant:
        value = _with_offset(value, candidates, others, country)
    return replace(best, value=value)


def _with_offset(
    value: PartialDate, same: list[DateCandidate], others: list[DateCandidate], country: str
) -> PartialDate:
    for known in (c.value for c in same if c.value.is_instant):
        # The same clock time with its offset, or the same instant written in UTC.
        for local in (known.moment.replace(tzinfo=None), known.utc().replace(tzinfo=None)):
            if abs(local - value.moment) < timedelta(minutes=1):
                return replace(known, derived=True)
    for known in (c.value for c in others if c.value.is_instant):
        # The page's other date has an offset: it holds for this one, too, if they are less than a week apart, because
        # summer time has then hardly begun or ended in between.
        if abs(known.moment.replace(tzinfo=None) - value.moment) < _SAME_SEASON:
            return replace(value, moment=value.moment.replace(tzinfo=known.moment.tzinfo), derived=True)
    offset = country_offset(country, value.moment)
    if offset is None:
        return value
    return replace(value, moment=value.moment.replace(tzinfo=timezone(offset)), derived=True)


def _day_is_open(value: PartialDate) -> bool:
    """Whether an instant is given in UTC: where the page was written, it may have been another day."""
    return value.is_instant and not value.moment.utcoffset()


def _local(value: PartialDate, document: Document, hints: Hints, crawled: datetime | None) -> PartialDate:
    """The same instant by the newsroom's clock, if the page's country or a date on the page gives its offset."""
    offset = country_offset(hints.country, value.moment.replace(tzinfo=None))
    if offset is not None:
        local = value.moment.astimezone(timezone(offset))
        # Midnight there: a day that a system wrote as an instant.
        return replace(value, moment=local, derived=True) if not (local.hour or local.minute) else value
    if value.moment.hour >= 12:  # the day is the same everywhere west of Greenwich
        return value
    for other in find_dates(document, crawled=crawled):
        if other.confidence < 0.6 or other.kind == "modified" or not other.value.has_time:
            continue
        offset = _offset_between(value.moment, other.value.moment)
        if offset is not None:
            return replace(value, moment=value.moment.astimezone(timezone(offset)), derived=True)
    return value


def _offset_between(instant: datetime, shown: datetime) -> timedelta | None:
    """The offset from UTC at which a shown moment is the instant, to the minute; None if it is another moment."""
    if shown.tzinfo is not None:
        same = abs(shown - instant) < timedelta(minutes=1)
        return shown.utcoffset() if same and shown.utcoffset() else None
    apart = shown.replace(tzinfo=UTC, second=0, microsecond=0) - instant.replace(second=0, microsecond=0)
    hours = apart / timedelta(hours=1)
    return apart if hours and -12 <= hours <= 14 and (hours.is_integer() or hours in _HALF_HOURS) else None

"""Chooses when the article was published and changed among the dates the page's data gives.

A date from structured data is believed before one from the visible page, a full instant before a day.
Where the believed date lacks its time or its offset, another place that says the same completes it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from pressmark.article.candidates import Candidate, Candidates
from pressmark.article.dates.parse import parse_date
from pressmark.article.dates.partial import PartialDate, Precision

_ORDER = {
    "published": ("json-ld datePublished", "opengraph article.published.time", "microdata datepublished",
                  "opengraph article.published", "meta datepublished", "json-ld creativework.datePublished",
                  "json-ld webpage.datePublished"),
    "modified": ("json-ld dateModified", "opengraph article.modified.time", "microdata datemodified"),
}  # fmt: skip
_LATE = (
    "json-ld dateCreated",
    "json-ld uploadDate",
    "microdata datecreated",
    "json-ld videoobject.uploadDate",
)
_MAX = 40
_SAME_SUMMER = timedelta(days=7)


def choose(
    candidates: Candidates, field: str, languages: Sequence[str], url: str
) -> tuple[PartialDate, str] | None:
    """The date for ``published`` or ``modified`` and its source; None where the data gives none."""
    dates = _read(candidates.of(field), field, languages, url)
    if not dates:
        return None
    other = "modified" if field == "published" else "published"
    value, source = dates[0]
    # Midnight sharp, or no time at all: take the time from a place that names the same day.
    if value.looks_like_day_only:
        day = value.moment.date()
        for finer, where in dates[1:]:
            if (
                not finer.looks_like_day_only
                and finer.precision >= Precision.DAY
                and finer.moment.date() == day
            ):
                value, source = finer, where
                break
    if value.has_time and value.moment.tzinfo is None:
        rest = [d for d, _ in dates[1:]]
        value = _with_offset(value, rest, [d for d, _ in _read(candidates.of(other), other, languages, url)])
    return value, source


def plain(value: PartialDate) -> datetime | date | None:
    """As the article keeps it: a datetime, a date, or None for less than a day."""
    if value.has_time:
        return value.moment
    return value.moment.date() if value.precision >= Precision.DAY else None


def _read(
    found: Iterable[Candidate], field: str, languages: Sequence[str], url: str
) -> list[tuple[PartialDate, str]]:
    order = {name: at for at, name in enumerate(_ORDER[field])}
    late = {name: 1000 + at for at, name in enumerate(_LATE)}
    ranks = order | late
    ranked = sorted(found, key=lambda c: ranks.get(f"{c.source} {c.name}", 100))
    dates = []
    for candidate in ranked[:_MAX]:
        value = parse_date(candidate.value[:200], languages=languages, url=url)
        if value is not None and value.precision >= Precision.DAY and 1990 <= value.moment.year <= 2100:
            dates.append((value, candidate.source))
    return dates


def _with_offset(value: PartialDate, same: list[PartialDate], other: list[PartialDate]) -> PartialDate:
    """The same moment with an offset, where another place gives one that fits."""
    for known in same:
        if known.is_instant:
            # The same clock time with an offset, or the same instant written in UTC.
            for local in (
                known.moment.replace(tzinfo=None),
                known.moment.astimezone(UTC).replace(tzinfo=None),
            ):
                if abs(local - value.moment) < timedelta(minutes=1):
                    return PartialDate(known.moment, known.precision, derived=True)
    for known in other:
        # The page's other date has an offset: it holds for this one too, unless summer time lies between.
        if known.is_instant and abs(known.moment.replace(tzinfo=None) - value.moment) < _SAME_SUMMER:
            return PartialDate(
                value.moment.replace(tzinfo=known.moment.tzinfo), value.precision, derived=True
            )
    return value

"""Times as people write them, and as sort keys compare them.

Every time in the table is ISO 8601 in UTC, which sorts as text. People give less: a year, a month, a day, a
minute, a CDX timestamp, or how long ago. Each of these is a span; ``--from`` takes its beginning and ``--to``
its end.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_PARTS = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ]?(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?)?)?")
_AGO = re.compile(r"(\d{1,5})\s*([mhdw])(?:\s+ago)?")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_FIRST_YEAR, _LAST_YEAR = 1000, 9998
"""The years accepted: four digits, with room on either side for calculations."""


@dataclass(frozen=True, slots=True)
class Span:
    """What a written time covers. start: its first instant; end: the first instant after it; aware UTC."""

    start: datetime
    end: datetime


def parse_span_of_time(text: str, *, now: datetime) -> Span:
    """Read a time: ``2026``, ``2026-11``, ``2026-11-23``, ``2026-11-23T20:52``, ``20261123205220``, ``3d``, ``now``.

    Without an offset it is UTC; an ISO 8601 instant with one is converted. ``3d`` (m, h, d, w) is that time before
    ``now``. Raises ValueError, whose text says what can be written.
    """
    text = text.strip()
    if text == "now":
        return Span(now, now + timedelta(microseconds=1))
    if text in ("today", "yesterday"):
        day = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=text == "yesterday")
        return Span(day, day + timedelta(days=1))
    try:
        span = _written(text, now)
    except (ValueError, OverflowError):
        span = None
    if span is None or not _FIRST_YEAR <= span.start.year <= span.end.year <= _LAST_YEAR:
        raise ValueError(
            f"{text[:100]!r} is not a time; "
            "write 2026-11-23, 2026-11-23T20:52, 20261123205220, or 3d for three days ago"
        )
    return span


def _written(text: str, now: datetime) -> Span | None:
    if match := _AGO.fullmatch(text):
        moment = now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        return Span(moment, moment + timedelta(microseconds=1))
    if match := _PARTS.fullmatch(text.removesuffix("Z")):
        return _span([int(part) for part in match.groups() if part is not None])
    return _instant(datetime.fromisoformat(text))


def _instant(moment: datetime) -> Span:
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return Span(moment, moment + timedelta(microseconds=1 if moment.microsecond else 1_000_000))


def _span(parts: list[int]) -> Span:
    year, month, day, hour, minute, second = parts + [1, 1, 0, 0, 0][len(parts) - 1 :]
    start = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    match len(parts):
        case 1:
            return Span(start, start.replace(year=year + 1))
        case 2:
            return Span(start, start.replace(year=year + month // 12, month=month % 12 + 1))
        case 3:
            return Span(start, start + timedelta(days=1))
        case 4:
            return Span(start, start + timedelta(hours=1))
        case 5:
            return Span(start, start + timedelta(minutes=1))
    return Span(start, start + timedelta(seconds=1))


def lower_bound(start: datetime) -> str:
    """Return the least text that a time at or after ``start`` can have, whole days (``2026-11-23``) too."""
    if (start.hour, start.minute, start.second, start.microsecond) == (0, 0, 0, 0):
        return start.strftime("%Y-%m-%d")
    return start.strftime("%Y-%m-%dT%H:%M:%S") + (f".{start.microsecond:06d}" if start.microsecond else "")


def upper_bound(end: datetime) -> str:
    """Return a text that is above every time before ``end`` and below ``end``."""
    last = end - timedelta(microseconds=1)
    text = last.strftime("%Y-%m-%dT%H:%M:%S")
    return text + ("" if last.microsecond == 999_999 else f".{last.microsecond:06d}") + "\x7f"


def timestamp14(iso: str) -> str:
    """Write an ISO 8601 time as the 14 digits that CDX files and replay URLs use."""
    return re.sub(r"[^0-9]", "", iso[:19]).ljust(14, "0")

"""A year of captures as a calendar, and all of them as a timeline."""

import calendar
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pressmark.access.pages import links
from pressmark.archive.rows import Item

BINS = 180
"""Bars of a timeline: two pixels each on the narrowest screen."""

LEVELS = (1, 3, 9)
"""Up to how many captures a day has each shade; there is one more shade above."""


def days(captures: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return for each date how many captures there are and how many of them changed the page.

    captures: as :func:`pressmark.access.pages.listing.told` returns them.
    """
    found: dict[str, dict[str, Any]] = {}
    for each in captures:
        day = found.setdefault(each["captured"][:10], {"captures": 0, "changed": 0})
        day["captures"] += 1
        day["changed"] += each["change"] in ("changed", "first")
    return found


def months(year: int, captures: Sequence[dict[str, Any]], url: str) -> list[dict[str, Any]]:
    """Return a year's months as they are shown: each with its weeks, Monday first, of seven days or gaps."""
    known = days(captures)
    newest = {each["captured"][:10]: each for each in reversed(captures)}
    return [
        {
            "month": f"{year}-{month:02}",
            "captures": sum(day["captures"] for date_, day in known.items() if date_[5:7] == f"{month:02}"),
            "weeks": [
                [_day(each, known, newest, url) if each.month == month else None for each in week]
                for week in calendar.Calendar().monthdatescalendar(year, month)
            ],
        }
        for month in range(1, 13)
    ]


def _day(day: date, known: dict[str, dict[str, Any]], newest: dict[str, Item], url: str) -> dict[str, Any]:
    there = known.get(day.isoformat())
    if there is None:
        return {"number": day.day, "captures": 0}
    alone = there["captures"] == 1
    return {
        "number": day.day,
        "level": 1 + sum(there["captures"] > level for level in LEVELS),
        "link": links.capture(newest[day.isoformat()]) if alone else links.page(url, on=day.isoformat()),
        **there,
    }


def bars(captures: Iterable[dict[str, Any]], first: int, last: int) -> list[dict[str, float | bool]]:
    """Return a timeline from one year to the end of another: bars in hundredths of its width and height.

    Their height grows with the square root of the number of captures, so that a single one can be seen next to many.
    """
    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (first, last + 1))
    found: dict[int, list[bool]] = {}
    for each in captures:
        place = (datetime.fromisoformat(each["captured"]) - start) / (end - start)
        if 0 <= place < 1:
            found.setdefault(int(place * BINS), []).append(each["change"] in ("changed", "first"))
    most = math.sqrt(max(map(len, found.values()), default=1))
    return [
        {
            "x": round(100 * number / BINS, 2),
            "height": round(max(14.0, 100 * math.sqrt(len(changes)) / most), 1),
            "changed": any(changes),
        }
        for number, changes in sorted(found.items())
    ]

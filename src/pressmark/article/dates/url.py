"""Dates in a page's address."""

import re
from datetime import datetime
from urllib.parse import unquote, urlsplit

from pressmark.article.dates.moment import PartialDate, Precision
from pressmark.article.dates.months import month_number

_FULL = re.compile(r"(?<!\d)((?:19|20)\d\d)([-/_.]?)(\d\d?)\2(\d\d?)(?!\d)")
_PACKED = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=\D|$|[0-2]\d[0-5]\d(?:[0-5]\d)?(?:\D|$))"
)
_DAY_FIRST = re.compile(r"(?<!\d)(\d\d)([-/_.])(\d\d)\2((?:19|20)\d\d)(?!\d)")
_NAMED = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/_]([a-z]{3,9})[-/_](\d\d?)(?!\d)")
_MONTH = re.compile(r"/((?:19|20)\d\d)[-/]?(0[1-9]|1[0-2])(?=/)")
_YEAR = re.compile(r"/((?:19|20)\d\d)(?=/)")


def date_in_url(url: str) -> PartialDate | None:
    """Read a date from the path and query of a URL: /2024/07/11/, 20240711, 2024-07-11, /2024/jul/11/, /2024/07/."""
    try:
        parts = urlsplit(url[:2000])
    except ValueError:
        return None
    path = unquote(parts.path)[:1000].lower()
    # The address of an archived copy contains the page's own.
    inner = path.find("/http", 1)
    if inner >= 0:
        path = path[inner:]
    for text in (path, parts.query[:500]):
        day = _day(text)
        if day:
            return day
    if match := _MONTH.search(path):
        # "/2024/07/240711-a-headline": two digits of the year, which the folders confirm.
        short = re.search(rf"(?<!\d){match[1][2:]}{match[2]}(0[1-9]|[12]\d|3[01])(?!\d)", path[match.end() :])
        if short and (day := _day(f"{match[1]}-{match[2]}-{short[1]}")):
            return day
        return PartialDate(datetime(int(match[1]), int(match[2]), 1), Precision.MONTH)  # noqa: DTZ001 - no zone in a URL
    if match := _YEAR.search(path):
        return PartialDate(datetime(int(match[1]), 1, 1), Precision.YEAR)  # noqa: DTZ001 - no zone in a URL
    return None


def _day(text: str) -> PartialDate | None:
    for pattern in (_FULL, _PACKED, _NAMED, _DAY_FIRST):
        for match in pattern.finditer(text):
            groups = match.groups()
            if pattern is _PACKED:
                year, month, day = groups
            elif pattern is _NAMED:
                year, month, day = groups[0], str(month_number(groups[1], "en") or 0), groups[2]
            elif pattern is _DAY_FIRST:
                day, month, year = groups[0], groups[2], groups[3]
            else:
                year, separator, month, day = groups
                if not separator and (len(month) != 2 or len(day) != 2):
                    continue
            try:
                moment = datetime(int(year), int(month), int(day))  # noqa: DTZ001 - no zone in a URL
            except ValueError:
                continue
            return PartialDate(moment, Precision.DAY)
    return None

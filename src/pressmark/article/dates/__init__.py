"""Dates: read from a text, found on a page, and chosen among what the page claims.

    parse_date(text, languages=..., url=..., crawled=...)  one date from one text, or None
    find_dates(document, crawled=...)                      candidates from the page itself, likeliest first
    choose_dates(document, claims, crawled=...)            published and modified, from metadata first

A :class:`PartialDate` is as precise as what was written, keeps the written offset, and has ``isoformat()``.
"""

from pressmark.article.dates.choose import ChosenDates, Claim, choose_dates
from pressmark.article.dates.claim import DateCandidate, Kind
from pressmark.article.dates.find import find_dates, plausible
from pressmark.article.dates.moment import PartialDate, Precision
from pressmark.article.dates.parse import parse_date

__all__ = [
    "ChosenDates",
    "Claim",
    "DateCandidate",
    "Kind",
    "PartialDate",
    "Precision",
    "choose_dates",
    "find_dates",
    "parse_date",
    "plausible",
]

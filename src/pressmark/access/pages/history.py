"""The page of a URL: its captures on a timeline and a calendar, how each ended, and which of them changed the page.

If there are many captures, one year at a time is read, so the page stays fast.
"""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.memento import addresses, finding
from pressmark.access.messages import Request, Response
from pressmark.access.pages import calendar, links, listing
from pressmark.access.pages.names import NAMES
from pressmark.access.pages.rendering import answer, wants_json
from pressmark.access.refusals import HttpError
from pressmark.archive.ranges import Range, of_url
from pressmark.archive.rows import Item
from pressmark.archive.same import Kin, Named
from pressmark.archive.selection import Selection
from pressmark.archive.times import Span, parse_span_of_time

LISTED = 100
"""Captures of a page of the listing."""

KNOWN = 500
"""Captures that are read for the calendar and the timeline: all of them, or, if a page has more, those of one year."""

MAX_YEARS = 60
"""Years before those of the newest captures that are looked at; the web is younger."""

_ON = re.compile(r"[12]\d{3}(?:-\d\d(?:-\d\d)?)?", re.ASCII)


def page(archive: Archive, request: Request) -> Response:
    """Answer with a URL's captures: a year's calendar, and a list of that year or of a part of it, newest first.

    Raises HttpError, UrlError, ArchiveError.
    """
    named = named_by(request)
    on, after = (request.arg(name) if _asks(request) else "" for name in ("on", "after"))
    span = _span(on) if on else None
    if not wants_json(request):
        archive = replace(archive, reader=listing.Lean(archive.reader))
    newest, more = listing.read(archive, Selection(url=named.url), limit=KNOWN)
    if not newest:
        raise HttpError(404, f"{named.url} is not in this archive")
    is_neighbour = named.kin(newest[0]["url"]) > Kin.SCHEME
    every = _Every(archive, named, newest, all_known=not more, is_neighbour=is_neighbour)
    years = every.years()
    year = int(on[:4]) if on else max(years)
    shown_year, complete = every.of_year(year)
    captures, after = every.listed(span or _year(year), shown_year if complete else None, after)
    facts: dict[str, Any] = {
        "url": named.url,
        "title": _first(captures, "title") or _first(newest, "title"),
        "language": _first(captures, "language") or _first(newest, "language"),
        "is_neighbour": is_neighbour,
        "years": [{"year": each, "captures": number} for each, number in sorted(years.items())],
        "year": year,
        "on": on,
        "days": calendar.days(shown_year),
        "days_are_complete": complete,
        "captures": captures,
        "after": after,
    }
    over = every.told if every.all_known else shown_year
    shown = {
        "months": calendar.months(year, shown_year, named.url),
        "bars": calendar.bars(over, min(years) if every.all_known else year, max(years) if every.all_known else year),
        "covers": sorted(years)[:: len(years) - 1 or 1] if every.all_known else [year],
        "known": len(over),
        "changes": sum(each["change"] == "changed" for each in over),
        "by_month": [(month, list(each)) for month, each in groupby(captures, lambda one: one["captured"][:7])],
        "names": NAMES,
        "json_link": links.page(named.url, after, on=on, form=".json"),
    }  # fmt: skip
    return answer(archive, request, "history.html", facts, shown)


class _Every:
    """Captures of one page. newest: the newest of them, which are all where ``all_known``."""

    def __init__(
        self, archive: Archive, named: Named, newest: list[Item], *, all_known: bool, is_neighbour: bool
    ) -> None:
        self._archive, self._named, self._newest = archive, named, newest
        self._is_neighbour = is_neighbour
        self.all_known = all_known

    def years(self) -> dict[int, int | None]:
        """Return the years with captures, and how many, where that is known. Raises ArchiveError."""
        if self.all_known:
            return dict(Counter(int(row["captured"][:4]) for row in self._newest))
        found: dict[int, int | None] = dict.fromkeys(int(row["captured"][:4]) for row in self._newest)
        every = of_url(self._named.url)
        oldest = self._archive.reader.page(Range(every.partition, every.lower, every.upper), limit=1).items
        for year in range(max(int(oldest[0]["captured"][:4]), min(found) - MAX_YEARS), min(found)):
            span = _year(year)
            if self._archive.reader.page(
                of_url(self._named.url, start=span.start, end=span.end), limit=1
            ).items:
                found[year] = None
        return found

    @cached_property
    def told(self) -> list[dict[str, Any]]:
        """What is told of the newest captures. Raises ArchiveError."""
        return self._told(self._newest)

    def of_year(self, year: int) -> tuple[list[dict[str, Any]], bool]:
        """Return the facts of a year's captures, newest first, and whether these are all. Raises ArchiveError."""
        newest, oldest = (int(self._newest[at]["captured"][:4]) for at in (0, -1))
        if self.all_known or oldest < year:
            return [each for each in self.told if int(each["captured"][:4]) == year], True
        if newest == oldest == year:
            older, _ = self._read(Span(_year(year).start, addresses.instant(self._newest[-1])), 1)
            return self.told, not older
        rows, more = self._read(_year(year), KNOWN)
        return self._told(rows), not more

    def listed(
        self, span: Span, of_year: list[dict[str, Any]] | None, after: str
    ) -> tuple[list[dict[str, Any]], str]:
        """Return what is told of a page of the list of a year, month or day, and the token of the next.

        of_year: what is told of all captures of its year, where they are known. Raises HttpError, ArchiveError.
        """
        if of_year is not None and not after:
            captures = [each for each in of_year if span.start <= addresses.instant(each) < span.end]
            if len(captures) <= LISTED:
                return captures, ""
        rows, after = self._read(span, LISTED, after)
        return self._told(rows), after

    def _told(self, rows: list[Item]) -> list[dict[str, Any]]:
        """Return the facts of captures; the last is compared with an older one. Raises ArchiveError."""
        oldest = rows[-1] if rows else None
        if oldest is None or (self.all_known and oldest is self._newest[-1]):
            return listing.told(rows)
        return listing.told(rows, finding.before(self._archive, self._named, oldest))

    def _read(self, span: Span, limit: int, after: str = "") -> tuple[list[Item], str]:
        def of_this(row: Item) -> bool:
            return self._is_neighbour or self._named.kin(row["url"]) <= Kin.SCHEME

        selection = Selection(url=self._named.url, start=span.start, end=span.end)
        return listing.read(self._archive, selection, limit=limit, after=after, wanted=of_this)


def _span(on: str) -> Span:
    """Read a year, month or day. Raises HttpError."""
    try:
        if _ON.fullmatch(on):
            return parse_span_of_time(on, now=datetime.max.replace(tzinfo=UTC))
    except ValueError:
        pass
    raise HttpError(400, "on: write a year, a month or a day, such as 2026-11-23")


def _year(year: int) -> Span:
    return Span(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))


def _first(rows: list[Item], name: str) -> Any:
    return next((row[name] for row in rows if row.get(name)), "")


def named_by(request: Request) -> Named:
    """Return the URL that a request names, in its path or as ``url``. Raises HttpError, UrlError."""
    if not _asks(request):
        return addresses.url_of(request)
    url = request.arg("url").strip()
    if not url:
        raise HttpError(400, "name a URL: url=https://example.com/")
    if "://" not in url[:10]:
        return Named(f"http://{url.removeprefix('//')}", any_scheme=True)
    return Named(url)


def _asks(request: Request) -> bool:
    """Whether the query belongs to our address, and not to the captured URL."""
    return "url" not in request.parts

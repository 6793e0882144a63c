"""Which capture is meant: of exactly this page the nearest to a time, and its neighbours in time."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from heapq import merge
from itertools import chain, islice

from pressmark.access import requisites
from pressmark.access.context import Archive
from pressmark.access.memento.addresses import instant
from pressmark.access.refusals import HttpError
from pressmark.archive import ranges
from pressmark.archive.outcome import Worth, is_answer, worth
from pressmark.archive.ranges import Range
from pressmark.archive.rows import Item
from pressmark.archive.same import Kin, Named
from pressmark.archive.selection import Selection, select
from pressmark.archive.walk import Walk

LOOKED_AT = 300
"""How many captures are looked at to find the one that is meant; only with many neighbours are there more."""

SECOND = 50
"""Captures of one second that are looked at."""

FEW = 8
"""Items asked for at a time."""


def nearest(archive: Archive, named: Named, moment: datetime, *, newest: bool = False) -> Item:
    """Of the rows that stand for an answer, return the nearest to a moment; one of exactly that second comes first.

    newest: the page as it is now is meant. Then it is the last capture that gives most of the page, so that today's
    error page does not hide what was archived. A capture that was taken down is returned if its own second is asked
    for, or if nothing else is left; a neighbour's if the page was never captured. Raises HttpError 404, ArchiveError.
    """
    if not newest and (row := of_second(archive, named, moment)) is not None:
        return row
    found = select(archive.reader, Selection(url=named.url, near=moment), now=moment)
    best: Item | None = None
    taken_down: Item | None = None
    for each in islice(found, LOOKED_AT):
        row = each.item
        if "deleted" in row:
            taken_down = taken_down or row
        elif is_answer(row) and not _leads_here(named, row):
            if best is None or (newest and worth(row) < worth(best)):
                best = row
            if not newest or worth(best) is Worth.WHOLE:
                break
    chosen = _nearer(archive, named, moment, best) or taken_down
    if chosen is None:
        raise HttpError(404, f"{named.url} is not in this archive")
    return of_second(archive, named, instant(chosen)) or chosen


def _nearer(archive: Archive, named: Named, moment: datetime, best: Item | None) -> Item | None:
    """Return the nearest of the rows that were found, or a requisite's capture that is nearer still."""
    if best is not None and not requisites.may_be([best]):
        return best
    found = requisites.of_url(archive, named.url, near=moment)
    other = next((each for each in found if named.kin(each["url"]) <= Kin.SCHEME), None)
    if best is None or other is None:
        return best or other
    return min(best, other, key=lambda each: abs(instant(each) - moment))


def of_second(archive: Archive, named: Named, moment: datetime) -> Item | None:
    """Return the capture of a page in a given second; of several, which share an address, that of exactly this URL."""
    second = moment.replace(microsecond=0)
    asked = ranges.of_url(named.url, start=second, end=second + timedelta(seconds=1))
    found = archive.reader.page(asked, limit=SECOND).items
    fit = [each for each in found if is_answer(each) or "deleted" in each]
    fit = [each for each in fit if named.kin(each["url"]) <= Kin.SCHEME and not _leads_here(named, each)]
    return min(fit, key=lambda each: (named.kin(each["url"]), "deleted" in each), default=None)


def _leads_here(named: Named, row: Item) -> bool:
    """Whether a row of the other scheme redirects, usually back to the URL that is asked for: in circles."""
    return 300 <= row.get("status", 0) < 400 and named.kin(row["url"]) is Kin.SCHEME


def around(archive: Archive, named: Named, row: Item | None) -> dict[str, Item]:
    """Return the first and the last memento of a page, and those before and after a row.

    Raises ArchiveError.
    """
    every = ranges.of_url(named.url)
    forward = Range(every.partition, every.lower, every.upper)
    sides: dict[str, Range] = {"first": forward, "last": every}
    if row is not None:
        sides["prev"] = ranges.before(named.url, instant(row))
        sides["next"] = ranges.from_on(named.url, instant(row) + timedelta(microseconds=1))
    found = {name: _first(archive, side, _is_of(named)) for name, side in sides.items()}
    return {name: each for name, each in found.items() if each is not None}


def before(archive: Archive, named: Named, row: Item) -> Item | None:
    """Return the memento of a page before a row, if there is one. Raises ArchiveError."""
    return _first(archive, ranges.before(named.url, instant(row)), _is_of(named))


def mementos(archive: Archive, named: Named, start: str) -> Iterator[Item]:
    """Yield the mementos of a page, oldest first. start: the ISO 8601 time to begin at, or nothing."""
    every = ranges.of_url(named.url)
    lower = every.lower if not start else f"{every.lower.split(' ')[0]} {start}"
    walk = Walk(archive.reader)
    is_of = _is_of(named)
    rows = (each.item for each in walk.through(Range(every.partition, lower, every.upper)))
    found = filter(is_of, rows)
    first = next(found, None)
    if requisites.may_be([first] if first else []):
        others = [each for each in requisites.of_url(archive, named.url) if is_of(each)]
        of_rows = chain([first], found) if first else ()
        yield from merge(of_rows, _from(others, start), key=lambda each: each["captured"])
    elif first is not None:
        yield first
        yield from found


def _from(rows: list[Item], start: str) -> list[Item]:
    return sorted((row for row in rows if row["captured"] >= start), key=lambda each: str(each["capture"]))


def _is_of(named: Named) -> Callable[[Item], bool]:
    return lambda row: "deleted" not in row and is_answer(row) and named.kin(row["url"]) <= Kin.SCHEME


def _first(archive: Archive, side: Range, wanted: Callable[[Item], bool]) -> Item | None:
    found = islice(Walk(archive.reader, FEW).through(side), LOOKED_AT)
    return next((each.item for each in found if wanted(each.item)), None)

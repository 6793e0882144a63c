"""Rows that answer a question, read one after the other in bounded time: nothing is ever scanned."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import merge
from itertools import chain

from pressmark.access import requisites
from pressmark.access.cdx.question import Question, iso_prefix
from pressmark.access.context import Archive
from pressmark.access.refusals import HttpError
from pressmark.archive.rows import Item
from pressmark.archive.selection import Found, Selection, select
from pressmark.archive.times import parse_span_of_time, timestamp14
from pressmark.archive.walk import PAGE, Leap, Walk
from pressmark.clock import parse_iso
from pressmark.export.cdx import is_indexed

MAX_COUNTED = 200_000
"""Captures that are counted to number pages."""


@dataclass(slots=True)
class Effort:
    """How much may be read for an answer, and how far that went.

    rows: how many may be read, seconds: how long it may take. at: the sort key of the last row that was read. spent:
    whether reading ended although there is more. taken_down: number of tombstones met.
    """

    archive: Archive
    rows: int
    seconds: float
    at: str = ""
    spent: bool = False
    taken_down: int = 0
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._until = self.archive.clock.monotonic() + self.seconds

    @classmethod
    def of(cls, archive: Archive) -> "Effort":
        """Return the effort that this archive allows for one answer."""
        return cls(archive, archive.options.max_rows, archive.options.max_seconds)

    def take(self, row: Item) -> bool:
        """Count a row; return whether it may still be read."""
        if self.rows <= 0 or self.archive.clock.monotonic() > self._until:
            self.spent = True
            return False
        self.rows -= 1
        self.at = row["capture"]
        return True


def rows(question: Question, effort: Effort, *, expect: int = PAGE) -> Iterator[Item]:
    """Yield the rows that stand for a response, in the order of the question.

    expect: about how many will be taken. For one URL that is not a page's, its captures as a requisite of pages are
    included. Raises UrlError, HttpError, ArchiveError.
    """
    found = _rows(question, effort, expect)
    if question.match != "exact":
        yield from found
        return
    first = next(found, None)
    if not requisites.may_be([first] if first else []):
        yield from chain([first], found) if first else ()
        return
    others = _requisites(question, effort)
    yield from merge(
        chain([first], found) if first else (),
        others,
        key=lambda row: str(row["capture"]),
        reverse=question.reverse,
    )


def _requisites(question: Question, effort: Effort) -> list[Item]:
    """Return captures of a URL as a requisite, in the order of the question, starting after its resume key."""
    near = parse_span_of_time(question.end, now=effort.archive.clock.now()).end if question.end else None
    found = sorted(
        requisites.of_url(effort.archive, question.url, near=near),
        key=lambda row: str(row["capture"]),
        reverse=question.reverse,
    )
    return [
        row
        for row in found
        if is_indexed(row)
        and _within(question, row)
        and (not question.resume or (row["capture"] != question.resume and _is_behind(question, row)))
    ]


def _is_behind(question: Question, row: Item) -> bool:
    return bool(row["capture"] < question.resume) == question.reverse


def _rows(question: Question, effort: Effort, expect: int) -> Iterator[Item]:
    leap = None
    if question.match != "exact" and not question.reverse and (question.start or question.end):
        leap = Leap(iso_prefix(question.start), question.upper)
    walk = Walk(effort.archive.reader, max(1, min(PAGE, expect)), leap)
    for asked in question.key_ranges():
        for found in walk.through(asked):
            row = found.item
            if not effort.take(row):
                return
            if row["capture"] == question.resume or not _within(question, row):
                continue
            if "deleted" in row:
                effort.taken_down += 1
            elif is_indexed(row):
                yield row


def closest(question: Question, effort: Effort, near: datetime, expect: int) -> Iterator[Item]:
    """Yield the rows of one URL that stand for a response, the nearest to a time first; requisites as in :func:`rows`.

    expect: about so many will be taken. Raises UrlError, ArchiveError.
    """
    archive = effort.archive
    selection = Selection(url=question.url, near=near)
    found = _answers(select(archive.reader, selection, now=archive.clock.now(), expect=expect), effort)
    first = next(found, None)
    of_rows = chain([first], found) if first else ()
    if not requisites.may_be([first] if first else []):
        yield from of_rows
        return
    others = requisites.of_url(archive, question.url, near=near)
    yield from merge(
        of_rows, filter(is_indexed, others), key=lambda row: abs(parse_iso(row["captured"]) - near)
    )


def _answers(found: Iterator[Found], effort: Effort) -> Iterator[Item]:
    for each in found:
        if not effort.take(each.item):
            return
        if "deleted" in each.item:
            effort.taken_down += 1
        elif is_indexed(each.item):
            yield each.item


def _within(question: Question, row: Item) -> bool:
    if not question.start and not question.end:
        return True
    moment = timestamp14(row["captured"])
    return moment[: len(question.start)] >= question.start and moment[: len(question.end)] <= question.end


class Pages:
    """Where the pages of a question begin: found by counting, and remembered for the next page.

    A page is so many rows of the index, as it is in the Wayback Machine's server: filters apply within it.
    """

    def __init__(self, questions: int = 200) -> None:
        """questions: how many to remember."""
        self._starts: OrderedDict[tuple[str, ...], list[str]] = OrderedDict()
        self._lock = threading.Lock()
        self._questions = questions

    def start(self, archive: Archive, question: Question) -> str | None:
        """Return the sort key after which the question's page begins, empty for the first, or None beyond the end.

        Raises HttpError if too much would have to be counted.
        """
        number = question.page or 0
        starts = self._known(archive, question)
        while len(starts) <= number:
            following = self._next(archive, question, starts[-1])
            if following is None:
                return None
            starts.append(following)
        return starts[number]

    def count(self, archive: Archive, question: Question) -> int:
        """Return how many pages there are. Raises HttpError if there are too many captures to count."""
        starts = self._known(archive, question)
        if not self._any(archive, question):
            return 0
        while (following := self._next(archive, question, starts[-1])) is not None:
            starts.append(following)
            if len(starts) * question.page_lines > MAX_COUNTED:
                raise HttpError(400, "there are too many captures to number pages; use showResumeKey=true")
        return len(starts)

    def _known(self, archive: Archive, question: Question) -> list[str]:
        key = (str(id(archive.reader)), *question.identity)
        with self._lock:
            starts = self._starts.setdefault(key, [""])
            self._starts.move_to_end(key)
            while len(self._starts) > self._questions:
                self._starts.popitem(last=False)
            return starts

    def _next(self, archive: Archive, question: Question, start: str) -> str | None:
        """Return the start of the page after the one that starts there, None if that is the last."""
        effort = Effort.of(archive)
        count, last = 0, ""
        for row in rows(replace(question, resume=start, page=None), effort):
            if count == question.page_lines:
                return last
            count, last = count + 1, row["capture"]
        if effort.spent:
            raise HttpError(400, "there are too many captures to number pages; use showResumeKey=true")
        return None

    def _any(self, archive: Archive, question: Question) -> bool:
        return next(rows(replace(question, page=None), Effort.of(archive), expect=1), None) is not None

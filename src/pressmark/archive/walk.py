"""Walks ranges item by item, page by page, with a token for each item that continues after it.

Items in the way are skipped, not read: of a front page with a million captures, ``--latest`` reads a few, and a period
only its own. So a page of results costs the same in a small archive and in a large one.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice

from pressmark.archive import token as tokens
from pressmark.archive.keys import split_capture
from pressmark.archive.latest import Newest
from pressmark.archive.ranges import LAST, Page, Range, Reader
from pressmark.archive.rows import Item
from pressmark.errors import PressmarkError

PAGE = 100
"""Items asked for at a time: whole rows of one Query stay well below its 1 MB."""

AFTER_LEAP = 8
"""Items asked for where the walk continues after a leap: the next leap may be near."""

GROWTH = 4
"""How much larger the next page is if the first ones, smaller than PAGE, were not enough."""

DAYS_AT_A_TIME = 16
"""Days asked for at a time while none of them has a capture."""


class SelectionError(PressmarkError):
    """The question cannot be answered as it was put; the text says how to put it."""


class NoItemsError(SelectionError):
    """No key answers the question. kind: of the condition for which the stack keeps no look-up items."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Found:
    """One item of the answer. asked, read: the range that it was found in, and the item there."""

    item: Item
    asked: Range
    read: Item

    @property
    def token(self) -> str:
        """The token that continues after it."""
        return tokens.write(self.asked, self.read)


@dataclass(frozen=True, slots=True)
class Leap:
    """Which rows in SURT order are wanted, and where the next of them can be.

    lower, upper: times of capture, as sort keys have them, both included. latest: only the newest of these of each
    page. best: with ``latest``, the newest of those that give most of the page (:mod:`.outcome`); then every row is
    read.
    """

    lower: str = ""
    upper: str = LAST
    latest: bool = False
    best: bool = False

    def judge(self, capture: str) -> tuple[bool, str]:
        """Return whether the time in a row's sort key is wanted, and a sort key before which no further row is.

        The second is empty if the next row may be wanted.
        """
        key, captured = split_capture(capture)
        if captured > self.upper:
            return False, f"{key} {LAST}"
        if captured < self.lower:
            return False, f"{key} {self.lower}"
        return True, ""

    @property
    def idle(self) -> bool:
        """Whether everything is wanted."""
        return self == Leap()


@dataclass(frozen=True, slots=True)
class Walk:
    """How ranges are walked.

    page: items asked for at first; more, up to PAGE, if they are not enough. leap: None for indexes and terms.
    """

    reader: Reader
    page: int = PAGE
    leap: Leap | None = None

    def over(self, ranges: Iterator[Range], token: str | None) -> Iterator[Found]:
        """Yield the items of ranges, one range after the other, starting after a token. Raises SelectionError."""
        if token is not None:
            try:
                place = tokens.find(token, ranges)
            except ValueError as error:
                raise SelectionError("--after: this is not a token from a listing") from error
            if place is None:
                raise SelectionError(
                    "this --after token belongs to another listing: repeat that listing's options"
                )
            yield from self.through(*place)
        empty = 0
        while True:
            width = DAYS_AT_A_TIME if empty > 1 else 1
            batch = list(islice(ranges, width))
            if not batch:
                return
            for asked, page in zip(batch, self._first_pages(batch), strict=True):
                if not page.items and page.after is None:
                    empty += 1
                    continue
                empty = 0
                yield from self.through(asked, None, page)

    def _first_pages(self, ranges: list[Range]) -> list[Page]:
        if len(ranges) == 1:
            return [self.reader.page(ranges[0], limit=self.page)]
        with ThreadPoolExecutor(len(ranges)) as threads:
            return list(threads.map(lambda each: self.reader.page(each, limit=self.page), ranges))

    def through(
        self, asked: Range, after: dict[str, str] | None = None, page: Page | None = None
    ) -> Iterator[Found]:
        """Yield the items of one range, starting after a key. page: its first page, if that is known."""
        if self.leap is not None and not self.leap.idle:
            yield from self._leaping(asked, self.leap, after, page)
            return
        size = self.page
        while True:
            page = page or self.reader.page(asked, limit=size, after=after)
            for item in page.items:
                yield found(asked, item)
            if page.after is None:
                return
            after, page = page.after, None
            size = min(PAGE, size * GROWTH)

    def _leaping(
        self, asked: Range, leap: Leap, after: dict[str, str] | None, page: Page | None
    ) -> Iterator[Found]:
        rest, size = asked, self.page
        target = leap.judge(after["capture"])[1] if after else ""
        if target:
            rest, after = _from(asked, target), None
        newest = Newest(best=leap.best)  # with ``latest``: of the pages of the urlkey that the walk is in
        while True:
            page = page or self.reader.page(rest, limit=size, after=after)
            passed = 0  # rows at the end of the page, all of one urlkey, that are held back
            for item in page.items:
                if target and item["capture"] < target:
                    passed += 1
                    continue
                same = newest.key == _key(item)
                passed = passed + 1 if same else 0
                if not same:
                    yield from (found(asked, held) for held in newest.taken())
                wanted, target = leap.judge(item["capture"])
                if wanted and leap.latest:
                    newest.add(item)
                elif wanted:
                    yield found(asked, item)
            if page.after is None:
                break
            # If most of a page was useless rows of one URL, its other rows would be, too; after them anything may come.
            in_vain = passed > len(page.items) // 2
            size = AFTER_LEAP if in_vain else min(PAGE, size * GROWTH)
            after, page = page.after, None
            if newest.key and in_vain and not target:
                if (last := self._last(asked, leap, newest)) is not None:
                    target = f"{newest.key} {LAST}"
                    newest.taken()
                    yield found(asked, last)
                else:
                    size = PAGE
            if target:
                rest, after = _from(asked, target), None
            if rest.lower > rest.upper:
                break
        yield from (found(asked, held) for held in newest.taken())

    def _last(self, asked: Range, leap: Leap, newest: "Newest") -> Item | None:
        """Return the newest row of a urlkey, read from the other end; None if all its rows must be read.

        They must, unless all rows seen so far and the last AFTER_LEAP are of one page. A page with the same urlkey that
        was captured only in between is missed; with ``best`` none is.
        """
        if leap.best or not newest.is_one:
            return None
        of_key = replace(
            asked, lower=f"{newest.key} {leap.lower}", upper=f"{newest.key} {leap.upper}", backward=True
        )
        last = self.reader.page(of_key, limit=AFTER_LEAP).items
        newest.is_one = all(newest.has(row) for row in last)
        return last[0] if last and newest.is_one else None


def _key(row: Item) -> str:
    return split_capture(row["capture"])[0]


def _from(asked: Range, target: str) -> Range:
    """The part of a range that begins at a sort key."""
    return replace(asked, lower=target)


def found(asked: Range, item: Item) -> Found:
    """Return an item of a range with its place."""
    return Found(item, asked, item)

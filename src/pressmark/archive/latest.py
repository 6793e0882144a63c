"""Chooses one capture of each page: the newest, or the most complete."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from pressmark.archive.keys import split_capture
from pressmark.archive.outcome import Worth, worth
from pressmark.archive.rows import Item
from pressmark.archive.same import page as page_of


class Found(Protocol):
    """What :class:`pressmark.archive.walk.Found` is."""

    @property
    def item(self) -> Item:
        """A row."""


class Newest:
    """The newest capture of each page that shares a urlkey, from rows in the order of their times.

    best: the newest of those that give most of the page. key: the urlkey, empty before the first row. is_one: whether
    all rows were of one page.
    """

    def __init__(self, *, best: bool) -> None:
        self._best = best
        self._held: dict[str, Item] = {}
        self.key = ""
        self.is_one = True

    def has(self, row: Item) -> bool:
        """Whether a row is of a page that was already seen."""
        return page_of(row["url"]) in self._held

    def add(self, row: Item) -> None:
        """Take a row of the urlkey."""
        self.key = urlkey_of(row)
        of = page_of(row["url"])
        held = self._held.get(of)
        if held is None or not self._best or worth(row) <= worth(held):
            self._held[of] = row
        self.is_one = self.is_one and len(self._held) == 1

    def taken(self) -> list[Item]:
        """Return the rows in the order of their times, and start again."""
        rows = sorted(self._held.values(), key=lambda row: str(row["capture"]))
        self._held, self.key, self.is_one = {}, "", True
        return rows


def urlkey_of(row: Item) -> str:
    """Return the urlkey that a row is filed under."""
    return split_capture(row["capture"])[0]


def last_of_each[F: Found](found: Iterable[F], *, best: bool) -> Iterator[F]:
    """Yield the last row of each page, from rows in SURT order, in which a URL's captures are oldest first."""
    newest, held = Newest(best=best), dict[str, F]()

    def taken() -> Iterator[F]:
        yield from [held[row["capture"]] for row in newest.taken()]
        held.clear()

    for each in found:
        if newest.key != urlkey_of(each.item):
            yield from taken()
        newest.add(each.item)
        held[each.item["capture"]] = each
    yield from taken()


def best_of_each[F: Found](found: Iterable[F]) -> Iterator[F]:
    """Yield the best row of each page, from whole rows, newest first: as soon as none can be better, or at the end."""
    given: set[str] = set()
    held: dict[str, F] = {}
    for each in found:
        page = page_of(each.item["url"])
        if page in given:
            continue
        if worth(each.item) is Worth.WHOLE:
            given.add(page)
            held.pop(page, None)
            yield each
        elif page not in held or worth(each.item) < worth(held[page].item):
            held[page] = each
    yield from held.values()

"""An archive that began long ago and has few captures is verified in little time."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from pressmark.archive.items import Indexing
from pressmark.archive.keys import BY_DAY
from pressmark.archive.ranges import Page, Range
from pressmark.archive.rows import Item
from pressmark.archive.tombstones import Tombstones
from pressmark.archive.walk import DAYS_AT_A_TIME
from pressmark.upkeep import sweep
from pressmark.upkeep.verify import Verifier

TODAY = date(2026, 11, 26)


class Years:
    """A table of 27 years with one row at each end, and a bucket with their files; counts what waits for an answer."""

    def __init__(self) -> None:
        self.days_asked: list[str] = []
        self.most = self._now = 0
        self._together = threading.Barrier(DAYS_AT_A_TIME)
        self._lock = threading.Lock()

    def level(self, prefix: str = "") -> tuple[list[str], list[str]]:
        raise NotImplementedError(prefix)

    def keys(self, prefix: str = "", *, after: str = "") -> Iterator[tuple[str, int]]:
        yield from ()

    def compacted(self, key: str) -> None:
        raise NotImplementedError(key)

    def days(self, start: date, end: date) -> Iterator[str]:
        for number in range((end - start).days + 1):
            yield (end - timedelta(days=number)).isoformat()

    def page(self, asked: Range, *, limit: int, after: Mapping[str, str] | None = None) -> Page:
        assert asked.index == BY_DAY
        self.days_asked.append(asked.partition)
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        if threading.current_thread() is not threading.main_thread():
            self._together.wait(
                timeout=60
            )  # comes back when as many are waiting as shall be asked for at a time
        with self._lock:
            self._now -= 1
        return Page([])

    def rows(self, keys: Sequence[Mapping[str, str]]) -> list[Item]:
        return []


def test_days_without_captures_are_asked_for_many_at_a_time_and_each_once() -> None:
    years: Any = Years()
    verifier = Verifier(years, years, Indexing(bucket="b", terms=(), tombstones=Tombstones()))
    first = TODAY - timedelta(days=2 + 3 * DAYS_AT_A_TIME - 2)

    sweep.everything(verifier, since=first, today=TODAY)

    assert sorted(years.days_asked) == sorted(years.days(first, TODAY + timedelta(days=1)))
    assert years.most == DAYS_AT_A_TIME

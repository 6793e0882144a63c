"""What became of each page of a run so far, from the function's log lines; and how long to wait for the rest."""

import threading
from collections.abc import Sequence
from typing import Any, Protocol

from pressmark.urls import host_of

UNFINISHED = ("retry", "postponed", "error")
"""Outcomes of pages that are tried again (pressmark.crawl.reports.Outcome)."""

Entry = dict[str, Any]
"""A page's log line: outcome, url, code, reason, message_id ..."""


class Watcher(Protocol):
    """Gets the events of a run, from several threads."""

    def page(self, entry: Entry, /) -> None:
        """A page is done, for now or for good: its log line."""

    def waiting(self, left: float, pages: list[Entry], /) -> None:
        """The run has nothing to do but wait for these pages, at most ``left`` seconds more; called repeatedly."""


class _Unwatched:
    def page(self, _entry: Entry, /) -> None:
        pass

    def waiting(self, _left: float, _pages: list[Entry], /) -> None:
        pass


UNWATCHED: Watcher = _Unwatched()


class Pages:
    """The pages of a run. bodies: the messages that were pushed. Used from several threads."""

    def __init__(self, bodies: Sequence[str]) -> None:
        self._pushed = list(dict.fromkeys(bodies))
        self._bodies: dict[str, str] = {}
        self._told_of: set[str] = set()
        self._last: dict[str, Entry] = {}
        self._skipped: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def line(self, entry: Entry) -> None:
        """Record a page's log line, which replaces an earlier one of the same page.

        A page that failed keeps its code and reason while it waits for its host's turn.
        """
        page = str(entry.get("url") or entry["message_id"])
        with self._lock:
            self._told_of.add(entry["message_id"])
            if entry["outcome"] == "skipped":
                self._skipped[entry["message_id"]] = entry
            before = self._last.get(page, {})
            if entry["outcome"] == "postponed" and "code" in before:
                entry = {**entry, "code": before["code"], "reason": before.get("reason", "")}
            self._last[page] = entry

    def batch(self, records: list[dict[str, Any]]) -> None:
        """Record the messages of an invocation. records: ``Records`` of its event."""
        with self._lock:
            self._bodies |= {record["messageId"]: record["body"] for record in records}

    def waiting(self) -> list[Entry]:
        """Return the last line of each page that will be tried again."""
        with self._lock:
            return [entry for entry in self._last.values() if entry["outcome"] in UNFINISHED]

    def skipped(self) -> list[Entry]:
        """Return the line of each message that asked for nothing new."""
        with self._lock:
            return list(self._skipped.values())

    def requisites(self) -> int:
        """Return how many requisites the pages have: captured with them, or known from earlier captures."""
        with self._lock:
            found = list(self._last.values())
        return sum(each.get(name, 0) for each in found for name in ("requisites", "requisites_known"))

    def left(self) -> list[Entry]:
        """Return a line for each page that is not done: its last; if it has none, one with its message as url."""
        waiting = self.waiting()
        with self._lock:
            told_of = {self._bodies[number] for number in self._told_of if number in self._bodies}
        return waiting + [{"url": body} for body in self._pushed if body not in told_of]


def is_courtesy(pages: Sequence[Entry]) -> bool:
    """Whether at least one of these pages only waits for its turn at a host where no other page failed."""
    troubled = {
        host_of(str(page.get("url", "")))
        for page in pages
        if page["outcome"] != "postponed" or "code" in page
    }
    return any(host_of(str(page.get("url", ""))) not in troubled for page in pages)


class Patience:
    """How long a run waits for pages that are to be tried again.

    limit: maximum seconds of waiting with nothing else to do, all waits together. Waits for a host's turn
    (:func:`is_courtesy`) do not add up, since each brings a page; the limit applies to each by itself.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._spent = 0.0
        self._idle = 0.0
        self._counted = False

    def left(self, idle: float, pages: Sequence[Entry]) -> float:
        """Return how many seconds more the run may wait; none if that is 0 or less.

        idle: seconds since there was last something to do. pages: those that it waits for (``Pages.waiting``).
        """
        if idle < self._idle and self._counted:  # a new wait has begun
            self._spent += self._idle
        self._idle = idle
        self._counted = not is_courtesy(pages)
        return self._limit - idle - (self._spent if self._counted else 0.0)

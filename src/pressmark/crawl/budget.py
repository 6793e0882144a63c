"""Divides the time of one invocation into phases (D7), and makes the AWS clients keep to them.

botocore retries a failed request by itself, and does not know when the invocation ends. So each attempt, the
first as well as every retry, is checked here before it is sent; docs/reliability.md says what ends when.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from botocore.exceptions import BotoCoreError

from pressmark.politeness.turns import MAX_WAIT
from pressmark.settings import Settings

SECONDS_BEFORE_END = {
    "fetch_until": 15.0,
    "read_until": 11.0,
    "visit_until": 10.0,
    "store_until": 3.0,
    "settle_until": 0.5,
}
"""How many seconds before the process is killed each phase of :class:`Budget` ends."""

ROBOTS_SECONDS = 15.0
"""Longest wait for a robots.txt, of the page's site or of a site that it redirects to."""

AROUND_FETCH = ROBOTS_SECONDS + MAX_WAIT + 5.0
"""Seconds a page may take in addition to its fetch: robots.txt, its turn, and reading it."""

ENOUGH = 0.9
"""A page is begun only if the time that it may need is left, or this share of the usable time if that is less: a
function with a short timeout gives its pages less time, rather than none."""

MIN_PAGE_SECONDS = 10.0
"""No page is begun with less time than this until fetching ends, whatever the settings."""

MIN_VISIT_SECONDS = 1.0
"""Minimum wait for pages: even if no time is left, those that were not begun need a moment to report it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Until when each phase of an invocation may go on, all in monotonic seconds; computed once.

    start_until: pages are begun. fetch_until: pages are fetched; what has come by then is kept. read_until: articles
    are read. visit_until: pages are waited for; one that is not done is left behind. store_until: an attempt to store
    may begin. settle_until: requests to the queue may begin. ends: when the process is killed.
    """

    start_until: float
    fetch_until: float
    read_until: float
    visit_until: float
    store_until: float
    settle_until: float
    ends: float

    @classmethod
    def of(cls, now: float, remaining: float, settings: Settings) -> Self:
        """Divide the invocation's time: ``remaining`` seconds from ``now``."""
        ends = now + remaining
        phases = {name: ends - seconds for name, seconds in SECONDS_BEFORE_END.items()}
        usable = phases["fetch_until"] - now
        needed = min(settings.page_timeout + AROUND_FETCH, ENOUGH * usable)
        return cls(start_until=phases["fetch_until"] - max(MIN_PAGE_SECONDS, needed), ends=ends, **phases)

    def visit_seconds(self, now: float) -> float:
        """Return how many seconds to wait for pages that are being captured."""
        return max(MIN_VISIT_SECONDS, self.visit_until - now)


class OutOfTimeError(BotoCoreError):
    """The time for AWS requests is over. A BotoCoreError, so that callers handle it like any failed request."""

    fmt = "no time is left for {operation}"


class Deadline:
    """The instant after which the AWS clients send no request; outside of :meth:`phase` there is none.

    It is for one batch at a time: Lambda gives a process one batch at a time.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until = float("inf")

    def watch(self, client: Any) -> None:
        """Check every request of a boto3 client against the deadline before it is sent."""
        client.meta.events.register("before-send", self.check)

    @contextmanager
    def phase(self, until: float) -> Iterator[None]:
        """Within the context, let no request begin after an instant, in monotonic seconds."""
        self._until = until
        try:
            yield
        finally:
            self._until = float("inf")

    def check(self, event_name: str = "", **_: Any) -> None:
        """Raise OutOfTimeError for a request that is to begin too late."""
        # botocore raises this error to the caller: it is not one of the errors after which it retries.
        if self._monotonic() >= self._until:
            raise OutOfTimeError(operation=event_name.rpartition(".")[2])

"""The time of one invocation: until when each of its phases may go on (D7), and the AWS clients held to it.

botocore repeats a failed request by itself, and knows nothing of the invocation's end. Each attempt, the
first as well as every repeat, asks here first; docs/reliability.md says what ends when.
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
"""How long before the process is killed each phase of :class:`Budget` ends."""

ROBOTS_SECONDS = 15.0
"""Longest wait for a robots.txt, of the page's site or of one it redirects to."""

AROUND_FETCH = ROBOTS_SECONDS + MAX_WAIT + 5.0
"""Seconds a page may take in addition to its fetch: robots.txt, its turn, and reading it."""

ENOUGH = 0.9
"""A page is begun with the time it may need, or with this share of the usable time, if that is less: a function
whose timeout is short gives its pages less, rather than none."""

MIN_PAGE_SECONDS = 10.0
"""With less than this before fetching ends nothing is begun, whatever the settings."""

MIN_VISIT_SECONDS = 1.0
"""Pages are waited for at least this long: with no time left they are not begun, and say so at once."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Until when each phase of an invocation may go on, all in monotonic seconds; computed once.

    start_until: pages are begun. fetch_until: pages are fetched; what has come by then is kept. read_until: articles
    are read. visit_until: a page that is not done is left behind. store_until: an attempt to store may begin.
    settle_until: the queue may be told. ends: the process is killed.
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
        """Divide the time that there is: ``remaining`` seconds from ``now``."""
        ends = now + remaining
        phases = {name: ends - seconds for name, seconds in SECONDS_BEFORE_END.items()}
        usable = phases["fetch_until"] - now
        needed = min(settings.page_timeout + AROUND_FETCH, ENOUGH * usable)
        return cls(start_until=phases["fetch_until"] - max(MIN_PAGE_SECONDS, needed), ends=ends, **phases)

    def visit_seconds(self, now: float) -> float:
        """How long to wait for pages that are under way."""
        return max(MIN_VISIT_SECONDS, self.visit_until - now)


class OutOfTimeError(BotoCoreError):
    """The time for AWS requests is over. A BotoCoreError, so that every caller takes it for what it is."""

    fmt = "no time is left for {operation}"


class Deadline:
    """The instant after which the AWS clients send no request; none outside of :meth:`phase`.

    One batch at a time: a process of Lambda's works on one.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until = float("inf")

    def watch(self, client: Any) -> None:
        """Have every request of a boto3 client ask here before it is sent."""
        client.meta.events.register("before-send", self._check)

    @contextmanager
    def phase(self, until: float) -> Iterator[None]:
        """Hold all requests to an instant, in monotonic seconds."""
        self._until = until
        try:
            yield
        finally:
            self._until = float("inf")

    def _check(self, event_name: str = "", **_: Any) -> None:
        # botocore raises what is raised here to the caller: it is none of the errors that are repeated.
        if self._monotonic() >= self._until:
            raise OutOfTimeError(operation=event_name.rpartition(".")[2])

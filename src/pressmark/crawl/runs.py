"""Runs: the pages of one host in one batch are requested one after the other, in one turn (D28).

With a delay of one second, ten pages are requested in a row, and then the host is left alone until ten seconds have
passed since the first. Pages whose turn does not come go back to the queue in one message (pressmark.queues.runs).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pressmark.errors import NotYet
from pressmark.politeness.turns import MAX_WAIT, not_come, run_of


class RunOverError(NotYet):
    """No more pages of the host are requested in this invocation; those left get places in line together."""

    def __init__(self, host: str) -> None:
        super().__init__(0.0, not_come(host))


@dataclass(slots=True, eq=False)
class Run:
    """The pages of one host in one batch. Each has a thread of its own, but they are requested one at a time.

    left: how many pages are not done. delay: seconds between two pages. paced: whether robots.txt states a Crawl-delay,
    so that a turn is for one page. granted: for how many more pages a turn was taken already. began: when the first
    turn was asked for, in monotonic seconds. is_over: whether no further turn comes in this invocation.
    """

    host: str
    delay: float
    left: int = 0
    paced: bool = False
    granted: int = 0
    began: float | None = None
    is_over: bool = False
    _asking: threading.Lock = field(default_factory=threading.Lock)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def one_at_a_time(self, seconds: float) -> Iterator[None]:
        """Wait until no other page of the run is being requested, for at most ``seconds``. Raises NotYet."""
        if not self._asking.acquire(timeout=max(0.0, seconds)):
            raise NotYet(0.0, "the invocation has no time left for another page", ours=True)
        try:
            if self.is_over:
                raise RunOverError(self.host)
            yield
        finally:
            self._asking.release()

    def ended(self) -> None:
        """Count one of its pages as done."""
        with self._counting:
            self.left -= 1

    def pages_a_place(self) -> int:
        """Return how many pages share one place in line: as many as one invocation requests."""
        return 1 + int(MAX_WAIT / self.delay) if self.paced else run_of(self.delay)

"""Runs: the pages of one host in one batch are asked for one after the other, in one turn (D28).

A host that gives a page a second gives ten of them in a row, and then has as many seconds of silence. What does not
come to its turn goes back to the queue together, and comes again together (pressmark.queues.runs).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pressmark.errors import NotYet
from pressmark.politeness.turns import MAX_WAIT, not_come, run_of


class RunOverError(NotYet):
    """No more pages of the host are asked for in this invocation; their places in line are given together."""

    def __init__(self, host: str) -> None:
        super().__init__(0.0, not_come(host))


@dataclass(slots=True, eq=False)
class Run:
    """The pages of one host in one batch; a thread for each of them, and one of them at a time.

    left: pages that have not come to their end. delay: seconds that each page's turn takes. paced: robots.txt states
    a Crawl-delay, so that a turn is for one page. granted: how many pages more the turn that was taken is for. began:
    when the first turn was asked for, in monotonic seconds. is_over: no further turn comes in this invocation.
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
        """Wait until no other page of the run is being asked for, at most for the given seconds. Raises NotYet."""
        if not self._asking.acquire(timeout=max(0.0, seconds)):
            raise NotYet(0.0, "the invocation has no time left for another page", ours=True)
        try:
            if self.is_over:
                raise RunOverError(self.host)
            yield
        finally:
            self._asking.release()

    def ended(self) -> None:
        """One of its pages has come to its end."""
        with self._counting:
            self.left -= 1

    def pages_a_place(self) -> int:
        """How many pages come back at one place in line: as many as one invocation asks for."""
        return 1 + int(MAX_WAIT / self.delay) if self.paced else run_of(self.delay)

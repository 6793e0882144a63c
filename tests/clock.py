"""A clock that tests move."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pressmark.clock import Outside


@dataclass
class Clock:
    """Wall clock and stopwatch in one; sleeping moves it.

    tick: how far each reading moves the wall clock. On a real clock, too, no two readings are the same instant.
    """

    moment: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    elapsed: float = 0.0
    tick: timedelta = timedelta()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def go(self, seconds: float) -> None:
        """Let time go by."""
        self.moment += timedelta(seconds=seconds)
        self.elapsed += seconds

    def now(self) -> datetime:
        with self._lock:
            self.moment += self.tick
            return self.moment

    def monotonic(self) -> float:
        return self.elapsed

    @property
    def outside(self) -> Outside:
        return Outside(now=self.now, monotonic=self.monotonic, sleep=self.go)


def ticking() -> Clock:
    """Return a clock that never shows the same time twice."""
    return Clock(tick=timedelta(microseconds=1))

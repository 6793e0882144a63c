"""The work on one delivery, and the batch that it belongs to."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from pressmark.archive.rows import Item
from pressmark.crawl.budget import Budget
from pressmark.crawl.reports import Report
from pressmark.crawl.runs import Run
from pressmark.errors import MessageError
from pressmark.queues.message import CaptureRequest
from pressmark.warc.stored import StoredCapture
from pressmark.warc.writer import WarcFile

if TYPE_CHECKING:  # most batches need none of it
    from pressmark.crawl.requisites import Shared


@dataclass(slots=True)
class Batch:
    """What the visits of one invocation share.

    token: unique to this batch; claims name it as their holder. budget: its time. warc: the file for its captures.
    """

    token: str
    budget: Budget
    warc: WarcFile
    _urls: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _shared: "Shared | None" = None

    def shared(self, made: "Callable[[], Shared]") -> "Shared":
        """Return the state that the batch's pages share for their requisites; the first call makes it with ``made``."""
        with self._lock:
            self._shared = self._shared or made()
            return self._shared

    def close(self) -> None:
        """Begin no more requests for requisites."""
        with self._lock:
            if self._shared is not None:
                self._shared.close()

    def take(self, url: str) -> bool:
        """Take a cleaned URL for one message of the batch; False if another has it (pressmark.archive.same)."""
        with self._lock:
            free = url not in self._urls
            self._urls.add(url)
            return free


@dataclass(slots=True)
class Visit:
    """The work on one delivery, and what it leaves behind.

    stored: the captures that it put into the WARC. page: the one of them that is the page itself, set once its report
    is complete: what follows cannot cost the page any more. wait: seconds until it should come again. ours: whether it
    waits for Pressmark, and not for a host. claimed: whether it holds the claim on its URL.
    gave_up: whether its failure was the last try of something that might have passed. crawl_delay:
    seconds between requests that the site's robots.txt asks for. turns: the hosts whose turn it has, each with the
    delay in seconds that it was taken with; a visit's requests to one host are one turn. found: the row that shows
    that there is nothing to do. run: the batch's pages of the same host, including this one. in_line: whether it gets a
    place in that host's line when the batch is over. is_counted: whether the run counts it among the pages left.
    """

    report: Report
    batch: Batch
    request: CaptureRequest | None = None
    stored: list[StoredCapture] = field(default_factory=list)
    page: StoredCapture | None = None
    wait: float = 0.0
    ours: bool = False
    claimed: bool = False
    gave_up: bool = False
    crawl_delay: float | None = None
    turns: dict[str, float] = field(default_factory=dict)
    found: Item | None = None
    run: Run | None = None
    in_line: bool = False
    is_counted: bool = False

    def as_it_is(self) -> Self:
        """Return a copy that the thread working on the visit no longer changes."""
        report = replace(self.report, facts=dict(self.report.facts), ms=dict(self.report.ms))
        return replace(self, report=report, stored=list(self.stored))

    def skip(self, reason: str, found: Item) -> None:
        """Skip the page, because a row shows that there is nothing to do."""
        self.report.outcome, self.report.reason, self.found = "skipped", reason, found

    def postpone(self, wait: float, reason: str, *, ours: bool = True) -> None:
        """Put the page off for ``wait`` seconds. ours: whether it waits for Pressmark, and not for its host."""
        self.report.outcome, self.report.reason, self.wait, self.ours = "postponed", reason, wait, ours

    def reject(self, error: MessageError) -> None:
        """Reject the message, because it is not a capture request."""
        self.report.outcome, self.report.code, self.report.reason = "rejected", error.code, error.reason

    def fail(self, code: str, reason: str) -> None:
        """Have the page tried again, because Pressmark or its store failed."""
        self.report.outcome, self.report.code, self.report.reason = "error", code, reason

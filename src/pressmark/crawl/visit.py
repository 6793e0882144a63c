"""One delivery on its way through the pipeline."""

from dataclasses import dataclass, field

from pressmark.crawl.reports import Report
from pressmark.errors import MessageError
from pressmark.queues.message import CaptureRequest
from pressmark.warc.stored import StoredCapture


@dataclass(slots=True)
class Visit:
    """One delivery on its way, and what it leaves behind.

    stored: what it put into the WARC. wait: seconds until it should come again. ours: it waits for Pressmark, and not
    for a host. claimed_by: the holder's name in the claim it took, if it took one.
    gave_up: whether its failure was the last try of something that might have passed. crawl_delay:
    seconds between requests that the site's robots.txt asks for. turns: the hosts whose turn it has, and the
    delay in seconds that it took it with: all that one visit asks of one host is one turn.
    """

    report: Report
    request: CaptureRequest | None = None
    stored: list[StoredCapture] = field(default_factory=list)
    wait: float = 0.0
    ours: bool = False
    claimed_by: str | None = None
    gave_up: bool = False
    crawl_delay: float | None = None
    turns: dict[str, float] = field(default_factory=dict)

    def skip(self, reason: str) -> None:
        """There is nothing to do."""
        self.report.outcome, self.report.reason = "skipped", reason

    def postpone(self, wait: float, reason: str, *, ours: bool = True) -> None:
        """Its turn has not come. ours: nobody has looked whether its host can be asked."""
        self.report.outcome, self.report.reason, self.wait, self.ours = "postponed", reason, wait, ours

    def reject(self, error: MessageError) -> None:
        """The message is not a capture request."""
        self.report.outcome, self.report.code, self.report.reason = "rejected", error.code, error.reason

    def fail(self, code: str, reason: str) -> None:
        """Pressmark or its store failed; the page stays on the queue."""
        self.report.outcome, self.report.code, self.report.reason = "error", code, reason

"""How long a page may wait, over all copies of its message: MessageRetentionDays from when it was first sent.

A page whose turn has not come goes on as a copy of its message, and SQS counts the age of each copy from nothing. So
neither SQS nor, once ``RecursiveLoop: Allow`` has taken away Lambda's own end of such a chain (about 16 copies; AWS
Lambda developer guide, "Recursive loop detection"), would ever end one. Each copy therefore carries when the first
message was sent, and a page that has waited too long is tried for the last time: where it fails, or would have to wait
once more, it gets a row that says so, and goes to the dead-letter queue.

The queue itself keeps messages three days longer than this (template.yaml), since what SQS drops leaves no row. After
a pause of that length a page must not end because Pressmark was not there, or has no time for it yet: what a page
waits for counts as its last try only where it is its host. All else has :data:`OURS` more, so that it ends, too.
"""

from datetime import timedelta

from pressmark.clock import REAL, Outside
from pressmark.crawl.visit import Visit
from pressmark.errors import PermanentError
from pressmark.queues.message import Delivery
from pressmark.warc.event import Capture

OURS = timedelta(days=6)
"""How much longer a page may wait for Pressmark alone: the queue's three days, and three in which to be tried."""

LONGEST_WAIT = timedelta(days=10) + OURS
"""The longest that any copy may have waited before it was sent: the template's largest ``MessageRetentionDays``."""


class Patience:
    """Tells how long messages have waited; used by any number of threads. days: how long they may."""

    def __init__(self, days: int, outside: Outside = REAL) -> None:
        self._days = days
        self._outside = outside

    def is_over(self, delivery: Delivery, *, ours: bool = False) -> bool:
        """Whether a message has waited for as long as it may; False where nobody knows when it was sent.

        ours: it waits for Pressmark, and not for a host.
        """
        sent = delivery.first_sent
        most = timedelta(days=self._days) + (OURS if ours else timedelta())
        return sent is not None and self._outside.now() - sent >= most

    def give_up(self, visit: Visit) -> None:
        """Conclude a visit that would have to wait again with a row that says for what."""
        request, delivery, report = visit.request, visit.report.delivery, visit.report
        assert request is not None  # noqa: S101 - the pipeline parsed it before its page could wait
        cause = PermanentError(
            "waited-too-long",
            f"not captured within {self._days} days of being sent, the longest a page may wait; "
            f"it last waited because {report.reason}",
            url=request.url,
        )
        capture = Capture(
            request,
            delivery.id,
            visit.batch.token,
            started=self._outside.now(),
            tries=delivery.tries,
            error=cause,
        )
        visit.stored.append(visit.batch.warc.add(capture))
        visit.gave_up = True
        report.outcome, report.code, report.reason = "failed", cause.code, cause.reason

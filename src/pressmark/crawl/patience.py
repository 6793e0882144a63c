"""Limits how long a page may wait, over all copies of its message: MessageRetentionDays from when it was first sent.

A page whose turn has not come continues as a copy of its message, and SQS counts the age of each copy from zero. So SQS
would never end such a chain of copies. Lambda would, after about 16 copies (AWS Lambda developer guide, "Recursive loop
detection"), but ``RecursiveLoop: Allow`` turns that off. Each copy therefore states when the first message was sent. A
page that has waited too long is tried for the last time: if it fails, or would have to wait once more, it gets a row
that says so, and goes to the dead-letter queue.

The queue itself keeps messages three days longer than this (template.yaml), because a message that SQS drops leaves no
row. After a pause of that length, a page must not be given up because Pressmark was not running, or has no time for it
yet. So a page that waits for Pressmark, and not for its host, has :data:`OURS` more, but then it ends, too.
"""

from datetime import timedelta

from pressmark.clock import REAL, Outside
from pressmark.crawl.visit import Visit
from pressmark.errors import PermanentError
from pressmark.queues.message import Delivery
from pressmark.warc.event import Capture

OURS = timedelta(days=6)
"""How much longer a page may wait for Pressmark alone: the queue's three days, and three more in which to be tried."""

LONGEST_WAIT = timedelta(days=10) + OURS
"""The longest that a page may have waited when a copy is sent: the largest ``MessageRetentionDays`` plus OURS."""


class Patience:
    """Decides whether messages have waited too long; used by any number of threads. days: how long they may wait."""

    def __init__(self, days: int, outside: Outside = REAL) -> None:
        self._days = days
        self._outside = outside

    def is_over(self, delivery: Delivery, *, ours: bool = False) -> bool:
        """Whether a message has waited for as long as it may; False if it is not known when it was sent.

        ours: whether it waits for Pressmark, and not for a host.
        """
        sent = delivery.first_sent
        most = timedelta(days=self._days) + (OURS if ours else timedelta())
        return sent is not None and self._outside.now() - sent >= most

    def give_up(self, visit: Visit) -> None:
        """End a visit that would have to wait again: write a row that says what it waited for."""
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

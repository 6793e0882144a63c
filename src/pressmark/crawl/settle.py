"""Settles each message after everything is stored: acknowledged, put back as a copy, or made a dead letter."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from math import ceil

from pressmark.crawl.ending import Endings
from pressmark.crawl.visit import Visit
from pressmark.errors import ArchiveError
from pressmark.politeness.claims import Claims
from pressmark.queues.capture import Queue, backoff


class Settler:
    """Settles messages, writes jobs and ends claims; used by any number of threads."""

    def __init__(self, queue: Queue, claims: Claims, endings: Endings, *, max_tries: int) -> None:
        """max_tries: tries of a page, including the first; then it is given up."""
        self._queue = queue
        self._claims = claims
        self._endings = endings
        self._max_tries = max_tries

    @staticmethod
    def is_silent(visits: Sequence[Visit]) -> bool:
        """Whether :meth:`settle` sends no request for these: for most pages, the answer to Lambda is enough."""
        return len(visits) == 1 and _is_silent(visits[0])

    def settle(self, visits: Sequence[Visit]) -> None:
        """Settle the message of a page, or of several that continue as one message; these all wait equally long.

        If that fails, SQS delivers the message again.
        """
        if len(visits) == 1:
            self._settle(visits[0])
        else:
            self._send_on(visits)

    def _send_on(self, visits: Sequence[Visit]) -> None:
        reports, wait = [visit.report for visit in visits], visits[0].wait
        for visit in visits:
            self._release(visit)
        try:
            self._queue.postpone_run([report.delivery for report in reports], wait)
        except Exception as error:  # noqa: BLE001 - as below
            for report in reports:
                report.facts["queue_error"] = f"{type(error).__name__}: {error}"[:300]
            return
        first = True
        for report in reports:
            report.acknowledge = True
            report.facts["wait"] = ceil(wait)
            if report.delivery.place is None:
                continue
            # One log line for all pages that came as a run: a run waits many times, and logs are paid by the byte.
            if first:
                report.facts["pages"] = sum(each.delivery.place is not None for each in reports)
            report.is_told = first
            first = False

    def _settle(self, visit: Visit) -> None:
        report, delivery = visit.report, visit.report.delivery
        self._release(visit)
        self._endings.tell(visit)
        try:
            match report.outcome:
                case "archived" | "unchanged" | "skipped":  # as in _is_silent
                    report.acknowledge = True
                case "failed":
                    if visit.gave_up:
                        self._queue.give_up(delivery, report.code or "", report.reason or "")
                    report.acknowledge = True
                case "rejected":
                    self._queue.give_up(delivery, report.code or "", report.reason or "")
                    report.acknowledge = True
                case "postponed":
                    report.facts["wait"] = ceil(visit.wait)
                    self._queue.postpone(delivery, visit.wait)
                    report.acknowledge = True
                case "retry" | "error":
                    if delivery.tries >= self._max_tries:
                        self._queue.give_up(delivery, report.code or "", report.reason or "")
                    else:
                        wait = max(visit.wait, backoff(delivery.tries))
                        report.facts["wait"] = ceil(wait)
                        self._queue.retry(delivery, wait)
                    report.acknowledge = True
        except Exception as error:  # noqa: BLE001 - whatever it is, the other pages must be settled
            report.acknowledge = False
            report.facts["queue_error"] = f"{type(error).__name__}: {error}"[:300]

    def delete(self, visits: Iterable[Visit]) -> None:
        """Delete acknowledged messages at once, as Lambda may never get the function's answer. Raises ArchiveError.

        A message of several pages is deleted if all of them were acknowledged.
        """
        reports = [visit.report for visit in visits]
        kept = {report.delivery.receipt_handle for report in reports if not report.acknowledge}
        self._queue.delete(
            report.delivery for report in reports if report.delivery.receipt_handle not in kept
        )

    def _release(self, visit: Visit) -> None:
        """End the claim of a visit: its rows are stored, or it has nothing more to do."""
        if visit.claimed and visit.request is not None:
            with suppress(ArchiveError):  # its lease ends by itself
                self._claims.release(visit.request.url, holder=visit.batch.token)


def _is_silent(visit: Visit) -> bool:
    is_waited_for = visit.request is not None and visit.request.job is not None
    return (
        visit.report.outcome in ("archived", "unchanged", "skipped")
        and not visit.claimed
        and not is_waited_for
    )

"""How a batch of messages becomes one WARC file and its rows: the story, from top to bottom.

Order of commitment (D1): the WARC is stored, then the rows, then the messages are acknowledged. A crash
between any two steps leaves the message on the queue, and at worst a WARC that ``pressmark rebuild`` finds.

If an earlier delivery never reported an end, some messages of a batch are put back as copies before any page is begun
(see :mod:`pressmark.crawl.isolation`).
"""

import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from pressmark.clock import REAL, Outside
from pressmark.crawl.budget import Budget, Deadline
from pressmark.crawl.grouping import assign, together
from pressmark.crawl.isolation import plan
from pressmark.crawl.patience import Patience
from pressmark.crawl.reports import Report
from pressmark.crawl.settle import Settler
from pressmark.crawl.store import Store
from pressmark.crawl.visit import Batch, Visit
from pressmark.crawl.worker import PageWorker
from pressmark.errors import ArchiveError, MessageError
from pressmark.politeness.turns import not_come
from pressmark.queues.message import Delivery, parse
from pressmark.settings import Settings
from pressmark.urls import turn_host
from pressmark.warc.writer import WarcFile

AGAIN_SOON = 2.0
"""Seconds until a page comes back whose URL another message of the batch has, too."""


class Pipeline:
    """Captures batches of messages; one per process, kept across invocations."""

    def __init__(
        self,
        settings: Settings,
        *,
        worker: PageWorker,
        store: Store,
        settler: Settler,
        deadline: Deadline,
        outside: Outside = REAL,
    ) -> None:
        self._settings = settings
        self._worker = worker
        self._store = store
        self._settler = settler
        self._deadline = deadline
        self._patience = Patience(settings.message_retention_days, outside)
        self._outside = outside

    def run(self, deliveries: Sequence[Delivery], *, remaining: float, invocation: str = "") -> list[Report]:
        """Capture a batch; return one report for each delivery, in order.

        remaining: seconds until the process is killed. invocation: its id, for claims and the file's name.
        Never raises for what a page, a server or the store does: a message that is not acknowledged comes again.
        """
        budget = Budget.of(self._outside.monotonic(), remaining, self._settings)
        token = f"{invocation or 'local'}-{uuid.uuid4().hex[:8]}"
        warc = WarcFile(self._settings, host=token.replace("-", "")[-16:], outside=self._outside)
        batch = Batch(token, budget, warc)
        planned = plan(deliveries)
        visits = [self._stand_back(each, reason, batch) for each, reason in planned.later]
        try:
            self._send_on(visits, batch)
            visits += self._capture(planned.now, batch)
        except ArchiveError as error:
            visits += self._hand_back(planned.now, batch, error)
        finally:
            batch.close()
            warc.close()
        places = {each.receipt_handle or each.message_id: place for place, each in enumerate(deliveries)}
        reports = [visit.report for visit in visits]
        return sorted(
            reports, key=lambda each: places[each.delivery.receipt_handle or each.delivery.message_id]
        )

    def _send_on(self, visits: Sequence[Visit], batch: Batch) -> None:
        """Send copies to the queue and delete their originals. Raises ArchiveError; then no page may be begun.

        This is done first, because a page may kill the process, and then Lambda gets no answer from this invocation.
        """
        with self._deadline.phase(batch.budget.visit_until):
            self._settle(visits)
            self._settler.delete(visits)

    def _capture(self, deliveries: Sequence[Delivery], batch: Batch) -> list[Visit]:
        """Capture pages into one WARC file, store it, write the rows, settle the messages."""
        budget = batch.budget
        # Threads for this batch only: one that hangs must not be missing in the next batch.
        threads = ThreadPoolExecutor(self._settings.concurrency, thread_name_prefix="page")
        try:
            with self._deadline.phase(budget.visit_until):
                begun = assign(
                    [self._read(Visit(Report(each), batch)) for each in deliveries], self._settings.host_delay
                )
                under_way = [threads.submit(self._visit, each) for each in begun]
                visits = self._gather(under_way, begun, batch)
                self._worker.line_up(visits)
            with self._deadline.phase(budget.store_until):
                self._store.put(visits, batch.warc)
            with self._deadline.phase(budget.settle_until):
                self._settle(visits)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
        return visits

    def _stand_back(self, delivery: Delivery, reason: str, batch: Batch) -> Visit:
        """Return the visit of a page that is not begun in this invocation, and is to be put back as a copy."""
        visit = self._read(Visit(Report(delivery), batch))
        if visit.request is not None:
            visit.postpone(delivery.wait, reason)
        return visit

    def _hand_back(self, deliveries: Sequence[Delivery], batch: Batch, error: ArchiveError) -> list[Visit]:
        """Begin no page, because messages that continue as copies cannot be deleted from the queue."""
        visits = [Visit(Report(delivery), batch) for delivery in deliveries]
        for visit in visits:
            visit.fail("store-error", str(error))
        with self._deadline.phase(batch.budget.settle_until):
            self._settle(visits)
        return visits

    def _settle(self, visits: Sequence[Visit]) -> None:
        asking: list[list[Visit]] = []
        for group in together(visits):
            if self._settler.is_silent(group):
                self._settler.settle(group)
            else:
                asking.append(group)
        if asking:  # starting ten threads takes 1.7 ms
            with ThreadPoolExecutor(self._settings.concurrency, thread_name_prefix="settle") as threads:
                list(threads.map(self._settler.settle, asking))

    def _gather(
        self, under_way: Sequence[Future[Visit]], begun: Sequence[Visit], batch: Batch
    ) -> list[Visit]:
        """Wait for the visits, but not beyond the batch's time: one page that hangs never costs the others."""
        _, hanging = wait(under_way, timeout=batch.budget.visit_seconds(self._outside.monotonic()))
        # From here on the file does not change: the rows are made of what is in it now.
        batch.warc.seal()
        visits = []
        for each, visit in zip(under_way, begun, strict=True):
            if each not in hanging:
                visits.append(each.result())
            elif visit.page is not None:  # the page is kept: only its requisites were not done in time
                kept = visit.as_it_is()
                kept.report.facts.setdefault("requisites_error", "time ran out before they were done")
                visits.append(kept)
            else:
                late = Visit(Report(visit.report.delivery), batch)
                late.fail("soft-time-limit-exceeded", "time ran out before the page was done")
                visits.append(late)
        return visits

    def _visit(self, visit: Visit) -> Visit:
        """Fetch one page and write it into the batch's WARC; whatever happens is in the visit's report."""
        delivery, batch = visit.report.delivery, visit.batch
        if visit.request is None:
            return visit
        try:
            if delivery.wait:
                visit.postpone(delivery.wait, "it had to wait longer than the queue can delay a message")
            elif self._outside.monotonic() > batch.budget.start_until:
                visit.postpone(0.0, "the invocation has no time left for another page")
            elif visit.in_line:
                visit.postpone(0.0, not_come(turn_host(visit.request.url)), ours=False)
            elif not batch.take(visit.request.url):
                visit.postpone(AGAIN_SOON, "another message of this batch asks for the same URL")
            else:
                self._worker.visit(visit)
            if visit.report.outcome == "postponed" and self._patience.is_over(delivery, ours=visit.ours):
                self._patience.give_up(visit)
        except ArchiveError as error:
            visit.fail("store-error", str(error))
        except Exception as error:  # noqa: BLE001 - a defect met on one page must not fail the batch
            visit.fail("job-failed", f"{type(error).__name__}: {error}")
        finally:
            if visit.run is not None and visit.is_counted:
                visit.run.ended()
        return visit

    @staticmethod
    def _read(visit: Visit) -> Visit:
        """Parse the request in a visit's message. If the message is not one, the visit's report says so."""
        try:
            visit.request = parse(visit.report.delivery.body)
        except MessageError as error:
            visit.reject(error)
        except Exception as error:  # noqa: BLE001 - as in _visit
            visit.fail("job-failed", f"{type(error).__name__}: {error}")
        else:
            visit.report.url = visit.request.url
        return visit

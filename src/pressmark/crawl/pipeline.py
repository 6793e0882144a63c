"""How a batch of messages becomes one WARC file and its rows: the story, from top to bottom.

Order of commitment (D1): the WARC is stored, then the rows, then the messages are acknowledged. A crash
between any two steps leaves the message on the queue, and at worst a WARC that ``pressmark rebuild`` finds.

Where an earlier delivery never reported an end, some of a batch go on as copies before anything else is begun
(see :mod:`pressmark.crawl.isolation`).
"""

import threading
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from pressmark.archive import rows
from pressmark.archive.objects import Objects
from pressmark.archive.rows import Item
from pressmark.archive.table import Table
from pressmark.clock import REAL, Outside
from pressmark.crawl.budget import Deadline
from pressmark.crawl.isolation import plan
from pressmark.crawl.patience import Patience
from pressmark.crawl.reports import Report
from pressmark.crawl.settle import Settler
from pressmark.crawl.visit import Visit
from pressmark.crawl.worker import AROUND_FETCH, PageWorker
from pressmark.errors import ArchiveError, MessageError, RefusedError
from pressmark.politeness.claims import Claims
from pressmark.queues.capture import Queue
from pressmark.queues.message import Delivery, parse
from pressmark.settings import Settings
from pressmark.warc.writer import WarcFile

COMMIT_SECONDS = 15.0
"""Kept free before the deadline to store the WARC, write the rows and settle the queue."""

STORE_SECONDS = 10.0
"""Before the deadline: a page that is not done by then is left behind, and what is done is stored."""

HAND_BACK_SECONDS = 1.0
"""Waited for pages in any case: with no time left they are not begun, and say so at once."""

SETTLE_SECONDS = 3.0
"""Before the deadline: no attempt to store begins any more, and the queue is told."""

ANSWER_SECONDS = 0.5
"""Before the deadline: the queue is asked nothing any more, so that the function's answer gets out."""

ENOUGH = 0.9
"""A page is begun with the time it may need, or with so much of all the time there ever was: a function
whose timeout is short gives its pages less, rather than none."""

MIN_PAGE_SECONDS = 10.0
"""With less than this before the commit nothing is started, whatever the settings."""

AGAIN_SOON = 2.0
"""Seconds until a page comes back that a batch held twice."""


@dataclass(slots=True)
class _Batch:
    """The work on the pages that an invocation captures: who does it, until when, and what has been seen in it.

    deadline: when the process is killed. start_until: when a page may still be started. Both in
    outside.monotonic() seconds.
    """

    token: str
    deliveries: Sequence[Delivery]
    deadline: float
    start_until: float
    warc: WarcFile
    seen: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def first(self, url: str) -> bool:
        """Whether this is the batch's first message for the URL, cleaned (see :mod:`pressmark.archive.same`)."""
        with self.lock:
            fresh = url not in self.seen
            self.seen.add(url)
            return fresh


class Pipeline:
    """Captures batches of messages; one per process, kept across invocations."""

    def __init__(
        self,
        settings: Settings,
        *,
        worker: PageWorker,
        claims: Claims,
        table: Table,
        objects: Objects,
        queue: Queue,
        deadline: Deadline | None = None,
        outside: Outside = REAL,
    ) -> None:
        self._settings = settings
        self._worker = worker
        self._patience = Patience(settings.message_retention_days, outside)
        self._table = table
        self._objects = objects
        self._settler = Settler(queue, claims, max_tries=settings.max_receives)
        self._deadline = deadline or Deadline(outside.monotonic)
        self._outside = outside

    def run(self, deliveries: Sequence[Delivery], *, remaining: float, invocation: str = "") -> list[Report]:
        """Capture a batch; ``remaining``: seconds until the process is killed. One report a delivery, in order.

        Never raises for what a page, a server or the store does: what is not acknowledged comes again.
        """
        now = self._outside.monotonic()
        deadline, start_until = now + remaining, now + self._start_seconds(remaining)
        token = f"{invocation or 'local'}-{uuid.uuid4().hex[:8]}"
        warc = WarcFile(self._settings, host=token.replace("-", "")[-16:], outside=self._outside)
        planned = plan(deliveries)
        batch = _Batch(token, planned.now, deadline, start_until, warc)
        visits = [self._stand_back(each, reason) for each, reason in planned.later]
        try:
            self._deadline.until = deadline - STORE_SECONDS
            self._settle(visits)
            # What is begun may kill the process, and then nobody hears what this invocation answers.
            self._settler.delete(visits)
            visits += self._capture(batch)
        except ArchiveError as error:
            visits += self._hand_back(planned.now, error)
        finally:
            self._deadline.until = float("inf")
            warc.close()
        places = {each.receipt_handle or each.message_id: place for place, each in enumerate(deliveries)}
        reports = [visit.report for visit in visits]
        return sorted(
            reports, key=lambda each: places[each.delivery.receipt_handle or each.delivery.message_id]
        )

    def _capture(self, batch: _Batch) -> list[Visit]:
        """Capture pages into one WARC file, store it, write the rows, tell the queue."""
        # Threads of this batch's own: one that hangs must not be missing in the next.
        threads = ThreadPoolExecutor(self._settings.concurrency, thread_name_prefix="page")
        try:
            visits = self._gather(
                [threads.submit(self._visit, each, batch) for each in batch.deliveries], batch
            )
            self._deadline.until = batch.deadline - SETTLE_SECONDS
            self._store(visits, batch)
            self._deadline.until = batch.deadline - ANSWER_SECONDS
            self._settle(visits)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
        return visits

    def _stand_back(self, delivery: Delivery, reason: str) -> Visit:
        """A page that is not begun in this invocation, and goes on as a copy."""
        visit = self._asked(delivery)
        if visit.request is not None:
            visit.postpone(delivery.wait, reason)
        return visit

    def _hand_back(self, deliveries: Sequence[Delivery], error: ArchiveError) -> list[Visit]:
        """Begin nothing, as what goes on as a copy cannot be taken off the queue."""
        visits = [Visit(Report(delivery)) for delivery in deliveries]
        for visit in visits:
            visit.fail("store-error", str(error))
        self._settle(visits)
        return visits

    def _settle(self, visits: Sequence[Visit]) -> None:
        if visits:
            with ThreadPoolExecutor(self._settings.concurrency, thread_name_prefix="settle") as threads:
                list(threads.map(self._settler.settle, visits))

    def _gather(self, visits: Sequence[Future[Visit]], batch: _Batch) -> list[Visit]:
        """Wait for the visits, but not beyond the batch's time: one page that hangs never costs the others."""
        pages = [Visit(Report(delivery)) for delivery in batch.deliveries]
        left = batch.deadline - STORE_SECONDS - self._outside.monotonic()
        _, hanging = wait(visits, timeout=max(HAND_BACK_SECONDS, left))
        # From here on nothing changes any more: what is in the file is what the rows are made of.
        batch.warc.seal()
        for number, visit in enumerate(visits):
            if visit in hanging:
                pages[number].fail("soft-time-limit-exceeded", "the page was not done in the time there was")
            else:
                pages[number] = visit.result()
        return pages

    def _start_seconds(self, remaining: float) -> float:
        """For how many seconds of an invocation pages are begun: each with the time that it may need."""
        free = remaining - COMMIT_SECONDS
        needed = min(self._settings.page_timeout + AROUND_FETCH, ENOUGH * free)
        return free - max(MIN_PAGE_SECONDS, needed)

    def _visit(self, delivery: Delivery, batch: _Batch) -> Visit:
        """Fetch one page and write it into the batch's WARC; whatever happens is in the visit's report."""
        visit = self._asked(delivery)
        if visit.request is None:
            return visit
        try:
            now = self._outside.monotonic()
            if delivery.wait:
                visit.postpone(delivery.wait, "it had to wait longer than the queue delays a message")
            elif now > batch.start_until:
                visit.postpone(0.0, "the invocation has no time left for another page")
            elif not batch.first(visit.request.url):
                visit.postpone(AGAIN_SOON, "another message of this batch asks for the same URL")
            else:
                self._worker.visit(
                    visit,
                    token=batch.token,
                    lease=batch.deadline - now,
                    deadline=batch.deadline - COMMIT_SECONDS,
                    warc=batch.warc,
                )
            if visit.report.outcome == "postponed" and self._patience.is_over(delivery, ours=visit.ours):
                self._patience.give_up(visit, token=batch.token, warc=batch.warc)
        except ArchiveError as error:
            visit.fail("store-error", str(error))
        except Exception as error:  # noqa: BLE001 - a defect met on one page must not take the batch with it
            visit.fail("job-failed", f"{type(error).__name__}: {error}")
        return visit

    @staticmethod
    def _asked(delivery: Delivery) -> Visit:
        """Read what a message asks for; without a request where it is not one, which its report says."""
        visit = Visit(Report(delivery))
        try:
            visit.request = parse(delivery.body)
        except MessageError as error:
            visit.reject(error)
        except Exception as error:  # noqa: BLE001 - as in _visit
            visit.fail("job-failed", f"{type(error).__name__}: {error}")
        else:
            visit.report.url = visit.request.url
        return visit

    def _store(self, visits: Sequence[Visit], batch: _Batch) -> None:
        """Store the WARC, then the rows. Where that fails, every page in it stays on the queue."""
        stored = [visit for visit in visits if visit.stored]
        if not stored:
            return
        started = self._outside.monotonic()
        try:
            self._objects.put(batch.warc.key, batch.warc.open(), crc32=batch.warc.crc32)
            self._index(stored)
        except ArchiveError as error:
            for visit in stored:
                visit.fail("store-error", str(error))
        spent = 1000 * (self._outside.monotonic() - started)
        for visit in stored:
            visit.report.ms["store"] = spent

    def _index(self, visits: Sequence[Visit]) -> None:
        """Write the rows; one page's that cannot be made or written leave the others alone."""
        made: list[tuple[Visit, list[Item], list[Item]]] = []
        for visit in visits:
            try:
                heads, others = self._items(visit)
            except Exception as error:  # noqa: BLE001 - as in _visit
                visit.fail("job-failed", f"{type(error).__name__}: {error}")
            else:
                made.append((visit, heads, others))
        try:
            # The row of the URL that was asked for is what a repeat takes as proof that all is written.
            self._table.put(item for _, _, others in made for item in others)
            self._table.put(item for _, heads, _ in made for item in heads)
        except RefusedError as error:
            if len(made) == 1:
                raise
            for visit, heads, others in made:
                try:
                    self._table.put(others)
                    self._table.put(heads)
                except RefusedError:
                    visit.fail("store-error", str(error))

    def _items(self, visit: Visit) -> tuple[list[Item], list[Item]]:
        """Return the rows of what was asked for, and all other items of a visit."""
        heads: list[Item] = []
        others: list[Item] = []
        for capture in visit.stored:
            head, *rest = rows.items(
                capture, bucket=self._objects.bucket, index_terms=self._settings.index_terms
            )
            heads.append(head)
            others += rest
        return heads, others

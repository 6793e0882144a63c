"""Captures one page: robots.txt, its turn, its claim, the fetch, the article, the WARC."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressmark.archive.outcome import is_archived, is_capture_of
from pressmark.archive.rows import Item
from pressmark.archive.table import Table
from pressmark.clock import REAL, Outside, parse_iso
from pressmark.crawl import isolation
from pressmark.crawl.articles import Articles, Needed
from pressmark.crawl.courtesy import Courtesy, Politeness
from pressmark.crawl.patience import Patience
from pressmark.crawl.revisits import Repeats
from pressmark.crawl.runs import Run, RunOverError
from pressmark.crawl.visit import Visit
from pressmark.errors import ArchiveError, CaptureError, NotYet, TransientError
from pressmark.forms import Requisites
from pressmark.http.exchange import FetchResult
from pressmark.http.fetcher import Fetcher
from pressmark.queues.capture import MESSAGE_LIFE
from pressmark.queues.message import CaptureRequest, Delivery
from pressmark.reading.process import Reads
from pressmark.settings import Settings
from pressmark.urls import turn_host
from pressmark.warc.event import Capture

if TYPE_CHECKING:  # loaded when a page is first captured with what it needs
    from pressmark.archive.requisite_lists import Listing
    from pressmark.crawl.known import Lists
    from pressmark.crawl.whole_page import WholePages


@dataclass(frozen=True, slots=True)
class Past:
    """What the archive holds already. table: its rows. lists: makes what looks up requisite lists."""

    table: Table
    lists: "Callable[[], Lists]"


@dataclass(slots=True)
class _Chain:
    """A redirect chain that is followed. not_yet: why it must wait for the turn of a host that it leads to, or None."""

    not_yet: NotYet | None = None


class PageWorker:
    """Captures pages, from the request to the records in the WARC; used by many threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        fetcher: Fetcher,
        politeness: Politeness,
        past: Past,
        reader: Reads,
        outside: Outside = REAL,
    ) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._politeness = politeness
        self._claims = politeness.claims
        self._courtesy = Courtesy(settings, politeness, outside)
        self._past = past
        self._table = past.table
        self._whole_pages: WholePages | None = None
        self._lock = threading.Lock()
        self._articles = Articles(reader, outside)
        self._patience = Patience(settings.message_retention_days, outside)
        self._outside = outside

    def visit(self, visit: Visit) -> None:
        """Capture ``visit.request`` into the batch's WARC; the outcome is in the visit's report.

        Raises ArchiveError if the store does not answer.
        """
        batch = visit.batch
        request, delivery = visit.request, visit.report.delivery
        assert request is not None  # noqa: S101 - the pipeline parsed it before it called
        capture = Capture(
            request, delivery.id, batch.token, started=self._outside.now(), tries=delivery.tries
        )
        lists: dict[str, Listing] = {}
        try:
            if needless := _needless(capture, self._rows_before(request, delivery)):
                visit.skip(*needless)
                return
            run, now = visit.run, self._outside.monotonic()
            with nullcontext() if run is None else run.one_at_a_time(batch.budget.start_until - now):
                self._ask(capture, visit, lists)
            # The next page of the run is requested while this one is read.
            if visit.found is None:
                self._conclude(capture, visit, lists)
        except NotYet as error:
            visit.postpone(error.wait, error.reason, ours=error.ours)
            visit.in_line = isinstance(error, RunOverError)
        finally:
            capture.close()

    def _ask(self, capture: Capture, visit: Visit, lists: "dict[str, Listing]") -> None:
        """Request the page in its turn, unless a row shows that there is nothing to do.

        lists: filled with the requisite lists of earlier captures, by URL. Raises NotYet, ArchiveError.
        """
        request, delivery, batch = capture.request, visit.report.delivery, visit.batch
        given_up = isolation.verdict(delivery)
        capture.error = given_up or self._courtesy.ask_robots(request.url, visit)
        if capture.error is not None and not given_up:
            return
        wait = 0.0 if given_up else self._courtesy.take_turn(request.url, visit)
        if _must_claim(request, delivery):
            lease = batch.budget.ends - self._outside.monotonic()
            self._claims.take(request.url, holder=batch.token, lease=lease)
            visit.claimed = True
        # With a claim, the rows of its last holder must be seen. Without one, an earlier capture to repeat may be
        # missed: then the page is stored whole once more.
        known = self._table.recent(request.url, consistent=visit.claimed)
        if needless := _needless(capture, known):
            visit.skip(*needless)
        elif not given_up:
            self._courtesy.wait_for(wait, visit)
            repeats = Repeats(request.url, known, self._lately)
            if (level := self._level(request)) != "none":
                repeats.list_of = lambda rows: self._whole().before(rows, level)
            self._fetch(capture, visit, repeats)
            lists |= repeats.lists
            if visit.run is not None and isinstance(capture.error, TransientError):
                visit.run.granted = 0  # a host in trouble is not asked for the rest of the run

    def line_up(self, visits: Sequence[Visit]) -> None:
        """Give places in line to pages that wait for their host's turn; if the table fails, they are tried again."""
        waiting: dict[Run, list[Visit]] = {}
        for visit in visits:
            if visit.in_line and visit.run is not None and visit.report.outcome == "postponed":
                waiting.setdefault(visit.run, []).append(visit)
        for pages in waiting.values():
            try:
                self._courtesy.line_up(pages)
            except ArchiveError as error:
                for visit in pages:
                    visit.fail("store-error", str(error))

    def _rows_before(self, request: CaptureRequest, delivery: Delivery) -> list[Item]:
        """Return rows that may show at once that there is nothing to do; for most pages none are read."""
        rows: list[Item] = []
        if delivery.id != delivery.message_id:  # a copy
            # This finds its row, however many captures are newer.
            rows += self._table.of_message(request.url, delivery.id, self._outside.now() - MESSAGE_LIFE)
        if request.if_not_archived_within is not None:
            rows += self._table.recent(request.url)
        return rows

    def _lately(self, url: str) -> list[Item]:
        return self._table.recent(url, consistent=False)

    def _fetch(self, capture: Capture, visit: Visit, repeats: Repeats) -> None:
        started = self._outside.monotonic()
        request, capture.earlier = capture.request, repeats.found
        chain = _Chain()
        result = self._fetcher.fetch(
            request.url,
            deadline=visit.batch.budget.fetch_until,
            conditions=repeats.conditions,
            admit=lambda there: self._admit(there, chain, visit),
        )
        capture.exchanges = result.exchanges
        visit.report.ms["fetch"] = 1000 * (self._outside.monotonic() - started)
        result.error = result.error or repeats.unasked(result)
        capture.error = result.error
        if chain.not_yet is not None:
            raise chain.not_yet
        if isinstance(result.error, TransientError) and result.error.code in (
            "too-many-requests",
            "service-unavailable",
        ):
            self._politeness.turns.backoff(
                turn_host(result.error.url or request.url), result.error.retry_after
            )
        if request.capture_all and _is_whole_error_page(result):
            capture.error = None

    def _admit(self, there: str, chain: _Chain, visit: Visit) -> CaptureError | None:
        """Return an error if a redirect may not be followed; robots.txt is checked for every URL of the chain.

        Every other host that the chain leads to is asked in its turn; otherwise short links would be a way around the
        delay. All requests of one chain to one host share one turn.
        """
        try:
            refusal = self._courtesy.ask_robots(there, visit)
            if refusal is None:
                self._courtesy.await_turn(there, visit)
        except NotYet as error:
            chain.not_yet = error
            refusal = TransientError("too-many-requests", error.reason, url=there)
        except ArchiveError as error:
            refusal = TransientError("job-failed", str(error), url=there)
        return refusal

    def _conclude(self, capture: Capture, visit: Visit, lists: "dict[str, Listing]") -> None:
        """Keep the capture, or hand the page back for another try.

        lists: of the requisites of earlier captures, by URL.
        """
        report, error = visit.report, capture.error
        if error is not None:
            report.code, report.reason = error.code, error.reason
        last_try = (
            capture.tries >= self._settings.max_receives
            or self._patience.is_over(report.delivery)
            or isolation.verdict(report.delivery) is not None
        )
        if isinstance(error, TransientError) and not last_try:
            report.outcome, visit.wait = "retry", error.retry_after or 0.0
            return
        page = capture.exchanges[-1] if capture.exchanges else None
        level, needed = self._level(capture.request), None
        if page is not None and error is None:
            needed = self._articles.read(
                capture,
                page,
                report,
                until=visit.batch.budget.read_until,
                level=level,
                listed=page.url in lists,
            )
        started = self._outside.monotonic()
        stored = visit.batch.warc.add(capture)
        report.ms["warc"] = 1000 * (self._outside.monotonic() - started)
        visit.stored.append(stored)
        visit.gave_up = isinstance(error, TransientError)
        last = stored.hops[-1]
        if error is not None:
            report.outcome = "failed"
        else:
            report.outcome = "unchanged" if last.record == "revisit" else "archived"
        report.facts |= {
            "status": page.status if page else None,
            "mime": last.mime,
            "bytes": sum(exchange.body.size for exchange in capture.exchanges),
            "truncated": last.truncated,
            "hops": len(stored.hops) if len(stored.hops) > 1 else None,
            "final": last.url if last.url != capture.request.url else None,
            "title": (capture.article or {}).get("title"),
            "warc": stored.warc,
            "offset": last.offset,
            "length": last.length,
        }
        visit.page = stored
        if page is not None and error is None and level != "none":
            capture.close()
            self._add_requisites(visit, level, needed, lists.get(page.url))

    def _level(self, request: CaptureRequest) -> Requisites:
        return request.requisites or self._settings.requisites

    def _whole(self) -> "WholePages":
        with self._lock:
            if self._whole_pages is None:
                from pressmark.crawl.whole_page import WholePages

                self._whole_pages = WholePages(
                    self._settings, fetcher=self._fetcher, lists=self._past.lists(), outside=self._outside
                )
            return self._whole_pages

    def _add_requisites(
        self, visit: Visit, level: Requisites, needed: Needed | None, before: "Listing | None"
    ) -> None:
        """Capture a page's requisites, if they are known; the page itself is in the WARC file already."""
        if needed is None and before is None:
            return
        from pressmark.crawl.requisites import Manners
        from pressmark.crawl.whole_page import Needs

        manners = Manners(lambda url: self._courtesy.may_need(url, visit), self._courtesy.leave_alone)
        self._whole().add(visit, Needs(level, needed, before), manners)


def _must_claim(request: CaptureRequest, delivery: Delivery) -> bool:
    """Whether no other delivery may work on the URL at the same moment (pressmark.politeness.claims)."""
    before = delivery.earlier_tries > 0 or delivery.unended_alone is not None
    return before or request.if_not_archived_within is not None


def _needless(capture: Capture, known: Iterable[Item]) -> tuple[str, Item] | None:
    """Return why there is nothing to capture, and the row that shows it; None if there is something to capture."""
    url, span = capture.request.url, capture.request.if_not_archived_within
    for row in known:
        if is_capture_of(row, capture.message_id, url):
            return "this message has already made its capture", row
        if span is None or row["url"] != url or not is_archived(row):
            continue
        if capture.started - parse_iso(row["captured"]) < span:
            return "archived within the time asked for", row
    return None


def _is_whole_error_page(result: FetchResult) -> bool:
    """Whether the only fault is the status of a page that came whole, or was cut by one of our limits."""
    return result.answered and result.exchanges[-1].status >= 400

"""Captures what a page needs to be seen, in the page's own visit: a few requests at a time, as a browser sends them.

Whatever goes wrong here costs only requisites, never the page, whose own event is in the WARC file before this begins.
docs/requisites.md has the rules and the bounds.
"""

import threading
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field

from pressmark.clock import Outside, iso_utc
from pressmark.crawl.articles import Needed
from pressmark.crawl.bodies import Meter, MeteredBody, OutOfBytesError, Shelf
from pressmark.crawl.known import Known
from pressmark.crawl.lineup import Asked, LineUp
from pressmark.crawl.naming import FOUND_IN, Naming
from pressmark.errors import CaptureError, TransientError, UrlError
from pressmark.http.exchange import Exchange, FetchResult
from pressmark.http.fetcher import Fetcher
from pressmark.requisites.fresh import fresh_until
from pressmark.requisites.wanted import Kind, Level, Wanted
from pressmark.urls import join
from pressmark.warc.event import Earlier
from pressmark.warc.records import digest_text, is_not_modified
from pressmark.warc.requisites import LeftOut, Line, RequisiteList

AT_A_TIME = 16
"""Maximum requests at a time for one page: to its host, one or two of its publisher's for pictures, a few others."""

AT_A_TIME_IN_ALL = 48
"""Maximum number of requests at a time for all pages of a batch, which share a third of a processor and 512 MB."""

MOST = 300
"""Maximum number of requisites of one page, pointed at or fetched. Of 123 news pages one names more in its HTML; the
median is 46."""

BYTES = 32 * 1024 * 1024
"""Maximum number of bytes for one page: a news page's pictures and style sheets are 2 MB."""

BYTES_EACH = 10 * 1024 * 1024
"""A requisite is cut here, or at MaxBodyBytes if that is less, and its record says so."""

BATCH_BYTES = 96 * 1024 * 1024
"""Maximum number of bytes for all pages of a batch. In the worst case seven seconds are left to store their WARC file
(``store_until`` in :mod:`pressmark.crawl.budget`), at some 20 MB a second."""

SECONDS = 20.0
"""Longest time for the requisites of one page."""

GRACE = 0.5
"""Seconds that requests get to report that their time is up."""

DEEP: dict[Kind, int] = {"style": 5, "script": 10}
"""How deep style sheets and modules that import each other are followed."""

REDIRECTS = 5
"""Maximum number of redirects from one requisite; each is an exchange and a line of its own."""

BUSY = ("too-many-requests", "service-unavailable")
"""Codes after which a host is not asked again for the page."""


@dataclass(frozen=True, slots=True)
class Manners:
    """Politeness for requests for one page's requisites.

    may: checks robots.txt for a URL; returns an error if it may not be fetched. busy: called with a URL whose host
    answered that it has too much to do, and for how many seconds it wants to be left alone.
    """

    may: Callable[[str], CaptureError | None]
    busy: Callable[[str, float | None], None]


@dataclass(slots=True)
class Shared:
    """State that the pages of one batch share.

    bytes_each: where a body is cut. lists: of the requisites captured so far, the newest first.
    """

    bytes_each: int
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(AT_A_TIME_IN_ALL, thread_name_prefix="requisite")
    )
    meter: Meter = field(default_factory=lambda: Meter(BATCH_BYTES))
    lists: deque[list[Line]] = field(default_factory=lambda: deque(maxlen=20))
    writing: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, captured: RequisiteList) -> None:
        """Remember the list of a page for the batch's next pages."""
        self.lists.appendleft(captured.lines)

    def close(self) -> None:
        """Begin no more requests, and do not wait for any."""
        self.threads.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class Gathered:
    """The result of a :class:`Gathering`, as a capture event needs it (:class:`pressmark.warc.event.Capture`)."""

    exchanges: list[Exchange] = field(default_factory=list)
    earlier: dict[str, Earlier] = field(default_factory=dict)
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    pointers: list[Line] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


class Gathering:
    """The requisites of one page while they are fetched; everything except ``_fetch`` runs in one thread.

    found: the result. Release its bodies with ``close``.
    """

    def __init__(
        self, shared: Shared, fetcher: Fetcher, known: Known, manners: Manners, level: Level, outside: Outside
    ) -> None:
        self.found = Gathered()
        self._shared = shared
        self._known = known
        self._manners = manners
        self._outside = outside
        self._meter = Meter(BYTES, shared.meter)
        self._fetcher = fetcher.with_bodies(lambda: MeteredBody(self._meter))
        self._shelf = Shelf()
        self._page: frozenset[str] = frozenset()
        self._seen: set[str] = set()
        self._line_up = LineUp()
        self._running: dict[Future[FetchResult], Asked] = {}
        self._naming = Naming(level)
        self._payloads: dict[str, Exchange] = {}

    def close(self) -> None:
        """Release memory and disk."""
        self._shelf.close()

    def run(self, needed: Needed, page: Collection[str], *, until: float) -> None:
        """Fetch what is needed, and what those files need themselves.

        page: the page's own URLs, which are not fetched again if a style sheet names them by mistake.
        until: in outside.monotonic() seconds. Raises OSError when the disk is full.
        """
        self._naming.charset = needed.charset
        self._page = frozenset(page)
        for each in needed.wanted:
            self._want(Asked(each))
        try:
            while self._line_up or self._running:
                left = until - self._outside.monotonic()
                if left > 0:
                    self._begin(until)
                if not self._running or left + GRACE <= 0:
                    break
                done, _ = wait(self._running, timeout=left + GRACE, return_when=FIRST_COMPLETED)
                for future in done:
                    self._end(future, self._running.pop(future))
        finally:
            for future, asked in self._running.items():
                self._leave_out(asked.what.url, "time")
                future.cancel()
                future.add_done_callback(_discard)
            for asked in self._line_up:
                self._leave_out(asked.what.url, "time")
            for url in self._naming.unsearched:
                self._leave_out(url, "not searched")

    def _want(self, asked: Asked) -> None:
        """Note a requisite, once for each URL; point at a record of it, or have it fetched."""
        url = asked.what.url
        if url in self._seen or url in self._page:
            return
        self._seen.add(url)
        if len(self._seen) > MOST:
            self._leave_out(url, "too many")
        elif asked.deep > DEEP.get(asked.what.kind, asked.deep):
            self._leave_out(url, "too deep")
        elif (line := self._known.fresh(url, self._outside.now())) is not None:
            self.found.pointers.append(line)
            self._follow_known(asked)
        else:
            self._line_up.add(asked)

    def _begin(self, until: float) -> None:
        """Send as many requests as are allowed at a time."""
        while len(self._running) < AT_A_TIME and (asked := self._next()) is not None:
            self._line_up.begun(asked)
            self._running[self._shared.threads.submit(self._fetch, asked.what.url, until)] = asked

    def _next(self) -> Asked | None:
        """Return what to fetch next; leave out what must not be fetched any more."""
        while (asked := self._line_up.next()) is not None:
            if self._line_up.is_refused(asked):
                self._leave_out(asked.what.url, "refused")
            elif self._meter.is_empty:
                self._leave_out(asked.what.url, "bytes")
            else:
                return asked
        return None

    def _fetch(self, url: str, until: float) -> FetchResult:
        """Fetch one URL; runs in a thread of its own."""
        if (refusal := self._manners.may(url)) is not None:
            return FetchResult([], refusal)
        # A redirect's target is a requisite like any other: with its own host, its own robots.txt and its own line.
        return self._fetcher.fetch(
            url,
            deadline=until,
            conditions=self._known.conditions,
            max_body_bytes=self._shared.bytes_each,
            max_redirects=0,
        )

    def _end(self, future: Future[FetchResult], asked: Asked) -> None:
        """Take the result of a request."""
        self._line_up.ended(asked)
        url = asked.what.url
        if (defect := future.exception()) is not None:  # it must not fail the others
            self._leave_out(url, type(defect).__name__)
            return
        result = future.result()
        exchange = result.exchanges[-1] if result.exchanges else None
        if exchange is not None and exchange.redirect and exchange.truncated is None:
            self._keep(exchange, asked)
            self._follow_redirect(exchange, asked)
        elif (reason := self._fault(result, exchange)) is not None or exchange is None:
            _discard(future)
            self._leave_out(url, reason or "no answer")
            error = result.error
            if error is not None and error.code in BUSY and exchange is not None:
                self._line_up.refuse(asked.host)
                self._manners.busy(url, error.retry_after if isinstance(error, TransientError) else None)
        else:
            self._keep(exchange, asked)

    def _fault(self, result: FetchResult, exchange: Exchange | None) -> str | None:
        """Return why a result is not kept; None for an answer ("not found" is one)."""
        error = result.error
        if isinstance(error, OutOfBytesError):
            return "bytes"
        if error is not None and error.code == "blocked-by-robots":
            return "robots"
        if (error is not None and error.code == "soft-time-limit-exceeded") or (
            exchange is not None and exchange.truncated == "time"
        ):
            return "time"
        if error is not None and (not result.answered or isinstance(error, TransientError)):
            return error.code
        if exchange is not None and exchange.status == 304:
            is_known = is_not_modified(exchange, self._known.confirmed(exchange.url))
            return None if is_known else "invalid-server-response"
        return None

    def _keep(self, exchange: Exchange, asked: Asked) -> None:
        """Keep a response, and look for what it needs itself. Raises OSError when the disk is full."""
        try:
            self._take(exchange, asked)
            self._shelf.put(exchange)
        except BaseException:
            exchange.body.close()
            raise

    def _take(self, exchange: Exchange, asked: Asked) -> None:
        url, what, found = exchange.url, asked.what, self.found
        told: dict[str, str] = {"kind": what.kind, "found": what.found}
        if (until := fresh_until(exchange)) is not None:
            told["fresh_until"] = iso_utc(until)
        if exchange.status == 304:
            told |= self._still_valid(exchange)
            earlier = self._known.confirmed(url)
            self._follow_known(asked)
        else:
            earlier = self._same_payload(exchange)
            for each in self._naming.named(exchange, what.kind):
                self._want(Asked(each, asked.deep + 1))
        if earlier is not None:
            found.earlier[url] = earlier
        found.told[url] = told
        found.exchanges.append(exchange)

    def _still_valid(self, exchange: Exchange) -> dict[str, str]:
        """Return the validators that a 304 confirms and need not say again (RFC 9110 section 15.4.5)."""
        line = self._known.line(exchange.url) or {}
        named = {"etag": "etag", "last_modified": "last-modified"}
        return {
            name: line[name] for name, header in named.items() if name in line and not exchange.header(header)
        }

    def _same_payload(self, exchange: Exchange) -> Earlier | None:
        """Return the record that a response repeats byte for byte, of the archive or of this event."""
        if exchange.redirect or exchange.truncated or not exchange.body.size:
            return None
        if (known := self._known.same_payload(exchange)) is not None:
            return known
        digest = digest_text(exchange.body.sha1)
        first = self._payloads.setdefault(digest, exchange)
        if first is exchange:
            return None
        return Earlier(first.url, iso_utc(first.started), digest, "", 0, 0, elsewhere=True)

    def _follow_known(self, asked: Asked) -> None:
        """Add what a style sheet or script that is not fetched again is known to name."""
        if asked.what.kind in FOUND_IN:
            for each in self._known.named_in(asked.what.url, FOUND_IN[asked.what.kind]):
                self._want(Asked(each, asked.deep + 1))

    def _follow_redirect(self, exchange: Exchange, asked: Asked) -> None:
        try:
            there = join(exchange.url, exchange.redirect or "")
        except UrlError:
            return  # the record of the redirect says where it leads
        if asked.hops >= REDIRECTS:
            self._leave_out(there, "too-many-redirects")
        else:
            self._want(Asked(Wanted(there, asked.what.kind, asked.what.found), asked.deep, asked.hops + 1))

    def _leave_out(self, url: str, reason: str) -> None:
        self.found.left_out.append(LeftOut(url, reason))


def _discard(future: "Future[FetchResult]") -> None:
    """Release the result of a request that is not kept."""
    with suppress(BaseException):
        future.result(timeout=0).close()

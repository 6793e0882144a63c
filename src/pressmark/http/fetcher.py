"""Fetches a page: its redirect chain, hop by hop, each as an Exchange of the bytes that went over the wire.

Whatever a server or the network does is returned as a result, not raised. docs/failures.md lists what can go wrong,
with the codes.
"""

import copy
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from pressmark.clock import REAL, Outside, parse_http_date
from pressmark.errors import CaptureError, PermanentError, TransientError, UrlError
from pressmark.http.exchange import Body, Conditions, Exchange, FetchResult
from pressmark.http.guard import Guard
from pressmark.http.hosts import HostLists
from pressmark.http.wire.connection import (
    Opening,
    Resolver,
    Trust,
    default_trust,
    open_connection,
    system_resolver,
)
from pressmark.http.wire.request import head, target
from pressmark.http.wire.response import receive
from pressmark.http.wire.source import Source
from pressmark.http.wire.wholeness import settle
from pressmark.settings import Settings
from pressmark.urls import clean, join

if TYPE_CHECKING:
    from pressmark.http.wire.cookies import Cookies

STATUS_CODES = {
    400: "bad-request",
    401: "unauthorized",
    403: "no-access",
    404: "not-found",
    405: "method-not-allowed",
    407: "proxy-error",
    408: "read-timeout",
    410: "not-found",
    429: "too-many-requests",
    451: "no-access",
    500: "internal-server-error",
    501: "not-implemented",
    502: "bad-gateway",
    503: "service-unavailable",
    504: "gateway-timeout",
    505: "http-version-not-supported",
    509: "bandwidth-limit-exceeded",
    999: "blocked",
}
"""Save Page Now's error code for each status; other statuses are ``bad-request`` (4xx) or ``internal-server-error``."""

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 509, 520, 521, 522, 523, 524, 525, 527, 529, 530})
_SECONDS = re.compile(r"[0-9]+")

MAX_RETRY_AFTER = 6 * 3600.0
"""Longest Retry-After that is obeyed, in seconds. With a longer one, pages could exceed their time on the queue."""

Ask = Callable[[str], Conditions | None]
"""Called with each URL of a chain before it is requested; returns the conditions to send, or None."""

Admit = Callable[[str], CaptureError | None]
"""Called with the URL a redirect leads to, before it is followed; an error that it returns ends the chain there."""


class Fetcher:
    """Fetches pages. One per process, for any number of threads; every page has connections of its own."""

    def __init__(
        self,
        settings: Settings,
        *,
        outside: Outside = REAL,
        resolver: Resolver = system_resolver,
        trust: ssl.SSLContext | None = None,
        hosts: HostLists | None = None,
    ) -> None:
        """settings: limits, guard rules and User-Agent. resolver: turns names into addresses; tests replace it.
        trust: a TLS context to use instead of the system's roots, for tests; it decides what is verified. hosts: the
        lists of allowed and denied hosts, required if one of them is in the bucket.
        """
        self._settings = settings
        self._outside = outside
        self._resolver = resolver
        self._trust: Trust = _given(trust) if trust is not None else default_trust
        self._guard = Guard(settings, hosts)
        self._body: Callable[[], Body] = Body

    def with_bodies(self, body: Callable[[], Body]) -> Self:
        """Return a copy of this fetcher with bodies made by ``body``. A CaptureError raised by writing ends a fetch."""
        other = copy.copy(self)
        other._body = body
        return other

    def close(self) -> None:
        """Do nothing: no connection stays open between pages. For use in a with block."""

    def fetch(
        self,
        url: str,
        *,
        deadline: float,
        conditions: Ask | None = None,
        max_body_bytes: int | None = None,
        max_redirects: int | None = None,
        admit: Admit | None = None,
    ) -> FetchResult:
        """Fetch a URL and follow its redirects.

        deadline: in outside.monotonic() seconds; the fetch ends then, or settings.page_timeout after its start if that
        comes first. conditions: called before each request, since conditions are about one URL. max_body_bytes,
        max_redirects: used instead of the settings'. admit: called before each redirect is followed. Cookies that
        a response sets are sent with the chain's next requests, and forgotten when the chain ends.

        Never raises for what a server or the network does. FetchResult.error is None for a page with a
        status below 400 that came whole, or was cut by one of our limits (the last exchange's ``truncated``
        then says which). Otherwise it is a TransientError or PermanentError whose code docs/failures.md
        lists; exchanges hold what came, including the pages of 4xx and 5xx responses.
        Raises what conditions and admit raise, and OSError when the disk is full; the bodies are closed then.
        """
        until = self._outside.monotonic() + self._settings.page_timeout
        run = _Run(
            until=min(deadline, until),
            cut_short=deadline < until,
            max_body_bytes=max_body_bytes or self._settings.max_body_bytes,
            max_redirects=self._settings.max_redirects if max_redirects is None else max_redirects,
            admit=admit,
        )
        result = FetchResult([])
        here = ""
        try:
            here = clean(url)
            seen = {(here, "")}
            cookies: Cookies | None = None
            cookie = ""
            guard = self._guard
            while True:
                guard = guard.toward(here)
                asking = _Asking(conditions(here) if conditions else None, cookie)
                exchange = self._exchange(here, guard, run, asking, result)
                location = exchange.redirect
                if not location:
                    result.answered = True
                    result.error = status_error(exchange, self._outside.now())
                    return result
                if exchange.header("set-cookie") is not None:
                    cookies = cookies or _no_cookies()
                    cookies.learn(exchange)
                here, cookie = _next(here, location, cookies, seen, run)
        except UrlError as error:
            # error.url is as the server or sender wrote it, with any credentials; it must not be stored.
            result.error = PermanentError("invalid-url-syntax", error.reason, url=here)
        except CaptureError as error:
            result.error = error
        except BaseException:
            result.close()  # raised by conditions or admit, or the disk is full: the caller gets no result to close
            raise
        return result

    def _exchange(
        self, url: str, guard: Guard, run: "_Run", asking: "_Asking", result: FetchResult
    ) -> Exchange:
        """Send one request and receive its response, which is added to the result if the server began to answer."""
        exchange = Exchange(url=url, started=self._outside.now(), body=self._body())
        try:
            error = self._converse(exchange, guard, run, asking)
        except TransientError as problem:
            if self._outside.monotonic() < run.until:
                raise
            reason = f"time was up: {problem.reason}"
            raise TransientError("soft-time-limit-exceeded", reason, url=url) from problem
        finally:
            if exchange.head or exchange.body.size:
                result.exchanges.append(exchange)
            else:
                exchange.body.close()
        if error is None and exchange.truncated == "time" and run.cut_short:
            error = TransientError("soft-time-limit-exceeded", "the batch's time was up", url=url)
        if error is not None:
            raise error
        return exchange

    def _converse(
        self, exchange: Exchange, guard: Guard, run: "_Run", asking: "_Asking"
    ) -> CaptureError | None:
        settings, monotonic = self._settings, self._outside.monotonic
        began = monotonic()
        to = target(exchange.url)
        until = min(run.until, began + settings.connect_timeout)
        opening = Opening(to, guard, self._resolver, self._outside, until, exchange.timings)
        connection = open_connection(opening, self._trust)
        try:
            exchange.ip = connection.ip
            exchange.protocols = ("http/1.1", connection.tls) if connection.tls else ("http/1.1",)
            exchange.cipher_suite = connection.cipher_suite
            if connection.legacy:
                exchange.faults.append("TLS with a server that has no secure renegotiation (RFC 5746)")
            exchange.request = head(to, settings.user_agent, asking.conditions, asking.cookie)
            source = Source(
                connection.sock,
                self._outside,
                read_timeout=settings.read_timeout,
                until=run.until,
                url=exchange.url,
            )
            asked = monotonic()
            error = source.send(exchange.request) or receive(
                source, exchange, max_body_bytes=run.max_body_bytes
            )
            if source.first_byte is not None:
                exchange.timings.first_byte = (source.first_byte - asked) * 1000
            exchange.timings.total = (monotonic() - began) * 1000
            return settle(exchange, error)
        finally:
            connection.close()


def _given(trust: ssl.SSLContext) -> Trust:
    def context(*, legacy: bool = False, by_urllib3: bool = False) -> ssl.SSLContext:  # noqa: ARG001 - tests use one for all
        if legacy:
            trust.options |= ssl.OP_LEGACY_SERVER_CONNECT
        return trust

    return context


@dataclass(frozen=True, slots=True)
class _Run:
    """The limits of one page. cut_short: whether the caller's deadline comes before the page's own time is up."""

    until: float
    cut_short: bool
    max_body_bytes: int
    max_redirects: int
    admit: Admit | None


@dataclass(frozen=True, slots=True)
class _Asking:
    """What a request sends in addition to its URL. cookie: value of its Cookie header, empty for none."""

    conditions: Conditions | None
    cookie: str


def _no_cookies() -> "Cookies":
    # Imported here: few chains set cookies, and a cold start need not load the module.
    from pressmark.http.wire.cookies import Cookies

    return Cookies()


def _next(
    here: str, location: str, cookies: "Cookies | None", seen: set[tuple[str, str]], run: _Run
) -> tuple[str, str]:
    """Return the URL a redirect leads to and the Cookie header to send there, and add both to ``seen``.

    Raises UrlError or CaptureError if the chain ends here.

    The same URL again is a loop only with the same cookie: with another one, another answer is likely.
    """
    there = join(here, location)
    cookie = cookies.header(there) if cookies else ""
    if (there, cookie) in seen:
        raise PermanentError("too-many-redirects", f"a redirect loop through {there}", url=here)
    if len(seen) > run.max_redirects:
        reason = f"more than {run.max_redirects} redirects"
        raise PermanentError("too-many-redirects", reason, url=here, limit=run.max_redirects)
    refusal = run.admit(there) if run.admit else None
    if refusal is not None:
        raise refusal
    seen.add((there, cookie))
    return there, cookie


def status_error(exchange: Exchange, now: datetime) -> CaptureError | None:
    """Return the error that a chain's final status means for the page, None for a status below 400 other than 101.

    now: aware datetime, for a Retry-After that names an instant.
    """
    status = exchange.status
    if status == 101:  # RFC 9110 section 7.8: only to a protocol that the request named; ours names none
        reason = "the server switched to another protocol, which nobody asked for"
        return PermanentError("invalid-server-response", reason, url=exchange.url)
    if status < 400:
        return None
    code = STATUS_CODES.get(status, "internal-server-error" if status >= 500 else "bad-request")
    kind = TransientError if status in _TRANSIENT else PermanentError
    return kind(
        code,
        f"the server answered {status} {''.join(filter(str.isprintable, exchange.reason))}".rstrip(),
        url=exchange.url,
        retry_after=retry_after(exchange, now) if status in (429, 503) else None,
    )


def retry_after(exchange: Exchange, now: datetime) -> float | None:
    """Return how many seconds the server asks to wait (RFC 9110 section 10.2.3), at most :data:`MAX_RETRY_AFTER`.

    0 if it names an instant in the past; None if there is no valid Retry-After.
    """
    value = exchange.header("retry-after")
    if value is None:
        return None
    if _SECONDS.fullmatch(value):
        return min(float(value), MAX_RETRY_AFTER)
    instant = parse_http_date(value)
    if instant is None:
        return None
    return min(max(0.0, (instant - now).total_seconds()), MAX_RETRY_AFTER)

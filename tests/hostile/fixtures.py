"""What tests need to talk to the hostile server: a Fetcher that may, and certificates it trusts."""

import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import trustme
from tests.site import ANY_LOOPBACK

from pressmark.errors import CaptureError
from pressmark.http.exchange import Exchange, FetchResult
from pressmark.http.fetcher import Fetcher
from pressmark.settings import Settings

LOCAL = Settings(
    bucket="captures",
    table="captures",
    state_table="state",
    contact_url="https://archive.example/about",
    allow_loopback=ANY_LOOPBACK,
    host_delay=0.0,
    connect_timeout=5.0,
    read_timeout=5.0,
    page_timeout=10.0,
)
"""Settings for loopback; timeouts are short so that a broken test ends soon, not so that anything is timed."""


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@cache
def server_tls(*names: str) -> ssl.SSLContext:
    """A server's TLS context with a certificate for these names, from :func:`authority`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
    return context


@cache
def client_trust() -> ssl.SSLContext:
    """A verifying client's TLS context that trusts :func:`authority` and nobody else."""
    return ssl.create_default_context(cafile=None, cadata=authority().cert_pem.bytes().decode())


def fetcher(*, resolver: Any = None, outside: Any = None, **changes: Any) -> Fetcher:
    options: dict[str, Any] = {"trust": client_trust()}
    if resolver:
        options["resolver"] = resolver
    if outside:
        options["outside"] = outside
    return Fetcher(replace(LOCAL, **changes), **options)


_results: list[FetchResult] = []


def closing_bodies() -> Iterator[None]:
    """Make this an autouse fixture: closes the bodies of everything the test fetched.

    close_bodies = pytest.fixture(autouse=True)(closing_bodies)
    """
    yield
    while _results:
        for exchange in _results.pop().exchanges:
            exchange.body.close()


def kept(result: FetchResult) -> FetchResult:
    """Have :func:`closing_bodies` close a result's bodies."""
    _results.append(result)
    return result


def fetch(url: str, *, within: float = 30.0, **changes: Any) -> FetchResult:
    """Fetch with :data:`LOCAL` settings, some of them changed."""
    return kept(fetcher(**changes).fetch(url, deadline=time.monotonic() + within))


def one(url: str, **changes: object) -> tuple[Exchange, CaptureError | None]:
    """The only exchange of a fetch, and its error."""
    result = fetch(url, **changes)  # type: ignore[arg-type]
    (exchange,) = result.exchanges
    return exchange, result.error


def whole(exchange: Exchange) -> bytes:
    """Its body, as stored."""
    return exchange.body.open().read()

"""Fetching pages from well-behaved servers: what is stored is what went over the wire."""

import time
from collections.abc import Iterator

import pytest
from tests.hostile.fixtures import closing_bodies, fetch, fetcher, kept, server_tls
from tests.hostile.server import HostileServer

from pressmark.exchange import Conditions

close_bodies = pytest.fixture(autouse=True)(closing_bodies)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


HEAD = b"HTTP/1.1 200 Fine By Me\r\nX-b: 2\r\nx-A:1\r\nX-b:  3 \r\nContent-Length: 5\r\n\r\n"


def test_status_line_headers_and_body_are_kept_byte_for_byte(server: HostileServer) -> None:
    result = fetch(server.page("/", HEAD + b"hello"))
    (exchange,) = result.exchanges
    assert result.error is None
    assert exchange.head == HEAD
    assert exchange.body.head(100) == b"hello"
    assert (exchange.status, exchange.reason, exchange.truncated) == (200, "Fine By Me", None)
    assert exchange.headers[:3] == [(b"X-b", b"2"), (b"x-A", b"1"), (b"X-b", b"3")]
    assert exchange.ip == "127.0.0.1"
    assert exchange.protocols == ("http/1.1",)


def test_the_request_is_stored_as_the_server_got_it(server: HostileServer) -> None:
    result = fetch(server.page("/a%20b", HEAD + b"hello") + "?q=ä#part")
    (exchange,) = result.exchanges
    assert [exchange.request] == server.requests
    assert exchange.request.startswith(b"GET /a%20b?q=%C3%A4 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"(+https://archive.example/about)" in exchange.request
    assert exchange.url.endswith("/a%20b?q=%C3%A4")


def test_tls_is_verified_and_what_was_spoken_is_noted() -> None:
    with HostileServer(tls=server_tls()) as server:
        result = fetch(server.page("/", HEAD + b"hello"))
    (exchange,) = result.exchanges
    assert result.error is None
    assert exchange.protocols == ("http/1.1", "tls/1.3")
    assert exchange.cipher_suite is not None
    assert exchange.cipher_suite.startswith("TLS_")
    assert None not in (exchange.timings.dns, exchange.timings.connect, exchange.timings.tls)


def test_every_hop_of_a_redirect_chain_is_kept(server: HostileServer) -> None:
    server.page("/1", b"HTTP/1.1 301 Moved\r\nLocation: /2\r\nContent-Length: 3\r\n\r\none")
    server.page("/2", b"HTTP/1.1 302 Found\r\nLocation: 3?x#f\r\nContent-Length: 0\r\n\r\n")
    server.page("/3", HEAD + b"hello")
    result = fetch(server.base + "/1")
    assert result.error is None
    assert [(e.status, e.body.size) for e in result.exchanges] == [(301, 3), (302, 0), (200, 5)]
    assert [e.url.removeprefix(server.base) for e in result.exchanges] == ["/1", "/2", "/3?x"]


def test_conditions_are_sent_with_the_first_request_only(server: HostileServer) -> None:
    server.page("/1", b"HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n")
    server.page("/2", b'HTTP/1.1 304 Not Modified\r\nETag: W/"x"\r\nContent-Length: 9\r\n\r\n')
    conditions = Conditions(etag='W/"x"', last_modified="Mon, 23 Nov 2026 20:00:00 GMT")
    deadline = time.monotonic() + 10
    result = kept(fetcher().fetch(server.base + "/1", deadline=deadline, conditions=conditions))
    assert result.error is None
    assert result.exchanges[-1].status == 304
    assert result.exchanges[-1].truncated is None
    assert (
        b'\r\nIf-None-Match: W/"x"\r\nIf-Modified-Since: Mon, 23 Nov 2026 20:00:00 GMT\r\n'
        in server.requests[0]
    )
    assert b"If-" not in server.requests[1]

"""Fetching pages from well-behaved servers: what is stored is what went over the wire."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.hostile.fixtures import closing_bodies, fetch, fetcher, kept, server_tls
from tests.hostile.server import HostileServer

from pressmark.errors import ArchiveError, PermanentError
from pressmark.http.exchange import Body, Conditions

pytestmark = pytest.mark.usefixtures("watch")

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


def test_each_url_of_a_chain_is_asked_with_conditions_of_its_own(server: HostileServer) -> None:
    server.page("/1", b"HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n")
    server.page("/2", b'HTTP/1.1 304 Not Modified\r\nETag: W/"x"\r\nContent-Length: 9\r\n\r\n')
    known = {
        server.base + "/1": None,
        server.base + "/2": Conditions('W/"x"', "Mon, 23 Nov 2026 20:00:00 GMT"),
    }
    deadline = time.monotonic() + 10
    result = kept(fetcher().fetch(server.base + "/1", deadline=deadline, conditions=known.__getitem__))
    assert result.error is None
    assert result.exchanges[-1].status == 304
    assert result.exchanges[-1].truncated is None
    assert (
        b'\r\nIf-None-Match: W/"x"\r\nIf-Modified-Since: Mon, 23 Nov 2026 20:00:00 GMT\r\n'
        in server.requests[1]
    )
    assert b"If-" not in server.requests[0]
    assert [exchange.conditional for exchange in result.exchanges] == [False, True]


@pytest.mark.parametrize("asked", ["conditions", "admit"])
def test_what_came_is_given_back_where_the_fetch_ends_because_the_caller_fails(
    server: HostileServer, asked: str
) -> None:
    """The table does not answer, say, when earlier captures of the second hop are asked for."""
    server.page("/1", b"HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 3\r\n\r\none")
    bodies: list[Body] = []

    def body() -> Body:
        bodies.append(Body())
        return bodies[-1]

    def fails(url: str) -> None:
        if url.endswith("/2"):
            raise ArchiveError("no answer")

    options: dict[str, Any] = {asked: fails}
    with pytest.raises(ArchiveError):
        fetcher().with_bodies(body).fetch(server.base + "/1", deadline=time.monotonic() + 10, **options)
    (first,) = bodies
    with pytest.raises(ValueError, match="closed"):
        first.open()


@pytest.mark.parametrize("value", ['"a"\r\nX-Evil: 1', '"a"\x00', '"a" \u20ac', '"' + "a" * 2000 + '"', ""])
def test_a_validator_that_would_break_its_line_is_not_sent(server: HostileServer, value: str) -> None:
    conditions = Conditions(etag=value, last_modified=value)
    url = server.page("/", HEAD + b"hello")
    kept(fetcher().fetch(url, deadline=time.monotonic() + 10, conditions=lambda url: conditions))
    assert b"If-" not in server.requests[0]
    assert b"X-Evil" not in server.requests[0]


def test_redirects_are_followed_only_where_the_caller_admits_them(server: HostileServer) -> None:
    server.page("/1", b"HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n")
    server.page("/2", HEAD + b"hello")
    asked: list[str] = []

    def refuse(url: str) -> PermanentError:
        asked.append(url)
        return PermanentError("blocked-by-robots", "not there", url=url)

    result = kept(fetcher().fetch(server.base + "/1", deadline=time.monotonic() + 10, admit=refuse))
    assert asked == [server.base + "/2"]
    assert [exchange.status for exchange in result.exchanges] == [302]
    assert result.error is not None
    assert result.error.code == "blocked-by-robots"


def test_one_fetcher_serves_many_threads(server: HostileServer) -> None:
    for n in range(40):
        server.page(f"/{n}", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d" % n)
    client = fetcher()
    with ThreadPoolExecutor(10) as pool:
        urls = [f"{server.base}/{n}" for n in range(40)]
        results = list(pool.map(lambda url: kept(client.fetch(url, deadline=time.monotonic() + 10)), urls))
    assert [result.exchanges[0].body.head(9) for result in results] == [b"%02d" % n for n in range(40)]

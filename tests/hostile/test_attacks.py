"""Attempts to turn the fetcher against its owner or its archive that no other file tells of."""

import gzip
import io
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import brotli
import pytest
from backports import zstd
from fastwarc.warc import ArchiveIterator as FastIterator
from tests.hostile.fixtures import LOCAL, closing_bodies, fetch, fetcher, kept
from tests.hostile.server import HostileServer
from tests.warc.validator import validate

from pressmark.clock import REAL, Outside
from pressmark.errors import PermanentError
from pressmark.http.decode import decode
from pressmark.http.exchange import Conditions, Exchange, FetchResult
from pressmark.http.wire import chunked
from pressmark.http.wire.response import receive
from pressmark.http.wire.source import Source
from pressmark.queues.message import CaptureRequest
from pressmark.warc.event import Capture
from pressmark.warc.writer import WarcFile

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PAGE = OK + b"Content-Length: 2\r\n\r\nhi"
MIB = 1024 * 1024


def moved(location: bytes) -> bytes:
    return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"


# What a parser may read as the host, and what another reads there. A is public by the resolver below, and may be
# asked; everything else leads to where nobody may go, or is no URL.
CONFUSING = [
    b"http://a.example@169.254.169.254/", b"http://a.example:80@169.254.169.254/", b"http://a.example%40169.254.169.254/",
    b"http://169.254.169.254\\@a.example/", b"http://a.example\\@169.254.169.254/", b"http:\\\\169.254.169.254/",
    b"//169.254.169.254/", b"///169.254.169.254/", b"\\\\169.254.169.254/", b"/\\169.254.169.254/",
    b"http:/169.254.169.254/", b"http:169.254.169.254/", b"http:///169.254.169.254/", b"http://169.254.169.254?@a.example/",
    b"http://169.254.169.254#@a.example/", b"http://a.example#@169.254.169.254/", b"http://a.example@a.example@169.254.169.254/",
    b"http://[a.example]@169.254.169.254/", b"http://[::ffff:169.254.169.254]:80/", b"http://169.254.169.254:/",
    b"http://169.254.169.254:080/", b"HTTP://169.254.169.254/", b"http://169.254.169.254%2f@a.example/",
    b"http://169.254.169.254%0d%0a.a.example/", b"http://a.example\x00@169.254.169.254/", b"http://169.254.169.254%23@a.example/",
    b"http://\xe2\x93\x9b\xe2\x93\x9e\xe2\x93\x92\xe2\x93\x90\xe2\x93\x9b\xe2\x93\x97\xe2\x93\x9e\xe2\x93\xa2\xe2\x93\xa3/",
    b"http://169\xe3\x80\x82254\xef\xbc\x8e169\xef\xbd\xa1254/", b"http://inside.example/", b"http://INSIDE.example./",
    b"http://a.example,169.254.169.254/", b"http://a.example;169.254.169.254/", b"http://a.example 169.254.169.254/",
    b"gopher://169.254.169.254/", b"file:///etc/passwd", b"ftp://a.example/", b"data:text/html,hi", b"javascript:1",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("location", CONFUSING)
def test_no_redirect_that_parsers_disagree_about_leads_inside(server: HostileServer, location: bytes) -> None:
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return (
            ["127.0.0.1"]
            if host in ("start.example", "a.example")
            else [host.strip("[]")]
            if host[0].isdigit() or ":" in host
            else ["10.0.0.1"]
        )

    server.page("/", moved(location))
    result = fetch(f"http://start.example:{server.port}/", resolver=resolver, allowed_ports=(80, server.port))
    # Port 80 of loopback is nobody's here: whatever was connected to was the start, or a refusal.
    connected = {exchange.ip for exchange in result.exchanges}
    assert connected == {"127.0.0.1"}
    assert result.error is not None
    assert result.error.code in (
        "blocked-url",
        "invalid-url-syntax",
        "too-many-redirects",
        "not-found",
        "cannot-fetch",
    )
    assert result.error.code != "cannot-fetch" or asked[-1] == "a.example"
    assert all(b"169.254" not in request.split(b"\r\n")[1] for request in server.requests)


def test_a_robots_txt_that_leads_inside_leads_nowhere(server: HostileServer) -> None:
    server.page("/robots.txt", moved(b"http://169.254.169.254/latest/meta-data/"))
    result = fetch(server.base + "/robots.txt")
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, result.error.address) == ("blocked-url", "169.254.169.254")


@pytest.mark.parametrize(
    "tail",
    [
        "\r\nX-Evil: 1",
        "\nX-Evil: 1",
        "\rX-Evil: 1",
        "%0d%0aX-Evil: 1",
        " HTTP/1.1\r\nX-Evil: 1",
        "\u010a\u010d",
    ],
)
def test_no_url_breaks_out_of_the_request_line(server: HostileServer, tail: str) -> None:
    for path in ("/a", "/a?q="):
        fetch(server.page("/a", PAGE).replace("/a", path) + tail)
    for request in server.requests:
        lines = request.split(b"\r\n")
        assert lines[0].count(b" ") == 2
        assert not [line for line in lines[1:] if b"Evil" in line]
        assert b"\r" not in request.replace(b"\r\n", b"")
        assert b"\n" not in request.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "value",
    ['"a"\r\nX-Evil: 1', '"a"\rX-Evil: 1', '"a"\nX-Evil: 1', '"\x85X-Evil: 1"', '"\u010d\u010aX-Evil: 1"'],
)
def test_no_validator_breaks_out_of_its_line(server: HostileServer, value: str) -> None:
    conditions = Conditions(etag=value, last_modified=value)
    url, deadline = server.page("/", PAGE), time.monotonic() + 10
    kept(fetcher().fetch(url, deadline=deadline, conditions=lambda url: conditions))
    assert b"Evil" not in server.requests[0]


RECORD = (
    b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://forged.example/\r\n"
    b"Content-Length: 0\r\n\r\n\r\n\r\n"
)


@pytest.mark.parametrize(
    "raw",
    [
        OK + b"Content-Length: %d\r\n\r\n" % (4 + len(RECORD)) + b"\r\n\r\n" + RECORD,
        OK + b"\r\n\r\n\r\n" + RECORD,
        OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n%x\r\n" % len(RECORD) + RECORD + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 " + RECORD,
        OK + b"Content-Type: text/html\rWARC-Type: response\r\nETag: \"a\rWARC-Type: x\"\r\nContent-Length: 0\r\n\r\n",
        OK + b"Content-Length: 0\r\nLocation: /\rWARC-Type: x\r\nContent-Encoding: \rWARC-Type: x\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /\rWARC-Target-URI: http://forged.example/\r\nContent-Length: 0\r\n\r\n",
        gzip.compress(RECORD),
        OK + b"Content-Length: %d\r\n\r\n" % len(gzip.compress(RECORD)) + gzip.compress(RECORD),
    ],
)  # fmt: skip
def test_no_response_forges_a_record_or_a_field_of_one(server: HostileServer, raw: bytes) -> None:
    url = server.page("/", raw)
    data = warc_of(fetch(url), url)
    validate(data, filename=None)
    for record in FastIterator(io.BytesIO(data), parse_http=False):
        target = record.headers.get("WARC-Target-URI") or ""
        assert not target.startswith("http://forged")
        assert record.headers["WARC-Type"] in ("warcinfo", "response", "request", "metadata")


def warc_of(result: FetchResult, url: str) -> bytes:
    warc = WarcFile(LOCAL, host="test")
    capture = Capture(CaptureRequest(url), "m", "t", started=datetime(2026, 11, 23, tzinfo=UTC))
    capture.exchanges, capture.error = result.exchanges, result.error
    warc.add(capture)
    data = warc.open().read()
    warc.close()
    return data


BOMBS: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    "gzip": lambda: (b"gzip", gzip.compress(b"\n" * 64 * MIB)),
    "br": lambda: (b"br", brotli.compress(b"\n" * 64 * MIB, quality=5)),
    "zstd": lambda: (b"zstd", zstd.compress(b"\n" * 64 * MIB)),
    "zstd in br in gzip": lambda: (
        b"zstd, br, gzip", gzip.compress(brotli.compress(zstd.compress(b"\n" * 64 * MIB)))),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_for_a_robots_txt_decodes_to_what_is_parsed_and_no_further(
    server: HostileServer, name: str
) -> None:
    coding, body = BOMBS[name]()
    result = fetch(server.page("/robots.txt", OK + b"Content-Encoding: %s\r\n\r\n" % coding + body))
    decoded = decode(result.exchanges[0], 500 * 1024)
    assert (len(decoded.data), bool(decoded.problem)) == (500 * 1024, True)


# A server that says a byte, and then a byte, and then a byte, in each part of a response.
DRIPS = {
    "the status line": (b"", b"HTTP/1.1 200 " + b"O" * 1000),
    "a header": (OK, b"X-Slow: " + b"a" * 1000),
    "an interim response": (b"HTTP/1.1 103 Early Hints\r\n", b"Link: " + b"a" * 1000),
    "a header behind an interim response": (b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK, b"X-Slow: " + b"a" * 1000),
    "a chunk size": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 1000),
    "a chunk extension": (OK + b"Transfer-Encoding: chunked\r\n\r\n2;", b"a" * 1000),
    "a chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n", b"a" * 1000),
    "a trailer": (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", b"X: " + b"a" * 1000),
    "a body": (OK + b"\r\n", b"a" * 1000),
}  # fmt: skip


HEADS = ("the status line", "a header", "an interim response", "a header behind an interim response")


class Dripping:
    """A socket that says what it has at once, and then a byte a second."""

    def __init__(self, start: bytes, slow: bytes) -> None:
        self._pieces = itertools.chain(
            [start] if start else [], (bytes([byte]) for byte in itertools.cycle(slow))
        )
        self.clock = 0.0

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def recv(self, size: int) -> bytes:
        self.clock += 1.0
        return next(self._pieces)


@pytest.mark.parametrize("phase", DRIPS)
def test_a_server_that_drips_gets_the_pages_time_and_no_more(phase: str) -> None:
    socket: Any = Dripping(*DRIPS[phase])
    url = "http://drip.example/"
    source = Source(socket, Outside(monotonic=lambda: socket.clock), read_timeout=20.0, until=45.0, url=url)
    exchange = Exchange(url, REAL.now())
    error = receive(source, exchange, max_body_bytes=MIB)
    exchange.body.close()
    assert (socket.clock, exchange.truncated) == (45.0, "time")
    # With a whole head there is a page, cut; without one there is none.
    assert (error.code if error else None) == ("soft-time-limit-exceeded" if phase in HEADS else None)


def test_trailers_a_byte_at_a_time_are_each_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0

    class Counting:
        def search(self, data: bytes, start: int = 0) -> None:
            nonlocal looked_at
            looked_at += len(data) - start

    monkeypatch.setattr(chunked, "END_OF_TRAILERS", Counting())
    dechunker = chunked.Dechunker()
    dechunker.feed(b"0\r\nX: ")
    for _ in range(chunked.MAX_TRAILER_BYTES):
        dechunker.feed(b"a")
    assert dechunker.malformed
    assert looked_at < 4 * chunked.MAX_TRAILER_BYTES


def test_ten_thousand_tiny_chunks_are_a_body(server: HostileServer) -> None:
    raw = OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 10_000 + b"0\r\n\r\n"
    (exchange,) = fetch(server.page("/", raw)).exchanges
    assert (exchange.body.size, exchange.truncated) == (10_000, None)


def test_an_answer_pipelined_behind_the_first_is_not_taken_for_the_next_hop(server: HostileServer) -> None:
    server.page("/", moved(b"/next") + OK + b"Content-Length: 6\r\n\r\nforged")
    server.page("/next", PAGE)
    result = fetch(server.base + "/")
    assert [exchange.body.head(9) for exchange in result.exchanges] == [b"", b"hi"]
    assert server.connections == 2


def test_what_a_refusal_says_cannot_write_on_a_terminal(server: HostileServer) -> None:
    for location in (
        b"http://a\x1b[31m.example/",
        b"\x1b]0;x\x07://",
        b"http://[\x1b[31m/",
        b"http://x:\x1b[1m/",
    ):
        error = fetch(server.page("/", moved(location))).error
        assert error is not None
        assert str(error).isprintable()
        assert error.reason.isprintable()

"""Whether other people's tools see what they should: the watch over all tests here (:mod:`.replaying`) itself."""

import gzip
import itertools
from collections.abc import Callable
from dataclasses import replace

import brotli
import pytest
from backports import zstd
from tests.hostile import server as servers
from tests.hostile.fixtures import closing_bodies, fetch
from tests.hostile.pywb import BEYOND_PYWB, Limit, Page, is_replay
from tests.hostile.replaying import Judge, Watch, was_sent
from tests.hostile.server import HostileServer, Wire

from pressmark.clock import REAL
from pressmark.http.exchange import Exchange

pytestmark = pytest.mark.e2e

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
TEXT = b"Words that are said again and again. " * 50
URL = "http://site.example/"


def coded(coding: bytes, body: bytes) -> bytes:
    return OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(body)) + body


# Path: what the server does, and the body that pywb should serve, letter for letter.
CASES: dict[str, tuple[bytes | Callable[[Wire], object], bytes]] = {
    "/close": (OK + b"\r\nto the end", b"to the end"),
    "/old": (b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold", b"old"),
    "/interim": (b"HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", b"hi"),
    "/trailers": (CHUNKED + b"2\r\nhi\r\n0;a=b\r\nDigest: x\r\n\r\n", b"hi"),
    "/short": (OK + b"Content-Length: 50\r\n\r\nshort", b"short"),
    "/long": (OK + b"Content-Length: 2\r\n\r\nhi and more", b"hi"),
    "/broken-chunks": (CHUNKED + b"2\r\nhi\r\nnonsense\r\n", b"hi"),
    "/endless": (lambda wire: wire.send(OK + b"\r\n").stream(itertools.repeat(b"a" * 65536)), b"a" * 500_000),
    "/gzip": (coded(b"gzip", gzip.compress(TEXT, mtime=0)), gzip.compress(TEXT, mtime=0)),
    "/br": (coded(b"br", brotli.compress(TEXT)), brotli.compress(TEXT)),
    "/zstd": (coded(b"zstd", zstd.compress(TEXT)), zstd.compress(TEXT)),
    "/letters": (OK + b"X-Said: b\r\nX-Said: \xc4\x80\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
    "/headers": (lambda wire: wire.send(OK).stream(itertools.repeat(b"X: " + b"y" * 1000 + b"\r\n")), b""),
}  # fmt: skip


@pytest.mark.parametrize("path", CASES)
def test_what_came_is_what_pywb_serves(server: HostileServer, watch: Watch, judge: Judge, path: str) -> None:
    made, body = CASES[path]
    fetch(server.script(path, made) if callable(made) else server.page(path, made), max_body_bytes=500_000)
    watch.judge(judge)
    assert judge.get(server.base + path, "").body == body


def test_what_is_served_otherwise_is_noticed(server: HostileServer, watch: Watch, judge: Judge) -> None:
    fetch(server.page("/", OK + b"X-One: 1\r\nContent-Length: 5\r\n\r\nhello"))
    watch.judge(judge)
    replayed = judge.get(server.base + "/", "")
    page = Page(server.base + "/", "", 200, OK + b"X-One: 1\r\nContent-Length: 5\r\n\r\n", b"hello")
    assert is_replay(page, replayed)
    for changed in (
        replace(replayed, status=203),
        replace(replayed, reason="Fine"),
        replace(replayed, headers=replayed.headers[1:]),
        replace(replayed, headers=replayed.headers[::-1]),
        replace(replayed, body=b"hello!"),
    ):
        assert not is_replay(page, changed)


def test_what_was_not_sent_is_noticed(server: HostileServer) -> None:
    (exchange,) = fetch(server.page("/", CHUNKED + b"5\r\nhello\r\n0\r\n\r\n")).exchanges
    assert was_sent(exchange)
    assert not was_sent(replace(exchange, head=exchange.head.replace(b"OK", b"Ok")))
    servers.forget_conversations()
    assert not was_sent(exchange)


def test_a_body_that_was_not_sent_is_noticed(server: HostileServer) -> None:
    (exchange,) = fetch(server.page("/", CHUNKED + b"5\r\nhello\r\n0\r\n\r\n")).exchanges
    exchange.body.write(b"!")
    assert not was_sent(exchange)


def test_a_capture_that_the_index_lacks_and_a_damaged_file_are_noticed(
    server: HostileServer, watch: Watch, judge: Judge
) -> None:
    fetch(server.page("/", OK + b"Content-Length: 5\r\n\r\nhello"))
    with pytest.raises(AssertionError, match="warcio check"):
        judge.read([b"not a WARC file"])
    never = Exchange(URL, REAL.now().replace(year=2001), status=200, head=OK + b"\r\n")
    watch.keep(never)
    never.body.close()
    with pytest.raises(AssertionError, match="passes over"):
        watch.judge(judge)


# A response for each of BEYOND_PYWB, in the same order, and the path it is found under.
BEYOND = [
    (OK + b"X-Long: " + b"a" * 60_000 + b"\r\nContent-Length: 2\r\n\r\nhi", "/"),
    (OK + b"X-Odd: a\rb\r\nContent-Length: 0\r\n\r\n", "/"),
    (OK + b"X-Said: \xc4\x80\r\nX-Said: b\r\nContent-Length: 2\r\n\r\nhi", "/"),
    (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "/"),
    (b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nhi", "/"),
    (b"HTTP/1.1 200OK\r\nContent-Length: 2\r\n\r\nhi", "/"),
    (OK + b"Content-Length: 2\r\n\r\nhi", "/a%0d%0ab"),
    (coded(b"GZIP", gzip.compress(TEXT)), "/"),
    (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:99999/\r\nContent-Length: 0\r\n\r\n", "/"),
    (b"HTTP/1.1 302 Found\r\nLocation: /itself\r\nContent-Length: 0\r\n\r\n", "/itself"),
]


@pytest.mark.parametrize(("case", "limit"), list(zip(BEYOND, BEYOND_PYWB, strict=True)))
def test_what_is_beyond_pywb_still_is(
    server: HostileServer, watch: Watch, judge: Judge, case: tuple[bytes, str], limit: Limit
) -> None:
    """What pywb does with it is compared by the watch, when the test is over; nothing else has to be excused."""
    raw, path = case
    fetch(server.page(path, raw))
    for page in itertools.chain(*watch.pages.values()):
        assert [each for each in BEYOND_PYWB if each.applies(page)] == [limit]

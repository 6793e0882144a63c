"""Protocols nobody asked for, locations that lead astray, codings that are traps: none makes a page by mistake."""

import gzip
import ssl
from collections.abc import Callable

import pytest
from backports import zstd
from tests.hostile.fixtures import authority, closing_bodies, fetch
from tests.hostile.server import HostileServer, Wire

from pressmark.errors import PermanentError
from pressmark.http.decode import decode
from pressmark.politeness.robots import Rules, ours

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"


@pytest.mark.parametrize(
    "script", [lambda wire: wire.send(SWITCH + b"\0\0\0"), lambda wire: wire.send(SWITCH).until_closed()]
)
def test_a_protocol_that_nobody_asked_for_is_no_page(
    server: HostileServer, script: Callable[[Wire], object]
) -> None:
    result = fetch(server.script("/", script))
    assert isinstance(result.error, PermanentError)
    assert result.error.code == "invalid-server-response"
    (exchange,) = result.exchanges
    assert (exchange.status, exchange.head, exchange.body.size) == (101, SWITCH, 0)


@pytest.mark.parametrize(
    "raw",
    [
        b"<html>HTTP/0.9</html>",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"\0\0\x12\x04\0\0\0\0\0" + b"\0\x03\0\0\0\x64" * 3,
        b"ICY 200 OK\r\nContent-Type: audio/mpeg\r\n\r\nabc",
        b"HTTP/1.1 000 Nothing\r\n\r\n",
        b"HTTP/1.1 099 Less\r\n\r\n",
    ],
)
def test_what_is_not_http_1_is_no_answer(server: HostileServer, raw: bytes) -> None:
    result = fetch(server.page("/", raw))
    assert isinstance(result.error, PermanentError)
    assert result.error.code == "invalid-server-response"
    assert [exchange.status for exchange in result.exchanges] == [0]


def moved(*locations: bytes) -> bytes:
    lines = b"".join(b"Location: " + location + b"\r\n" for location in locations)
    return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n" + lines + b"\r\n"


@pytest.mark.parametrize("location", [b"//", b"///", b"http:", b"http://", b"?", b"#", b"./", b"\\"])
def test_a_location_that_says_nothing_is_a_loop_or_no_url(server: HostileServer, location: bytes) -> None:
    result = fetch(server.page("/", moved(location)))
    assert isinstance(result.error, PermanentError)
    assert result.error.code in ("too-many-redirects", "invalid-url-syntax", "not-found")
    assert result.exchanges[0].status == 302


@pytest.mark.parametrize(
    "location",
    [
        b"http://127.0.0.1:0/", b"http://127.0.0.1:99999/", b"http://127.0.0.1:-1/", b"http://[fe80::1%25eth0]/",
        b"http://[fe80::1%eth0]/", b"http://[::1", b"http://a b/", b"http://example.com../", b"http://\xe2\x80\x8b/",
        b"http://" + b"a" * 64 + b".example/", b"http://0x100000000/", b"http://1.2.3.4.5/", b"http://256.1.1.1/",
        b"/\0x", b"/" + b"a" * 8000, b"/" + b"a" * 200_000, b"data:text/html,hi", b"about:blank", b"view-source:http://a/",
        "http://xn--８886099473492９98０z９00９94ａ89/".encode(),  # Punycode of a number beyond every character
    ],
)  # fmt: skip
def test_a_location_that_is_no_url_ends_the_chain_with_its_hop(
    server: HostileServer, location: bytes
) -> None:
    result = fetch(server.page("/", moved(location)))
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, result.error.url) == ("invalid-url-syntax", server.base + "/")
    assert [exchange.status for exchange in result.exchanges] == [302]
    assert result.error.reason.isprintable()


def test_of_two_locations_the_first_is_followed(server: HostileServer) -> None:
    server.page("/one", OK + b"Content-Length: 2\r\n\r\nhi")
    result = fetch(server.page("/", moved(b"/one", b"/two")))
    assert [exchange.url for exchange in result.exchanges] == [server.base + "/", server.base + "/one"]


def test_a_location_longer_than_a_head_may_be_is_a_head_that_is_too_long(server: HostileServer) -> None:
    result = fetch(server.page("/", moved(b"/" + b"a" * 300_000)))
    assert isinstance(result.error, PermanentError)
    assert result.error.code == "invalid-server-response"
    assert (result.exchanges[0].truncated, result.exchanges[0].redirect) == ("length", None)


def large_window() -> bytes:
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    return packer.compress(b"hello" * 10) + packer.flush()


def deep(times: int) -> bytes:
    data = b"hello"
    for _ in range(times):
        data = gzip.compress(data, mtime=0)
    return data


@pytest.mark.slow
@pytest.mark.parametrize(
    ("coding", "body", "content", "cut"),
    [
        (b"gzip", gzip.compress(b"hello", mtime=0) + b"garbage" * 99, b"hello", False),
        (b"gzip", gzip.compress(b"hello", mtime=0) + bytes(512), b"hello", False),
        (b"gzip", gzip.compress(b"", mtime=0) * 900 + gzip.compress(b"hello", mtime=0), b"hello", False),
        (b"gzip", gzip.compress(b"", mtime=0) * 2000 + gzip.compress(b"hello", mtime=0), b"", True),
        (b"gzip", b"", b"", False),
        (b"br", b"\x91\x22" + bytes(100), b"", True),  # a large-window stream, which no browser takes
        (b"zstd", large_window(), b"", True),
        (b"zstd", b"(\xb5/\xfd#\x01\0\0\0" + b"x" * 50, b"", True),  # needs a dictionary
        (b"zstd", b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + b"x" * 1000, b"", True),  # 4 GiB to be skipped
        (b", ".join([b"gzip"] * 5), deep(5), b"hello", False),
        (b", ".join([b"gzip"] * 10), deep(10), deep(10), False),
        (b",".join([b"gzip"] * 40_000), b"hello", b"hello", False),
        (b"compress", b"\x1f\x9d\x90abc", b"\x1f\x9d\x90abc", False),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_coding_gives_what_there_is_and_says_whether_that_is_all(
    server: HostileServer, coding: bytes, body: bytes, content: bytes, cut: bool
) -> None:
    head = OK + b"Content-Encoding: " + coding + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    (exchange,) = fetch(server.page("/", head + body)).exchanges
    assert exchange.body.open().read() == body
    decoded = decode(exchange)
    assert (decoded.data[: len(content) + 1], decoded.cut) == (
        content if coding.count(b"gzip") < 6 else body,
        cut,
    )


def test_a_flood_of_cookies_on_a_page_is_a_page(server: HostileServer) -> None:
    head = OK + b"Set-Cookie: a=b; Path=/\r\n" * 1900
    result = fetch(server.page("/", head + b"Content-Length: 2\r\n\r\nhi"))
    assert (result.error, len(result.exchanges[0].headers)) == (None, 1902)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_to_know_who_asks_is_a_failure(version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = version
    authority().issue_cert("127.0.0.1").configure_cert(context)
    authority().configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with HostileServer(tls=context) as server:
        result = fetch(server.page("/", OK + b"\r\n"))
    assert result.error is not None
    assert result.error.code in ("tls-error", "protocol-error")
    assert result.exchanges == []


@pytest.mark.parametrize(
    "greeting",
    [b"\x15\x03\x01\x00\x02\x02\x50", b"\x16\x03\x01\xff\xff" + b"\x02" * 70_000, b"\x80\x2e\x01\x00\x02"],
)
def test_a_handshake_of_nonsense_is_a_failure(greeting: bytes) -> None:
    with HostileServer(greeting=greeting) as server:
        result = fetch(server.base.replace("http:", "https:") + "/")
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, result.exchanges) == ("tls-error", [])


STARS = "User-agent: *\nDisallow: /"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        ((STARS + "*a" * 40 + "*cx\n").encode(), True),
        ((STARS + "*a" * 40 + "*c$\n").encode(), True),
        ((STARS + "*" * 20_000 + "c$\n").encode(), True),
        ((STARS + "*a*a*b\n" + "Disallow: /*a*a*b\n" * 20_000).encode(), True),
        ((STARS + "*a" * 8 + "\n").encode(), False),
        (("User-agent: *\n" + "Allow: /\n" * 50_000 + "Disallow: /a\n").encode(), False),
        (bytes(range(256)) * 2000, True),
        ("User-agent: *\nDisallow: /\n".encode("utf-16"), True),
        (b"User-agent: *\nDisallow: /" + b"%" * 100_000, True),
        (b"User-agent: *\nDisallow: /" + b"a" * 500_000, True),
        (b"User-agent: *\rDisallow: /\r", False),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_no_robots_txt_takes_longer_to_ask_than_a_page_has_time(body: bytes, allowed: bool) -> None:
    """A matcher that tries every way to place forty stars would not end before the test run is."""
    url = "http://site.example/" + "a" * 3000 + "c" + "a" * 3000
    assert Rules(1e12, ours(body)).verdict(url, 0.0).allowed is allowed

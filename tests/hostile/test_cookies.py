"""Cookies along one redirect chain: sent where RFC 6265 sends them, bounded, and forgotten with the chain."""

import itertools
import time
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.hostile.fixtures import closing_bodies, fetch, fetcher, kept, server_tls
from tests.hostile.server import HostileServer, Wire

from pressmark.clock import REAL
from pressmark.errors import PermanentError
from pressmark.http.exchange import Conditions, Exchange, FetchResult
from pressmark.http.wire.cookies import MAX_COOKIE, MAX_COOKIES, MAX_HEADER, Cookies

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def moved(location: str, *cookies: str, status: str = "302 Found") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Location: {location}", "Content-Length: 0"]
    lines += [f"Set-Cookie: {cookie}" for cookie in cookies]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def field(request: bytes, name: str) -> str | None:
    """A header of a request head."""
    for line in request.decode("latin-1").split("\r\n"):
        key, _, value = line.partition(": ")
        if key == name:
            return value
    return None


def sent(server: HostileServer) -> list[str | None]:
    """The Cookie header of each request the server got."""
    return [field(request, "Cookie") for request in server.requests]


def named(server: HostileServer, url: str) -> FetchResult:
    """Fetch with every name leading to the server."""
    return fetch(url.replace("$", str(server.port)), resolver=lambda host, port: ["127.0.0.1"])


def test_a_site_that_sets_a_cookie_and_redirects_to_the_same_url_is_fetched(server: HostileServer) -> None:
    def gate(wire: Wire) -> None:
        wire.send(PAGE if wire.header("Cookie") == "seen=1" else moved("/a", "seen=1; Path=/; HttpOnly"))

    result = fetch(server.script("/a", gate))
    assert result.error is None
    assert [(exchange.status, exchange.url) for exchange in result.exchanges] == [
        (302, server.base + "/a"),
        (200, server.base + "/a"),
    ]
    assert [exchange.request for exchange in result.exchanges] == server.requests
    assert b"\r\nCookie: seen=1\r\n" in result.exchanges[1].request


def test_the_same_url_with_the_same_cookies_is_a_loop(server: HostileServer) -> None:
    result = fetch(server.page("/a", moved("/a", "seen=1")))
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, "loop" in result.error.reason) == ("too-many-redirects", True)
    assert sent(server) == [None, "seen=1"]


def test_a_cookie_that_changes_each_time_ends_at_the_limit(server: HostileServer) -> None:
    numbers = itertools.count()
    url = server.script("/a", lambda wire: wire.send(moved("/a", f"n={next(numbers)}")))
    result = fetch(url, max_redirects=3)
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, result.error.limit) == ("too-many-redirects", 3)
    assert sent(server) == [None, "n=0", "n=1", "n=2"]


def test_no_cookie_outlives_its_chain(server: HostileServer) -> None:
    server.page("/a", moved("/b", "id=1"))
    server.page("/b", PAGE)
    client = fetcher()
    for _ in range(2):
        kept(client.fetch(server.base + "/a", deadline=time.monotonic() + 10))
    assert sent(server) == [None, "id=1", None, "id=1"]


@pytest.mark.parametrize(
    ("cookie", "then", "expected"),
    [
        ("a=1", "http://news.example:$/b", "a=1"),
        ("a=1", "http://www.news.example:$/b", None),  # host-only
        ("a=1; Domain=news.example", "http://www.news.example:$/b", "a=1"),
        ("a=1; Domain=.NEWS.example", "http://www.news.example:$/b", "a=1"),
        ("a=1; Domain=www.news.example", "http://www.news.example:$/b", None),  # not for one's children
        ("a=1; Domain=other.example", "http://other.example:$/b", None),
        ("a=1; Domain=example", "http://other.example:$/b", None),
        ("a=1; Domain=ws.example", "http://news.example:$/b", None),
        ("a=1; Path=/b", "/b/c?d", "a=1"),
        ("a=1; Path=/b", "/bc", None),
        ("a=1; Secure", "/b", None),
        ("a=1; Max-Age=0", "/b", None),
        ("a=1; Max-Age=60", "/b", "a=1"),
        ("a=1; max-age", "/b", "a=1"),
        ("a=1; Max-Age ; Path=/", "/b", "a=1"),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "/b", None),
        ("a=1; Expires=Thu, 01 Jan 2970 00:00:00 GMT", "/b", "a=1"),
        ('a="q, r"; SameSite=None', "/b", 'a="q, r"'),
        ("a=caf\xe9", "/b", "a=caf\xe9"),
        ("a=1; Version=1; Port=1", "/b", "a=1"),
        ("a=1; Max-Age=soon", "/b", "a=1"),
        ("a=1; Max-Age=1.5", "/b", "a=1"),
        ("a=1; Max-Age=-5", "/b", None),
        ("a=1; Max-Age=00000000000000000060", "/b", "a=1"),
        ("a=1; Max-Age=0; Max-Age=60", "/b", "a=1"),
        ("a=1; Domain", "/b", "a=1"),
        ("a=1; Domain=", "/b", "a=1"),
        ("a=1; Expires", "/b", "a=1"),
        ("a=1; Expires=tomorrow", "/b", "a=1"),
        ("a=1; Version=x; Port=x; Comment; ; =; SameSite=Odd; Priority=High", "/b", "a=1"),
        ("a=1; Secure=no", "/b", None),
        ("a=1; Path=b", "/a/y", "a=1"),
        ("a=1; Path", "/a/y", "a=1"),
    ],
)
def test_a_cookie_goes_where_rfc_6265_sends_it(
    server: HostileServer, cookie: str, then: str, expected: str | None
) -> None:
    server.page(
        "/a/x",
        moved(then.replace("$", str(server.port)), f"{cookie}; Path=/" if "Path" not in cookie else cookie),
    )
    named(server, "http://news.example:$/a/x")
    assert sent(server) == [None, expected]


def test_a_path_unsaid_is_the_directory_of_the_request(server: HostileServer) -> None:
    server.page("/a/b/c", moved("/a/b/d", "x=1"))
    server.page("/a/b/d", moved("/a/e"))
    named(server, "http://news.example:$/a/b/c")
    assert sent(server) == [None, "x=1", None]


def test_the_most_specific_cookie_goes_first_and_a_later_one_replaces_an_earlier(
    server: HostileServer,
) -> None:
    server.page("/a/b", moved("/a/c", "x=1; Path=/", "x=2; Path=/a", "y=3; Path=/", "y=4; Path=/"))
    fetch(server.base + "/a/b")
    assert sent(server) == [None, "x=2; x=1; y=4"]


def test_a_secure_cookie_goes_over_tls_only() -> None:
    with HostileServer() as plain, HostileServer(tls=server_tls()) as server:
        server.page("/a", moved("/b", "x=1; Secure; Path=/"))
        server.page("/b", moved(plain.base + "/c"))
        fetch(server.base + "/a")
        assert (sent(server), sent(plain)) == ([None, "x=1"], [None])


def test_conditions_go_with_the_url_they_are_about_each_time(server: HostileServer) -> None:
    server.page("/a", moved("/gate"))
    server.page("/gate", moved("/a", "seen=1; Max-Age=" + "9" * 400))
    known = {server.base + "/a": Conditions(etag='"v1"')}
    kept(fetcher().fetch(server.base + "/a", deadline=time.monotonic() + 10, conditions=known.get))
    asked = [field(request, "If-None-Match") for request in server.requests]
    assert asked == ['"v1"', None, '"v1"', None]


@pytest.mark.parametrize(
    "cookie",
    [
        "a=1\rX-Evil: 1",
        "a\rX-Evil: 1",
        "a=1\x00b",
        "a=\x1b[31m",
        "a=1; Path=/\rX-Evil: 1",
        "a=1\r\n Evil: 1\r",
    ],
)
def test_no_cookie_breaks_out_of_its_line(server: HostileServer, cookie: str) -> None:
    server.page("/a", moved("/b", cookie, "good=1"))
    fetch(server.base + "/a")
    request = server.requests[1]
    assert b"\r" not in request.replace(b"\r\n", b"")
    assert not [
        line for line in request.split(b"\r\n") if b"Evil" in line and not line.startswith(b"Cookie: ")
    ]
    assert not set(request) & {0x00, 0x1B}
    assert b"good=1" in request


def test_a_flood_of_cookies_is_cut_short(server: HostileServer) -> None:
    server.page("/a", moved("/b", *(f"c{number}=1" for number in range(1000))))
    server.page("/b", moved("/c", *(f"d{number}=1" for number in range(1000))))
    fetch(server.base + "/a")
    assert [len((line or "").split("; ")) for line in sent(server)[1:]] == [MAX_COOKIES, MAX_COOKIES]


def test_large_cookies_are_passed_over_and_too_many_of_them_are_not_sent(server: HostileServer) -> None:
    server.page("/a", moved("/b", "big=" + "x" * MAX_COOKIE, "small=1"))
    server.page("/b", moved("/c", *(f"c{number}=" + "x" * 4000 for number in range(MAX_HEADER // 4000 + 1))))
    result = fetch(server.base + "/a")
    assert sent(server) == [None, "small=1", None]
    assert result.exchanges[-1].status == 404


WORDS = (
    "a=1",
    "; ",
    "=",
    ";",
    "Max-Age",
    "Expires",
    "Domain",
    "Path",
    "Port",
    "Version",
    "Secure",
    "Discard",
    "0",
    "-1",
)
WORDS += (
    "999999999999",
    "99999-Jan-01",
    "Thu, 01 Jan 2970 00:00:00 GMT",
    "9e99",
    "inf",
    "nan",
    '"',
    ",",
    "news.example",
    "/",
)


@pytest.mark.slow
@given(
    st.lists(
        st.lists(
            st.sampled_from(WORDS) | st.text(st.characters(max_codepoint=255), max_size=9), max_size=12
        ).map("".join),
        max_size=5,
    )
)
@example(["a=1; max-age", "a=1; Max-Age ; Path=/"])
@example(["=", ";", "a", "a=1; Max-Age=" + "9" * 4000, "a=1; Domain=; Path=; Expires="])
@example(["a=1; Expires=" + "1 " * 2000, "a=1; Expires=99999999999999999999-Jan-99999 25:61:61 +9999999"])
@example(["a=1; Version=x", "a=1; Port=99999", "a=1; Port", "a=1; Domain=[::1]", "$Version=1; a=2"])
def test_no_line_whatever_raises_warns_or_breaks_out(lines: list[str]) -> None:
    exchange = Exchange("http://news.example/a", REAL.now())
    exchange.headers = [(b"Set-Cookie", line.encode("latin-1")) for line in lines]
    cookies = Cookies()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cookies.learn(exchange)
        value = cookies.header("http://news.example/b")
    exchange.body.close()
    assert not any(character in value for character in "\r\n\0")
    value.encode("latin-1")

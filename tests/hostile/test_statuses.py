"""Statuses, redirects and media types: what is kept of each, and what is said about it."""

import errno

import pytest
from tests.hostile.fixtures import closing_bodies, fetch, one, whole
from tests.hostile.server import HostileServer

from pressmark.errors import CaptureError, PermanentError, TransientError
from pressmark.http.exchange import Body

close_bodies = pytest.fixture(autouse=True)(closing_bodies)


OK = b"HTTP/1.1 200 OK\r\n"
MIB = 1024 * 1024


# --- statuses and redirects ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, PermanentError, "bad-request"),
        (401, PermanentError, "unauthorized"),
        (403, PermanentError, "no-access"),
        (404, PermanentError, "not-found"),
        (405, PermanentError, "method-not-allowed"),
        (408, TransientError, "read-timeout"),
        (410, PermanentError, "not-found"),
        (418, PermanentError, "bad-request"),
        (429, TransientError, "too-many-requests"),
        (451, PermanentError, "no-access"),
        (500, TransientError, "internal-server-error"),
        (501, PermanentError, "not-implemented"),
        (502, TransientError, "bad-gateway"),
        (503, TransientError, "service-unavailable"),
        (504, TransientError, "gateway-timeout"),
        (505, PermanentError, "http-version-not-supported"),
        (509, TransientError, "bandwidth-limit-exceeded"),
        (522, TransientError, "internal-server-error"),
        (999, PermanentError, "blocked"),
    ],
)
def test_error_pages_are_kept_whole_under_their_code(
    server: HostileServer, status: int, kind: type[CaptureError], code: str
) -> None:
    exchange, error = one(server.page("/", b"HTTP/1.1 %d Sorry\r\nContent-Length: 5\r\n\r\nsorry" % status))
    assert type(error) is kind
    assert error.code == code
    assert (exchange.status, whole(exchange), exchange.truncated) == (status, b"sorry", None)


def test_what_a_server_says_cannot_write_on_a_terminal(server: HostileServer) -> None:
    _, error = one(server.page("/", b"HTTP/1.1 404 \x1b[31mred\x07\r\n\r\n"))
    assert str(error) == "not-found: the server answered 404 [31mred"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120.0),
        (b"0", 0.0),
        (b"Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        (b"Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        (b"-5", None),
        (b"soon", None),
        (b"99999999999999999999", 6 * 3600.0),
        (b"9" * 5000, 6 * 3600.0),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", 6 * 3600.0),
        (b"Fri, 31 Dec 9999 23:59:59 -2359", 6 * 3600.0),
        (b"Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
        (b"Thu, 99 Foo 2099 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read_where_it_makes_sense(
    server: HostileServer, value: bytes, seconds: float | None
) -> None:
    raw = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: " + value + b"\r\n\r\n"
    _, error = one(server.page("/", raw))
    assert error is not None
    assert error.retry_after == seconds


def redirect(location: bytes) -> bytes:
    return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"


def test_a_loop_ends_and_keeps_its_hops(server: HostileServer) -> None:
    server.page("/a", redirect(b"/b"))
    result = fetch(server.page("/b", redirect(b"/a#again")).replace("/b", "/a"))
    assert isinstance(result.error, PermanentError)
    assert result.error.code == "too-many-redirects"
    assert [exchange.status for exchange in result.exchanges] == [302, 302]


def test_a_chain_over_the_limit_ends_and_keeps_its_hops(server: HostileServer) -> None:
    for step in range(20):
        server.page(f"/{step}", redirect(b"/%d" % (step + 1)))
    result = fetch(server.base + "/0", max_redirects=3)
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, result.error.limit) == ("too-many-redirects", 3)
    assert len(result.exchanges) == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("location", "path"),
    [
        (b"/x y", "/x%20y"),
        (b"/caf\xc3\xa9", "/caf%C3%A9"),
        (b"/caf\xe9", "/caf%E9"),
        (b"?q=1", "/start?q=1"),
        (b"../up/./here", "/up/here"),
        (b"  /spaces  ", "/spaces"),
        (b"/p#fragment", "/p"),
    ],
)
def test_locations_are_resolved_as_browsers_do(server: HostileServer, location: bytes, path: str) -> None:
    server.page("/start", redirect(location))
    server.page(path.partition("?")[0], OK + b"Content-Length: 0\r\n\r\n") if path != "/start?q=1" else None
    result = fetch(server.base + "/start", max_redirects=1)
    hops = [exchange.url.removeprefix(server.base) for exchange in result.exchanges]
    assert hops == ["/start", path]


@pytest.mark.parametrize(
    "location",
    [b"ftp://files.example/", b"javascript:alert(1)", b"http://[::bad/", b"mailto:a@b.example"],
)
def test_a_redirect_to_what_cannot_be_fetched_keeps_the_hop(server: HostileServer, location: bytes) -> None:
    exchange, error = one(server.page("/", redirect(location)))
    assert isinstance(error, PermanentError)
    assert (error.code, error.url, exchange.status) == ("invalid-url-syntax", server.base + "/", 302)


@pytest.mark.parametrize("field", [b"", b"Location:\r\n"])
def test_a_redirect_to_nowhere_is_a_page(server: HostileServer, field: bytes) -> None:
    exchange, error = one(
        server.page("/", b"HTTP/1.1 302 Found\r\n" + field + b"Content-Length: 2\r\n\r\nhi")
    )
    assert (error, exchange.status, whole(exchange)) == (None, 302, b"hi")


def test_a_line_break_in_a_location_reaches_no_request(server: HostileServer) -> None:
    server.page("/start", redirect(b"/a%0d%0aX-Evil:%201"))
    fetch(server.base + "/start")
    assert server.requests[1].startswith(b"GET /a%0d%0aX-Evil:%201 HTTP/1.1\r\n")
    assert b"\r\nX-Evil" not in server.requests[1]


# --- what is not a page ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [b"application/pdf", b"image/png", b"application/rss+xml", b"application/json", b""]
)
def test_whatever_it_is_it_is_archived(server: HostileServer, kind: bytes) -> None:
    body = bytes(range(256)) * 10
    raw = OK + b"Content-Type: " + kind + b"\r\nContent-Length: 2560\r\n\r\n" + body
    exchange, error = one(server.page("/", raw))
    assert (whole(exchange), error) == (body, None)


def test_a_large_body_goes_to_disk_and_comes_back_the_same(server: HostileServer) -> None:
    body = bytes(range(256)) * (6 * MIB // 256)
    exchange, error = one(server.page("/", OK + b"Content-Length: %d\r\n\r\n" % len(body) + body))
    assert error is None
    assert whole(exchange) == body


def test_a_full_disk_is_our_trouble_and_worth_another_try(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Body, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Body, "write", full)
    exchange, error = one(server.page("/", OK + b"\r\nhello"))
    assert isinstance(error, TransientError)
    assert (error.code, exchange.truncated) == ("job-failed", "length")

"""Heads as servers really send them, and as none should: what is stored, and what is said about it."""

import itertools
from collections.abc import Callable

import pytest
from tests.hostile.fixtures import closing_bodies, fetch, one, whole
from tests.hostile.server import HostileServer, Wire

from pressmark.errors import PermanentError, TransientError
from pressmark.http.wire import status_line
from pressmark.http.wire.response import KEPT_HEAD_BYTES, MAX_HEAD_BYTES, MAX_HEAD_LINES, MAX_INTERIM

close_bodies = pytest.fixture(autouse=True)(closing_bodies)


OK = b"HTTP/1.1 200 OK\r\n"
MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("head", "status", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", 200, "OK"),
        (b"HTTP/1.1 200\r\n\r\n", 200, ""),
        (b"HTTP/1.1 200 \r\nA: b\r\n\r\n", 200, ""),
        (b"HTTP/1.0 200 Yes, of course\r\n\r\n", 200, "Yes, of course"),
        (b"HTTP/1.1 200 Caf\xe9 \xe2\x82\xac\r\n\r\n", 200, "Caf\xe9 \xe2\x82\xac"),
        (b"HTTP/1.1 200 OK\nA: b\n\n", 200, "OK"),
        (b"HTTP/1.1 200 OK\r\nA: b\n\r\n", 200, "OK"),
        (b"HTTP/1.1  200  OK\r\n\r\n", 200, "OK"),
        (b"HTTP/2 200\r\n\r\n", 200, ""),
        (b"HTTP/1.1 299 Odd\r\n\r\n", 299, "Odd"),
    ],
)
def test_status_lines_are_kept_as_they_came(
    server: HostileServer, head: bytes, status: int, reason: str
) -> None:
    exchange, error = one(server.page("/", head + b"body"))
    assert (exchange.head, exchange.status, exchange.reason, error) == (head, status, reason, None)
    assert whole(exchange) == b"body"


def test_headers_keep_order_case_duplicates_white_space_folds_and_bytes(server: HostileServer) -> None:
    head = (
        OK
        + b"set-cookie: a=1\r\nSET-COOKIE:b=2\r\nX-Latin: caf\xe9\r\nX-Utf8:\t\xe2\x82\xac \r\nX-Fold: one\r\n"
        b" \t two\r\nno colon here\r\nSpaced : out\r\nX-Empty:\r\nX-Nul: a\x00b\r\nX-Esc: \x1b[31m\r\n\r\n"
    )
    exchange, error = one(server.page("/", head))
    assert error is None
    assert exchange.head == head
    assert exchange.headers == [
        (b"set-cookie", b"a=1"),
        (b"SET-COOKIE", b"b=2"),
        (b"X-Latin", b"caf\xe9"),
        (b"X-Utf8", b"\xe2\x82\xac"),
        (b"X-Fold", b"one two"),
        (b"Spaced", b"out"),
        (b"X-Empty", b""),
        (b"X-Nul", b"a\x00b"),
        (b"X-Esc", b"\x1b[31m"),
    ]


def test_empty_lines_before_the_status_line_mean_nothing(server: HostileServer) -> None:
    exchange, error = one(server.page("/", b"\r\n\r\n" + OK + b"\r\nhi"))
    assert (exchange.head, whole(exchange), error) == (OK + b"\r\n", b"hi", None)


def test_interim_responses_are_kept_apart(server: HostileServer) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    exchange, error = one(server.page("/", b"HTTP/1.1 100 Continue\r\n\r\n" + hints + OK + b"\r\nhi"))
    assert error is None
    assert exchange.interim == [b"HTTP/1.1 100 Continue\r\n\r\n", hints]
    assert (exchange.status, exchange.head, whole(exchange)) == (200, OK + b"\r\n", b"hi")


def test_a_flood_of_interim_responses_ends(server: HostileServer) -> None:
    result = fetch(server.script("/", lambda wire: wire.stream(itertools.repeat(b"HTTP/1.1 103 X\r\n\r\n"))))
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, result.error.limit) == ("invalid-server-response", MAX_INTERIM)


def test_interim_responses_count_towards_the_size_of_the_head(server: HostileServer) -> None:
    hint = b"HTTP/1.1 103 X\r\nA: " + b"a" * (MAX_HEAD_BYTES // 4) + b"\r\n\r\n"
    result = fetch(server.page("/", hint * 4 + OK + b"\r\n"))
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, result.error.limit) == ("invalid-server-response", MAX_HEAD_BYTES)


def test_ten_megabytes_of_headers_are_cut_after_a_whole_line_and_kept(server: HostileServer) -> None:
    lines = (b"X-%d: %s\r\n" % (n, b"v" * 1000) for n in itertools.count())
    exchange, error = one(server.script("/", lambda wire: wire.send(OK).stream(lines)))
    assert isinstance(error, PermanentError)
    assert (error.code, error.limit) == ("invalid-server-response", MAX_HEAD_BYTES)
    assert exchange.truncated == "length"
    assert KEPT_HEAD_BYTES - 2000 < len(exchange.head) <= KEPT_HEAD_BYTES + 2
    assert exchange.head.endswith(b"v\r\n\r\n")
    assert (exchange.status, exchange.body.size) == (200, 0)


def test_a_header_line_without_end_is_left_out(server: HostileServer) -> None:
    endless = itertools.repeat(b"v" * 65536)
    exchange, error = one(server.script("/", lambda wire: wire.send(OK + b"A: b\r\nX: ").stream(endless)))
    assert error is not None
    assert exchange.head == OK + b"A: b\r\n\r\n"


@pytest.mark.slow
def test_a_hundred_thousand_headers_are_too_many(server: HostileServer) -> None:
    exchange, error = one(server.page("/", OK + b"a:\r\n" * 50_000 + b"\r\nbody"))
    assert isinstance(error, PermanentError)
    assert (error.code, error.limit) == ("invalid-server-response", MAX_HEAD_LINES)
    assert (exchange.truncated, exchange.body.size) == ("length", 0)
    lines = exchange.head.count(b"\n") - 2
    assert lines > 7000
    assert exchange.head[:-2] + b"a:\r\n" * (50_000 - lines) + b"\r\n" == OK + b"a:\r\n" * 50_000 + b"\r\n"


def test_a_head_of_too_many_lines_that_is_short_is_kept_whole_and_nothing_behind_it(
    server: HostileServer,
) -> None:
    head = OK + b"a:\r\n" * (MAX_HEAD_LINES + 1) + b"\r\n"
    exchange, error = one(server.page("/", head + b"a body\nof lines\n"))
    assert error is not None
    assert exchange.head == head


def test_a_header_folded_a_hundred_thousand_times_costs_no_more_than_its_length(
    server: HostileServer,
) -> None:
    exchange, error = one(server.page("/", OK + b"a: b\r\n" + b" c\n" * 80_000 + b"\r\n"))
    assert error is not None
    ((name, value),) = exchange.headers
    assert (name, value) == (b"a", b"b" + b" c" * (len(value) // 2))
    assert len(value) > 20_000


def test_more_headers_than_http_client_would_take_are_fine(server: HostileServer) -> None:
    exchange, error = one(server.page("/", OK + b"a: b\r\n" * 500 + b"\r\nbody"))
    assert error is None
    assert len(exchange.headers) == 500


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"<html>hello</html>",
        b"\x00\x01\x02" * 99,
        b"220 mail ESMTP\r\n\r\n",
        b"x",
        b"ICY 200 OK\r\n\r\nbody",
        b"Status: 200 OK\r\n\r\nbody",
        b"stray HTTP/1.1 200 OK\r\n\r\nbody",
    ],
)
def test_what_is_not_http_is_said_to_be_so(server: HostileServer, raw: bytes) -> None:
    exchange, error = one(server.page("/", raw))
    assert isinstance(error, PermanentError)
    assert error.code == "invalid-server-response"
    assert (exchange.status, exchange.head, whole(exchange)) == (0, b"", raw)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"HTTP/1.404 200 OK", 200),
        (b"HTTP/1.1-500 200 OK", 200),
        (b"HTTP/1.1/301 200 OK", 200),
        (b"HTTP/404 200 OK", 200),
        (b"HTTP/x503\t200 OK", 200),
    ],
)
def test_the_digits_of_a_version_are_not_the_status(server: HostileServer, line: bytes, status: int) -> None:
    exchange, _ = one(server.page("/", line + b"\r\nContent-Length: 2\r\n\r\nhi"))
    assert (exchange.status, exchange.header("content-length")) == (status, "2")
    assert "status line" in exchange.faults[0]


def test_a_status_behind_a_blank_counts_before_digits_that_touch_the_version() -> None:
    line = status_line.parse(b"HTTP/1.1200 404 Gone\r\n\r\n")
    assert line is not None
    assert line.status == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP \r\n\r\n",
        b"HTTP/1.404 OK\r\n\r\n",
        b"HTTP/1.1-500 OK\r\n\r\n",
    ],
)
def test_a_status_line_without_a_status_is_no_answer(server: HostileServer, raw: bytes) -> None:
    exchange, error = one(server.page("/", raw))
    assert isinstance(error, PermanentError)
    assert error.code == "invalid-server-response"
    assert (exchange.status, exchange.head) == (0, b"")


def test_endless_empty_lines_are_no_answer(server: HostileServer) -> None:
    stream = itertools.chain([b"\r\n"], itertools.repeat(b"\r\n" * 4096))
    result = fetch(server.script("/", lambda wire: wire.stream(stream)))
    assert isinstance(result.error, PermanentError)
    assert result.error.code == "invalid-server-response"


@pytest.mark.parametrize("sent", [b"", b"HTT", b"h", b"HTTP/1.1 200 O", b"\r\nHTTP/1"])
def test_a_hangup_before_the_status_line_is_worth_another_try(server: HostileServer, sent: bytes) -> None:
    result = fetch(server.page("/", sent))
    assert isinstance(result.error, TransientError)
    assert (result.error.code, result.exchanges) == ("protocol-error", [])


def test_a_hangup_within_the_head_keeps_the_whole_lines(server: HostileServer) -> None:
    exchange, error = one(server.page("/", OK + b"A: b\r\nContent-Le"))
    assert isinstance(error, TransientError)
    assert (error.code, exchange.truncated, exchange.head) == (
        "protocol-error",
        "disconnect",
        OK + b"A: b\r\n\r\n",
    )


def dripping(start: bytes, line: bytes = b"X-Slow: yes\r\n") -> Callable[[Wire], None]:
    """Say the start, then one header line after the other for as long as the client stays."""

    def script(wire: Wire) -> None:
        wire.send(start)
        wire.sock.settimeout(0.01)
        while True:
            wire.send(line)
            try:
                if not wire.sock.recv(1):
                    return
            except TimeoutError:
                continue

    return script


UNFINISHED = {
    "a page": OK,
    "an error page": b"HTTP/1.1 404 Not Found\r\n",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: /next\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\n",
    "a page behind an interim response": b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK,
}


@pytest.mark.slow
@pytest.mark.parametrize("limit", [{"page_timeout": 0.2}, {"within": 0.2}], ids=["page", "batch"])
@pytest.mark.parametrize("name", UNFINISHED)
def test_a_head_that_is_not_whole_when_time_is_up_is_a_failure_and_kept(
    server: HostileServer, name: str, limit: dict[str, float]
) -> None:
    server.page("/next", OK + b"\r\nnever asked for")
    result = fetch(server.script("/", dripping(UNFINISHED[name])), **limit)
    (exchange,) = result.exchanges
    assert isinstance(result.error, TransientError)
    assert (result.error.code, exchange.truncated) == ("soft-time-limit-exceeded", "time")
    assert not result.answered
    start = UNFINISHED[name].rpartition(b"\r\n\r\n")[2]
    assert exchange.head.startswith(start + b"X-Slow: yes\r\n")
    assert exchange.head.endswith(b"\r\n\r\n")
    assert exchange.body.size == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ends", "code"),
    [
        (lambda wire: wire.until_closed(), "read-timeout"),
        (lambda _: None, "protocol-error"),
        (lambda wire: wire.send(b"X: " + b"y" * MAX_HEAD_BYTES), "invalid-server-response"),
    ],
    ids=["silence", "disconnect", "too long"],
)
@pytest.mark.parametrize("name", UNFINISHED)
def test_a_head_that_ends_in_any_other_way_is_a_failure_too(
    server: HostileServer, name: str, ends: Callable[[Wire], object], code: str
) -> None:
    def script(wire: Wire) -> None:
        wire.send(UNFINISHED[name] + b"X: y\r\n")
        ends(wire)

    result = fetch(server.script("/", script), read_timeout=0.2)
    assert result.error is not None
    assert (result.error.code, result.answered) == (code, False)

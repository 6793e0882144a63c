"""Responses as servers really send them, and as none should: what is stored, and what is said about it."""

import errno
import gzip
import itertools
import zlib
from collections.abc import Iterator

import brotli
import pytest
from backports import zstd
from tests.hostile.fixtures import closing_bodies, fetch
from tests.hostile.server import HostileServer, Wire

from pressmark.decode import decode, decoded_body
from pressmark.errors import CaptureError, PermanentError, TransientError
from pressmark.exchange import Body, Exchange
from pressmark.wire.chunked import MAX_LINE_BYTES, MAX_TRAILER_BYTES
from pressmark.wire.response import KEPT_HEAD_BYTES, MAX_HEAD_BYTES, MAX_HEAD_LINES, MAX_INTERIM

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

OK = b"HTTP/1.1 200 OK\r\n"
MIB = 1024 * 1024


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


def one(url: str, **changes: object) -> tuple[Exchange, CaptureError | None]:
    """The only exchange of a fetch, and its error."""
    result = fetch(url, **changes)  # type: ignore[arg-type]
    (exchange,) = result.exchanges
    return exchange, result.error


def whole(exchange: Exchange) -> bytes:
    return exchange.body.open().read()


# --- heads ------------------------------------------------------------------------------------------------


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
        b"h",
    ],
)
def test_what_is_not_http_is_said_to_be_so(server: HostileServer, raw: bytes) -> None:
    exchange, error = one(server.page("/", raw))
    assert isinstance(error, PermanentError)
    assert error.code == "invalid-server-response"
    assert (exchange.status, exchange.head, whole(exchange)) == (0, b"", raw)


@pytest.mark.parametrize(
    "raw", [b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/x 200 OK\r\n\r\n"]
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


@pytest.mark.parametrize("sent", [b"", b"HTT", b"HTTP/1.1 200 O"])
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


# --- where a body ends ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_statuses_without_a_body_do_not_wait_for_one(server: HostileServer, status: bytes) -> None:
    raw = b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n"
    exchange, error = one(server.script("/", lambda wire: wire.send(raw).until_closed()))
    assert (error, exchange.truncated, exchange.body.size) == (None, None, 0)


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (b"", b"to the end"),
        (b"Content-Length: 0\r\n", b""),
        (b"Content-Length: 5\r\nContent-Length: 5\r\n", b"12345"),
        (b"Content-Length: 5, 5\r\n", b"12345"),
        (b"Content-Length: 5\r\nContent-Length: 7\r\n", b"nobody knows"),
        (b"Content-Length: -5\r\n", b"to the end"),
        (b"Content-Length: 0x5\r\n", b"to the end"),
        (b"Content-Length: five\r\n", b"to the end"),
        (b"Content-Length: 99999999999999999999999999\r\n", b"to the end"),
        (b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n", b"12345"),
        (b"Transfer-Encoding: odd\r\nContent-Length: 5\r\n", b"to the end"),
    ],
)
def test_a_body_ends_where_rfc_9112_says(server: HostileServer, fields: bytes, body: bytes) -> None:
    exchange, error = one(server.page("/", OK + fields + b"\r\n" + body))
    assert (whole(exchange), exchange.truncated, error) == (body, None, None)


def test_bytes_beyond_the_length_are_not_the_body(server: HostileServer) -> None:
    exchange, error = one(server.page("/", OK + b"Content-Length: 5\r\n\r\n12345HTTP/1.1 200 OK\r\n\r\n"))
    assert (whole(exchange), error) == (b"12345", None)


def test_a_body_shorter_than_its_length_is_kept_and_marked(server: HostileServer) -> None:
    exchange, error = one(server.page("/", OK + b"Content-Length: 50\r\n\r\n12345"))
    assert isinstance(error, TransientError)
    assert (error.code, exchange.truncated, whole(exchange)) == ("protocol-error", "disconnect", b"12345")


def test_a_reset_within_the_body_keeps_what_came(server: HostileServer) -> None:
    raw = OK + b"Content-Length: 50\r\n\r\n12345"
    exchange, error = one(server.script("/", lambda wire: wire.send(raw).reset()))
    assert isinstance(error, TransientError)
    assert (error.code, exchange.truncated, whole(exchange)) == ("protocol-error", "disconnect", b"12345")


def test_a_body_beyond_the_limit_is_cut_there_and_is_no_error(server: HostileServer) -> None:
    endless = itertools.repeat(b"a" * 65536)
    exchange, error = one(
        server.script("/", lambda wire: wire.send(OK + b"\r\n").stream(endless)), max_body_bytes=MIB
    )
    assert (exchange.body.size, exchange.truncated, error) == (MIB, "length", None)


@pytest.mark.parametrize("fields", [b"", b"Content-Length: 1000\r\n"])
def test_a_body_of_just_the_limit_is_whole(server: HostileServer, fields: bytes) -> None:
    exchange, error = one(server.page("/", OK + fields + b"\r\n" + b"a" * 1000), max_body_bytes=1000)
    assert (exchange.body.size, exchange.truncated, error) == (1000, None, None)


def test_a_body_that_announces_terabytes_costs_the_limit(server: HostileServer) -> None:
    raw = OK + b"Content-Length: 9000000000000\r\n\r\n"
    endless = itertools.repeat(b"a" * 65536)
    exchange, error = one(server.script("/", lambda wire: wire.send(raw).stream(endless)), max_body_bytes=MIB)
    assert (exchange.body.size, exchange.truncated, error) == (MIB, "length", None)


# --- chunks -----------------------------------------------------------------------------------------------

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "body", "trailers"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello", b""),
        (b'2\r\nhe\r\n003;a=b\r\nllo\r\n0;last="1"\r\n\r\n', b"hello", b""),
        (b"A \r\n0123456789\r\n0\r\n\r\n", b"0123456789", b""),
        (b" a\r\n0123456789\r\n0\r\n\r\n", b"0123456789", b""),
        (b"5\nhello\n0\n\n", b"hello", b""),
        (b"0\r\n\r\n", b"", b""),
        (b"000000\r\n\r\n", b"", b""),
        (b"1\r\na\r\n0\r\nDigest: x\r\nX-b: \xff\r\n\r\n", b"a", b"Digest: x\r\nX-b: \xff\r\n"),
        (b"1\r\na\r\n0\r\nA: b\n\n", b"a", b"A: b\n"),
        (b"5\r\n\r\n0\r\n\r\n0\r\n\r\n", b"\r\n0\r\n", b""),
    ],
)
@pytest.mark.parametrize("pieces", [1, 3, 10_000])
def test_chunk_framing_is_taken_off_and_trailers_are_kept(
    server: HostileServer, raw: bytes, body: bytes, trailers: bytes, pieces: int
) -> None:
    step = max(1, len(raw) // pieces)
    parts = [raw[at : at + step] for at in range(0, len(raw), step)]
    exchange, error = one(server.script("/", lambda wire: wire.send(CHUNKED, *parts)))
    assert (whole(exchange), exchange.trailers, exchange.chunked) == (body, trailers, True)
    assert (exchange.head, exchange.truncated, error) == (CHUNKED, None, None)


@pytest.mark.parametrize(
    "coding",
    [b"chunked", b"Chunked", b"identity, chunked", b"chunked\r\nTransfer-Encoding: chunked", b"chunked;q=1"],
)
def test_chunked_is_recognised_however_it_is_written(server: HostileServer, coding: bytes) -> None:
    head = OK + b"Content-Length: 3\r\nTransfer-Encoding: " + coding + b"\r\n\r\n"
    exchange, error = one(server.page("/", head + b"5\r\nhello\r\n0\r\n\r\n"))
    assert (whole(exchange), error) == (b"hello", None)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"5\r\nhello\r\n", b"hello"),
        (b"5\r\nhel", b"hel"),
        (b"5\r\nhello\r\n0\r\n", b"hello"),
        (b"5\r\nhello\r\n0\r\nA: b\r\n", b"hello"),
        (b"5\r\nhelloX\r\n0\r\n\r\n", b"hello"),
        (b"not chunked at all", b""),
        (b"-5\r\nhello\r\n0\r\n\r\n", b""),
        (b"0x5\r\nhello\r\n0\r\n\r\n", b""),
        (b"5_0\r\nhello\r\n0\r\n\r\n", b""),
        (b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n", b""),
        (b"5\r\nhello\r\n\r\n0\r\n\r\n", b"hello"),
        (b"5;" + b"x" * (MAX_LINE_BYTES + 1), b""),
        (b"1\r\na\r\n0\r\n" + b"A: b\r\n" * (MAX_TRAILER_BYTES // 6 + 2), b"a"),
    ],
)
def test_a_chunked_body_that_breaks_keeps_what_came_and_is_marked(
    server: HostileServer, raw: bytes, kept: bytes
) -> None:
    exchange, error = one(server.page("/", CHUNKED + raw))
    assert isinstance(error, TransientError)
    assert (error.code, exchange.truncated, whole(exchange)) == ("protocol-error", "disconnect", kept)


def test_a_chunk_of_exabytes_costs_the_limit(server: HostileServer) -> None:
    endless = itertools.repeat(b"a" * 65536)
    raw = CHUNKED + b"ffffffffffffffff\r\n"
    exchange, error = one(server.script("/", lambda wire: wire.send(raw).stream(endless)), max_body_bytes=MIB)
    assert (exchange.body.size, exchange.truncated, error) == (MIB, "length", None)


def test_an_endless_chunked_stream_is_cut_at_the_limit(server: HostileServer) -> None:
    endless = itertools.repeat(b"400\r\n" + b"a" * 1024 + b"\r\n")
    exchange, error = one(
        server.script("/", lambda wire: wire.send(CHUNKED).stream(endless)), max_body_bytes=MIB
    )
    assert (exchange.body.size, exchange.truncated, error) == (MIB, "length", None)


def test_chunks_of_one_byte_end_long_before_the_body_limit(server: HostileServer) -> None:
    endless = itertools.repeat(b"1\r\na\r\n" * 10_000)
    exchange, error = one(server.script("/", lambda wire: wire.send(CHUNKED).stream(endless)))
    assert (exchange.truncated, error) == ("length", None)
    assert 200_000 < exchange.body.size < MIB


def test_endless_extensions_end(server: HostileServer) -> None:
    endless = itertools.repeat(b"1;" + b"x" * 10_000 + b"\r\na\r\n")
    exchange, _ = one(server.script("/", lambda wire: wire.send(CHUNKED).stream(endless)))
    assert exchange.truncated == "length"
    assert exchange.body.size < 1000


# --- time -------------------------------------------------------------------------------------------------


def test_a_server_that_falls_silent_is_left_with_what_came(server: HostileServer) -> None:
    raw = OK + b"Content-Length: 50\r\n\r\n12345"
    exchange, error = one(server.script("/", lambda wire: wire.send(raw).until_closed()), read_timeout=0.5)
    assert isinstance(error, TransientError)
    assert (error.code, error.limit) == ("read-timeout", 0.5)
    assert (exchange.truncated, whole(exchange)) == ("time", b"12345")


def test_a_server_that_never_answers_times_out(server: HostileServer) -> None:
    result = fetch(server.script("/", lambda wire: wire.until_closed()), read_timeout=0.1)
    assert isinstance(result.error, TransientError)
    assert (result.error.code, result.exchanges) == ("read-timeout", [])


def drip(wire: Wire) -> None:
    """One byte, then another, for as long as the client stays."""
    wire.send(OK + b"\r\n")
    wire.sock.settimeout(0.01)
    while True:
        wire.send(b".")
        try:
            if not wire.sock.recv(1):
                return
        except TimeoutError:
            continue


def test_a_byte_at_a_time_is_cut_when_the_page_has_had_its_time(server: HostileServer) -> None:
    exchange, error = one(server.script("/", drip), page_timeout=0.2)
    assert (exchange.truncated, error) == ("time", None)
    assert exchange.body.size > 0


def test_a_page_cut_by_the_batchs_end_is_worth_another_try(server: HostileServer) -> None:
    exchange, error = one(server.script("/", drip), within=0.2)
    assert isinstance(error, TransientError)
    assert (error.code, exchange.truncated) == ("soft-time-limit-exceeded", "time")


def test_no_time_at_all_asks_nobody(server: HostileServer) -> None:
    result = fetch(server.page("/", OK + b"\r\n"), within=-1)
    assert isinstance(result.error, TransientError)
    assert (result.error.code, result.exchanges, server.requests) == ("soft-time-limit-exceeded", [], [])


# --- content codings --------------------------------------------------------------------------------------

TEXT = b"<p>Text that repeats itself. " * 2000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


CODINGS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "deflate (raw)": raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)),
    "gzip, gzip, zstd": lambda data: zstd.compress(gzip.compress(gzip.compress(data))),
    "identity": lambda data: data,
}


@pytest.mark.parametrize("name", CODINGS)
def test_codings_are_kept_as_sent_and_decoded_on_a_copy(server: HostileServer, name: str) -> None:
    packed = CODINGS[name](TEXT)
    fields = f"Content-Encoding: {name.partition(' (')[0]}\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    exchange, error = one(server.page("/", OK + fields + packed))
    assert error is None
    assert whole(exchange) == packed
    assert decoded_body(exchange) == TEXT
    assert whole(exchange) == packed


def test_a_bomb_decodes_to_the_limit_and_no_further(server: HostileServer) -> None:
    bomb = gzip.compress(gzip.compress(bytes(100 * MIB), 9), 9)
    assert len(bomb) < 2000
    fields = b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    exchange, _ = one(server.page("/", OK + fields + bomb))
    decoded = decode(exchange, 3 * MIB)
    assert len(decoded.data) == 3 * MIB
    assert decoded.problem == f"decodes to more than {3 * MIB} bytes"


# --- statuses and redirects -------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (b"/x y", "/x%20y"),
        (b"/caf\xc3\xa9", "/caf%C3%A9"),
        (b"/caf\xe9", "/caf%C3%A9"),
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


# --- what is not a page -----------------------------------------------------------------------------------


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

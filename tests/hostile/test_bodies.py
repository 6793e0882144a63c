"""Bodies, whole, chunked, encoded and late: where each ends, and what is kept of one that breaks."""

import gzip
import itertools
import zlib

import brotli
import pytest
from backports import zstd
from tests.hostile.fixtures import closing_bodies, fetch, one, whole
from tests.hostile.server import HostileServer, Wire

from pressmark.errors import TransientError
from pressmark.http.decode import LIMIT_BYTES, decode
from pressmark.http.wire.chunked import MAX_LINE_BYTES, MAX_TRAILER_BYTES

close_bodies = pytest.fixture(autouse=True)(closing_bodies)


OK = b"HTTP/1.1 200 OK\r\n"
MIB = 1024 * 1024


# --- where a body ends -----------------------------------------------------------------------------------


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


# --- chunks ----------------------------------------------------------------------------------------------


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
    [
        b"chunked",
        b"Chunked",
        b"identity, chunked",
        b"chunked, identity",
        b"chunked\r\nTransfer-Encoding: chunked",
        b"chunked;q=1",
    ],
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
        (b"5\r\nhelloX\r\n0\r\n\r\n", b"hello"),
        (b"not chunked at all", b"not chunked at all"),
        (b"-5\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n"),
        (b"0x5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n"),
        (b"5_0\r\nhello\r\n0\r\n\r\n", b"5_0\r\nhello\r\n0\r\n\r\n"),
        (b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n", b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
        (b"5\r\nhello\r\n\r\n0\r\n\r\n", b"hello"),
        (b"5;" + b"x" * (MAX_LINE_BYTES + 1), b"5;" + b"x" * (MAX_LINE_BYTES + 1)),
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


@pytest.mark.slow
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


# --- time ------------------------------------------------------------------------------------------------


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_byte_at_a_time_is_cut_when_the_page_has_had_its_time(server: HostileServer) -> None:
    exchange, error = one(server.script("/", drip), page_timeout=0.2)
    assert (exchange.truncated, error) == ("time", None)
    assert exchange.body.size > 0


@pytest.mark.slow
def test_a_page_cut_by_the_batchs_end_is_worth_another_try(server: HostileServer) -> None:
    exchange, error = one(server.script("/", drip), within=0.2)
    assert isinstance(error, TransientError)
    assert (error.code, exchange.truncated) == ("soft-time-limit-exceeded", "time")


def test_no_time_at_all_asks_nobody(server: HostileServer) -> None:
    result = fetch(server.page("/", OK + b"\r\n"), within=-1)
    assert isinstance(result.error, TransientError)
    assert (result.error.code, result.exchanges, server.requests) == ("soft-time-limit-exceeded", [], [])


# --- content codings -------------------------------------------------------------------------------------


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
    assert decode(exchange, LIMIT_BYTES).data == TEXT
    assert whole(exchange) == packed


@pytest.mark.slow
def test_a_bomb_decodes_to_the_limit_and_no_further(server: HostileServer) -> None:
    bomb = gzip.compress(gzip.compress(bytes(100 * MIB), 9), 9)
    assert len(bomb) < 2000
    fields = b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    exchange, _ = one(server.page("/", OK + fields + bomb))
    decoded = decode(exchange, 3 * MIB)
    assert len(decoded.data) == 3 * MIB
    assert decoded.problem == f"decodes to more than {3 * MIB} bytes"

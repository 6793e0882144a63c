"""Responses that are not as HTTP has them, and that browsers or curl show all the same: pages, faults said."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from backports import zstd
from tests.hostile.fixtures import closing_bodies, one, whole
from tests.hostile.server import HostileServer, Wire

from pressmark.errors import TransientError
from pressmark.http.decode import decode
from pressmark.queues.message import CaptureRequest
from pressmark.warc.event import Capture
from pressmark.warc.records import metadata_json

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

OK = b"HTTP/1.1 200 OK\r\n"
PAGE = b"<html><p>" + b"The ferry leaves at noon. " * 40 + b"</p></html>\n"
PACKED = gzip.compress(PAGE, mtime=0)
PACKED_PART = gzip.compress(PAGE[:-20], mtime=0)


@pytest.mark.parametrize(
    "line",
    [
        b"http/1.1 200 OK",
        b"Http/1.1 200 OK",
        b"HTTP/1.1 200OK",
        b"HTTP/1.1 200-OK",
        b"HTTP/1.10 200 OK",
        b"HTTP/11 200 OK",
        b"HTTP/1.1.1 200 OK",
        b"HTTP/1,1 200 OK",
        b"HTTP/1.1200 OK",
        b"HTTP/1.1\t200\tOK",
        b"HTTP/ 200 OK",
        b"HTTP 200 OK",
        b"HTTP/x 200 OK",
    ],
)
def test_a_status_line_with_a_fault_begins_a_page_and_is_kept_as_it_came(
    server: HostileServer, line: bytes
) -> None:
    head = line + b"\r\nContent-Length: 4\r\n\r\n"
    exchange, error = one(server.page("/", head + b"body"))
    assert (error, exchange.status, exchange.reason.strip("-")) == (None, 200, "OK")
    assert (exchange.head, whole(exchange)) == (head, b"body")
    assert exchange.faults == [f"the status line is malformed: {line + b'\r\n'!r}"]


@pytest.mark.parametrize(
    "line", [b"HTTP/1.1  200 OK", b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.0 200 OK", b"HTTP/2 200 OK"]
)
def test_what_many_servers_send_is_not_worth_a_word(server: HostileServer, line: bytes) -> None:
    exchange, error = one(server.page("/", line + b"\r\nContent-Length: 4\r\n\r\nbody"))
    assert (error, exchange.status, exchange.faults) == (None, 200, [])


@pytest.mark.parametrize(
    "stray", [b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b" ", b"\r\n \r\n", b"0", b"abcd", b"\n\x00"]
)
@pytest.mark.parametrize("pieces", [1, 99])
def test_stray_bytes_before_the_status_line_are_said_and_left_out(
    server: HostileServer, stray: bytes, pieces: int
) -> None:
    raw = stray + OK + b"Content-Length: 4\r\n\r\nbody"
    step = -(-len(raw) // pieces)
    parts = [raw[at : at + step] for at in range(0, len(raw), step)]
    exchange, error = one(server.script("/", lambda wire: wire.send(*parts)))
    assert (error, exchange.status, whole(exchange)) == (None, 200, b"body")
    assert exchange.faults == [f"before the status line the server sent {stray!r}"]


# --- lengths ---------------------------------------------------------------------------------------------

LENGTHS = [b"+4", b"4;", b"4 bytes", b"4,", b"4, 4", b"-1", b"", b"4, 3", b"4\r\nContent-Length: 3"]
LONGER = [
    b"4, 9",
    b"9, 4",
    b"4\r\nContent-Length: 9",
    b"9 bytes",
    b"9;",
    b"+9",
    b"9\r\nTransfer-Encoding: gzip",
    b"9\r\nTransfer-Encoding: x-odd",
]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_length_that_is_none_leaves_the_body_as_it_came(server: HostileServer, length: bytes) -> None:
    exchange, error = one(server.page("/", OK + b"Content-Length: " + length + b"\r\n\r\nbody"))
    assert (error, exchange.truncated, whole(exchange)) == (None, None, b"body")
    assert length == b"4, 4" or "Content-Length" in exchange.faults[0]


@pytest.mark.parametrize("length", LONGER)
def test_a_body_shorter_than_the_largest_of_bad_lengths_is_cut(server: HostileServer, length: bytes) -> None:
    exchange, error = one(server.page("/", OK + b"Content-Length: " + length + b"\r\n\r\nbody"))
    assert isinstance(error, TransientError)
    assert (error.code, exchange.truncated, whole(exchange)) == ("protocol-error", "disconnect", b"body")
    assert "Content-Length" in exchange.faults[0]


@pytest.mark.slow
@pytest.mark.parametrize("length", [each for each in LENGTHS if b"4" in each])
def test_a_server_that_stays_behind_the_length_it_stated_badly_is_not_waited_for_in_vain(
    server: HostileServer, length: bytes
) -> None:
    raw = OK + b"Content-Length: " + length + b"\r\n\r\nbody"
    exchange, error = one(server.script("/", lambda wire: wire.send(raw).until_closed()), read_timeout=0.3)
    assert (error, exchange.truncated, whole(exchange)) == (None, None, b"body")


def end(wire: Wire) -> None:
    """Say nothing more."""


@pytest.mark.slow
@pytest.mark.parametrize("ending", [end, Wire.reset, Wire.until_closed])
@pytest.mark.parametrize(
    ("fields", "body", "account"),
    [
        (b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(PAGE), PACKED, "content coding"),
        (b"Content-Encoding: deflate\r\nContent-Length: 5000\r\n", zlib.compress(PAGE), "</html>"),
        (b"Content-Length: 5000\r\n", PAGE, "</html>"),
        (b"Content-Length: 5000\r\n", PAGE + b"<!-- cached\n 2 s -->\n", "</html>"),
        (b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n" % (len(PAGE), PAGE), "</html>"),
        (
            b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n",
            b"%x\r\n%s" % (len(PACKED), PACKED),
            "content coding",
        ),
    ],
)
def test_a_body_that_is_whole_by_its_own_account_is_whole(
    server: HostileServer, ending: Callable[[Wire], object], fields: bytes, body: bytes, account: str
) -> None:
    def script(wire: Wire) -> None:
        ending(wire.send(OK + fields + b"\r\n" + body))

    exchange, error = one(server.script("/", script), read_timeout=0.3)
    assert (error, exchange.truncated) == (None, None)
    assert decode(exchange).data.startswith(PAGE)
    assert account in exchange.faults[-1]


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(PAGE), PACKED[:-20]),
        (b"Content-Length: 5000\r\n", PAGE[:-20]),
        # The first member, frame or chunk of more than one: each is complete, and the page is not.
        (b"Content-Encoding: gzip\r\nContent-Length: 99999\r\n", PACKED_PART),
        (b"Content-Encoding: gzip\r\nContent-Length: 99999\r\n", gzip.compress(b"", mtime=0)),
        (b"Content-Encoding: zstd\r\nContent-Length: 99999\r\n", zstd.compress(PAGE[:-20])),
        (
            b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
            b"%x\r\n%s" % (len(PACKED) + 9, PACKED_PART),
        ),
        (b"Content-Type: text/plain\r\nContent-Length: 5000\r\n", PAGE),
        (b"Content-Length: 5000\r\n", b"<html><p>A</p><script>document.write('<p></p></html>"),
        (b"Content-Length: 5000\r\n", b"<html><p>A</p><script></script><!-- <p></p></html>"),
        (b"Content-Length: 5000\r\n", PAGE + b"<p>And so on"),
        (b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s" % (len(PAGE) + 1, PAGE[:-9])),
    ],
)
def test_a_body_that_is_cut_is_cut(server: HostileServer, fields: bytes, body: bytes) -> None:
    exchange, error = one(server.page("/", OK + fields + b"\r\n" + body))
    assert isinstance(error, TransientError)
    assert (error.code, exchange.truncated) == ("protocol-error", "disconnect")


@pytest.mark.parametrize("end_of_it", [b"0\r\n", b"0\r\nA: b\r\n", b"0\r\nA: b"])
def test_a_chunked_body_is_whole_when_its_last_chunk_has_come(
    server: HostileServer, end_of_it: bytes
) -> None:
    head = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    exchange, error = one(server.page("/", head + b"5\r\nhello\r\n" + end_of_it))
    assert (error, exchange.truncated, whole(exchange)) == (None, None, b"hello")
    assert "last chunk" in exchange.faults[0]


@pytest.mark.parametrize("body", [b"body", PAGE, b"\x00\x01", b"0x4\r\nbody"])
@pytest.mark.parametrize("length", [b"", b"Content-Length: %d\r\n"])
def test_an_old_server_that_says_chunked_and_sends_the_body_bare_is_understood(
    server: HostileServer, body: bytes, length: bytes
) -> None:
    head = (
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n"
        + length.replace(b"%d", b"%d" % len(body))
        + b"\r\n"
    )
    exchange, error = one(server.page("/", head + body))
    assert (error, exchange.truncated, exchange.chunked, whole(exchange)) == (None, None, False, body)
    assert exchange.faults == ["Transfer-Encoding says chunked, but the body is not"]


# --- codings ---------------------------------------------------------------------------------------------

ZLIB = zlib.compress(PAGE)


@pytest.mark.parametrize(
    ("coding", "body", "problem"),
    [
        (b"gzip", PACKED[:-8] + b"\0" * 4 + PACKED[-4:], "checksum"),
        (b"gzip", PACKED[:-4] + b"\0" * 4, "checksum"),
        (b"gzip", PACKED[:-8], "checksum"),
        (b"gzip", PACKED[:-3], "checksum"),
        (b"gzip", gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:])[:-8], "checksum"),
        (b"deflate", ZLIB[:-4] + b"\0" * 4, "checksum"),
        (b"deflate", ZLIB[:-4], "checksum"),
        (b"deflate", ZLIB[2:-4], None),
        (b"gzip", PACKED + b"<!-- cached -->", None),
        (b"gzip", PACKED + b"\0" * 512, None),
        (b"gzip", PAGE, "is not"),
        (b"deflate", PAGE, "is text"),
        (b"br", PAGE, "is text"),
        (b"zstd", PAGE, "is text"),
        (b"gzip\r\nContent-Encoding: gzip", PACKED, "is not"),
        (b"x-gzip", PACKED, None),
        (b"gzip;q=1.0", PACKED, None),
        (b'"gzip"', PACKED, None),
        (b"utf-8", PAGE, "not known"),
        (b"utf-8, gzip", PACKED, "not known"),
        (b"gzip, utf-8", PACKED, "not known"),
        (b"none", PAGE, None),
    ],
)
def test_a_coding_with_a_fault_gives_the_page(
    server: HostileServer, coding: bytes, body: bytes, problem: str | None
) -> None:
    head = OK + b"Content-Encoding: " + coding + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    exchange, error = one(server.page("/", head + body))
    decoded = decode(exchange)
    assert (error, whole(exchange)) == (None, body)
    assert (decoded.data, decoded.cut) == (PAGE, False)
    assert (problem is None and decoded.problem is None) or problem in (decoded.problem or "")


def test_the_metadata_record_says_what_was_wrong(server: HostileServer) -> None:
    exchange, _ = one(server.page("/", b"http/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"))
    capture = Capture(CaptureRequest(exchange.url), "message", "token", started=exchange.started)
    capture.exchanges = [exchange]
    (facts,) = metadata_json(capture)["exchanges"]
    assert facts["faults"] == exchange.faults != []

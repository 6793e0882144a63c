"""Generated responses, sent over a real socket in pieces of any size: every byte is found again."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import brotli
import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hostile.fixtures import fetcher
from tests.hostile.server import HostileServer

from pressmark.http.decode import decode
from pressmark.http.exchange import Exchange, FetchResult

FAR = 1e12  # a deadline that never comes

TOKEN = st.text("abcXYZ019-_!", min_size=1, max_size=12).map(str.encode)
VALUE = st.binary(max_size=30).map(lambda raw: bytes(b for b in raw if b not in b"\r\n"))
FRAMED_BY = (b"content-length", b"transfer-encoding", b"content-encoding", b"location")
ENCODERS = {
    b"": lambda data: data,
    b"gzip": gzip.compress,
    b"deflate": zlib.compress,
    b"br": lambda data: brotli.compress(data, quality=1),
    b"zstd": zstd.compress,
    b"gzip, br": lambda data: brotli.compress(gzip.compress(data), quality=1),
}


@dataclass
class Response:
    """What a server sends, and what should be made of it."""

    head: bytes
    wire_body: bytes
    body: bytes
    content: bytes
    framing: str
    interim: list[bytes] = field(default_factory=list)
    trailers: bytes = b""

    @property
    def raw(self) -> bytes:
        return b"".join(self.interim) + self.head + self.wire_body


@st.composite
def responses(draw: st.DrawFn) -> Response:
    eol = draw(st.sampled_from([b"\r\n", b"\n"]))
    fields = draw(st.lists(st.tuples(TOKEN, VALUE), max_size=12))
    lines = [
        name + draw(st.sampled_from([b":", b": ", b":\t"])) + value
        for name, value in fields
        if name.lower() not in FRAMED_BY
    ]
    for at in range(len(lines)):
        if draw(st.integers(0, 9)) == 0:
            lines[at] += eol + b" folded " + lines[at]
    content = draw(st.binary(max_size=3000)) * draw(st.sampled_from([1, 1, 1, 40]))
    coding = draw(st.sampled_from(sorted(ENCODERS)))
    body = ENCODERS[coding](content)
    if coding:
        lines.insert(draw(st.integers(0, len(lines))), b"Content-Encoding: " + coding)
    framing = draw(st.sampled_from(["length", "chunked", "close"]))
    wire_body, trailers = body, b""
    if framing == "length":
        lines.insert(0, b"Content-Length: %d" % len(body))
    if framing == "chunked":
        lines.append(draw(st.sampled_from([b"Transfer-Encoding: chunked", b"transfer-encoding:CHUNKED"])))
        trailers = b"".join(name + b": x" + eol for name in draw(st.lists(TOKEN, max_size=3)))
        wire_body = draw_chunks(draw, body, eol) + trailers + eol
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.0"]))
    reason = draw(st.sampled_from([b" OK", b"", b" ", b" Caf\xe9 au lait"]))
    status = draw(st.sampled_from([b"200", b"203", b"206", b"300", b"404"]))
    head = version + b" " + status + reason + eol + b"".join(line + eol for line in lines) + eol
    interim = [b"HTTP/1.1 103 Early Hints" + eol + b"Link: <x>" + eol + eol] * draw(st.integers(0, 2))
    return Response(head, wire_body, body, content, framing, interim, trailers)


def draw_chunks(draw: st.DrawFn, body: bytes, eol: bytes) -> bytes:
    wire, at = [], 0
    while at < len(body):
        size = draw(st.integers(1, max(1, len(body) // draw(st.integers(1, 6)))))
        piece = body[at : at + size]
        extension = draw(st.sampled_from([b"", b"", b";a=b", b' ; x="y z"']))
        wire.append(b"%x" % len(piece) + extension + eol + piece + eol)
        at += size
    return b"".join(wire) + draw(st.sampled_from([b"0", b"000"])) + eol


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


CLIENT = fetcher()
GENERATED = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def got(server: HostileServer, raw: bytes, cuts: list[int]) -> FetchResult:
    """Fetch what is sent in pieces cut at these places."""
    ends = [*sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    pieces, at = [], 0
    for end in ends:
        pieces.append(raw[at:end])
        at = end
    return CLIENT.fetch(server.script("/", lambda wire: wire.send(*pieces)), deadline=FAR)


@pytest.mark.slow
@GENERATED
@given(response=responses(), cuts=st.lists(st.integers(0, 100_000), max_size=6))
def test_every_byte_of_a_response_is_found_again(
    server: HostileServer, response: Response, cuts: list[int]
) -> None:
    result = got(server, response.raw, cuts)
    (exchange,) = result.exchanges
    try:
        assert exchange.head == response.head
        assert exchange.interim == response.interim
        assert exchange.body.open().read() == response.body
        assert exchange.trailers == response.trailers
        assert exchange.chunked is (response.framing == "chunked")
        assert exchange.truncated is None
        assert (result.error is None) == (exchange.status < 400)
        decoded = decode(exchange)
        assert (decoded.data, decoded.problem) == (response.content, None)
    finally:
        exchange.body.close()


@pytest.mark.slow
@GENERATED
@given(response=responses(), data=st.data())
def test_a_response_cut_anywhere_keeps_what_came_and_says_so(
    server: HostileServer, response: Response, data: st.DataObject
) -> None:
    start = len(b"".join(response.interim)) + len(response.head)
    cut = data.draw(st.integers(start, len(response.raw)), label="cut")
    result = got(server, response.raw[:cut], [])
    (exchange,) = result.exchanges
    try:
        kept = exchange.body.open().read()
        assert exchange.head == response.head
        assert response.body.startswith(kept)
        is_whole = cut == len(response.raw) or response.framing == "close" or bool(exchange.faults)
        assert not exchange.faults or kept == response.body
        assert (exchange.truncated is None) == is_whole
        if is_whole:
            assert kept == response.body[: cut - start if response.framing == "close" else None]
        else:
            assert exchange.truncated == "disconnect"
            assert result.error is not None
            assert result.error.code == "protocol-error"
        if response.framing != "chunked":
            assert kept == response.wire_body[: cut - start]
    finally:
        exchange.body.close()


@pytest.mark.slow
@GENERATED
@given(
    raw=st.binary(max_size=400),
    prefix=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]),
)
def test_no_bytes_whatever_make_a_fetch_raise(server: HostileServer, raw: bytes, prefix: bytes) -> None:
    result = CLIENT.fetch(server.page("/", prefix + raw), deadline=FAR)
    for exchange in result.exchanges:
        assert (prefix + raw).startswith(exchange.head[:-2]) or exchange.head == b""
        exchange.body.close()


@pytest.mark.slow
@GENERATED
@given(raw=st.binary(max_size=400))
def test_no_bytes_whatever_make_chunks_raise(server: HostileServer, raw: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    (exchange,) = CLIENT.fetch(server.page("/", head + b"3\r\nabc\r\n" + raw), deadline=FAR).exchanges
    assert exchange.body.open().read()[:3] == b"abc"
    exchange.body.close()


@GENERATED
@given(
    coding=st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, zstd", "odd"]),
    raw=st.binary(max_size=300),
)
def test_no_bytes_whatever_make_decoding_raise(coding: str, raw: bytes) -> None:
    from datetime import UTC, datetime

    exchange = Exchange(
        "http://a.example/",
        datetime(2026, 11, 23, tzinfo=UTC),
        headers=[(b"Content-Encoding", coding.encode())],
    )
    exchange.body.write(raw)
    assert len(decode(exchange, 10_000).data) <= 10_000
    exchange.body.close()

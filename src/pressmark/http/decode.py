"""Removes content codings from a copy of a body, for reading; the archive keeps the body as received (D3).

A few kilobytes can decode to gigabytes, in one layer or in several. So each layer is decoded in pieces,
and decoding stops at a limit. Of a damaged stream, the copy holds what came before the damage, as browsers show it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pressmark.http.exchange import Exchange
from pressmark.http.gunzip import MAX_MEMBERS, PIECE, SIP, Pieces, inflate, members, sips

LIMIT_BYTES = 32 * 1024 * 1024
"""A decoded copy is cut at this length by default; no page that people read is longer."""

MAX_CODINGS = 5
"""Maximum number of codings on top of each other, as in curl."""

_ZSTD_WINDOW_LOG = 23  # RFC 9659 section 3: a content coding may not need a window of more than 8 MiB

_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""Bytes that no text has (WHATWG MIME Sniffing, "binary data byte")."""

_START = 1024

_AGAIN_BYTES = 4 * 1024 * 1024
"""A brotli stream shorter than this is kept while it is decoded, so that its end can be decoded a second time."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded copy. problem: what was wrong with the body, or None.

    cut: whether ``data`` lacks a part of the content.
    """

    data: bytes
    problem: str | None = None
    cut: bool = False


class _Problem:
    """The first problem met in any layer. cut: whether any layer lost a part of the content."""

    text: str | None = None
    cut: bool = False

    def note(self, text: str, *, cut: bool = False) -> None:
        self.text = self.text or text
        self.cut = self.cut or cut


def decode(exchange: Exchange, limit_bytes: int = LIMIT_BYTES) -> Decoded:
    """Decode a copy of a body: gzip, deflate (zlib and raw), br, zstd, stacked in any order.

    Never raises. If the stream is damaged or exceeds the limit, ``data`` is what was decoded until then. A
    body that claims a coding but is text, or claims gzip but is not, is returned unchanged. Unknown codings are
    skipped.
    """
    codings = content_codings(exchange)
    for feed in (iter, sips):
        data, problem = b"", _Problem()
        data = b"".join(_decoded(exchange, codings, limit_bytes, problem, feed))
        if problem.text is None:
            break
    if exchange.truncated:
        problem = _truncated(exchange)
    if (
        0 < len(codings) <= MAX_CODINGS
        and exchange.body.size
        and not data
        and problem.cut
        and not _BINARY.search(exchange.body.head(_START))
    ):
        return Decoded(exchange.body.head(limit_bytes), f"claims to be {codings[-1]} and is text")
    return Decoded(data, problem.text, problem.cut)


def _truncated(exchange: Exchange) -> _Problem:
    problem = _Problem()
    if exchange.truncated:
        problem.note(f"the body is truncated: {exchange.truncated}", cut=True)
    return problem


def _decoded(
    exchange: Exchange,
    codings: list[str],
    limit_bytes: int,
    problem: _Problem,
    feed: Callable[[Pieces], Pieces],
) -> Pieces:
    """Yield the decoded body. feed: ``iter`` or :func:`sips`, through which a layer reads the layer below.

    A decoder's call that meets damage returns nothing. With sips, at most 512 bytes of input are lost by that; but then
    a page takes a hundred calls, and each lets other threads run first. So :func:`decode` decodes in large pieces,
    and a second time in sips only if there was a problem.
    """
    pieces: Pieces = exchange.body.chunks(PIECE)
    if len(codings) > MAX_CODINGS:
        problem.note(f"{len(codings)} codings on top of each other")
        codings = []
    layers = []
    for coding in reversed(codings):
        if (layer := _LAYERS.get(coding)) is not None:
            layers.append(layer)
        else:  # often not a coding at all: "utf-8"
            problem.note(f"content coding {coding[:40]!r} is not known")
    for layer in layers:
        pieces = _bounded(layer(feed(pieces), problem), limit_bytes, problem)
    return pieces if layers else _bounded(pieces, limit_bytes, problem)


class Decoding:
    """A decoded copy in pieces, so that memory stays bounded however long it is; see :func:`decode`.

    problem: what was wrong with the body, or None; known after the last piece.
    """

    def __init__(self, exchange: Exchange, limit_bytes: int) -> None:
        self._exchange, self._limit = exchange, limit_bytes
        self.problem: str | None = None

    def __iter__(self) -> Pieces:
        """Yield the pieces; a single one if the copy is shorter than :data:`LIMIT_BYTES`."""
        page = decode(self._exchange, LIMIT_BYTES)
        if len(page.data) < LIMIT_BYTES:
            self.problem = page.problem
            if page.data:
                yield page.data
            return
        del page
        problem = _truncated(self._exchange)
        yield from _decoded(self._exchange, content_codings(self._exchange), self._limit, problem, sips)
        self.problem = problem.text


def content_codings(exchange: Exchange) -> list[str]:
    """Return the codings in the order applied (RFC 9110 section 8.4), in lower case, without ``identity``.

    Transfer codings other than chunked come last, because they were applied last.
    """
    values = ",".join(exchange.header_all("content-encoding")).split(",")
    names = [value.partition(";")[0].strip(" \t\"'").lower() for value in values]
    names += [name for name in exchange.transfer_codings if name != "chunked"]
    return [name for name in names if name not in ("", "identity", "none")]


def _bounded(pieces: Pieces, limit: int, problem: _Problem) -> Pieces:
    left = limit
    for piece in pieces:
        if len(piece) > left:
            problem.note(f"decodes to more than {limit} bytes", cut=True)
            yield piece[:left]
            return
        left -= len(piece)
        yield piece


def _peek(pieces: Pieces, size: int) -> bytes:
    """Return at least the first ``size`` bytes, or all there are. ``pieces`` then yields only what follows them."""
    first = b""
    for piece in pieces:
        first += piece
        if len(first) >= size:
            break
    return first


def _chain(first: bytes, pieces: Pieces) -> Pieces:
    if first:
        yield first
    yield from pieces


def _gzip(pieces: Pieces, problem: _Problem) -> Pieces:
    first = _peek(pieces, 2)
    if first[:2] != b"\x1f\x8b":
        if first:
            problem.note("claims to be gzip and is not")
        return _chain(first, pieces)
    return members(_chain(first, pieces), problem.note)


def _deflate(pieces: Pieces, problem: _Problem) -> Pieces:
    """RFC 9110 section 8.4.1.2: "deflate" means zlib; some servers send bare deflate."""
    first = _peek(pieces, 2)
    return inflate(_chain(first, pieces), problem.note, is_zlib=_is_zlib(first))


def _is_zlib(stream: bytes) -> bool:
    """Whether a stream begins with the two bytes of RFC 1950 section 2.2."""
    return len(stream) >= 2 and stream[0] & 0x0F == 8 and int.from_bytes(stream[:2]) % 31 == 0


def _brotli(pieces: Pieces, problem: _Problem) -> Pieces:
    import brotli  # imported here: most pages need neither brotli nor zstd, which a cold start should not load

    decoder, fed, given = brotli.Decompressor(), bytearray(), 0
    try:
        for piece in pieces:
            fed += piece if len(fed) < _AGAIN_BYTES else b""
            for out in _brotli_out(decoder, piece):
                given += len(out)
                yield out
            if decoder.is_finished():  # whatever follows is padding
                return
        problem.note("the compressed stream ends too early", cut=True)
    except brotli.error as error:
        # A call also fails if padding follows the end of the stream. Decoding byte by byte finds that end.
        if len(piece) <= SIP and len(fed) < _AGAIN_BYTES:
            yield from _brotli_again(bytes(fed), len(piece), given, problem)
        else:
            problem.note(f"the compressed stream is damaged: {error}", cut=True)


def _brotli_again(fed: bytes, last: int, given: int, problem: _Problem) -> Pieces:
    """Decode again, the ``last`` bytes of input one by one, and skip the ``given`` bytes of output already yielded."""
    import brotli

    decoder, end = brotli.Decompressor(), len(fed) - last
    try:
        for piece in (fed[:end], *(fed[at : at + 1] for at in range(end, len(fed)))):
            for out in _brotli_out(decoder, piece):
                yield out[given:]
                given = max(0, given - len(out))
            if decoder.is_finished():
                return
    except brotli.error as error:
        problem.note(f"the compressed stream is damaged: {error}", cut=True)


def _brotli_out(decoder: Any, data: bytes) -> Pieces:
    while True:
        out = decoder.process(data, output_buffer_limit=PIECE)
        if out:
            yield out
        elif decoder.can_accept_more_data():
            return
        if decoder.is_finished():
            return
        data = b""


def _zstd(pieces: Pieces, problem: _Problem) -> Pieces:
    from backports import zstd  # compression.zstd from Python 3.14 on

    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    frame = zstd.ZstdDecompressor(options=options)
    frames = 1
    try:
        for piece in pieces:
            data = piece
            while data or not (frame.needs_input or frame.eof):
                if frame.eof:
                    # RFC 8878 section 3: frames may follow each other.
                    frames += 1
                    if frames > MAX_MEMBERS:
                        problem.note(f"more than {MAX_MEMBERS} zstd frames", cut=True)
                        return
                    frame = zstd.ZstdDecompressor(options=options)
                yield frame.decompress(data, max_length=PIECE)
                data = frame.unused_data if frame.eof else b""
        if not frame.eof:
            problem.note("the compressed stream ends too early", cut=True)
    except zstd.ZstdError as error:
        problem.note(f"the compressed stream is damaged: {error}", cut=True)


_LAYERS: dict[str, Callable[[Pieces, _Problem], Pieces]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}

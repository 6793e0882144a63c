"""Decompresses gzip, zlib and bare deflate streams in pieces, up to the first damage.

The checksum after the content is checked here and not by zlib, which returns nothing from a call that finds a wrong
one: a small page would be lost because of its last eight bytes.
"""

import zlib
from collections.abc import Callable, Iterator

MAX_MEMBERS = 1000
"""Maximum number of members of a gzip stream, and of frames of a zstd stream. Real streams have one."""

MAX_HEADER_BYTES = 64 * 1024
"""Maximum length of a member's header, including the name and comment in it (RFC 1952 section 2.3)."""

SIP = 512
"""Bytes of a sip. A call that meets damage returns nothing, so at most this much input can be lost."""

PIECE = 4 * 1024 * 1024
"""Maximum bytes that go into a decoder, or come out of it, in one call; most pages are smaller."""

Pieces = Iterator[bytes]

Note = Callable[..., None]
"""Called with what is wrong; ``cut=True`` if a part of the content is missing from the output."""


class _Source:
    """A stream in pieces; unused bytes can be put back. rest: bytes that were read and not yet used."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self.rest = b""

    def more(self) -> bool:
        """Add the next piece to ``rest``; False at the end."""
        piece = next(self._pieces, b"")
        self.rest += piece
        return bool(piece)

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes, fewer at the end."""
        while len(self.rest) < size and self.more():
            pass
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken


def sips(pieces: Pieces) -> Pieces:
    """Cut pieces into sips, for streams that may be damaged."""
    for piece in pieces:
        for at in range(0, len(piece), SIP):
            yield piece[at : at + SIP]


def members(pieces: Pieces, note: Note) -> Pieces:
    """Yield the content of all members of a gzip stream (RFC 1952 section 2.2); anything after them is padding."""
    source = _Source(pieces)
    for _ in range(MAX_MEMBERS):
        if not _skip_header(source, note):
            return
        crc, size = 0, 0
        for out in (stream := _Stream(source, note)).pieces():
            crc, size = zlib.crc32(out, crc), size + len(out)
            yield out
        if not stream.ended:
            return
        _check(
            source.take(8),
            crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little"),
            note,
        )
        if not source.rest and not source.more():
            return
        if source.rest[:1] != b"\x1f":
            return
    note(f"more than {MAX_MEMBERS} gzip members", cut=True)


def inflate(pieces: Pieces, note: Note, *, is_zlib: bool) -> Pieces:
    """Yield the content of a zlib stream (RFC 1950) or a bare deflate stream (RFC 1951)."""
    source = _Source(pieces)
    if is_zlib:
        source.take(2)
    adler = 1
    for out in (stream := _Stream(source, note)).pieces():
        adler = zlib.adler32(out, adler)
        yield out
    if stream.ended and is_zlib:
        _check(source.take(4), adler.to_bytes(4, "big"), note)


class _Stream:
    """One deflate stream. ended: whether its end was reached."""

    def __init__(self, source: _Source, note: Note) -> None:
        self._source = source
        self._note = note
        self.ended = False

    def pieces(self) -> Pieces:
        source, inflater = self._source, zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            while source.rest or source.more():
                data, source.rest = source.rest, b""
                while data and not inflater.eof:
                    yield inflater.decompress(data, PIECE)
                    data = inflater.unconsumed_tail
                if inflater.eof:
                    source.rest, self.ended = inflater.unused_data, True
                    return
            yield inflater.flush(PIECE)
            self._note("the compressed stream ends too early", cut=True)
        except zlib.error as error:
            self._note(f"the compressed stream is damaged: {error}", cut=True)


def _check(trailer: bytes, expected: bytes, note: Note) -> None:
    if len(trailer) < len(expected):
        note("the compressed stream lacks its checksum")
    elif trailer != expected:
        note("the checksum after the compressed stream is wrong")


def _skip_header(source: _Source, note: Note) -> bool:
    """Skip the header of a member; False, with a note, if there is none."""
    while (end := _end_of_header(source.rest)) is None:
        if len(source.rest) > MAX_HEADER_BYTES or not source.more():
            note("the compressed stream ends too early", cut=True)
            return False
    if source.rest[:3] != b"\x1f\x8b\x08" or source.rest[3] & 0xE0:
        note("the compressed stream is damaged: not a gzip header", cut=True)
        return False
    source.rest = source.rest[end:]
    return True


def _end_of_header(data: bytes) -> int | None:
    """Where the header of a member ends (RFC 1952 section 2.3); None if the data ends before it."""
    if len(data) < 10:
        return None
    flags, at = data[3], 10
    if flags & 4:  # extra field
        at += 2 + int.from_bytes(data[10:12], "little")
    for flag in (8, 16):  # name, comment
        if flags & flag:
            at = data.find(b"\0", at) + 1
            if not at:
                return None
    at += 2 if flags & 2 else 0  # checksum of the header
    return at if at <= len(data) else None

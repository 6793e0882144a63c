"""The records of a WARC file, one gzip member each, read strictly and in bounded memory.

Readers made for replay pass over damage with a line on stderr; an archive that is checked and rebuilt from
its files must not. A member that does not inflate, whose CRC-32 is wrong, that ends early, or that holds
anything but one record is a WarcError with its offset.
"""

import zlib
from collections.abc import Iterator
from typing import IO, Protocol

from pressmark.errors import WarcError

MAX_HEADER_BYTES = 256 * 1024
"""A record's own header is looked for in so much; Pressmark's stay under 20 KB."""

_PIECE = 64 * 1024
_END = b"\r\n\r\n"


class Source(Protocol):
    """What a file's bytes come from, one after the other."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, empty at the end."""


class WarcRecord:
    """A record on its way past: its fields are there, its block is read once, in pieces.

    offset: of the gzip member in the file. length: of the member, known when the block was read to its end.
    """

    def __init__(self, source: "Member", file: str) -> None:
        self._source = source
        self._file = file
        self.offset = source.offset
        self.length = 0
        self._fields: list[tuple[str, str]] = []
        self._ahead = self._read_header()
        self.size = self._content_length()
        self._left = self.size

    @property
    def type(self) -> str:
        """WARC-Type."""
        return self.get("WARC-Type") or ""

    def get(self, name: str) -> str | None:
        """First value of a named field, or None (names are case-insensitive: ISO 28500 section 4)."""
        wanted = name.lower()
        return next((value for key, value in self._fields if key == wanted), None)

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes of the block, empty at its end. Raises WarcError."""
        data = self._take(min(size, self._left))
        self._left -= len(data)
        if not data and self._left:
            raise self._damage(
                f"the block has {self.size - self._left} bytes, its Content-Length says {self.size}"
            )
        return data

    def finish(self) -> int:
        """Read what is left of the record; returns the length of its member. Raises WarcError."""
        if not self.length:
            while self.read(_PIECE):
                pass
            tail = b""
            while len(tail) <= len(_END) and (piece := self._take(_PIECE)):
                tail += piece
            if tail != _END:
                raise self._damage(
                    "the block is not followed by two line ends and the end of its gzip member"
                )
            self.length = self._source.length
        return self.length

    def _take(self, size: int) -> bytes:
        if size <= 0:
            return b""
        data = self._ahead[:size] or self._source.read(size)
        self._ahead = self._ahead[size:]
        return data

    def _read_header(self) -> bytes:
        seen = b""
        while (end := seen.find(_END)) < 0:
            piece = self._source.read(_PIECE) if len(seen) <= MAX_HEADER_BYTES else b""
            if not piece:
                raise self._damage("the record's header has no end")
            seen += piece
        version, *lines = seen[:end].decode("utf-8", "replace").split("\r\n")
        if not version.startswith("WARC/"):
            raise self._damage("this is no WARC record")
        for line in lines:
            name, colon, value = line.partition(":")
            if line[:1] in " \t" and self._fields:  # folded: allowed by ISO 28500 section 4, written by few
                name, before = self._fields.pop()
                self._fields.append((name, f"{before} {line.strip()}"))
            elif colon:
                self._fields.append((name.strip().lower(), value.strip()))
        return seen[end + len(_END) :]

    def _content_length(self) -> int:
        text = self.get("Content-Length") or ""
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise self._damage(f"Content-Length is {text[:40]!r}")
        return int(text)

    def _damage(self, reason: str) -> WarcError:
        return WarcError(reason, file=self._file, offset=self.offset, url=self.get("WARC-Target-URI"))


def read_records(stream: IO[bytes], *, file: str) -> Iterator[WarcRecord]:
    """Yield the records of a file in order; each is read to its end before the next is yielded.

    file: its key, for errors. Raises WarcError where the file is damaged, after what stands before the damage.
    """
    offset, ahead = 0, b""
    while True:
        ahead = ahead or stream.read(_PIECE)
        if not ahead:
            return
        member = Member(stream, ahead, offset, file)
        record = WarcRecord(member, file)
        yield record
        offset += record.finish()
        ahead = member.behind


class Member:
    """One gzip member of a stream, inflated as it is read."""

    def __init__(self, stream: "Source", ahead: bytes, offset: int, file: str) -> None:
        """Begin with ``ahead``, what was read already from ``offset`` of the file on."""
        self._stream = stream
        self._ahead = ahead
        self._taken = len(ahead)
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._file = file
        self.offset = offset

    @property
    def behind(self) -> bytes:
        """What was read of the stream beyond the member's end."""
        return self._inflate.unused_data

    @property
    def length(self) -> int:
        """Bytes of the member in the file."""
        return self._taken - len(self._inflate.unused_data)

    def read(self, size: int) -> bytes:
        """Return at most ``size`` inflated bytes, empty at the member's end. Raises WarcError."""
        while not self._inflate.eof:
            try:
                data = self._inflate.decompress(self._ahead, size)
            except zlib.error as error:
                raise WarcError(
                    f"the gzip member is damaged: {error}", file=self._file, offset=self.offset
                ) from error
            self._ahead = self._inflate.unconsumed_tail
            if data:
                return data
            if not self._ahead and not self._inflate.eof:
                self._ahead = self._stream.read(_PIECE)
                self._taken += len(self._ahead)
                if not self._ahead:
                    raise WarcError("the file ends within a record", file=self._file, offset=self.offset)
        return b""

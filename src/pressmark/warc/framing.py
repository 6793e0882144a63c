"""Finds where one record of a file ends and the next begins: in gzip members, or uncompressed."""

import zlib
from typing import Protocol

from pressmark.errors import WarcError

PIECE = 64 * 1024

MAX_JUNK = 64 * 1024
"""How many bytes between two records of an uncompressed file are skipped, and reported."""

_GZIP = b"\x1f\x8b"
_LINE_ENDS = b"\r\n"
_VERSION = b"WARC/"


class Source(Protocol):
    """Source of a file's bytes, in order."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, empty at the end."""


class Frame(Protocol):
    """One record's place in a file, read from its beginning.

    offset: where it begins. junk: once it was read to its end, how many bytes after it belong to no record.
    """

    offset: int
    junk: int

    @property
    def length(self) -> int:
        """Bytes of the record in the file, once it was read to its end, as CDX files count them."""

    @property
    def taken(self) -> int:
        """Bytes from the record's beginning to the next one's, once it was read to its end."""

    @property
    def behind(self) -> bytes:
        """Bytes that were read beyond ``taken``."""

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes of the record, uncompressed. Raises WarcError."""

    def end(self, ahead: bytes) -> str | None:
        """Read what follows the block, which begins with ``ahead``; return what is wrong with it. Raises WarcError."""


def frame(stream: Source, ahead: bytes, offset: int, file: str, *, arc: bool = False) -> Frame:
    """Return the frame of a record. ahead: bytes read already, from ``offset`` of the file on. arc: of an ARC file."""
    if ahead.startswith(_GZIP):
        return Member(stream, ahead, offset, file)
    return Plain(stream, ahead, offset, arc=arc)


def first_bytes(ahead: bytes, size: int) -> bytes:
    """Return the first ``size`` bytes of a file, inflated; empty if it is damaged. ahead: its first KB, or more."""
    if not ahead.startswith(_GZIP):
        return ahead[:size]
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(ahead, size)
    except zlib.error:
        return b""


class Member:
    """A gzip member of a stream, inflated as it is read."""

    def __init__(self, stream: Source, ahead: bytes, offset: int, file: str) -> None:
        """Begin with ``ahead``, which was read already, from ``offset`` of the file on."""
        self._stream = stream
        self._ahead = ahead
        self._taken = len(ahead)
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._file = file
        self.offset = offset
        self.junk = 0

    @property
    def behind(self) -> bytes:
        """Bytes that were read beyond the member's end."""
        return self._inflate.unused_data

    @property
    def length(self) -> int:
        """Bytes of the member in the file."""
        return self._taken - len(self._inflate.unused_data)

    taken = length

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
                self._ahead = self._stream.read(PIECE)
                self._taken += len(self._ahead)
                if not self._ahead:
                    raise WarcError("the file ends within a record", file=self._file, offset=self.offset)
        return b""

    def end(self, ahead: bytes) -> str | None:
        """Read the member's end.

        Two line ends should be there (ISO 28500:2017 section 4); other tools write fewer or more.
        """
        while True:
            rest = ahead.lstrip(_LINE_ENDS)
            if rest.startswith(_VERSION):
                return (
                    "several records share one gzip member, so none can be read by itself; `pressmark import` makes a "
                    "file of it that can be"
                )
            if rest:
                return "the block is not followed by the end of its gzip member"
            ahead = self.read(PIECE)
            if not ahead:
                return None


class Plain:
    """A record of a file that is not compressed; it ends where its header says."""

    def __init__(self, stream: Source, ahead: bytes, offset: int, *, arc: bool) -> None:
        """Begin with ``ahead``, which was read already, from ``offset`` of the file on."""
        self._stream = stream
        self._ahead = ahead
        self._taken = len(ahead)
        self._arc = arc
        self.offset = offset
        self.length = self.junk = 0

    @property
    def behind(self) -> bytes:
        """Bytes that were read beyond the record's end."""
        return self._ahead

    @property
    def taken(self) -> int:
        """Bytes from the record's beginning to the next one's."""
        return self._taken - len(self._ahead)

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes, empty at the end of the file."""
        if not self._ahead:
            self._ahead = self._stream.read(PIECE)
            self._taken += len(self._ahead)
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data

    def end(self, ahead: bytes) -> str | None:
        """Read the line ends after a record, up to the next record or the end of the file.

        Some tools state too short a length; then the next record begins a few lines further on.
        """
        self._ahead = ahead + self._ahead
        self.length = self.taken
        while True:
            self._ahead = self._ahead.lstrip(_LINE_ENDS)
            if len(self._ahead) >= len(_VERSION):
                break
            piece = self._stream.read(PIECE)
            self._taken += len(piece)
            if not piece:
                break
            self._ahead += piece
        if not self._ahead or self._arc or self._ahead.startswith(_VERSION):
            return None
        while (found := self._ahead[:MAX_JUNK].find(b"\n" + _VERSION)) < 0 and len(self._ahead) < MAX_JUNK:
            piece = self._stream.read(PIECE)
            self._taken += len(piece)
            self._ahead += piece
            if not piece:
                break
        if found < 0:
            return f"another record is expected after the block, but {self._ahead[:20]!r} is there"
        self.junk, self._ahead = found + 1, self._ahead[found + 1 :]
        return None


def beginning(stream: Source, size: int) -> bytes:
    """Read the first ``size`` bytes of a stream, fewer only if it has no more."""
    data = b""
    while len(data) < size and (piece := stream.read(size - len(data))):
        data += piece
    return data

"""Writes one gzip member, whose end may be stored instead of deflated.

A body that came gzip- or brotli-encoded does not shrink again; deflating it once more is most of the
processor time that writing a WARC costs. A deflate stream may change from compressed to stored blocks at
a byte boundary (RFC 1951 section 3.2.4), so the record's headers are deflated and such a body is stored.
"""

import struct
import zlib
from typing import IO

# RFC 1952 section 2.3: magic, deflate, no flags, no time (golden bytes), no extra flags, unknown system.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

LEVEL = 6
"""zlib's level for blocks that are not compressed already; docs/performance.md compares it with others."""


class Member:
    """A writable file that turns what is written to it into one gzip member of ``out``."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._crc = 0
        self._size = 0
        self._done = False
        out.write(_HEADER)

    def write(self, data: bytes) -> None:
        """Add bytes to the member."""
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        self._out.write(self._deflate.compress(data))

    def store(self) -> None:
        """Store what follows instead of deflating it, as it is compressed already."""
        # A full flush ends on a byte boundary and forgets the window, so nothing refers across it.
        self._out.write(self._deflate.flush(zlib.Z_FULL_FLUSH))
        self._deflate = zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)

    def flush(self) -> None:
        """End the member; warcio calls this once, after the record's last byte."""
        if not self._done:
            self._done = True
            self._out.write(self._deflate.flush())
            self._out.write(struct.pack("<II", self._crc, self._size & 0xFFFFFFFF))

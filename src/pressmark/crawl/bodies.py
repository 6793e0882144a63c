"""Bodies of a page's requisites until they are in the WARC: counted as they arrive, then kept together in one file.

Ten pages with sixteen requests each receive 160 bodies at a time, and 3,000 wait for their event to be written. If each
took up to 4 MB of memory, or a file of its own, a function with 512 MB and 1,024 open files would not be enough.
"""

import io
import tempfile
import threading
from collections.abc import Iterator
from typing import IO

from pressmark.errors import PermanentError
from pressmark.http.exchange import Body, Exchange

SPOOL_BYTES = 64 * 1024
"""A body that is being received stays in memory up to this size: most pictures and style sheets fit."""

SHELF_BYTES = 1024 * 1024
"""The received bodies of one page stay in memory up to this size, all together."""


class OutOfBytesError(PermanentError):
    """One page, or one batch, has received as many bytes of requisites as it may."""

    def __init__(self) -> None:
        super().__init__(
            "filesize-limit", "the requisites of the page, or of the batch, are larger than is fetched"
        )


class Meter:
    """Counts received bytes up to a limit; used by any number of threads."""

    def __init__(self, limit: int, within: "Meter | None" = None) -> None:
        """limit: bytes that may be received. within: a meter that counts the same bytes up to a limit of its own."""
        self._left = limit
        self._within = within
        self._lock = threading.Lock()

    @property
    def is_empty(self) -> bool:
        """Whether no more bytes may be received."""
        return self._left <= 0 or (self._within is not None and self._within.is_empty)

    def take(self, count: int) -> None:
        """Count received bytes. Raises OutOfBytesError if they exceed the limit, and from then on."""
        with self._lock:
            self._left -= count
            over = self._left < 0
        if self._within is not None:
            self._within.take(count)
        if over:
            raise OutOfBytesError


class MeteredBody(Body):
    """A body whose bytes are counted as they arrive."""

    def __init__(self, meter: Meter) -> None:
        super().__init__(spool_bytes=SPOOL_BYTES)
        self._meter = meter

    def write(self, data: bytes) -> None:
        """Append bytes. Raises OutOfBytesError."""
        self._meter.take(len(data))
        super().write(data)


class Shelf:
    """One file for all received bodies of a page; used by one thread."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SHELF_BYTES)  # noqa: SIM115 - closed by close()
        self._end = 0

    def put(self, exchange: Exchange) -> None:
        """Move an exchange's body into the file; it can be read as before. Raises OSError when the disk is full."""
        body = exchange.body
        self._file.seek(self._end)
        for chunk in body.chunks():
            self._file.write(chunk)
        exchange.body = _Shelved(self._file, self._end, body.size, body.sha1)
        self._end += body.size
        body.close()

    def close(self) -> None:
        """Release memory and disk space."""
        self._file.close()


class _Shelved(Body):
    """A body in a file that it shares with others."""

    def __init__(self, file: IO[bytes], start: int, size: int, sha1: bytes) -> None:
        self._file = file
        self._start = start
        self.size = size
        self._digest = sha1

    @property
    def sha1(self) -> bytes:
        return self._digest

    def write(self, data: bytes) -> None:
        raise io.UnsupportedOperation(f"{len(data)} bytes for a body that has come already")

    def open(self) -> IO[bytes]:
        self._file.seek(self._start)
        return io.BytesIO(self._file.read(self.size))

    def chunks(self, size: int = 256 * 1024) -> Iterator[bytes]:
        at, end = self._start, self._start + self.size
        while at < end:
            self._file.seek(at)
            chunk = self._file.read(min(size, end - at))
            yield chunk
            at += len(chunk)

    def close(self) -> None:
        pass

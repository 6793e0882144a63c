"""Parts of WARC files, which may be larger than memory: fetched in pieces, and kept on disk beyond a few megabytes."""

import io
import tempfile
from typing import IO, Any, Protocol, cast

from pressmark.files import temporary
from pressmark.http.exchange import Body

PIECE_BYTES = 4 * 1024 * 1024
"""How much of a file is fetched at a time."""

SPOOL_BYTES = 16 * 1024 * 1024
"""Fetched bytes stay in memory up to this size; larger parts go to a temporary file."""


class Fetches(Protocol):
    """Anything that returns a part of a file: :class:`pressmark.archive.content.Files`."""

    def get(self, key: str, offset: int, length: int) -> bytes:
        """Return a part of a file."""


class Part:
    """A part of a file as a stream of its own; each piece is fetched when it is read."""

    def __init__(self, files: Fetches, key: str, offset: int, length: int) -> None:
        self._files, self._key = files, key
        self._at, self._end = offset, offset + length
        self._ahead = b""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes, empty at the end. Raises NotFoundError, ArchiveError."""
        if not self._ahead and self._at < self._end:
            wanted = min(PIECE_BYTES, self._end - self._at)
            self._ahead = self._files.get(self._key, self._at, wanted)
            self._at += wanted
        size = len(self._ahead) if size < 0 else size
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data


class _Spool(tempfile.SpooledTemporaryFile[bytes]):
    def write(self, data: Any) -> int:
        with temporary():
            return super().write(data)

    def __del__(self) -> None:
        self.close()  # whoever reads a part and gives up has nothing to say about it


def spool() -> IO[bytes]:
    """Return a new file that stays in memory up to SPOOL_BYTES, and disappears with its last reader."""
    return cast(IO[bytes], _Spool(max_size=SPOOL_BYTES))


class Kept(Body):
    """A body that was read back; it disappears with its last reader."""

    def __del__(self) -> None:
        self.close()


def fetch(files: Fetches, key: str, offset: int, length: int) -> IO[bytes]:
    """Return a part of a file as a seekable file.

    Raises NotFoundError, ArchiveError.
    """
    part = Part(files, key, offset, length)
    copy = spool()
    while piece := part.read():
        copy.write(piece)
    copy.seek(0)
    return copy


class _Within(io.RawIOBase):
    def __init__(self, file: IO[bytes], offset: int, length: int) -> None:
        self._file, self._start, self._length, self._at = file, offset, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        if at < 0:
            raise ValueError("a place before the beginning of the file")
        self._at = at
        return at

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        self._file.seek(self._start + self._at)
        data = self._file.read(max(0, min(len(view), self._length - self._at)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def within(file: IO[bytes], offset: int, length: int) -> IO[bytes]:
    """Return a part of a seekable file as a file of its own; closing it closes the other."""
    return cast(IO[bytes], io.BufferedReader(_Within(file, offset, length)))

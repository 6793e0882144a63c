"""Reads archive files that are compressed as one piece, of which no record can be read by itself."""

import gzip
import zlib
from typing import IO, cast

from pressmark.errors import WarcError
from pressmark.warc.framing import beginning, frame
from pressmark.warc.stream import ARC_BEGINS, ZSTD, ArcRecord, kind_of

_DICTIONARY = b"\x5d\x2a\x4d\x18"
"""The skippable frame that holds a ``.warc.zst`` file's dictionary (iipc/warc-specifications, "WARC using zstd")."""

MAX_DICTIONARY_BYTES = 16 * 1024 * 1024


def as_records(stream: IO[bytes], *, file: str) -> tuple[IO[bytes], str]:
    """Return a stream that :func:`pressmark.warc.salvage.salvage_records` can read, and the compression it removes.

    stream: seekable. The second is empty if each record can be read by itself already. Raises WarcError.
    """
    begins = beginning(stream, 64 * 1024)
    stream.seek(0)
    if begins.startswith(ZSTD):
        return _zstd(stream, begins, file), "zstd"
    if begins.startswith(b"\x1f\x8b") and _shares_member(begins, file):
        return cast(IO[bytes], _Sound(gzip.GzipFile(fileobj=stream), file)), "one gzip stream for all records"
    return stream, ""


def _shares_member(begins: bytes, file: str) -> bool:
    """Whether a second record is in the first one's gzip member."""
    nothing = _Nothing()
    try:
        kind = kind_of(begins, file)
        framed = frame(nothing, begins, 0, file)
        record = kind(framed, file)
        while record.read(64 * 1024):
            pass
        behind = b""
        while len(behind) < 1024 and (piece := record.behind(1024)):
            behind = (behind + piece).lstrip(b"\r\n")
        return bool(ARC_BEGINS.match(behind) if kind is ArcRecord else behind.startswith(b"WARC/"))
    except WarcError:  # the first record is damaged, or longer than what was read of it
        return False


class _Nothing:
    def read(self, _size: int, /) -> bytes:
        """Return nothing: what was read ahead is all."""
        return b""


class _Sound:
    """A decompressing stream whose errors are WarcErrors."""

    def __init__(self, stream: "gzip.GzipFile | IO[bytes]", file: str) -> None:
        self._stream = stream
        self._file = file

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except Exception as error:
            if (
                isinstance(error, EOFError | OSError | zlib.error | ValueError)
                or "Zstd" in type(error).__name__
            ):
                raise WarcError(f"the compressed file is damaged: {error}", file=self._file) from error
            raise


def _zstd(stream: IO[bytes], begins: bytes, file: str) -> IO[bytes]:
    from backports import zstd

    dictionary = None
    try:
        if begins.startswith(_DICTIONARY):
            size = int.from_bytes(begins[4:8], "little")
            if size > MAX_DICTIONARY_BYTES:
                raise WarcError(f"a dictionary of {size:,} bytes", file=file, offset=0)
            stream.seek(8)
            data = beginning(stream, size)
            if data.startswith(ZSTD[0]):
                data = zstd.decompress(data)
            dictionary = zstd.ZstdDict(data)
        opened = zstd.ZstdFile(stream, zstd_dict=dictionary)
    except (zstd.ZstdError, ValueError, EOFError) as error:
        raise WarcError(f"the zstd file is damaged: {error}", file=file, offset=0) from error
    return cast(IO[bytes], _Sound(cast(IO[bytes], opened), file))

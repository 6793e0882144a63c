"""A WARC file checked from its first byte to its last: gzip members, record lengths, digests.

Shares nothing with the writer and the reader but the format: zlib and hashlib do the work, so that a fault of
theirs, or of the library they use, is found here. Memory is bounded whatever the file's size.
"""

import base64
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from pressmark.errors import WarcError

PIECE = 256 * 1024

MAX_HEAD_BYTES = 1024 * 1024
"""Neither a record's header nor the head of a response in it is longer."""

PROBE_BYTES = 1024
"""So much of a gzip member is inflated to see what its content begins with."""

_ALGORITHMS = {"sha1", "sha256", "sha512", "md5"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A record that was read. offset, length: of its gzip member in the file (of the record itself, uncompressed).

    size: bytes of the payload. digest: WARC-Payload-Digest as stated. problem: what is wrong with it, or None.
    """

    offset: int
    length: int
    type: str
    url: str
    date: str
    digest: str | None
    size: int
    problem: str | None = None


def check_file(stream: IO[bytes], *, file: str, start: int = 0) -> Iterator[Checked]:
    """Yield each record of a WARC file (ISO 28500:2017), compressed or not, with what is wrong with its digests.

    start: where in the file the stream stands.

    Raises WarcError where the file cannot be read on: a damaged or cut gzip member, a record whose length is
    not what it says.
    """
    source = _Source(stream, file, start)
    while source.begin():
        started = source.offset
        headers = _headers(source, file)
        length = headers.get("content-length", "")
        if not length.isdecimal():
            raise WarcError(f"Content-Length is {length!r}", file=file, offset=started)
        problem, size = _digests(source, headers, int(length), file)
        if source.take(4) != b"\r\n\r\n":
            raise WarcError("the record does not end where it says", file=file, offset=started)
        yield Checked(
            started,
            source.end() - started,
            headers.get("warc-type", ""),
            headers.get("warc-target-uri", "").strip("<>"),
            headers.get("warc-date", ""),
            headers.get("warc-payload-digest"),
            size,
            problem,
        )


def next_record(stream: IO[bytes], start: int) -> int | None:
    """Return where the next gzip member begins, from ``start`` on, whose content begins as a WARC record does."""
    stream.seek(start)
    window = b""
    while piece := stream.read(PIECE):
        window += piece
        at = -1
        while (at := window.find(b"\x1f\x8b\x08", at + 1)) >= 0:
            inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
            try:
                begins = inflate.decompress(window[at : at + PROBE_BYTES], 5)
            except zlib.error:
                continue
            if begins == b"WARC/":
                return start + at
        # A member that begins close to the window's end is looked at again with what follows it.
        kept = window[-PROBE_BYTES:]
        start += len(window) - len(kept)
        window = kept
    return None


class _Source:
    """The plain bytes of a file, with where in the file each gzip member begins."""

    def __init__(self, stream: IO[bytes], file: str, start: int) -> None:
        self._stream = stream
        self._file = file
        self._raw = b""  # read, not yet inflated
        self._consumed = start  # bytes of the file before _raw
        self._plain = b""
        self._inflate: Any = None
        self._gzip: bool | None = None
        self.offset = start

    def begin(self) -> bool:
        """Go to the next record; False at the end of the file."""
        if self._plain or (self._inflate is not None and self._more()):
            if self._gzip:
                raise WarcError("more than one record in a gzip member", file=self._file, offset=self.offset)
            self.offset = self._consumed - len(self._plain)
            return True
        if not self._raw and not self._read():
            return False
        if self._gzip is None:
            self._gzip = self._raw.startswith(b"\x1f\x8b")
        self.offset = self._consumed
        if self._gzip:
            self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        return True

    def end(self) -> int:
        """Return where the record that was just read ends; its gzip member must end there, too."""
        if self._gzip:
            if self._plain or self._more():
                raise WarcError("a gzip member goes on after its record", file=self._file, offset=self.offset)
            return self._consumed
        return self._consumed - len(self._plain)

    def take(self, size: int) -> bytes:
        """Return ``size`` bytes, fewer at the member's end."""
        while len(self._plain) < size and self._more():
            pass
        taken, self._plain = self._plain[:size], self._plain[size:]
        return taken

    def until_empty_line(self) -> bytes:
        """Return everything up to and with the next empty line."""
        at = 0
        while (found := self._plain.find(b"\r\n\r\n", at)) < 0:
            at = max(0, len(self._plain) - 3)
            if len(self._plain) > MAX_HEAD_BYTES or not self._more():
                raise WarcError("a header without an end", file=self._file, offset=self.offset)
        return self.take(found + 4)

    def _more(self) -> bool:
        """Inflate, or read, some more of this member; False at its end. Raises WarcError."""
        if not self._gzip:
            if not self._raw and not self._read():
                return False
            self._plain += self._raw
            self._consumed += len(self._raw)
            self._raw = b""
            return True
        if self._inflate is None or self._inflate.eof:
            self._inflate = None
            return False
        try:
            while not self._inflate.eof:
                if not self._raw and not self._inflate.unconsumed_tail and not self._read():
                    raise WarcError("the file ends inside a gzip member", file=self._file, offset=self.offset)
                data = self._inflate.unconsumed_tail + self._raw
                self._consumed += len(self._raw)
                self._raw = b""
                plain = self._inflate.decompress(data, PIECE)
                if self._inflate.eof:
                    self._raw = self._inflate.unused_data
                    self._consumed -= len(self._raw)
                if plain:
                    self._plain += plain
                    return True
        except zlib.error as error:
            raise WarcError(f"damaged gzip member: {error}", file=self._file, offset=self.offset) from error
        return False

    def _read(self) -> bool:
        self._raw = self._stream.read(PIECE)
        return bool(self._raw)


def _headers(source: _Source, file: str) -> dict[str, str]:
    version, *lines = source.until_empty_line().decode("utf-8", "replace").split("\r\n")
    if not version.startswith("WARC/"):
        raise WarcError(f"no WARC record begins with {version[:20]!r}", file=file, offset=source.offset)
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return headers


def _digests(source: _Source, headers: dict[str, str], length: int, file: str) -> tuple[str | None, int]:
    """Read a block, recompute its digests; returns what is wrong with them, and the payload's size."""
    block = _Digest(headers.get("warc-block-digest"))
    payload = _Digest(headers.get("warc-payload-digest"))
    is_http = "application/http" in headers.get("content-type", "") and headers.get("warc-type") in (
        "response",
        "request",
    )
    head: bytes | None = b"" if is_http else None
    left, size = length, 0
    while left:
        piece = source.take(min(left, PIECE))
        if not piece:
            raise WarcError(
                f"the block has {length - left} bytes, its Content-Length says {length}",
                file=file,
                offset=source.offset,
            )
        left -= len(piece)
        block.update(piece)
        if head is not None:  # the payload begins behind the head
            head += piece
            at = head.find(b"\r\n\r\n")
            if at < 0 and len(head) < MAX_HEAD_BYTES and left:
                continue
            piece, head = head[at + 4 :] if at >= 0 else b"", None
        payload.update(piece)
        size += len(piece)
    problem = block.problem("block")
    if headers.get("warc-type") != "revisit":  # there it is the digest of the payload that is not repeated
        problem = problem or payload.problem("payload")
    return problem, size


class _Digest:
    """A digest as a record states it, recomputed."""

    def __init__(self, said: str | None) -> None:
        algorithm, _, self._said = (said or "").partition(":")
        self._hash = hashlib.new(algorithm, usedforsecurity=False) if algorithm in _ALGORITHMS else None

    def update(self, data: bytes) -> None:
        if self._hash is not None:
            self._hash.update(data)

    def problem(self, what: str) -> str | None:
        if self._hash is None:
            return None
        base32 = base64.b32encode(self._hash.digest()).decode("ascii").rstrip("=")
        if self._said.rstrip("=").upper() == base32 or self._said.lower() == self._hash.hexdigest():
            return None
        return f"the {what} digest is {self._hash.name}:{base32}, the record says {self._said}"

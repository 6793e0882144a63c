"""Checks a WARC file from its first byte to its last: gzip members, record lengths, digests.

WARC records are checked without the writer and the reader: zlib and hashlib do the work, so that a fault of the writer,
of the reader, or of a library that they use is found here. Memory is bounded whatever the file's size.
"""

import base64
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from pressmark.errors import WarcError
from pressmark.http.wire.chunked import Dechunker
from pressmark.warc.framing import beginning
from pressmark.warc.stated import content_length, head_length, target_uri
from pressmark.warc.stream import is_arc, read_records

PIECE = 256 * 1024

MAX_HEAD_BYTES = 1024 * 1024
"""The longest record header, and the longest head of a response in a record."""

PROBE_BYTES = 1024
"""How much of a gzip member is inflated to see what its content begins with."""

_EMPTY_LINE = re.compile(rb"(?<!\r)\r*+\n\r*+\n")

_CHUNKED = re.compile(rb"\ntransfer-encoding:[^\n]*chunked[ \t]*\r?\n", re.IGNORECASE)

_ALGORITHMS = {"sha1", "sha256", "sha512", "md5"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A record that was read. offset, length: of its gzip member in the file; if uncompressed, of the record itself.

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

    stream: seekable. start: its position in the file.

    Raises WarcError if the file cannot be read any further: a damaged or cut gzip member, a record whose length is
    not what it says.
    """
    begins = beginning(stream, 1024)
    stream.seek(-len(begins), io.SEEK_CUR)
    if is_arc(begins):
        yield from _arc(stream, file, start)
        return
    source = _Source(stream, file, start)
    while source.begin():
        started = source.offset
        headers = _headers(source, file)
        length = content_length(headers.get("content-length"))
        if length is None:
            raise WarcError(
                f"Content-Length is {headers.get('content-length', '')[:40]!r}", file=file, offset=started
            )
        problem, size = _digests(source, headers, length, file)
        end = source.line_ends()
        yield Checked(
            started,
            source.end(end) - started,
            headers.get("warc-type", "").lower(),
            target_uri(headers.get("warc-target-uri")),
            headers.get("warc-date", ""),
            headers.get("warc-payload-digest"),
            size,
            problem,
        )


def _arc(stream: IO[bytes], file: str, start: int) -> Iterator[Checked]:
    """Yield the records of an ARC file, which state no digests."""
    for record in read_records(stream, file=file):
        head = head_length(record.read(PIECE)) or 0
        record.finish()
        offset = start + record.offset
        date = record.get("WARC-Date") or ""
        yield Checked(offset, record.length, record.type, record.url, date, None, record.size - head)


def next_record(stream: IO[bytes], start: int) -> int | None:
    """Return the offset of the next gzip member, from ``start`` on, whose content begins like a WARC record.

    In a file that is not compressed: of the next line that does. Returns None if there is none.
    """
    stream.seek(0)
    if stream.read(5) == b"WARC/":
        return _next_line(stream, start)
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


def _next_line(stream: IO[bytes], start: int) -> int | None:
    stream.seek(start)
    window = b""
    while piece := stream.read(PIECE):
        window += piece
        if (at := window.find(b"\nWARC/")) >= 0:
            return start + at + 1
        start += max(0, len(window) - 5)
        window = window[-5:]
    return None


class _Source:
    """The uncompressed bytes of a file, with the offset in the file of each gzip member."""

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
        """Go to the next record; return False at the end of the file. Raises WarcError."""
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

    def end(self, block: int) -> int:
        """Return where the record that was just read ends; its gzip member must end there, too.

        block: where its block ends. Raises WarcError.
        """
        if self._gzip:
            if self._plain or self._more():
                raise WarcError("a gzip member goes on after its record", file=self._file, offset=self.offset)
            return self._consumed
        return block

    def line_ends(self) -> int:
        """Skip the empty lines after a block, however many; return where in an uncompressed file it ended."""
        ended = self._consumed - len(self._plain)
        while self._plain or self._more():
            self._plain = self._plain.lstrip(b"\r\n")
            if self._plain:
                break
        return ended

    def take(self, size: int) -> bytes:
        """Return ``size`` bytes, fewer at the member's end."""
        while len(self._plain) < size and self._more():
            pass
        taken, self._plain = self._plain[:size], self._plain[size:]
        return taken

    def until_empty_line(self) -> bytes:
        """Return everything up to and including the next empty line."""
        at = 0
        while (found := _EMPTY_LINE.search(self._plain, at)) is None:
            at = max(0, len(self._plain) - 8)
            if len(self._plain) > MAX_HEAD_BYTES or not self._more():
                raise WarcError("a header without an end", file=self._file, offset=self.offset)
        return self.take(found.end())

    def _more(self) -> bool:
        """Inflate, or read, some more of this member; return False at its end. Raises WarcError."""
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
    version, *lines = source.until_empty_line().decode("utf-8", "replace").split("\n")
    if not version.startswith("WARC/"):
        raise WarcError(f"no WARC record begins with {version[:20]!r}", file=file, offset=source.offset)
    headers: dict[str, str] = {}
    last = ""
    for line in lines:
        if line[:1] in (" ", "\t") and last and line.strip():  # folded
            headers[last] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        last = name.strip().lower()
        if colon and last not in headers:
            headers[last] = value.strip()
        else:
            last = ""
    return headers


def _digests(source: _Source, headers: dict[str, str], length: int, file: str) -> tuple[str | None, int]:
    """Read a block and recompute its digests; return what is wrong with them, and the payload's size."""
    block = _Digest(headers.get("warc-block-digest"))
    # Of the body as it is stored or, as the standard means it, without the chunk framing that some tools store.
    payload, content = (_Digest(headers.get("warc-payload-digest")) for _ in range(2))
    is_http = "application/http" in headers.get("content-type", "") and headers.get("warc-type") in (
        "response",
        "request",
    )
    head: bytes | None = b"" if is_http else None
    dechunker: Dechunker | None = None
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
        if head is not None:  # the payload begins after the head
            head += piece
            at = head_length(head) if headers["warc-type"] == "response" else _request_head(head)
            if at is None and len(head) < MAX_HEAD_BYTES and left:
                continue
            at = len(head) if at is None else at
            if _CHUNKED.search(head[:at]):
                dechunker = Dechunker()
            piece, head = head[at:], None
        payload.update(piece)
        if dechunker is not None:
            content.update(dechunker.feed(piece))
        size += len(piece)
    problem = block.problem("block")
    # A revisit states the digest of the payload that it does not repeat; a segment, that of all segments together.
    if headers.get("warc-type") != "revisit" and "warc-segment-number" not in headers:
        said = payload.problem("payload")
        problem = problem or (said if dechunker is None or content.problem("payload") else None)
    return problem, size


def _request_head(block: bytes) -> int | None:
    end = _EMPTY_LINE.search(block)
    return end.end() if end else None


class _Digest:
    """A digest as a record states it, recomputed."""

    def __init__(self, said: str | None) -> None:
        algorithm, _, self._said = (said or "").partition(":")
        algorithm = algorithm.lower().replace("-", "")
        self._hash = hashlib.new(algorithm, usedforsecurity=False) if algorithm in _ALGORITHMS else None

    def update(self, data: bytes) -> None:
        if self._hash is not None:
            self._hash.update(data)

    def problem(self, what: str) -> str | None:
        if self._hash is None:
            return None
        raw = self._hash.digest()
        base32 = base64.b32encode(raw).decode("ascii").rstrip("=")
        forms = (self._hash.hexdigest(), base64.b64encode(raw).decode("ascii"))  # as other tools write them
        if self._said.rstrip("=").upper() == base32 or self._said in forms or self._said.lower() in forms:
            return None
        return f"the {what} digest is {self._hash.name}:{base32}, the record says {self._said}"

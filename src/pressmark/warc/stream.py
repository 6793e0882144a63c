"""The records of a WARC file, compressed one by one or not at all, read in bounded memory.

Readers made for replay pass over damage with a line on stderr; an archive that is checked and rebuilt from
its files must not. A member that does not inflate, whose CRC-32 is wrong, that ends early, or that holds
anything but one record raises a WarcError with its offset. Deviations that cost no byte of a record are accepted:
header lines that end in a bare line feed or are folded, more or fewer empty lines after a block than the two that the
standard asks for.
"""

import re
from collections.abc import Iterator

from pressmark.errors import WarcError
from pressmark.warc.framing import PIECE as _PIECE
from pressmark.warc.framing import Frame, Source, beginning, first_bytes, frame
from pressmark.warc.stated import content_length, target_uri

MAX_HEADER_BYTES = 256 * 1024
"""How far the end of a record's own header is searched for; Pressmark's headers stay under 20 KB."""

ZSTD = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")
"""How a file compressed with zstd begins (RFC 8878 section 3.1): a frame, or the dictionary of a ``.warc.zst``."""

ARC_BEGINS = re.compile(
    rb"[a-z][a-z0-9+.-]{1,20}:[^\n]{1,900} \d{12,14} [^ \n]{0,100} -?\d{1,18}\r?\n", re.IGNORECASE
)
"""The header line of an ARC record."""

_FILEDESC = b"filedesc://"
"""How an ARC file begins."""

_HEADER_END = re.compile(rb"(?<!\r)\r*+\n\r*+\n")


class WarcRecord:
    """A record of a stream: its fields are known; its block can be read once, in pieces.

    file: the file's key. offset: of the record (its gzip member) in the file. length: of that, known when the block was
    read to its end. header: its header, unchanged.
    fault: an error if bytes that belong to no record follow it; then its length is in doubt.
    """

    def __init__(self, source: Frame, file: str) -> None:
        self._source = source
        self.file = file
        self.offset = source.offset
        self.length = 0
        self.header = b""
        self._problem: str | None = None
        self.fault: WarcError | None = None
        self._fields: list[tuple[str, str]] = []
        self._ahead = self._read_header()
        self.size = self._content_length()
        self._left = self.size

    @property
    def type(self) -> str:
        """WARC-Type."""
        return (self.get("WARC-Type") or "").lower()

    @property
    def url(self) -> str:
        """WARC-Target-URI, as :func:`pressmark.warc.stated.target_uri` reads it."""
        return target_uri(self.get("WARC-Target-URI"))

    def get(self, name: str) -> str | None:
        """Return the first value of a named field, or None (names are case-insensitive: ISO 28500 section 4)."""
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

    def peek(self, size: int) -> bytes:
        """Return some of what :meth:`read` returns next, at most ``size`` bytes. Raises WarcError."""
        data = self.read(size)
        self._ahead = data + self._ahead
        self._left += len(data)
        return data

    def behind(self, size: int) -> bytes:
        """Return what follows the block, which was read to its end, in the same gzip member. Raises WarcError."""
        return self._take(size)

    def finish(self) -> int:
        """Read what is left of the record; return the length of its member. Raises WarcError."""
        if not self.length:
            while self.read(_PIECE):
                pass
            if self._problem is None:
                ahead, self._ahead = self._ahead, b""
                self._problem = self._source.end(ahead) or ""
            if self._problem:  # another call raises the same error
                raise self._damage(self._problem)
            self.length = self._source.length
            if self._source.junk:
                self.fault = self._damage(f"{self._source.junk} bytes that are not a record follow it")
        return self.length

    def _take(self, size: int) -> bytes:
        if size <= 0:
            return b""
        data = self._ahead[:size] or self._source.read(size)
        self._ahead = self._ahead[size:]
        return data

    def _read_header(self) -> bytes:
        seen = b""
        while (end := _HEADER_END.search(seen, max(0, len(seen) - _PIECE - 3))) is None:
            piece = self._source.read(_PIECE) if len(seen) <= MAX_HEADER_BYTES else b""
            if not piece:
                raise self._damage("the record's header has no end")
            seen += piece
        self.header = seen[: end.end()]
        version, *lines = seen[: end.start()].decode("utf-8", "replace").split("\n")
        if not version.startswith("WARC/"):
            raise self._damage("this is not a WARC record")
        for line in lines:
            name, colon, value = line.partition(":")
            if line[:1] in " \t" and self._fields:  # folded: allowed by ISO 28500 section 4, written by few
                name, before = self._fields.pop()
                self._fields.append((name, f"{before} {line.strip()}"))
            elif colon:
                self._fields.append((name.strip().lower(), value.strip()))
        return seen[end.end() :]

    def _content_length(self) -> int:
        length = content_length(self.get("Content-Length"))
        if length is None:
            raise self._damage(f"Content-Length is {(self.get('Content-Length') or '')[:40]!r}")
        return length

    def _damage(self, reason: str) -> WarcError:
        return WarcError(reason, file=self.file, offset=self.offset, url=self.get("WARC-Target-URI"))


class ArcRecord(WarcRecord):
    """A record of an ARC file (Internet Archive, 1996, version 1), with its header as WARC fields.

    warcio reads ARC files, too, but passes over damage, and gives each record a random id.
    """

    def _read_header(self) -> bytes:
        seen = b""
        while b"\n" not in seen and len(seen) <= MAX_HEADER_BYTES and (piece := self._source.read(_PIECE)):
            seen += piece
        line, _, rest = seen.partition(b"\n")
        parts = line.decode("utf-8", "replace").strip().rsplit(" ", 4)
        if len(parts) != 5:
            raise self._damage("this is not an ARC record (URL, IP address, date, media type, length)")
        url, address, date, kind, length = parts
        self._fields = [
            ("warc-type", "warcinfo" if url.startswith(_FILEDESC.decode()) else "response"),
            ("warc-target-uri", url),
            ("warc-ip-address", address),
            ("warc-date", date),
            ("content-type", kind),
            ("content-length", length),
        ]
        return rest


def read_records(stream: Source, *, file: str, start: int = 0) -> Iterator[WarcRecord]:
    """Yield the records of a file in order; each is read to its end before the next is yielded.

    file: its key. start: where in it the stream begins. Raises WarcError if the file is damaged, after all records
    before the damage.
    """
    offset, ahead = start, b""
    kind: type[WarcRecord] | None = None
    while True:
        if len(ahead) < 2:  # one byte does not show whether a gzip member begins there
            ahead += beginning(stream, _PIECE)
        if not ahead:
            return
        kind = kind or kind_of(ahead, file)
        framed = frame(stream, ahead, offset, file, arc=kind is ArcRecord)
        record = kind(framed, file)
        yield record
        record.finish()
        offset += framed.taken
        ahead = framed.behind


def is_members(begins: bytes) -> bool:
    """Whether a file, or a part of one from the beginning of a record on, consists of WARC records in gzip members."""
    return begins.startswith(b"\x1f\x8b") and first_bytes(begins, 5) == b"WARC/"


def kind_of(ahead: bytes, file: str) -> type[WarcRecord]:
    """Return the class of a file's records by its first bytes. Raises WarcError if it is compressed with zstd."""
    if ahead.startswith(ZSTD):
        raise WarcError(
            "compressed with zstd, of which no part can be read by itself; `pressmark import` makes a file that can",
            file=file,
            offset=0,
        )
    return ArcRecord if is_arc(ahead) else WarcRecord


def is_arc(begins: bytes) -> bool:
    """Whether these are the first bytes of an ARC file, or of a part of one from the beginning of a record on."""
    return ARC_BEGINS.match(first_bytes(begins, 1024)) is not None

"""One request and its response, exactly as they went over the wire.

This is what :mod:`pressmark.http.fetcher` produces and :mod:`pressmark.warc` keeps. Nothing here is
decoded, reordered or repaired, except that chunk framing is removed; code that reads text works on a copy.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Literal

from pressmark.errors import CaptureError
from pressmark.http.media import essence_to_keep

Truncation = Literal["length", "time", "disconnect"]
"""Why a stored body is not whole (WARC-Truncated, ISO 28500:2017 section 5.13)."""

_BLANK = " \t\r\n"  # str.strip() would take the last byte of "à" in UTF-8 for a space

SPOOL_BYTES = 4 * 1024 * 1024
"""A larger body is moved from memory to a temporary file."""


class Body:
    """An entity body, written as it arrives: without chunk framing, content coding untouched.

    Digest and size are computed while it is written, so that nothing is read twice. Large bodies spill to
    a temporary file (Lambda's /tmp), so that memory stays bounded whatever a server sends.
    """

    def __init__(self, *, spool_bytes: int = SPOOL_BYTES) -> None:
        """spool_bytes: how many bytes may stay in memory; a larger body is moved to a file."""
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=spool_bytes)  # noqa: SIM115 - closed by close()
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append bytes in the order they arrived."""
        self._file.write(data)
        self._sha1.update(data)
        self.size += len(data)

    @property
    def sha1(self) -> bytes:
        """The raw SHA-1 of all bytes so far (20 bytes)."""
        return self._sha1.digest()

    def open(self) -> IO[bytes]:
        """The body as a file, rewound to its start. One reader at a time."""
        self._file.seek(0)
        return self._file

    def head(self, limit: int) -> bytes:
        """Return at most the first ``limit`` bytes."""
        return self.open().read(limit)

    def chunks(self, size: int = 256 * 1024) -> Iterator[bytes]:
        """The body in pieces of at most ``size`` bytes."""
        stream = self.open()
        while chunk := stream.read(size):
            yield chunk

    def close(self) -> None:
        """Release its memory and disk space."""
        self._file.close()


@dataclass(slots=True)
class Timings:
    """Wall time in milliseconds of each phase of one exchange; None if the phase did not happen."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    total: float | None = None


@dataclass(slots=True)
class Exchange:
    """One HTTP request and the response to it.

    url: the absolute URL asked for, as in the request (no fragment, no credentials).
    started: when the request began, aware UTC.
    request: the request head exactly as sent, ending in an empty line.
    head: the response's status line and header lines exactly as received, ending in an empty line;
        empty if none came. Interim (1xx) responses are kept apart in ``interim``.
    status: the three-digit status, 0 if no valid status line came.
    headers: header lines parsed for use: name and value as received, bytes, in order, duplicates kept.
    body: the entity body: transfer coding taken off, content coding untouched.
    chunked: whether chunk framing was taken off (the WARC writer then renames the header lines).
    within_chunk: whether a chunked body ended within a chunk, or with malformed framing.
    trailers: trailer lines as received after the last chunk.
    ip: the address that was connected to (RFC 5952 form).
    protocols: what was really spoken, for WARC-Protocol: e.g. ``("http/1.1", "tls/1.3")``.
    cipher_suite: IANA name of the TLS suite, None on plain http.
    truncated: why the body is not whole, or None.
    faults: what was wrong with the exchange although the page is usable, one sentence each.
    """

    url: str
    started: datetime
    request: bytes = b""
    head: bytes = b""
    status: int = 0
    reason: str = ""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: Body = field(default_factory=Body)
    chunked: bool = False
    within_chunk: bool = False
    trailers: bytes = b""
    interim: list[bytes] = field(default_factory=list)
    ip: str | None = None
    protocols: tuple[str, ...] = ()
    cipher_suite: str | None = None
    truncated: Truncation | None = None
    timings: Timings = field(default_factory=Timings)
    faults: list[str] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """First value of a header, decoded as latin-1 (RFC 9110 section 5.5), or None."""
        wanted = name.lower().encode("ascii")
        for key, value in self.headers:
            if key.lower() == wanted:
                return value.decode("latin-1").strip(_BLANK)
        return None

    def header_all(self, name: str) -> list[str]:
        """Every value of a header in the order received."""
        wanted = name.lower().encode("ascii")
        return [value.decode("latin-1").strip(_BLANK) for key, value in self.headers if key.lower() == wanted]

    @property
    def content_type(self) -> str | None:
        """The Content-Type header as received."""
        return self.header("content-type")

    @property
    def media_type(self) -> str:
        """Type and subtype in lower case without parameters; empty if no Content-Type can be read."""
        return essence_to_keep(self.header_all("content-type"))

    @property
    def transfer_codings(self) -> list[str]:
        """The transfer codings in the order applied, in lower case, without parameters and without ``identity``."""
        values = ",".join(self.header_all("transfer-encoding")).split(",")
        names = (value.partition(";")[0].strip().lower() for value in values)
        return [name for name in names if name and name != "identity"]

    @property
    def conditional(self) -> bool:
        """Whether the request was conditional (RFC 9110 section 13.1), so that 304 is a possible answer."""
        lines = self.request.lower().split(b"\r\n")
        return any(line.startswith((b"if-none-match:", b"if-modified-since:")) for line in lines)

    @property
    def redirect(self) -> str | None:
        """The raw Location of a redirect (a 3xx status, RFC 9110 section 15.4), or None."""
        return self.header("location") if self.status in (301, 302, 303, 307, 308) else None


@dataclass(slots=True)
class Conditions:
    """An earlier capture's validators, for a conditional request (RFC 9110 section 13.1)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(slots=True)
class FetchResult:
    """A fetched page: the hops of its redirect chain, and how it ended.

    exchanges: all exchanges in which the server began to answer, in order; the last is the page (or last hop kept).
    error: why there is no complete page, None if there is one. A truncated body is not an error by itself.
    answered: whether the chain ended with a response whose head is whole, and whose body is whole or was cut by one
        of our limits. Then the error, if there is one, is what that response's status means.
    """

    exchanges: list[Exchange]
    error: CaptureError | None = None
    answered: bool = False

    def close(self) -> None:
        """Release the memory and disk space of the bodies."""
        for exchange in self.exchanges:
            exchange.body.close()

"""A socket with time limits."""

import socket

from pressmark.clock import Outside
from pressmark.errors import CaptureError, TransientError
from pressmark.http.exchange import Truncation
from pressmark.http.wire.reasons import plain

RECEIVE_BYTES = 256 * 1024
"""Bytes read from the socket at a time: few calls for plain http; TLS returns 16 KiB records in any case."""


class Stop(Exception):  # noqa: N818 - not an error: the point where reading ends, caught in receive()
    """Raised where reading ends. truncated: why the record's body is not whole; error: why the page failed, or None."""

    def __init__(self, truncated: Truncation, error: CaptureError | None = None) -> None:
        super().__init__(truncated)
        self.truncated = truncated
        self.error = error


class Source:
    """A socket with time limits. Received bytes that were not used can be put back.

    read_timeout: longest silence, seconds. until: when reading ends, and first_byte: when the first byte came (None
    before), both in outside.monotonic() seconds.
    """

    def __init__(
        self, sock: socket.socket, outside: Outside, *, read_timeout: float, until: float, url: str
    ) -> None:
        self._sock = sock
        self._monotonic = outside.monotonic
        self._read_timeout = read_timeout
        self._until = until
        self._kept = b""
        self.url = url
        self.first_byte: float | None = None

    def send(self, request: bytes) -> CaptureError | None:
        """Send a request; returns what went wrong, or None."""
        self._sock.settimeout(max(0.001, min(self._until - self._monotonic(), self._read_timeout)))
        try:
            self._sock.sendall(request)
        except TimeoutError:
            return TransientError("read-timeout", "the server did not take the request", url=self.url)
        except OSError as error:
            return self.broken(plain(error)).error
        return None

    def put_back(self, data: bytes) -> None:
        """Put back bytes that came after the wanted ones."""
        self._kept = data

    def more(self) -> bytes:
        """The next bytes, at least one; empty at the end of the stream. Raises Stop."""
        if self._kept:
            data, self._kept = self._kept, b""
            return data
        left = self._until - self._monotonic()
        if left <= 0:
            raise Stop("time")
        self._sock.settimeout(min(left, self._read_timeout))
        try:
            data = self._sock.recv(RECEIVE_BYTES)
        except TimeoutError as error:
            if left <= self._read_timeout:
                raise Stop("time") from error
            reason = f"the server was silent for {self._read_timeout:g} seconds"
            raise Stop(
                "time", TransientError("read-timeout", reason, url=self.url, limit=self._read_timeout)
            ) from error
        except OSError as error:
            raise self.broken(plain(error)) from error
        if self.first_byte is None and data:
            self.first_byte = self._monotonic()
        return data

    def broken(self, reason: str) -> Stop:
        """Return the Stop for a connection that ended too early."""
        return Stop(
            "disconnect", TransientError("protocol-error", f"connection broken: {reason}", url=self.url)
        )

"""Reads one HTTP/1.x response from a socket into an :class:`~pressmark.http.exchange.Exchange`.

Follows RFC 9112 for where a message ends (section 6.3) and is as tolerant as browsers about how it is
written: bare LF, missing reason phrases, folded or nameless header lines, missing or contradictory lengths.
The bytes are kept as received; only chunk framing is removed (D3). If a response ends early, the reason is
noted in the exchange and returned, never raised, and what has come until then is kept.

Limits, and what each does to the record that is kept:

- :data:`MAX_HEAD_BYTES`, :data:`MAX_HEAD_LINES`: the head is cut after the last whole line within
  :data:`KEPT_HEAD_BYTES`, the body is empty, truncated ``length``; PermanentError ``invalid-server-response``.
- the body limit (settings.max_body_bytes): the body is cut there, truncated ``length``; no error.
- :data:`~pressmark.http.wire.chunked.SPARE_FRAMING` (chunks so small that framing outweighs content): cut,
  truncated ``length``; no error.
- the page's time: cut, truncated ``time``; no error once the head has come, TransientError
  ``soft-time-limit-exceeded`` before.
- the longest silence (settings.read_timeout): cut, truncated ``time``; TransientError ``read-timeout``.
"""

import re
from dataclasses import dataclass

from pressmark.errors import CaptureError, PermanentError, TransientError
from pressmark.http.exchange import Exchange
from pressmark.http.wire import status_line
from pressmark.http.wire.chunked import Dechunker
from pressmark.http.wire.source import Source, Stop

MAX_HEAD_BYTES = 256 * 1024
"""Maximum size of status line, header lines and all interim responses together; browsers have about the same limit."""

KEPT_HEAD_BYTES = 31 * 1024
"""How much is kept of a head that exceeds these limits: FastWARC can read back at most 32 KiB."""

MAX_HEAD_LINES = 2000
"""Maximum number of header lines of one response: ten times the most that real servers send."""

MAX_INTERIM = 20
"""Maximum number of 1xx responses before the final one."""

_END_OF_HEAD = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"\+?([0-9]{1,18})(?![0-9])")


@dataclass(slots=True)
class _Sink:
    exchange: Exchange
    limit: int

    def write(self, data: bytes) -> None:
        body = self.exchange.body
        room = self.limit - body.size
        try:
            body.write(data[:room] if len(data) > room else data)
        except OSError as error:  # the disk is full of other pages' bodies: later there is room
            reason = f"no room for the body: {error.strerror}"
            raise Stop("length", TransientError("job-failed", reason, url=self.exchange.url)) from error
        if len(data) > room:
            raise Stop("length")


def receive(source: Source, exchange: Exchange, *, max_body_bytes: int) -> CaptureError | None:
    """Read one response, whatever it is, into ``exchange``.

    Returns None if the response has a whole head, and a body that ended where it should or was cut by a
    limit (exchange.truncated says which); otherwise the error that says what went wrong.
    """
    try:
        _receive_head(source, exchange)
    except Stop as stop:
        # Without a whole head there is no response: a status line and some header lines are kept as evidence only.
        exchange.truncated = stop.truncated
        return stop.error or TransientError(
            "soft-time-limit-exceeded", "time was up before the end of the response head", url=source.url
        )
    try:
        _receive_body(source, _Sink(exchange, max_body_bytes))
    except Stop as stop:
        exchange.truncated = stop.truncated
        return stop.error
    return None


def _receive_head(source: Source, exchange: Exchange) -> None:
    budget = MAX_HEAD_BYTES
    while True:
        head = _read_head(source, exchange, budget)
        status = _parse(head, exchange)
        if not 100 <= status < 200 or status == 101:
            return
        exchange.interim.append(head)
        exchange.head, exchange.status, exchange.reason, exchange.headers = b"", 0, "", []
        budget -= len(head)
        if len(exchange.interim) > MAX_INTERIM:
            raise _invalid(f"more than {MAX_INTERIM} interim responses", source.url, MAX_INTERIM)


def _read_head(source: Source, exchange: Exchange, budget: int) -> bytes:
    data = bytearray()
    scanned = 0
    started = False
    try:
        while True:
            more = source.more()
            data += more
            if not started and status_line.start(data) is not None:
                started = True
                _leave_out(data, status_line.start(data) or 0, exchange)
            if not more and (started or b"HTTP/".startswith(data[:5].upper())):
                raise source.broken("closed within the response head" if data else "closed without an answer")
            if not started:
                if more and status_line.undecided(data):
                    continue
                exchange.body.write(bytes(data[:budget]).lstrip(b"\r\n"))
                data.clear()
                raise _invalid("what the server sent is not HTTP/1", source.url)
            end = _END_OF_HEAD.search(data, scanned)
            if len(data) > budget and (end is None or end.end() > budget):
                raise _invalid(
                    f"the response head is longer than {MAX_HEAD_BYTES} bytes", source.url, MAX_HEAD_BYTES
                )
            if end is not None:
                head = bytes(data[: end.end()])
                if head.count(b"\n") > MAX_HEAD_LINES:
                    raise _invalid(f"more than {MAX_HEAD_LINES} header lines", source.url, MAX_HEAD_LINES)
                source.put_back(bytes(data[end.end() :]))
                return head
            scanned = max(0, len(data) - 2)
    except Stop:
        _keep_part(bytes(data[: min(budget, KEPT_HEAD_BYTES)]), exchange)
        raise


def _leave_out(data: bytearray, end: int, exchange: Exchange) -> None:
    """Remove what comes before the status line. An empty line there means nothing (RFC 9112 section 2.2)."""
    before = bytes(data[:end])
    del data[:end]
    if before.strip(b"\r\n"):
        exchange.faults.append(f"before the status line the server sent {before!r}")


def _invalid(reason: str, url: str, limit: float | None = None) -> Stop:
    return Stop("length", PermanentError("invalid-server-response", reason, url=url, limit=limit))


def _keep_part(data: bytes, exchange: Exchange) -> None:
    """Keep the complete lines of a head that was cut off, and end them with an empty line."""
    end = _END_OF_HEAD.search(data)
    head = data[: end.end()] if end else data[: data.rfind(b"\n") + 1] + b"\r\n"
    if status_line.parse(head):
        _parse(head, exchange)


def _parse(head: bytes, exchange: Exchange) -> int:
    line = status_line.parse(head)
    if line is None:
        exchange.body.write(head)
        raise _invalid(f"not a status line: {head[:60]!r}", exchange.url)
    exchange.head, exchange.status, exchange.reason = head, line.status, line.reason
    exchange.headers = parse_fields(head[line.end :])
    exchange.protocols = ("http/1.0" if line.is_1_0 else "http/1.1", *exchange.protocols[1:])
    if not line.sound:
        exchange.faults.append(f"the status line is malformed: {head[: line.end][:100]!r}")
    return exchange.status


def parse_fields(block: bytes) -> list[tuple[bytes, bytes]]:
    """Return header lines as name and value, without the white space around either, in order.

    A folded line continues the value before it with one space (RFC 9112 section 5.2); a line without a
    colon is left out. The raw lines are in Exchange.head.
    """
    fields: list[tuple[bytes, list[bytes]]] = []
    for raw in block.split(b"\n"):
        line = raw.rstrip(b"\r")
        if line[:1] in (b" ", b"\t"):
            if fields and line.strip(b" \t"):
                fields[-1][1].append(line.strip(b" \t"))
            continue
        name, colon, value = line.partition(b":")
        if colon and name.strip(b" \t"):
            fields.append((name.strip(b" \t"), [value.strip(b" \t")]))
    return [(name, b" ".join(parts)) for name, parts in fields]


def _receive_body(source: Source, sink: _Sink) -> None:
    exchange = sink.exchange
    if exchange.status in (101, 204, 304):
        return
    codings = exchange.transfer_codings
    complaint = _receive_chunked(source, sink) if codings[-1:] == ["chunked"] else None
    if exchange.chunked:
        return
    # HTTP/1.0 has no transfer codings (RFC 9112 section 6.1): such a server passed on another server's header.
    old = exchange.protocols[:1] == ("http/1.0",)
    length = content_length(exchange) if not codings or (complaint and old) else None
    claim = max(stated_lengths(exchange), default=0) if length is None else 0
    if length is None and (said := exchange.header_all("content-length")):
        exchange.faults.append(f"Content-Length gives no usable length: {', '.join(said)[:100]!r}")
    left = length
    while left != 0:
        data = source.more()
        if not data:
            if left:
                raise source.broken(f"closed after {exchange.body.size} of {length} bytes")
            if complaint and not old:
                raise source.broken(complaint)
            if exchange.body.size < claim:
                raise source.broken(f"closed after {exchange.body.size} of {claim} bytes")
            return
        if left is not None:
            data = data[:left]
            left -= len(data)
        sink.write(data)


def _receive_chunked(source: Source, sink: _Sink) -> str | None:
    """Read a chunked body. If it is not chunked after all, put its bytes back and return what shows that."""
    exchange, dechunker = sink.exchange, Dechunker()
    exchange.chunked = True
    try:
        while not dechunker.finished:
            data = source.more()
            content = dechunker.feed(data)
            if (raw := dechunker.not_chunked(ended=not data)) is not None:
                exchange.chunked = False
                exchange.faults.append("Transfer-Encoding says chunked, but the body is not")
                source.put_back(raw)
                return dechunker.malformed or "not chunked"
            sink.write(content)
            if not data and dechunker.last_chunk_came:
                exchange.faults.append("closed after the last chunk, before the empty line that ends it")
                break
            if not data:
                raise source.broken(f"closed after {exchange.body.size} bytes, before the last chunk")
            if dechunker.malformed:
                raise source.broken(dechunker.malformed)
            if dechunker.wasteful:
                raise Stop("length")
    finally:
        exchange.trailers = dechunker.trailers
        exchange.within_chunk = exchange.chunked and dechunker.within_chunk
    return None


def content_length(exchange: Exchange) -> int | None:
    """Return the length, in bytes, that all Content-Length headers agree on; None if they do not, or it is invalid.

    RFC 9112 section 6.3: repeated equal values count as one; contradicting ones are an unrecoverable error, so the
    body is then read to the end of the connection.
    """
    values = {part.strip() for value in exchange.header_all("content-length") for part in value.split(",")}
    if len(values) != 1:
        return None
    value = values.pop()
    return int(value) if _LENGTH.fullmatch(value) else None


def stated_lengths(exchange: Exchange) -> list[int]:
    """Return every number at the start of a Content-Length header or after a comma in it: 9000 of ``9000 bytes``, too.

    A number of more than 18 digits is left out: Chromium, too, ignores one that does not fit into 64 bits.
    """
    values = ",".join(exchange.header_all("content-length")).split(",")
    return [int(number[1]) for value in values if (number := _NUMBER.match(value.strip()))]

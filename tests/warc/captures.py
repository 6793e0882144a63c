"""Captures as they come off the wire, made of raw responses without a network."""

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.warc.validator import Member, sha1, validate

from pressmark.clock import Outside
from pressmark.errors import PermanentError
from pressmark.http.exchange import Conditions, Exchange, Truncation
from pressmark.http.wire.request import head, target
from pressmark.http.wire.response import Source, receive
from pressmark.queues.message import CaptureRequest
from pressmark.settings import Settings
from pressmark.warc.event import Capture, Earlier
from pressmark.warc.stored import StoredCapture
from pressmark.warc.writer import WarcFile

SETTINGS = Settings(
    bucket="archive",
    table="captures",
    state_table="state",
    operator="An Archive",
    contact_url="https://archive.example/bot",
)
START = datetime(2026, 11, 23, 20, 52, 20, 123456, tzinfo=UTC)
URL = "https://news.example/story"


_made: list[Any] = []


def _kept(made: Any) -> Any:
    _made.append(made.body if isinstance(made, Exchange) else made)
    return made


def close_all() -> None:
    """Close every body and file that was made here."""
    while _made:
        _made.pop().close()


def warc_file(
    settings: Settings = SETTINGS, *, host: str = "host1", outside: Outside | None = None
) -> WarcFile:
    """A WARC file in the making, clock and ids fixed if nothing else is said."""
    made: WarcFile = _kept(WarcFile(settings, host=host, outside=outside or fixed_outside()))
    return made


def fixed_outside() -> Outside:
    """A clock that moves one millisecond at each look, and record ids that count."""
    ticks, ids = count(), count(1)
    return Outside(
        now=lambda: START + timedelta(milliseconds=next(ticks)),
        monotonic=lambda: 0.0,
        record_id=lambda: f"<urn:uuid:00000000-0000-4000-8000-{next(ids):012x}>",
        sleep=lambda seconds: None,
    )


@dataclass
class _Wire:
    """A socket that gives what it was told to, ``step`` bytes at a time."""

    data: bytes
    step: int = 65536

    def settimeout(self, seconds: float) -> None:
        pass

    def recv(self, size: int) -> bytes:
        piece, self.data = self.data[: self.step], self.data[self.step :]
        return piece


def exchange(
    raw: bytes,
    url: str = URL,
    *,
    started: datetime = START,
    limit: int = 1 << 30,
    ip: str = "192.0.2.7",
    truncated: Truncation | None = None,
    step: int = 65536,
    conditions: Conditions | None = None,
) -> Exchange:
    """What fetch makes of a raw response; conditions: what was asked with it."""
    made = _kept(Exchange(url=url, started=started, ip=ip, protocols=("http/1.1", "tls/1.3")))
    made.cipher_suite = "TLS_AES_256_GCM_SHA384"
    made.request = head(target(url), SETTINGS.user_agent, conditions)
    source: Any = Source(_Wire(raw, step), fixed_outside(), read_timeout=1.0, until=1.0, url=url)  # type: ignore[arg-type]
    receive(source, made, max_body_bytes=limit)
    if truncated:
        made.truncated = truncated
    return made


def capture(*exchanges: Exchange, url: str | None = None, **changes: Any) -> Capture:
    """A capture event of these exchanges; earlier: the one capture that is known from before."""
    request = changes.pop("request", None) or CaptureRequest(url or (exchanges[0].url if exchanges else URL))
    made = Capture(request, "message-1", "token-1", START, exchanges=list(exchanges))
    if before := changes.pop("earlier", None):
        made.earlier = {before.url: before}
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def earlier(digest: str | None, url: str = URL) -> Earlier:
    """An earlier capture that a new one may repeat."""
    return Earlier(
        url=url,
        captured="2026-11-20T01:02:03.000004Z",
        digest=digest,
        warc="warcs/2026/11/20/x.warc.gz",
        offset=321,
        length=4321,
    )


TAGGED = Conditions(etag='"1"')
"""What a request says that a 304 may answer."""


def http(
    body: bytes = b"<p>hello</p>",
    *lines: str,
    status: str = "200 OK",
    kind: str | None = "text/html; charset=utf-8",
    length: bool = True,
) -> bytes:
    """A raw response."""
    heads = [f"HTTP/1.1 {status}"]
    heads += [f"Content-Type: {kind}"] if kind else []
    heads += list(lines)
    heads += [f"Content-Length: {len(body)}"] if length else []
    return ("\r\n".join(heads) + "\r\n\r\n").encode("latin-1") + body


def chunked(body: bytes, *lines: str, size: int = 5) -> bytes:
    """A raw response in chunks."""
    pieces = b"".join(
        b"%x\r\n%s\r\n" % (len(body[at : at + size]), body[at : at + size])
        for at in range(0, len(body), size)
    )
    head = http(b"", "Transfer-Encoding: chunked", *lines, length=False)
    return head + pieces + b"0\r\n\r\n"


GZIPPED = gzip.compress(b"<p>hello</p>" * 50, mtime=0)
SHAPES = {
    "identity": http(),
    "no length": http(length=False),
    "empty": http(b""),
    "gzip": http(GZIPPED, "Content-Encoding: gzip"),
    "image": http(bytes(range(256)) * 40, kind="image/png"),
    "chunked": chunked(b"<p>hello</p>"),
    "chunked and gzip": chunked(GZIPPED, "Content-Encoding: gzip", size=100),
    "chunked with a length": chunked(b"<p>hello</p>", "Content-Length: 999"),
    "length too small": http(b"<p>hello</p>", "Content-Length: 3", length=False),
    "length too large": http(b"<p>hello</p>", "Content-Length: 300", length=False),
    "lengths that contradict": http(b"<p>hello</p>", "Content-Length: 3", "content-length: 4", length=False),
    "bare line feeds": b"HTTP/1.0 200\nA: b\nContent-Length: 2\n\nhi",
    "folded": http(b"<p>", "X-Note: a", " Content-Length: 77", "\tTransfer-Encoding: chunked"),
    "odd headers": http(
        b"<p>", "x-MiXeD : a", "X-Mixed:b", "no colon", ": no name", "X-Latin: \xe9", "X-Empty:"
    ),
    "no headers": b"HTTP/1.1 200 OK\r\n\r\nhello",
    "interim": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + http(),
    "204": http(b"", "X: y", status="204 No Content", kind=None, length=False),
    "304 unasked": http(b"", "Content-Length: 500", status="304 Not Modified", kind=None, length=False),
    "404": http(b"gone", status="404 Not Found"),
    "cut head": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Coo",
    "binary body with CRLFCRLF": http(b"\r\n\r\nWARC/1.1\r\n\r\n\x1f\x8b\x08\x00"),
    "tab in the status line": b"HTTP/1.1\t200\tOK\r\nContent-Length: 2\r\n\r\nhi",
}


def written(*captures: Capture) -> tuple[bytes, list[StoredCapture], WarcFile]:
    file = warc_file()
    stored = [file.add(each) for each in captures]
    data = file.open().read()
    return data, stored, file


def valid(*captures: Capture) -> list[Member]:
    """The records of a file with these captures, which must keep every rule and stand where the writer says."""
    data, stored, file = written(*captures)
    records = validate(data, filename=file.name)
    assert file.size == len(data)
    there = {record.offset: record for record in records}
    for each in stored:
        assert each.warc == file.key
        for hop in each.hops:
            record = there[hop.offset]
            assert (record.length, record.type) == (hop.length, hop.record)
            assert record.get("WARC-Record-ID") == hop.record_id
            assert record.get("WARC-Payload-Digest") == hop.digest
        assert there[each.meta_offset].type == "metadata"
        behind = [r for r in records if each.meta_offset <= r.offset < each.meta_offset + each.meta_length]
        assert sum(record.length for record in behind) == each.meta_length
        assert [record.type for record in behind] in (["metadata"], ["metadata", "conversion"])
    return records


def everything() -> list[Capture]:
    made = [
        capture(exchange(raw), text="text" if number % 2 else None)
        for number, raw in enumerate(SHAPES.values())
    ]
    made.append(capture(exchange(http()), earlier=earlier(sha1(b"<p>hello</p>"))))
    made.append(
        capture(
            exchange(http(b"", status="304 Not Modified", length=False), conditions=TAGGED),
            earlier=earlier("sha1:" + "A" * 32),
        )
    )
    made.append(capture(error=PermanentError("no-access", "no", url=URL)))
    return made

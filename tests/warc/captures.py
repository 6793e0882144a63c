"""Captures as they come off the wire, made of raw responses without a network."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from pressmark.clock import Outside
from pressmark.http.exchange import Conditions, Exchange, Truncation
from pressmark.http.wire.request import head, target
from pressmark.http.wire.response import Source, receive
from pressmark.queues.message import CaptureRequest
from pressmark.settings import Settings
from pressmark.warc.event import Capture, Earlier
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

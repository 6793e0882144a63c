"""Makes the records of a capture event (ISO 28500:2017 section 6).

A response is stored as it came, with the one change every validator and replay tool needs: chunk framing
is off the body, and the header lines that described it are kept as ``X-Crawler-Transfer-Encoding`` and
``X-Crawler-Content-Length``. The payload digest is over the body as stored: de-chunked, still encoded.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pressmark import __version__, json_text
from pressmark.clock import iso_utc
from pressmark.http.exchange import Body, Exchange
from pressmark.settings import Settings
from pressmark.warc.event import Capture, Earlier
from pressmark.warc.stored import IDENTICAL_PAYLOAD, NOT_MODIFIED

FORMAT = 1
"""Version of the metadata record's JSON; a reader may meet any earlier one."""

METADATA_URI = "urn:pressmark:"
"""Goes before the page's URL in a metadata record's WARC-Target-URI. With the page's URL alone, cdxj-indexer
lists the record as a capture of the page, and pywb replays its JSON instead of the page."""


@dataclass(slots=True)
class Record:
    """A WARC record ready to be written. headers: in order, without Content-Length."""

    type: str
    headers: list[tuple[str, str]]
    content_type: str
    head: bytes = b""
    body: Body | None = None
    compressed: bool = False

    @property
    def length(self) -> int:
        """Content-Length of the record's block, bytes."""
        return len(self.head) + (self.body.size if self.body else 0)

    def chunks(self) -> Iterator[bytes]:
        """Yield the block in pieces, the head first."""
        yield self.head
        if self.body is not None:
            yield from self.body.chunks()

    def block_digest(self) -> str:
        """Return WARC-Block-Digest: SHA-1 over the whole block."""
        sha1 = hashlib.sha1(usedforsecurity=False)
        for chunk in self.chunks():
            sha1.update(chunk)
        return digest_text(sha1.digest())


def digest_text(raw: bytes) -> str:
    """Write a SHA-1 in the form that CDX tools compare: ``sha1:`` and upper-case Base32, never padded."""
    return "sha1:" + base64.b32encode(raw).decode("ascii")


def warcinfo(settings: Settings, *, record_id: str, date: str, filename: str, host: str) -> Record:
    """Make the warcinfo record: who wrote the file, with what, under which rules (ISO 28500:2017 section 6.2)."""
    fields = {
        "software": f"Pressmark/{__version__}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "operator": settings.operator,
        "hostname": host,
        "http-header-user-agent": settings.user_agent,
        "robots": settings.robots,
    }
    text = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in fields.items() if value)
    headers = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", date),
        ("WARC-Filename", filename),
    ]
    return Record("warcinfo", headers, "application/warc-fields", head=text.encode())


def is_repeat(exchange: Exchange, earlier: Earlier | None) -> bool:
    """Whether a response repeats the payload of the earlier capture of the same URL, byte for byte.

    Their URLs may differ if ``earlier.elsewhere`` is set.

    A redirect never counts as a repeat: what is read of a chain is read from the page at its end.
    """
    return (
        earlier is not None
        and earlier.digest is not None
        and exchange.status != 304
        and exchange.redirect is None
        and exchange.truncated is None
        and exchange.body.size > 0
        and (earlier.elsewhere or earlier.url == exchange.url)
        and earlier.digest == digest_text(exchange.body.sha1)
    )


def is_not_modified(exchange: Exchange, earlier: Earlier | None) -> bool:
    """Whether the server confirmed that the earlier capture is still valid (RFC 9110 section 15.4.5)."""
    return (
        exchange.status == 304
        and exchange.conditional
        and earlier is not None
        and earlier.url == exchange.url
    )


def response(exchange: Exchange, *, record_id: str, earlier: Earlier | None) -> Record:
    """Make the response record of an exchange, or a revisit record instead."""
    headers = [("WARC-Record-ID", record_id), *_event_headers(exchange)]
    if is_not_modified(exchange, earlier) and earlier is not None:
        headers = [("WARC-Type", "revisit"), *headers, ("WARC-Profile", NOT_MODIFIED), *_refers_to(earlier)]
        if earlier.digest:
            headers.append(("WARC-Payload-Digest", earlier.digest))
        # An empty block: with the 304's own headers in it, pywb would replay an empty 304. They are kept in
        # the metadata record.
        return Record("revisit", headers, "application/http; msgtype=response")
    head = stored_head(exchange)
    digest = ("WARC-Payload-Digest", digest_text(exchange.body.sha1))
    if is_repeat(exchange, earlier) and earlier is not None:
        headers = [
            ("WARC-Type", "revisit"),
            *headers,
            ("WARC-Profile", IDENTICAL_PAYLOAD),
            *_refers_to(earlier),
        ]
        headers += [digest, ("WARC-Truncated", "length")]
        return Record("revisit", headers, "application/http; msgtype=response", head=head)
    headers = [("WARC-Type", "response"), *headers, digest]
    if exchange.truncated:
        headers.append(("WARC-Truncated", exchange.truncated))
    return Record(
        "response",
        headers,
        "application/http; msgtype=response",
        head=head,
        body=exchange.body,
        compressed=_is_compressed(exchange),
    )


def request(exchange: Exchange, *, record_id: str, response_id: str) -> Record:
    """Make the request record, concurrent to its response (ISO 28500:2017 section 6.4)."""
    headers = [
        ("WARC-Type", "request"),
        ("WARC-Record-ID", record_id),
        *_event_headers(exchange),
        ("WARC-Concurrent-To", response_id),
    ]
    return Record("request", headers, "application/http; msgtype=request", head=exchange.request)


def metadata(
    facts: dict[str, Any], *, record_id: str, response_id: str | None, url: str, date: str
) -> Record:
    """Make the metadata record of what :func:`metadata_json` gathered; ``url``: the page it is about."""
    headers = [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", date),
        ("WARC-Target-URI", METADATA_URI + url),
    ]
    if response_id:
        headers.append(("WARC-Concurrent-To", response_id))
    text = json_text.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return Record("metadata", headers, "application/json", head=text.encode("utf-8"))


def conversion(text: str, *, record_id: str, response_id: str, url: str, date: str) -> Record:
    """Make the conversion record: the article's plain text (ISO 28500:2017 section 6.8)."""
    headers = [
        ("WARC-Type", "conversion"),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", date),
        ("WARC-Target-URI", url),
        ("WARC-Refers-To", response_id),
    ]
    return Record("conversion", headers, "text/plain; charset=utf-8", head=text.encode("utf-8", "replace"))


def metadata_json(capture: Capture) -> dict[str, Any]:
    """Gather what was asked, what was read from the page, how it ended; docs/warc.md describes each member.

    The result is letter for letter what a reader of the record gets: rows are made of either (D1).
    """
    result: dict[str, Any] = {
        "pressmark": FORMAT,
        "software": f"Pressmark/{__version__}",
        "purpose": capture.purpose,
        "request": capture.request.to_dict(),
        "message_id": capture.message_id,
        "token": capture.token,
        "started": iso_utc(capture.started),
        "tries": capture.tries,
    }
    if capture.error is not None:
        result["error"] = {
            "code": capture.error.code,
            "reason": capture.error.reason,
            "url": capture.error.url,
        }
    if capture.article is not None:
        result["article"] = capture.article
    if capture.read is not None:
        result["read"] = capture.read
    if capture.exchanges:
        result["exchanges"] = [_exchange_json(exchange) for exchange in capture.exchanges]
    # Only the last exchange can be a revisit: a redirect never is one, and a 304 leads nowhere.
    page = capture.exchanges[-1] if capture.exchanges else None
    earlier = capture.earlier.get(page.url) if page else None
    if page and earlier and (is_repeat(page, earlier) or is_not_modified(page, earlier)):
        result["revisit_of"] = {
            "url": earlier.url,
            "captured": earlier.captured,
            "warc": earlier.warc,
            "offset": earlier.offset,
            "length": earlier.length,
        }
    return as_read(result)


def as_read(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts as a reader of the record gets them."""
    # A lone surrogate can come out of a page's JSON or a message's; it has no UTF-8 form.
    read: dict[str, Any] = json.loads(json_text.dumps(facts, ensure_ascii=False).encode("utf-8", "replace"))
    return read


def _exchange_json(exchange: Exchange) -> dict[str, Any]:
    timings = exchange.timings
    result: dict[str, Any] = {
        "url": exchange.url,
        "status": exchange.status,
        "size": exchange.body.size,
        "ms": {
            name: round(value, 1)
            for name in ("dns", "connect", "tls", "first_byte", "total")
            if (value := getattr(timings, name)) is not None
        },
    }
    if exchange.interim:
        result["interim"] = [head.decode("latin-1") for head in exchange.interim]
    if exchange.trailers:
        result["trailers"] = exchange.trailers.decode("latin-1")
    if exchange.faults:
        result["faults"] = exchange.faults
    if exchange.status == 304:
        result["head"] = exchange.head.decode("latin-1")
    if etag := exchange.header("etag"):
        result["etag"] = etag[:1000]
    if last_modified := exchange.header("last-modified"):
        result["last_modified"] = last_modified[:100]
    return result


def _event_headers(exchange: Exchange) -> list[tuple[str, str]]:
    headers = [("WARC-Date", iso_utc(exchange.started)), ("WARC-Target-URI", exchange.url)]
    if exchange.ip:
        headers.append(("WARC-IP-Address", exchange.ip))
    # Proposed for WARC 1.2 and already written by other crawlers; the one field besides Concurrent-To that
    # may repeat.
    headers += [("WARC-Protocol", protocol) for protocol in exchange.protocols]
    if exchange.cipher_suite:
        headers.append(("WARC-Cipher-Suite", exchange.cipher_suite))
    return headers


def _refers_to(earlier: Earlier) -> list[tuple[str, str]]:
    return [("WARC-Refers-To-Target-URI", earlier.url), ("WARC-Refers-To-Date", earlier.captured)]


def _is_compressed(exchange: Exchange) -> bool:
    encoding = exchange.header("content-encoding") or "identity"
    kind = exchange.media_type
    return encoding.lower() != "identity" or (
        kind.startswith(("image/", "video/", "audio/", "font/")) and "svg" not in kind and "bmp" not in kind
    )


def stored_head(exchange: Exchange) -> bytes:
    """Return the response head to store: as received, except for the lines about the framing that was removed."""
    size = exchange.body.size
    lines = _split_lines(exchange.head)
    # A folded line belongs to the one before it, whatever it looks like (RFC 9112 section 5.2).
    names = [b"" if line[:1] in b" \t" else line.partition(b":")[0].strip().lower() for line in lines]
    lengths = [
        line.partition(b":")[2].strip()
        for line, name in zip(lines, names, strict=True)
        if name == b"content-length"
    ]
    unchunked = exchange.chunked or (size > 0 and exchange.transfer_codings[-1:] == ["chunked"])
    wrong_length = bool(lengths) and (unchunked or any(value != b"%d" % size for value in lengths))
    if exchange.status == 304 or (exchange.status == 204 and size == 0):
        wrong_length = False  # RFC 9110 section 8.6: here it states another response's length
    if not unchunked and not wrong_length:
        return exchange.head
    kept: list[bytes] = []
    for line, name in zip(lines, names, strict=True):
        if (name == b"transfer-encoding" and unchunked) or (name == b"content-length" and wrong_length):
            line = b"X-Crawler-" + line
        if not line.strip():
            kept.append(b"Content-Length: %d\r\n" % size)
            kept.append(line)
            break
        kept.append(line)
    return b"".join(kept)


def _split_lines(head: bytes) -> list[bytes]:
    # bytes.splitlines() also splits at a lone CR, which does not end a line in HTTP (RFC 9112 section 2.2).
    return [line + b"\n" for line in head.split(b"\n")[:-1]]

"""Captures read back from a WARC file alone: what a rebuild of the table starts from (D1)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Literal, cast

from pressmark.errors import WarcError
from pressmark.warc.records import METADATA_URI
from pressmark.warc.stored import StoredCapture, StoredHop
from pressmark.warc.stream import WarcRecord, read_records
from pressmark.wire.response import parse_fields

MAX_HEAD_BYTES = 1024 * 1024
"""A response head is looked for in so much of a block; fetching keeps heads far below."""

MAX_METADATA_BYTES = 16 * 1024 * 1024
"""A metadata record larger than this was not written by Pressmark."""

MAX_HOPS = 1000
"""Responses held until the metadata record that closes their event comes by; another tool's file has none."""

_STATUS_LINE = re.compile(rb"HTTP/\d[^\s]*[ \t]+(\d{3})")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(slots=True)
class _Event:
    """The records of one capture event, as far as they have come by."""

    hops: list[StoredHop] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    meta_offset: int = 0
    meta_length: int = 0


def read_captures(stream: IO[bytes], *, file: str) -> Iterator[StoredCapture]:
    """Yield each capture event of a WARC file in order; ``file``: its key, for rows and errors.

    Responses that no Pressmark metadata record closes (another tool's WARC) are yielded one by one with
    empty metadata. Memory is bounded whatever the file's size. Raises WarcError where the file is damaged,
    after everything before the damage was yielded.
    """
    event = _Event()
    try:
        for record in read_records(stream, file=file):
            kind = record.type
            if (event.metadata is not None and kind != "conversion") or (
                kind == "warcinfo" or len(event.hops) >= MAX_HOPS
            ):
                yield from _close(event, file)
                event = _Event()
            if kind in ("response", "revisit"):
                event.hops.append(_hop(record))
            elif kind == "metadata":
                _take_metadata(event, record)
            elif kind == "conversion" and event.metadata is not None:
                event.meta_length += record.finish()
    except WarcError:
        yield from _close(event, file)
        raise
    yield from _close(event, file)


def _head(record: WarcRecord) -> bytes:
    """Return the HTTP head that a record's block begins with, its empty line included."""
    seen = b""
    while len(seen) < MAX_HEAD_BYTES and (piece := record.read(16384)):
        seen += piece
        if match := _HEAD_END.search(seen):
            return seen[: match.end()]
    return seen


def _hop(record: WarcRecord) -> StoredHop:
    said, kind = record.get, record.type
    head = _head(record)
    match = _STATUS_LINE.match(head)
    status = int(match[1]) if match else 0
    headers = {name.lower(): value for name, value in reversed(parse_fields(head.partition(b"\n")[2]))}
    media_type = headers.get(b"content-type", b"").decode("latin-1").split(";", 1)[0].strip().lower()
    location = headers.get(b"location")
    return StoredHop(
        url=said("WARC-Target-URI") or "",
        captured=said("WARC-Date") or "",
        record_id=said("WARC-Record-ID") or "",
        record=cast(Literal["response", "revisit"], kind),
        offset=record.offset,
        length=record.finish(),
        status=status,
        mime=media_type,
        digest=said("WARC-Payload-Digest"),
        size=record.size - len(head) if kind == "response" else 0,
        truncated=said("WARC-Truncated") if kind == "response" else None,
        location=location.decode("latin-1").strip()
        if location is not None and status in _REDIRECTS
        else None,
        profile=said("WARC-Profile"),
        refers_to_url=said("WARC-Refers-To-Target-URI"),
        refers_to_date=said("WARC-Refers-To-Date"),
    )


def _take_metadata(event: _Event, record: WarcRecord) -> None:
    text = b""
    while len(text) < MAX_METADATA_BYTES and (piece := record.read(MAX_METADATA_BYTES)):
        text += piece
    length = record.finish()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return  # another tool's: warc-fields, or whatever it likes
    if not isinstance(content, dict) or "pressmark" not in content:
        return
    event.metadata, event.meta_offset, event.meta_length = content, record.offset, length
    if not event.hops:
        event.hops.append(
            StoredHop(
                url=(record.get("WARC-Target-URI") or "").removeprefix(METADATA_URI),
                captured=record.get("WARC-Date") or "",
                record_id=record.get("WARC-Record-ID") or "",
                record="metadata",
                offset=record.offset,
                length=length,
            )
        )


def _close(event: _Event, file: str) -> Iterator[StoredCapture]:
    if event.metadata is not None:
        yield StoredCapture(event.hops, event.metadata, event.meta_offset, event.meta_length, file)
    else:
        for hop in event.hops:
            yield StoredCapture([hop], {}, hop.offset, 0, file)

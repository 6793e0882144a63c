"""Captures read back from a WARC file alone: what a rebuild of the table starts from (D1)."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Literal, cast

from pressmark.errors import WarcError
from pressmark.media import essence_to_keep
from pressmark.warc.records import METADATA_URI
from pressmark.warc.salvage import Gap, salvage_records
from pressmark.warc.stored import StoredCapture, StoredHop
from pressmark.warc.stream import WarcRecord, read_records
from pressmark.wire import status_line
from pressmark.wire.response import parse_fields

MAX_HEAD_BYTES = 1024 * 1024
"""A response head is looked for in so much of a block; fetching keeps heads far below."""

MAX_METADATA_BYTES = 16 * 1024 * 1024
"""A metadata record larger than this was not written by Pressmark."""

MAX_HOPS = 1000
"""Responses held until the metadata record that closes their event comes by; another tool's file has none."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(slots=True)
class _Event:
    """The records of one capture event, as far as they have come by.

    suspect: a record of it may be lost. others: hops of events whose metadata record is lost.
    """

    hops: list[StoredHop] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    meta_offset: int = 0
    meta_length: int = 0
    suspect: bool = False
    others: list[StoredHop] = field(default_factory=list)


def read_captures(
    stream: IO[bytes], *, file: str, on_gap: Callable[[Gap], None] | None = None
) -> Iterator[StoredCapture]:
    """Yield each capture event of a WARC file in order; ``file``: its key, for rows and errors.

    Responses that no Pressmark metadata record closes (another tool's WARC) are yielded one by one with
    empty metadata. Memory is bounded whatever the file's size. Without ``on_gap``, raises WarcError where the file is
    damaged, after everything before the damage was yielded.

    on_gap: told of damage, before anything is yielded that the damage may have cost a record; reading then goes on.
    What is left of an event that lost a response or its metadata is yielded response by response, with empty metadata.
    """
    gaps: list[Gap] = []

    def on_damage(gap: Gap) -> None:
        gaps.append(gap)
        if on_gap is not None:
            on_gap(gap)

    salvage = on_gap is not None
    records = (
        salvage_records(stream, file=file, on_gap=on_damage) if salvage else read_records(stream, file=file)
    )
    event = _Event()
    try:
        for record in records:
            if gaps:
                gaps.clear()
                if event.metadata is not None:
                    yield from _close(event, file)
                    event = _Event()
                event.suspect = True
            if _is_done(event, record.type):
                yield from _close(event, file)
                event = _Event(suspect=event.suspect and event.metadata is None)
            try:
                _take(event, record)
            except WarcError:
                if not salvage:
                    raise
                # Its gap is told before the next record comes.
    except WarcError:
        yield from _close(event, file)
        raise
    yield from _close(event, file)


def _is_done(event: _Event, kind: str) -> bool:
    """Whether a record of this kind is no part of the event."""
    return (
        (event.metadata is not None and kind != "conversion")
        or kind == "warcinfo"
        or len(event.hops) >= MAX_HOPS
    )


def _take(event: _Event, record: WarcRecord) -> None:
    kind = record.type
    if kind in ("response", "revisit"):
        event.hops.append(_hop(record))
    elif kind == "metadata":
        _take_metadata(event, record)
    elif kind == "conversion" and event.metadata is not None:
        event.meta_length += record.finish()


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
    line = status_line.parse(head)
    status = line.status if line else 0
    fields = parse_fields(head.partition(b"\n")[2])
    headers = {name.lower(): value for name, value in reversed(fields)}
    types = [value.decode("latin-1") for name, value in fields if name.lower() == b"content-type"]
    location = headers.get(b"location")
    return StoredHop(
        url=said("WARC-Target-URI") or "",
        captured=said("WARC-Date") or "",
        record_id=said("WARC-Record-ID") or "",
        record=cast(Literal["response", "revisit"], kind),
        offset=record.offset,
        length=record.finish(),
        status=status,
        mime=essence_to_keep(types),
        digest=said("WARC-Payload-Digest"),
        size=record.size - len(head) if kind == "response" else 0,
        truncated=said("WARC-Truncated") if kind == "response" else None,
        location=location.decode("latin-1").strip(" \t\r\n")
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
    if event.suspect and not _sort_out(event, content, record):
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


def _sort_out(event: _Event, content: dict[str, Any], record: WarcRecord) -> bool:
    """Tell an event's own hops from those of events whose end is lost; False where one of its own is lost."""
    exchanges = content.get("exchanges", [])
    if not isinstance(exchanges, list) or not all(isinstance(each, dict) for each in exchanges):
        return False
    urls = [each.get("url") for each in exchanges if each.get("status")]
    first = len(event.hops) - len(urls)
    own = event.hops[max(first, 0) :]
    if [hop.url for hop in own] != urls or (own and record.get("WARC-Concurrent-To") != own[-1].record_id):
        return False
    event.others, event.hops = event.hops[:first], own
    return True


def _close(event: _Event, file: str) -> Iterator[StoredCapture]:
    for hop in event.others:
        yield StoredCapture([hop], {}, hop.offset, 0, file)
    if event.metadata is not None:
        yield StoredCapture(event.hops, event.metadata, event.meta_offset, event.meta_length, file)
    else:
        for hop in event.hops:
            yield StoredCapture([hop], {}, hop.offset, 0, file)

"""Reads captures back from a WARC file alone, for rebuilds of the table (D1)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import IO, Any, Literal, cast

from pressmark.errors import WarcError
from pressmark.http.media import essence_to_keep
from pressmark.http.wire import status_line
from pressmark.http.wire.response import parse_fields
from pressmark.warc import stated
from pressmark.warc.records import METADATA_URI
from pressmark.warc.salvage import Gap, salvage_records
from pressmark.warc.stored import StoredCapture, StoredHop
from pressmark.warc.stream import WarcRecord, read_records

MAX_METADATA_BYTES = 16 * 1024 * 1024
"""A metadata record larger than this was not written by Pressmark."""

MAX_HOPS = 1000
"""How many responses are held until the metadata record of their event is read; another tool's file has none."""

_OTHER_STATUS_LINE = re.compile(
    rb"(?:\xef\xbb\xbf)?[\r\n \t]*(?:[A-Z]{3,12}/[\d.]*|ICY)[ \t]+(\d{3})", re.IGNORECASE
)
"""A status line of another protocol than HTTP, or behind a byte order mark or empty lines: some archives hold such
responses, and Pressmark stores none."""

_REDIRECTS = (301, 302, 303, 307, 308)


class Passed(WarcError):  # noqa: N818 - reported, not raised
    """A record that is whole and is not a capture of a web page. kind: its URL's scheme, or what it is instead."""

    def __init__(self, kind: str, *, file: str, offset: int, url: str) -> None:
        super().__init__(f"not a web page: {kind}", file=file, offset=offset, url=url)
        self.kind = kind


Told = Callable[[WarcError], None]
"""Called for a record that no capture is made of: with a :class:`Passed`, or a WarcError if the record is at fault."""


@dataclass(slots=True)
class _Event:
    """The records of one capture event, as far as they have been read.

    suspect: a record of it may be lost. others: hops of events whose metadata record is lost.
    """

    hops: list[StoredHop] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    meta_offset: int = 0
    meta_length: int = 0
    suspect: bool = False
    others: list[StoredHop] = field(default_factory=list)


def read_captures(
    stream: IO[bytes],
    *,
    file: str,
    on_gap: Callable[[Gap], None] | None = None,
    on_fault: Told = lambda _fault: None,
) -> Iterator[StoredCapture]:
    """Yield each capture event of a WARC file in order; ``file``: its key, for rows and errors.

    Responses that no Pressmark metadata record closes (another tool's WARC) are yielded one by one with
    empty metadata. Memory is bounded whatever the file's size. Without ``on_gap``, raises WarcError if the file is
    damaged, after everything before the damage was yielded.

    on_gap: called for damage, before any event is yielded that may have lost a record to it; reading then continues.
    What is left of an event that lost a response or its metadata is yielded response by response, with empty metadata.

    on_fault: called for each record that could be read but is not used, with or without ``on_gap``.
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
                _take(event, record, on_fault)
            except WarcError:
                if not salvage:
                    raise
                # Its gap is reported before the next record comes.
    except WarcError:
        yield from _close(event, file)
        raise
    yield from _close(event, file)


def _is_done(event: _Event, kind: str) -> bool:
    """Whether a record of this kind does not belong to the event."""
    return (
        (event.metadata is not None and kind != "conversion")
        or kind == "warcinfo"
        or len(event.hops) >= MAX_HOPS
    )


def _take(event: _Event, record: WarcRecord, on_fault: Told) -> None:
    kind = record.type
    if kind in ("response", "revisit", "resource"):
        hop = captured(record)
        if record.fault:
            on_fault(record.fault)
        if isinstance(hop, WarcError):
            # If the file is Pressmark's, the metadata record counts this response, too.
            event.suspect = event.suspect or not isinstance(hop, Passed)
            on_fault(hop)
        else:
            event.hops.append(hop)
    elif kind == "metadata":
        _take_metadata(event, record, on_fault)
    elif kind == "conversion":
        if event.metadata is not None:
            # Between two records of a file that is not compressed is a separator, which is of neither.
            event.meta_length = record.offset + record.finish() - event.meta_offset
    elif kind not in ("warcinfo", "request"):
        record.finish()
        what = f"{kind[:40]} record" if kind else "record without a type"
        on_fault(Passed(what, file=record.file, offset=record.offset, url=record.url))


def captured(record: WarcRecord, block: bytes | None = None) -> StoredHop | WarcError:
    """Read a response, revisit or resource to its end; return what it says, or why it cannot be a capture.

    block: the beginning of its block, if the record was read to its end already. Raises WarcError for damage.
    """
    hop = _hop(record, block)
    return _fault(record, hop) or _at_its_time(hop)


def _fault(record: WarcRecord, hop: StoredHop) -> WarcError | None:
    """Say why a record, read to its end, cannot be a capture; None if it can."""
    scheme = stated.scheme(hop.url)
    if scheme not in ("http", "https"):
        what = scheme or "no URL"
        return Passed(what, file=record.file, offset=record.offset, url=hop.url)
    try:
        stated.check_url(hop.url)
        stated.capture_time(hop.captured, hop.url)
    except ValueError as error:
        return WarcError(f"not used: {error}", file=record.file, offset=record.offset, url=hop.url)
    return None


def _at_its_time(hop: StoredHop) -> StoredHop:
    refers_to = hop.refers_to_date
    if refers_to is not None:
        try:
            refers_to = stated.capture_time(refers_to, hop.refers_to_url or hop.url)
        except ValueError:
            refers_to = None
    return replace(hop, captured=stated.capture_time(hop.captured, hop.url), refers_to_date=refers_to)


def _head(record: WarcRecord, block: bytes | None) -> bytes:
    """Return the HTTP head at the beginning of a record's block, its empty line included; empty if it is not HTTP."""
    if block is not None:
        length = stated.head_length(block)
        return block if length is None else block[:length]
    return stated.read_head(iter(partial(record.read, 16384), b""))[0]


def _hop(record: WarcRecord, block: bytes | None) -> StoredHop:
    said, kind = record.get, record.type
    head = b"" if kind == "resource" else _head(record, block)
    line = status_line.parse(head)
    other = None if line else _OTHER_STATUS_LINE.match(head)
    status = line.status if line else int(other[1]) if other else 0
    fields = parse_fields(head.partition(b"\n")[2])
    headers = {name.lower(): value for name, value in reversed(fields)}
    types = [value.decode("latin-1") for name, value in fields if name.lower() == b"content-type"]
    if kind == "resource":
        types = [said("Content-Type") or ""]
    location = headers.get(b"location")
    refers_to = said("WARC-Refers-To-Target-URI")
    return StoredHop(
        url=record.url,
        captured=said("WARC-Date") or "",
        record_id=said("WARC-Record-ID") or "",
        record=cast(Literal["response", "revisit", "resource"], kind),
        offset=record.offset,
        length=record.finish(),
        status=status,
        mime=essence_to_keep(types),
        digest=said("WARC-Payload-Digest") or (said("WARC-Block-Digest") if kind == "resource" else None),
        size=record.size - len(head) if kind != "revisit" else 0,
        truncated=_truncated(record) if kind != "revisit" else None,
        location=location.decode("latin-1").strip(" \t\r\n")
        if location is not None and status in _REDIRECTS
        else None,
        profile=said("WARC-Profile"),
        refers_to_url=stated.target_uri(refers_to) if refers_to else None,
        refers_to_date=said("WARC-Refers-To-Date"),
    )


def _truncated(record: WarcRecord) -> str | None:
    """Return WARC-Truncated; a first segment lacks what its continuation records hold (ISO 28500:2017 section 7)."""
    return record.get("WARC-Truncated") or ("segmented" if record.get("WARC-Segment-Number") else None)


def _take_metadata(event: _Event, record: WarcRecord, on_fault: Told) -> None:
    is_ours = record.url.startswith(METADATA_URI)
    text = b""
    while len(text) < MAX_METADATA_BYTES and (piece := record.read(MAX_METADATA_BYTES)):
        text += piece
    length = record.finish()
    try:
        content = stated.read_facts(text)
    except ValueError as error:
        if is_ours:  # other tools write warc-fields, or what they like
            reason = f"not used: the metadata record is not what Pressmark writes: {error}"[:200]
            on_fault(WarcError(reason, file=record.file, offset=record.offset, url=record.url))
        return
    if event.suspect and not _sort_out(event, content, record):
        return
    if not event.hops:
        hop = StoredHop(
            url=record.url.removeprefix(METADATA_URI),
            captured=record.get("WARC-Date") or "",
            record_id=record.get("WARC-Record-ID") or "",
            record="metadata",
            offset=record.offset,
            length=length,
        )
        if fault := _fault(record, hop):
            on_fault(fault)
            return
        event.hops.append(_at_its_time(hop))
    event.metadata, event.meta_offset, event.meta_length = content, record.offset, length


def _sort_out(event: _Event, content: dict[str, Any], record: WarcRecord) -> bool:
    """Separate an event's hops from those of events whose end is lost; return False if one of its own is lost."""
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

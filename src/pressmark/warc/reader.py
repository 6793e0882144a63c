"""Captures read back from a WARC file alone: what a rebuild of the table starts from (D1)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import IO, Any, Literal, cast

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from pressmark.errors import WarcError
from pressmark.warc.records import METADATA_URI
from pressmark.warc.stored import StoredCapture, StoredHop
from pressmark.wire.response import parse_fields

MAX_HEAD_BYTES = 1024 * 1024
"""A response head is looked for in so much of a block; fetching keeps heads far below."""

MAX_METADATA_BYTES = 16 * 1024 * 1024
"""A metadata record larger than this was not written by Pressmark."""

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
    iterator = ArchiveIterator(stream, no_record_parse=True)
    try:
        for record in iterator:
            kind = record.rec_type
            if event.metadata is not None and kind != "conversion":
                yield _close(event, file)
                event = _Event()
            block = _Block(record)
            if kind in ("response", "revisit"):
                hop = _hop(record, kind, block)
                event.hops.append(_placed(hop, iterator, block, record, file))
            elif kind == "metadata":
                _take_metadata(event, record, block, iterator, file)
            elif kind == "conversion" and event.metadata is not None:
                block.drain()
                event.meta_length += _check(iterator, block, record, file)
            else:
                block.drain()
                _check(iterator, block, record, file)
    except ArchiveLoadFailed as error:
        raise WarcError(str(error).strip().splitlines()[0], file=file, offset=iterator.offset) from error
    if event.metadata is not None:
        yield _close(event, file)
    else:
        for hop in event.hops:
            yield StoredCapture([hop], {}, hop.offset, 0, file)


class _Block:
    """A record's block, read bit by bit, with how much of it has been read."""

    def __init__(self, record: ArcWarcRecord) -> None:
        self._stream = record.raw_stream
        self.read_so_far = 0

    def take(self, limit: int) -> bytes:
        """Return at most ``limit`` bytes more."""
        pieces: list[bytes] = []
        while limit > 0 and (piece := self._stream.read(min(limit, 65536))):
            pieces.append(piece)
            limit -= len(piece)
            self.read_so_far += len(piece)
        return b"".join(pieces)

    def drain(self) -> None:
        """Read what is left and forget it."""
        while piece := self._stream.read(65536):
            self.read_so_far += len(piece)

    def head(self) -> bytes:
        """Return the HTTP head the block begins with, without the empty line."""
        seen = b""
        while len(seen) < MAX_HEAD_BYTES and (piece := self.take(16384)):
            seen += piece
            if match := _HEAD_END.search(seen):
                return seen[: match.end()]
        return seen


def _hop(record: ArcWarcRecord, kind: str, block: _Block) -> StoredHop:
    def said(name: str) -> str | None:
        value = record.rec_headers.get_header(name)
        return None if value is None else str(value)

    head = block.head()
    match = _STATUS_LINE.match(head)
    status = int(match[1]) if match else 0
    headers = {name.lower(): value for name, value in reversed(parse_fields(head.partition(b"\n")[2]))}
    media_type = headers.get(b"content-type", b"").decode("latin-1").split(";", 1)[0].strip().lower()
    location = headers.get(b"location")
    length = int(said("Content-Length") or 0)
    return StoredHop(
        url=said("WARC-Target-URI") or "",
        captured=said("WARC-Date") or "",
        record_id=said("WARC-Record-ID") or "",
        record=cast(Literal["response", "revisit"], kind),
        offset=0,
        length=0,
        status=status,
        mime=media_type,
        digest=said("WARC-Payload-Digest"),
        size=max(0, length - len(head)) if kind == "response" else 0,
        truncated=said("WARC-Truncated") if kind == "response" else None,
        location=location.decode("latin-1").strip()
        if location is not None and status in _REDIRECTS
        else None,
        profile=said("WARC-Profile"),
        refers_to_url=said("WARC-Refers-To-Target-URI"),
        refers_to_date=said("WARC-Refers-To-Date"),
    )


def _placed(
    hop: StoredHop, iterator: ArchiveIterator, block: _Block, record: ArcWarcRecord, file: str
) -> StoredHop:
    block.drain()
    length = _check(iterator, block, record, file)
    return replace(hop, offset=int(iterator.get_record_offset()), length=length)


def _take_metadata(
    event: _Event, record: ArcWarcRecord, block: _Block, iterator: ArchiveIterator, file: str
) -> None:
    text = block.take(MAX_METADATA_BYTES)
    block.drain()
    length = _check(iterator, block, record, file)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return  # another tool's: warc-fields, or whatever it likes
    if not isinstance(content, dict) or "pressmark" not in content:
        return
    offset = int(iterator.get_record_offset())
    event.metadata, event.meta_offset, event.meta_length = content, offset, length
    if not event.hops:
        event.hops.append(
            StoredHop(
                url=str(record.rec_headers.get_header("WARC-Target-URI")).removeprefix(METADATA_URI),
                captured=str(record.rec_headers.get_header("WARC-Date")),
                record_id=str(record.rec_headers.get_header("WARC-Record-ID")),
                record="metadata",
                offset=offset,
                length=length,
            )
        )


def _check(iterator: ArchiveIterator, block: _Block, record: ArcWarcRecord, file: str) -> int:
    """Return the record's length in the file; raises WarcError where the block is shorter than it says."""
    declared = int(record.rec_headers.get_header("Content-Length") or 0)
    offset = int(iterator.get_record_offset())
    if block.read_so_far != declared:
        raise WarcError(
            f"the record's block has {block.read_so_far} bytes, its Content-Length says {declared}",
            file=file,
            offset=offset,
            url=record.rec_headers.get_header("WARC-Target-URI"),
        )
    return int(iterator.get_record_length())


def _close(event: _Event, file: str) -> StoredCapture:
    return StoredCapture(event.hops, event.metadata or {}, event.meta_offset, event.meta_length, file)

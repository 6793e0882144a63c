"""One WARC file an invocation (D2): warcinfo first, then each capture event's records together."""

import io
import re
import tempfile
import threading
import zlib
from dataclasses import replace
from datetime import datetime
from typing import IO, cast

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pressmark.clock import REAL, Outside, iso_utc
from pressmark.errors import ArchiveError
from pressmark.http.exchange import Exchange
from pressmark.settings import Settings
from pressmark.warc import records
from pressmark.warc.event import Capture
from pressmark.warc.member import Member
from pressmark.warc.records import Record
from pressmark.warc.stored import NOT_MODIFIED, StoredCapture, StoredHop

SPOOL_BYTES = 16 * 1024 * 1024
"""A file that is being written stays in memory up to this size; beyond it, it is in /tmp."""


_DAMAGED = "the disk did not keep what was written"


def file_name(prefix: str, moment: datetime, host: str, serial: int = 0) -> str:
    """Return ``prefix-timestamp-serial-host.warc.gz`` (ISO 28500:2017 annex C.1)."""
    stamp = f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"
    return f"{prefix}-{stamp}-{serial:05d}-{host}.warc.gz"


def file_key(name: str, moment: datetime) -> str:
    """Return the S3 key: dated folders, so that a day can be listed and keys spread over prefixes."""
    return f"warcs/{moment.year:04}/{moment:%m/%d}/{name}"  # %Y has no zeros in front on Linux


class _Writer(WARCWriter):  # type: ignore[misc]  # warcio has no types
    """warcio's writer, with nothing left to guess: every header is ready when it gets a record."""

    def ensure_digest(self, record: object, block: bool = True, payload: bool = True) -> None:
        """Do nothing: digests are there, and metadata records carry no payload digest."""


class _Block(io.RawIOBase):
    """A record's block as the file that warcio reads from; tells the gzip member when the stored part begins."""

    def __init__(self, record: Record, member: Member) -> None:
        self._chunks = record.chunks()
        self._member = member
        self._compressed = record.compressed
        self._pieces = 0
        self.given = 0

    def read(self, _size: int = -1) -> bytes:
        for chunk in self._chunks:
            self._pieces += 1
            if self._pieces == 2 and self._compressed:
                self._member.store()
            if chunk:
                self.given += len(chunk)
                return chunk
        return b""


class WarcFile:
    """A WARC file that is being written. ``add`` may be called from many threads.

    name: its WARC-Filename. key: its key in the bucket. size: bytes so far. crc32: of all bytes so far, computed
    as they were made, so that a disk that did not keep them is noticed when the file is stored.
    """

    def __init__(self, settings: Settings, *, host: str, outside: Outside = REAL) -> None:
        """host: distinguishes this file's name from that of another writer in the same millisecond."""
        self._outside = outside
        self._lock = threading.Lock()
        self._file = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES))  # noqa: SIM115 - see close
        self.captures = 0
        moment = outside.now()
        host = re.sub(r"[^A-Za-z0-9.]+", "", host)[:64] or "local"
        prefix = re.sub(r"[^A-Za-z0-9_]+", "_", settings.warc_prefix)[:64] or "pressmark"
        self.name = file_name(prefix, moment, host)
        self.key = file_key(self.name, moment)
        self._info_id = outside.record_id()
        info = records.warcinfo(
            settings, record_id=self._info_id, date=iso_utc(moment), filename=self.name, host=host
        )
        self.size = _write(self._file, info, None)
        self._sealed = ""
        self._file.seek(0)
        self.crc32 = zlib.crc32(self._file.read())

    def add(self, capture: Capture) -> StoredCapture:
        """Write a capture event; return it with its place in the file.

        The event is assembled apart and appended in one go, so a failure half way leaves the file whole.
        Raises ArchiveError when the file is sealed, OSError when the disk is full.
        """
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as apart:
            stored = self._write_event(cast(IO[bytes], apart), capture)
            with self._lock:
                if self._sealed:
                    raise ArchiveError(f"{self.name}: {self._sealed}")
                start, crc32 = self._file.seek(0, io.SEEK_END), self.crc32
                apart.seek(0)
                try:
                    while chunk := apart.read(1 << 20):
                        self._file.write(chunk)
                        crc32 = zlib.crc32(chunk, crc32)
                except BaseException:
                    self._take_back(start)
                    raise
                self.size, self.crc32 = self._file.tell(), crc32
                self.captures += 1
        return _moved(stored, start, self.key)

    def seal(self) -> None:
        """Accept no more events: a page that comes too late must not change a file that is being stored."""
        with self._lock:
            self._sealed = self._sealed or "the file is closed: the batch is being stored"

    def open(self) -> IO[bytes]:
        """Seal the file and return it, rewound. Raises ArchiveError if it is damaged."""
        self.seal()
        if self._sealed == _DAMAGED:
            raise ArchiveError(f"{self.name}: {_DAMAGED}")
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Release memory and disk."""
        self.seal()
        self._file.close()

    def _take_back(self, start: int) -> None:
        """Undo an append that the disk had no room for.

        A SpooledTemporaryFile that fails while it moves from memory to disk has lost what it held, so what is
        left is read once more.
        """
        try:
            self._file.truncate(start)
            self._file.seek(0)
            crc32 = 0
            while chunk := self._file.read(1 << 20):
                crc32 = zlib.crc32(chunk, crc32)
            whole = crc32 == self.crc32 and self._file.tell() == start
        except OSError:
            whole = False
        if not whole:
            self._sealed = _DAMAGED

    def _write_event(self, out: IO[bytes], capture: Capture) -> StoredCapture:
        answered = [exchange for exchange in capture.exchanges if exchange.status]
        hops = [self._write_exchange(out, exchange, capture) for exchange in answered]
        last = hops[-1] if hops else None
        is_one_page = last is not None and capture.requisites is None
        url = last.url if last and is_one_page else capture.request.url
        date = last.captured if last else iso_utc(capture.started)
        response_id = last.record_id if last else None
        record_id = self._outside.record_id()
        start = out.tell()
        facts = records.metadata_json(capture)
        if capture.requisites is not None:
            from pressmark.warc import requisites  # imported here, as in pressmark.warc.event

            listed = requisites.facts(capture.requisites, hops, answered, capture.earlier, start)
            facts = records.as_read(facts | listed)
        record = records.metadata(facts, record_id=record_id, response_id=response_id, url=url, date=date)
        length = _write(out, record, self._info_id)
        if last is None:
            hops.append(StoredHop(url, date, record_id, "metadata", start, length))
        elif capture.text and last.record == "response":
            text = records.conversion(
                capture.text,
                record_id=self._outside.record_id(),
                response_id=last.record_id,
                url=url,
                date=date,
            )
            _write(out, text, self._info_id)
        return StoredCapture(hops, facts, start, out.tell() - start)

    def _write_exchange(self, out: IO[bytes], exchange: Exchange, capture: Capture) -> StoredHop:
        response_id = self._outside.record_id()
        record = records.response(exchange, record_id=response_id, earlier=capture.earlier.get(exchange.url))
        offset = out.tell()
        length = _write(out, record, self._info_id)
        request_id = self._outside.record_id()
        _write(out, records.request(exchange, record_id=request_id, response_id=response_id), self._info_id)
        said = dict(record.headers)
        not_modified = said.get("WARC-Profile") == NOT_MODIFIED
        return StoredHop(
            url=exchange.url,
            captured=said["WARC-Date"],
            record_id=response_id,
            record="revisit" if record.type == "revisit" else "response",
            offset=offset,
            length=length,
            # A rebuild has only what is in the file, and the block of a 304 revisit is empty.
            status=0 if not_modified else exchange.status,
            mime="" if not_modified else exchange.media_type,
            digest=said.get("WARC-Payload-Digest"),
            size=record.body.size if record.body else 0,
            truncated=None if record.type == "revisit" else exchange.truncated,
            location=exchange.redirect,
            profile=said.get("WARC-Profile"),
            refers_to_url=said.get("WARC-Refers-To-Target-URI"),
            refers_to_date=said.get("WARC-Refers-To-Date"),
        )


def _write(out: IO[bytes], record: Record, info_id: str | None) -> int:
    """Write one record as one gzip member; return the member's length."""
    start = out.tell()
    headers = list(record.headers)
    if info_id is not None:
        headers.append(("WARC-Warcinfo-ID", info_id))
    headers.append(("WARC-Block-Digest", record.block_digest()))
    member = Member(out)
    writer = _Writer(member, gzip=False, warc_version="1.1")
    block = _Block(record, member)
    writer.write_record(
        ArcWarcRecord(
            "warc",
            # warcio leaves out the block of a record of type revisit; WARC-Type is in the headers already.
            "response" if record.type == "revisit" else record.type,
            StatusAndHeaders("", headers, protocol="WARC/1.1"),
            block,
            None,
            record.content_type,
            record.length,
        )
    )
    if block.given != record.length:  # a record that is not what its headers say must never be stored
        raise ArchiveError(
            f"{record.type}: {block.given} bytes written, its Content-Length says {record.length}"
        )
    return out.tell() - start


def _moved(stored: StoredCapture, by: int, key: str) -> StoredCapture:
    hops = [replace(hop, offset=hop.offset + by) for hop in stored.hops]
    return StoredCapture(hops, stored.metadata, stored.meta_offset + by, stored.meta_length, key)

"""One source of an import: what is in it, and the WARC files that are made from it."""

import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import IO, Any, cast

from pressmark import __version__, json_text
from pressmark.archive.compacted import MARK
from pressmark.archive.content import unchunked
from pressmark.archive.folder_files import Entry, FolderFiles
from pressmark.archive.items import Faults, Gaps
from pressmark.archive.parts import Kept
from pressmark.clock import parse_iso
from pressmark.errors import WarcError
from pressmark.http.exchange import Exchange
from pressmark.http.sniffing import may_be_html
from pressmark.http.wire.response import parse_fields
from pressmark.reading.process import ReadingError, Reads
from pressmark.upkeep.reextract import SECONDS
from pressmark.warc import records, stated
from pressmark.warc.convert import record_id, write_member
from pressmark.warc.member import Member
from pressmark.warc.reader import Passed, captured
from pressmark.warc.records import METADATA_URI
from pressmark.warc.requisites import is_list
from pressmark.warc.salvage import salvage_records
from pressmark.warc.stored import StoredHop
from pressmark.warc.stream import WarcRecord
from pressmark.warc.unpack import as_records
from pressmark.warc.writer import file_key

PART_BYTES = 1 << 30
"""A source is split into files of about this size; S3 takes 5 GB in one PUT, and a rebuild reads files side by side."""

MAX_PAGE_BYTES = 16 * 1024 * 1024
"""The longest record whose page is read for its article."""

MAX_LIST_BYTES = 4 * 1024 * 1024
"""The longest metadata record that is read to see whether it is a list of requisites. One of 300 has 150 KB."""

NO_DAY = "1996-01-01T00:00:00.000000Z"

_CAPTURES = ("response", "revisit", "resource")


@dataclass(slots=True)
class Imported:
    """The result for one source.

    name: its path. key: of its first file in the archive. captures, articles: how many are in it. requisites:
    captures that are pictures, style sheets and the like of others, as Pressmark's own files say. robots: captures of
    robots.txt files, as these say. known: whether it was there already. unpacked: how it was compressed, if its records
    had to be compressed one by one. passed: records that are not of web pages, by kind; they are kept. damage: what
    could not be used, as far as it is kept. unread: pages that were imported without their article, and why. records:
    how many of each type were met.
    """

    name: str
    key: str = ""
    captures: int = 0
    requisites: int = 0
    robots: int = 0
    articles: int = 0
    known: bool = False
    unpacked: str = ""
    passed: Counter[str] = field(default_factory=Counter)
    damage: list[WarcError] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    records: Counter[str] = field(default_factory=Counter)

    @property
    def outcome(self) -> str:
        """``imported``, ``known``, or ``unusable``."""
        return "known" if self.known else "imported" if self.captures else "unusable"

    @property
    def pages(self) -> int:
        """Captures as ``rebuild`` and ``export`` count them: without requisites."""
        return self.captures - self.requisites


class Source:
    """A source that is being imported.

    sha256: of its bytes. ours: whether Pressmark wrote it, with the articles that it read. own_key: if it is a whole
    file of Pressmark's, the key by which other files of the archive know it.
    """

    def __init__(self, files: FolderFiles, entry: Entry, sha256: str, done: Imported) -> None:
        self._files = files
        self._entry = entry
        self.sha256 = sha256
        self._done = done
        self.ours = False
        self.own_key = ""

    def look(self) -> str:
        """Read all of it; note what is in it and what is wrong with it, and return when its first capture was made."""
        gaps, faults = Gaps(), Faults()
        earliest = "~"  # above every date
        of_event = 0
        for record in self._records(gaps):
            self._done.records[record.type] += 1
            try:
                if record.type == "warcinfo" and not record.offset:
                    self.own_key = _own_key(record)
                self.ours = self.ours or record.url.startswith(METADATA_URI)
                if record.type == "metadata":
                    facts = _own_facts(record)
                    self._done.requisites += of_event if is_list(facts) else 0
                    self._done.robots += facts.get("purpose") == "robots"
                    self._done.articles += "article" in facts
                    of_event = 0
                found = captured(record) if record.type in _CAPTURES else None
                record.finish()
            except WarcError:
                continue  # its gap is reported
            if record.fault:
                faults(record.fault)
            if isinstance(found, WarcError):
                faults(found)
            elif found is not None:
                self._done.captures += 1
                of_event += 1
                earliest = min(earliest, found.captured)
        self._done.damage += gaps.told + faults.told
        self._done.passed += faults.passed
        if self._done.damage or self._done.unpacked or not self.ours:
            self.own_key = ""
        return earliest if self._done.captures else NO_DAY

    def write(self, reads: Reads | None) -> Iterator[IO[bytes]]:
        """Yield the files to store."""
        out = self._begin()
        for record in self._records(lambda _gap: None):
            start = out.tell()
            if start > PART_BYTES:
                yield out
                out = self._begin()
                start = out.tell()
            try:
                self._copy(record, out, reads)
            except WarcError:  # reported when it was looked at
                out.seek(start)
                out.truncate()
        yield out

    def _records(self, on_gap: Callable[[Any], None]) -> Iterator[WarcRecord]:
        try:
            with closing(self._files.open(self._entry.key)) as raw:
                stream, self._done.unpacked = as_records(raw, file=self._entry.key)
                yield from salvage_records(stream, file=self._entry.key, on_gap=on_gap)
        except WarcError as error:
            on_gap(error)

    def _begin(self) -> IO[bytes]:
        out = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - closed when it is stored
        facts = {
            "software": f"imported by Pressmark/{__version__}",
            "format": "WARC File Format 1.1",
            "description": f"made from {_line(self._entry.key)}, sha256:{self.sha256}",
        }
        if self._done.unpacked:
            facts["description"] += f" ({self._done.unpacked}; its records were compressed one by one)"
        block = "".join(f"{name}: {value}\r\n" for name, value in facts.items()).encode()
        header = {"WARC-Type": "warcinfo", "Content-Type": "application/warc-fields"}
        _write(out, header, block, NO_DAY, record_id(self.sha256, "warcinfo"))
        return out

    def _copy(self, record: WarcRecord, out: IO[bytes], reads: Reads | None) -> None:
        """Write a record and, after a capture, the article that was read from it."""
        block = tempfile.SpooledTemporaryFile(max_size=MAX_PAGE_BYTES)  # noqa: SIM115 - below
        with block:
            wanted = reads is not None and record.type == "response" and record.size <= MAX_PAGE_BYTES
            kept = MAX_PAGE_BYTES if wanted else 64 * 1024

            def tee(piece: bytes) -> None:
                if block.tell() < kept:
                    block.write(piece[: kept - block.tell()])

            record_type = record.type
            write_member(record, out, tee)
            if record_type not in _CAPTURES or self.ours:
                self._done.captures += record_type in _CAPTURES
                return
            block.seek(0)
            begins = block.read()
        found = captured(record, begins)
        if isinstance(found, Passed):
            return
        if isinstance(found, WarcError):
            raise found
        self._done.captures += 1
        facts, text = self._facts(record, found, begins, reads if wanted else None)
        about = {
            "WARC-Type": "metadata",
            "WARC-Target-URI": METADATA_URI + found.url,
            "WARC-Concurrent-To": record.get("WARC-Record-ID") or "",
            "Content-Type": "application/json",
        }
        data = json_text.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        _write(out, about, data, found.captured, record_id(self.sha256, record.offset, "metadata"))
        if text:
            about = {
                "WARC-Type": "conversion",
                "WARC-Target-URI": found.url,
                "WARC-Refers-To": record.get("WARC-Record-ID") or "",
                "Content-Type": "text/plain; charset=utf-8",
            }
            data = text.encode("utf-8", "replace")
            _write(out, about, data, found.captured, record_id(self.sha256, record.offset, "text"))

    def _facts(
        self, record: WarcRecord, found: StoredHop, begins: bytes, reads: Reads | None
    ) -> tuple[dict[str, Any], str]:
        """Return the metadata record's JSON and the article's text."""
        facts: dict[str, Any] = {
            "pressmark": records.FORMAT,
            "software": f"Pressmark/{__version__}",
            "purpose": "page",
            "imported": {
                "file": self._entry.key.rpartition("/")[2],
                "sha256": self.sha256,
                "offset": record.offset,
            },
        }
        if found.status:
            facts["exchanges"] = [{"url": found.url, "status": found.status, "size": found.size}]
        if reads is None or not 200 <= found.status < 300:
            return facts, ""
        length = stated.head_length(begins) or 0
        head, sent = begins[:length], Kept()
        sent.write(begins[length:])
        body = unchunked(head, sent)
        page = Exchange(
            found.url,
            parse_iso(found.captured),
            headers=parse_fields(head.partition(b"\n")[2]),
            body=body,
            status=found.status,
        )
        try:
            read = reads.read(page, SECONDS) if body.size and may_be_html(page) else None
        except ReadingError as error:
            self._done.unread.append(f"{found.url} at {found.captured}: {error}")
            return facts | {"unread": str(error)[:300]}, ""
        finally:
            body.close()
        if read is None or read.article is None:
            return facts, ""
        self._done.articles += 1
        return facts | {"article": read.article, "read": read.part}, read.text or ""


def _own_facts(record: WarcRecord) -> dict[str, Any]:
    """Return the JSON of one of Pressmark's metadata records; empty if it is another's, or is longer than any list."""
    if not record.url.startswith(METADATA_URI) or record.size > MAX_LIST_BYTES:
        return {}
    try:
        return stated.read_facts(b"".join(iter(lambda: record.read(1 << 20), b"")))
    except ValueError:
        return {}


def _own_key(record: WarcRecord) -> str:
    """Return the key of a file that begins with this warcinfo record, if Pressmark wrote it.

    Not of a compacted file: by itself, it has neither its day's folder nor the names of its small files.
    """
    name = record.get("WARC-Filename") or ""
    if name.startswith(MARK):
        return ""
    if b"software: Pressmark/" not in record.peek(64 * 1024) or not re.fullmatch(
        r"[\w.-]{1,200}\.warc\.gz", name
    ):
        return ""
    try:
        return file_key(name, parse_iso(stated.capture_time(record.get("WARC-Date") or "", "http://x/")))
    except ValueError:
        return ""


def _write(out: IO[bytes], header: dict[str, str], block: bytes, date: str, name: str) -> None:
    fields = {**header, "WARC-Date": date, "WARC-Record-ID": name, "Content-Length": str(len(block))}
    fields["WARC-Block-Digest"] = records.digest_text(hashlib.sha1(block, usedforsecurity=False).digest())
    lines = [f"{name}: {_line(value)}" for name, value in fields.items() if value]
    member = Member(out)
    member.write("\r\n".join(["WARC/1.1", *lines, "", ""]).encode("utf-8", "replace") + block + b"\r\n\r\n")
    member.flush()


def _line(text: str) -> str:
    return " ".join(text.split())

"""Reads a damaged WARC file: yields every whole record, and reports the gaps.

Each record is a gzip member of its own, so damage to one need not cost another. After damage, reading continues at the
next offset where a member begins that holds a record. A page's body may itself be a WARC file, stored as it came. So
in a file of Pressmark's, a record that is found after damage must name the file's warcinfo record (WARC-Warcinfo-ID),
whose id no page can know. If such files were joined into one, damage may therefore cost everything up to the end; the
gap says that there were records.
"""

import re
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, cast

from pressmark.errors import WarcError
from pressmark.warc.framing import beginning, first_bytes, frame
from pressmark.warc.records import METADATA_URI
from pressmark.warc.stream import ARC_BEGINS, ArcRecord, WarcRecord, kind_of

MAGIC = b"\x1f\x8b\x08"
"""A gzip member begins with this (RFC 1952 section 2.3)."""

PROBE_BYTES = 1024
"""How much of a member is inflated to see whether it holds a record; a deflate block's own tables take under 400."""

REREAD_BYTES = 64 * 1024 * 1024
"""This many bytes of a file, plus as many as were read so far, may be read twice. Beyond that, the search continues
after what was read, so that a file made to look like records everywhere takes no more than linear time."""

NOT_ALL_TRIED = "; so many places look like records that not all of them were tried"

_PIECE = 16 * 1024
_MEMORY_BYTES = 4 * 1024 * 1024
_BEGINS = re.compile(rb"WARC/\d")


class Gap(WarcError):  # noqa: N818 - reported, in addition to being raised
    """Damage in a WARC file. offset: where the damaged record begins. resumes: where reading goes on; None: nowhere."""

    def __init__(
        self, damage: WarcError, resumes: int | None, *, file: str, refused: int = 0, sparse: bool = False
    ) -> None:
        then = f"reading resumes at {resumes}" if resumes is not None else "no record was found after it"
        if sparse:
            then += NOT_ALL_TRIED
        if refused:
            then += f"; {refused} in between that name another warcinfo record are passed over"
        super().__init__(f"{damage.reason}; {then}", file=file, offset=damage.offset, url=damage.url)
        self.resumes = resumes


def salvage_records(stream: IO[bytes], *, file: str, on_gap: Callable[[Gap], None]) -> Iterator[WarcRecord]:
    """Yield the records of a file, whole or not, in order. on_gap: called for damage before what follows it.

    Reading a record that is not whole raises WarcError, which the caller ignores: the gap says what is wrong. In a
    file that is not compressed, reading continues at the next line that begins a record. Memory is bounded: if a
    record may have to be read again, its bytes beyond 4 MB are kept in a temporary file.
    """
    tape = _Tape(stream)
    info: set[str | None] = set()
    offset, reread, refused, sparse = 0, 0, 0, False
    damage: WarcError | None = None
    kind: type[WarcRecord] | None = None
    begins = _BEGINS
    plain = False
    try:
        while True:
            if damage is not None:
                found = _next_record(tape, offset, begins, plain=plain)
                if found is None:
                    on_gap(Gap(damage, None, file=file, refused=refused, sparse=sparse))
                    return
                offset = found
            tape.forget(offset)
            ahead = beginning(tape, _PIECE)
            if not ahead:
                return
            try:
                if kind is None:
                    kind = kind_of(ahead, file)
                    begins = ARC_BEGINS if kind is ArcRecord else _BEGINS
                    plain = begins.match(ahead) is not None
                framed = frame(tape, ahead, offset, file, arc=kind is ArcRecord)
                record = kind(framed, file)
                if damage is not None and info and record.get("WARC-Warcinfo-ID") not in info:
                    refused += 1
                    offset += 1
                    reread += tape.at - offset
                    continue
                if damage is not None:
                    on_gap(Gap(damage, offset, file=file, refused=refused, sparse=sparse))
                    damage, refused, sparse = None, 0, False
                is_ours = record.type == "warcinfo" and b"software: Pressmark/" in record.peek(_PIECE)
                yield record
                record.finish()
            except WarcError as error:
                damage = damage or error
                if kind is None:  # compressed with zstd: no record can be found in it
                    on_gap(Gap(damage, None, file=file))
                    return
                reread += tape.at - offset
                sparse = sparse or reread > REREAD_BYTES + tape.end
                offset = max(offset + 1, tape.at) if reread > REREAD_BYTES + tape.end else offset + 1
                continue
            if record.type == "warcinfo":
                info = {record.get("WARC-Record-ID")} if is_ours else set()
            elif (named := record.get("WARC-Warcinfo-ID")) and _is_ours(record):
                info.add(named)
            offset += framed.taken
    finally:
        tape.close()


def _is_ours(record: WarcRecord) -> bool:
    return record.type == "metadata" and (record.get("WARC-Target-URI") or "").startswith(METADATA_URI)


def _next_record(tape: "_Tape", offset: int, begins: re.Pattern[bytes], *, plain: bool) -> int | None:
    """Return where the next record begins, from ``offset`` on: a gzip member or, if ``plain``, a line; or None."""
    mark = b"\n" if plain else MAGIC
    tape.forget(offset)
    window, start = b"", offset
    while True:
        piece = tape.read(4 * _PIECE)
        window += piece
        # A candidate is looked at with all of its probe in the window, unless the file ends before.
        last = len(window) - PROBE_BYTES if piece else len(window)
        at = window.find(mark)
        while 0 <= at < last:
            if plain and begins.match(window, at + 1):
                return start + at + 1
            if not plain and begins.match(first_bytes(window[at : at + PROBE_BYTES], PROBE_BYTES)):
                return start + at
            at = window.find(mark, at + 1)
        if not piece:
            return None
        window, start = window[max(last, 0) :], start + max(last, 0)
        tape.forget(start, then=start + len(window))


class _Tape:
    """A stream that can go back to bytes that are still kept. at: its position. end: how far it was read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._kept = _spool()
        self._start = 0
        self.at = 0
        self.end = 0

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes, empty at the end."""
        self._kept.seek(self.at - self._start)
        if self.at < self.end:
            data = self._kept.read(size)
        else:
            data = self._stream.read(size)
            self._kept.write(data)
            self.end += len(data)
        self.at += len(data)
        return data

    def forget(self, before: int, *, then: int | None = None) -> None:
        """Drop the bytes ``before`` an offset, and go there, or to ``then``."""
        self.at = before if then is None else then
        # The rest is copied only if it is the smaller part, so that each byte is copied a bounded number of times.
        if before - self._start < max(_MEMORY_BYTES // 4, self.end - before):
            return
        kept = _spool()
        self._kept.seek(before - self._start)
        while piece := self._kept.read(4 * _PIECE):
            kept.write(piece)
        self._kept.close()
        self._kept, self._start = kept, before

    def close(self) -> None:
        """Release the kept bytes; the stream belongs to the caller."""
        self._kept.close()


def _spool() -> IO[bytes]:
    return cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES))

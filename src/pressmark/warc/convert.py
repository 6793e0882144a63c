"""Writes records of any archive file in a form that every reader can use: WARC, one gzip member each.

Block and header fields stay as they are; only how they are put into a file changes. An ARC record's header line
becomes WARC fields.
"""

import uuid
from collections.abc import Callable
from typing import IO

from pressmark.warc import stated
from pressmark.warc.member import Member
from pressmark.warc.stream import ArcRecord, WarcRecord

_PIECE = 64 * 1024

_NAMESPACE = uuid.UUID("7f6c1a52-6a2c-5f0e-9d42-8c8f1d3c5b10")
"""Namespace of the record ids made here: the same record gets the same id each time."""


def record_id(*facts: object) -> str:
    """Return a WARC-Record-ID made from some facts: the same facts give the same id."""
    return f"<urn:uuid:{uuid.uuid5(_NAMESPACE, ' '.join(map(str, facts)))}>"


def write_member(record: WarcRecord, out: IO[bytes], tee: Callable[[bytes], object] | None = None) -> int:
    """Write a record, of which nothing was read yet, as one gzip member; return the member's length in bytes.

    tee: gets the block, piece by piece. Raises WarcError if the record is damaged; what was written of it by then is
    useless.
    """
    start = out.tell()
    ahead = record.read(_PIECE)
    member = Member(out)
    member.write(_arc_header(record, ahead) if isinstance(record, ArcRecord) else _header(record.header))
    while ahead:
        member.write(ahead)
        if tee is not None:
            tee(ahead)
        ahead = record.read(_PIECE)
    record.finish()
    member.write(b"\r\n\r\n")
    member.flush()
    return out.tell() - start


def _header(raw: bytes) -> bytes:
    """Return a record's header with the line ends that the standard asks for (ISO 28500:2017 section 4)."""
    lines = [line.rstrip(b"\r") for line in raw.split(b"\n")]
    return b"\r\n".join(line for line in lines if line) + b"\r\n\r\n"


def _arc_header(record: ArcRecord, begins: bytes) -> bytes:
    kind = (
        "warcinfo"
        if record.type == "warcinfo"
        else "response"
        if stated.head_length(begins) != 0
        else "resource"
    )
    types = {"warcinfo": "text/plain", "response": "application/http; msgtype=response"}
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": record_id(record.file, record.offset),
        "WARC-Date": _date(record),
        "WARC-Filename" if kind == "warcinfo" else "WARC-Target-URI": record.url,
        "WARC-IP-Address": record.get("WARC-IP-Address") if kind != "warcinfo" else None,
        "Content-Type": types.get(kind) or record.get("Content-Type"),
        "Content-Length": str(record.size),
    }
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    return "\r\n".join(["WARC/1.1", *lines, "", ""]).encode()


def _date(record: ArcRecord) -> str:
    date = record.get("WARC-Date") or ""
    try:
        return stated.capture_time(date, "http://")[:19] + "Z"
    except ValueError:
        return date

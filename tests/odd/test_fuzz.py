"""Every reader of archive files over files bent at random: it reads, or says with WarcError what it cannot."""

import gzip
import io
import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.odd.hostile import files
from tests.odd.records import arc_records, event, http, members, metadata, resource, wacz, warc

from pressmark.archive import content
from pressmark.archive.items import Faults, Gaps, Indexing, items_of_file
from pressmark.archive.rows import check
from pressmark.archive.tombstones import Tombstones
from pressmark.errors import WarcError
from pressmark.settings import INDEX_TERMS
from pressmark.warc.check import check_file, next_record
from pressmark.warc.convert import write_member
from pressmark.warc.reader import read_captures
from pressmark.warc.salvage import salvage_records
from pressmark.warc.stream import read_records
from pressmark.warc.unpack import as_records

URL = "http://odd.example/"

INDEXING = Indexing(bucket="b", terms=INDEX_TERMS, tombstones=Tombstones())

RECORDS = [
    warc(url=URL),
    warc(url="<" + URL + "b>", block=http(gzip.compress(b"x"), "Content-Encoding: gzip")),
    warc("revisit", URL, b"", "WARC-Refers-To-Date: 2026-11-01T12:00:00Z"),
    metadata(json.dumps({"pressmark": 1, "exchanges": [{"status": 200, "url": URL}]}).encode()),
    resource(URL + "r", b"text"),
    warc("request", URL, b"GET / HTTP/1.1\r\n\r\n"),
    warc("conversion", URL, b"words", content_type="text/plain"),
    warc("warcinfo", "", b"software: Pressmark/0\r\n", content_type=None),
]

ARC = arc_records((URL, http()), (URL + "2", b"bare"))

SEEDS = [
    b"".join(RECORDS),
    members(*RECORDS),
    gzip.compress(b"".join(RECORDS)),
    b"".join(ARC),
    members(*ARC),
    event({"article": {"title": "The ferry"}, "request": {"tags": ["x"]}}),
    wacz({"data.warc.gz": members(*RECORDS)}),
]

PIECES = [
    b"\r\n\r\n",
    b"WARC/1.0\r\n",
    b"\x1f\x8b\x08",
    b"\n",
    b"\0" * 40,
    b"9" * 30,
    b"Content-Length: 7\r\n",
    b"[" * 300,
]


@st.composite
def bent(draw: Callable[..., object]) -> bytes:
    """A file with some places cut out, turned, or filled with what should not be there."""
    data = bytearray(draw(st.sampled_from(SEEDS)))  # type: ignore[arg-type]
    for _ in range(int(draw(st.integers(0, 4)))):  # type: ignore[call-overload]
        at = int(draw(st.integers(0, max(0, len(data) - 1))))  # type: ignore[call-overload]
        how = draw(st.sampled_from(["cut", "bit", "put", "drop", "bytes"]))
        if how == "cut":
            del data[at:]
        elif how == "bit" and data:
            data[at] ^= 1 << int(draw(st.integers(0, 7)))  # type: ignore[call-overload]
        elif how == "put":
            data[at:at] = draw(st.sampled_from(PIECES))  # type: ignore[call-overload]
        elif how == "drop":
            del data[at : at + int(draw(st.integers(1, 40)))]  # type: ignore[call-overload]
        else:
            data[at:at] = draw(st.binary(max_size=20))  # type: ignore[call-overload]
    return bytes(data)


def examples(function: Callable[..., None]) -> Callable[..., None]:
    """Every odd file that is known, too."""
    for _, data in list(files().values())[::4]:
        function = example(data)(function)
    return function


@pytest.mark.slow
@examples
@given(bent())
def test_every_reader_gives_what_it_can_and_nothing_but_warc_errors(data: bytes) -> None:
    with suppress(WarcError):
        for record in read_records(io.BytesIO(data), file="f"):
            record.finish()
    with suppress(WarcError):
        list(read_captures(io.BytesIO(data), file="f"))
    with suppress(WarcError):
        list(check_file(io.BytesIO(data), file="f"))
    assert next_record(io.BytesIO(data), 1) is None or len(data) > 1
    with suppress(WarcError):
        content.records(data, file="f", offset=0)
    gaps, faults = Gaps(), Faults()
    for stored, items in items_of_file(io.BytesIO(data), "f", INDEXING, on_gap=gaps, on_fault=faults):
        assert stored.hops
        for item in items:
            check(item)


@pytest.mark.slow
@given(bent())
def test_what_can_be_read_can_be_written_and_is_the_same(data: bytes) -> None:
    """An import of a bent file makes a sound one, with the blocks that the bent one gives."""
    out, blocks = io.BytesIO(), []
    with suppress(WarcError):
        stream, _ = as_records(io.BytesIO(data), file="f")
        for record in salvage_records(stream, file="f", on_gap=lambda _gap: None):
            start = out.tell()
            block = bytearray()
            try:
                write_member(record, out, block.extend)
                blocks.append(bytes(block))
            except WarcError:
                out.seek(start)
                out.truncate()
    written = []
    for record in read_records(io.BytesIO(out.getvalue()), file="f"):
        block = bytearray()
        while piece := record.read(100):
            block += piece
        written.append(bytes(block))
    assert written == blocks

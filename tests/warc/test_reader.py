"""Captures read back from the file alone are, to the letter, what the writer said it wrote."""

import gzip
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.warc.captures import (
    SHAPES,
    START,
    TAGGED,
    URL,
    capture,
    chunked,
    close_all,
    earlier,
    everything,
    exchange,
    http,
    warc_file,
)
from tests.warc.validator import members, sha1, validate

from pressmark.archive import rows
from pressmark.errors import PermanentError, TransientError, WarcError
from pressmark.queues.message import CaptureRequest
from pressmark.warc.event import Capture
from pressmark.warc.framing import PIECE
from pressmark.warc.reader import read_captures
from pressmark.warc.stored import StoredCapture
from pressmark.warc.stream import read_records


def both(captures: Sequence[Capture]) -> tuple[bytes, list[StoredCapture], list[StoredCapture]]:
    """The file, what the writer says is in it, and what the reader finds."""
    file = warc_file()
    stored = [file.add(each) for each in captures]
    data = file.open().read()
    return data, stored, list(read_captures(io.BytesIO(data), file=file.key))


def test_every_kind_of_capture_is_read_as_it_was_written() -> None:
    _, stored, read = both(everything())
    assert len(read) == len(everything())
    for ours, theirs in zip(stored, read, strict=True):
        assert theirs == ours


TOKENS = st.text(alphabet="abcXYZ-012", min_size=1, max_size=8)
VALUES = st.text(
    alphabet=st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20
)
HEADERS = st.lists(
    st.one_of(
        st.tuples(TOKENS, VALUES),
        st.tuples(st.sampled_from(["Content-Type", "content-TYPE"]), VALUES),
        st.tuples(st.sampled_from(["Location", "ETag", "Last-Modified", "Content-Encoding"]), VALUES),
        st.tuples(st.just("Content-Length"), st.sampled_from(["0", "3", "9999", "x"])),
    ),
    max_size=6,
)
LINES = st.sampled_from(["", "no colon", ": no name", " folded on", "\tContent-Length: 5"])
STATUSES = st.sampled_from(
    ["200 OK", "200", "301 Moved", "302 ", "304 Not Modified", "204 No", "404 x", "503 \xe9", "999"]
)
BODIES = st.one_of(
    st.binary(max_size=200), st.just(b"<p>hello</p>"), st.just(b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
)


@st.composite
def raws(draw: st.DrawFn) -> bytes:
    end = draw(st.sampled_from(["\r\n", "\n"]))
    lines = [
        "HTTP/1." + draw(st.sampled_from("01")) + draw(st.sampled_from([" ", "  ", "\t"])) + draw(STATUSES)
    ]
    for name, value in draw(HEADERS):
        lines.append(f"{name}{draw(st.sampled_from([': ', ':', ' :']))}{value}")
        if extra := draw(LINES):
            lines.append(extra)
    body = draw(BODIES)
    if draw(st.booleans()):
        lines.append("Transfer-Encoding: chunked")
        body = b"%x\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    raw = (end.join(lines) + end + end).encode("latin-1") + body
    return raw[: draw(st.integers(0, len(raw)))] if draw(st.integers(0, 9)) == 0 else raw


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ARTICLES = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "title": st.none() | st.text(max_size=600),
        "authors": st.lists(st.text(max_size=120), max_size=25),
        "tags": st.lists(st.text(max_size=10), max_size=25),
        "section": st.none() | st.text(max_size=120),
        "published": st.none()
        | st.sampled_from(["2026-11-23", "2026-11-23T20:00:00+05:30", "0001-01-01T00:00:00+14:00"]),
        "image": st.none()
        | st.fixed_dictionaries({"url": st.text(max_size=20), "caption": st.none() | st.text(max_size=9)}),
        "word_count": st.integers(0, 10**6),
        "is_paywalled": st.none() | st.booleans(),
        "canonical_url": st.none() | st.text(max_size=20),
        "other": JSON,
    },
)  # fmt: skip
ERRORS = st.none() | st.builds(
    lambda kind, reason: kind("not-found", reason, url=URL),
    st.sampled_from([PermanentError, TransientError]),
    st.text(max_size=400),
)


@st.composite
def captures(draw: st.DrawFn) -> Capture:
    path = st.sampled_from(["/story", "/other", "/%C3%BC?a=1"])
    hops = [
        exchange(
            raw,
            "https://news.example" + draw(path),
            started=START.replace(second=number),
            conditions=draw(st.sampled_from([None, TAGGED])),
        )
        for number, raw in enumerate(draw(st.lists(raws(), max_size=3)))
    ]
    before = draw(
        st.sampled_from([None, earlier(None), earlier(sha1(b"<p>hello</p>")), earlier("sha1:" + "A" * 32)])
    )
    request = CaptureRequest(
        URL, tags=tuple(draw(st.lists(st.text(max_size=9), max_size=3))), note=draw(st.none() | st.text())
    )
    return capture(
        *hops,
        request=request,
        earlier=before,
        article=draw(ARTICLES),
        text=draw(st.none() | st.text(max_size=50)),
        error=draw(ERRORS),
        message_id=draw(st.text(max_size=20)),
        purpose=draw(st.sampled_from(["page", "robots"])),
    )


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.lists(captures(), max_size=4))
def test_whatever_is_captured_reads_back_equal_and_makes_the_same_rows(made: list[Capture]) -> None:
    data, stored, read = both(made)
    validate(data)
    assert read == stored
    terms = ("author", "section", "tag", "digest")
    for ours, theirs in zip(stored, read, strict=True):
        items = rows.items(ours, bucket="b", index_terms=terms)
        assert rows.items(theirs, bucket="b", index_terms=terms) == items
        check_items(items)
    close_all()


def check_items(items: list[dict[str, Any]]) -> None:
    """DynamoDB's limits: keys are never empty, at most 2,048 and 1,024 bytes; an item is far below 400 KB."""
    for item in items:
        assert 0 < len(item["site"].encode()) <= 2048
        assert 0 < len(item["capture"].encode()) <= 1024
        for index_key in ("day", "captured", "published"):
            assert index_key not in item or 0 < len(item[index_key].encode()) <= 1024
        assert len(json.dumps(item, ensure_ascii=False).encode()) < 100_000


def test_the_shapes_read_back_with_what_matters_to_a_row() -> None:
    _, _, read = both([capture(exchange(chunked(b"<p>hello</p>", "Location: /x", "ETag: e")))])
    (hop,) = read[0].hops
    assert (hop.status, hop.mime, hop.size, hop.digest) == (200, "text/html", 12, sha1(b"<p>hello</p>"))
    assert hop.location is None
    _, _, read = both([capture(exchange(http(b"", "Location: /x", "location: /y", status="308 Moved")))])
    assert read[0].hops[0].location == "/x"


def record(kind: str, url: str, block: bytes) -> bytes:
    """A record of another tool's making, a gzip member of its own."""
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{url}>\r\nWARC-Target-URI: {url}\r\n"
    head += f"WARC-Date: 2020-01-01T00:00:00Z\r\nContent-Length: {len(block)}\r\n\r\n"
    return gzip.compress(head.encode() + block + b"\r\n\r\n", 1)


def foreign(*kinds: str) -> bytes:
    """A file of another tool's making."""
    return record("warcinfo", "about:x", b"software: another\r\n") + b"".join(
        record(kind, f"http://a.example/{number}", http(b"body") if kind == "response" else b"x")
        for number, kind in enumerate(kinds)
    )


def test_another_tools_file_gives_a_capture_a_response_and_a_resource_and_nothing_for_the_rest() -> None:
    data = foreign("response", "resource", "metadata", "response", "conversion")
    read = list(read_captures(io.BytesIO(data), file="f"))
    assert [(hop.url[-1], hop.record, hop.size) for each in read for hop in each.hops] == [
        ("0", "response", 4),
        ("1", "resource", 1),
        ("3", "response", 4),
    ]
    assert all(each.metadata == {} for each in read)


@pytest.mark.slow
def test_another_tools_file_of_any_length_is_not_held_in_memory() -> None:
    data = foreign(*["response"] * 3000)
    stream = io.BytesIO(data)
    read = read_captures(stream, file="f")
    next(read)
    assert stream.tell() < len(data) / 2
    assert sum(1 for _ in read) == 2999


def test_our_own_records_behind_another_tools_are_not_mixed_with_them() -> None:
    file = warc_file()
    stored = file.add(capture(exchange(http())))
    ours = file.open().read()
    joined = foreign("response") + ours
    read = list(read_captures(io.BytesIO(joined), file=file.key))
    assert [each.metadata.get("message_id") for each in read] == [None, "message-1"]
    assert [hop.record_id for hop in read[1].hops] == [hop.record_id for hop in stored.hops]


def stored(body: int) -> bytes:
    """A record in a gzip member that is as long as it looks: nothing is compressed."""
    head = "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Target-URI: https://example.com/\r\n"
    head += f"WARC-Date: 2026-01-01T00:00:00Z\r\nContent-Length: {body}\r\n\r\n"
    return gzip.compress(head.encode() + b"x" * body + b"\r\n\r\n", compresslevel=0, mtime=0)


@pytest.mark.parametrize("before", [0, 1, 2, 3])
def test_a_record_is_found_that_begins_at_the_end_of_what_was_read_at_a_time(before: int) -> None:
    """Of one that begins with the last byte, that byte alone does not say that a gzip member begins."""
    place = 4 * PIECE - before
    body = place - len(stored(place)) + place
    first = stored(body - len(stored(body)) + place)
    assert len(first) == place
    found = [record.finish() for record in read_records(io.BytesIO(first + 2 * stored(5)), file="x")]
    assert len(found) == 3


@pytest.mark.slow
def test_a_file_cut_anywhere_gives_what_stands_before_the_cut_and_an_error() -> None:
    data, stored, _ = both([capture(exchange(raw), text="text") for raw in list(SHAPES.values())[:4]])
    ends = {record.offset + record.length for record in members(data)}
    for cut in sorted({*range(0, len(data), 37), *ends} - {len(data)}):
        read: list[StoredCapture] = []
        damage = None
        try:
            read.extend(read_captures(io.BytesIO(data[:cut]), file=stored[0].warc))
        except WarcError as error:
            damage = error
        whole = [each for each in stored if each.meta_offset + each.meta_length <= cut]
        assert read[: len(whole)] == whole
        assert all(not each.metadata or each.meta_offset < cut for each in read[len(whole) :])
        if cut not in ends and cut:
            assert damage is not None, cut
            assert damage.file == stored[0].warc


@pytest.mark.slow
def test_a_flipped_bit_is_never_read_as_something_else() -> None:
    data, stored, _ = both([capture(exchange(http(b"<p>%d</p>" % n * 50)), text="text") for n in range(3)])
    hops = [hop for each in stored for hop in each.hops]
    for position in range(10, len(data), 23):
        for bit in (0, 6):
            damaged = bytearray(data)
            damaged[position] ^= 1 << bit
            read = []
            failed = False
            try:
                read.extend(read_captures(io.BytesIO(bytes(damaged)), file=stored[0].warc))
            except WarcError:
                failed = True
            for each in read:
                assert each in stored or (failed and all(hop in hops for hop in each.hops)), (position, bit)
            assert failed or read == stored, (position, bit)
            assert failed or _only_gzip_header(data, position), (position, bit)


def _only_gzip_header(data: bytes, position: int) -> bool:
    """Flags, time and system bytes of a member's ten-byte header say nothing about its content."""
    return any(record.offset + 3 <= position < record.offset + 10 for record in members(data))


@pytest.mark.parametrize(
    "data", [b"not a WARC", gzip.compress(b"not a WARC\r\n\r\n", mtime=0), b"\x1f\x8b\x08" + b"\x00" * 40]
)
def test_what_is_no_warc_is_an_error_that_names_the_file(data: bytes) -> None:
    with pytest.raises(WarcError, match="some-file") as caught:
        list(read_captures(io.BytesIO(data), file="some-file"))
    assert caught.value.offset is not None


def test_a_hostile_metadata_record_is_no_capture_of_ours() -> None:
    texts = (b"[" * 100_000, b"\xff\xfe", b"[1]", b'{"other": 1}', b'"pressmark"', b"")
    data = b"".join(record("metadata", "http://a.example/", text) for text in texts)
    assert list(read_captures(io.BytesIO(data), file="f")) == []


def test_an_empty_file_holds_nothing() -> None:
    assert list(read_captures(io.BytesIO(b""), file="f")) == []

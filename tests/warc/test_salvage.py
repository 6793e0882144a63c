"""Damage costs the capture it hits and no other."""

import gzip
import io
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.warc.captures import URL, capture, close_all, exchange, http, warc_file
from tests.warc.test_reader import foreign, record
from tests.warc.validator import members

from pressmark.errors import WarcError
from pressmark.warc.reader import read_captures
from pressmark.warc.salvage import Gap
from pressmark.warc.stored import StoredCapture

REDIRECT = http(b"", "Location: /story", status="301 Moved")


@cache
def whole() -> tuple[bytes, list[StoredCapture], list[int]]:
    """A file of eight events, what the writer says is in it, and where its records begin."""
    file = warc_file()
    stored = []
    for number in range(8):
        page = exchange(http(b"<p>%d</p>" % number * 300), f"{URL}/{number}")
        hops = [exchange(REDIRECT, f"{URL}/from{number}"), page] if number % 3 == 1 else [page]
        text = None if number % 4 == 2 else f"text {number}"
        stored.append(capture(*hops, text=text, message_id=f"message-{number}"))
    written = [file.add(each) for each in stored]
    data = file.open().read()
    close_all()
    return data, written, [each.offset for each in members(data)]


def salvage(data: bytes) -> tuple[list[StoredCapture], list[Gap]]:
    gaps: list[Gap] = []
    file = whole()[1][0].warc
    return list(read_captures(io.BytesIO(data), file=file, on_gap=gaps.append)), gaps


def extent(stored: StoredCapture) -> tuple[int, int]:
    return stored.hops[0].offset, stored.meta_offset + stored.meta_length


def check(damaged: bytes, first: int, last: int) -> None:
    """With nothing but first..last overwritten, every other event reads as it did and nothing is made up."""
    data, written, _ = whole()
    read, gaps = salvage(damaged)
    for each in written:
        start, end = extent(each)
        if end <= first or start >= last:
            assert each in read, (first, last, each.metadata["message_id"])
    hops = [hop for each in written for hop in each.hops]
    for each in read:
        assert each in written or all(hop in hops for hop in each.hops)
        if each.metadata and each not in written:  # its text is lost; all else is as it was
            (original,) = [one for one in written if one.meta_offset == each.meta_offset]
            assert (each.hops, each.metadata) == (original.hops, original.metadata)
            assert original.meta_offset < last
    places = {(hop.url, hop.captured, hop.offset) for each in read for hop in each.hops}
    assert len(places) == sum(len(each.hops) for each in read), "no hop is told twice"
    if not gaps:
        assert read == written
    for gap in gaps:
        assert gap.offset is not None
        assert gap.offset < last
        assert gap.resumes is None or gap.resumes > gap.offset
    assert len(data) > 0


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.floats(0, 1), st.integers(1, 4000), st.sampled_from([b"\0", b"\xff", b"\x1f\x8b\x08", b"x1"]))
@example(0.0, 4, b"\0")
@example(1.0, 4000, b"\0")
def test_bytes_overwritten_anywhere_cost_only_what_they_hit(where: float, length: int, filler: bytes) -> None:
    data, _, _ = whole()
    first = int(where * (len(data) - 1))
    last = min(first + length, len(data))
    check(data[:first] + (filler * length)[: last - first] + data[last:], first, last)


@pytest.mark.slow
def test_every_record_may_be_hit_in_its_header_its_middle_and_its_end() -> None:
    data, _, starts = whole()
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        for first in (start, start + 10, (start + end) // 2, end - 8, end - 1):
            last = min(first + 3, end)
            spoilt = bytes(byte ^ 0x55 for byte in data[first:last])
            check(data[:first] + spoilt + data[last:], first, last)


@pytest.mark.slow
def test_a_sector_of_zeros_costs_only_what_it_hits() -> None:
    data, _, _ = whole()
    for first in range(0, len(data), 512):
        last = min(first + 512, len(data))
        check(data[:first] + bytes(last - first) + data[last:], first, last)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1), st.binary(min_size=1, max_size=3000))
def test_garbage_put_in_between_moves_what_follows_and_loses_none_of_it(where: float, garbage: bytes) -> None:
    data, written, _ = whole()
    at = int(where * len(data))
    read, _ = salvage(data[:at] + garbage + data[at:])
    ids = {hop.record_id: each.metadata.get("message_id") for each in read for hop in each.hops}
    for each in written:
        start, end = extent(each)
        if end <= at or start >= at:
            assert ids[each.hops[-1].record_id] == each.metadata["message_id"]


def test_a_truncated_tail_is_told_with_where_it_begins() -> None:
    data, written, starts = whole()
    read, (gap,) = salvage(data[:-1])
    assert read[:-1] == written[:-1]
    assert (gap.offset, gap.resumes) == (starts[-1], None)


def test_a_gap_names_the_damage_and_where_reading_goes_on() -> None:
    data, _, starts = whole()
    at = starts[5]
    _, (gap,) = salvage(data[: at + 30] + b"\xff" * 8 + data[at + 38 :])
    assert (gap.offset, gap.resumes) == (at, starts[6])
    assert f"resumes at {starts[6]}" in str(gap)


def test_an_event_that_lost_a_response_takes_no_other_events() -> None:
    data, written, _ = whole()
    chain = written[4]  # a redirect and its page
    spoilt = bytearray(data)
    spoilt[chain.hops[1].offset : chain.hops[1].offset + 20] = bytes(20)
    read, _ = salvage(bytes(spoilt))
    assert [each for each in read if each.metadata] == [each for each in written if each is not chain]
    assert [each.hops for each in read if not each.metadata] == [[chain.hops[0]]]


def test_a_warc_within_a_page_is_not_taken_for_the_archives_own() -> None:
    inner = foreign("response", "response")
    file = warc_file()

    evil = http(inner, "Content-Encoding: gzip", "Content-Type: application/gzip")
    first = file.add(capture(exchange(evil, URL)))
    second = file.add(capture(exchange(http(b"<p>two</p>"), URL + "/2")))
    data = bytearray(file.open().read())
    assert inner in data, "the body is stored as it came"
    data[first.hops[0].offset] ^= 0xFF
    gaps: list[Gap] = []
    read = list(read_captures(io.BytesIO(bytes(data)), file=file.key, on_gap=gaps.append))
    assert [each for each in read if each.hops[0].record == "response"] == [second]
    assert "passed over" in str(gaps[0])


def test_another_tools_file_is_read_on_behind_damage() -> None:
    records = [record("response", f"http://a.example/{number}", http(b"body" * 50)) for number in range(5)]
    spoilt = records[1][:20] + b"\0\0\0\0" + records[1][24:]
    read, gaps = salvage(b"".join([records[0], spoilt, *records[2:]]))
    assert [each.hops[0].url[-1] for each in read] == ["0", "2", "3", "4"]
    assert len(gaps) == 1


@pytest.mark.parametrize(
    "data", [b"not a WARC", b"\x1f\x8b\x08" * 5000, gzip.compress(b"x" * 99, mtime=0), b"WARC/1.0 x"]
)
def test_what_is_no_warc_is_one_gap(data: bytes) -> None:
    read, (gap,) = salvage(data)
    assert (read, gap.offset, gap.resumes) == ([], 0, None)


def test_what_looks_like_a_record_everywhere_is_read_a_bounded_number_of_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pressmark.warc.salvage.REREAD_BYTES", 0)
    # Each is the beginning of a record whose stored block reaches far, into the next ones and beyond.
    begin = (
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
        + b"\0\xf0\xff\x0f\0"
        + b"WARC/1.1\r\nContent-Length: 99999999\r\n\r\n"
    )
    stream = Counting(begin * 20_000)
    with_gaps: list[Gap] = []
    assert list(read_captures(stream, file="f", on_gap=with_gaps.append)) == []
    assert stream.read_bytes == len(begin) * 20_000
    assert len(with_gaps) < 200
    assert "not all of them were tried" in str(with_gaps[-1])


class Counting(io.BytesIO):
    """Counts what is read of it; it cannot be wound back."""

    read_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.read_bytes += len(data)
        return data

    def seek(self, *_: int) -> int:
        raise OSError("a stream from S3")


def test_without_on_gap_damage_is_an_error() -> None:
    data, _, starts = whole()
    with pytest.raises(WarcError):
        list(read_captures(io.BytesIO(data[: starts[2] + 9]), file="f"))

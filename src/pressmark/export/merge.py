"""Many captures, in however many WARC files, as one.

Records are copied as they stand, compressed members and all; no byte of one is changed. Each source file's
warcinfo record goes before what comes from it, so that WARC-Warcinfo-ID still leads somewhere.
"""

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import IO

from pressmark.archive import rows as row_maker
from pressmark.archive.content import Files, warcinfo
from pressmark.archive.keys import capture_key
from pressmark.archive.queries import Reader
from pressmark.archive.rows import Item
from pressmark.export.sorting import Sorter
from pressmark.warc.reader import read_captures

GET_BYTES = 16 * 1024 * 1024
"""Captures that stand behind each other in a file are fetched together, up to so many bytes."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A capture in the merged file. row: as in the table, but with its place in the merged file.

    recorded: the bytes of its metadata and conversion records, empty where the row has none.
    """

    row: Item
    recorded: bytes


@dataclass(frozen=True, slots=True)
class _Event:
    """The records of one capture event from ``start`` to ``end`` in a file, and the rows wanted of it."""

    warc: str
    start: int
    end: int
    rows: list[Item]


def merge(reader: Reader, files: Files, wanted: Iterable[Item], out: IO[bytes]) -> Iterator[Copied]:
    """Write the captures of whole rows into one WARC file, and yield each with its new place.

    What a revisit refers to comes along, and the pages behind a redirect, so that all of it can be replayed from
    this file alone. Raises ArchiveError, NotFoundError, WarcError.
    """
    with Sorter() as sorter:
        _collect(reader, wanted, sorter)
        place = 0
        ordered = (json.loads(text) for _, text in sorter)
        for warc, rows in groupby(ordered, key=lambda row: str(row["warc"])):
            info = warcinfo(files, warc)
            out.write(info)
            place += len(info)
            for together in _neighbours(_events(warc, rows)):
                start, end = together[0].start, together[-1].end
                data = files.get(warc, start, end - start)
                out.write(data)
                for event in together:
                    yield from _copied(event, data, start, place)
                place += len(data)


def _collect(reader: Reader, wanted: Iterable[Item], sorter: Sorter) -> None:
    stream = iter(wanted)
    while batch := list(islice(stream, 100)):
        originals = [
            capture_key(str(row.get("original_url", row["url"])), str(row["original_captured"]))
            for row in batch
            if "original_captured" in row
        ]
        for row in batch + (reader.rows(originals) if originals else []):
            if "warc" in row:
                text = json.dumps(row, ensure_ascii=False)
                sorter.add(f"{row['warc']}\0{row['offset']:020d}\0{row['site']}\0{row['capture']}", text)


def _events(warc: str, rows: Iterable[Item]) -> Iterator[_Event]:
    """Put the rows of a file together by the capture event they belong to; they come in order of offset."""
    for meta, group in groupby(rows, key=lambda row: row["meta_offset"] if row.get("meta_length") else -1):
        of_event = list(group)
        if meta < 0:  # another tool's: each response for itself
            for row in of_event:
                yield _Event(warc, row["offset"], row["offset"] + row["length"], [row])
        else:
            end = max(row["meta_offset"] + row["meta_length"] for row in of_event)
            yield _Event(warc, of_event[0]["offset"], end, of_event)


def _neighbours(events: Iterator[_Event]) -> Iterator[list[_Event]]:
    together: list[_Event] = []
    for event in events:
        if together and (event.start != together[-1].end or event.end - together[0].start > GET_BYTES):
            yield together
            together = []
        together.append(event)
    if together:
        yield together


def _copied(event: _Event, data: bytes, start: int, place: int) -> Iterator[Copied]:
    rows = event.rows
    if any("final" in row for row in rows):  # a redirect: the hops behind it were copied, too
        piece = io.BytesIO(data[event.start - start : event.end - start])
        rows = [
            {**row, "offset": row["offset"] + event.start, "meta_offset": row["meta_offset"] + event.start}
            for stored in read_captures(piece, file=event.warc)
            for row in row_maker.items(stored, bucket=rows[0]["bucket"], index_terms=())
            if "day" in row
        ]
    for row in rows:
        by = place - start
        moved = {**row, "offset": row["offset"] + by}
        recorded = b""
        if row.get("meta_length"):
            moved["meta_offset"] = row["meta_offset"] + by
            at = row["meta_offset"] - start
            recorded = data[at : at + row["meta_length"]]
        yield Copied(moved, recorded)

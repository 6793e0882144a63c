"""Copies captures from any number of WARC files into one.

Records are copied as they are, as compressed members; no byte of one is changed. Records that were not compressed one
by one, or are in an ARC file, are written by :mod:`pressmark.warc.convert`. Each source file's warcinfo record precedes
the records that come from it, so that their WARC-Warcinfo-ID still refers to a record.
"""

import io
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import IO, Any

from pressmark.archive import rows as row_maker
from pressmark.archive.content import MAX_RECORD_BYTES, Files, original_of, warcinfo
from pressmark.archive.keys import original_key
from pressmark.archive.parts import fetch, spool
from pressmark.archive.ranges import Reader
from pressmark.archive.rows import Item
from pressmark.archive.selection import led_to
from pressmark.errors import NotFoundError, PressmarkError, WarcError
from pressmark.export import requisites
from pressmark.export.sorting import Sorter
from pressmark.forms import INDEX_TERMS
from pressmark.warc.check import check_file
from pressmark.warc.convert import write_member
from pressmark.warc.reader import read_captures
from pressmark.warc.requisites import PURPOSE
from pressmark.warc.stream import is_members, read_records

GET_BYTES = 16 * 1024 * 1024
"""Captures that follow each other in a file are fetched together, up to this many bytes."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A capture in the merged file. row: as in the table, but with its place in the merged file.

    recorded: the bytes of its metadata and conversion records, empty if the row has none. alone: for a revisit, why
    the capture that it repeats was not copied, otherwise empty.
    """

    row: Item
    recorded: bytes
    alone: str = ""


@dataclass(frozen=True, slots=True)
class _Event:
    """The records of one capture event from ``start`` to ``end`` in a file, and the rows wanted of it.

    alone: by sort key, why the merged file has a row without the capture that it repeats.
    """

    warc: str
    start: int
    end: int
    rows: list[Item]
    alone: dict[str, str]


def fail(error: PressmarkError) -> None:
    """Raise the error that describes damage."""
    raise error


def merge(
    reader: Reader,
    files: Files,
    wanted: Iterable[Item],
    out: IO[bytes],
    *,
    on_damage: Callable[[PressmarkError], None] = fail,
    on_lost_requisite: Callable[[PressmarkError], None] | None = None,
) -> Iterator[Copied]:
    """Write the captures of whole rows into one WARC file, and yield each with its new place.

    Captures that revisits refer to, pages behind redirects, and requisites of pages are copied, too, so that all of it
    can be replayed from this file alone. on_damage: called for each capture that is left out because its bytes are
    missing or damaged; by default, the error is raised: NotFoundError, WarcError. on_lost_requisite: called instead for
    requisites that are left out. Raises ArchiveError.
    """
    on_lost_requisite = on_lost_requisite or on_damage

    def damaged(event: _Event, error: PressmarkError) -> None:
        is_requisite = all(row.get("purpose") == PURPOSE for row in event.rows)
        (on_lost_requisite if is_requisite else on_damage)(error)

    with Sorter() as sorter:
        _collect(reader, files, wanted, sorter, on_lost_requisite)
        place = 0
        for warc, rows in groupby(_ordered(sorter), key=lambda each: str(each[0]["warc"])):
            try:
                info = warcinfo(files, warc)
            except (NotFoundError, WarcError):  # the captures that are wanted from the file will be reported
                info = b""
            out.write(info)
            place += len(info)
            for together in _neighbours(_events(warc, rows)):
                for event, data in _read(files, together, damaged):
                    data.seek(0)
                    shutil.copyfileobj(data, out, 1 << 20)
                    size = data.tell()
                    yield from _copied(event, data, place)
                    place += size


def merge_page(
    reader: Reader,
    files: Files,
    row: Item,
    out: IO[bytes],
    *,
    on_damage: Callable[[PressmarkError], None] = lambda _error: None,
) -> Iterator[Copied]:
    """Write one capture with all that it needs into a WARC file, as :func:`merge` does.

    on_damage: called for damage that the page can be shown without, such as to one of its pictures. Raises
    NotFoundError or WarcError if the capture itself is damaged, ArchiveError.
    """
    damage: list[PressmarkError] = []
    is_there = False
    for each in merge(reader, files, [row], out, on_damage=damage.append):
        is_there |= (each.row["url"], each.row["captured"]) == (row["url"], row["captured"])
        yield each
    if damage and not is_there:
        raise damage[0]
    for error in damage:
        on_damage(error)


def _collect(
    reader: Reader,
    files: Files,
    wanted: Iterable[Item],
    sorter: Sorter,
    on_lost_list: Callable[[PressmarkError], None],
) -> None:
    """Sort rows by their places, with rows of captures that they or the pages behind them repeat, and of requisites."""
    stream = (row for row in wanted if "warc" in row)
    while batch := list(islice(stream, 100)):
        behind = _behind(reader, batch)
        originals = _originals(reader, [*batch, *behind.values()])
        for row in batch:
            alone = {
                each["capture"]: why
                for each in (row, behind.get(row["capture"]))
                if each and (why := _missing(originals, each))
            }
            _add(sorter, row, alone)
        there = [row for row in originals.values() if "warc" in row]
        for row in there:
            _add(sorter, row, {})
        for row in requisites.of_pages(reader, files, [*batch, *behind.values(), *there], on_lost_list):
            _add(sorter, row, {})


def _add(sorter: Sorter, row: Item, alone: dict[str, str]) -> None:
    # Of two rows of one record, the one that makes it part of an event comes first.
    is_loose = "meta_length" not in row
    place = f"{row['warc']}\0{row['offset']:020d}\0{is_loose:d}\0{row['site']}\0{row['capture']}"
    sorter.add(place, json.dumps([row, alone], ensure_ascii=False))


def _ordered(sorter: Sorter) -> Iterator[tuple[Item, dict[str, str]]]:
    """Yield what was sorted, but for records that have come already as parts of events."""
    before = None
    for _, text in sorter:
        row, alone = json.loads(text)
        place = (row["warc"], row["offset"])
        if place != before or "meta_length" in row or row.get("purpose") != PURPOSE:
            yield row, alone
        before = place


def _behind(reader: Reader, batch: list[Item]) -> dict[str, Item]:
    """Return the pages that redirects of a batch led to, by the redirects' sort keys; not those in the batch."""
    there = {(row["url"], row["warc"], row.get("meta_offset")) for row in batch}
    redirects = [
        row
        for row in batch
        if "final" in row and (row["final"], row["warc"], row.get("meta_offset")) not in there
    ]
    return {row["capture"]: page for row in redirects if (page := led_to(reader, row)) is not None}


def _originals(reader: Reader, found: list[Item]) -> dict[tuple[str, str], Item]:
    """Return the captures that revisits repeat, by the keys of the revisits, including tombstones."""
    keys = {_name(row): original_key(row) for row in found if "original_captured" in row}
    there = {_name(row): row for row in reader.rows(list(keys.values()))} if keys else {}
    originals = {name: there[_name(key)] for name, key in keys.items() if _name(key) in there}
    for row in found:
        if (
            "revisit" in row
            and _name(row) not in originals
            and (other := original_of(reader, row)) is not None
        ):
            originals[_name(row)] = other
    return originals


def _name(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["site"], row["capture"]


def _missing(originals: dict[tuple[str, str], Item], row: Item) -> str:
    """Say why a row comes without the capture that it repeats; empty if it comes with it."""
    if "revisit" not in row:
        return ""
    original = originals.get(_name(row))
    if original is None:
        when = f" of {row['original_captured']}" if "original_captured" in row else ""
        return f"the capture{when} that it repeats is not in this archive"
    if "deleted" in original:
        return f"the capture of {original['captured']} that it repeats was taken down"
    return ""


def _events(warc: str, rows: Iterable[tuple[Item, dict[str, str]]]) -> Iterator[_Event]:
    """Group the rows of a file by capture event; they come in order of offset."""
    for meta, group in groupby(
        rows, key=lambda each: each[0]["meta_offset"] if each[0].get("meta_length") else -1
    ):
        found = list(group)
        of_event = [row for row, _ in found]
        alone = {key: why for _, each in found for key, why in each.items()}
        if meta < 0:  # another tool's: each response is an event of its own
            for row in of_event:
                yield _Event(warc, row["offset"], row["offset"] + row["length"], [row], alone)
        else:
            end = max(row["meta_offset"] + row["meta_length"] for row in of_event)
            yield _Event(warc, of_event[0]["offset"], end, of_event, alone)


def _neighbours(events: Iterator[_Event]) -> Iterator[list[_Event]]:
    together: list[_Event] = []
    for event in events:
        if together and (event.start != together[-1].end or event.end - together[0].start > GET_BYTES):
            yield together
            together = []
        together.append(event)
    if together:
        yield together


def _read(
    files: Files, together: list[_Event], on_damage: Callable[[_Event, PressmarkError], None]
) -> Iterator[tuple[_Event, IO[bytes]]]:
    """Fetch events that follow each other in a file, and yield each that is whole with its bytes."""
    start, end = together[0].start, together[-1].end
    try:
        fetched = fetch(files, together[0].warc, start, end - start)
    except NotFoundError as error:
        if len(together) == 1:
            on_damage(together[0], error)
        else:  # the file may have been cut off after some of them
            for event in together:
                yield from _read(files, [event], on_damage)
        return
    for event in together:
        data = fetched
        if len(together) > 1:  # then all of them are no more than GET_BYTES
            fetched.seek(event.start - start)
            data = io.BytesIO(fetched.read(event.end - event.start))
        try:
            yield _as_members(event, data)
        except WarcError as error:
            on_damage(event, error)


def _as_members(event: _Event, data: IO[bytes]) -> tuple[_Event, IO[bytes]]:
    """Return an event and its bytes as gzip members of a WARC file.

    Raises WarcError for damage, so that no file is made that others cannot read.
    """
    begins = data.read(1024)
    data.seek(0)
    if is_members(begins):
        for _ in check_file(data, file=event.warc, start=event.start):
            pass
        return event, data
    out = spool()
    moved: dict[int, tuple[int, int]] = {}
    for record in read_records(data, file=event.warc):
        moved[event.start + record.offset] = (event.start + out.tell(), write_member(record, out))
    rows = []
    for row in event.rows:
        offset, length = moved[row["offset"]]
        there = {**row, "offset": offset, "length": length}
        if row.get("meta_length"):
            there["meta_offset"] = moved[row["meta_offset"]][0]
            there["meta_length"] = event.start + out.tell() - there["meta_offset"]
        rows.append(there)
    return replace(event, end=event.start + out.tell(), rows=rows), out


def _copied(event: _Event, data: IO[bytes], place: int) -> Iterator[Copied]:
    rows = event.rows
    if any("final" in row for row in rows):  # a redirect: the hops behind it were copied, too
        data.seek(0)
        rows = [
            {**row, "offset": row["offset"] + event.start, "meta_offset": row["meta_offset"] + event.start}
            for stored in read_captures(data, file=event.warc)
            for row in row_maker.items(stored, bucket=rows[0]["bucket"], index_terms=INDEX_TERMS)
            if "day" in row
        ]
    for row in rows:
        by = place - event.start
        moved = {**row, "offset": row["offset"] + by}
        recorded = b""
        if row.get("meta_length") and row.get("purpose") != PURPOSE:
            moved["meta_offset"] = row["meta_offset"] + by
            at = row["meta_offset"] - event.start
            data.seek(at)
            recorded = data.read(min(row["meta_length"], MAX_RECORD_BYTES))
        yield Copied(moved, recorded, event.alone.get(row["capture"], ""))

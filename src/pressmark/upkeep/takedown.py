"""Takedown, the only way to remove a capture.

The row goes, and every item that points to it; a tombstone stays in their place (:mod:`.tombstones`). The bytes stay in
a WARC file together with other captures; docs/reliability.md says how to remove those as well.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pressmark.archive import ranges, requisite_lists, requisites, rows, tombstones
from pressmark.archive.content import Files
from pressmark.archive.keys import capture_key
from pressmark.archive.ranges import Reader
from pressmark.archive.rows import Item
from pressmark.archive.table import Table
from pressmark.archive.tombstones import Hop, Tombstone
from pressmark.clock import iso_utc
from pressmark.errors import ArchiveError, NotFoundError, WarcError
from pressmark.files import whole_file
from pressmark.settings import INDEX_TERMS
from pressmark.warc.reader import read_captures

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE = 100


@dataclass(frozen=True, slots=True)
class Records:
    """Where the records of an event of requisites are. count: how many were fetched for it."""

    warc: str
    offset: int
    length: int
    count: int


@dataclass(frozen=True, slots=True)
class Takedown:
    """What a takedown would do.

    tombstone: what stays. terms: items that point to the rows. dependents: later captures that found the page unchanged
    and lead to its bytes; they are not taken down with it. others: captures in the same WARC file, without requisites;
    None if they were not counted. damage: why the file could not be read to its end, if it could not. lists: the events
    with its requisites. is_listed: whether lists of requisites may have a line for it.
    """

    tombstone: Tombstone
    terms: list[Item] = field(default_factory=list)
    dependents: list[Item] = field(default_factory=list)
    others: int | None = 0
    damage: str | None = None
    lists: tuple[Records, ...] = ()
    is_listed: bool = False


def plan(reader: Reader, files: Files, row: Item, *, reason: str, now: datetime) -> Takedown:
    """Find everything that belongs to a row's capture: the hops of its redirect chain, and what points to them.

    row: whole, with its pointer. Raises NotFoundError for one that is a tombstone already, ArchiveError.
    """
    if "warc" not in row:
        raise NotFoundError(f"{row['url']} at {row['captured']} was taken down on {row.get('deleted')}")
    event = _event(files, row)
    there = reader.rows([{"site": hop.site, "capture": hop.capture} for hop in event.hops]) or [row]
    lists = [_lists(reader, files, each) for each in there]
    return Takedown(
        Tombstone(row["warc"], event.start, event.length, iso_utc(now), reason, tuple(event.hops)),
        # With every kind of term, whatever is indexed today, because the settings may have been different.
        [term for each in there for term in rows.terms(each, INDEX_TERMS)]
        + [item for items, _ in lists for item in items],
        _dependents(reader, there),
        event.others,
        event.damage,
        tuple(records for _, records in lists if records),
        # A page cannot be a requisite; but a requisite whose record was copied here by itself has a row.
        is_listed=any("imported" in each for each in there),
    )


def plan_requisite(row: Item, *, reason: str, now: datetime) -> Takedown:
    """Plan to take down one requisite by its own URL: afterwards no page's list has it.

    row: of :func:`pressmark.archive.requisite_lists.as_row`.
    """
    hop = _hop(row["url"], row["captured"])
    return Takedown(
        Tombstone(row["warc"], row["offset"], row["length"], iso_utc(now), reason, (hop,)),
        others=None,
        is_listed=True,
    )


def _lists(reader: Reader, files: Files, row: Item) -> tuple[list[Item], Records | None]:
    """Return the items that lead to a page's list of requisites, and where the event is, if it can be read.

    Before there were links, there was an item for each site that they are on. Links stay, because they belong to many
    pages.
    """
    found = reader.rows([requisites.key_of(row)])
    try:
        listing = requisite_lists.open_list(files, found[0]) if found else None
    except (WarcError, NotFoundError):  # the item on the page's own site is removed all the same
        return found, None
    if listing is None:
        return [], None
    lines, item = listing.content.lines, listing.item
    sites = dict.fromkeys(requisites.partition(line["url"]) for line in lines)
    keys = [{**item, "site": site} for site in sites]
    own = [line for line in lines if listing.is_own(line)]
    start = min((line["offset"] for line in own), default=item["offset"])
    end = item["offset"] + item["length"]
    records = Records(item["warc"], start, end - start, len(own))
    return found + [each for each in reader.rows(keys) if each not in found], records


def carry_out(takedown: Takedown, *, client: "S3Client", bucket: str, table: Table) -> None:
    """Take a capture down. Each step can be repeated: one that failed half way is finished by the next try.

    The tombstone comes first: from then on a rebuild obeys it. Raises ArchiveError.
    """
    tombstones.store(client, bucket, takedown.tombstone)
    table.delete(takedown.terms)
    stones = takedown.tombstone.rows()
    table.put(stones + (tombstones.told_in_range(stones) if takedown.is_listed else []))


def carry_out_here(takedown: Takedown, folder: Path) -> Path:
    """Take a capture of an archive folder down, and return the tombstone's file; the index follows when it is opened.

    Raises ArchiveError if it cannot be written.
    """
    key = takedown.tombstone.key
    # x.warc.gz and warcs/x.warc.gz have one name.
    while _is_of_another_file(folder / key, takedown.tombstone):
        key = key.replace(tombstones.PREFIX, f"{tombstones.PREFIX}_/", 1)
    path = folder / key
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(takedown.tombstone.to_json().encode("utf-8"))
    except OSError as error:
        raise ArchiveError(f"{path} cannot be written: {error.strerror}; nothing was taken down") from error
    return path


def _is_of_another_file(path: Path, stone: Tombstone) -> bool:
    """Whether a tombstone is there that must stay as it is."""
    return path.exists() and Tombstone.read("", path.read_bytes()).warc != stone.warc


@dataclass(slots=True)
class _Event:
    """The event that a row belongs to. others: how many more its file holds; damage: why that is not known."""

    start: int
    length: int
    hops: list[Hop]
    others: int = 0
    damage: str | None = None


def _event(files: Files, row: Item) -> _Event:
    """Return the event that a row belongs to."""
    found = _Event(row["offset"], row["length"], [_hop(row["url"], row["captured"])])
    try:
        with closing(files.open(row["warc"])) as stream:
            for stored in read_captures(stream, file=row["warc"]):
                offsets = [hop.offset for hop in stored.hops]
                if row["offset"] not in offsets:
                    found.others += not stored.is_list
                    continue
                last = stored.hops[-1]
                end = max(stored.meta_offset + stored.meta_length, last.offset + last.length)
                found.hops = [_hop(hop.url, hop.captured) for hop in stored.hops]
                found.start, found.length = min(offsets), end - min(offsets)
    except (WarcError, NotFoundError) as error:  # the row is removed all the same
        found.damage = str(error)
    return found


def _hop(url: str, captured: str) -> Hop:
    key = capture_key(url, captured)
    return Hop(key["site"], key["capture"], url, captured)


def _dependents(reader: Reader, gone: Sequence[Item]) -> list[Item]:
    """Return the captures that repeat the bytes of a row that is removed."""
    places = {(row["warc"], row["offset"]) for row in gone if "warc" in row}
    found: list[Item] = []
    for url in dict.fromkeys(row["url"] for row in gone):
        after = None
        while True:
            page = reader.page(ranges.of_url(url), limit=PAGE, after=after)
            found += [
                row for row in page.items if (row.get("original_warc"), row.get("original_offset")) in places
            ]
            after = page.after
            if after is None:
                break
    return found

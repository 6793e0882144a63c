"""Finds what is archived of the requisites of pages: those of one page, or one of them by its own URL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice

from pressmark import surt
from pressmark.archive import requisites
from pressmark.archive.content import Files, records
from pressmark.archive.ranges import FIRST, LAST, Range, Reader
from pressmark.archive.rows import Item
from pressmark.archive.walk import Walk
from pressmark.clock import iso_utc, parse_iso
from pressmark.errors import ArchiveError, WarcError
from pressmark.warc.requisites import Line, RequisiteList, read
from pressmark.warc.stated import read_facts

LOOKED_AT = 2000
"""Items that are looked at for one URL. Those that are near in time come first, and they are small."""

OPENED = 50
"""Lists that are opened for one URL."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The list of a page's requisites, and the item that led to it. Lines of what was taken down are not in it."""

    item: Item
    content: RequisiteList

    @property
    def lines(self) -> list[Line]:
        """The lines that may be shown."""
        gone = set(self.item.get("gone", ()))
        return [line for line in self.content.lines if f"{line['captured']} {line['url']}" not in gone]


def of_page(reader: Reader, files: Files, row: Item) -> Listing | None:
    """Return the requisites of a page; None where they were not captured. row: of the page.

    Raises ArchiveError, WarcError where the list cannot be read.
    """
    found = reader.rows([requisites.key_of(row)])
    return open_list(files, found[0]) if found and "warc" in found[0] else None


def open_list(files: Files, item: Item) -> Listing:
    """Read the list that an item leads to, with one ranged GET. Raises ArchiveError, WarcError."""
    place = {"file": item["warc"], "offset": item["offset"]}
    data = files.get(item["warc"], item["offset"], item["length"])
    for record in records(data, **place):
        if record.type == "metadata":
            try:
                return Listing(item, read(read_facts(record.block), warc=item["warc"], offset=item["offset"]))
            except ValueError as error:
                raise WarcError(str(error), **place) from error
    raise WarcError("no metadata record there", **place)


def latest(reader: Reader, files: Files, url: str, *, limit: int) -> Iterator[Listing]:
    """Yield the newest lists that have something on a URL's site, or are of a page there, newest first.

    limit: of lists. One that cannot be read is passed over. Raises ArchiveError where the table does not answer.
    """
    asked = Range(requisites.partition(url), backward=True)
    for item in reader.page(asked, limit=limit).items:
        if (listing := _opened(files, item)) is not None:
            yield listing


def of_url(reader: Reader, files: Files, url: str, *, near: datetime | None = None) -> Iterator[Line]:
    """Yield the captures of a requisite by its URL, each once: the nearest to an instant first, else the newest.

    Scheme and ``www`` do not tell URLs apart, as with rows. One that was asked for once and pointed at later is found
    with either page. At most :data:`LOOKED_AT` items are looked at, and :data:`OPENED` lists opened. Raises
    ArchiveError where the table does not answer.
    """
    key = surt.urlkey(url)
    seen: set[tuple[str, str]] = set()
    opened: set[tuple[str, int]] = set()
    for item in islice(_around(reader, requisites.partition(url), near), LOOKED_AT):
        place = (item.get("warc", ""), item.get("offset", 0))
        if len(opened) >= OPENED or place in opened or not requisites.may_have(item, url):
            continue
        opened.add(place)
        listing = _opened(files, item)
        lines = listing.lines if listing else []
        for line in lines:
            if surt.urlkey(line["url"]) == key and (line["url"], line["captured"]) not in seen:
                seen.add((line["url"], line["captured"]))
                yield line


def _opened(files: Files, item: Item) -> Listing | None:
    try:
        return open_list(files, item) if "warc" in item else None
    except (ArchiveError, WarcError):
        return None


def _around(reader: Reader, partition: str, near: datetime | None) -> Iterator[Item]:
    """Yield the items of a partition, the nearest to an instant first."""
    walk = Walk(reader)
    if near is None:
        yield from (each.item for each in walk.through(Range(partition, backward=True)))
        return
    moment = iso_utc(near)

    def distance(item: Item) -> float:
        return abs((parse_iso(item["captured"]) - near).total_seconds())

    earlier = walk.through(Range(partition, FIRST, f"{moment} {LAST}", backward=True))
    later = walk.through(Range(partition, f"{moment} {LAST}", LAST))
    yield from merge((each.item for each in earlier), (each.item for each in later), key=distance)

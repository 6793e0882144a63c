"""Finds archived requisites: those of one page, or one of them by its own URL."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from pressmark import surt
from pressmark.archive import requisites
from pressmark.archive.content import Files, Response, records
from pressmark.archive.keys import BY_DAY, capture_key
from pressmark.archive.parts import Fetches
from pressmark.archive.ranges import FIRST, LAST, Page, Range, Reader
from pressmark.archive.rows import Item
from pressmark.archive.tombstones import GONE
from pressmark.archive.walk import PAGE, Walk
from pressmark.clock import iso_utc, parse_iso
from pressmark.errors import ArchiveError, NotFoundError, WarcError
from pressmark.warc.requisites import PURPOSE, Line, RequisiteList, read
from pressmark.warc.stated import read_facts

LOOKED_AT = 2000
"""Items that are looked at for one URL. They are small, and those nearest in time come first."""

OPENED = 50
"""Lists that are opened for one URL."""

LINKED = 50
"""Linked sites whose lists are looked at for one URL. Hosts of fonts and scripts are linked from more."""

AT_A_TIME = 8
"""Requests to the table that are under way for one URL: a client of boto3 keeps ten connections."""

JUST_BEFORE = 100
"""If more sites are linked: how many pages captured just before an instant have their lists looked at. At a million
pages a day, those are nine seconds' pages."""


GONE_SITES, GONE_ITEMS = 10, 100
"""For how many sites all takedowns are read, instead of single look-ups, and how many takedowns at most."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The list of a page's requisites, and the item that led to it.

    gone: URL and time of the lines that were taken down.
    """

    item: Item
    content: RequisiteList
    gone: frozenset[tuple[str, str]] = frozenset()

    @property
    def lines(self) -> list[Line]:
        """The lines that were not taken down."""
        return [line for line in self.content.lines if not self.is_gone(line)]

    def is_gone(self, line: Line) -> bool:
        """Whether a line's record was taken down."""
        return (line["url"], line["captured"]) in self.gone

    def is_own(self, line: Line) -> bool:
        """Whether a line's record is of the list's own event; others are of earlier ones."""
        return "before" in line


def told(listing: Listing) -> dict[str, Any]:
    """Return what a page's requisites are, as plain JSON: numbers, each of them, and what was left out and why.

    bytes: of the bodies that were fetched for this page. pointed_at: for how many an earlier capture was used.
    """
    own = [line for line in listing.lines if listing.is_own(line)]
    names = ("url", "captured", "kind", "status", "mime", "size", "digest", "warc", "offset", "length")
    return {
        "level": listing.content.level,
        "count": len(listing.lines),
        "kinds": dict(Counter(str(line.get("kind", "redirect")) for line in listing.lines).most_common()),
        "pointed_at": len(listing.lines) - len(own),
        "bytes": sum(line.get("size", 0) for line in own),
        "list": [{name: line[name] for name in names if name in line} for line in listing.lines],
        "left_out": [asdict(each) for each in listing.content.left_out],
        "left_out_count": listing.content.left_out_count,
    }


def of_page(reader: Reader, files: Files, row: Item) -> Listing | None:
    """Return the requisites of a page; None if they were not captured.

    row: of the page. Raises ArchiveError, and WarcError if the list cannot be read.
    """
    found = reader.rows([requisites.key_of(row)])
    return whole(reader, files, found[0]) if found and "warc" in found[0] else None


def whole(reader: Reader, files: Files, item: Item) -> Listing:
    """Return the list that an item leads to, with the takedowns among its lines. Raises ArchiveError, WarcError.

    If a line's record was copied into this archive by itself, as from an export, the line has the place of the copy.
    """
    listing = open_list(files, item)
    there = _rows(reader, listing.content.lines)
    lines = [_moved(line, there.get((line["url"], line["captured"]), {})) for line in listing.content.lines]
    gone = frozenset(name for name, row in there.items() if "deleted" in row)
    return replace(listing, content=replace(listing.content, lines=lines), gone=gone)


def taken_down(reader: Reader, lines: Sequence[Line]) -> frozenset[tuple[str, str]]:
    """Return URL and time of those lines that were taken down: a tombstone is under the key that the row would have.

    Raises ArchiveError.
    """
    return frozenset(name for name, row in _rows(reader, lines).items() if "deleted" in row)


def taken_down_of_sites(reader: Reader, lines: Sequence[Line]) -> frozenset[tuple[str, str]]:
    """Return the same for half a read unit a site, because a site's takedowns are also in one range.

    For sites with few of the lines, or with many takedowns, each line is looked up. Raises ArchiveError.
    """
    by_site: dict[str, list[Line]] = {}
    for line in lines:
        by_site.setdefault(capture_key(line["url"], line["captured"])["site"], []).append(line)
    gone: set[tuple[str, str]] = set()
    single: list[Line] = []
    for number, site in enumerate(sorted(by_site, key=lambda site: -len(by_site[site]))):
        page = None
        if number < GONE_SITES and len(by_site[site]) > 1:
            page = reader.page(Range(GONE + site), limit=GONE_ITEMS)
        if page is None or page.after is not None:
            single += by_site[site]
        else:
            gone |= {(item["url"], item["captured"]) for item in page.items}
    return taken_down(reader, single) | gone


def copy_of(reader: Reader, line: Line) -> Line | None:
    """Return a line with the place of its record's copy in this archive, which has a row. Raises ArchiveError."""
    moved = _moved(line, _rows(reader, [line]).get((line["url"], line["captured"]), {}))
    return None if moved is line else moved


def _rows(reader: Reader, lines: Sequence[Line]) -> dict[tuple[str, str], Item]:
    """Return the rows of lines, by URL and time: of those that were copied by themselves, taken down, or are pages."""
    found = reader.rows([capture_key(line["url"], line["captured"]) for line in lines]) if lines else []
    return {(row["url"], row["captured"]): row for row in found}


def _moved(line: Line, row: Item) -> Line:
    is_copy = "before" not in line and "warc" in row and row.get("digest") == line.get("digest")
    return line | {name: row[name] for name in ("warc", "offset", "length")} if is_copy else line


def as_row(line: Line) -> Item:
    """Return a line as a row of the table, of purpose ``requisites``, with the key that its row would have."""
    return capture_key(line["url"], line["captured"]) | line | {"purpose": PURPOSE}


def check_record(row: Item, stored: Response) -> None:
    """Raise NotFoundError if a list leads to another record than it states: anybody may have made the file."""
    url = row.get("original_url", row["url"])
    captured = row.get("original_captured", row["captured"])
    if (stored.url, stored.captured) != (url, captured):
        raise NotFoundError(f"{row['url']} at {row['captured']}: its record is not where the list says")


def original(line: Line) -> Line | None:
    """Return a line for the record that a revisit repeats, as far as the revisit states it; None for other records.

    A player that gets the revisit needs that record in its index, too.
    """
    if "revisit" not in line or not {"original_warc", "original_offset", "original_length"} <= line.keys():
        return None
    if "original_captured" not in line:
        return None
    found: Line = {name: line[name] for name in ("mime", "digest", "kind") if name in line}
    found |= {name: line[f"original_{name}"] for name in ("captured", "warc", "offset", "length")}
    # Only full answers are repeated, and a 304 does not state their status.
    status = 200 if line["revisit"] == "server-not-modified" else line.get("status", 200)
    return found | {"url": line.get("original_url", line["url"]), "status": status}


def open_list(files: Fetches, item: Item) -> Listing:
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


def latest(reader: Reader, files: Fetches, url: str, *, until: datetime, limit: int) -> Iterator[Listing]:
    """Yield the newest lists that have something on a URL's site, or are of a page there, newest first.

    until: only pages captured by then. limit: the number of lists. A list that cannot be read is skipped. The lines
    include those that were taken down, so they are not for readers. Raises ArchiveError if the table does not answer.
    """
    asked = Range(requisites.partition(url), upper=f"{iso_utc(until)} {LAST}", backward=True)
    for item in reader.page(asked, limit=limit).items:
        if (listing := _opened(files, item)) is not None:
            yield listing


def of_url(reader: Reader, files: Files, url: str, *, near: datetime | None = None) -> Iterator[Line]:
    """Yield the captures of a requisite by its URL, each once: the nearest to an instant first, else the newest.

    Scheme and ``www`` do not tell URLs apart, as with rows. One that was fetched once and pointed at later is found
    through either page. The lists of the URL's site are looked at, and those of :data:`LINKED` sites whose pages have
    something on it: at most :data:`LOOKED_AT` items, and :data:`OPENED` lists are opened. Raises ArchiveError if the
    table does not answer.
    """
    key = surt.urlkey(url)
    seen: set[tuple[str, str]] = set()
    opened: set[tuple[str, int]] = set()
    for item in islice(_candidates(reader, url, near), LOOKED_AT):
        place = (item.get("warc", ""), item.get("offset", 0))
        if len(opened) >= OPENED or place in opened or not requisites.may_have(item, url):
            continue
        opened.add(place)
        listing = _opened(files, item)
        lines = [line for line in listing.lines if surt.urlkey(line["url"]) == key] if listing else []
        there = _rows(reader, lines)
        for line in lines:
            name = (line["url"], line["captured"])
            row = there.get(name, {})
            if name not in seen and "deleted" not in row:
                seen.add(name)
                yield _moved(line, row)


def _opened(files: Fetches, item: Item) -> Listing | None:
    try:
        return open_list(files, item) if "warc" in item else None
    except (ArchiveError, WarcError):
        return None


def _candidates(reader: Reader, url: str, near: datetime | None) -> Iterator[Item]:
    """Yield the items of the lists that may have a URL, the nearest to an instant first, else the newest."""
    links = reader.page(Range(requisites.links_to(url)), limit=LINKED + 1).items
    if len(links) > LINKED and near is not None:
        yield from _just_before(reader, near)
    partitions = dict.fromkeys([requisites.partition(url), *map(requisites.linked, links[:LINKED])])
    yield from _around(reader, list(partitions), near)


def _just_before(reader: Reader, near: datetime) -> list[Item]:
    """Return the items of pages captured just before an instant: a requisite of that time came with one of them."""
    pages: list[Item] = []
    for day in (near, near - timedelta(days=1)):
        upper = iso_utc(near + timedelta(seconds=1))  # the instant of a link may lack the fraction
        asked = Range(iso_utc(day)[:10], upper=upper, index=BY_DAY, backward=True)
        pages += reader.page(asked, limit=JUST_BEFORE - len(pages)).items if len(pages) < JUST_BEFORE else []
    return reader.rows([requisites.key_of(page) for page in pages if "purpose" not in page])


def _around(reader: Reader, partitions: Sequence[str], near: datetime | None) -> Iterator[Item]:
    """Yield the items of some partitions, the nearest to an instant first, else the newest."""
    if near is None:
        newest = [Range(partition, backward=True) for partition in partitions]
        yield from merge(*_walks(reader, newest), key=_captured, reverse=True)
        return
    moment = f"{iso_utc(near)} {LAST}"

    def distance(item: Item) -> float:
        return abs((parse_iso(_captured(item)) - near).total_seconds())

    earlier = [Range(each, FIRST, moment, backward=True) for each in partitions]
    later = [Range(each, moment, LAST) for each in partitions]
    yield from merge(*_walks(reader, earlier + later), key=distance)


def _walks(reader: Reader, ranges: Sequence[Range]) -> list[Iterator[Item]]:
    """Return the items of each range; first pages are requested at the same time, and are small for many ranges."""
    walk = Walk(reader, max(PAGE // len(ranges), 10))
    with ThreadPoolExecutor(min(len(ranges), AT_A_TIME)) as threads:
        pages = list(threads.map(lambda asked: reader.page(asked, limit=walk.page), ranges))
    return [_through(walk, *each) for each in zip(ranges, pages, strict=True)]


def _through(walk: Walk, asked: Range, first: Page) -> Iterator[Item]:
    return (found.item for found in walk.through(asked, None, first))


def _captured(item: Item) -> str:
    return str(item["captured"])

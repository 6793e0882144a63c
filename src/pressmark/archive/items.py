"""Makes the table's items from a WARC file, record by record: a faulty record costs only itself."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from pressmark.archive import rows
from pressmark.archive.rows import Item
from pressmark.archive.tombstones import Tombstones
from pressmark.errors import WarcError
from pressmark.text import counted
from pressmark.warc.stored import StoredCapture

if TYPE_CHECKING:  # where no file has changed since it was indexed, none is read, and commands start sooner
    from pressmark.warc.reader import Told
    from pressmark.warc.salvage import Gap

MAX_KINDS = 50
"""Kinds of records that are counted by name: a file can make up any number."""

MAX_GAPS = 1000
"""How many gaps of one file are kept: a file that is damaged everywhere must not fill the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexing:
    """How an archive's files become items.

    bucket: the bucket that rows name. terms: the kinds of look-up items (:data:`pressmark.settings.INDEX_TERMS`).
    tombstones: what was taken down, which must not come back.
    """

    bucket: str
    terms: Sequence[str]
    tombstones: Tombstones


class Gaps:
    """The gaps in a file. told: the first of them. count: all of them."""

    def __init__(self) -> None:
        self.told: list[WarcError] = []
        self.count = 0

    def __call__(self, gap: "Gap") -> None:
        """Take note of a gap."""
        self.count += 1
        if self.count <= MAX_GAPS:
            self.told.append(gap)
        elif self.count == MAX_GAPS + 1:
            self.told.append(WarcError("further damage is not listed", file=gap.file, offset=gap.offset))


class Faults:
    """Records of a file that cannot be used. told: the first faults. passed: records that are not pages, by kind."""

    def __init__(self) -> None:
        self.told: list[WarcError] = []
        self.count = 0
        self.passed: Counter[str] = Counter()

    def __call__(self, fault: WarcError) -> None:
        """Take note of a fault, or of a record that is not a page."""
        from pressmark.warc.reader import Passed

        if isinstance(fault, Passed):
            known = fault.kind in self.passed or len(self.passed) < MAX_KINDS
            self.passed[fault.kind if known else "others"] += 1
            return
        self.count += 1
        if self.count <= MAX_GAPS:
            self.told.append(fault)
        elif self.count == MAX_GAPS + 1:
            self.told.append(WarcError("further faults are not listed", file=fault.file, offset=fault.offset))


def passed_over(passed: Counter[str]) -> str:
    """Say how many records are not web pages, by kind; empty for none."""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in passed.most_common())
    return f"{counted(passed.total(), 'record')} not of web pages: {kinds}" if passed else ""


def items_of_file(
    stream: IO[bytes],
    key: str,
    indexing: Indexing,
    *,
    on_fault: "Told" = lambda _fault: None,
    on_gap: "Callable[[Gap], None] | None" = None,
) -> Iterator[tuple[StoredCapture, list[Item]]]:
    """Yield each capture event in a WARC file with its table items, with tombstones for what was taken down.

    on_fault: called for records in the file that are not used: faulty ones, and, as
    :class:`pressmark.warc.reader.Passed`, those that are not captures of web pages. on_gap: called for damage, after
    which reading continues (:func:`pressmark.warc.reader.read_captures`). Without it, WarcError is raised at the first
    damage, after everything before it.
    """
    from pressmark.warc.reader import read_captures

    for stored in read_captures(stream, file=key, on_gap=on_gap, on_fault=on_fault):
        for each, items in _items(stored, indexing, on_fault):
            yield each, indexing.tombstones.bury(items, stored)


def _items(
    stored: StoredCapture, indexing: Indexing, on_fault: "Told"
) -> Iterator[tuple[StoredCapture, list[Item]]]:
    """Make the items of an event. If its metadata is unusable, they are made from its responses alone."""
    try:
        items = rows.items(stored, bucket=indexing.bucket, index_terms=indexing.terms)
        for item in items:
            rows.check(item)
    except Exception as error:  # noqa: BLE001 - whatever one record says, it must not cost its neighbours
        fault = f"{type(error).__name__}: {error}"[:300]
        offset = stored.meta_offset if stored.metadata else stored.hops[0].offset
        what = "what its metadata record says is left out" if stored.metadata else "not used"
        on_fault(WarcError(f"{what}: {fault}", file=stored.warc, offset=offset, url=stored.hops[0].url))
        if stored.metadata:
            for hop in stored.hops:
                if hop.record != "metadata":
                    alone = StoredCapture([hop], {}, hop.offset, 0, stored.warc)
                    yield from _items(alone, indexing, on_fault)
        return
    yield stored, items

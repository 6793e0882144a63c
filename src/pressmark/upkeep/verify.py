"""Fixity: whether every row leads to its bytes, every capture has its row, and every byte is still what it was."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from typing import IO, Any, cast

from pressmark.archive import ranges
from pressmark.archive.compacted import is_compacted
from pressmark.archive.content import Files
from pressmark.archive.items import Faults, Gaps, Indexing, items_of_file
from pressmark.archive.parts import fetch
from pressmark.archive.ranges import Reader
from pressmark.archive.rows import TERMS, Item, is_due, terms
from pressmark.errors import NotFoundError, WarcError
from pressmark.files import temporary
from pressmark.upkeep.differences import differences, is_copy
from pressmark.upkeep.listed import Lists
from pressmark.upkeep.problems import Problem, Verified
from pressmark.upkeep.rebuild import compare, same, taken_down_terms
from pressmark.upkeep.reextract import EXTRACTED_BY
from pressmark.warc.check import Checked, check_file, next_record
from pressmark.warc.requisites import Line, is_list
from pressmark.warc.salvage import NOT_ALL_TRIED, salvage_records
from pressmark.warc.stored import StoredCapture
from pressmark.warc.stream import is_arc

Place = tuple[str, int, int]
"""Where a record is: key of the file, offset, length."""

SPOOL_BYTES = 64 * 1024 * 1024

COMPARED = 100
"""Items compared with the table at a time: what one BatchGetItem takes."""


class Verifier:
    """Checks an archive, all or parts of it; ``done`` says how far it got."""

    def __init__(
        self,
        files: Files,
        reader: Reader,
        indexing: Indexing,
        *,
        on_problem: Callable[[Problem], None] = lambda _problem: None,
        on_step: Callable[[Verified], None] = lambda _done: None,
    ) -> None:
        """on_step: called after each file and row with what is done so far."""
        self.files = files
        self.reader = reader
        self._indexing = indexing
        self._on_problem = on_problem
        self._on_step = on_step
        self.done = Verified()
        self._copies: set[tuple[str, str]] = set()
        self._reread: set[tuple[str, str]] = set()  # captures whose article was read again
        self._lists = Lists(files, reader, indexing.tombstones)
        self._written: dict[tuple[str, str], str] = {}  # which look-up items a row has, if not all

    def row(self, row: Item, *, known: bool = False) -> None:
        """Check that a row leads to its record: one ranged GET, digests recomputed. Raises ArchiveError.

        known: the record was already seen when its file was read.
        """
        self.done.rows += 1
        self._on_step(self.done)
        if "deleted" in row:
            return
        if not known:
            self._record(row)
        # Nobody gets a capture that was taken down, and its bytes may be gone for good.
        if "original_warc" in row and not self._indexing.tombstones.took_original(row):
            self._original(row)

    def _record(self, row: Item) -> None:
        where = {"warc": row.get("warc", ""), "url": row["url"], "captured": row["captured"]}
        try:
            with fetch(self.files, row["warc"], row["offset"], row["length"]) as data:
                self.done.bytes += row["length"]
                found = list(check_file(data, file=row["warc"], start=row["offset"]))
        except (NotFoundError, KeyError) as error:
            self.tell("no-bytes", str(error), offset=row.get("offset"), **where)
            return
        except WarcError as error:
            self.tell("wrong-bytes", error.reason, offset=row["offset"], **where)
            return
        for problem in differences(row, found):
            self.tell("wrong-bytes", problem, offset=row["offset"], **where)
        for record in found:
            if record.problem:
                self.tell("wrong-digest", record.problem, offset=row["offset"], **where)

    def file(self, key: str) -> set[Place]:
        """Check a WARC file end to end, and the table against it; returns where its captures are.

        Raises ArchiveError if the store does not answer.
        """
        places: set[Place] = set()
        self._copies.clear()
        self._written.clear()
        self._reread.clear()
        if is_compacted(key):  # otherwise its small files would be listed instead
            self.tell(
                "damaged-file", "its list of the small files that it consists of is not right", warc=key
            )
        with (
            tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool,
            temporary(),
        ):
            copy = cast(IO[bytes], spool)
            try:
                self._fetch(key, copy)
                copy.seek(0)
                if is_arc(copy.read(1024)):
                    self._arc_records(key, copy)
                else:
                    self._records(key, copy)
            except NotFoundError as error:
                self.tell("damaged-file", str(error), warc=key)
            self.done.files += 1
            waiting: list[Item] = []
            for item in self._items(key, copy):
                if "=" not in item["site"] and "offset" in item:
                    places.add((key, item["offset"], item["length"]))
                waiting.append(item)
                if len(waiting) >= COMPARED:
                    self._compare(waiting)
                    waiting = []
            self._compare(waiting)
        self._on_step(self.done)
        return places

    def lost(self, captures: Iterable[tuple[str, str, str]]) -> None:
        """Report captures that are lost, by key of the file they were in, URL and time."""
        for warc, url, captured in captures:
            self.tell(
                "lost-capture",
                "the file is gone, or was cut or replaced",
                warc=warc,
                url=url,
                captured=captured,
            )

    def unread(self, damaged: Iterable[str]) -> None:
        """Report files that cannot be read at all."""
        for line in damaged:
            key, _, reason = line.partition(": ")
            self.tell("damaged-file", reason, warc=key)

    def url(self, url: str) -> None:
        """Check every capture of a URL, each by a ranged GET. Raises UrlError, ArchiveError."""
        for row in self.rows(ranges.of_url(url)):
            self.row(row)

    def tell(self, kind: str, detail: str, **where: Any) -> None:
        """Count a problem, and report it. where: the other fields of :class:`Problem`."""
        self.done.problems[kind] += 1
        self._on_problem(Problem(kind, detail, **where))

    def _original(self, row: Item) -> None:
        """Check the capture that a revisit refers to, which has the page's bytes."""
        key, offset = row["original_warc"], row["original_offset"]
        where = {"warc": row["warc"], "url": row["url"], "captured": row["captured"]}
        try:
            with fetch(self.files, key, offset, row["original_length"]) as data:
                self.done.bytes += row["original_length"]
                (found,) = check_file(data, file=key, start=offset)
        except (NotFoundError, WarcError, ValueError) as error:
            self.tell("no-bytes", f"the original of a revisit: {error}", offset=row["offset"], **where)
            return
        if found.problem or ("digest" in row and found.digest != row["digest"]):
            detail = found.problem or f"its digest is {found.digest}, the revisit says {row['digest']}"
            self.tell("wrong-bytes", f"the original of a revisit: {detail}", offset=row["offset"], **where)

    def _fetch(self, key: str, copy: IO[bytes]) -> None:
        with closing(self.files.open(key)) as stream:
            while piece := stream.read(1 << 20):
                copy.write(piece)
                self.done.bytes += len(piece)

    def _records(self, key: str, copy: IO[bytes]) -> None:
        behind: int | None = 0
        twice = 0
        while behind is not None:
            start = behind
            copy.seek(start)
            try:
                for record in check_file(copy, file=key, start=start):
                    self._record_read(key, record)
                behind = None
            except WarcError as error:
                damaged = start if error.offset is None else error.offset
                read = copy.tell()
                twice += read - damaged
                # The bytes read twice are limited, because a file full of beginnings of records would take forever.
                sparse = twice > SPOOL_BYTES + read
                search = max(damaged + 1, read) if sparse else damaged + 1
                behind = next_record(copy, search)
                then = (
                    f"reading resumes at {behind}" if behind is not None else "no record was found after it"
                )
                if sparse:
                    then += NOT_ALL_TRIED
                self.tell(
                    "damaged-file", f"{error.reason}; {then}", warc=key, offset=damaged, url=error.url or ""
                )

    def _arc_records(self, key: str, copy: IO[bytes]) -> None:
        """Read an ARC file, which states no digests, from end to end."""
        copy.seek(0)
        gaps = Gaps()
        for record in salvage_records(copy, file=key, on_gap=gaps):
            with suppress(WarcError):  # its gap is reported
                record.finish()
                self.done.records += 1
        for gap in gaps.told:
            self.tell("damaged-file", gap.reason, warc=key, offset=gap.offset, url=gap.url or "")

    def _record_read(self, key: str, record: Checked) -> None:
        self.done.records += 1
        if record.problem:
            self.tell(
                "wrong-digest",
                record.problem,
                warc=key,
                offset=record.offset,
                url=record.url,
                captured=record.date,
            )

    def _items(self, key: str, copy: IO[bytes]) -> Iterator[Item]:
        faults = Faults()
        gaps = Gaps()  # check_file has reported them
        copy.seek(0)
        for stored, items in items_of_file(copy, key, self._indexing, on_fault=faults, on_gap=gaps):
            for term, there in compare(self.reader, taken_down_terms(stored, items)):
                if there is not None:
                    self.tell("taken-down", f"{term['site']} {term['capture']}", url=term["url"])
            if is_list(stored.metadata):
                for line, kind, detail in self._lists.wrong(stored):
                    self._wrong_line(stored, line, kind, detail)
            if stored.metadata or not gaps.count:  # half a capture says less than its row
                yield from items
        for error in faults.told:
            self.tell("damaged-file", error.reason, warc=key, offset=error.offset, url=error.url or "")
        self.done.passed += faults.passed

    def _wrong_line(self, stored: StoredCapture, line: Line, kind: str, detail: str) -> None:
        where = {"warc": stored.warc, "offset": stored.meta_offset}
        self.tell(kind, f"of the requisites: {detail}", url=line["url"], captured=line["captured"], **where)

    def _compare(self, items: Sequence[Item]) -> None:
        anew: list[Item] = []
        for item, there in compare(self.reader, items):
            is_term = "=" in item["site"]
            if there is not None and not is_term and is_copy(item, there):
                self._copies.add((item["captured"], item["url"]))  # and so are the terms of its row
            event = (item.get("captured", ""), item.get("url", ""))
            if is_term and event in self._reread:
                continue
            if not is_term:
                if there is not None and TERMS in there:
                    self._written[event] = there[TERMS]
                if there is not None and EXTRACTED_BY in there and event not in self._copies:
                    # Its look-up items are those of the article that was read again, not of what the file says.
                    self._reread.add(event)
                    anew += terms(there, self._indexing.terms)
            elif there is None and event in self._written and not is_due(item, self._written[event]):
                continue  # IndexTerms has more kinds since then: `pressmark rebuild` adds those of older captures
            if event in self._copies or (there is not None and same(item, there)):
                continue
            self._wrong(item, there)
        for term, there in compare(self.reader, anew):
            written = self._written.get((term["captured"], term["url"]))
            if there != term and not (there is None and written and not is_due(term, written)):
                self._wrong(term, there)

    def _wrong(self, item: Item, there: Item | None) -> None:
        where = {
            "url": item.get("url", ""),
            "captured": item.get("captured", ""),
            "warc": item.get("warc", ""),
            "offset": item.get("offset"),
        }
        if there is None:
            self.tell(
                "no-term" if "=" in item["site"] else "no-row", f"{item['site']} {item['capture']}", **where
            )
        else:
            names = sorted(name for name in item.keys() | there.keys() if item.get(name) != there.get(name))
            self.tell("different-row", f"{item['site']} {item['capture']}: {', '.join(names)}", **where)

    def rows(self, asked: ranges.Range) -> Iterator[Item]:
        """Yield the whole rows of a range. Raises ArchiveError."""
        after = None
        while True:
            page = self.reader.page(asked, limit=100, after=after)
            whole = page.items if asked.index is None else []
            yield from whole or self.reader.rows([ranges.row_key(item) for item in page.items])
            if (after := page.after) is None:
                return

"""The table restored from the WARC files alone (D1).

A rebuild writes what the files say, and deletes no capture: items that no file accounts for are reported by ``pressmark
verify``. Several files are worked on at a time, but they are counted in key order, so that an interrupted rebuild can
resume after the last key counted.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from pressmark.archive import rows
from pressmark.archive.items import Faults, Gaps, Indexing, items_of_file
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import Reader
from pressmark.archive.rows import Item
from pressmark.archive.table import ARTICLE_ATTRIBUTES, Table
from pressmark.archive.tombstones import lay
from pressmark.errors import ArchiveError, PressmarkError, WarcError
from pressmark.reading.process import ReadingError, Reads
from pressmark.settings import INDEX_TERMS
from pressmark.upkeep.reextract import EXTRACTED_BY, Change, changes, mark, reextract
from pressmark.warc.requisites import is_list
from pressmark.warc.stored import StoredCapture

ITEMS_AT_A_TIME = 500
"""Items held in memory of each file under work."""


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild did.

    missing, different: items that the table lacked, or that differed from the files; counted if the table is read
    (``dry_run``). marked: with ``extract``, rows of which only ``extracted_by`` would change; they do not count as
    different. damaged: what could not be read, by file. changed: with ``extract``, how many captures have a different
    value, by field. unread: pages that could not be read again, and why. passed: records that are not of web pages, by
    kind. after: the last key done.
    """

    files: int = 0
    captures: int = 0
    items: int = 0
    missing: int = 0
    different: int = 0
    marked: int = 0
    damaged: list[WarcError] = field(default_factory=list)
    changed: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    after: str = ""

    def add(self, other: "Rebuilt") -> None:
        """Add another result; its single changes are only for ``on_changes``."""
        self.files += other.files
        self.captures += other.captures
        self.items += other.items
        self.missing += other.missing
        self.different += other.different
        self.marked += other.marked
        self.damaged += other.damaged
        self.changed += other.changed
        self.unread += other.unread
        self.passed += other.passed
        self.after = other.after or self.after


@dataclass(slots=True)
class FileRebuilder:
    """Rebuilds the items of one file after the other. Works in any number of threads.

    reader: asked what the table holds, for ``dry_run`` and ``reads``. dry_run: write nothing, compare. reads: reads the
    articles again, if that is wanted.
    """

    objects: Objects
    table: Table
    indexing: Indexing
    reader: Reader | None = None
    dry_run: bool = False
    reads: Reads | None = None

    def __call__(self, key: str) -> Rebuilt:
        """Rebuild one file's items. Raises ArchiveError; damage is in the result."""
        done = Rebuilt(files=1, after=key)
        gaps, faults = Gaps(), Faults()
        waiting: list[Item] = []
        half: list[Item] = []
        stream = self.objects.open(key)
        try:
            for stored, found in items_of_file(stream, key, self.indexing, on_fault=faults, on_gap=gaps):
                done.captures += not stored.is_list
                if not self.dry_run:
                    self._take_out(stored, found)
                if gaps.count:  # next to damage, a part of the capture may be missing
                    self._write_new(half + self._behind_damage(stored, found, done), done)
                    half = []
                elif stored.metadata:
                    waiting += half + (self._read_again(stored, found, done) if self.reads else found)
                    half = []
                else:
                    half += found
                if len(waiting) + len(half) >= ITEMS_AT_A_TIME:
                    self._write(waiting + half, done)
                    waiting, half = [], []
        finally:
            stream.close()
        if gaps.count:
            self._write_new(half, done)
            half = []
        self._write(waiting + half, done)
        done.damaged += gaps.told + faults.told
        done.passed += faults.passed
        return done

    def _take_out(self, stored: StoredCapture, found: list[Item]) -> None:
        """Delete the look-up items of captures that were taken down, including those of a row that is still there."""
        gone = [row for row in found if "deleted" in row]
        there = self.reader.rows(gone) if gone and self.reader else []
        stale = [term for row in there if "warc" in row for term in rows.terms(row, INDEX_TERMS)]
        self.table.delete([*taken_down_terms(stored, found), *stale])

    def _behind_damage(self, stored: StoredCapture, found: list[Item], done: Rebuilt) -> list[Item]:
        """Return the items of an event that follows damage."""
        del stored, done
        return found

    def _write_new(self, items: list[Item], done: Rebuilt) -> None:
        """Write only the items that the table lacks: an incomplete row must not replace a complete one."""
        done.items += len(items)
        if self.dry_run and self.reader is not None:
            done.missing += sum(there is None for _, there in compare(self.reader, items))
        elif not self.dry_run:
            self.table.put_new(items)

    def _write(self, items: list[Item], done: Rebuilt) -> None:
        if self.reader is not None and self.indexing.tombstones.damaged:
            items = lay(self.indexing.tombstones.standing(self.reader.rows(items)), items)
        done.items += len(items)
        if self.dry_run and self.reader is not None:
            for item, there in compare(self.reader, items):
                if there is None:
                    done.missing += 1
                elif EXTRACTED_BY in item:  # read again: the table's row would be replaced
                    is_same = _unmarked(item) == _unmarked(there)
                    done.different += not is_same
                    done.marked += is_same and item != there
                else:
                    done.different += not same(item, there)
        elif not self.dry_run:
            self.table.put(items)

    def _read_again(self, stored: StoredCapture, found: list[Item], done: Rebuilt) -> list[Item]:
        """Return the items of an event with today's article fields; look-up items of the old ones are deleted."""
        head = [item for item in found if "=" not in item["site"]]
        if not head or self.reads is None or any("deleted" in row for row in head):
            return found
        if self.indexing.tombstones.took_original(head[-1]):  # only what was read on the day is left
            return found
        try:
            anew = reextract(stored, head[-1], self.objects, self.reads)
        except ArchiveError:
            raise
        except Exception as error:  # noqa: BLE001 - no page may end a rebuild over what is read from it
            why = str(error) if isinstance(error, ReadingError) else f"{type(error).__name__}: {error}"
            done.unread.append(f"{head[-1]['url']} at {head[-1]['captured']}: {why}")
            return found
        if anew is None:
            return found
        for change in changes(stored, anew):
            done.changed[change.field] += 1
            done.changes.append(change)
        items = rows.items(anew, bucket=self.indexing.bucket, index_terms=self.indexing.terms)
        last = items[len(head) - 1]
        items[len(head) - 1] = mark(last)
        if not self.dry_run:
            then = self.reader.rows([head[-1]]) if self.reader else []
            stale = [term for row in [*then, head[-1]] for term in rows.terms(row, self.indexing.terms)]
            wanted = {(item["site"], item["capture"]) for item in items}
            self.table.delete(term for term in stale if (term["site"], term["capture"]) not in wanted)
        return items


def finish(rebuilder: FileRebuilder, now: Indexing, executor: Executor, *, workers: int) -> None:
    """Remove again what a rebuild brought back of captures that were taken down while it was running.

    now: as ``rebuilder.indexing`` would be if it were made now. Raises ArchiveError.
    """
    files = {warc for warc, _ in now.tombstones.events - rebuilder.indexing.tombstones.events}
    there = {key for key in files for found, _ in rebuilder.objects.keys(key) if found == key}
    run(replace(rebuilder, indexing=now), iter(sorted(there)), executor, workers=workers)


def taken_down_terms(stored: StoredCapture, items: Sequence[Item]) -> list[Item]:
    """Return the look-up items that an event would have if none of its captures had been taken down.

    items: the event's, tombstones in place. The takedown deleted these, but a write that was under way at the time, and
    was repeated, may have brought them back.
    """
    if is_list(stored.metadata):  # if the page was taken down, its list has no item any more
        whole = rows.items(stored, bucket="", index_terms=INDEX_TERMS)
        return [] if any(item["site"] == whole[0]["site"] for item in items) else whole[:1]
    gone = {(row["captured"], row["url"]) for row in items if "deleted" in row}
    whole = rows.items(stored, bucket="", index_terms=INDEX_TERMS) if gone else []
    return [term for term in whole if "=" in term["site"] and (term["captured"], term["url"]) in gone]


def compare(reader: Reader, items: Sequence[Item]) -> Iterator[tuple[Item, Item | None]]:
    """Yield each item with the table's item of the same key, None if there is none."""
    there = {(item["site"], item["capture"]): item for item in reader.rows(items)}
    for item in items:
        yield item, there.get((item["site"], item["capture"]))


def _unmarked(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in (EXTRACTED_BY, rows.TERMS)}


def same(item: Item, there: Item) -> bool:
    """Whether the table holds what a file says.

    Article fields that were read again may differ. So may the look-up items that a row was written with: they depend on
    the settings of that day.
    """
    ours = {rows.TERMS}
    if EXTRACTED_BY in there:
        ours |= {EXTRACTED_BY, *ARTICLE_ATTRIBUTES}
    return {k: v for k, v in item.items() if k not in ours} == {
        k: v for k, v in there.items() if k not in ours
    }


def rebuild(
    objects: Objects,
    table: Table,
    indexing: Indexing,
    *,
    after: str = "",
    workers: int = 4,
    on_file: Callable[[str, Rebuilt], None] | None = None,
) -> Rebuilt:
    """Write every item of every WARC file into the table; damage in one file leaves the others alone.

    after: a key; files up to it are skipped. on_file: called after each file. Raises ArchiveError.
    """
    rebuilder = FileRebuilder(objects, table, indexing)
    with ThreadPoolExecutor(workers, thread_name_prefix="rebuild") as threads:
        keys = (key for key, _ in objects.keys(after=after))
        return run(rebuilder, keys, threads, workers=workers, on_file=on_file)


def run(
    rebuilder: Callable[[str], Rebuilt],
    keys: Iterator[str],
    executor: Executor,
    *,
    workers: int,
    on_file: Callable[[str, Rebuilt], None] | None = None,
    on_changes: Callable[[Sequence[Change]], Any] | None = None,
) -> Rebuilt:
    """Work on files side by side, a bounded number at a time, and count them in the order of their keys.

    Whatever ends it, ``on_file`` has been called for every file before the first unfinished one. Raises ArchiveError.
    """
    done = Rebuilt()
    under_way: deque[tuple[str, Future[Rebuilt]]] = deque()

    def count() -> None:
        key, future = under_way.popleft()
        result = future.result()
        if on_changes and result.changes:
            on_changes(result.changes)
        done.add(result)
        if on_file:
            on_file(key, done)

    try:
        for key in keys:
            under_way.append((key, executor.submit(rebuilder, key)))
            if len(under_way) >= 2 * workers:
                count()
        while under_way:
            count()
    except PressmarkError:
        for _, future in under_way:
            future.cancel()
        raise
    return done

"""Keeps the open table in agreement with the WARC files (docs/catalog.md).

The WARC files whose names state a time in the same minutes are a group, and are read together. A group's captures of
each day are put into that day's files (:mod:`pressmark.catalog.files`), those of its own day last. So a run that was
killed, was run twice, or ran at the same time as another leaves no row twice. What it did not finish, the next run
finds by comparing the groups in the files' footers with the listing of the WARC files.
"""

import hashlib
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from pressmark.archive.content import Files
from pressmark.archive.items import Indexing
from pressmark.catalog.days import Days
from pressmark.catalog.files import Added, DayFiles
from pressmark.catalog.losing import last_copies, parts_of
from pressmark.catalog.naming import PREFIX, day_of, group_of, hour_of, is_of_a_group, minutes_of
from pressmark.catalog.parquet import Engine, Entry, engine_here
from pressmark.catalog.reading import rows_of
from pressmark.catalog.shelf import Shelf
from pressmark.catalog.stones import Load, Stones
from pressmark.errors import ArchiveError, WarcError

LINES_BYTES = 128 * 1024 * 1024
"""Lines of JSON that wait in /tmp for each day; beyond that they become Parquet, a fifth as long, and wait as such."""

WAITING_BYTES = 64 * 1024 * 1024
"""Lines of several small groups of a day that wait in /tmp, to be put at once."""

Warcs = Sequence[tuple[str, int]]
"""Keys and sizes of WARC files, in key order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """An archive and its open table.

    files: the WARC files. shelf: where the open table is kept. stones: loads the tombstones. bucket: its name in rows.
    minutes: the period that a group covers (:func:`pressmark.catalog.naming.group_of`).
    """

    files: Files
    shelf: Shelf
    stones: Load
    bucket: str
    minutes: int = 60

    def groups(self, *, after: str = "") -> dict[str, list[tuple[str, int]]]:
        """Return the WARC files of each group that are listed after a key. Raises ArchiveError."""
        found: dict[str, list[tuple[str, int]]] = {}
        for key, size in self.files.keys(after=after):
            found.setdefault(group_of(key, self.minutes), []).append((key, size))
        return found

    def load_stones(self) -> Stones:
        """Return all takedowns until now. Raises ArchiveError."""
        return Stones(self.stones(), self.minutes)

    def indexing(self, stones: Stones) -> Indexing:
        """Return how WARC files become rows, without look-up items."""
        return Indexing(bucket=self.bucket, terms=(), tombstones=stones.all)


@dataclass(slots=True)
class Updated:
    """What an update did.

    groups: groups looked at. written: how many of these were written. rows: in them. deleted: files that belonged to no
    group. left: groups for which there was no time. kept: groups that were left as they are, because the open table has
    more of them than their WARC files, and these files. failed: groups that could not be written, and why. damaged:
    parts of WARC files that cannot be read.
    """

    groups: int = 0
    written: int = 0
    rows: int = 0
    deleted: int = 0
    left: list[str] = field(default_factory=list)
    kept: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    damaged: list[WarcError] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether the open table agrees with the WARC files."""
        return not self.left and not self.kept and not self.failed


class _OutOfTime(Exception):  # noqa: N818 - how a group is left
    pass


@dataclass(frozen=True, slots=True)
class _Read:
    """A group that was read and must be put. due: its entry in the footers."""

    group: str
    due: Entry
    days: Days


class Writer:
    """Brings the open table up to date, group by group."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        go_on: Callable[[], bool] = lambda: True,
        on_group: Callable[[str, int], None] = lambda _group, _rows: None,
    ) -> None:
        """go_on: whether there is time for more.

        on_group: called with each group that was written, and its number of rows.
        """
        self.catalog = catalog
        self._go_on = go_on
        self._on_group = on_group
        self._seen: set[str] = set()
        self.done = Updated()

    def update(
        self,
        *,
        after: str = "",
        is_ready: Callable[[str], bool] = lambda _group: True,
        again: bool = False,
    ) -> Updated:
        """Write groups that are missing or stale, in the order of days.

        after: only WARC files after this key are looked at; without it all are, and groups that are gone are removed,
        as are damaged files. is_ready: whether a group may be written yet. again: write every group, whatever the
        footers say. Raises ArchiveError if the archive cannot be listed, PressmarkError if duckdb is missing.
        """
        with engine_here() as engine:
            files = DayFiles(engine, self.catalog.shelf)
            # Before the WARC files are listed, so that every group found now belongs to listed files.
            days = [] if after else files.look_at_all()
            groups = self.catalog.groups(after=after)
            if not after:
                self._clear(files, days, groups)
            ready = sorted(filter(is_ready, groups), key=lambda group: (day_of(group), group))
            if ready:
                self._write(engine, files, {group: groups[group] for group in ready}, again=again)
        return self.done

    def _clear(self, files: DayFiles, days: Iterable[str], groups: Mapping[str, Warcs]) -> None:
        """Remove rows that belong to no group, and files of an older layout.

        This comes first, so that no row is there twice.
        """
        shelf = self.catalog.shelf
        for key in [key for key, _ in shelf.keys(PREFIX) if is_of_a_group(key)]:
            shelf.delete(key)
            self.done.deleted += 1
        for part in [*files.wrong]:
            self.done.deleted += files.delete(part)
        there = files.groups()
        gone = there - groups.keys()
        # Rows do not name their group. If groups of two lengths are in one file, both are removed.
        lengths: dict[str, set[int]] = {}
        for group in gone:
            lengths.setdefault(hour_of(group), set()).add(minutes_of(group))
        gone |= {group for group in there if lengths.get(hour_of(group), set()) - {minutes_of(group)}}
        for day in days:
            if any(not gone.isdisjoint(footer.groups) for footer in files.of(day).values()):
                self.done.deleted += files.change(day, {}, gone)

    def _write(self, engine: Engine, files: DayFiles, groups: Mapping[str, Warcs], *, again: bool) -> None:
        """Write the groups that need it, several of a day at once as far as there is room."""
        stones = self.catalog.load_stones()
        for _, names in groupby(groups, day_of):
            todo = deque(names)
            while todo:
                stones = self._some(engine, files, todo, groups, stones, again=again)

    def _some(
        self,
        engine: Engine,
        files: DayFiles,
        todo: deque[str],
        groups: Mapping[str, Warcs],
        stones: Stones,
        *,
        again: bool,
    ) -> Stones:
        """Write the first of a day's groups; return the tombstones that are known by now."""
        read: list[_Read] = []
        with ExitStack() as room:
            while todo and sum(each.days.size for each in read) < WAITING_BYTES:
                group = todo.popleft()
                due = wanted(group, groups[group], stones)
                with self._told([group]):
                    if not self._go_on():
                        raise _OutOfTime
                    self._seen.add(group)
                    if again or not files.is_current(group, due):
                        work = Path(room.enter_context(tempfile.TemporaryDirectory(prefix="pressmark-")))
                        damaged = len(self.done.damaged)
                        new = _Read(group, due, self._read(engine, work, groups[group], stones))
                        is_doubtful = len(self.done.damaged) > damaged or not files.has_files_of(group, due)
                        warcs = [key for key, _ in groups[group]]
                        if is_doubtful and (lost := self._lost(engine, files, new, warcs, stones)):
                            self.done.kept[group] = lost
                        else:
                            read.append(new)
            if not read:
                return stones
            with self._told([each.group for each in read]):
                _put(files, read)
                # Captures that were taken down while these groups were read must not be back for longer than a moment.
                now = self.catalog.load_stones()
                stale = [each.group for each in read if now.digest(each.group) != each.due.tombstones]
                todo.extendleft(stale)
                for each in read:
                    if each.group not in stale:
                        self.done.written += 1
                        self.done.rows += each.days.count
                        self._on_group(each.group, each.days.count)
                return now
        return stones

    @contextmanager
    def _told(self, groups: Sequence[str]) -> Iterator[None]:
        """Note what goes wrong for some groups, and let the others be written all the same."""
        try:
            yield
        except _OutOfTime:
            self.done.left += groups
        except (ArchiveError, OSError, ValueError) as error:
            self.done.failed |= dict.fromkeys(groups, str(error))
        self.done.groups = len(self._seen)

    def _lost(
        self, engine: Engine, files: DayFiles, new: _Read, warcs: Sequence[str], stones: Stones
    ) -> list[str]:
        """Return the WARC files of a group of which only the open table still has some captures or texts."""
        parts = parts_of(files, new.group)
        if not parts:
            return []
        pieces = [piece for day in {day_of(new.group), *new.days.found} for piece in new.days.pieces(day)]
        return last_copies(engine, self.catalog.shelf, parts, warcs=warcs, pieces=pieces, stones=stones.all)

    def _read(self, engine: Engine, work: Path, warcs: Warcs, stones: Stones) -> Days:
        days = Days(work, engine, limit=LINES_BYTES)
        indexing = self.catalog.indexing(stones)
        for row in rows_of(self.catalog.files, [key for key, _ in warcs], indexing, self.done.damaged.append):
            days.add(row)
            if not self._go_on():
                raise _OutOfTime
        return days


def _put(files: DayFiles, read: Sequence[_Read]) -> None:
    """Put groups of a day, replacing what is there of them. Raises ArchiveError."""
    home = day_of(read[0].group)
    days = {day for each in read for day in (*each.days.found, *files.days_of(each.group))}
    for day in sorted(days - {home}):
        here = {each.group: Added(each.due, each.days.pieces(day)) for each in read if day in each.days.found}
        files.change(day, here, {each.group for each in read} - here.keys())
    # Last of all, so that everything that the home names is there by then.
    last = {}
    for each in read:
        others = tuple(sorted(each.days.found.keys() - {home}))
        last[each.group] = Added(replace(each.due, days=others), each.days.pieces(home))
    files.change(home, last)


def wanted(group: str, warcs: Warcs, stones: Stones) -> Entry:
    """Return the entry that the footers must have for a group."""
    return Entry(digest_of(warcs), stones.digest(group))


def digest_of(warcs: Iterable[tuple[str, int]]) -> str:
    """Return the digest of a group's WARC files, as footers have it."""
    return hashlib.sha256("".join(f"{size} {key}\n" for key, size in sorted(warcs)).encode()).hexdigest()

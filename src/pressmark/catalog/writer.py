"""Keeps the open table as the WARC files say (docs/catalog.md).

A group of WARC files makes one Parquet file for each day on which something of it was captured, and each is replaced
whole. So a run that was killed, or was run twice, or at the same time as another, leaves no row twice; and what it did
not get to, the next run finds by comparing the files' footers with the listing of the WARC files.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from pressmark.archive.content import Files
from pressmark.archive.items import Indexing
from pressmark.catalog.days import Days
from pressmark.catalog.naming import PREFIX, Part, day_of, group_of
from pressmark.catalog.parquet import DamagedError, Engine, Footer, footer_of
from pressmark.catalog.reading import rows_of
from pressmark.catalog.schema import VERSION
from pressmark.catalog.shelf import Shelf
from pressmark.catalog.stones import Load, Stones
from pressmark.errors import ArchiveError, NotFoundError, WarcError
from pressmark.files import temporary

LINES_BYTES = 128 * 1024 * 1024
"""Lines of JSON that wait in /tmp for each day; what is more becomes Parquet, a fifth as long, and waits as that."""

Warcs = Sequence[tuple[str, int]]
"""Keys and sizes of WARC files, in key order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """An archive and its open table.

    files: the WARC files. shelf: where the open table lies. stones: loads what was taken down. bucket: what rows say.
    minutes: how long the names of a group's files may span (:func:`pressmark.catalog.naming.group_of`).
    """

    files: Files
    shelf: Shelf
    stones: Load
    bucket: str
    minutes: int = 60

    def groups(self, *, after: str = "") -> dict[str, list[tuple[str, int]]]:
        """Return the WARC files of each group that are listed behind a key. Raises ArchiveError."""
        found: dict[str, list[tuple[str, int]]] = {}
        for key, size in self.files.keys(after=after):
            found.setdefault(group_of(key, self.minutes), []).append((key, size))
        return found

    def load_stones(self) -> Stones:
        """Return what was taken down until now. Raises ArchiveError."""
        return Stones(self.stones(), self.minutes)

    def indexing(self, stones: Stones) -> Indexing:
        """Return how WARC files become rows; look-up items are of no use here."""
        return Indexing(bucket=self.bucket, terms=(), tombstones=stones.all)


@dataclass(slots=True)
class Updated:
    """What an update did.

    groups: groups looked at. written: of these, those whose files were written. rows: in them. deleted: files that
    belong to no group. left: groups for which the time did not last. failed: groups that could not be written, and why.
    damaged: what in WARC files cannot be read.
    """

    groups: int = 0
    written: int = 0
    rows: int = 0
    deleted: int = 0
    left: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    damaged: list[WarcError] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether the open table is as the WARC files say."""
        return not self.left and not self.failed


class _OutOfTime(Exception):  # noqa: N818 - how a group is left
    pass


class Writer:
    """Brings the open table up to date, a group after the other."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        go_on: Callable[[], bool] = lambda: True,
        on_group: Callable[[str, int], None] = lambda _group, _rows: None,
    ) -> None:
        """go_on: whether there is time for more. on_group: told of each group that was written, and of its rows."""
        self.catalog = catalog
        self._go_on = go_on
        self._on_group = on_group
        self._listed: dict[str, set[str]] = {}
        self.done = Updated()

    def update(
        self,
        groups: Mapping[str, Warcs],
        parts: Iterable[Part] = (),
        *,
        again: bool = False,
    ) -> Updated:
        """Write what is missing or stale of some groups, in the order of their names.

        parts: files that are there, listed before the groups were: those of no group are deleted, and a group with one
        on a day on which nothing of it was captured is written. again: write every group, whatever its files say of
        themselves. Raises ArchiveError where the archive cannot be listed.
        """
        # First: where groups were of another length, nothing may be in two files.
        for part in parts:
            if part.group in groups:
                self._listed.setdefault(part.group, set()).add(part.day)
            else:
                self.catalog.shelf.delete(part.key)
                self.done.deleted += 1
        if (
            not groups
        ):  # as on every scheduled run while no pages come: loading DuckDB would be most of its price
            return self.done
        with tempfile.TemporaryDirectory(prefix="pressmark-") as work, closing(Engine(Path(work))) as engine:
            stones = self.catalog.load_stones()
            for group in sorted(groups):
                stones = self._group(engine, group, groups[group], stones, again=again)
        return self.done

    def _group(self, engine: Engine, group: str, warcs: Warcs, stones: Stones, *, again: bool) -> Stones:
        """Write a group if that is needed; return the tombstones that are known by now."""
        if not self._go_on():
            self.done.left.append(group)
            return stones
        self.done.groups += 1
        try:
            listed = self._listed.get(group, ())
            if not again and is_current(engine, self.catalog.shelf, wanted(group, warcs, stones), listed):
                return stones
            while True:
                written = self._write(engine, group, warcs, stones)
                # What was taken down while this group was read must not be back for longer than a moment.
                now = self.catalog.load_stones()
                if now.digest_of_all == stones.digest_of_all:
                    break
                stones = now
            self.done.written += 1
            self.done.rows += written
            self._on_group(group, written)
        except _OutOfTime:
            self.done.left.append(group)
        except (ArchiveError, OSError, ValueError) as error:
            self.done.failed[group] = str(error)
        return stones

    def _write(self, engine: Engine, group: str, warcs: Warcs, stones: Stones) -> int:
        """Put a group's files in the place of those that are there; return how many rows they have."""
        home = day_of(group)
        footer = wanted(group, warcs, stones)
        before = _days_there(engine, self.catalog.shelf, group) | self._listed.get(group, set())
        with temporary(), tempfile.TemporaryDirectory(prefix="pressmark-") as name:
            days = self._read(engine, Path(name), [key for key, _ in warcs], stones, footer)
            others = sorted(days.found.keys() - {home})
            for day in others:
                self._put(Part(day, group), days.parquet(day, footer))
            for day in sorted(before - {home, *others}):
                self.catalog.shelf.delete(Part(day, group).key)
            # Last of all: what is there by then is what the home says is there.
            last = Footer(group, footer.files, footer.tombstones, tuple(others))
            self._put(Part(home, group), days.parquet(home, last))
        return days.count

    def _put(self, part: Part, file: Path) -> None:
        self.catalog.shelf.put(part.key, file)
        file.unlink()

    def _read(self, engine: Engine, work: Path, keys: Sequence[str], stones: Stones, footer: Footer) -> Days:
        days = Days(work, engine, footer, limit=LINES_BYTES)
        indexing = self.catalog.indexing(stones)
        for row in rows_of(self.catalog.files, keys, indexing, self.done.damaged.append):
            days.add(row)
            if not self._go_on():
                raise _OutOfTime
        return days


def wanted(group: str, warcs: Warcs, stones: Stones) -> Footer:
    """Return what the footers of a group's files must say."""
    return Footer(group, digest_of(warcs), stones.digest(group))


def digest_of(warcs: Iterable[tuple[str, int]]) -> str:
    """Return what a footer says of a group's WARC files."""
    return hashlib.sha256("".join(f"{size} {key}\n" for key, size in sorted(warcs)).encode()).hexdigest()


def is_current(engine: Engine, shelf: Shelf, footer: Footer, listed: Iterable[str]) -> bool:
    """Whether a group's files are there, all of them, and of the WARC files that it has now.

    listed: the days of its files, as far as they were listed; one that its home does not know of was put there by
    somebody else. Raises ArchiveError.
    """
    try:
        home = footer_of(engine, shelf, Part(day_of(footer.group), footer.group).key)
        found = [home, *(footer_of(engine, shelf, Part(day, footer.group).key) for day in home.days)]
    except NotFoundError:
        return False
    except DamagedError:
        return False
    if not {day_of(footer.group), *home.days}.issuperset(listed):
        return False
    said = (footer.files, footer.tombstones, VERSION)
    return all((each.files, each.tombstones, each.schema) == said for each in found)


def _days_there(engine: Engine, shelf: Shelf, group: str) -> set[str]:
    """Return the days other than its own for which a group has files, as its home says."""
    try:
        return set(footer_of(engine, shelf, Part(day_of(group), group).key).days)
    except (NotFoundError, DamagedError):
        return set()


def list_parts(shelf: Shelf, *, since: str = "") -> Iterator[Part]:
    """Yield the files of the open table, of a day and later ones. Raises ArchiveError."""
    for key, _ in shelf.keys(after=f"{PREFIX}day={since}" if since else ""):
        part = Part.of(key)
        if part is not None:
            yield part

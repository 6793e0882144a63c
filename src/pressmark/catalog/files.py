"""The files of each day: which groups are in which file, and how groups are added, replaced or removed.

A group's captures of a day are in one file, where they stay until the group is gone. A file is added to until it is
full; then the day's next file is begun. Each change is one PUT, which is refused if somebody else has changed the file
since it was read; then the day is looked at again (docs/decisions/d27). So nobody sees a row twice, at any moment and
with any program.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pressmark.catalog.naming import PREFIX, Part, day_of, group_of, minutes_of
from pressmark.catalog.parquet import (
    SORTED_ROWS,
    DamagedError,
    Engine,
    Entry,
    Files,
    Footer,
    footer_of,
)
from pressmark.catalog.schema import VERSION
from pressmark.catalog.shelf import NEW, ChangedError, Shelf
from pressmark.errors import ArchiveError, NotFoundError

FULL_ROWS = 20_000
"""A file with so many rows is full: some 30 MB, which are read, sorted and written again for each group that is
added."""

FULL_GROUPS = 500
"""A file with so many groups is full, so that its footer stays short: each imported file is a group."""

TRIES = 10
"""How often a day is looked at again because another program has changed it."""


@dataclass(frozen=True, slots=True)
class Added:
    """A group's captures of a day. pieces: Parquet files of them, each sorted."""

    entry: Entry
    pieces: Sequence[Path]


class DayFiles:
    """The files' footers; those of a day are read once, unless the files change."""

    def __init__(self, engine: Engine, shelf: Shelf) -> None:
        self._engine, self._shelf = engine, shelf
        self._days: dict[str, dict[int, Footer]] = {}
        self.wrong: dict[Part, str] = {}
        """Files that cannot be used, because they are damaged or are copies in another day's folder, and why."""

    def look_at_all(self) -> list[str]:
        """Look at every file; return the days. Raises ArchiveError."""
        parts = list(list_parts(self._shelf))
        for day in {part.day for part in parts if not part.folder}:
            self.of(day)
        self.wrong |= {part: f"it is a copy of a file of {part.day}" for part in parts if part.folder}
        return sorted(self._days)

    def of(self, day: str) -> dict[int, Footer]:
        """Return the files of a day by number, in order. Raises ArchiveError."""
        if day not in self._days:
            found = {}
            for part in list_parts(self._shelf, f"{PREFIX}day={day}/"):
                if part.folder:
                    continue
                try:
                    found[part.number] = footer_of(self._engine, self._shelf, part.key)
                except NotFoundError:  # deleted since it was listed
                    continue
                except DamagedError as error:
                    self.wrong[part] = str(error)
            self._days[day] = dict(sorted(found.items()))
        return self._days[day]

    def entry(self, group: str, day: str) -> Entry | None:
        """Return what the footers say of a group on a day; None if it is in no file, or in two."""
        there = [
            footer.groups[group]
            for footer in self.of(day).values()
            if group in footer.groups and footer.schema == VERSION
        ]
        return there[0] if len(there) == 1 else None

    def days_of(self, group: str) -> set[str]:
        """Return the days on which a group has rows, among those that its home names and those that were looked at."""
        said = {
            day
            for footer in self.of(day_of(group)).values()
            if group in footer.groups
            for day in footer.groups[group].days
        }
        return said | {
            day for day, files in self._days.items() for footer in files.values() if group in footer.groups
        }

    def groups(self) -> set[str]:
        """Return the groups in the files that were looked at."""
        return {
            group for files in self._days.values() for footer in files.values() for group in footer.groups
        }

    def is_current(self, group: str, due: Entry) -> bool:
        """Whether a group is there on exactly its days, and matches its present WARC files and takedowns."""
        home = day_of(group)
        entry = self.entry(group, home)
        if entry is None or self.days_of(group) != {home, *entry.days}:
            return False
        said = [self.entry(group, day) for day in (home, *entry.days)]
        return all(each and each.is_same(due) for each in said)

    def has_files_of(self, group: str, due: Entry) -> bool:
        """Whether a group is there and was made from its present WARC files, whatever was taken down since."""
        entry = self.entry(group, day_of(group))
        return entry is not None and entry.files == due.files

    def delete(self, part: Part) -> bool:
        """Delete a file that cannot be used, unless another has taken its place by now; return whether it was deleted.

        Raises ArchiveError.
        """
        self.wrong.pop(part, None)
        copy = self._engine.work / "wrong.parquet"
        try:
            tag = self._shelf.fetch(part.key, copy)
            if not part.folder:
                with suppress(ArchiveError, ValueError):
                    Footer.of_metadata(self._engine.metadata(copy))
                    return False
            self._shelf.delete(part.key, tag=tag)
        except (NotFoundError, ChangedError):
            return False
        finally:
            copy.unlink(missing_ok=True)
        return True

    def change(self, day: str, added: Mapping[str, Added], gone: Collection[str] = ()) -> int:
        """Put groups into a day's files, replacing what is there of them, and remove others.

        Return how many files were deleted. Raises ArchiveError.
        """
        for attempt in range(1, TRIES + 1):
            try:
                return self._change(day, added, gone)
            except ChangedError:
                if attempt == TRIES:
                    raise
            finally:
                self._days.pop(day, None)
        raise AssertionError("unreachable")

    def _change(self, day: str, added: Mapping[str, Added], gone: Collection[str]) -> int:
        files = self.of(day)
        places: dict[str, int] = {}
        for number, footer in files.items():
            for group in footer.groups:
                if group not in gone and footer.schema == VERSION:
                    places.setdefault(group, number)
        # Nothing is added to a full file, so two programs that both have new rows want the same file.
        last = max(files, default=-1)
        open_ = last if last >= 0 and not files[last].is_full else last + 1
        for group in added:
            places.setdefault(group, open_)
        deleted = 0
        for number in sorted({*files, open_}):
            there = files.get(number)
            here = {group: each for group, each in added.items() if places[group] == number}
            before = there.groups if there else {}
            kept = {
                group: each
                for group, each in before.items()
                if places.get(group) == number and group not in added
            }
            if here or kept.keys() != before.keys():
                deleted += self._write(Part(day, number), there, kept, here)
        return deleted

    def _write(
        self, part: Part, footer: Footer | None, kept: Mapping[str, Entry], added: Mapping[str, Added]
    ) -> bool:
        """Put a file with the groups that stay and those that are new; if there are none, delete it and return True."""
        there, out = self._engine.work / "there.parquet", self._engine.work / "whole.parquet"
        if footer is not None and not kept and not added:
            self._shelf.delete(part.key, tag=self._fetch(part, footer, there))
            return True
        tag, warcs = NEW, list[str]()
        if footer is not None:
            tag = self._fetch(part, footer, there)
            warcs = [warc for warc in self._engine.warcs(there) if is_of(warc, kept)] if kept else []
        pieces = [piece for each in added.values() for piece in each.pieces]
        files = Files(pieces, there if kept else None, warcs)
        rows = self._engine.count(files)
        groups = {**kept, **{group: each.entry for group, each in added.items()}}
        is_full = rows >= FULL_ROWS or len(groups) >= FULL_GROUPS or (footer is not None and footer.is_full)
        self._engine.joined(files, out, Footer(groups, is_full), is_sorted=rows <= SORTED_ROWS)
        there.unlink(missing_ok=True)
        self._shelf.put(part.key, out, tag=tag)
        out.unlink()
        return False

    def _fetch(self, part: Part, footer: Footer, into: Path) -> str:
        """Copy a file whose footer has not changed since it was read; return its tag."""
        try:
            tag = self._shelf.fetch(part.key, into)
            said = Footer.of_metadata(self._engine.metadata(into))
        except NotFoundError as error:
            raise ChangedError(f"{part.key} was deleted meanwhile") from error
        except ValueError as error:
            raise ArchiveError(f"{part.key}: {error}") from error
        if said != footer:
            raise ChangedError(f"{part.key} was changed meanwhile")
        return tag


def list_parts(shelf: Shelf, prefix: str = PREFIX) -> Iterator[Part]:
    """Yield the files of the open table, of all days or in one folder. Raises ArchiveError."""
    for key, _ in shelf.keys(prefix):
        part = Part.of(key)
        if part is not None:
            yield part


def is_of(warc: str, groups: Collection[str]) -> bool:
    """Whether a WARC file belongs to one of some groups."""
    return any(group_of(warc, minutes) in groups for minutes in {minutes_of(group) for group in groups})

"""Compares the open table with the WARC files: every row, value for value."""

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pressmark.archive.keys import split_capture
from pressmark.catalog.days import Days
from pressmark.catalog.files import DayFiles, is_of
from pressmark.catalog.naming import Part, day_of, end_of
from pressmark.catalog.parquet import Engine, Entry, Files, Footer, Select, engine_here
from pressmark.catalog.reading import rows_of
from pressmark.catalog.schema import COLUMNS
from pressmark.catalog.stones import Stones
from pressmark.catalog.writer import LINES_BYTES, Catalog, Warcs, wanted
from pressmark.errors import ArchiveError, NotFoundError

KINDS = {
    "no-catalog-row": "a capture without its row in the open table",
    "extra-catalog-row": "a row of the open table that no WARC file accounts for, or that is there twice",
    "different-catalog-row": "a row of the open table that does not say what its WARC file says",
    "damaged-catalog-file": "a file of the open table that is missing, cannot be read, or belongs to no WARC files",
}
"""``pressmark catalog update --again`` repairs all of these, if the WARC files are whole."""

LATE = timedelta(days=2)
"""How long after the end of its hour a group may still be unwritten."""

MOST = 2000
"""Maximum number of rows of one file that are named. One with another value counts twice: as it is, and as it should
be."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that is wrong. kind: a key of KINDS. key: of the file. url, captured: of the row, if a row is wrong."""

    kind: str
    detail: str
    key: str
    url: str = ""
    captured: str = ""


@dataclass(slots=True)
class Checked:
    """How much was compared. waiting: groups that are not written yet, or lack some of their WARC files."""

    files: int = 0
    rows: int = 0
    waiting: list[str] = field(default_factory=list)


class Checker:
    """Reads the WARC files again, one group after the other, and compares."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        now: datetime | None = None,
        on_problem: Callable[[Discrepancy], None],
        on_file: Callable[[str, int], None] = lambda _key, _rows: None,
    ) -> None:
        """now: the time, if a function keeps the open table: then old groups must be written.

        on_file: gets file and rows due.
        """
        self._catalog, self._now = catalog, now
        self._on_problem, self._on_file = on_problem, on_file
        self.done = Checked()

    def everything(self, *, since: str = "") -> Checked:
        """Compare every file, or those of days that are not before ``since``. Raises ArchiveError."""
        with engine_here() as engine:
            files = DayFiles(engine, self._catalog.shelf)
            days = files.look_at_all()
            if not days and not files.wrong:  # an archive without an open table
                return self.done
            groups, stones = self._catalog.groups(), self._catalog.load_stones()
            for part, why in sorted(files.wrong.items()):
                if part.day >= since:
                    self._damaged(part, why)
            current = set()
            for group in sorted(groups):
                if day_of(group) < since and not group.startswith("w-"):
                    continue
                if self._is_current(files, group, wanted(group, groups[group], stones)):
                    current.add(group)
            for day in filter(lambda day: day >= since, days):
                seen = set[str]()
                for number, footer in files.of(day).items():
                    ours = {group: groups[group] for group in footer.groups if group in current}
                    self._file(engine, Part(day, number), footer, ours, stones)
                    if strange := footer.groups.keys() - groups.keys():
                        why = f"it has {', '.join(sorted(strange))}, of which the archive has no WARC file"
                        self._damaged(Part(day, number), why)
                    if twice := footer.groups.keys() & seen:
                        why = f"it has {', '.join(sorted(twice))}, as another file of the day has"
                        self._damaged(Part(day, number), why)
                    seen |= footer.groups.keys()
        return self.done

    def _is_current(self, files: DayFiles, group: str, due: Entry) -> bool:
        """Whether a group's files state that they were made from its WARC files; if not, report it."""
        home = Part(day_of(group), 0)
        entry = files.entry(group, home.day)
        if entry is None or not entry.is_same(due):
            self._wait(
                group, home, f"{group} is not in it, or was written from other WARC files than there are now"
            )
            return False
        for day in entry.days:
            if files.entry(group, day) is None:
                self._damaged(Part(day, 0), f"{group} is missing in it")
        for day in files.days_of(group) - {home.day, *entry.days}:
            self._damaged(Part(day, 0), f"it has {group}, which is not of this day")
        return True

    def _wait(self, group: str, home: Part, why: str) -> None:
        end = end_of(group)
        if self._now is not None and end is not None and end + LATE < self._now:
            self._damaged(home, why)
        else:
            self.done.waiting.append(group)

    def _file(
        self, engine: Engine, part: Part, footer: Footer, groups: Mapping[str, Warcs], stones: Stones
    ) -> None:
        """Compare a file with the captures of its day in the WARC files of its groups."""
        copy = engine.work / "there.parquet"
        with tempfile.TemporaryDirectory(prefix="pressmark-") as name:
            due = Days(Path(name), engine, limit=LINES_BYTES)
            for group, warcs in groups.items():
                keys, days = [key for key, _ in warcs], set[str]()
                for row in rows_of(
                    self._catalog.files, keys, self._catalog.indexing(stones), lambda _damage: None
                ):
                    days.add(str(row["captured"])[:10])
                    if str(row["captured"])[:10] == part.day:
                        due.add(row)
                if part.day == day_of(group) and not days <= {part.day, *footer.groups[group].days}:
                    self._damaged(part, f"it does not say on which days {group} has captures")
            try:
                self._catalog.shelf.fetch(part.key, copy)
                self.done.files += 1
                others = {group for group in footer.groups if group not in groups}
                self._rows(engine, part, due.pieces(part.day), copy, others)
            except NotFoundError:
                self._damaged(part, "it is missing")
            except ArchiveError as error:
                self._damaged(part, str(error))
        self.done.rows += due.count
        self._on_file(part.key, due.count)

    def _rows(
        self, engine: Engine, part: Part, expected: Sequence[Path], there: Path, not_compared: Collection[str]
    ) -> None:
        """Compare rows. not_compared: groups whose rows are ignored, since they are not up to date."""
        read = "SELECT {} FROM read_parquet(?, hive_partitioning = false)"
        columns = [name for name, *_ in engine.ask(f"DESCRIBE {read.format('*')}", [str(there)])]
        if columns != list(COLUMNS):
            self._damaged(part, "its columns are not those of docs/catalog.md")
            return
        left_out = [warc for warc in engine.warcs(there) if is_of(warc, not_compared)]
        due, found = Files(expected).query(), Files([], there, left_out, leaves_out=True).query()
        missing, extra = _by_place(engine.ask(*_difference(due, found)))
        for place, rows in missing.items():
            others = extra.pop(place, [])
            for row in rows:
                if others:
                    names = _differing(row, others.pop())
                    self._row("different-catalog-row", f"it differs in {', '.join(names)}", part, row)
                else:
                    self._row("no-catalog-row", "", part, row)
            for row in others:
                self._row("extra-catalog-row", "", part, row)
        for rows in extra.values():
            for row in rows:
                self._row("extra-catalog-row", "", part, row)

    def _row(self, kind: str, detail: str, part: Part, row: Mapping[str, Any]) -> None:
        captured = split_capture(str(row["capture"]))[1]
        self._on_problem(Discrepancy(kind, detail, part.key, str(row["url"]), captured))

    def _damaged(self, part: Part, why: str) -> None:
        self._on_problem(Discrepancy("damaged-catalog-file", why, part.key))


Places = dict[tuple[Any, ...], list[dict[str, Any]]]
"""Rows by the record that they are of."""


def _by_place(found: Sequence[Sequence[Any]]) -> tuple[Places, Places]:
    """Return the rows that are missing, and those that are too much. found: as :func:`_difference` has them."""
    missing, extra, left = Places(), Places(), MOST
    for count, *values in found:
        row = dict(zip(COLUMNS, values, strict=True))
        places, times = missing if count > 0 else extra, min(abs(count), left)
        places.setdefault((row["warc"], row["offset"], row["capture"]), []).extend([row] * times)
        left -= times
        if not left:
            break
    return missing, extra


def _differing(row: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return [name for name in row if row[name] != other[name]]


def _difference(due: Select, found: Select) -> Select:
    """Return a SELECT of the rows that one has more often than the other, behind how much more often ``due`` has them.

    It reads and groups each once. EXCEPT ALL in both directions says the same and takes four times as long.
    """
    both = f"SELECT 1 AS n, * FROM ({due[0]}) UNION ALL BY NAME SELECT -1 AS n, * FROM ({found[0]})"  # noqa: S608 - names of ours
    columns = ", ".join(f'"{name}"' for name in COLUMNS)
    more = f"SELECT sum(n), {columns} FROM ({both}) GROUP BY {columns} HAVING sum(n) <> 0"  # noqa: S608
    return f'{more} ORDER BY warc, "offset", capture LIMIT {MOST}', [*due[1], *found[1]]

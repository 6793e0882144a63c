"""Whether the open table says what the WARC files say: every row, value for value."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pressmark.archive.keys import split_capture
from pressmark.catalog.days import Days
from pressmark.catalog.naming import Part, day_of, end_of
from pressmark.catalog.parquet import DamagedError, Engine, footer_of
from pressmark.catalog.reading import rows_of
from pressmark.catalog.schema import COLUMNS, VERSION
from pressmark.catalog.stones import Stones
from pressmark.catalog.writer import LINES_BYTES, Catalog, Warcs, list_parts, wanted
from pressmark.errors import ArchiveError, NotFoundError
from pressmark.files import temporary

KINDS = {
    "no-catalog-row": "a capture without its row in the open table",
    "extra-catalog-row": "a row of the open table that no WARC file accounts for, or that is there twice",
    "different-catalog-row": "a row of the open table that does not say what its WARC file says",
    "damaged-catalog-file": "a file of the open table that is missing, cannot be read, or belongs to no WARC files",
}
"""``pressmark catalog update --again`` mends all of these."""

LATE = timedelta(days=2)
"""How long after its hour a group may wait to be written."""

MOST = 1000
"""Rows of one file that are named."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that is wrong. kind: a key of KINDS. key: of the file. url, captured: of the row, if it is one."""

    kind: str
    detail: str
    key: str
    url: str = ""
    captured: str = ""


@dataclass(slots=True)
class Checked:
    """How much was compared. waiting: groups that are not written yet, or not with all their WARC files."""

    files: int = 0
    rows: int = 0
    waiting: list[str] = field(default_factory=list)


class Checker:
    """Reads the WARC files of a group after the other again, and compares."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        now: datetime | None = None,
        on_problem: Callable[[Discrepancy], None],
        on_group: Callable[[str, int], None] = lambda _group, _rows: None,
    ) -> None:
        """now: of an archive whose open table a function keeps: an older group may not wait. on_group: as of Writer."""
        self._catalog, self._now = catalog, now
        self._on_problem, self._on_group = on_problem, on_group
        self.done = Checked()

    def everything(self, *, since: str = "") -> Checked:
        """Compare every group, or those whose day is not before ``since``. Raises ArchiveError."""
        parts = list(list_parts(self._catalog.shelf))
        if not parts:  # an archive without an open table
            return self.done
        there: dict[str, set[str]] = {}
        groups = self._catalog.groups()
        for part in parts:
            if part.group in groups:
                there.setdefault(part.group, set()).add(part.day)
            elif part.day >= since:
                self._damaged(part, "it belongs to no WARC file of the archive")
        stones = self._catalog.load_stones()
        for group in sorted(groups):
            if day_of(group) < since and not group.startswith("w-"):
                continue
            self._group(group, groups[group], stones, there.get(group, set()))
        return self.done

    def _group(self, group: str, warcs: Warcs, stones: Stones, days: set[str]) -> None:
        home = Part(day_of(group), group)
        with temporary(), tempfile.TemporaryDirectory(prefix="pressmark-") as name:
            work = Path(name)
            with closing(Engine(work)) as engine:
                try:
                    footer = footer_of(engine, self._catalog.shelf, home.key)
                except NotFoundError:
                    self._wait(group, home, "it is missing")
                    return
                except DamagedError as error:
                    self._damaged(home, str(error))
                    return
                is_due = wanted(group, warcs, stones)
                said = (footer.files, footer.tombstones, footer.schema)
                if said != (is_due.files, is_due.tombstones, VERSION):
                    self._wait(group, home, "it was written from other WARC files than there are now")
                    return
                self._compare(engine, work, home, warcs, stones, days)

    def _wait(self, group: str, home: Part, why: str) -> None:
        end = end_of(group)
        if self._now is not None and end is not None and end + LATE < self._now:
            self._damaged(home, why)
        else:
            self.done.waiting.append(group)

    def _compare(
        self, engine: Engine, work: Path, home: Part, warcs: Warcs, stones: Stones, days: set[str]
    ) -> None:
        footer = wanted(home.group, warcs, stones)
        due = Days(work, engine, footer, limit=LINES_BYTES)
        keys = [key for key, _ in warcs]
        for row in rows_of(self._catalog.files, keys, self._catalog.indexing(stones), lambda _damage: None):
            due.add(row)
        for day in sorted(due.found.keys() | days | {home.day}):
            part, copy = Part(day, home.group), work / "there.parquet"
            try:
                self._catalog.shelf.fetch(part.key, copy)
            except NotFoundError:
                self._damaged(part, "it is missing")
                continue
            self.done.files += 1
            expected = due.parquet(day, footer)
            try:
                self._rows(engine, part, expected, copy)
            except ArchiveError as error:
                self._damaged(part, str(error))
            expected.unlink()
        self.done.rows += due.count
        self._on_group(home.group, due.count)

    def _rows(self, engine: Engine, part: Part, expected: Path, there: Path) -> None:
        query = "SELECT {} FROM read_parquet(?, hive_partitioning = false)"
        columns = [name for name, *_ in engine.ask(f"DESCRIBE {query.format('*')}", [str(there)])]
        if columns != list(COLUMNS):
            self._damaged(part, "its columns are not those of docs/catalog.md")
            return
        select = query.format("*")
        between = f"{select} EXCEPT ALL {select} LIMIT {MOST}"
        missing = _by_place(engine.ask(between, [str(expected), str(there)]))
        extra = _by_place(engine.ask(between, [str(there), str(expected)]))
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


def _by_place(found: Sequence[Sequence[Any]]) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """Return rows by the record that they are of."""
    places: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for values in found:
        row = dict(zip(COLUMNS, values, strict=True))
        places.setdefault((row["warc"], row["offset"], row["capture"]), []).append(row)
    return places


def _differing(row: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return [name for name in row if row[name] != other[name]]

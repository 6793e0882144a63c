"""Which files of the open table can be used in place of the archive's rows, and up to which time."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pressmark.archive.objects import IMPORTED
from pressmark.archive.objects import PREFIX as WARCS
from pressmark.catalog.covered import BEFORE
from pressmark.catalog.naming import day_of, end_of, group_of
from pressmark.catalog.schema import VERSION
from pressmark.catalog.writer import wanted

if TYPE_CHECKING:
    from pressmark.catalog.parquet import Footer
    from pressmark.catalog.writer import Catalog

DAY = timedelta(days=1)

_FOLDER = re.compile(rf"{WARCS}(\d{{4}})/(\d\d)/(\d\d)/", re.ASCII)


@dataclass(frozen=True, slots=True)
class Current:
    """paths: files that agree with the WARC files. until: all captures before it are in them; None: every capture."""

    paths: list[Path]
    until: datetime | None


def current(footers: "Mapping[Path, Footer]", catalog: "Catalog", since: date | None) -> Current:
    """Compare files with the present WARC files and takedowns, as ``pressmark catalog status`` does.

    footers: of the files of a period, each in a folder ``day=...``. since: the period's first day; None: no beginning.
    Groups that were begun more than a day before ``since`` are not looked at, and their files are taken as they are. A
    file is left out if one of its groups is gone or does not match its WARC files any more, and captures from its day
    on count as not in the files. Raises ArchiveError.
    """
    first = (since - DAY).isoformat() if since else ""
    groups = catalog.groups(after=f"{WARCS}{first.replace('-', '/')}" if first else "")
    stones = catalog.load_stones()
    due = {group: wanted(group, warcs, stones) for group, warcs in groups.items()}

    def is_right(footer: "Footer") -> bool:
        return footer.schema == VERSION and all(
            due[group].is_same(entry) if group in due else bool(first) and day_of(group) < first
            for group, entry in footer.groups.items()
        )

    right = {path: footer for path, footer in sorted(footers.items()) if is_right(footer)}
    homes = _homes(right)
    there = set[tuple[str, str]]()
    for path, footer in [*right.items()]:
        here = {(group, _day(path)) for group in footer.groups}
        if here & there or any(day not in homes.get(group, {day}) for group, day in here):
            del right[path]  # somebody's copy
        else:
            there |= here
    homes = _homes(right)
    begun = [
        _begun(key, catalog.minutes) for group in groups.keys() - homes.keys() for key, _ in groups[group]
    ]
    # A file that is left out or missing may have had captures of any group, but all of its own day.
    days = {_day(path) for path in footers.keys() - right.keys()}
    days |= {
        day for group in groups.keys() & homes.keys() for day in homes[group] if (group, day) not in there
    }
    begun += [
        datetime.fromisoformat(f"{day}T00:00Z") for day in days if not since or day >= since.isoformat()
    ]
    return Current(sorted(right), min(begun) if begun else None)


def _day(path: Path) -> str:
    return path.parent.name.removeprefix("day=")


def _homes(footers: "Mapping[Path, Footer]") -> dict[str, set[str]]:
    """Return the days of each group, as the file of its own day says."""
    return {
        group: {_day(path), *entry.days}
        for path, footer in footers.items()
        for group, entry in footer.groups.items()
        if _day(path) == day_of(group)
    }


def _begun(warc: str, minutes: int) -> datetime:
    """Return a time before which nothing in a WARC file was captured, by its key; aware UTC.

    A file is in the folder of its first capture's day (:func:`pressmark.warc.writer.file_key`; imported ones, too); a
    file in another place may hold anything.
    """
    end = end_of(group_of(warc, minutes))
    if end is not None and IMPORTED not in warc:  # the time in an imported file's name comes from a stranger
        return end - timedelta(minutes=minutes) - BEFORE
    if folder := _FOLDER.match(warc):
        with suppress(ValueError, OverflowError):  # 2026/02/30
            return datetime(int(folder[1]), int(folder[2]), int(folder[3]), tzinfo=UTC) - BEFORE
    return datetime.min.replace(tzinfo=UTC)

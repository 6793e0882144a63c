"""Which files of the open table can stand for the archive's rows, and for what was captured until when."""

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
from pressmark.catalog.writer import wanted

if TYPE_CHECKING:
    from pressmark.catalog.parquet import Footer
    from pressmark.catalog.writer import Catalog

DAY = timedelta(days=1)

_FOLDER = re.compile(rf"{WARCS}(\d{{4}})/(\d\d)/(\d\d)/", re.ASCII)


@dataclass(frozen=True, slots=True)
class Current:
    """paths: files that say what the WARC files say. until: captures before it are all in them; None: every capture."""

    paths: list[Path]
    until: datetime | None


def current(footers: "Mapping[Path, Footer]", catalog: "Catalog", since: date | None) -> Current:
    """Compare files with the WARC files and takedowns that there are now, as ``pressmark catalog status`` does.

    footers: of the files of a period, each in a folder ``day=...``. since: the period's first day; None: all there is.
    Groups that were begun more than a day before ``since`` are not looked at, and their files are taken as they are.
    Files that belong to no group, or are not as its WARC files are now, are left out. Raises ArchiveError.
    """
    first = (since - DAY).isoformat() if since else ""
    groups = catalog.groups(after=f"{WARCS}{first.replace('-', '/')}" if first else "")
    stones = catalog.load_stones()
    due = {group: wanted(group, warcs, stones) for group, warcs in groups.items()}
    there: dict[tuple[str, str], Path] = {}
    homes: dict[str, set[str]] = {}
    for path, footer in sorted(footers.items()):
        group, day = footer.group, path.parent.name.removeprefix("day=")
        is_right = due[group].is_same(footer) if group in due else bool(first) and day_of(group) < first
        if is_right:
            there[group, day] = path
            if day == day_of(group):
                homes[group] = {day, *footer.days}
    stale = {
        group
        for group in groups
        if group not in homes
        or not all((group, day) in there or bool(since and day < since.isoformat()) for day in homes[group])
    }
    paths = [path for (group, day), path in there.items() if day in homes.get(group, {day})]
    begun = [_begun(key, catalog.minutes) for group in stale for key, _ in groups[group]]
    return Current(sorted(paths), min(begun) if begun else None)


def _begun(warc: str, minutes: int) -> datetime:
    """Return before when nothing in a WARC file was captured, as far as its key tells; aware UTC.

    A file is in the folder of its first capture's day (:func:`pressmark.warc.writer.file_key`, and so is what was
    imported); one that is elsewhere may hold anything.
    """
    end = end_of(group_of(warc, minutes))
    if end is not None and IMPORTED not in warc:  # the time in the name of an imported one is a stranger's
        return end - timedelta(minutes=minutes) - BEFORE
    if folder := _FOLDER.match(warc):
        with suppress(ValueError, OverflowError):  # 2026/02/30
            return datetime(int(folder[1]), int(folder[2]), int(folder[3]), tzinfo=UTC) - BEFORE
    return datetime.min.replace(tzinfo=UTC)

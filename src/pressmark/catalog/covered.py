"""Up to when the open table is complete: its newest files' footers, compared with the listing of WARC files."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pressmark.archive.content import Files
from pressmark.archive.objects import PREFIX as WARCS
from pressmark.catalog.files import DayFiles
from pressmark.catalog.naming import MARK, MINUTES, NO_DAY, day_of, end_of, group_of, minutes_of
from pressmark.catalog.parquet import GROUPS, engine_here, groups_of
from pressmark.catalog.writer import digest_of

if TYPE_CHECKING:
    from pressmark.catalog.asking import Asking
    from pressmark.catalog.writer import Catalog

BEFORE = timedelta(minutes=15)
"""How much older a capture can be than the name of its WARC file: an invocation ends after 15 minutes (AWS Lambda)."""

LOOK_BACK = timedelta(hours=1)
"""How long before the newest group a file's time may be, although it came too late for the last update."""

DAYS = 2
"""How many of the newest days' footers are read."""


@dataclass(frozen=True, slots=True)
class Covered:
    """until: all captures before it are there, by the names of WARC files; aware UTC. missing: number of WARC files."""

    until: datetime
    missing: int


def homes_of(database: "Asking", paths: Iterable[Path]) -> dict[str, str]:
    """Return the groups whose home is among the newest files, with the digests that these state for their WARC files.

    Raises DamagedTableError.
    """
    by_day: dict[str, list[Path]] = {}
    for path in paths:
        by_day.setdefault(path.parent.name.removeprefix("day="), []).append(path)
    homes: dict[str, str] = {}
    for day in sorted(by_day)[-DAYS:]:
        for (said,) in database.footers(by_day[day], (GROUPS,)):
            with suppress(ValueError):  # a stranger's file
                homes |= {
                    group: each.files for group, each in groups_of(said).items() if day_of(group) == day
                }
    return homes


def covered(homes: Mapping[str, str], files: Files, end: datetime | None) -> Covered | None:
    """Return up to when a table is complete; None if no capture before ``end`` is missing.

    homes: of :func:`homes_of`. Groups without a time in their names are not looked at (:func:`undated_missing`).
    Raises ArchiveError.
    """
    ends = {group: at for group in homes if (at := end_of(group))}
    newest = max(ends, key=lambda group: ends[group], default=None)
    minutes = minutes_of(newest) if newest else MINUTES[0]
    since = (
        ends[newest] - timedelta(minutes=minutes) - LOOK_BACK if newest else datetime.min.replace(tzinfo=UTC)
    )
    listed: dict[str, list[tuple[str, int]]] = {}
    for key, size in files.keys(after=f"{WARCS}{since:%Y/%m/%d}" if newest else ""):
        listed.setdefault(group_of(key, minutes), []).append((key, size))
    missing = [
        (begun, len(warcs))
        for group, warcs in listed.items()
        if (at := end_of(group))
        and (begun := at - timedelta(minutes=minutes)) >= since
        and (end is None or begun - BEFORE < end)
        and homes.get(group) != digest_of(warcs)
    ]
    if not missing:
        return None
    return Covered(min(missing)[0] - BEFORE, sum(count for _, count in missing))


def undated_missing(catalog: "Catalog") -> int:
    """Return how many WARC files without a time in their names, such as imported ones, a table does not have yet.

    Looks only if the scheduled run has left no mark that it has seen everything. Raises ArchiveError.
    """
    if any(key == MARK for key, _ in catalog.shelf.keys(MARK)):
        return 0
    with engine_here() as engine:
        files = DayFiles(engine, catalog.shelf)
        files.of(NO_DAY)
        written = files.groups()
    return sum(end_of(group) is None and group not in written for group in catalog.groups())

"""The whole open table, not only what is new: brought up to date, or looked at."""

import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from pressmark.archive.objects import PREFIX as WARCS
from pressmark.catalog.naming import Part
from pressmark.catalog.parquet import Engine
from pressmark.catalog.writer import Catalog, Updated, Writer, is_current, list_parts, wanted


@dataclass(slots=True)
class Status:
    """How far the open table is. waiting: the groups that are missing in it, or are not up to date."""

    files: int = 0
    bytes: int = 0
    groups: int = 0
    waiting: list[str] = field(default_factory=list)


def bring_up_to_date(
    catalog: Catalog,
    *,
    since: str = "",
    again: bool = False,
    on_group: Callable[[str, int], None] = lambda _group, _rows: None,
) -> Updated:
    """Write every group that is not up to date, and delete files of groups that are gone.

    since: a day; only WARC files filed under it and later ones, and nothing is deleted. again: write all, in any case.
    Raises ArchiveError where the archive cannot be listed, PressmarkError where duckdb is missing.
    """
    # Listed before the WARC files: what is there by then must be of files that are listed.
    parts = [] if since else list(list_parts(catalog.shelf))
    groups = catalog.groups(after=f"{WARCS}{since.replace('-', '/')}" if since else "")
    return Writer(catalog, on_group=on_group).update(groups, parts, again=again)


def status_of(catalog: Catalog) -> Status:
    """Return how far the open table is, from listings and footers. Raises ArchiveError, PressmarkError."""
    found = Status()
    there: dict[str, set[str]] = {}
    for key, size in catalog.shelf.keys():  # noqa: SIM118 - a listing, not a dict
        if part := Part.of(key):
            there.setdefault(part.group, set()).add(part.day)
            found.files += 1
            found.bytes += size
    groups, stones = catalog.groups(), catalog.load_stones()
    found.groups = len(groups)
    with tempfile.TemporaryDirectory(prefix="pressmark-") as work, closing(Engine(Path(work))) as engine:
        for group in sorted(groups):
            days, due = there.get(group), wanted(group, groups[group], stones)
            if not (days and is_current(engine, catalog.shelf, due, days)):
                found.waiting.append(group)
    found.waiting += sorted(there.keys() - groups.keys())
    return found

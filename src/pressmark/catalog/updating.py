"""Brings the whole open table up to date, not only what is new, or says how far it is."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pressmark.archive.objects import PREFIX as WARCS
from pressmark.catalog.files import DayFiles
from pressmark.catalog.naming import Part
from pressmark.catalog.parquet import engine_here
from pressmark.catalog.writer import Catalog, Updated, Writer, wanted


@dataclass(slots=True)
class Status:
    """How far the open table is. waiting: groups that are missing or not up to date, and wrong files."""

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
    """Write every group that is not up to date, and remove those that are gone.

    since: a day; then only WARC files filed under it or later are read, and nothing is removed. again: write all
    groups. Raises ArchiveError if the archive cannot be listed, PressmarkError if duckdb is missing.
    """
    after = f"{WARCS}{since.replace('-', '/')}" if since else ""
    return Writer(catalog, on_group=on_group).update(after=after, again=again)


def status_of(catalog: Catalog) -> Status:
    """Return how far the open table is, by listings and footers. Raises ArchiveError, PressmarkError."""
    found = Status()
    for key, size in catalog.shelf.keys():  # noqa: SIM118 - a listing, not a dict
        if Part.of(key):
            found.files += 1
            found.bytes += size
    with engine_here() as engine:
        files = DayFiles(engine, catalog.shelf)
        files.look_at_all()
        groups, stones = catalog.groups(), catalog.load_stones()
        found.groups = len(groups)
        found.waiting = [
            group
            for group in sorted(groups)
            if not files.is_current(group, wanted(group, groups[group], stones))
        ]
        found.waiting += sorted(files.groups() - groups.keys()) + [part.key for part in sorted(files.wrong)]
    return found

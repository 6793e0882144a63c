"""Removes captures that were taken down from the open table at once, without reading a WARC file."""

from dataclasses import replace

from pressmark.archive.keys import split_capture
from pressmark.archive.tombstones import Tombstone
from pressmark.catalog.files import TRIES, DayFiles, list_parts
from pressmark.catalog.naming import MINUTES, Part, day_of, group_of
from pressmark.catalog.parquet import Engine, Footer, engine_here
from pressmark.catalog.shelf import ChangedError
from pressmark.catalog.stones import Stones
from pressmark.catalog.writer import Catalog
from pressmark.errors import ArchiveError, NotFoundError


def take_out(catalog: Catalog, stone: Tombstone) -> int:
    """Remove the rows of a capture that was taken down from every file; return how many files had some.

    stone: stored already, so that a writer which begins now does not bring the rows back; one that had begun earlier
    sees it when it has put its files. Can be repeated. Needs duckdb only where the open table has files of those days.
    Raises ArchiveError, PressmarkError.
    """
    with engine_here() as engine:
        days = _days(catalog, engine, stone)
        # A copy in another day's folder also matches, by its name.
        parts = [part for part in list_parts(catalog.shelf) if part.day in days or part.folder in days]
        stones = catalog.load_stones()
        return sum(_rewrite(catalog, engine, part, stones) for part in parts)


def _days(catalog: Catalog, engine: Engine, stone: Tombstone) -> set[str]:
    """Return the days of a capture, and the days of its group, whose footers have a digest of the group's takedowns."""
    files = DayFiles(engine, catalog.shelf)
    days = {hop.captured[:10] for hop in stone.hops}
    for group in {group_of(stone.warc, minutes) for minutes in MINUTES}:  # whichever was set at that time
        days |= {day_of(group), *files.days_of(group)}
    return days


def _rewrite(catalog: Catalog, engine: Engine, part: Part, stones: Stones) -> bool:
    """Write a file without the rows that were taken down; return whether it had any."""
    for attempt in range(1, TRIES + 1):
        try:
            return _rewrite_once(catalog, engine, part, stones)
        except NotFoundError:  # deleted since it was listed
            return False
        except ChangedError:  # by a writer, or another takedown
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable")


def _rewrite_once(catalog: Catalog, engine: Engine, part: Part, stones: Stones) -> bool:
    file, out = engine.work / "there.parquet", engine.work / "left.parquet"
    tag = catalog.shelf.fetch(part.key, file)
    try:
        found = engine.captures(file)
        footer = Footer.of_metadata(engine.metadata(file))
    except (ArchiveError, ValueError) as error:
        raise ArchiveError(f"{part.key} cannot be read: {error}") from error
    gone = [capture for url, capture in found if stones.all.took(url, split_capture(capture)[1])]
    groups = dict(footer.groups)
    if not stones.all.damaged:  # a damaged one hides a place in a WARC file, which only the writer knows
        groups = {group: replace(each, tombstones=stones.digest(group)) for group, each in groups.items()}
    if not gone and groups == footer.groups:
        return False
    engine.without(file, out, gone, replace(footer, groups=groups))
    catalog.shelf.put(part.key, out, tag=tag)
    return bool(gone)

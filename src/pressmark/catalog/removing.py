"""Takes what was taken down out of the open table at once, without reading a WARC file."""

import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from pressmark.archive.keys import split_capture
from pressmark.archive.tombstones import Tombstone
from pressmark.catalog.naming import MINUTES, Part, group_of
from pressmark.catalog.parquet import Engine, Footer
from pressmark.catalog.stones import Stones
from pressmark.catalog.writer import Catalog, list_parts
from pressmark.errors import ArchiveError
from pressmark.files import temporary


def take_out(catalog: Catalog, stone: Tombstone) -> int:
    """Remove the rows of a capture that was taken down, of whichever file; return how many files had some.

    stone: stored already, so that a writer which begins now does not bring the rows back; one that had begun earlier
    sees it when it has put its file. Can be repeated. Needs duckdb only where the open table has files of those days.
    Raises ArchiveError, PressmarkError.
    """
    # Of its groups, as long as they may ever have been, every file: one may have been copied to another day.
    groups = {group_of(stone.warc, minutes) for minutes in MINUTES}
    days = {hop.captured[:10] for hop in stone.hops}
    parts = [part for part in list_parts(catalog.shelf) if part.day in days or part.group in groups]
    if not parts:
        return 0
    found = 0
    with temporary(), tempfile.TemporaryDirectory(prefix="pressmark-") as name:
        work = Path(name)
        with closing(Engine(work)) as engine:
            stones = catalog.load_stones()
            while True:
                found += sum(_rewrite(catalog, engine, part, stones, work) for part in parts)
                # Another takedown may have put a file back that had been read before this one was written.
                now = catalog.load_stones()
                if now.digest_of_all == stones.digest_of_all:
                    return found
                stones = now


def _rewrite(catalog: Catalog, engine: Engine, part: Part, stones: Stones, work: Path) -> bool:
    """Write a file without what was taken down; return whether anything of that was in it."""
    file, out = work / "there.parquet", work / "left.parquet"
    catalog.shelf.fetch(part.key, file)
    try:
        found = engine.captures(file)
        footer = Footer.of_metadata(engine.metadata(file))
    except (ArchiveError, ValueError) as error:
        raise ArchiveError(f"{part.key} cannot be read: {error}") from error
    gone = [capture for url, capture in found if stones.all.took(url, split_capture(capture)[1])]
    # A damaged tombstone hides a place in a WARC file, which only the writer sees.
    digest = footer.tombstones if stones.all.damaged else stones.digest(part.group)
    if not gone and digest == footer.tombstones:
        return False
    engine.without(file, out, gone, replace(footer, tombstones=digest))
    catalog.shelf.put(part.key, out)
    return bool(gone)

"""What the open table would lose if a group were written again from WARC files that are damaged.

Its rows may be the last copy of a text. So a group whose WARC files have lost something is left as it is.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from pressmark.archive.keys import split_capture
from pressmark.archive.tombstones import Tombstones
from pressmark.catalog.files import DayFiles
from pressmark.catalog.naming import Part
from pressmark.catalog.parquet import Engine
from pressmark.catalog.schema import VERSION
from pressmark.catalog.shelf import Shelf
from pressmark.errors import ArchiveError, NotFoundError

_LOST = """
SELECT warc, url, capture, text IS NOT NULL FROM read_parquet(?, hive_partitioning = false)
    WHERE warc IN (SELECT unnest(?::VARCHAR[]))
EXCEPT SELECT warc, url, capture, unnest([text IS NOT NULL, false]) FROM read_parquet(?, hive_partitioning = false)
"""
"""Rows of some WARC files, or texts of them, that one Parquet file has and others lack."""


def last_copies(
    engine: Engine,
    shelf: Shelf,
    parts: Collection[Part],
    *,
    warcs: Sequence[str],
    pieces: Sequence[Path],
    stones: Tombstones,
) -> list[str]:
    """Return the WARC files of which only files of the open table still have some captures or texts.

    warcs: those that may be returned. pieces: Parquet files of what can be read of them now. A file of the open table
    that cannot be read has nothing to lose. None are returned if a capture in the open table was taken down: then it
    must be written again, since what was taken down must not stay. Raises ArchiveError.
    """
    copy = engine.work / "before.parquet"
    found = set[str]()
    for part in sorted(parts):
        with suppress(NotFoundError):
            shelf.fetch(part.key, copy)
            with suppress(ArchiveError):
                lost = engine.ask(_LOST, [str(copy), list(warcs), [str(piece) for piece in pieces]])
                if any(stones.took(url, split_capture(capture)[1]) for _, url, capture, _ in lost):
                    return []
                found |= {warc for warc, *_ in lost}
    copy.unlink(missing_ok=True)
    return sorted(found)


def parts_of(files: DayFiles, group: str) -> list[Part]:
    """Return the files of the open table that have rows of a group. Raises ArchiveError."""
    return [
        Part(day, number)
        for day in files.days_of(group)
        for number, footer in files.of(day).items()
        if group in footer.groups and footer.schema == VERSION
    ]

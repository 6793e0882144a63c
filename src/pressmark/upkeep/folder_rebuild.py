"""A rebuild of an archive folder's index: captures are counted, and articles are read again.

The index follows the files by itself, so only rows whose article was read again are written. They stay until their file
is indexed again: then they go back to what was read on the day of the capture, which the WARC file keeps.
"""

import sqlite3
import zipfile
import zlib
from collections.abc import Iterable
from typing import cast

from pressmark.archive.folder import FolderReader, indexing_of, tombstones_of
from pressmark.archive.folder_index import is_of_one_record
from pressmark.archive.objects import Objects
from pressmark.archive.rows import Item
from pressmark.archive.table import Table
from pressmark.errors import ArchiveError, PressmarkError, WarcError
from pressmark.reading.process import Reads
from pressmark.upkeep.rebuild import FileRebuilder, Rebuilt, compare
from pressmark.upkeep.reextract import EXTRACTED_BY
from pressmark.warc.stored import StoredCapture


def rebuilder_of(reader: FolderReader, *, dry_run: bool, reads: Reads | None) -> FileRebuilder:
    """Return the function that is called for each file of a folder.

    See :class:`pressmark.upkeep.rebuild.FileRebuilder`.
    """
    return _FolderFileRebuilder(
        cast(Objects, reader.files),
        cast(Table, _FolderTable(reader)),
        indexing_of(tombstones_of(reader.files.folder)),
        reader,
        dry_run=dry_run,
        reads=reads,
    )


class _FolderTable:
    """The index of a folder, with the methods of a table: only rows whose article was read again are written."""

    def __init__(self, reader: FolderReader) -> None:
        self._reader = reader

    def put(self, items: Iterable[Item]) -> None:
        """Replace the rows of the same records, and their look-up items. Raises PressmarkError."""
        try:
            self._reader.rewrite([item for item in items if EXTRACTED_BY in item])
        except sqlite3.Error as error:
            raise PressmarkError(f"the index of {self._reader.files.folder}: {error}") from error

    def delete(self, items: Iterable[Item]) -> None:
        """Do nothing: look-up items of the old values go with their row."""


class _FolderFileRebuilder(FileRebuilder):
    """Two files of a folder may hold the same capture; only the one whose row is in the index counts."""

    def __call__(self, key: str) -> Rebuilt:
        """Process one file. If it cannot be read to its end, that is damage; what was done so far stays."""
        try:
            return super().__call__(key)
        except (ArchiveError, OSError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
            damage = WarcError(f"the rest of the file cannot be read: {error}", file=key)
            return Rebuilt(files=1, after=key, damaged=[damage])

    def _behind_damage(self, stored: StoredCapture, found: list[Item], done: Rebuilt) -> list[Item]:
        # Unlike a table's row, the index's row is known to come from this file as it is now.
        return self._read_again(stored, found, done) if self.reads and stored.metadata else found

    def _write_new(self, items: list[Item], done: Rebuilt) -> None:
        self._write(items, done)

    def _write(self, items: list[Item], done: Rebuilt) -> None:
        hidden = self._hidden(items)
        # A link between sites has neither.
        kept = [item for item in items if (item.get("captured"), item.get("url")) not in hidden]
        super()._write(kept, done)

    def _read_again(self, stored: StoredCapture, found: list[Item], done: Rebuilt) -> list[Item]:
        last = stored.hops[-1]
        if (last.captured, last.url) in self._hidden(found):
            return found
        return super()._read_again(stored, found, done)

    def _hidden(self, items: list[Item]) -> set[tuple[str, str]]:
        """Return time and URL of the captures of which the index has the row of another record."""
        rows = [item for item in items if "day" in item]
        return {
            (row["captured"], row["url"])
            for row, there in compare(cast(FolderReader, self.reader), rows)
            if there is not None and not is_of_one_record(there, row)
        }

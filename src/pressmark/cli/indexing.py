"""Decides how WARC files become an archive's index: which look-up items are kept, and what is done with each file."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pressmark.cli import exits
from pressmark.cli.target import Archive

if TYPE_CHECKING:
    from pressmark.archive.folder import FolderReader
    from pressmark.archive.items import Indexing
    from pressmark.reading.process import Reads
    from pressmark.upkeep.rebuild import FileRebuilder


def index_terms_of(archive: Archive, said: str | None) -> tuple[str, ...]:
    """Return which kinds of look-up items an archive keeps: as said, else by variable, else by stack, else all.

    said: names with commas between them, or ``none``. Raises Failure for an unknown name.
    """
    from pressmark.settings import INDEX_TERMS

    text = said or os.environ.get("PRESSMARK_INDEX_TERMS") or (archive.outputs or {}).get("IndexTerms")
    if not text:
        return INDEX_TERMS
    words = tuple(word.strip() for word in text.split(",") if word.strip() and word.strip() != "none")
    if unknown := set(words) - set(INDEX_TERMS):
        raise exits.Failure(f"no such index terms: {', '.join(sorted(unknown))}", exits.USAGE)
    return words


def indexing_of(archive: Archive, index_terms: str | None) -> "Indexing":
    """Return how an archive's files become items; a folder's index has every kind of look-up item.

    index_terms: as ``said`` of :func:`index_terms_of`.
    """
    from pressmark.archive import tombstones
    from pressmark.archive.items import Indexing

    if archive.folder is not None:
        from pressmark.archive import folder

        return folder.indexing_of(folder.tombstones_of(archive.folder))
    bucket = archive.output("BucketName")
    stones = tombstones.Tombstones(tombstones.load(archive.client("s3"), bucket))
    return Indexing(bucket=bucket, terms=index_terms_of(archive, index_terms), tombstones=stones)


def make_rebuilder(
    archive: Archive, index_terms: str | None, *, dry_run: bool, reads: "Reads | None" = None
) -> "FileRebuilder":
    """Return what indexes each file of an archive again. index_terms: as ``said`` of :func:`index_terms_of`."""
    from pressmark.archive.objects import Objects
    from pressmark.archive.table import Table
    from pressmark.upkeep.rebuild import FileRebuilder

    if archive.folder is not None:
        from pressmark.upkeep.folder_rebuild import rebuilder_of

        return rebuilder_of(cast("FolderReader", archive.reader), dry_run=dry_run, reads=reads)
    return FileRebuilder(
        Objects(archive.client("s3"), archive.output("BucketName")),
        Table(archive.client("dynamodb"), archive.output("TableName")),
        indexing_of(archive, index_terms),
        reader=archive.reader,
        dry_run=dry_run,
        reads=reads,
    )


def search_index(archive: Archive) -> Path:
    """Return the path of an archive's search index: in its folder, or in the user's cache."""
    if archive.folder is not None:
        return archive.folder / "search.sqlite"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (
        cache / "pressmark" / f"search-{re.sub(r'[^A-Za-z0-9.-]+', '-', archive.output('TableName'))}.sqlite"
    )

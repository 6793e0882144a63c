"""How the WARC files of an archive become its index: which look-up items are kept, and what is done with each file."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from pressmark.cli import exits
from pressmark.cli.target import Archive

if TYPE_CHECKING:
    from pressmark.archive.folder import FolderReader
    from pressmark.reading.process import Reads
    from pressmark.upkeep.rebuild import Job


def index_terms_of(archive: Archive, said: str | None) -> tuple[str, ...]:
    """Return which look-up items the archive keeps: as said, as its stack says, or all kinds."""
    from pressmark.settings import INDEX_TERMS

    text = said or os.environ.get("PRESSMARK_INDEX_TERMS") or (archive.outputs or {}).get("IndexTerms")
    if not text:
        return INDEX_TERMS
    words = tuple(word.strip() for word in text.split(",") if word.strip() and word.strip() != "none")
    if unknown := set(words) - set(INDEX_TERMS):
        raise exits.Failure(f"no such index terms: {', '.join(sorted(unknown))}", exits.USAGE)
    return words


def make_job(archive: Archive, terms: Sequence[str], *, dry_run: bool, reads: "Reads | None" = None) -> "Job":
    """Return what is done with each file of an archive."""
    from pressmark.archive import tombstones
    from pressmark.archive.objects import Objects
    from pressmark.archive.table import Table
    from pressmark.archive.tombstones import Tombstones
    from pressmark.upkeep.rebuild import Job

    if archive.folder is not None:
        from pressmark.upkeep.folder_rebuild import job_of

        return job_of(cast("FolderReader", archive.reader), dry_run=dry_run, reads=reads)
    s3, bucket = archive.client("s3"), archive.output("BucketName")
    return Job(
        Objects(s3, bucket),
        Table(archive.client("dynamodb"), archive.output("TableName")),
        terms,
        Tombstones(tombstones.load(s3, bucket)),
        reader=archive.reader,
        dry_run=dry_run,
        reads=reads,
    )

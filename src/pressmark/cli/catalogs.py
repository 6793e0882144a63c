"""Finds the open table of the archive that a command works on."""

import os
from typing import TYPE_CHECKING

from pressmark.cli import exits
from pressmark.cli.console import note
from pressmark.cli.target import Archive
from pressmark.text import safe

if TYPE_CHECKING:
    from pressmark.catalog.writer import Catalog, Updated


def catalog_of(archive: Archive) -> "Catalog":
    """Return an archive's open table, which need not exist yet. Raises Failure."""
    from pressmark.catalog import stones
    from pressmark.catalog.run import minutes_of_runs
    from pressmark.catalog.shelf import BucketShelf, FolderShelf
    from pressmark.catalog.writer import Catalog

    if archive.folder is not None:
        from pressmark.archive.folder_files import BUCKET

        return Catalog(
            files=archive.files,
            shelf=FolderShelf(archive.folder),
            stones=stones.of_folder(archive.folder),
            bucket=BUCKET,
        )
    client, bucket = archive.client("s3"), archive.output("BucketName")
    shelf = BucketShelf(client, bucket)
    # Groups of another length than the function's would be added to its own, and the table would have rows twice.
    said = (
        os.environ.get("CATALOG_MINUTES")
        or (archive.outputs or {}).get("CatalogMinutes")
        or minutes_of_runs(shelf)
        or "60"
    )
    return Catalog(
        files=archive.files,
        shelf=shelf,
        stones=stones.of_bucket(client, bucket),
        bucket=bucket,
        minutes=int(said),
    )


def tell_undone(done: "Updated") -> int:
    """Say which groups an update did not write; return the exit code for that."""
    for group, reason in done.failed.items():
        note(safe(f"open table: {group} could not be written: {reason}"))
    for group, warcs in done.kept.items():
        note(
            safe(
                f"open table: {group} is left as it is, because it has captures or texts that these WARC files have "
                f"lost: {', '.join(warcs)}; put whole copies of them back, then pressmark verify"
            )
        )
    if done.kept:
        return exits.DAMAGE
    return exits.STORE if done.failed else 0

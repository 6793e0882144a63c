"""The open table, for commands: its files on this machine, and its values as JSON has them."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressmark.cli.console import note
from pressmark.cli.exits import NO_ACCESS, Failure
from pressmark.cli.progress import Progress
from pressmark.cli.target import Archive
from pressmark.text import counted, size

if TYPE_CHECKING:
    from pressmark.catalog.asking import Asking
    from pressmark.catalog.local import LocalFiles

HOW = "pressmark catalog update makes it"
"""What a person does about an archive without an open table."""


class NoOpenTable(Failure):
    """The archive has no open table."""


@contextmanager
def local_files(
    archive: Archive, start: datetime | None, end: datetime | None, *, cached: bool = True
) -> Iterator[list[Path]]:
    """Yield the paths of the open table's files of a period; a bucket's files are first copied to this machine.

    start, end: of capture, aware UTC, the end excluded. cached: keep the copies for the next question.
    The list may be empty. Raises NoOpenTable.
    """
    from pressmark.catalog.local import Days

    days = Days(start.date() if start else None, (end - timedelta(microseconds=1)).date() if end else None)
    with tempfile.TemporaryDirectory(prefix="pressmark-") as folder:
        with Progress() as progress:
            files = _files_of(archive, None if cached else Path(folder), progress)
            paths = files.paths(days)
        if not paths and not files.there():
            raise NoOpenTable(f"{archive.label} has no open table yet", NO_ACCESS, HOW)
        yield paths


def tell_completeness(archive: Archive, database: "Asking", paths: list[Path], end: datetime | None) -> None:
    """Say up to when the open table is complete, unless it has all captures before ``end`` (aware UTC)."""
    from pressmark.catalog.covered import covered, homes_of

    if behind := covered(homes_of(database, paths), archive.files, end):
        note(
            f"the open table is complete up to {behind.until:%Y-%m-%d %H:%M} UTC; "
            f"{counted(behind.missing, 'WARC file')} from then on may not be in it "
            "(pressmark catalog update adds what is missing)"
        )
    tell_undated(archive)


def tell_undated(archive: Archive) -> None:
    """Say how many imported files the open table does not have yet."""
    from pressmark.catalog.covered import undated_missing
    from pressmark.cli.catalogs import catalog_of

    if missing := undated_missing(catalog_of(archive)):
        note(
            f"{counted(missing, 'imported WARC file')} {'is' if missing == 1 else 'are'} not in the open table yet: "
            "pressmark catalog update"
        )


def cache_of(archive: Archive) -> Path:
    """Return the folder of this machine for copies of a bucket's files."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "pressmark" / f"catalog-{re.sub(r'[^A-Za-z0-9.-]+', '-', archive.output('BucketName'))}"


def _files_of(archive: Archive, cache: Path | None, progress: Progress) -> "LocalFiles":
    from pressmark.catalog.local import Copies, InFolder

    if archive.folder is not None:
        return InFolder(archive.folder)
    return Copies(
        archive.client("s3"),
        archive.output("BucketName"),
        cache or cache_of(archive),
        on_bytes=lambda done, total: progress(f"fetching the open table: {size(done)} of {size(total)}"),
    )


def plain(value: object) -> Any:
    """Return a value of DuckDB's as one that JSON can hold: a time as the table writes it, bytes as text."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            # A TIMESTAMP has no offset and is UTC here. One with an offset comes in the session's zone, also UTC.
            return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        case date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case list() | tuple():
            return [plain(each) for each in value]
        case dict():
            return {str(plain(name)): plain(each) for name, each in value.items()}
    return str(value)

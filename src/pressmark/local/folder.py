"""The archive folder: the bucket's WARC files as plain files, under the same keys.

The embedded AWS loses everything when it ends. The WARC files are the archive (D1), so they are kept in the folder,
with the tombstones of captures that were taken down. The next run loads them and rebuilds the table from them.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pressmark.archive.objects import ACCESS_PREFIX
from pressmark.archive.tombstones import PREFIX as TOMBSTONES
from pressmark.errors import ArchiveError
from pressmark.files import whole_file
from pressmark.text import counted

SUFFIXES = (".warc.gz", ".warc")

OF_THE_BUCKET = (ACCESS_PREFIX, "catalog/")
"""How the keys of objects begin that are not saved: keys for access over HTTP, and the open table, which changes."""

LOG = "run.log"
"""The function's log, in the archive folder."""


def prepare(folder: Path) -> None:
    """Create the folder if it does not exist, and check that it can be written to. Raises ArchiveError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place in (folder, folder / "warcs"):
            if place == folder or place.exists():
                with tempfile.TemporaryFile(dir=place):
                    pass
        with (folder / LOG).open("a"):
            pass
    except OSError as error:
        reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror
        raise ArchiveError(f"the archive folder {folder} cannot be written: {reason}") from error


def files(folder: Path) -> Iterator[Path]:
    """Yield the WARC files of a folder and its subfolders in order of their keys."""
    yield from sorted(path for path in folder.rglob("*") if path.name.endswith(SUFFIXES) and path.is_file())


def load(s3: Any, bucket: str, folder: Path) -> list[str]:
    """Put every WARC file of the folder into the bucket, and the tombstones; return the WARC files' keys.

    s3: a boto3 S3 client. A folder that does not exist counts as empty.
    """
    keys = []
    for path in files(folder):
        key = path.relative_to(folder).as_posix()
        with path.open("rb") as body:
            s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/warc")
        keys.append(key)
    for path in sorted((folder / TOMBSTONES).rglob("*.json")):
        s3.put_object(Bucket=bucket, Key=path.relative_to(folder).as_posix(), Body=path.read_bytes())
    return keys


def save(s3: Any, bucket: str, folder: Path, written: list[Path]) -> None:
    """Write every object of the bucket that the folder does not have yet.

    written: the files of this run so far, to which each new one is added.

    Objects for access over HTTP and the open table are not written: a folder has keys and an open table of its own,
    which the bucket's would hide or outdate.

    A file appears under its name only when it is whole. Raises ArchiveError if it cannot be written.
    """
    # A file that is compacted meanwhile is gone, and the listing may lack the compacted file: list again.
    while not _save_listed(s3, bucket, folder, written):
        pass


def _save_listed(s3: Any, bucket: str, folder: Path, written: list[Path]) -> bool:
    """Write the files of one listing, and add them to ``written``; return whether all of them still existed."""
    is_whole = True
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page.get("Contents", ()):
            path = folder / found["Key"]
            if found["Key"].startswith(OF_THE_BUCKET):
                continue
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"s3://{bucket}/{found['Key']} would be outside {folder}")
            if path.exists():
                continue
            try:
                _write(path, s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].iter_chunks())
            except s3.exceptions.NoSuchKey:
                is_whole = False
                continue
            except OSError as error:
                raise ArchiveError(
                    f"{path} cannot be written: {error.strerror}; {counted(len(written), 'file')} of this run "
                    f"saved before it; when it can be written, archive the same pages again"
                ) from error
            written.append(path)
    return is_whole


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        for chunk in chunks:
            file.write(chunk)

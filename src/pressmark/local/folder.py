"""The archive folder: the bucket's WARC files as plain files, under the same keys.

The embedded AWS forgets everything when it ends; the WARC files are the archive (D1), so they alone are kept,
and the next run loads them and rebuilds the table from them.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SUFFIXES = (".warc.gz", ".warc")


def files(folder: Path) -> Iterator[Path]:
    """Yield the WARC files of a folder and its subfolders in order of their keys."""
    yield from sorted(path for path in folder.rglob("*") if path.name.endswith(SUFFIXES) and path.is_file())


def load(s3: Any, bucket: str, folder: Path) -> list[str]:
    """Put every WARC file of the folder into the bucket; return their keys.

    s3: a boto3 S3 client. A folder that does not exist is an empty one.
    """
    keys = []
    for path in files(folder):
        key = path.relative_to(folder).as_posix()
        with path.open("rb") as body:
            s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/warc")
        keys.append(key)
    return keys


def save(s3: Any, bucket: str, folder: Path) -> list[Path]:
    """Write every object of the bucket that the folder does not have yet; return the new files.

    A file appears under its name only when it is whole.
    """
    written = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page.get("Contents", ()):
            path = folder / found["Key"]
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"s3://{bucket}/{found['Key']} would lie outside {folder}")
            if path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(path.name + ".part")
            with unfinished.open("wb") as file:
                for chunk in s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].iter_chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)
            written.append(path)
    return written

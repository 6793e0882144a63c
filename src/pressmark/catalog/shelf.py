"""Where the files of the open table lie: in the archive's bucket, or in an archive folder."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from pressmark.aws import asking
from pressmark.catalog.naming import PREFIX
from pressmark.errors import ArchiveError, NotFoundError
from pressmark.files import whole_file

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONTENT_TYPE = "application/vnd.apache.parquet"
"""IANA's media type for Parquet."""

FOOTER_BYTES = 65_536
"""How much of a file's end is fetched to read its footer. A longer one is fetched by a second request."""


class Shelf(Protocol):
    """What is asked of a place for files. Each file is there whole, in its older or its newer form, or not at all."""

    def keys(self, prefix: str = PREFIX, *, after: str = "") -> Iterator[tuple[str, int]]:
        """Yield key and size of each file, in key order. Raises ArchiveError."""

    def fetch(self, key: str, into: Path) -> None:
        """Copy a file. Raises NotFoundError, ArchiveError."""

    def end(self, key: str, length: int) -> bytes:
        """Return the last ``length`` bytes of a file, all of a shorter one. Raises NotFoundError, ArchiveError."""

    def put(self, key: str, file: Path) -> None:
        """Put a file in the place of whatever is there. Raises ArchiveError."""

    def delete(self, key: str) -> None:
        """Take a file away; one that is gone already is none the worse. Raises ArchiveError."""


class BucketShelf:
    """The open table in a bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def keys(self, prefix: str = PREFIX, *, after: str = "") -> Iterator[tuple[str, int]]:
        """See :class:`Shelf`."""
        how = {"StartAfter": after} if after else {}
        while True:
            with asking(f"ListObjectsV2 s3://{self._bucket}/{prefix}"):
                answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **how)  # type: ignore[arg-type]
            for entry in answer.get("Contents", ()):
                yield entry["Key"], entry["Size"]
            if not answer.get("IsTruncated"):
                return
            how["ContinuationToken"] = answer["NextContinuationToken"]

    def fetch(self, key: str, into: Path) -> None:
        """See :class:`Shelf`."""
        with asking(f"GetObject s3://{self._bucket}/{key}"), into.open("wb") as file:
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
            for piece in body.iter_chunks(1 << 20):
                file.write(piece)

    def end(self, key: str, length: int) -> bytes:
        """See :class:`Shelf`."""
        with asking(f"GetObject s3://{self._bucket}/{key}"):
            return self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes=-{length}")[
                "Body"
            ].read()

    def put(self, key: str, file: Path) -> None:
        """See :class:`Shelf`. One PUT: S3 replaces an object whole (PutObject, "Amazon S3 never adds partial objects").

        The checksum is what Object Lock asks of a PUT into a bucket with a default retention.
        """
        with file.open("rb") as body, asking(f"PutObject s3://{self._bucket}/{key}"):
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body,
                ContentType=CONTENT_TYPE,
                ChecksumAlgorithm="CRC32",
            )

    def delete(self, key: str) -> None:
        """See :class:`Shelf`."""
        with asking(f"DeleteObject s3://{self._bucket}/{key}"):
            self._client.delete_object(Bucket=self._bucket, Key=key)


class FolderShelf:
    """The open table in an archive folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keys(self, prefix: str = PREFIX, *, after: str = "") -> Iterator[tuple[str, int]]:
        """See :class:`Shelf`."""
        found = sorted(path.relative_to(self._folder).as_posix() for path in self._files(prefix))
        for key in found:
            if key > after:
                yield key, (self._folder / key).stat().st_size

    def fetch(self, key: str, into: Path) -> None:
        """See :class:`Shelf`."""
        with self._open(key) as file, into.open("wb") as copy:
            while piece := file.read(1 << 20):
                copy.write(piece)

    def end(self, key: str, length: int) -> bytes:
        """See :class:`Shelf`."""
        with self._open(key) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - length))
            return file.read()

    def put(self, key: str, file: Path) -> None:
        """See :class:`Shelf`."""
        path = self._folder / key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with file.open("rb") as source, whole_file(path) as copy:
                while piece := source.read(1 << 20):
                    copy.write(piece)
        except OSError as error:
            raise ArchiveError(f"{path} cannot be written: {error.strerror}") from error

    def delete(self, key: str) -> None:
        """See :class:`Shelf`. A day's folder goes with its last file."""
        path = self._folder / key
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ArchiveError(f"{path} cannot be deleted: {error.strerror}") from error
        with suppress(OSError):  # another file is in it
            path.parent.rmdir()

    def _files(self, prefix: str) -> Iterator[Path]:
        start = self._folder / prefix.rpartition("/")[0]
        for path in start.rglob("*"):
            if path.is_file() and path.relative_to(self._folder).as_posix().startswith(prefix):
                yield path

    def _open(self, key: str) -> IO[bytes]:
        path = self._folder / key
        try:
            return path.open("rb")
        except FileNotFoundError as error:
            raise NotFoundError(f"{path}: no such file") from error
        except OSError as error:
            raise ArchiveError(f"{path}: {error.strerror}") from error

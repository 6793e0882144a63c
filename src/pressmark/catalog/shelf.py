"""Where the files of the open table are kept: in the archive's bucket, or in an archive folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from pressmark.aws import asking, code_of
from pressmark.catalog.naming import PREFIX
from pressmark.errors import ArchiveError, NotFoundError
from pressmark.files import whole_file

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONTENT_TYPE = "application/vnd.apache.parquet"
"""IANA's media type for Parquet."""

LOCK = "catalog/lock"
"""An empty file in an archive folder, locked (flock) while a file of the open table is replaced or deleted."""

FOOTER_BYTES = 262_144
"""How much of a file's end is fetched to read its footer. A longer one is fetched by a second request."""


NEW = ""
"""The tag of a file that must not be there yet."""

_CHANGED = ("PreconditionFailed", "ConditionalRequestConflict")
"""What S3 answers if a condition is not met, or if another write is under way."""


class ChangedError(ArchiveError):
    """Another program has replaced, deleted or made the file since it was read."""


class Shelf(Protocol):
    """A place for files. Each file is there whole, in its older or its newer form, or not at all."""

    def keys(self, prefix: str = PREFIX, *, after: str = "") -> Iterator[tuple[str, int]]:
        """Yield key and size of each file, in key order. Raises ArchiveError."""

    def fetch(self, key: str, into: Path) -> str:
        """Copy a file; return its tag, which differs after each change. Raises NotFoundError, ArchiveError."""

    def end(self, key: str, length: int) -> bytes:
        """Return the last ``length`` bytes of a file, all of a shorter one. Raises NotFoundError, ArchiveError."""

    def put(self, key: str, file: Path, *, tag: str | None = None) -> None:
        """Put a file in place of the one with this tag, of none (NEW), or of any file.

        Raises ChangedError if something else is there by now, and ArchiveError.
        """

    def delete(self, key: str, *, tag: str | None = None) -> None:
        """Delete a file that has this tag, or any; nothing happens if it is gone already.

        Raises ChangedError if another is there by now, and ArchiveError.
        """


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

    def fetch(self, key: str, into: Path) -> str:
        """See :class:`Shelf`."""
        with asking(f"GetObject s3://{self._bucket}/{key}"), into.open("wb") as file:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            for piece in answer["Body"].iter_chunks(1 << 20):
                file.write(piece)
        return answer["ETag"]

    def end(self, key: str, length: int) -> bytes:
        """See :class:`Shelf`."""
        with asking(f"GetObject s3://{self._bucket}/{key}"):
            return self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes=-{length}")[
                "Body"
            ].read()

    def put(self, key: str, file: Path, *, tag: str | None = None) -> None:
        """See :class:`Shelf`.

        One PUT: S3 replaces an object whole (PutObject, "Amazon S3 never adds partial objects"), and of two PUTs that
        name the same tag it accepts one (S3 user guide, "Conditional writes").

        The checksum is what Object Lock asks of a PUT into a bucket with a default retention.
        """
        only = {} if tag is None else {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        try:
            with file.open("rb") as body, asking(f"PutObject s3://{self._bucket}/{key}"):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=body,
                    ContentType=CONTENT_TYPE,
                    ChecksumAlgorithm="CRC32",
                    **only,  # type: ignore[arg-type]
                )
        except ArchiveError as error:
            if tag is not None and (code_of(error) in _CHANGED or isinstance(error, NotFoundError)):
                raise ChangedError(f"s3://{self._bucket}/{key} was changed meanwhile") from error
            raise

    def delete(self, key: str, *, tag: str | None = None) -> None:
        """See :class:`Shelf`."""
        only = {} if tag is None else {"IfMatch": tag}
        try:
            with suppress(NotFoundError), asking(f"DeleteObject s3://{self._bucket}/{key}"):
                self._client.delete_object(Bucket=self._bucket, Key=key, **only)  # type: ignore[arg-type]
        except ArchiveError as error:
            if code_of(error) in _CHANGED:
                raise ChangedError(f"s3://{self._bucket}/{key} was changed meanwhile") from error
            raise


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

    def fetch(self, key: str, into: Path) -> str:
        """See :class:`Shelf`."""
        with self._open(key) as file, into.open("wb") as copy:
            while piece := file.read(1 << 20):
                copy.write(piece)
            return _tag(os.fstat(file.fileno()))

    def end(self, key: str, length: int) -> bytes:
        """See :class:`Shelf`."""
        with self._open(key) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - length))
            return file.read()

    def put(self, key: str, file: Path, *, tag: str | None = None) -> None:
        """See :class:`Shelf`."""
        path = self._folder / key
        try:
            with self._locked(), file.open("rb") as source:
                if tag is not None and tag != (_tag(path.stat()) if path.exists() else NEW):
                    raise ChangedError(f"{path} was changed meanwhile")
                path.parent.mkdir(parents=True, exist_ok=True)
                with whole_file(path) as copy:
                    while piece := source.read(1 << 20):
                        copy.write(piece)
        except OSError as error:
            raise ArchiveError(f"{path} cannot be written: {error.strerror}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes from changing a file; the system releases the lock when a process is killed."""
        import fcntl

        path = self._folder / LOCK
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def delete(self, key: str, *, tag: str | None = None) -> None:
        """See :class:`Shelf`. A day's folder goes with its last file."""
        path = self._folder / key
        try:
            with self._locked():
                if tag is not None and path.exists() and tag != _tag(path.stat()):
                    raise ChangedError(f"{path} was changed meanwhile")
                path.unlink(missing_ok=True)
                with suppress(OSError):  # another file is in it
                    path.parent.rmdir()
        except OSError as error:
            raise ArchiveError(f"{path} cannot be deleted: {error.strerror}") from error

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


def _tag(found: os.stat_result) -> str:
    """Every put makes another file, so that its number, time or size differ."""
    return f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"

"""WARC files in the bucket."""

import base64
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO, TYPE_CHECKING

from pressmark.aws import asking, code_of
from pressmark.errors import ArchiveError, NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

PREFIX = "warcs/"
"""Prefix of the WARC files in the bucket."""

IMPORTED = "imported-"
"""What the names of files begin with whose captures another tool made, or that are not told to be Pressmark's."""

ACCESS_PREFIX = "access/"
"""Where in the bucket lies what belongs to access over HTTP: it is not the archive's, and a folder has its own."""

CONTENT_TYPE = "application/warc"

SUFFIXES = (".warc.gz", ".warc")

LEVEL_PAGES = 10
"""Pages of a thousand entries that one level of the bucket is looked through; what Pressmark makes has one."""


def is_imported(key: str) -> bool:
    """Whether a file was written by an import, and what it says is of anybody's making."""
    return key.rpartition("/")[2].startswith(IMPORTED)


class Objects:
    """The archive's bucket behind one S3 client."""

    def __init__(
        self, client: "S3Client", bucket: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self.bucket = bucket
        self._sleep = sleep

    def put(self, key: str, file: IO[bytes], *, crc32: int | None = None, tries: int = 4) -> None:
        """Store a WARC file with one PUT; S3 checks the body against its CRC-32 on arrival.

        crc32: of the file, where the caller has it; botocore takes one otherwise. A checksum is also what
        Object Lock asks of a PUT into a bucket with a default retention (S3 API reference, PutObject).
        Never replaces another file: S3 refuses the write if the key exists (If-None-Match). The same bytes
        arriving twice, after an answer that was lost, are taken for the success that they are; a conflict
        with such a write still under way (409) is tried again. Raises ArchiveError.
        """
        checksum = {} if crc32 is None else {"ChecksumAlgorithm": "CRC32", "ChecksumCRC32": _base64(crc32)}
        for attempt in range(1, tries + 1):
            file.seek(0)
            try:
                with asking(f"PutObject s3://{self.bucket}/{key}"):
                    self._client.put_object(
                        Bucket=self.bucket,
                        Key=key,
                        Body=file,
                        ContentType=CONTENT_TYPE,
                        IfNoneMatch="*",
                        **checksum,  # type: ignore[arg-type]
                    )
            except ArchiveError as error:
                code = code_of(error)
                if code == "PreconditionFailed" and self._is_same(key, file, crc32):
                    return
                # RequestTimeout: the body came too slowly; S3 says 400, which botocore does not repeat.
                if code not in ("ConditionalRequestConflict", "RequestTimeout") or attempt == tries:
                    raise
                self._sleep(0.2 * 2**attempt)
            else:
                return

    def get(self, key: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes of a file from ``offset``: one ranged GET. Raises NotFoundError, ArchiveError."""
        with asking(f"GetObject s3://{self.bucket}/{key} at {offset}"):
            answer = self._client.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes={offset}-{offset + length - 1}"
            )
            data = answer["Body"].read()
        if len(data) != length:
            raise NotFoundError(
                f"s3://{self.bucket}/{key} at {offset}: {len(data)} bytes there, {length} expected"
            )
        return data

    def open(self, key: str) -> IO[bytes]:
        """Return a file's bytes as a stream. Raises NotFoundError, ArchiveError."""
        with asking(f"GetObject s3://{self.bucket}/{key}"):
            return self._client.get_object(Bucket=self.bucket, Key=key)["Body"]  # type: ignore[return-value]

    def keys(self, prefix: str = PREFIX, *, after: str = "") -> Iterator[tuple[str, int]]:
        """Yield key and size of each WARC file in key order, which is the order of writing by day.

        Raises ArchiveError.
        """
        for answer in self._list(prefix, **({"StartAfter": after} if after else {})):
            for entry in answer.get("Contents", ()):
                if entry["Key"].endswith(SUFFIXES):
                    yield entry["Key"], entry["Size"]

    def level(self, prefix: str = PREFIX) -> tuple[list[str], list[str]]:
        """Return the folders directly below a prefix, each with its slash, and the WARC files there.

        Of a level of more than :data:`LEVEL_PAGES` thousand entries the first. Raises ArchiveError.
        """
        folders: list[str] = []
        files: list[str] = []
        for answer in islice(self._list(prefix, Delimiter="/"), LEVEL_PAGES):
            folders += [each["Prefix"] for each in answer.get("CommonPrefixes", ())]
            files += [each["Key"] for each in answer.get("Contents", ()) if each["Key"].endswith(SUFFIXES)]
        return folders, files

    def _list(self, prefix: str, **how: str) -> Iterator["ListObjectsV2OutputTypeDef"]:
        """Yield listings of at most a thousand entries each. Raises ArchiveError."""
        while True:
            with asking(f"ListObjectsV2 s3://{self.bucket}/{prefix}"):
                answer = self._client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, **how)  # type: ignore[arg-type]
            yield answer
            if not answer.get("IsTruncated"):
                return
            how["ContinuationToken"] = answer["NextContinuationToken"]

    def _is_same(self, key: str, file: IO[bytes], crc32: int | None) -> bool:
        try:
            with asking(f"HeadObject s3://{self.bucket}/{key}"):
                there = self._client.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
        except ArchiveError:
            return False
        if crc32 is not None and there.get("ChecksumCRC32", _base64(crc32)) != _base64(crc32):
            return False
        return there["ContentLength"] == file.seek(0, 2)


def _base64(crc32: int) -> str:
    """Write a CRC-32 as S3's checksum headers do: four bytes, the highest first, in Base64."""
    return base64.b64encode(crc32.to_bytes(4, "big")).decode("ascii")

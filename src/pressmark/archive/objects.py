"""WARC files in the bucket."""

import base64
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO, TYPE_CHECKING

from pressmark.archive import compacted
from pressmark.archive.compacted import Lists, Part
from pressmark.aws import asking, code_of
from pressmark.errors import ArchiveError, NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

PREFIX = "warcs/"
"""Prefix of the WARC files in the bucket."""

IMPORTED = "imported-"
"""How the names of files begin whose captures another tool made, or that are not known to be Pressmark's."""

ACCESS_PREFIX = "access/"
"""Prefix of objects for access over HTTP: they are not part of the archive, and a folder has its own."""

CONTENT_TYPE = "application/warc"

SUFFIXES = (".warc.gz", ".warc")

LEVEL_PAGES = 10
"""How many pages of a thousand entries of one level are read; levels that Pressmark makes have one."""

_MAYBE_GONE = ("NoSuchKey", "404", "AccessDenied")
"""What S3 answers if an object does not exist; the last if the caller may not list the bucket (API reference,
GetObject)."""


def is_imported(key: str) -> bool:
    """Whether an import wrote a file: then anybody may have made its content."""
    return key.rpartition("/")[2].startswith(IMPORTED)


class Objects:
    """The archive's bucket behind one S3 client. Compacted files are listed and read under their old keys (D30)."""

    def __init__(
        self, client: "S3Client", bucket: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self.bucket = bucket
        self._sleep = sleep
        self._lists = Lists(self._beginning)

    def put(self, key: str, file: IO[bytes], *, crc32: int | None = None, tries: int = 4) -> None:
        """Store a WARC file with one PUT; S3 checks the body against its CRC-32 on arrival.

        crc32: of the file, if the caller knows it; otherwise botocore computes one. A checksum is also what Object Lock
        asks of a PUT into a bucket with a default retention (S3 API reference, PutObject). Never replaces another file:
        S3 refuses the write if the key exists (If-None-Match). If the same bytes arrive twice, because an answer was
        lost, that counts as success; a conflict with such a write still under way (409) is tried again. Raises
        ArchiveError.
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
                # RequestTimeout: the body came too slowly; S3 answers 400, which botocore does not try again.
                if code not in ("ConditionalRequestConflict", "RequestTimeout") or attempt == tries:
                    raise
                self._sleep(0.2 * 2**attempt)
            else:
                return

    def get(self, key: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes of a file from ``offset``: one ranged GET. Raises NotFoundError, ArchiveError."""
        try:
            data = self._get(key, offset, length)
        except ArchiveError as error:
            part = self._instead(key, error)
            length_there = min(length, part.length - offset)
            data = self._get(part.file, part.offset + offset, length_there) if length_there > 0 else b""
        if len(data) != length:
            raise NotFoundError(
                f"s3://{self.bucket}/{key} at {offset}: {len(data)} bytes there, {length} expected"
            )
        return data

    def open(self, key: str) -> IO[bytes]:
        """Return a file's bytes as a stream. Raises NotFoundError, ArchiveError."""
        try:
            return self._open(key)
        except ArchiveError as error:
            part = self._instead(key, error)
            return self._open(part.file, Range=f"bytes={part.offset}-{part.offset + part.length - 1}")

    def compacted(self, key: str) -> Part | None:
        """Return the place of a file in a compacted file, None if it was not compacted. Raises ArchiveError."""
        if not compacted.is_small(key):
            return None
        prefix, after = compacted.candidates(key)
        return self._lists.find(key, self._listed(prefix, StartAfter=after))

    def keys(self, prefix: str = PREFIX, *, after: str = "") -> Iterator[tuple[str, int]]:
        """Yield key and size of each WARC file in key order, which is the order of writing by day.

        A file that is compacted during the listing is not missed: after each page, the compacted files are searched for
        files that were compacted since the page before. Raises ArchiveError.
        """
        low, begin = after, max(after, prefix)
        waiting: dict[str, int] = {}
        for answer in self._list(prefix, **({"StartAfter": after} if after else {})):
            entries = answer.get("Contents", [])
            found = {each["Key"]: each["Size"] for each in entries if each["Key"].endswith(SUFFIXES)}
            before = compacted.passed_over(begin)
            spread = self._lists.spread([*found.items(), *(self._listed(before) if before else ())])
            waiting |= {key: size for key, size in spread.items() if key.startswith(prefix) and key > low}
            end = entries[-1]["Key"] if answer.get("IsTruncated") else None
            ready = sorted(key for key in waiting if end is None or key <= end)
            yield from [(key, waiting.pop(key)) for key in ready]
            low = begin = end or ""

    def level(self, prefix: str = PREFIX) -> tuple[list[str], list[str]]:
        """Return the folders directly below a prefix, each with its slash, and the WARC files there.

        At most :data:`LEVEL_PAGES` thousand entries of a level are read. Raises ArchiveError.
        """
        folders: list[str] = []
        files: list[tuple[str, int]] = []
        for answer in islice(self._list(prefix, Delimiter="/"), LEVEL_PAGES):
            folders += [each["Prefix"] for each in answer.get("CommonPrefixes", ())]
            entries = answer.get("Contents", ())
            files += [(each["Key"], each["Size"]) for each in entries if each["Key"].endswith(SUFFIXES)]
        return folders, sorted(self._lists.spread(files))

    def _get(self, key: str, offset: int, length: int) -> bytes:
        with asking(f"GetObject s3://{self.bucket}/{key} at {offset}"):
            asked = f"bytes={offset}-{offset + length - 1}"
            return self._client.get_object(Bucket=self.bucket, Key=key, Range=asked)["Body"].read()

    def _open(self, key: str, **part: str) -> IO[bytes]:
        with asking(f"GetObject s3://{self.bucket}/{key}"):
            return self._client.get_object(Bucket=self.bucket, Key=key, **part)["Body"]  # type: ignore[return-value,arg-type]

    def _beginning(self, key: str, length: int) -> bytes:
        return self._get(key, 0, length)

    def _listed(self, prefix: str, **how: str) -> Iterator[tuple[str, int]]:
        """Yield key and size of what a prefix has."""
        for answer in self._list(prefix, **how):
            yield from ((each["Key"], each["Size"]) for each in answer.get("Contents", ()))

    def _instead(self, key: str, error: ArchiveError) -> Part:
        """Return where the bytes of a file are that no longer exists by itself.

        Raises ``error`` if they are nowhere, or ArchiveError.
        """
        if code_of(error) not in _MAYBE_GONE:
            raise error
        try:
            part = self.compacted(key)
        except ArchiveError as unknown:
            raise (error if code_of(unknown) == "AccessDenied" else unknown) from None
        if part is None:
            raise error
        return part

    def _list(self, prefix: str, **how: str) -> Iterator["ListObjectsV2OutputTypeDef"]:
        return pages(self._client, self.bucket, prefix, **how)

    def _is_same(self, key: str, file: IO[bytes], crc32: int | None) -> bool:
        try:
            with asking(f"HeadObject s3://{self.bucket}/{key}"):
                there = self._client.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
        except ArchiveError:
            return False
        if crc32 is not None and there.get("ChecksumCRC32", _base64(crc32)) != _base64(crc32):
            return False
        return there["ContentLength"] == file.seek(0, 2)


def pages(client: "S3Client", bucket: str, prefix: str, **how: str) -> Iterator["ListObjectsV2OutputTypeDef"]:
    """Yield listings of at most a thousand entries each, of the objects that exist.

    how: S3's parameters. Raises ArchiveError.
    """
    while True:
        with asking(f"ListObjectsV2 s3://{bucket}/{prefix}"):
            answer = client.list_objects_v2(Bucket=bucket, Prefix=prefix, **how)  # type: ignore[arg-type]
        yield answer
        if not answer.get("IsTruncated"):
            return
        how["ContinuationToken"] = answer["NextContinuationToken"]


def _base64(crc32: int) -> str:
    """Write a CRC-32 as S3's checksum headers do: four bytes, the highest first, in Base64."""
    return base64.b64encode(crc32.to_bytes(4, "big")).decode("ascii")

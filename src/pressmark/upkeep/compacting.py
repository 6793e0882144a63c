"""Compaction: the small WARC files of a day become parts of a few large ones (D30, :mod:`pressmark.archive.compacted`).

The order makes sure that every byte exists at any moment: the large file is written, read back and compared, and only
then are the small ones deleted, each only if it is still what was read. The bucket keeps versions: a deleted file can
be put back until its version expires. A run that was killed anywhere is finished by the next; two at once do no harm.
"""

import hashlib
import io
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any

from pressmark.archive import compacted
from pressmark.archive.compacted import MAX_PARTS, Lists, Part
from pressmark.archive.objects import PREFIX, Objects, pages
from pressmark.archive.tombstones import PREFIX as TOMBSTONES
from pressmark.aws import asking, code_of
from pressmark.clock import iso_utc
from pressmark.errors import ArchiveError, NotFoundError, WarcError
from pressmark.files import temporary
from pressmark.warc.check import check_file

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SMALL_BYTES = 128 * 1024
"""Smaller files are compacted: S3 moves no smaller object to a cheaper class by itself, and bills it there as so much
(Amazon S3 user guide, lifecycle transitions)."""

MOST_BYTES = 64 * 1024 * 1024
"""Maximum number of bytes of small files in one compacted file: they are held in memory."""

AT_A_TIME = 8
"""Files that are read, or deleted, at a time."""

LEFT_OVER = 250
"""Small files that are compared with their copies at once: 64 MB at most."""

LEFT = {
    "too few": "files of days that have less than 128 KB in small files, or only one",
    "taken down": "files that hold a capture that was taken down: its bytes may have to be removed",
    "locked": "files of days with a file under Object Lock or a legal hold",
    "damaged": "files that cannot be read to their end",
    "changed": "files that differ from what was compacted, or were replaced while this ran",
}
"""Why some files that are small and old enough are left as they are."""

_KEY = f"{PREFIX}%Y/%m/%d/"


@dataclass(slots=True)
class Compacted:
    """What a compaction did. files, bytes: small files that were compacted, or would be. into: compacted files written.

    deleted: small files deleted, including those that an earlier run had compacted. left: how many files were left as
    they are, by a key of LEFT. is_complete: False if the time ran out.
    """

    files: int = 0
    bytes: int = 0
    into: int = 0
    deleted: int = 0
    left: Counter[str] = field(default_factory=Counter)
    is_complete: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self) | {"left": dict(self.left)}


@dataclass(frozen=True, slots=True)
class _Small:
    """A small file that was read. tag: its ETag."""

    key: str
    data: bytes
    tag: str


class _LockedError(Exception):
    """A file of the day may not be deleted."""


@dataclass(slots=True)
class Compaction:
    """Compacts the small files of a bucket, day by day.

    now: the time that is written into compacted files; aware. dry_run: write and delete nothing; read only listings,
    and of each day whether its first file is locked. go_on: asked before each compacted file; False ends the run.
    on_file: called after each of them with what was done so far.
    """

    client: "S3Client"
    bucket: str
    now: datetime
    dry_run: bool = False
    go_on: Callable[[], bool] = lambda: True
    on_file: Callable[[Compacted], None] = lambda _done: None
    done: Compacted = field(default_factory=Compacted)

    def run(self, before: date) -> Compacted:
        """Compact the files of all days before a day (UTC). Raises ArchiveError, and then nothing is lost."""
        for day, listed in groupby(
            self._listed(f"{before:{_KEY}}"), key=lambda each: compacted.day_of(each[0])
        ):
            if not day:
                continue
            if not self.go_on():
                self.done.is_complete = False
                break
            sizes = dict(listed)
            small = {
                key: size for key, size in sizes.items() if compacted.is_small(key) and size < SMALL_BYTES
            }
            if small:
                self._day(day, small, {key: sizes[key] for key in sizes if compacted.is_compacted(key)})
        return self.done

    def _day(self, day: str, small: dict[str, int], large: dict[str, int]) -> None:
        deleted = self.done.deleted
        left: Counter[str] = Counter()
        try:
            self._refuse_locked(min(small))
            lists = self._lists()
            parts = {part.key: part for key, size in large.items() for part in lists.parts(key, size)}
            rest = {key: size for key, size in small.items() if key not in parts}
            for key in self._taken_down(day) & rest.keys():
                left["taken down"] += 1
                del rest[key]
            groups = list(_groups(rest, left))
            if self.dry_run:
                for group in groups:
                    self._count(len(group), sum(small[key] for key in group))
            else:
                with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="compact") as threads:
                    self._finish([parts[key] for key in small if key in parts], threads, left)
                    for group in groups:
                        if not self.go_on():
                            self.done.is_complete = False
                            break
                        self._compact(list(threads.map(self._read, group)), threads, left)
        except _LockedError:
            left = Counter(locked=len(small) - (self.done.deleted - deleted))
        self.done.left += left

    def _compact(
        self, read: Sequence["_Small | None"], threads: ThreadPoolExecutor, left: Counter[str]
    ) -> None:
        there = [each for each in read if each is not None]
        if len(there) < len(read):  # another run has begun to delete them, and finishes what it began
            left["changed"] += len(there)
            return
        whole = [each for each in there if _is_sound(each)]
        left["damaged"] += len(there) - len(whole)
        if len(whole) < 2:
            left["too few"] += len(whole)
            return
        told = [(each.key, len(each.data), hashlib.sha256(each.data).hexdigest()) for each in whole]
        key, head = compacted.compose(told, iso_utc(self.now))
        with temporary(), tempfile.TemporaryFile() as file:
            crc32 = 0
            for piece in (head, *(each.data for each in whole)):
                file.write(piece)
                crc32 = zlib.crc32(piece, crc32)
            self._put(key, file, crc32)
        self._compare(key, told)
        self._count(len(whole), sum(len(each.data) for each in whole))
        self._delete(whole, threads, left)

    def _count(self, files: int, size: int) -> None:
        self.done.files += files
        self.done.bytes += size
        self.done.into += 1
        self.on_file(self.done)

    def _put(self, key: str, file: IO[bytes], crc32: int) -> None:
        try:
            Objects(self.client, self.bucket).put(key, file, crc32=crc32)
        except ArchiveError as error:
            # Another run, or this one before it was killed, wrote it with another date; its content is compared.
            if code_of(error) != "PreconditionFailed":
                raise

    def _compare(self, key: str, told: Sequence[tuple[str, int, str]]) -> None:
        """Read a compacted file back. Raises ArchiveError unless it has exactly these files."""
        size = self._size(key)
        parts = self._lists().parts(key, size)
        if [(part.key, part.length, part.sha256) for part in parts] != list(told):
            raise ArchiveError(
                f"s3://{self.bucket}/{key} does not list what was written; nothing was deleted"
            )
        with asking(f"GetObject s3://{self.bucket}/{key}"):
            stream = self.client.get_object(Bucket=self.bucket, Key=key)["Body"]
            with closing(stream):
                stream.read(parts[0].offset)
                for part in parts:
                    if hashlib.sha256(stream.read(part.length)).hexdigest() != part.sha256:
                        raise ArchiveError(
                            f"s3://{self.bucket}/{key} does not hold what was written; nothing was deleted"
                        )

    def _finish(self, left_over: Sequence[Part], threads: ThreadPoolExecutor, left: Counter[str]) -> None:
        """Delete small files that an earlier run compacted, if the compacted file holds the same bytes."""
        for start in range(0, len(left_over), LEFT_OVER):
            parts = left_over[start : start + LEFT_OVER]
            small = threads.map(self._read, [part.key for part in parts])
            copies = threads.map(lambda part: self._bytes(part.file, part.offset, part.length), parts)
            pairs = [(each, copy) for each, copy in zip(small, copies, strict=True) if each is not None]
            same = [each for each, copy in pairs if each.data == copy]
            left["changed"] += len(pairs) - len(same)
            self._delete(same, threads, left)

    def _delete(self, small: Sequence[_Small], threads: ThreadPoolExecutor, left: Counter[str]) -> None:
        deleted = sum(threads.map(self._delete_one, small))
        self.done.deleted += deleted
        left["changed"] += len(small) - deleted

    def _delete_one(self, small: _Small) -> bool:
        """Delete a file if it is still what was read; return whether it was."""
        try:
            with asking(f"DeleteObject s3://{self.bucket}/{small.key}"):
                self.client.delete_object(Bucket=self.bucket, Key=small.key, IfMatch=small.tag)
        except NotFoundError:  # another run's work
            return True
        except ArchiveError as error:
            if code_of(error) not in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise
            return False
        return True

    def _read(self, key: str) -> _Small | None:
        """Return a small file; None if it is gone. Raises _LockedError, ArchiveError."""
        try:
            with asking(f"GetObject s3://{self.bucket}/{key}"):
                answer = self.client.get_object(Bucket=self.bucket, Key=key)
                data = answer["Body"].read()
        except NotFoundError:
            return None
        self._refuse(answer)
        return _Small(key, data, answer["ETag"])

    def _refuse_locked(self, key: str) -> None:
        """Raise _LockedError if a file may not be deleted."""
        with suppress(NotFoundError), asking(f"HeadObject s3://{self.bucket}/{key}"):
            self._refuse(self.client.head_object(Bucket=self.bucket, Key=key))

    def _refuse(self, answer: Any) -> None:
        until = answer.get("ObjectLockRetainUntilDate")
        if answer.get("ObjectLockLegalHoldStatus") == "ON" or (until is not None and until > self.now):
            raise _LockedError

    def _lists(self) -> Lists:
        return Lists(lambda key, length: self._bytes(key, 0, length))

    def _size(self, key: str) -> int:
        with asking(f"HeadObject s3://{self.bucket}/{key}"):
            return self.client.head_object(Bucket=self.bucket, Key=key)["ContentLength"]

    def _bytes(self, key: str, offset: int, length: int) -> bytes:
        with asking(f"GetObject s3://{self.bucket}/{key} at {offset}"):
            asked = f"bytes={offset}-{offset + length - 1}"
            return self.client.get_object(Bucket=self.bucket, Key=key, Range=asked)["Body"].read()

    def _taken_down(self, day: str) -> set[str]:
        """Return the day's files with captures that were taken down, by the tombstones' names."""
        prefix = TOMBSTONES + day.removeprefix(PREFIX)
        return {day + key.removeprefix(prefix).rpartition("@")[0] for key, _ in self._pages(prefix)}

    def _listed(self, end: str) -> Iterator[tuple[str, int]]:
        """Yield key and size of the files before a key."""
        for key, size in self._pages(PREFIX):
            if key >= end:
                return
            yield key, size

    def _pages(self, prefix: str) -> Iterator[tuple[str, int]]:
        for page in pages(self.client, self.bucket, prefix):
            yield from ((each["Key"], each["Size"]) for each in page.get("Contents", ()))


def _is_sound(small: _Small) -> bool:
    """Whether a file can be read to its end: other tools would not find the files after a damaged one."""
    try:
        return small.data.startswith(b"\x1f\x8b") and all(
            not record.problem for record in check_file(io.BytesIO(small.data), file=small.key)
        )
    except WarcError:
        return False


def _groups(small: Mapping[str, int], left: Counter[str]) -> Iterator[list[str]]:
    """Yield the keys of the files that each compacted file is made of.

    small: keys and sizes. left: counts the others.
    """
    groups: list[list[str]] = [[]]
    size = 0
    for key, length in small.items():
        if len(groups[-1]) == MAX_PARTS or size + length > MOST_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(key)
        size += length
    for group in groups:
        if len(group) > 1 and sum(small[key] for key in group) >= SMALL_BYTES:
            yield group
        else:
            left["too few"] += len(group)

"""The open table's files on this machine: those of an archive folder, and copies of those of a bucket.

DuckDB could read a bucket itself, with the extension httpfs. But that has to be downloaded from its makers' server, and
gives queries access to the network. So the files are fetched here, with the rights and the settings of every other
command.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from shutil import copyfileobj, disk_usage
from typing import TYPE_CHECKING, Protocol

from pressmark.aws import asking, code_of
from pressmark.catalog.naming import PREFIX, Part
from pressmark.errors import ArchiveError, NotFoundError
from pressmark.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

MAX_CACHE_BYTES = 20_000_000_000
"""The largest cache of one archive. A question that needs more should be about a shorter period, or be asked of
Athena."""

AT_A_TIME = 8
"""Files fetched at the same time."""

TRIES = 3
"""How often the files are listed again because one was replaced or deleted before it could be fetched."""


@dataclass(frozen=True, slots=True)
class Days:
    """The first and last day of capture that a question is about, both included; None: no limit."""

    first: date | None = None
    last: date | None = None

    def has(self, day: str) -> bool:
        """Whether a day (``2026-11-28``) is within them."""
        return (self.first is None or day >= self.first.isoformat()) and (
            self.last is None or day <= self.last.isoformat()
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the open table in the bucket. tag: its ETag, which changes with its bytes. day: ``2026-11-28``."""

    key: str
    day: str
    size: int
    tag: str


class LocalFiles(Protocol):
    """The open table's files."""

    def there(self) -> bool:
        """Whether the archive has an open table at all."""

    def paths(self, days: Days) -> list[Path]:
        """Return the files of some days on this machine, each in a folder ``day=...``, in the order of days."""


class InFolder:
    """The files of an archive folder, read in place."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / PREFIX

    def there(self) -> bool:
        """See :class:`LocalFiles`."""
        return next(self._list(Days()), None) is not None

    def paths(self, days: Days) -> list[Path]:
        """See :class:`LocalFiles`. Links that lead out of the folder are left out."""
        return sorted(self._list(days))

    def _list(self, days: Days) -> Iterator[Path]:
        inside = self._folder.resolve()
        for path in self._folder.glob("day=*/*.parquet"):
            part = Part.of(PREFIX + path.relative_to(self._folder).as_posix())
            if (
                part
                and not part.folder
                and days.has(part.day)
                and path.resolve().is_relative_to(inside)
                and path.is_file()
            ):
                yield path


class Copies:
    """Copies of a bucket's files, made when a question needs them.

    A copy is named by key and ETag: a file that was replaced is fetched again, and its old copy is deleted, as are
    copies of files that are no longer in the bucket (after a takedown). The folder has a maximum size; the copies
    unused for the longest time are deleted first.
    """

    def __init__(
        self,
        client: "S3Client",
        bucket: str,
        cache: Path,
        *,
        on_bytes: "Callable[[int, int], None]" = lambda _done, _all: None,
    ) -> None:
        """cache: the folder of copies. on_bytes: called with the number of bytes fetched so far, and of all."""
        self._client = client
        self._bucket = bucket
        self._cache = cache
        self._on_bytes = on_bytes

    def there(self) -> bool:
        """See :class:`LocalFiles`. Raises ArchiveError."""
        return next(self._list(Days()), None) is not None

    def paths(self, days: Days) -> list[Path]:
        """See :class:`LocalFiles`. Raises ArchiveError; OSError, which names the file."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._fetched(list(self._list(days)), days)
            except ArchiveError as error:
                # Replaced or deleted since it was listed, as by a run of the writer.
                changed = isinstance(error, NotFoundError) or code_of(error) == "PreconditionFailed"
                if not changed or attempt == TRIES:
                    raise
        raise AssertionError("unreachable")

    def _list(self, days: Days) -> Iterator[Listed]:
        start = {"StartAfter": f"{PREFIX}day={days.first}"} if days.first else {}
        asked = f"ListObjectsV2 s3://{self._bucket}/{PREFIX}"
        while True:
            with asking(asked):
                answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=PREFIX, **start)  # type: ignore[arg-type]
            for entry in answer.get("Contents", ()):
                part = Part.of(entry["Key"])
                if part and part.folder:  # a copy
                    continue
                if part and days.last and part.day > days.last.isoformat():
                    return
                if part and days.has(part.day):
                    yield Listed(entry["Key"], part.day, entry["Size"], entry["ETag"])
            if not answer.get("IsTruncated"):
                return
            start = {"ContinuationToken": answer["NextContinuationToken"]}

    def _fetched(self, listed: list[Listed], days: Days) -> list[Path]:
        wanted = {self._path(each): each for each in listed}
        have = {path: path.stat() for path in self._cache.glob("day=*/*.parquet")}
        for path in have.keys() - wanted.keys():
            if days.has(path.parent.name.removeprefix("day=")):
                path.unlink(missing_ok=True)
                del have[path]
        missing = {path: each for path, each in wanted.items() if path not in have}
        self._make_room(sum(each.size for each in missing.values()), wanted, have)
        for path in wanted.keys() & have.keys():
            with suppress(OSError):
                path.touch()
        done, total = 0, sum(each.size for each in missing.values())
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            futures = {threads.submit(self._fetch, path, each): each for path, each in missing.items()}
            try:
                for future in as_completed(futures):
                    future.result()
                    done += futures[future].size
                    self._on_bytes(done, total)
            except BaseException:
                threads.shutdown(cancel_futures=True)
                raise
        return sorted(wanted)

    def _path(self, listed: Listed) -> Path:
        name = sha256(f"{listed.key}\n{listed.tag}\n{listed.size}".encode()).hexdigest()[:32]
        return self._cache / f"day={listed.day}" / f"{name}.parquet"

    def _make_room(self, more: int, wanted: dict[Path, Listed], have: Mapping[Path, object]) -> None:
        need = sum(each.size for each in wanted.values())
        self._cache.mkdir(parents=True, exist_ok=True)
        free = disk_usage(self._cache).free
        if need > MAX_CACHE_BYTES or more > free:
            room = f"{min(MAX_CACHE_BYTES, free) / 1e9:,.1f} GB"
            raise ArchiveError(
                f"the open table's files of this period take {need / 1e9:,.1f} GB, and there is room for {room} in "
                f"{self._cache}; choose a period with --from and --to, or ask Athena (docs/catalog.md)"
            )
        spare = sorted((path.stat().st_mtime, path) for path in have.keys() - wanted.keys())
        taken = need + sum(path.stat().st_size for _, path in spare)
        for _, path in spare:
            if taken <= MAX_CACHE_BYTES:
                break
            taken -= path.stat().st_size
            path.unlink(missing_ok=True)

    def _fetch(self, path: Path, listed: Listed) -> None:
        path.parent.mkdir(exist_ok=True)
        with asking(f"GetObject s3://{self._bucket}/{listed.key}"), whole_file(path) as file:
            answer = self._client.get_object(Bucket=self._bucket, Key=listed.key, IfMatch=listed.tag)
            copyfileobj(answer["Body"], file, 1 << 20)
            if file.tell() != listed.size:
                raise ArchiveError(
                    f"s3://{self._bucket}/{listed.key}: {file.tell():,} bytes came, {listed.size:,} expected"
                )

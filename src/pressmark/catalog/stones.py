"""Takedowns, for the writer of the open table: by group, and looked up again after each file that it puts."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pressmark.archive import folder, tombstones
from pressmark.archive.tombstones import Tombstone, Tombstones
from pressmark.catalog.naming import group_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Load = Callable[[], Iterable[Tombstone]]
"""Returns every tombstone of an archive, as it is now. Raises ArchiveError."""


def of_bucket(client: "S3Client", bucket: str) -> Load:
    """Return a function that loads a bucket's tombstones, each once."""
    known: dict[str, tuple[str, Tombstone]] = {}

    def load() -> Iterable[Tombstone]:
        return tombstones.load(client, bucket, known=known)

    return load


def of_folder(path: Path) -> Load:
    """Return a function that loads a folder's tombstones."""
    return lambda: folder.tombstones_of(path)


class Stones:
    """All tombstones of an archive at one moment."""

    def __init__(self, found: Iterable[Tombstone], minutes: int) -> None:
        kept = list(found)
        self.all = Tombstones(kept)
        self._groups: dict[str, list[str]] = {}
        for stone in kept:
            # A damaged one is known by its name only, which lacks the prefix of a bucket's keys.
            warcs = (stone.warc, f"warcs/{stone.warc}") if stone.damage else (stone.warc,)
            for warc in warcs:
                self._groups.setdefault(group_of(warc, minutes), []).append(f"{stone.key} {stone.deleted}")
        self.digest_of_all = _digest(f"{stone.key} {stone.deleted}" for stone in kept)

    def digest(self, group: str) -> str:
        """Return a digest of the takedowns in a group's files; empty if there are none."""
        return _digest(self._groups[group]) if group in self._groups else ""


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "replace")).hexdigest()

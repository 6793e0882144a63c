"""Tombstones: what is left of a capture that was taken down.

A tombstone is a small JSON object in the bucket, beside the WARC files, and a row in place of the capture's.
It must be in the bucket: the table can be rebuilt from there at any time, and a rebuild that knew nothing of
it would bring the capture back.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from pressmark.archive.keys import original_key
from pressmark.archive.rows import Item
from pressmark.errors import ArchiveError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "tombstones/"
"""Where in the bucket they lie."""

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Hop:
    """One row that went: its key, and what it was of. captured: as in the table, ISO 8601 UTC."""

    site: str
    capture: str
    url: str
    captured: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One capture event that was taken down.

    warc, offset, length: where its records stand, or stood. deleted: when, ISO 8601 UTC. reason: why, as said
    by whoever did it. hops: the rows that went.
    """

    warc: str
    offset: int
    length: int
    deleted: str
    reason: str
    hops: tuple[Hop, ...]

    @property
    def key(self) -> str:
        """The object's key: one place for one event, so that a repeat finds itself."""
        return f"{PREFIX}{self.warc.removeprefix('warcs/')}@{self.offset}.json"

    def to_json(self) -> str:
        """Write it as it stands in the bucket."""
        return json.dumps({"pressmark": FORMAT} | asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Tombstone":
        """Read one. Raises ValueError."""
        try:
            said = json.loads(text)
            hops = tuple(Hop(**hop) for hop in said["hops"])
            return cls(said["warc"], said["offset"], said["length"], said["deleted"], said["reason"], hops)
        except (KeyError, TypeError) as error:
            raise ValueError(f"no tombstone: {error}") from error

    def rows(self) -> list[Item]:
        """Return the table's items in place of the rows that went; they are in no index."""
        return [
            {
                "site": hop.site,
                "capture": hop.capture,
                "url": hop.url,
                "captured": hop.captured,
                "deleted": self.deleted,
                "reason": self.reason[:300],
                "tombstone": self.key,
            }
            for hop in self.hops
        ]


class Tombstones:
    """All tombstones of an archive, by the key of each row that went."""

    def __init__(self, found: Iterable[Tombstone] = ()) -> None:
        self._rows: Mapping[tuple[str, str], Item] = {
            (row["site"], row["capture"]): row for tombstone in found for row in tombstone.rows()
        }

    def __len__(self) -> int:
        return len(self._rows)

    def took_original(self, row: Item) -> bool:
        """Whether what a revisit repeats was taken down; False for what is no revisit."""
        if not self._rows or "original_captured" not in row:
            return False
        key = original_key(row)
        return (key["site"], key["capture"]) in self._rows

    def bury(self, items: Iterable[Item]) -> list[Item]:
        """Put the tombstone in the place of each row that went, and leave out the items that point to it."""
        items = list(items)
        if not self._rows:
            return items
        gone = {
            (item["captured"], item["url"]) for item in items if (item["site"], item["capture"]) in self._rows
        }
        kept: list[Item] = []
        for item in items:
            if (row := self._rows.get((item["site"], item["capture"]))) is not None:
                kept.append(row)
            elif "=" not in item["site"] or (item["captured"], item["url"]) not in gone:
                kept.append(item)
        return kept


def load(client: "S3Client", bucket: str) -> Iterator[Tombstone]:
    """Yield every tombstone of a bucket. Raises ArchiveError."""
    try:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX):
            for entry in page.get("Contents", ()):
                body = client.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
                yield Tombstone.from_json(body)
    except (ClientError, BotoCoreError, ValueError) as error:
        raise ArchiveError(f"tombstones of s3://{bucket}: {error}") from error


def store(client: "S3Client", bucket: str, tombstone: Tombstone) -> None:
    """Put a tombstone into the bucket. Raises ArchiveError."""
    try:
        client.put_object(
            Bucket=bucket,
            Key=tombstone.key,
            Body=tombstone.to_json().encode("utf-8"),
            ContentType="application/json",
        )
    except (ClientError, BotoCoreError) as error:
        raise ArchiveError(f"PutObject s3://{bucket}/{tombstone.key}: {error}") from error

"""Tombstones: what is left of a capture that was taken down.

A tombstone is a small JSON object in the bucket, next to the WARC files, and a row in place of the capture's. It must
be in the bucket: the table can be rebuilt from there at any time, and without it a rebuild would bring the capture
back.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import TYPE_CHECKING

from pressmark.archive.keys import capture_key, original_key
from pressmark.archive.rows import Item
from pressmark.archive.same import page as page_of
from pressmark.aws import asking
from pressmark.errors import WarcError
from pressmark.warc.requisites import is_list
from pressmark.warc.stated import capture_time
from pressmark.warc.stored import StoredCapture

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "tombstones/"
"""Prefix of their keys in the bucket."""

FORMAT = 1

_NAME = re.compile(rf"{PREFIX}(.+)@(\d{{1,18}})\.json", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class Hop:
    """One row that was removed: its key, URL and time. captured: as in the table, ISO 8601 UTC."""

    site: str
    capture: str
    url: str
    captured: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One capture event that was taken down.

    warc, offset, length: where its records are, or were. deleted: when, ISO 8601 UTC. reason: why, in the words of
    whoever did it. hops: the rows that were removed. damage: why the tombstone cannot be read; then only its name says
    what was taken down.
    """

    warc: str
    offset: int
    length: int
    deleted: str
    reason: str
    hops: tuple[Hop, ...]
    damage: str = ""

    @property
    def key(self) -> str:
        """The object's key: one place for each event, so that a repeated takedown finds it."""
        return f"{PREFIX}{self.warc.removeprefix('warcs/')}@{self.offset}.json"

    def to_json(self) -> str:
        """Write it in the form that is stored in the bucket."""
        said = {"pressmark": FORMAT} | asdict(self)
        del said["damage"]
        return json.dumps(said, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Tombstone":
        """Read one. Raises ValueError."""
        try:
            said = json.loads(text)
            hops = tuple(Hop(**hop) for hop in said["hops"])
            stone = cls(said["warc"], said["offset"], said["length"], said["deleted"], said["reason"], hops)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"not a tombstone: {type(error).__name__}: {error}"[:200]) from error
        texts: list[object] = [stone.warc, stone.deleted, stone.reason]
        texts += [each for hop in hops for each in astuple(hop)]
        if not all(isinstance(each, str) for each in texts):
            raise ValueError("not a tombstone: one of its texts is something else")
        if any("\ud800" <= character <= "\udfff" for each in texts for character in str(each)):
            raise ValueError(
                "not a tombstone: one of its texts has a lone surrogate, which cannot be written"
            )
        if not all(type(number) is int and number >= 0 for number in (stone.offset, stone.length)):
            raise ValueError("not a tombstone: offset or length is not a number of bytes")
        return stone

    @classmethod
    def read(cls, key: str, text: str | bytes) -> "Tombstone":
        """Read the tombstone at a key; one that is damaged still says by its name what was taken down.

        What was taken down must not come back because a file was damaged.
        """
        try:
            return cls.from_json(text)
        except ValueError as error:
            place = _NAME.fullmatch(key)
            warc, offset = (place[1], int(place[2])) if place else ("", 0)
            return cls(warc, offset, 0, "", "", (), f"{key}: {error}")

    def rows(self) -> list[Item]:
        """Return the table's items that replace the removed rows; they are in no index."""
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


GONE = "gone="
"""A site's takedowns are also in the partition ``gone=SITE``, in one range."""


def told_in_range(stones: Iterable[Item]) -> list[Item]:
    """Return, for each row of a tombstone, the item in the range of its site's takedowns.

    The capture of a page reads such a range at once, instead of a look-up for each of dozens of known requisites.
    """
    return [
        {name: stone[name] for name in ("capture", "url", "captured", "deleted")}
        | {"site": GONE + stone["site"]}
        for stone in stones
    ]


_UNREADABLE = "its tombstone is damaged"
_UNKNOWN_DAY = "a day that is not known"


class Tombstones:
    """All tombstones of an archive, by the key of each row that was removed.

    A row is removed whichever file it is from: a copy under another name must not bring a capture back. So is a row of
    the same page whose time is the same except for digits that were cut: other tools write whole seconds or
    milliseconds, and URLs in another form.

    events: file and offset of each capture event that was taken down. damaged: what is wrong, by tombstone. A damaged
    one still hides the capture that its name states; a stray file, whose name states none, hides nothing.
    """

    def __init__(self, found: Iterable[Tombstone] = ()) -> None:
        found = list(found)
        self.events = frozenset(
            (tombstone.warc, tombstone.offset) for tombstone in found if not tombstone.damage
        )
        damaged = [tombstone for tombstone in found if tombstone.damage]
        told = (tombstone.damage.partition(": ") for tombstone in damaged)
        self.damaged = [WarcError(reason, file=key) for key, _, reason in told]
        # Its name leaves out the "warcs/" that a bucket's keys begin with.
        self._places = {
            (prefix + tombstone.warc, tombstone.offset) for tombstone in damaged for prefix in ("", "warcs/")
        }
        self._rows: dict[tuple[str, str], Item] = {}
        self._seconds: dict[tuple[str, str], list[Item]] = {}
        for tombstone in found:
            for row in tombstone.rows():
                self._rows[row["site"], row["capture"]] = row
                self._seconds.setdefault(_second(row["url"], row["captured"]), []).append(row)

    def __len__(self) -> int:
        return len(self._rows) + len(self._places)

    def _over(self, site: str, capture: str, url: str, captured: str) -> Item | None:
        """Return the tombstone's row that replaces a capture, None if it was not taken down."""
        row = self._rows.get((site, capture))
        if row is None:
            near = self._seconds.get(_second(url, captured), ())
            row = next((each for each in near if _is_cut(each, url, captured)), None)
        return row and row | {"site": site, "capture": capture, "url": url, "captured": captured}

    def took(self, url: str, captured: str) -> bool:
        """Whether the capture of a URL at a time was taken down."""
        key = capture_key(url, captured)
        return self._over(key["site"], key["capture"], url, captured) is not None

    def took_original(self, row: Item) -> bool:
        """Whether the capture that a revisit repeats was taken down; False if the row is not a revisit."""
        if not self._rows or "original_captured" not in row:
            return False
        key = original_key(row)
        url = str(row.get("original_url", row["url"]))
        return self._over(key["site"], key["capture"], url, str(row["original_captured"])) is not None

    def standing(self, rows: Iterable[Item]) -> dict[tuple[str, str], Item]:
        """Return, by key, the table's rows of damaged tombstones, which say more than these do now."""
        damaged = {error.file for error in self.damaged}
        return {(row["site"], row["capture"]): row for row in rows if row.get("tombstone") in damaged}

    def bury(self, items: Iterable[Item], stored: StoredCapture | None = None) -> list[Item]:
        """Replace each row that was taken down by its tombstone, and leave out the items that point to it.

        stored: the event of the items, if they are all of one.
        """
        items = list(items)
        if stored and is_list(stored.metadata):
            return self._bury_list(items, stored)
        heads = [item for item in items if "=" not in item["site"]]
        start = min(hop.offset for hop in stored.hops) if stored else 0
        if stored and (stored.warc, start) in self._places:
            hops = tuple(Hop(row["site"], row["capture"], row["url"], row["captured"]) for row in heads)
            return Tombstone(stored.warc, start, 0, _UNKNOWN_DAY, _UNREADABLE, hops).rows()
        if not self._rows:
            return items
        over = {
            (row["site"], row["capture"]): stone
            for row in heads
            if (stone := self._over(row["site"], row["capture"], row["url"], row["captured"]))
        }
        return lay(over, items)

    def _bury_list(self, items: list[Item], stored: StoredCapture) -> list[Item]:
        """Leave the items of a list out if its page was taken down; add a tombstone for each requisite that was.

        A requisite has no row: its tombstone has the key that a row would have, and hides the requisite in every list.
        """
        stones: list[Item] = []
        for hop in stored.hops if self else ():
            if hop.record == "metadata":  # nothing was asked: all lines are of earlier events
                continue
            key = capture_key(hop.url, hop.captured)
            if (stored.warc, hop.offset) in self._places:
                gone = Hop(key["site"], key["capture"], hop.url, hop.captured)
                stones += Tombstone(stored.warc, hop.offset, 0, _UNKNOWN_DAY, _UNREADABLE, (gone,)).rows()
            elif stone := self._over(key["site"], key["capture"], hop.url, hop.captured):
                stones.append(stone)
        stones += told_in_range(stones)
        is_gone = self.took(str(items[0]["url"]), str(items[0]["captured"]))
        return stones if is_gone else items + stones


def lay(stones: Mapping[tuple[str, str], Item], items: Sequence[Item]) -> list[Item]:
    """Replace items by the tombstones' rows with the same key, and leave out items that point to them."""
    gone = {(item["captured"], item["url"]) for item in items if (item["site"], item["capture"]) in stones}
    return [
        stones.get((item["site"], item["capture"]), item)
        for item in items
        if "=" not in item["site"] or (item.get("captured"), item.get("url")) not in gone
    ]


def _second(url: str, captured: str) -> tuple[str, str]:
    """Return the page and the second of a capture."""
    return page_of(url), captured[:19]


def _is_cut(stone: Item, url: str, captured: str) -> bool:
    """Whether a capture's time, in the same second, is a tombstone's, if one of them may have lost its last digits."""
    one, other = _fraction(stone["url"], stone["captured"]), _fraction(url, captured)
    return one.startswith(other) or other.startswith(one)


def _fraction(url: str, captured: str) -> str:
    """Return the digits after the second, to the millisecond or the microsecond.

    None if the WARC file had none (see :func:`capture_time`).
    """
    try:
        is_whole = captured == capture_time(captured[:19] + "Z", url)
    except ValueError:  # in a tombstone that another program made
        is_whole = False
    if is_whole:
        return ""
    # Three digits at a time: .000010 was not cut to .00001, so .000016 is another capture of the same page.
    return re.sub(r"(000){1,2}Z?$|Z$", "", captured[19:].removeprefix("."))


def load(
    client: "S3Client", bucket: str, *, known: dict[str, tuple[str, Tombstone]] | None = None
) -> Iterator[Tombstone]:
    """Yield every tombstone of a bucket. Raises ArchiveError.

    known: those that were loaded before, by key, with their ETag: they are not fetched again. New ones are added.
    """
    known = {} if known is None else known
    with asking(f"tombstones of s3://{bucket}"):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX):
            for entry in page.get("Contents", ()):
                key, tag = entry["Key"], entry["ETag"]
                if known.get(key, ("",))[0] != tag:
                    body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
                    known[key] = tag, Tombstone.read(key, body)
                yield known[key][1]


def store(client: "S3Client", bucket: str, tombstone: Tombstone) -> None:
    """Put a tombstone into the bucket. Raises ArchiveError."""
    with asking(f"PutObject s3://{bucket}/{tombstone.key}"):
        client.put_object(
            Bucket=bucket,
            Key=tombstone.key,
            Body=tombstone.to_json().encode("utf-8"),
            ContentType="application/json",
        )

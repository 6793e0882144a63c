"""The requests to S3 that a scheduled verification sends before it reads a file, by the size of the archive.

usage: python -m bench.sampling; prints the table of docs/reliability.md. The bucket is a listing that is made up as it
is asked for, so that archives of any size can be counted.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, cast

from bench.prices import S3_PUT
from bench.tables import table
from pressmark.archive.objects import PREFIX, Objects
from pressmark.archive.ranges import Page
from pressmark.upkeep import sweep
from pressmark.upkeep.verify import Verifier
from pressmark.warc.writer import file_key, file_name

TODAY = date(2026, 11, 28)
PAGE = 1000
SAMPLE = 20
"""VerifySample of the template."""


@dataclass(slots=True)
class Bucket:
    """ListObjectsV2 of files spread evenly over the days up to TODAY. asked: how many requests there were."""

    days: int
    files: int
    asked: int = 0
    read: list[str] = field(default_factory=list)

    def list_objects_v2(
        self,
        *,
        Bucket: str,  # noqa: N803 - S3's names
        Prefix: str = "",  # noqa: N803
        Delimiter: str = "",  # noqa: N803
        StartAfter: str = "",  # noqa: N803
        ContinuationToken: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        """Answer as S3 does: a thousand entries at most, in order."""
        del Bucket
        self.asked += 1
        after = ContinuationToken or StartAfter
        if Delimiter:
            depth = Prefix.count("/")
            below = [day for day in _folders(self.days) if day.startswith(Prefix)]
            names = {"/".join(day.split("/")[: depth + 1]) + "/" for day in below}
            return {"CommonPrefixes": [{"Prefix": each} for each in sorted(names)]}
        keys: list[str] = []
        for key in self._keys(Prefix, after):
            if len(keys) == PAGE:
                more = {"IsTruncated": True, "NextContinuationToken": keys[-1]}
                return {"Contents": [{"Key": each, "Size": 1} for each in keys], **more}
            keys.append(key)
        return {"Contents": [{"Key": each, "Size": 1} for each in keys]}

    def _keys(self, prefix: str, after: str) -> Iterator[str]:
        """Yield the keys below a prefix that come after a key."""
        a_day = self.files // self.days
        for number, folder in enumerate(_folders(self.days)):
            if not (folder + "/").startswith(prefix) or folder + "0" <= after:
                continue
            day = datetime.combine(TODAY, datetime.min.time()) - timedelta(days=self.days - 1 - number)
            low, high = 0, a_day
            while low < high:  # keys are in order of time
                middle = (low + high) // 2
                if _key(day, middle, a_day) <= after:
                    low = middle + 1
                else:
                    high = middle
            yield from (_key(day, each, a_day) for each in range(low, a_day))


@cache
def _folders(days: int) -> list[str]:
    first = TODAY - timedelta(days=days - 1)
    return [f"{PREFIX}{first + timedelta(days=number):%Y/%m/%d}" for number in range(days)]


def _key(day: datetime, number: int, a_day: int) -> str:
    moment = day + timedelta(microseconds=86_400_000_000 * number // a_day)
    return file_key(file_name("pressmark", moment, f"{number:08x}"), moment)


class _NoRows:
    """Replaces the table: rows are looked up by key, which costs the same whatever its size."""

    def page(self, *_: object, **__: object) -> Page:
        return Page([], None)


class _Names:
    """Replaces the verifier: reads nothing, remembers which files it was given."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.files = Objects(cast(Any, bucket), "bucket")
        self.reader = _NoRows()

    def file(self, key: str) -> None:
        self._bucket.read.append(key)


def sampled(days: int, files: int, *, seed: int = 7) -> Bucket:
    """Draw a sample of an archive of ``files`` files from ``days`` days."""
    bucket = Bucket(days, files)
    sweep.sample(cast(Verifier, _Names(bucket)), SAMPLE, choose=random.Random(seed), today=TODAY)
    return bucket


def main() -> None:
    rows = []
    for years, files in ((0.1, 10_000), (1, 100_000), (3, 2_800_000), (10, 100_000_000), (30, 1_000_000_000)):
        bucket = sampled(max(1, round(365.25 * years)), files)
        everything = -(-files // PAGE)
        rows.append(
            (
                f"{files:,}",
                f"{years:g}",
                f"{bucket.asked:,}",
                f"{1000 * bucket.asked * S3_PUT:.2f}",
                f"{everything:,}",
            )
        )
    print(table(("files", "years", "requests", "$ for 1,000 samples", "to list the whole bucket"), rows))


if __name__ == "__main__":
    main()

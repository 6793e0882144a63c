"""Which WARC files make which files of the open table. Nothing but names decides, so that every run decides the same.

The WARC files of a group make one Parquet file for each day on which something in them was captured, and a file is
always replaced whole (docs/decisions/d27).
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

PREFIX = "catalog/captures/"
"""Where the files lie, in the bucket and in an archive folder."""

MARK = "catalog/done.json"
"""Says up to which day everything is written. It only saves work: without it, or with a wrong one, all is looked at."""

SUFFIX = ".parquet"

MINUTES = (60, 30, 10, 5, 1)
"""How long the files may be that a group covers, in minutes: what divides an hour."""

NO_DAY = "1970-01-01"
"""The home of a group whose name states no time."""

_DATED = re.compile(
    r"warcs/(\d{4})/(\d\d)/(\d\d)/[^/]*?-\1\2\3([01]\d|2[0-3])([0-5]\d)[0-5]\d(?:\d{3})?-[^/]*", re.ASCII
)
"""A WARC file in its day's folder, its name with the time as of ISO 28500:2017 annex C.1."""

_KEY = re.compile(
    rf"{PREFIX}day=(\d{{4}}-\d\d-\d\d)/((?:\d{{8}}T\d{{4}}-\d\dm|w-[0-9a-f]{{20}}))\{SUFFIX}", re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One file of the open table: what of a group was captured on a day."""

    day: str
    group: str

    @property
    def key(self) -> str:
        """Its key in the bucket, or path in the folder."""
        return f"{PREFIX}day={self.day}/{self.group}{SUFFIX}"

    @classmethod
    def of(cls, key: str) -> "Part | None":
        """Return what a key names; None for anything that this program did not write."""
        found = _KEY.fullmatch(key)
        if found is None:
            return None
        try:
            date.fromisoformat(found[1])
        except ValueError:  # 2026-02-30
            return None
        return cls(found[1], found[2])


def group_of(warc: str, minutes: int = 60) -> str:
    """Return the group of a WARC file by its key; minutes: how long a group's files may have been begun.

    ``20261128T1500-60m`` for a file in the folder of the day that its name states. Any other is a group by itself,
    since nothing says how large it is: ``w-`` and the beginning of the SHA-256 of its key.
    """
    found = _DATED.fullmatch(warc)
    if found is None:
        return f"w-{hashlib.sha256(warc.encode()).hexdigest()[:20]}"
    year, month, day, hour, minute = found.groups()
    return f"{year}{month}{day}T{hour}{int(minute) // minutes * minutes:02d}-{minutes:02d}m"


def end_of(group: str) -> datetime | None:
    """Return when the last WARC file of a group can have been begun, None for one whose name states no time."""
    if group.startswith("w-"):
        return None
    start, _, minutes = group.removesuffix("m").partition("-")
    return datetime.strptime(start, "%Y%m%dT%H%M").replace(tzinfo=UTC) + timedelta(minutes=int(minutes))


def day_of(group: str) -> str:
    """Return the day in a group's name: its home, where it has a file even without rows, which says what is in it."""
    return NO_DAY if group.startswith("w-") else f"{group[:4]}-{group[4:6]}-{group[6:8]}"

"""Where the files of the open table are, and which WARC files are read together (docs/decisions/d27)."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

PREFIX = "catalog/captures/"
"""Prefix of the files' keys, in the bucket and in an archive folder."""

MARK = "catalog/done.json"
"""Says up to which day everything is written. It only saves work: without it, or with a wrong one, everything is looked
at."""

SUFFIX = ".parquet"

MINUTES = (60, 30, 10, 5, 1)
"""The periods that a group may cover, in minutes: divisors of an hour."""

NO_DAY = "1970-01-01"
"""The home day of a group whose name states no time."""

_DATED = re.compile(
    r"warcs/(\d{4})/(\d\d)/(\d\d)/[^/]*?-\1\2\3([01]\d|2[0-3])([0-5]\d)[0-5]\d(?:\d{3})?-[^/]*", re.ASCII
)
"""A WARC file in its day's folder, with the time in its name (ISO 28500:2017 annex C.1)."""

_KEY = re.compile(rf"{PREFIX}day=(\d{{4}}-\d\d-\d\d)/(\d{{4}}-\d\d-\d\d)-(\d{{4}})\{SUFFIX}", re.ASCII)

_OF_A_GROUP = re.compile(
    rf"{PREFIX}day=\d{{4}}-\d\d-\d\d/(?:\d{{8}}T\d{{4}}-\d\dm|w-[0-9a-f]{{20}})\{SUFFIX}", re.ASCII
)


def is_of_a_group(key: str) -> bool:
    """Whether a key is that of a file of one group, as they were made before days had files that grow (D27)."""
    return _OF_A_GROUP.fullmatch(key) is not None


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One file of the open table.

    day: of the captures in it. number: which of the day's files, from 0. folder: the day whose folder it is in, if that
    is another day: then it is somebody's copy.
    """

    day: str
    number: int
    folder: str = ""

    @property
    def key(self) -> str:
        """Its key in the bucket, or path in the folder."""
        return f"{PREFIX}day={self.folder or self.day}/{self.day}-{self.number:04d}{SUFFIX}"

    @classmethod
    def of(cls, key: str) -> "Part | None":
        """Parse a key; None for anything that Pressmark did not write."""
        found = _KEY.fullmatch(key)
        if found is None:
            return None
        folder, day, number = found.groups()
        try:
            date.fromisoformat(folder), date.fromisoformat(day)
        except ValueError:  # 2026-02-30
            return None
        return cls(day, int(number), folder if folder != day else "")


def group_of(warc: str, minutes: int = 60) -> str:
    """Return the group of a WARC file by its key; minutes: the period that a group covers.

    ``20261128T1500-60m`` for a file in the folder of the day that its name states. Any other file is a group by itself,
    since it may be of any size: ``w-`` and the beginning of the SHA-256 of its key.
    """
    found = _DATED.fullmatch(warc)
    if found is None:
        return f"w-{hashlib.sha256(warc.encode()).hexdigest()[:20]}"
    year, month, day, hour, minute = found.groups()
    return f"{year}{month}{day}T{hour}{int(minute) // minutes * minutes:02d}-{minutes:02d}m"


def minutes_of(group: str) -> int:
    """Return the period that a group covers, in minutes; any number for a group whose name states no time."""
    return MINUTES[0] if group.startswith("w-") else int(group.rpartition("-")[2].removesuffix("m"))


def end_of(group: str) -> datetime | None:
    """Return the end of a group's period, None if its name states no time."""
    if group.startswith("w-"):
        return None
    start = datetime.strptime(group.partition("-")[0], "%Y%m%dT%H%M").replace(tzinfo=UTC)
    return start + timedelta(minutes=minutes_of(group))


def hour_of(group: str) -> str:
    """Return a group's hour (``20261128T15``), empty if its name states no time."""
    return "" if group.startswith("w-") else group[:11]


def day_of(group: str) -> str:
    """Return the day in a group's name: its home, whose file names the group even without rows, and its other days."""
    return NO_DAY if group.startswith("w-") else f"{group[:4]}-{group[4:6]}-{group[6:8]}"

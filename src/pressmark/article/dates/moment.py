"""A date as precise as it was written."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum


class Precision(IntEnum):
    """How much of a date was written; greater is finer."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    MINUTE = 4
    SECOND = 5


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A point in time as it was written.

    moment: what was written, with the lowest value for what was not; aware only if an offset from UTC was
        written (or derived, see ``derived``), naive otherwise: the local time of wherever the page is from.
    precision: how much of ``moment`` was written. A written fraction of a second is kept in ``moment``.
    derived: the offset was not written with this date but follows from another one or from the page's country.
    """

    moment: datetime
    precision: Precision
    derived: bool = False

    @property
    def has_time(self) -> bool:
        """Whether an hour was written."""
        return self.precision >= Precision.MINUTE

    @property
    def is_instant(self) -> bool:
        """Whether this is the same moment everywhere on Earth: time and offset are known."""
        return self.has_time and self.moment.tzinfo is not None

    @property
    def looks_like_day_only(self) -> bool:
        """Whether no time was written, or midnight, which systems write if they know no time."""
        moment = self.moment
        return not self.has_time or not (moment.hour or moment.minute or moment.second)

    def utc(self) -> datetime:
        """Aware UTC for comparisons; what has no offset is taken as UTC, which errs by 14 hours at most."""
        if self.moment.tzinfo is None:
            return self.moment.replace(tzinfo=UTC)
        return self.moment.astimezone(UTC)

    def isoformat(self) -> str:
        """ISO 8601, reduced to what is known: ``2024``, ``2024-07``, ``2024-07-11``, ``2024-07-11T09:28+02:00``."""
        text = self.moment.isoformat()
        match self.precision:
            case Precision.YEAR:
                return text[:4]
            case Precision.MONTH:
                return text[:7]
            case Precision.DAY:
                return text[:10]
            case Precision.MINUTE:
                return self.moment.isoformat(timespec="minutes")
        return text

    def __str__(self) -> str:
        return self.isoformat()

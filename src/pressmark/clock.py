"""The two things a test must be able to fix: the clock and record identifiers.

Everything else in Pressmark asks here, so that tests can assert golden bytes.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _record_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


@dataclass(frozen=True, slots=True)
class Outside:
    """What comes from outside the program, but not over the network.

    now: the wall clock, an aware UTC datetime.
    monotonic: seconds that never run backwards, for deadlines and timings.
    record_id: a new WARC-Record-ID, ``<urn:uuid:...>`` (ISO 28500:2017 section 5.2).
    sleep: waits for a number of seconds.
    """

    now: Callable[[], datetime] = _utc_now
    monotonic: Callable[[], float] = time.monotonic
    record_id: Callable[[], str] = _record_id
    sleep: Callable[[float], None] = time.sleep


REAL = Outside()


def now() -> datetime:
    """Return the time, aware UTC, as REAL tells it."""
    return REAL.now().astimezone(UTC)


def iso_utc(moment: datetime) -> str:
    """Write an aware datetime as ``2026-11-23T20:52:20.123456Z``: UTC, microseconds, sortable as text.

    This is the form of WARC-Date (ISO 28500:2017 section 5.4, up to nine fraction digits) and of every
    time in the table, so that one can be compared with the other letter for letter. Microseconds keep two
    hops of one redirect chain apart, which may share URL key and millisecond.
    """
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> datetime:
    """Read what :func:`iso_utc` wrote, or any ISO 8601 instant with an offset; raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # 0001-01-01 east of Greenwich
        raise ValueError(f"{moment.isoformat()} is outside the years 1 to 9999 in UTC") from error


def parse_http_date(text: str) -> datetime | None:
    """Read a date as header lines and RSS feeds write it (RFC 9110 section 5.6.7, RFC 5322); None for anything else.

    The datetime is aware, with the offset given, or UTC. In UTC, it may be outside of the years 1 to 9999. Raises
    nothing, as the text is a stranger's.
    """
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment

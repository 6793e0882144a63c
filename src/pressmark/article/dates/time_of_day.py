"""The time of day next to a date, and its zone."""

import re
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from pressmark.article.dates.tokens import Tokens, is_afternoon
from pressmark.article.dates.zones import abbreviation_offset

_TIME = re.compile(
    r"(?P<pre>P)?(?:(?P<colon>N:N(?::N(?:[.,:][nNY])?)?)|(?P<unit>NhN?i?(?:Ns)?)|(?P<dot>N[.]N(?![.]?[NY]))"
    r"|(?P<packed>n(?=Z|$|[-+]n))|(?P<bare>N(?=P)))(?P<post>P)?"
)
_ZONE = re.compile(r"[ch]?[,]?[(]?(?P<name>Z)?(?:(?P<sign>[-+])(?P<hour>[nN])(?::(?P<minute>N))?)?")
# What may come between a date and its time: punctuation, words like "at", a weekday (any one word), a bracketed word.
_GAP = re.compile(r"[-/T,.|;c]{0,4}(?:[(][cwdmsy]d?[)]|wd?)?[-/T,.|;c]{0,4}")
_REACH = 24  # tokens looked at before a date


class Clock(NamedTuple):
    """A time of day. seconds: whether seconds were written. offset: from UTC, None if not written."""

    since_midnight: timedelta
    seconds: bool
    offset: timedelta | None = None

    @classmethod
    def of(
        cls,
        hour: int,
        minute: int,
        second: str | None = None,
        fraction: str | None = None,
        offset: timedelta | None = None,
    ) -> Self | None:
        """Build from what was written; None if it is not a time of day. 24:00 is the end of the day, 60 s become 59."""
        seconds = min(int(second or 0), 59)
        if hour > 24 or minute > 59 or int(second or 0) > 60 or (hour == 24 and (minute or seconds)):
            return None
        micro = int((fraction or "0")[:6].ljust(6, "0"))
        since = timedelta(hours=hour, minutes=minute, seconds=seconds, microseconds=micro)
        return cls(since, second is not None, offset)


def iso_offset(sign: str, hours: int, minutes: int) -> timedelta | None:
    """Return the offset from UTC; None if it is outside the range of clocks on Earth (-12:00 to +14:00)."""
    total = hours * 60 + minutes
    if minutes > 59 or total > (12 * 60 if sign == "-" else 14 * 60):
        return None
    return timedelta(minutes=-total if sign == "-" else total)


def clock_near(tokens: Tokens, start: int, end: int, day: tuple[int, int, int], country: str) -> Clock | None:
    """Read the time right after the date at tokens ``start`` to ``end``, else right before it.

    day: the date, on which an abbreviation such as ``ET`` depends. country: see ``abbreviation_offset``.
    """
    shape = tokens.shape
    gap = _GAP.match(shape, end)
    for position in dict.fromkeys((gap.end() if gap else end, end)):
        after = _TIME.match(shape, position)
        if after and (clock := _read(after, tokens, len(shape), day, country)):
            return clock
    for before in _TIME.finditer(shape, max(0, start - _REACH), start):
        zone = _ZONE.match(shape, before.end(), start)
        rest = zone.end() if zone else before.end()
        closing = rest + 1 if shape[rest : rest + 1] == ")" else rest
        if before["dot"] is None and _GAP.fullmatch(shape, closing, start):
            return _read(before, tokens, start, day, country)
    return None


def _read(
    match: re.Match[str], tokens: Tokens, stop: int, day: tuple[int, int, int], country: str
) -> Clock | None:
    words, first, end = tokens.words, match.start(match.lastgroup or 0), match.end()
    first = match.start() + (1 if match["pre"] else 0)
    written = [words[i] for i in range(first, end) if tokens.shape[i] in "NnY"]
    second = written[2] if len(written) > 2 else None
    fraction = written[3] if len(written) > 3 else None
    if match["packed"]:
        if len(written[0]) not in (4, 6):
            return None
        digits = written[0]
        hour, minute, second = int(digits[:2]), int(digits[2:4]), digits[4:6] or None
    else:
        hour, minute = int(written[0]), int(written[1]) if len(written) > 1 else 0
        if len(written) > 1 and len(written[1]) != 2 and not match["unit"]:
            return None
    meridiem = words[end - 1] if match["post"] else words[match.start()] if match["pre"] else None
    # A letter before the time is Arabic for "Common Era" and belongs to the year; "am" is German for "on the".
    if meridiem and not match["post"] and meridiem.isascii() | (len(meridiem) == 1):
        meridiem = None
    if meridiem and 1 <= hour <= 12:
        hour = hour % 12 + (12 if is_afternoon(meridiem) else 0)
    clock = Clock.of(hour, minute, second, fraction)
    if clock is None:
        return None
    local = datetime(*_real(day)) + clock.since_midnight  # noqa: DTZ001 - the zone is what is sought
    return clock._replace(offset=_offset(tokens, end, stop, local, country))


def _real(day: tuple[int, int, int]) -> tuple[int, int, int]:
    return (day[0], day[1], min(day[2], 28))


def _offset(tokens: Tokens, position: int, stop: int, local: datetime, country: str) -> timedelta | None:
    match = _ZONE.match(tokens.shape, position, stop)
    if match is None:
        return None
    name, sign = match.start("name"), match.start("sign")
    named = tokens.words[name] if name >= 0 else ""
    if sign >= 0 and tokens.ends[sign] == tokens.starts[sign + 1]:
        number = tokens.words[sign + 1]
        minutes = tokens.words[match.start("minute")] if match["minute"] else ""
        if not minutes and len(number) > 2:
            number, minutes = number[:-2], number[-2:]
        # "09:28 -12 comments": an hour alone is an offset only after a name.
        if (minutes or named) and len(number) <= 2 and minutes in ("", "00", "15", "30", "45"):
            return iso_offset(tokens.words[sign], int(number), int(minutes or 0))
    if named:
        return abbreviation_offset(named, local, country)
    return None

"""Reads a date from a piece of text: ISO 8601 (also broken), and what people write in many languages.

Small regular expressions over the text's shape (:mod:`.tokens`) find date, time of day and zone. The text is cut
first, and every repetition in an expression is short, so that any text takes a limited time.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

from pressmark.article.dates.calendars import (
    JALALI_YEARS,
    THAI_ERA,
    THAI_YEARS,
    era_year,
    jalali_to_gregorian,
)
from pressmark.article.dates.folding import fold
from pressmark.article.dates.hints import Hints
from pressmark.article.dates.moment import PartialDate, Precision
from pressmark.article.dates.spelling import spelt
from pressmark.article.dates.time_of_day import Clock, clock_near, iso_offset
from pressmark.article.dates.tokens import Tokens, month_of, tokenise
from pressmark.article.dates.weekdays import weekday

MAX_CHARACTERS = 200
"""How many characters of a text are read; a date that begins later is not found."""

_YEARS = range(1600, 2201)
_LONGEST_WORD = 40
_LAST_WORD = re.compile(r"\S{1,40}\Z")

_ISO = re.compile(
    r"\s*(\d{4})-(\d\d)-(\d\d)(?:(?:[Tt]\s?|\s{1,3})(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    # The sign may be a space: a "+" that went through URL decoding once too often.
    r"\s{0,2}(?:([Zz]|UTC|GMT)|([-+ ])(\d\d):?(\d\d)?)?)?\s*",
    re.ASCII,
)
_UNIX = re.compile(r"(?:/Date\()?(\d{9,10})(\d{3}(?:\d{3})?)?(?:\.\d{1,6})?(?:\)/)?", re.ASCII)
_CLOCK = r"N:N(?::N(?:[.,][nNY])?)?"
_DAY = re.compile(
    r"(?P<ymd>Y(?P<a>[-/.])N(?P=a)N)(?!-[NnY]|/[NnY])"
    r"|(?P<cjk>[YNn]yNmNd?)"
    r"|(?P<dmy>(?<!N:)(?<!/)N[.]?[-/,]?[MJ][.]?[-/,]{0,2}Y(?!:))"
    r"|(?P<mdy>[MJ][.]?[-/]?N[.]?[-/,]{0,2}Y(?!:))"
    r"|(?P<ymn>Y[.]?[-/,]?[MJ][.]?[-/]?N(?!:))"
    r"|(?P<ydm>Y[.]N[.][MJ])"
    r"|(?P<num>(?<!N:)(?<![-/.])N(?P<b>[-/.])N(?P=b)Y)"
    r"|(?P<viet>NtN,?Y)"
    rf"|(?P<ctime>MN,?{_CLOCK}P?(?:Z?[-+][nN](?::N)?|Z)?Y)"
    r"|(?P<short>(?<!N:)(?<![-/.nNY])N(?P<f>[-/.])N(?P=f)N(?![-/:.][NnY]))"
    r"|(?P<thai>(?<!N:)(?<!/)N[.]?-?M[.]?-?N(?![:.hn]))"
    r"|(?P<eight>E)"
    r"|(?P<long>L)"
)
_MONTH = re.compile(
    r"(?P<my>[MJ][.]?[-/,]?Y)|(?P<ym>Y[-/]N(?![-/.:N])|YyNm)|(?P<sm>(?<![-/.N])N[-/.]Y)|(?P<yw>Y[.]?[MJ])"
)
_NO_YEAR = re.compile(r"(?<!:)N[.]?M|M[.]?N(?![:nN])|(?P<cjk>NmNd)")


class Found(NamedTuple):
    """A date in a text.

    start, end: where, in characters of the folded text.
    loose: written with two digits for the year; in running text, this is as likely something else.
    """

    value: PartialDate
    start: int
    end: int
    loose: bool = False


def parse_date(
    text: str, *, languages: Sequence[str] = (), url: str = "", crawled: datetime | None = None
) -> PartialDate | None:
    """Read the first date in a text; None if nothing in it is surely a date.

    text: ISO 8601 in all its shapes, HTTP and e-mail dates, JavaScript's, Unix times in seconds, milliseconds
        or microseconds, and dates as people write them. Only the first MAX_CHARACTERS are read.
    languages: BCP 47 tags, best first; with ``url`` they decide between day first and month first, between
        months that share a name, and between zones that share an abbreviation (:class:`.hints.Hints`).
    crawled: aware time of the capture. With it, a date without a year is read as the last such day, and day and month
        of an ambiguous ``05/04/2024`` are swapped if the date would otherwise be in the future.
    """
    return parse_hinted(text, Hints.of(languages, url), crawled)


def parse_hinted(text: str, hints: Hints, crawled: datetime | None = None) -> PartialDate | None:
    """:func:`parse_date` for a caller that has read the hints already."""
    text = text[: 4 * MAX_CHARACTERS].strip()
    whole = len(text) <= MAX_CHARACTERS
    text = _cut(text)
    iso = _ISO.fullmatch(text)
    if iso and (value := _from_iso(iso)):
        return value
    stamp = _UNIX.fullmatch(text)
    if stamp:
        return _from_unix(stamp)
    tokens = tokenise(spelt(fold(text)), hints.language)
    for found in _days(tokens, hints, crawled):
        return found.value
    return _coarse(tokens, hints, crawled) if whole else None


def find_in_text(text: str, hints: Hints, crawled: datetime | None = None) -> list[Found]:
    """Every date of day precision or finer in the first MAX_CHARACTERS of a text, in order."""
    tokens = tokenise(spelt(fold(_cut(text))), hints.language)
    return list(_days(tokens, hints, crawled))


def _cut(text: str) -> str:
    """The text within the limit, without a last word that the limit may have shortened."""
    if len(text) <= MAX_CHARACTERS:
        return text
    head, tail = text[: MAX_CHARACTERS - _LONGEST_WORD], text[MAX_CHARACTERS - _LONGEST_WORD : MAX_CHARACTERS]
    return head + _LAST_WORD.sub("", tail)


def _from_iso(match: re.Match[str]) -> PartialDate | None:
    year, month, day, hour, minute, second, fraction, zulu, sign, zone_hour, zone_minute = match.groups()
    clock = None
    if hour:
        offset = timedelta() if zulu else None
        if sign:
            offset = iso_offset(sign, int(zone_hour), int(zone_minute or 0))
        clock = Clock.of(int(hour), int(minute), second, fraction, offset)
    era = _common_era(int(year), int(month), int(day), False)
    return _assemble(*era, clock) if era else None


def _from_unix(match: re.Match[str]) -> PartialDate | None:
    seconds = int(match[1])
    if not 700_000_000 <= seconds < 4_102_444_800:  # March 1992 to the end of 2099
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return PartialDate(moment.replace(microsecond=int((match[2] or "0").ljust(6, "0"))), Precision.SECOND)


def _days(tokens: Tokens, hints: Hints, crawled: datetime | None) -> Iterator[Found]:
    shape, position = tokens.shape, 0
    while match := _DAY.search(shape, position):
        start, end = match.span()
        day = _day(match, tokens, hints, crawled)
        value = None
        if day:
            if match.lastgroup == "ctime":
                clock = clock_near(tokens, start + 2, start + 2, day, hints.country)
            elif match.lastgroup == "long":
                clock = _digits_clock(tokens.words[start])
            else:
                clock = clock_near(tokens, start, end, day, hints.country)
            value = _assemble(*day, clock)
        if value is None:
            position = start + 1
            continue
        yield Found(value, tokens.starts[start], tokens.ends[end - 1], match.lastgroup in ("short", "thai"))
        position = end


def _day(
    match: re.Match[str], tokens: Tokens, hints: Hints, crawled: datetime | None
) -> tuple[int, int, int] | None:
    start, end = match.span()
    kind = match.lastgroup or ""
    numbers = tokens.numbers(start, end)
    words = tokens.words
    month = next(
        (month_of(words[i], hints.language) for i in range(start, end) if tokens.shape[i] in "MJ"), 0
    )
    solar = "J" in match[0]
    match kind:
        case "eight" | "long":
            digits = words[start]
            year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
            return (year, month, day) if 1900 <= year <= 2100 else None
        case "ymd" | "cjk":
            year, month, day = numbers
            if kind == "cjk" and year < 1000:
                year = era_year(words[start - 1], year) or 0 if start else 0
            solar = year in JALALI_YEARS and _is_iranian(hints)
        case "dmy" | "thai":
            day, year = numbers
        case "mdy":
            day, year = numbers
        case "ctime":
            day, year = numbers[0], numbers[-1]
        case "ymn" | "ydm":
            year, day = numbers
        case "viet":
            day, month, year = numbers
        case _:
            return _numeric(match, tokens, numbers, hints, crawled)
    if kind == "thai":
        if len(words[end - 1]) != 2:
            return None
        thai = "\u0e00" < words[start + 1][0] < "\u0e7f"
        year += 2500 - THAI_ERA if thai else 2000
    return _common_era(year, month, day, solar)


def _numeric(
    match: re.Match[str], tokens: Tokens, numbers: list[int], hints: Hints, crawled: datetime | None
) -> tuple[int, int, int] | None:
    first, second, year = numbers
    month_first = hints.month_first and match["b"] != "." and match["f"] != "."
    if match.lastgroup == "short":
        if any(len(tokens.words[i]) != 2 for i in (match.end() - 1,)):
            return None
        if hints.year_first:
            first, second, year = year, second, first
            month_first = False
        year += 2000 if year < 70 else 1900
    readings = [(year, second, first), (year, first, second)]
    if month_first:
        readings.reverse()
    if year in JALALI_YEARS and _is_iranian(hints):
        return _common_era(year, second, first, solar=True)
    real = [reading for reading in readings if _common_era(*reading, False)]
    named = next(
        (
            day
            for word in tokens.words[max(0, match.start() - 3) : match.start()]
            if (day := weekday(word)) is not None
        ),
        None,
    )
    if named is not None:
        real = [reading for reading in real if _weekday_of(reading) == named] or real
    if crawled and len(real) == 2:
        limit = (crawled + timedelta(days=1)).timetuple()[:3]
        real = [reading for reading in real if reading <= limit] or real
    return _common_era(*real[0], False) if real else None


def _is_iranian(hints: Hints) -> bool:
    return hints.language == "fa" or hints.country == "ir"


def _weekday_of(reading: tuple[int, int, int]) -> int | None:
    try:
        return date(*reading).weekday()
    except ValueError:
        return None


def _common_era(year: int, month: int, day: int, solar: bool) -> tuple[int, int, int] | None:
    if solar:
        converted = jalali_to_gregorian(year, month, day)
        return (converted.year, converted.month, converted.day) if converted else None
    if year in THAI_YEARS:
        year -= THAI_ERA
    if year not in _YEARS or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    return year, month, day


def _digits_clock(digits: str) -> Clock | None:
    return Clock.of(int(digits[8:10]), int(digits[10:12]), digits[12:14] or None)


def _coarse(tokens: Tokens, hints: Hints, crawled: datetime | None) -> PartialDate | None:
    shape = tokens.shape
    if len(shape) > 16:
        return None
    match = _MONTH.search(shape)
    if match and len(shape) <= 6:
        numbers = tokens.numbers(*match.span())
        year = max(numbers)
        named = [
            w for i, w in enumerate(tokens.words) if shape[i] in "MJ" and match.start() <= i < match.end()
        ]
        month = month_of(named[0], hints.language) if named else min(numbers)
        era = _common_era(year, month, 1, "J" in match[0])
        return PartialDate(datetime(*era), Precision.MONTH) if era else None  # noqa: DTZ001 - no zone was written
    if crawled and "Y" not in shape and (match := _NO_YEAR.search(shape)):
        return _last_such_day(match, tokens, hints, crawled)
    if shape == "Y" and (era := _common_era(int(tokens.words[0]), 1, 1, False)):
        return PartialDate(datetime(*era), Precision.YEAR)  # noqa: DTZ001 - no zone was written
    return None


def _last_such_day(
    match: re.Match[str], tokens: Tokens, hints: Hints, crawled: datetime
) -> PartialDate | None:
    start, end = match.span()
    numbers = tokens.numbers(start, end)
    if match.lastgroup == "cjk":
        month, day = numbers
    else:
        day = numbers[0]
        month = next(
            month_of(tokens.words[i], hints.language) for i in range(start, end) if tokens.shape[i] == "M"
        )
    limit = crawled + timedelta(days=1)
    year = limit.year if (month, day) <= (limit.month, limit.day) else limit.year - 1
    era = _common_era(year, month, day, False)
    return _assemble(*era, clock_near(tokens, start, end, era, hints.country)) if era else None


def _assemble(year: int, month: int, day: int, clock: Clock | None) -> PartialDate | None:
    if year not in _YEARS:
        return None
    try:
        moment = datetime(year, month, day)  # noqa: DTZ001 - the zone, if one was written, follows
    except ValueError:
        return None
    if clock is None:
        return PartialDate(moment, Precision.DAY)
    moment += clock.since_midnight
    if clock.offset is not None:
        moment = moment.replace(tzinfo=UTC if not clock.offset else timezone(clock.offset))
    return PartialDate(moment, Precision.SECOND if clock.seconds else Precision.MINUTE)

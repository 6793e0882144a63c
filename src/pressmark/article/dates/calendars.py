"""Years of other calendars: Buddhist era, Solar Hijri (Jalali), and the eras of Japan and Taiwan."""

from datetime import date

THAI_ERA = 543
"""The Buddhist era of Thailand runs 543 years ahead of the Common Era."""

THAI_YEARS = range(2443, 2644)
"""Buddhist years of 1900 to 2100; no news page has such a year of the Common Era."""

JALALI_YEARS = range(1300, 1480)
"""Solar Hijri years of 1921 to 2100."""

# Names of eras, each with the year of the Common Era before its first.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911, "中華民國": 1911}


def era_year(name: str, year: int) -> int | None:
    """Convert a year of a Japanese era or of the Republic of China to the Common Era; None for another name."""
    start = _ERAS.get(name)
    return None if start is None else start + year


def jalali_to_gregorian(year: int, month: int, day: int) -> date | None:
    """Solar Hijri to Gregorian by the 33-year leap cycle, right for 1244 to 1472 (1865 to 2093 CE)."""
    if not (year in JALALI_YEARS and 1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return None
    before_year = year + 1595
    days = -355668 + 365 * before_year + before_year // 33 * 8 + (before_year % 33 + 3) // 4 + day
    days += (month - 1) * 31 if month < 7 else (month - 7) * 30 + 186
    # ``days`` counts from the proleptic Gregorian 1 January of year 0, where date counts from year 1.
    return date.fromordinal(days - 365)

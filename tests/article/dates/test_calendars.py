"""Other calendars and the clocks of the world."""

# ruff: noqa: DTZ001 - local times by a wall clock are what is tested

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from pressmark.article.dates.calendars import era_year, jalali_to_gregorian
from pressmark.article.dates.zones import abbreviation_offset, country_offset, is_zone, single_zones


@pytest.mark.parametrize(
    ("solar", "expected"),
    [
        ((1403, 4, 21), date(2024, 7, 11)),
        ((1399, 12, 30), date(2021, 3, 20)),  # a leap day
        ((1400, 1, 1), date(2021, 3, 21)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1357, 11, 22), date(1979, 2, 11)),
        ((1403, 13, 1), None),
        ((1403, 7, 31), None),
        ((2024, 1, 1), None),
    ],
)
def test_solar_hijri(solar: tuple[int, int, int], expected: date | None) -> None:
    assert jalali_to_gregorian(*solar) == expected


def test_solar_hijri_runs_day_by_day() -> None:
    days = [
        jalali_to_gregorian(year, month, day)
        for year in range(1370, 1420)
        for month in range(1, 13)
        for day in range(1, 32)
        if month < 7 or day < (30 if month == 12 else 31)
    ]
    known = [day for day in days if day]
    assert len(known) == len(days)
    assert all((b - a) in (timedelta(1), timedelta(2)) for a, b in pairwise(known))


def test_eras() -> None:
    assert era_year("令和", 6) == 2024
    assert era_year("民國", 113) == 2024
    assert era_year("大化", 1) is None


@pytest.mark.parametrize(
    ("when", "hours"),
    [
        (datetime(2024, 3, 10, 1, 59), -5),
        (datetime(2024, 3, 10, 2, 0), -4),
        (datetime(2024, 11, 3, 1, 59), -4),
        (datetime(2024, 11, 3, 2, 0), -5),
    ],
)
def test_eastern_time_changes_on_the_us_dates(when: datetime, hours: int) -> None:
    assert abbreviation_offset("et", when) == timedelta(hours=hours)


def test_abbreviations_are_known_by_their_country() -> None:
    when = datetime(2024, 7, 11)
    assert abbreviation_offset("cst", when) == timedelta(hours=-6)
    assert abbreviation_offset("cst", when, "cn") == timedelta(hours=8)
    assert abbreviation_offset("bst", when, "bd") == timedelta(hours=6)
    assert abbreviation_offset("nonsense", when) is None
    assert is_zone("cest")
    assert not is_zone("not")


def test_countries_with_one_clock() -> None:
    assert country_offset("de", datetime(2024, 7, 11)) == timedelta(hours=2)
    assert country_offset("de", datetime(2024, 1, 11)) == timedelta(hours=1)
    assert country_offset("in", datetime(2024, 1, 11)) == timedelta(hours=5.5)
    assert country_offset("us", datetime(2024, 1, 11)) is None
    assert country_offset("", datetime(2024, 1, 11)) is None


def test_every_listed_country_has_a_zone_in_the_database() -> None:
    for country in single_zones():
        assert country_offset(country, datetime(2024, 1, 11)) is not None, country

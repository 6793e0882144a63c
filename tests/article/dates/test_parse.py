"""parse_date: every shape of a date, as precise as it was written."""

from datetime import UTC, datetime, timedelta

import pytest

from pressmark.article.dates import Precision, parse_date
from pressmark.article.dates.parse import MAX_CHARACTERS

CRAWLED = datetime(2024, 8, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-07-11", "2024-07-11"),
        ("2024-07-11T09:28", "2024-07-11T09:28"),
        ("2024-07-11T09:28:00", "2024-07-11T09:28:00"),
        ("2024-07-11T09:28:00Z", "2024-07-11T09:28:00+00:00"),
        ("2024-07-11t09:28:00z", "2024-07-11T09:28:00+00:00"),
        ("2024-07-11T09:28:00.123Z", "2024-07-11T09:28:00.123000+00:00"),
        ("2024-07-11T09:28:00.123456789Z", "2024-07-11T09:28:00.123456+00:00"),
        ("2024-07-11T09:28:00,5+02:00", "2024-07-11T09:28:00.500000+02:00"),
        ("2024-07-11T09:28:00+0200", "2024-07-11T09:28:00+02:00"),
        ("2024-07-11T09:28:00+02", "2024-07-11T09:28:00+02:00"),
        ("2024-07-11T09:28+05:30", "2024-07-11T09:28+05:30"),
        ("2024-07-11 09:28:00 -0400", "2024-07-11T09:28:00-04:00"),
        ("2024-07-11 09:28:00 UTC", "2024-07-11T09:28:00+00:00"),
        ("2024-07-11T09:28:00 02:00", "2024-07-11T09:28:00+02:00"),  # a plus decoded to a space
        ("2024-07-11T09:28:00+02:00[Europe/Berlin]", "2024-07-11T09:28:00+02:00"),
        ("2024-07-11T24:00:00Z", "2024-07-12T00:00:00+00:00"),
        ("2024-07-11T09:28:60Z", "2024-07-11T09:28:59+00:00"),
        ("  2024-07-11T09:28:00Z\n", "2024-07-11T09:28:00+00:00"),
        ('"2024-07-11"', "2024-07-11"),
        ("20240711", "2024-07-11"),
        ("20240711T092800Z", "2024-07-11T09:28:00+00:00"),
        ("20240711T0928", "2024-07-11T09:28"),
        ("20240711092800", "2024-07-11T09:28:00"),
        ("2024/07/11 09:28:05", "2024-07-11T09:28:05"),
        ("2024.07.11 09:28", "2024-07-11T09:28"),
    ],
)
def test_iso_8601_whole_and_broken(text: str, expected: str) -> None:
    value = parse_date(text)
    assert value is not None
    assert value.isoformat() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thu, 11 Jul 2024 09:28:00 GMT", "2024-07-11T09:28:00+00:00"),
        ("Thu, 11 Jul 2024 09:28:00 +0200", "2024-07-11T09:28:00+02:00"),
        ("Thursday, 11-Jul-24 09:28:00 GMT", "2024-07-11T09:28:00+00:00"),
        ("Thu Jul 11 09:28:00 2024", "2024-07-11T09:28:00"),
        ("Thu Jul 11 09:28:00 UTC 2024", "2024-07-11T09:28:00+00:00"),
        ("Thu Jul 11 2024 09:28:00 GMT+0100 (CET)", "2024-07-11T09:28:00+01:00"),
        ("7/11/2024, 9:28:00 PM", "2024-11-07T21:28:00"),
        ("1720682880", "2024-07-11T07:28:00+00:00"),
        ("1720682880123", "2024-07-11T07:28:00.123000+00:00"),
        ("1720682880123456", "2024-07-11T07:28:00.123456+00:00"),
        ("1720682880.5", "2024-07-11T07:28:00+00:00"),
        ("/Date(1720682880000)/", "2024-07-11T07:28:00+00:00"),
    ],
)
def test_what_protocols_and_programs_write(text: str, expected: str) -> None:
    value = parse_date(text)
    assert value is not None
    assert value.isoformat() == expected


@pytest.mark.parametrize(
    ("text", "precision", "expected"),
    [
        ("2024", Precision.YEAR, "2024"),
        ("2024-07", Precision.MONTH, "2024-07"),
        ("July 2024", Precision.MONTH, "2024-07"),
        ("07/2024", Precision.MONTH, "2024-07"),
        ("2024年7月", Precision.MONTH, "2024-07"),
        ("11 July 2024", Precision.DAY, "2024-07-11"),
        ("11 July 2024, 09:28", Precision.MINUTE, "2024-07-11T09:28"),
        ("11 July 2024, 09:28:01", Precision.SECOND, "2024-07-11T09:28:01"),
    ],
)
def test_says_how_precise_it_is(text: str, precision: Precision, expected: str) -> None:
    value = parse_date(text)
    assert value is not None
    assert (value.precision, value.isoformat()) == (precision, expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "no date at all",
        "12 comments",
        "3 hours ago",
        "iPhone 15",
        "2024-13-45",
        "2024-02-30",
        "31.02.2024",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "99/99/9999",
        "Version 1.2.3",
        "192.168.10.12",
        "0123456789",
        "12345678",
        "99991231",
        "call 555 1234",
        "16:9",
        "©",
    ],
)
def test_none_rather_than_a_wild_guess(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("July 11, 2024 at 9:28 p.m. ET", "2024-07-11T21:28-04:00"),
        ("January 11, 2024 at 9:28 p.m. ET", "2024-01-11T21:28-05:00"),
        ("July 11th, 2024 | 12:05 a.m. EDT", "2024-07-11T00:05-04:00"),
        ("12:05 PM EST, Thu July 11, 2024", "2024-07-11T12:05-05:00"),
        ("9:28 AM, July 11, 2024", "2024-07-11T09:28"),
        ("July 11, 2024 / 9:28 PM EDT / Harbour News", "2024-07-11T21:28-04:00"),
        ("9:28 11.07.2024", "2024-07-11T09:28"),
        ("11.07.2024 09:28 MESZ", "2024-07-11T09:28+02:00"),
        ("11.07.2024 um 9.28 Uhr", "2024-07-11T09:28"),
        ("11.07.2024 - 09:28", "2024-07-11T09:28"),
        ("11 July 2024 09:28 - 12 comments", "2024-07-11T09:28"),
        ("11 July 2024 09:28 BST", "2024-07-11T09:28+01:00"),
        ("11 July 2024 09:28 (GMT+7)", "2024-07-11T09:28+07:00"),
        ("July 11, 2024, 09:28 UTC+3", "2024-07-11T09:28+03:00"),
        ("11 July 2024, 09:28 JST", "2024-07-11T09:28+09:00"),
        ("11 июля 2024, 09:28 МСК", "2024-07-11T09:28+03:00"),
        ("11 July 2024. Updated 12:30", "2024-07-11"),  # the time belongs to something else
        ("11 July 2024 at 25:30", "2024-07-11"),  # no time of day: the day stays
        ("2024-07-11 9:28 -99:00", "2024-07-11T09:28"),  # no clock runs so: the time stays
    ],
)
def test_time_of_day_and_zone(text: str, expected: str) -> None:
    value = parse_date(text)
    assert value is not None
    assert value.isoformat() == expected


@pytest.mark.parametrize(
    ("url", "hours"),
    [
        ("https://example.in/", 5.5),
        ("https://example.ie/", 1),
        ("https://example.il/", 2),
        ("https://example.org/", 5.5),
    ],
)
def test_the_country_decides_what_ist_means(url: str, hours: float) -> None:
    value = parse_date("11 July 2024, 09:28 IST", url=url)
    assert value is not None
    assert value.moment.utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("languages", "url", "expected"),
    [
        ((), "", "2024-04-03"),
        (["de"], "", "2024-04-03"),
        (["en-GB"], "", "2024-04-03"),
        (["en"], "https://example.co.uk/", "2024-04-03"),
        (["en"], "https://example.com.au/", "2024-04-03"),
        (["fr_CA"], "", "2024-04-03"),
        (["en"], "https://example.com/", "2024-03-04"),
        (["en-US"], "https://example.com/", "2024-03-04"),
        (["en_PH"], "", "2024-03-04"),
        ((), "https://example.gov/", "2024-03-04"),
    ],
)
def test_language_and_country_decide_day_first_or_month_first(
    languages: list[str], url: str, expected: str
) -> None:
    value = parse_date("03/04/2024", languages=languages, url=url)
    assert value is not None
    assert value.isoformat() == expected


def test_dots_are_day_first_everywhere() -> None:
    assert str(parse_date("03.04.2024", languages=["en-US"])) == "2024-04-03"


def test_a_number_over_twelve_is_the_day_whatever_the_country() -> None:
    assert str(parse_date("25/07/2024", languages=["en-US"])) == "2024-07-25"
    assert str(parse_date("07/25/2024", languages=["de"])) == "2024-07-25"


def test_an_ambiguous_date_does_not_lie_after_the_capture() -> None:
    assert str(parse_date("05/09/2024", languages=["de"], crawled=CRAWLED)) == "2024-05-09"
    assert str(parse_date("05/09/2024", languages=["de"])) == "2024-09-05"


def test_two_digit_years() -> None:
    assert str(parse_date("11.07.24")) == "2024-07-11"
    assert str(parse_date("11.07.99")) == "1999-07-11"
    assert str(parse_date("11-Jul-24")) == "2024-07-11"
    assert str(parse_date("24/07/11", languages=["ja"])) == "2024-07-11"


def test_a_date_without_a_year_is_the_last_such_day_before_the_capture() -> None:
    assert str(parse_date("11 July, 09:28", crawled=CRAWLED)) == "2024-07-11T09:28"
    assert str(parse_date("24. Dezember", crawled=CRAWLED)) == "2023-12-24"
    assert str(parse_date("7月11日 09:28", crawled=CRAWLED)) == "2024-07-11T09:28"
    assert parse_date("11 July, 09:28") is None


def test_looks_no_further_than_its_limit() -> None:
    assert parse_date("x" * (MAX_CHARACTERS - 10) + " 2024-07-11") is None
    assert str(parse_date("2024-07-11 " + "x" * 10_000)) == "2024-07-11"
    assert (
        parse_date("July 2024" + " " * 300 + "and more") is None
    )  # a month is read only where it is all there is

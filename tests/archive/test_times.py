"""Times as people write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressmark.archive.times import lower_bound, parse_span_of_time, timestamp14, upper_bound
from pressmark.clock import iso_utc

NOW = datetime(2026, 11, 23, 20, 52, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2026-01-01T00:00:00", "2027-01-01T00:00:00"),
        ("2026-12", "2026-12-01T00:00:00", "2027-01-01T00:00:00"),
        ("202602", "2026-02-01T00:00:00", "2026-03-01T00:00:00"),
        ("2026-11-23", "2026-11-23T00:00:00", "2026-11-24T00:00:00"),
        ("2026-11-23T10", "2026-11-23T10:00:00", "2026-11-23T11:00:00"),
        ("2026-11-23 10:05", "2026-11-23T10:05:00", "2026-11-23T10:06:00"),
        ("20261123100507", "2026-11-23T10:05:07", "2026-11-23T10:05:08"),
        ("2026-11-23T10:05:07Z", "2026-11-23T10:05:07", "2026-11-23T10:05:08"),
        ("2026-11-23T10:05:07+02:00", "2026-11-23T08:05:07", "2026-11-23T08:05:08"),
        ("today", "2026-11-23T00:00:00", "2026-11-24T00:00:00"),
        ("yesterday", "2026-11-22T00:00:00", "2026-11-23T00:00:00"),
        ("3d", "2026-11-20T20:52:20", "2026-11-20T20:52:20.000001"),
        ("2h ago", "2026-11-23T18:52:20", "2026-11-23T18:52:20.000001"),
        ("now", "2026-11-23T20:52:20", "2026-11-23T20:52:20.000001"),
    ],
)
def test_a_written_time_is_a_span(text: str, start: str, end: str) -> None:
    span = parse_span_of_time(text, now=NOW)
    assert (span.start, span.end) == tuple(
        datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end)
    )


@pytest.mark.parametrize("text", ["", "soon", "2026-13", "2026-02-30", "20261", "2026-11-23T25"])
def test_what_is_no_time_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time; write"):
        parse_span_of_time(text, now=NOW)


FIRST, LAST = datetime(1996, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - hypothesis adds the time zone
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@pytest.mark.slow
@given(moments, moments)
def test_bounds_compare_as_the_times_do(bound: datetime, moment: datetime) -> None:
    assert (lower_bound(bound) <= iso_utc(moment)) == (moment >= bound)
    assert (iso_utc(moment) <= upper_bound(bound)) == (moment < bound)


@given(moments)
def test_bounds_are_sharp(moment: datetime) -> None:
    assert lower_bound(moment) <= iso_utc(moment)
    assert iso_utc(moment) > upper_bound(moment)
    assert iso_utc(moment - timedelta(microseconds=1)) <= upper_bound(moment)


def test_a_whole_day_lies_within_its_own_bounds() -> None:
    day = parse_span_of_time("2026-11-23", now=NOW)
    assert lower_bound(day.start) <= "2026-11-23" <= upper_bound(day.end)
    assert not upper_bound(day.end) >= "2026-11-24"


def test_a_time_as_fourteen_digits() -> None:
    assert timestamp14("2026-11-23T20:52:20.123456Z") == "20261123205220"
    assert timestamp14("2026-11-23") == "20261123000000"

"""How long a response may stand for what would come now: RFC 9111, as a browser's own cache reads it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressmark.http.exchange import Exchange
from pressmark.requisites.fresh import LONGEST, fresh_until

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
DATE = "Sat, 28 Nov 2026 12:00:00 GMT"
URL = "https://static.example.com/style.css"
HASHED = "https://static.example.com/app.3f9a8b1c.js"

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def response(
    *headers: tuple[str, str], url: str = URL, status: int = 200, truncated: bool = False
) -> Exchange:
    made = Exchange(url=url, started=NOW, status=status, truncated="length" if truncated else None)
    made.body.close()
    made.headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
    return made


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("Cache-Control", "max-age=3600")], HOUR),
        ([("Cache-Control", "public, MAX-AGE=3600, must-revalidate")], HOUR),
        ([("Cache-Control", "public"), ("cache-control", "max-age=3600")], HOUR),
        ([("Cache-Control", 'max-age="3600"')], HOUR),
        ([("Cache-Control", 'private="set-cookie, x", max-age=3600')], HOUR),
        ([("Cache-Control", ",, max-age=3600,")], HOUR),
        ([("Cache-Control", "@#(, max-age=3600")], HOUR),
        ([("Cache-Control", "private, max-age=3600")], HOUR),
        ([("Cache-Control", "max-age=3600, max-age=3600")], HOUR),
        ([("Cache-Control", "max-age=3600, immutable")], HOUR),
        ([("Cache-Control", "max-age=3600"), ("Expires", "Sat, 28 Nov 2026 20:00:00 GMT")], HOUR),
        ([("Cache-Control", "max-age=3600"), ("Age", "1800")], HOUR / 2),
        ([("Cache-Control", "max-age=3600"), ("Age", "1800, 5")], HOUR / 2),
        ([("Cache-Control", "max-age=3600"), ("Age", "old")], HOUR),
        ([("Cache-Control", "max-age=3600"), ("Date", "Sat, 28 Nov 2026 11:45:00 GMT")], HOUR * 0.75),
        ([("Cache-Control", "max-age=3600"), ("Date", "Sat, 28 Nov 2026 13:00:00 GMT")], HOUR),
        ([("Cache-Control", "max-age=99999999999999999999")], LONGEST),
        ([("Expires", "Sat, 28 Nov 2026 13:00:00 GMT"), ("Date", DATE)], HOUR),
        ([("Expires", "Sat, 28 Nov 2026 13:00:00 GMT")], HOUR),
        ([("Expires", "Fri, 31 Dec 9999 23:59:59 GMT"), ("Date", DATE)], LONGEST),
    ],
)
def test_what_a_server_says_of_freshness_counts(headers: list[tuple[str, str]], expected: timedelta) -> None:
    assert fresh_until(response(*headers)) == NOW + expected


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Last-Modified", "Sat, 28 Nov 2020 12:00:00 GMT")],
        [("Cache-Control", "s-maxage=3600")],
        [("Cache-Control", "immutable")],
        [("Cache-Control", "no-store, max-age=3600")],
        [("Cache-Control", "no-cache, max-age=3600")],
        [("Cache-Control", 'no-cache="set-cookie", max-age=3600')],
        [("Cache-Control", "max-age=0"), ("Expires", "Sat, 28 Nov 2026 13:00:00 GMT")],
        [("Cache-Control", "max-age=-5")],
        [("Cache-Control", "max-age=soon")],
        [("Cache-Control", "max-age=3600, max-age=60")],
        [("Cache-Control", "max-age=3600"), ("Age", "3600")],
        [("Cache-Control", "max-age=3600"), ("Date", "Sat, 28 Nov 2026 10:00:00 GMT")],
        [("Cache-Control", "max-age=3600"), ("Vary", "Accept-Encoding, *")],
        [("Pragma", "no-cache"), ("Expires", "Sat, 28 Nov 2026 13:00:00 GMT")],
        [("Expires", "0")],
        [("Expires", "Sat, 28 Nov 2026 11:00:00 GMT")],
    ],
)
def test_what_is_not_said_to_be_fresh_is_asked_for_again(headers: list[tuple[str, str]]) -> None:
    assert fresh_until(response(*headers)) is None


@pytest.mark.parametrize(
    ("url", "control", "expected"),
    [
        (HASHED, "max-age=86400", LONGEST),
        (HASHED, "max-age=3600, immutable", LONGEST),
        (HASHED, "max-age=3600", HOUR),
        (f"{URL}?v=9C1185A5C5E9FC54612808977EE8F548B2258D31", "max-age=86400", LONGEST),
        ("https://a.example/pic_3f9a8b1c-640.webp", "max-age=86400", LONGEST),
        ("https://a.example/3f9a8b1c/pic.webp", "max-age=86400", DAY),
        ("https://a.example/123e4567-e89b-12d3-a456-426614174000.jpg", "max-age=86400", DAY),
        ("https://a.example/photo-20261128.jpg", "max-age=86400", DAY),
        ("https://a.example/facade.css", "max-age=86400", DAY),
        ("https://a.example/face8d.css", "max-age=86400", DAY),
    ],
)
def test_a_name_with_a_hash_of_its_content_is_good_for_a_month(
    url: str, control: str, expected: timedelta
) -> None:
    assert fresh_until(response(("Cache-Control", control), url=url)) == NOW + expected


def test_only_a_whole_200_and_what_confirms_one_can_be_fresh() -> None:
    said = ("Cache-Control", "max-age=3600")
    assert fresh_until(response(said, status=304)) == NOW + HOUR
    assert fresh_until(response(said, truncated=True)) is None
    for status in (0, 203, 206, 301, 302, 404, 410, 500):
        assert fresh_until(response(said, status=status)) is None


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["cache-control", "expires", "date", "age", "vary", "pragma"]),
            st.text(max_size=60),
        )
    )
)
def test_no_header_lines_break_it_or_make_it_last_longer(headers: list[tuple[str, str]]) -> None:
    until = fresh_until(response(*headers))
    assert until is None or NOW < until <= NOW + LONGEST

"""Whatever comes in, an answer comes out, soon, and it is a date or None."""

# ruff: noqa: DTZ001 - hypothesis takes its bounds without a zone

import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressmark.article.dates import PartialDate, choose_dates, find_dates, parse_date
from pressmark.article.dates.find import page_hints
from pressmark.article.dates.labels import class_kind, elsewhere, label_kind
from pressmark.article.dates.parse import find_in_text
from pressmark.article.dates.scripts import dates_in_scripts
from pressmark.article.page.document import Document

CRAWLED = datetime(2024, 8, 1, tzinfo=UTC)
DATE_LIKE = st.text("0123456789 -/.:,+TZ年月日時July11adempmGMT()'", max_size=60)
OFFSETS = st.integers(-48, 56).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
MOMENTS = st.datetimes(datetime(1800, 1, 1), datetime(2099, 12, 31), timezones=OFFSETS)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=300) | DATE_LIKE, st.sampled_from(["", "en", "en-US", "de", "fa", "th", "ja", "x" * 50])
)
def test_any_text_gives_a_date_or_none(text: str, language: str) -> None:
    for crawled in (None, CRAWLED):
        value = parse_date(text, languages=[language], url="https://example.in/", crawled=crawled)
        assert value is None or isinstance(value, PartialDate)
        if value is not None:
            assert value.utc() is not None
            again = parse_date(value.isoformat())
            assert again is not None or value.moment.year < 1800
            if again is not None:
                assert again.isoformat() == value.isoformat()


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(MOMENTS)
def test_iso_round_trip(moment: datetime) -> None:
    value = parse_date(moment.isoformat())
    assert value is not None
    assert value.moment == moment
    assert value.moment.utcoffset() == moment.utcoffset()


@pytest.mark.slow
@pytest.mark.parametrize(
    "pattern",
    [
        "%d.%m.%Y %H:%M",
        "%d %B %Y %H:%M",
        "%B %d, %Y %I:%M %p",
        "%a, %d %b %Y %H:%M",
        "%Y年%m月%d日 %H:%M",
        "%Y/%m/%d %H:%M",
        "%A %d %B %Y - %Hh%M",
        "%d-%b-%Y %H:%M",
    ],
)
@settings(max_examples=60, deadline=None)
@given(moment=st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)))
def test_human_round_trip(pattern: str, moment: datetime) -> None:
    value = parse_date(moment.strftime(pattern))
    assert value is not None
    assert value.moment == moment.replace(second=0, microsecond=0)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=400) | st.text("<>/='\" timedatetclass0123456789-:", max_size=400).map(str.encode),
    st.text(max_size=40),
)
def test_any_page_gives_candidates(page: bytes, url: str) -> None:
    document = Document.parse(page, url)
    assert isinstance(find_dates(document, crawled=CRAWLED), list)
    choose_dates(document, [(url, "meta", "published")], crawled=CRAWLED)


HOSTILE = [
    "1" * 100_000,
    "1." * 50_000,
    "1/" * 50_000,
    "2024-" * 50_000,
    "11:" * 50_000,
    "July " * 50_000,
    "am " * 50_000,
    "(" * 100_000,
    " " * 100_000 + "2024",
    "年" * 100_000,
    "ﷺ" * 100_000,
    "published " * 20_000,
    "published_" * 20_000,
    '"publishedAt" ' * 20_000,
    "a\u0301" * 50_000,
    "publish" + "ed" * 50_000 + ":",
]


class _Steps:
    """Counts executed lines, so that a bound on work needs no clock."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, *_: object) -> "_Steps":
        self.count += 1
        return self


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_work_does_not_grow_with_hostile_text(text: str) -> None:
    hints = page_hints(Document.parse(b"", "https://example.org/"))

    def steps(piece: str) -> int:
        counter, before = _Steps(), sys.gettrace()
        sys.settrace(counter)
        try:
            parse_date(piece, crawled=CRAWLED)
            find_in_text(piece, hints)
        finally:
            sys.settrace(before)
        return counter.count

    steps(text)  # the tables are built
    assert steps(text) <= 2 * steps(text[:4000]) + 1000


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_every_reader_survives_hostile_text(text: str) -> None:
    hints = page_hints(Document.parse(b"", "https://example.org/"))
    assert len(dates_in_scripts(text, hints)) <= 12
    label_kind(text)
    class_kind(text)
    elsewhere(text)
    page = f"<title>{text}</title><h1 class='{text[:5000]}'>{text}</h1><time datetime='{text}'>{text}</time>"
    find_dates(Document.parse(page.encode(), "https://example.org/" + text[:5000]))


def test_a_page_of_nothing_but_dates_is_read_to_its_limit() -> None:
    page = "<h1>Days</h1>" + "<p>11 July 2024</p>" * 20_000
    assert len(find_dates(Document.parse(page.encode(), "https://example.org/"))) <= 600


@pytest.mark.slow
def test_deep_nesting_is_survived() -> None:
    page = "<div class=date>" * 100_000 + "11 July 2024"
    assert len(find_dates(Document.parse(page.encode(), "https://example.org/"))) <= 600


@pytest.mark.slow
def test_dates_around_one_huge_crowd_cost_no_more_than_one() -> None:
    """Each of many nested dated elements holds the same crowd; none may walk through all of it."""
    crowd = "<i> </i>" * 20_000
    outer = "<div class=date data-date='2024-07-11'>"

    def steps(depth: int) -> int:
        document = Document.parse((outer * depth + crowd).encode(), "https://example.org/")
        counter, before = _Steps(), sys.gettrace()
        sys.settrace(counter)
        try:
            find_dates(document)
        finally:
            sys.settrace(before)
        return counter.count

    assert steps(100) < 2 * steps(1)

"""Every access pattern, asked of DynamoDB and of an archive folder: the same rows, in the same order."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Aws
from tests.factories import NOON, article_html, fill, fill_folder, make_capture

from pressmark.archive import ranges
from pressmark.archive.days import first_day
from pressmark.archive.folder import FolderReader
from pressmark.archive.ranges import Range, Reader, TableReader
from pressmark.archive.selection import Selection, SelectionError, fits, nearest, select, whole_rows
from pressmark.errors import UrlError

NOW = NOON + timedelta(days=3)

HOUR = timedelta(hours=1)


def captures() -> list[list[Any]]:
    """Three days, four sites: what the questions below are about."""
    page = "https://example.com/news/1"
    first = [
        make_capture(page, at=NOON),
        make_capture(
            "https://example.com/news/10", at=NOON + HOUR, html=article_html("Ten", authors=["Ann Lee"])
        ),
        make_capture(
            "https://example.com/newsletter", at=NOON + HOUR, status=404, mime="text/plain", html="no"
        ),
        make_capture(
            "https://news.example.com/a", at=NOON + 2 * HOUR, html=article_html("A", section="Sport")
        ),
        make_capture(
            "https://newsroom.example.com/a", at=NOON + 2 * HOUR, html=article_html("B", tags=["Ships"])
        ),
    ]
    second = [
        make_capture(page, at=NOON + timedelta(days=1), html=article_html("The ferry is very late")),
        make_capture("https://example.com:8443/x", at=NOON + timedelta(days=1, hours=1)),
        make_capture("https://example.org/", at=NOON + timedelta(days=1, hours=2), labels=["Front page"]),
    ]
    third = [
        make_capture(page, at=NOON + timedelta(days=2), html=article_html("The ferry sank")),
        make_capture(
            "https://example.net/gone", at=NOON + timedelta(days=2), status=0, error="invalid-host-resolution"
        ),
    ]
    return [first, second, third]


@pytest.fixture(params=["table", "folder"])
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reader]:
    """The same captures behind either kind of reader."""
    if request.param == "table":
        aws = request.getfixturevalue("aws")
        fill(aws, *captures())
        yield TableReader(aws.client("dynamodb"), aws.table, first_day=lambda: NOON.date())
    else:
        fill_folder(tmp_path, *captures())
        folder = FolderReader(tmp_path)
        yield folder
        folder.close()


def found(reader: Reader, **question: Any) -> list[tuple[str, str]]:
    """URL and day-and-hour of what a selection finds."""
    answer = select(reader, Selection(**question), now=NOW)
    return [(each.item["url"], each.item["captured"][8:13]) for each in answer]


def urls_of(reader: Reader, **question: Any) -> list[str]:
    return [url for url, _ in found(reader, **question)]


@pytest.mark.slow
def test_every_access_pattern_gives_what_it_says(reader: Reader) -> None:
    page = "https://example.com/news/1"
    assert found(reader, url=page) == [(page, "25T12"), (page, "24T12"), (page, "23T12")]
    assert found(reader, url="http://www.Example.com/news/1/") == found(reader, url=page)
    assert found(reader, url=page, latest=True) == [(page, "25T12")]
    assert found(reader, url=page, start=NOON + HOUR, end=NOON + timedelta(days=1, seconds=1)) == [
        (page, "24T12")
    ]
    assert found(reader, url=page, near=NOON + timedelta(hours=20)) == [
        (page, "24T12"),
        (page, "23T12"),
        (page, "25T12"),
    ]

    prefixed = ["https://example.com/news/1"] * 3 + ["https://example.com/news/10"]
    assert urls_of(reader, url="https://example.com/news/", match="prefix") == prefixed
    assert urls_of(reader, url="example.com/news", match="prefix") == [
        *prefixed,
        "https://example.com/newsletter",
    ]
    assert urls_of(reader, url="news.example.com", match="host") == ["https://news.example.com/a"]
    assert set(urls_of(reader, url="example.com", match="host")) == {
        *prefixed,
        "https://example.com/newsletter",
        "https://example.com:8443/x",
    }
    assert urls_of(reader, url="example.com:8443", match="host") == ["https://example.com:8443/x"]
    assert urls_of(reader, url="news.example.com", match="domain") == ["https://news.example.com/a"]
    assert len(urls_of(reader, url="example.com", match="domain")) == 8
    assert len(urls_of(reader, url="example.com", match="domain", latest=True)) == 6
    assert len(urls_of(reader, url="example.com", match="domain", end=NOON + HOUR)) == 1

    assert urls_of(reader, terms=(("author", "ANN  lee"),)) == ["https://example.com/news/10"]
    assert urls_of(reader, terms=(("section", "sport"),)) == ["https://news.example.com/a"]
    assert urls_of(reader, terms=(("tag", "ships"),)) == ["https://newsroom.example.com/a"]
    assert urls_of(reader, terms=(("label", "front page"),)) == ["https://example.org/"]
    assert urls_of(reader, terms=(("status", "404"),)) == ["https://example.com/newsletter"]
    assert urls_of(reader, terms=(("error", "invalid-host-resolution"),)) == ["https://example.net/gone"]
    assert len(urls_of(reader, terms=(("author", "jane doe"), ("section", "sport")))) == 1
    assert len(urls_of(reader, url="example.org", match="domain", terms=(("author", "jane doe"),))) == 1


def test_everything_of_a_period_comes_newest_first_across_sites(reader: Reader) -> None:
    everything = list(select(reader, Selection(), now=NOW))
    times = [each.item["captured"] for each in everything]
    assert len(times) == 10
    assert times == sorted(times, reverse=True)
    day = found(reader, start=NOON.replace(hour=0), end=NOON.replace(hour=13, minute=30))
    assert day[-1] == ("https://example.com/news/1", "23T12")
    assert len(day) == 3
    assert urls_of(reader, terms=(("status", "200"),), start=NOON + timedelta(days=2)) == [
        "https://example.com/news/1"
    ]


def test_articles_of_a_site_come_by_their_own_date(reader: Reader) -> None:
    answer = list(select(reader, Selection(url="example.com", match="domain", published=True), now=NOW))
    assert [each.item["published"] for each in answer] == ["2026-11-20T07:30:00Z"] * 7
    only = Selection(
        url="example.com", match="domain", published=True, start=datetime(2026, 11, 21, tzinfo=UTC)
    )
    assert list(select(reader, only, now=NOW)) == []
    one_day = Selection(
        url="news.example.com",
        match="domain",
        published=True,
        start=datetime(2026, 11, 20, tzinfo=UTC),
        end=datetime(2026, 11, 21, tzinfo=UTC),
    )
    assert [each.item["url"] for each in select(reader, one_day, now=NOW)] == ["https://news.example.com/a"]


def test_who_else_has_these_bytes(reader: Reader) -> None:
    row = nearest(reader, "https://example.org/", None)
    assert row is not None
    same = urls_of(reader, terms=(("digest", row["digest"]),))
    assert same == ["https://example.org/", "https://example.com:8443/x", "https://example.com/news/1"]


def test_nearest_takes_the_closer_side(reader: Reader) -> None:
    page = "https://example.com/news/1"
    for away, day in ((-500, "23"), (11, "23"), (13, "24"), (35, "24"), (37, "25"), (5000, "25")):
        row = nearest(reader, page, NOON + timedelta(hours=away))
        assert row is not None
        assert row["captured"][8:10] == day
    assert nearest(reader, "https://example.com/never", NOON) is None


def test_nearness_can_be_bounded_and_not_continued(reader: Reader) -> None:
    page = "https://example.com/news/1"
    bounded = found(reader, url=page, near=NOON, start=NOON + HOUR)
    assert bounded == [(page, "24T12"), (page, "25T12")]
    with pytest.raises(SelectionError, match="cannot be continued"):
        list(select(reader, Selection(url=page, near=NOON), now=NOW, after="token"))


def test_of_the_nearest_captures_only_those_that_meet_the_other_conditions_are_given(reader: Reader) -> None:
    page = "https://example.com/news/1"
    assert urls_of(reader, url=page, near=NOON, terms=(("status", "200"),)) == [page] * 3
    assert urls_of(reader, url=page, near=NOON, terms=(("status", "404"),)) == []


@pytest.mark.parametrize(
    "site", [{}, {"url": "https://example.com/"}, {"url": "example.com", "match": "host"}]
)
def test_dates_of_publication_are_asked_for_within_a_site_only(reader: Reader, site: dict[str, Any]) -> None:
    with pytest.raises(SelectionError, match="--published needs a site"):
        found(reader, published=True, **site)


def test_a_whole_row_is_held_against_the_place_and_the_terms_of_a_selection() -> None:
    key = {"site": "com,example", "capture": "com,example)/news/1 2026-11-23T12:00:00.000000Z"}
    row = {**key, "url": "https://example.com/news/1", "authors": ["Ann Lee"]}
    news = Selection(url="https://example.com/news/", match="prefix", terms=(("author", "ann lee"),))
    assert fits(news)(row)
    assert not fits(replace(news, url="https://example.com/sport/"))(row)
    assert not fits(replace(news, terms=(("author", "bob ray"),)))(row)
    assert fits(Selection(url="https://example.com/other"))(row), (
        "the captures of one URL are asked for by key"
    )


def test_pointers_become_whole_rows_in_their_order(reader: Reader) -> None:
    lean = list(select(reader, Selection(terms=(("author", "Jane Doe"),)), now=NOW))
    whole = list(whole_rows(reader, iter(lean)))
    assert [each.item["url"] for each in whole] == [each.item["url"] for each in lean]
    assert all("warc" in each.item and "digest" in each.item for each in whole)


QUESTIONS: list[dict[str, Any]] = [
    {},
    {"url": "https://example.com/news/1"},
    {"url": "example.com", "match": "domain"},
    {"url": "example.com", "match": "domain", "published": True},
    {"url": "example.com", "match": "host", "latest": True},
    {"url": "example.com", "match": "domain", "start": NOON + HOUR},
    {"latest": True},
    {"terms": (("author", "jane doe"),), "latest": True},
    {"terms": (("author", "jane doe"),)},
]


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_a_listing_can_be_continued_behind_every_item(reader: Reader, question: dict[str, Any]) -> None:
    selection = Selection(**question)
    whole = list(select(reader, selection, now=NOW))
    assert len(whole) > 1
    cut = random.Random(len(whole)).randrange(len(whole) - 1)
    for at in {0, cut, len(whole) - 2}:
        later = NOW + timedelta(days=2)  # the day a token is used need not be the day it was given
        rest = list(select(reader, selection, now=later, after=whole[at].token))
        assert [each.item for each in rest] == [each.item for each in whole[at + 1 :]]


def test_a_foreign_token_is_refused(reader: Reader) -> None:
    token = next(select(reader, Selection(), now=NOW)).token
    with pytest.raises(SelectionError, match="another listing"):
        list(select(reader, Selection(url="https://example.org/"), now=NOW, after=token))
    with pytest.raises(SelectionError, match="not a token from a listing"):
        list(select(reader, Selection(), now=NOW, after="bogus"))


class Counting:
    """A reader that notes what it is asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.asked: list[Range] = []
        self.days = reader.days
        self.rows = reader.rows

    def page(self, asked: Range, **options: Any) -> Any:
        self.asked.append(asked)
        return self._reader.page(asked, **options)


def test_what_is_not_taken_is_not_asked_for(reader: Reader) -> None:
    counting = Counting(reader)
    answer = select(counting, Selection(), now=NOON + timedelta(days=2, hours=1))
    next(answer)
    assert len(counting.asked) == 1


def test_days_are_asked_for_back_to_the_first_and_no_further(aws: Aws) -> None:
    s3 = aws.client("s3")
    today = NOW.date()
    assert first_day(s3, aws.bucket, today=today) == today - timedelta(days=366)
    for key in ("warcs/2026/11/23/a.warc.gz", "warcs/2025/12/31/b.warc.gz", "warcs/2026/01/01/c.warc.gz"):
        s3.put_object(Bucket=aws.bucket, Key=key, Body=b"")
    assert first_day(s3, aws.bucket, today=today) == date(2025, 12, 31)
    reader = TableReader(
        aws.client("dynamodb"), aws.table, first_day=lambda: first_day(s3, aws.bucket, today=today)
    )
    days = list(reader.days(ranges.BEGINNING, today))
    assert (days[0], days[-1], len(days)) == ("2026-11-26", "2025-12-31", 331)
    assert list(reader.days(date(2026, 11, 20), date(2026, 11, 21))) == ["2026-11-21", "2026-11-20"]
    s3.put_object(Bucket=aws.bucket, Key="warcs/from-another-tool.warc.gz", Body=b"")
    assert first_day(s3, aws.bucket, today=today) == ranges.BEGINNING
    assert first_day(s3, "no-such-bucket", today=today) == ranges.BEGINNING


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda: ranges.of_domain("com"), "not a registered domain"),
        (lambda: ranges.of_domain("co.uk"), "not a registered domain"),
        (lambda: ranges.of_domain("example.com:80a"), "not a URL"),
        (lambda: ranges.of_prefix(""), "no host"),
        (lambda: ranges.of_url("ftp://example.com/"), "only http and https"),
    ],
)
def test_what_no_key_can_answer_is_refused(ask: Callable[[], object], text: str) -> None:
    with pytest.raises(UrlError, match=text):
        ask()


def test_a_whole_domain_under_a_country_code_is_one_partition() -> None:
    assert ranges.of_domain("example.co.uk") == [Range("uk,co,example")]
    assert [each.lower for each in ranges.of_domain("news.example.co.uk")] == [
        "uk,co,example,news)",
        "uk,co,example,news,",
        "uk,co,example,news:",
    ]
    assert ranges.of_domain("192.0.2.7") == [Range("7,2,0,192")]
    assert [each.partition for each in ranges.of_host("[2001:db8::1]")] == ["[2001:db8::1]"] * 2


class Grudging:
    """Stands for a DynamoDB that answers for a part of what it is asked. asked: how many keys a request had."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        keys = RequestItems["t"]["Keys"]
        self.asked.append(len(keys))
        known = [key | {"n": {"N": key["capture"]["S"]}} for key in keys[:90] if key["capture"]["S"] != "7"]
        left = {"t": {"Keys": keys[90:]}} if keys[90:] else {}
        return {"Responses": {"t": known[::-1]}, "UnprocessedKeys": left}


def test_rows_are_asked_for_a_hundred_at_a_time_until_all_have_come_and_given_in_the_order_asked() -> None:
    client: Any = Grudging()
    numbers = [*range(230), 3]
    keys = [{"site": "com,example", "capture": str(number)} for number in numbers]
    found = TableReader(client, "t").rows(keys)
    assert [row["n"] for row in found] == [number for number in numbers if number != 7]
    assert client.asked == [100, 100, 50]

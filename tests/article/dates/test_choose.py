"""choose_dates: which claim is believed, and what completes it."""

from datetime import UTC, datetime

import pytest

from pressmark.article.dates import Claim, choose_dates
from pressmark.article.dates.choose import ChosenDates
from pressmark.article.page.document import Document

CRAWLED = datetime(2024, 8, 1, tzinfo=UTC)


def choose(claims: list[Claim], body: str = "", url: str = "https://example.org/story") -> ChosenDates:
    document = Document.parse(f"<html lang=en><body><h1>The ferry is late</h1>{body}".encode(), url)
    return choose_dates(document, claims, crawled=CRAWLED)


def published(*claims: Claim, body: str = "", url: str = "https://example.org/story") -> str | None:
    chosen = choose(list(claims), body, url).published
    return chosen.value.isoformat() if chosen else None


def pub(text: str, source: str = "json-ld") -> Claim:
    return Claim(text, source, "published")


def mod(text: str, source: str = "json-ld") -> Claim:
    return Claim(text, source, "modified")


def test_the_first_claim_is_believed_before_the_page() -> None:
    assert (
        published(pub("2024-07-11"), pub("2024-07-12", "meta"), body="<time>1 July 2024</time>")
        == "2024-07-11"
    )


def test_the_page_is_asked_where_metadata_is_silent() -> None:
    chosen = choose([], "<p>Published: 11 July 2024, 09:28</p><p>Updated: 12 July 2024</p>")
    assert chosen.published is not None
    assert chosen.modified is not None
    assert (str(chosen.published.value), chosen.published.source) == ("2024-07-11T09:28", "text")
    assert str(chosen.modified.value) == "2024-07-12"


@pytest.mark.parametrize(
    "nonsense", ["", "soon", "2024-07", "1970-01-01T00:00:00Z", "0001-01-01", "2031-01-01"]
)
def test_claims_that_cannot_be_are_passed_over(nonsense: str) -> None:
    assert published(pub(nonsense), pub("2024-07-11", "meta")) == "2024-07-11"


def test_a_day_takes_its_time_from_a_claim_of_the_same_day() -> None:
    fine = "2024-07-11T09:28:00+02:00"
    assert published(pub("2024-07-11"), pub("2024-07-12T01:00:00Z", "meta"), pub(fine, "meta")) == fine
    assert published(pub("2024-07-11T00:00:00+02:00"), pub(fine, "meta")) == fine


def test_a_missing_offset_comes_from_the_same_moment_elsewhere() -> None:
    assert (
        published(pub("2024-07-11T09:28:00"), pub("2024-07-11T09:28:00+02:00", "meta"))
        == "2024-07-11T09:28:00+02:00"
    )
    assert (
        published(pub("2024-07-11T09:28:00"), mod("2024-07-12T10:00:00-04:00")) == "2024-07-11T09:28:00-04:00"
    )


def test_a_missing_offset_comes_last_from_the_clock_of_the_country() -> None:
    chosen = choose([pub("2024-07-11T09:28:00")], url="https://example.de/story").published
    assert chosen is not None
    assert (str(chosen.value), chosen.value.derived) == ("2024-07-11T09:28:00+02:00", True)
    assert (
        published(pub("2024-01-11T09:28:00"), url="https://example.de/story") == "2024-01-11T09:28:00+01:00"
    )
    assert published(pub("2024-07-11T09:28:00"), url="https://example.com/story") == "2024-07-11T09:28:00"


def test_utc_midnight_of_the_country_is_its_day() -> None:
    assert published(pub("2024-07-10T22:00Z"), url="https://example.de/s") == "2024-07-11T00:00+02:00"
    assert published(pub("2024-07-10T22:05Z"), url="https://example.de/s") == "2024-07-10T22:05+00:00"


def test_an_instant_in_utc_takes_the_offset_that_the_page_shows() -> None:
    shown = "<div class=published-date>July 10, 2024 at 5:49 p.m.</div>"
    assert published(pub("2024-07-11T00:49:09Z"), body=shown) == "2024-07-10T17:49:09-07:00"
    other = "<div class=published-date>July 10, 2024 at 5:20 p.m.</div>"
    assert published(pub("2024-07-11T00:49:09Z"), body=other) == "2024-07-11T00:49:09+00:00"


def test_a_page_that_says_only_when_it_changed_is_dated_by_that() -> None:
    assert published(body="<footer>Last modified: 11 July 2024</footer>") == "2024-07-11"


def test_a_labelled_date_in_the_footer_is_worth_more_than_a_bare_one() -> None:
    body = "<p>Version three, 29 June 2007</p><p>Text.</p><footer>Updated: 11 July 2024</footer>"
    assert published(body=body) == "2024-07-11"


def test_a_modification_long_before_the_publication_is_dropped() -> None:
    chosen = choose([pub("2024-07-11T09:28:00Z"), mod("2023-01-01T00:00:00Z")])
    assert chosen.published is not None
    assert chosen.modified is None


def test_a_loose_tag_that_repeats_the_last_change_yields_to_the_day_shown() -> None:
    same = "2024-07-12T10:00:00Z"
    shown = "<div class=article-date>July 10, 2024</div>"
    assert published(pub(same, "opengraph"), mod(same, "opengraph"), body=shown) == "2024-07-10"
    assert published(pub(same, "json-ld"), mod(same, "json-ld"), body=shown) == "2024-07-12T10:00:00+00:00"


def test_nothing_anywhere_is_none() -> None:
    assert choose([]) == ChosenDates(None, None)

"""Ranges walked page by page: the same items however they are read, and nothing read that lies in the way."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressmark.archive.ranges import Page, Range
from pressmark.archive.rows import Item
from pressmark.archive.selection import Selection, select
from pressmark.archive.walk import PAGE, Leap, Walk
from pressmark.clock import iso_utc

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Shelf:
    """One partition in memory, which counts what is read of it."""

    def __init__(self, captures: Mapping[str, Sequence[int]]) -> None:
        """captures: for each path of one host, the hours in which it was captured."""
        self.rows: list[Item] = sorted(
            (self.row(path, hour) for path, hours in captures.items() for hour in hours),
            key=lambda row: row["capture"],
        )
        self.requests = self.read = 0

    @staticmethod
    def row(path: str, hour: int) -> Item:
        captured = iso_utc(START + hour * HOUR)
        return {
            "site": "com,example",
            "capture": f"com,example)/{path} {captured}",
            "captured": captured,
            "url": f"https://example.com/{path}",
            "warc": "w",
            "status": 500 if hour % 10 == 9 else 200,
        }

    def page(self, asked: Range, *, limit: int, after: Mapping[str, str] | None = None) -> Page:
        if asked.lower > asked.upper:
            return Page([])
        if after:
            assert asked.lower <= after["capture"] <= asked.upper, "DynamoDB refuses such a key"
        inside = [row for row in self.rows if asked.lower <= row["capture"] <= asked.upper]
        if asked.backward:
            inside.reverse()
        if after:
            at = after["capture"]
            inside = [
                row for row in inside if (row["capture"] < at if asked.backward else row["capture"] > at)
            ]
        items = inside[:limit]
        self.requests += 1
        self.read += len(items)
        key = {name: items[-1][name] for name in ("site", "capture")} if len(items) == limit else None
        return Page(items, key)

    def rows(self, keys: Sequence[Mapping[str, str]]) -> list[Item]:
        raise AssertionError("a walk asks for pages and nothing else")

    def days(self, start: date, end: date) -> Iterator[str]:
        raise AssertionError("a walk asks for pages and nothing else")

    def found(self, **question: Any) -> Iterator[Any]:
        selection = Selection(url="example.com", match="domain", **question)
        return select(self, selection, now=NOW)


@pytest.mark.slow
@given(
    captures=st.dictionaries(
        st.sampled_from(["a", "a/b", "a-b", "b", "z"]),
        st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True),
        max_size=5,
    ),
    start=st.none() | st.integers(0, 30),
    end=st.none() | st.integers(0, 30),
    latest=st.booleans(),
    page=st.integers(1, 5),
    cut=st.integers(0, 100),
)
def test_what_is_leapt_over_is_what_was_not_asked_for(
    captures: dict[str, list[int]], start: int | None, end: int | None, latest: bool, page: int, cut: int
) -> None:
    """Compared with every row looked at one by one, from the beginning and from behind any item."""
    shelf = Shelf(captures)
    whole = Range("com,example")
    leap = Leap(
        iso_utc(START + start * HOUR) if start is not None else "",
        iso_utc(START + end * HOUR) if end is not None else "\x7f",
        latest,
    )
    wanted = [
        row for row in shelf.page(whole, limit=1000).items if leap.lower <= row["captured"] <= leap.upper
    ]
    if latest:
        wanted = list({row["url"]: row for row in wanted}.values())

    walked = list(Walk(shelf, page, leap).over(iter([whole]), None))

    assert [each.item for each in walked] == wanted
    if walked:
        at = cut % len(walked)
        rest = Walk(shelf, page, leap).over(iter([whole]), walked[at].token)
        assert [each.item for each in rest] == wanted[at + 1 :]


def test_the_newest_of_each_page_costs_the_same_however_often_one_was_captured() -> None:
    read = []
    for often in (1_000, 10_000):
        shelf = Shelf({"": range(often), **{f"news/{number:03d}": [number, 500] for number in range(60)}})
        assert len(list(shelf.found(latest=True))) == 61
        read.append((shelf.requests, shelf.read))
    assert read[0] == read[1]
    assert read[0][1] < 300


@pytest.mark.parametrize("resumed", [False, True])
def test_the_newest_of_each_page_is_the_newest_that_fits_the_other_conditions(resumed: bool) -> None:
    shelf = Shelf({"a": [1, 5, 9], "b": [9], "c": [2, 3]})
    found = list(shelf.found(latest=True, terms=(("status", "200"),)))
    if resumed:
        selection = Selection(url="example.com", match="domain", latest=True, terms=(("status", "200"),))
        rest = list(select(shelf, selection, now=NOW, after=found[0].token))
        found = [found[0], *rest]
    wanted = [("a", 5), ("c", 3)]
    assert [each.item["capture"] for each in found] == [Shelf.row(*each)["capture"] for each in wanted]


@pytest.mark.parametrize("best", [False, True])
def test_of_pages_that_share_a_urlkey_each_has_its_newest(best: bool) -> None:
    shelf = Shelf({"a": [0, 2, 4], "b": [1]})
    for row in shelf.rows:
        if row["captured"] in (iso_utc(START), iso_utc(START + 2 * HOUR)) and row["url"].endswith("/a"):
            row["url"] = "https://example.com/A"
    found = [(each.item["url"][-1], each.item["captured"]) for each in shelf.found(latest=True, best=best)]
    hours = [("A", 2), ("a", 4), ("b", 1)]
    assert found == [(name, iso_utc(START + hour * HOUR)) for name, hour in hours]


@pytest.mark.parametrize("cut", range(3))
def test_the_newest_of_neighbours_go_on_behind_each_of_them(cut: int) -> None:
    shelf = Shelf({"a": range(6), "b": [1]})
    for row in shelf.rows[:3]:
        row["url"] = "https://example.com/A"
    found = list(shelf.found(latest=True))
    assert [each.item["capture"][13] for each in found] == ["a", "a", "b"]
    selection = Selection(url="example.com", match="domain", latest=True)
    rest = select(shelf, selection, now=NOW, after=found[cut].token)
    assert [each.item for each in rest] == [each.item for each in found[cut + 1 :]]


@pytest.mark.parametrize("place", [0, 50, 150, 395, 399])
def test_what_is_to_be_exported_is_found_wherever_among_its_neighbours_it_was_captured(place: int) -> None:
    shelf = Shelf({"a": range(400)})
    shelf.rows[place]["url"] = "https://example.com/A"
    found = {each.item["url"]: each.item for each in shelf.found(latest=True, best=True)}
    assert found["https://example.com/A"] == shelf.rows[place]
    assert len(found) == 2


@pytest.mark.parametrize("place", [0, 50, 395, 399])
def test_a_listing_finds_it_among_the_first_and_the_last(place: int) -> None:
    shelf = Shelf({"a": range(400)})
    shelf.rows[place]["url"] = "https://example.com/A"
    assert {each.item["url"] for each in shelf.found(latest=True)} == {
        "https://example.com/A",
        "https://example.com/a",
    }


def test_a_page_that_vanished_does_not_hide_the_capture_before() -> None:
    shelf = Shelf({"a": [7, 8, 9], "b": [9], "c": [8]})
    assert [each.item["status"] for each in shelf.found(latest=True)] == [500, 500, 200]
    best = [(each.item["url"][-1], each.item["status"]) for each in shelf.found(latest=True, best=True)]
    assert best == [("a", 200), ("b", 500), ("c", 200)]


def test_the_newest_of_each_page_come_in_the_order_of_their_urls() -> None:
    shelf = Shelf({"c": [1, 2], "": range(500), "a": [3], "b": [9, 4, 5]})
    hours = {"": 499, "a": 3, "b": 9, "c": 2}
    found = [each.item["capture"] for each in shelf.found(latest=True)]
    assert found == [Shelf.row(*each)["capture"] for each in hours.items()]
    before = [each.item["capture"] for each in shelf.found(latest=True, end=START + 5 * HOUR)]
    assert before == [
        Shelf.row(path, hour)["capture"] for path, hour in {"": 4, "a": 3, "b": 4, "c": 2}.items()
    ]


def test_a_period_of_a_site_passes_over_what_was_captured_outside_it() -> None:
    shelf = Shelf({"": range(10_000), **{f"news/{number:03d}": [9_000 + number] for number in range(60)}})
    day = START + 9_000 * HOUR
    found = list(shelf.found(start=day, end=day + 24 * HOUR))
    assert len(found) == 48
    assert shelf.read <= 2 * PAGE


def test_a_period_without_captures_is_looked_for_in_whole_pages() -> None:
    shelf = Shelf({f"news/{number:04d}": [number] for number in range(2_000)})
    assert list(shelf.found(start=START + 3_000 * HOUR)) == []
    assert shelf.requests <= 2_000 / PAGE + 2


def test_no_more_is_read_at_first_than_is_expected_to_be_taken() -> None:
    shelf = Shelf({f"news/{number:03d}": [number] for number in range(500)})
    selection = Selection(url="example.com", match="domain")
    assert len(list(islice(select(shelf, selection, now=NOW, expect=11), 11))) == 11
    assert (shelf.requests, shelf.read) == (1, 11)
    assert len(list(select(shelf, selection, now=NOW, expect=2))) == 500
    assert shelf.requests < 1 + 10


@pytest.mark.parametrize("often", [100, 5_000])
def test_the_nearest_captures_in_a_period_are_looked_for_in_it_alone(often: int) -> None:
    shelf = Shelf({"": range(often)})
    near = Selection(url="https://example.com/", near=START, start=START + 50 * HOUR, end=START + 60 * HOUR)
    found = [each.item["captured"] for each in select(shelf, near, now=NOW, expect=3)]
    assert found == [iso_utc(START + hour * HOUR) for hour in range(50, 60)]
    assert shelf.read == 10

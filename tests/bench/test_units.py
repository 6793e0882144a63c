"""DynamoDB's documented rules, as the benchmarks count with them."""

import pytest
from bench.units import (
    Index,
    index_copy,
    indexes_of,
    item_bytes,
    put_units,
    read_units,
    value_bytes,
    write_units,
)

from pressmark.archive.keys import TERMS
from pressmark.archive.rows import terms
from pressmark.archive.table import to_item
from pressmark.local import template

KEYS = ("site", "capture")


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "abc"}, 3),
        ({"S": "é"}, 2),
        ({"N": "7"}, 2),
        ({"N": "1234"}, 3),
        ({"N": "12345"}, 4),
        ({"N": "-12"}, 3),
        ({"N": "1000000"}, 2),
        ({"BOOL": True}, 1),
        ({"B": b"abcd"}, 4),
        ({"L": [{"S": "ab"}, {"S": "c"}]}, 3 + 2 + 3),
        ({"M": {"a": {"S": "bc"}}}, 3 + 1 + 1 + 2),
    ],
)
def test_a_value_has_the_documented_size(value: dict[str, object], size: int) -> None:
    assert value_bytes(value) == size


def test_an_items_size_is_that_of_its_names_and_values() -> None:
    assert item_bytes({"site": {"S": "com,example"}, "size": {"N": "12"}}) == 4 + 11 + 4 + 2


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (1024, 1), (1025, 2), (2048, 2), (2049, 3)])
def test_a_write_is_rounded_up_to_whole_kilobytes(size: int, units: int) -> None:
    assert write_units(size) == units


def test_an_eventually_consistent_read_costs_half() -> None:
    assert read_units(4097, consistent=True) == 2
    assert read_units(100, consistent=False) == 0.5


def test_an_index_holds_keys_and_projection_of_items_that_have_its_keys() -> None:
    index = Index("by_day", ("day", "captured"), frozenset({"title"}))
    item = {name: {"S": "x"} for name in ("site", "capture", "day", "captured", "title", "description")}

    assert set(index_copy(item, index, KEYS) or ()) == {"site", "capture", "day", "captured", "title"}
    del item["day"]
    assert index_copy(item, index, KEYS) is None


@pytest.mark.slow
def test_a_term_item_is_copied_to_no_index_and_fits_one_write() -> None:
    properties = template.load()["Resources"]["ArchiveTable"]["Properties"]
    row = {
        "site": "com,example",
        "capture": "com,example)/a 2026-11-23T20:52:20.123456Z",
        "url": "https://example.com/a",
        "captured": "2026-11-23T20:52:20.123456Z",
        "day": "2026-11-23",
        "published": "2026-11-23T20:00:00Z",
        "title": "A walk by the sea",
        "authors": ["Jane Doe"],
        "tags": ["sea", "walks"],
        "labels": ["mine"],
        "section": "Outdoors",
        "digest": "sha1:" + "A" * 32,
        "size": 4711,
        "status": 404,
        "error": "not-found",
    }

    found = terms(row, TERMS)

    assert {item["site"].partition("=")[0] for item in found} == set(TERMS)
    for item in found:
        assert put_units(to_item(item), indexes_of(properties), KEYS) == {"table": 1}
    assert put_units(to_item(row), indexes_of(properties), KEYS) == {
        "table": 1,
        "by_day": 1,
        "by_published": 1,
    }
    again = row | {
        "purpose": "robots",
        "revisit": "identical-payload-digest",
        "url": "https://example.com/" + "a" * 300,
    }
    (by_day,) = [index for index in indexes_of(properties) if index.name == "by_day"]
    copy = index_copy(to_item(again), by_day, KEYS)
    assert copy
    assert {"purpose", "revisit"} <= copy.keys()
    assert put_units(to_item(again), [by_day], KEYS)["by_day"] == 1

"""What a stack with the default IndexTerms answers, which keeps look-up items for authors alone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.factories import fill, make_capture

from pressmark.archive.ranges import TableReader, kept_terms
from pressmark.archive.selection import Selection, SelectionError, select
from pressmark.settings import Settings

NOW = datetime(2026, 12, 1, tzinfo=UTC)
DIGEST = "sha1:" + "A" * 32


@pytest.fixture
def reader(aws: Any) -> TableReader:
    captures = [make_capture(f"https://example.com/news/{number}") for number in (1, 2)]
    filled = fill(aws, [*captures, make_capture("https://other.example/")], index_terms=("author",))
    assert not [item for item in aws.rows() if item["site"].startswith(("tag=", "section=", "digest="))]
    assert filled
    return TableReader(aws.client("dynamodb"), aws.table, index_terms=("author",))


def urls(reader: TableReader, **asked: Any) -> set[str]:
    return {each.item["url"] for each in select(reader, Selection(**asked), now=NOW)}


def known(aws: Any, name: str) -> Any:
    """What the captures say of themselves."""
    (value,) = {
        str(row[name]) for row in aws.rows() if row.get("url") == "https://example.com/news/1" and name in row
    }
    return value


def test_the_default_keeps_items_of_authors() -> None:
    assert Settings.__dataclass_fields__["index_terms"].default == ("author",)


def test_within_a_site_captures_are_found_by_what_has_no_items(aws: Any, reader: TableReader) -> None:
    section, digest = known(aws, "section"), known(aws, "digest")
    both = {"https://example.com/news/1", "https://example.com/news/2"}
    assert urls(reader, url="example.com", match="domain", terms=(("section", section),)) == both
    assert urls(reader, url="https://example.com/news/1", terms=(("digest", digest),)) == {
        "https://example.com/news/1"
    }
    assert urls(reader, url="example.com", match="domain", terms=(("section", "of no page"),)) == set()


@pytest.mark.slow
def test_from_a_day_on_captures_of_all_sites_are_found_by_what_has_no_items(
    aws: Any, reader: TableReader
) -> None:
    section = known(aws, "section")
    found = urls(reader, terms=(("section", section),), start=datetime(2026, 1, 1, tzinfo=UTC))
    assert found == {"https://example.com/news/1", "https://example.com/news/2", "https://other.example/"}


def test_together_with_a_look_up_that_has_items_it_is_compared(aws: Any, reader: TableReader) -> None:
    (author, *_) = next(row["authors"] for row in aws.rows() if "authors" in row)
    section = known(aws, "section")
    assert len(urls(reader, terms=(("section", section), ("author", author)))) == 3


@pytest.mark.parametrize("kind", ["section", "tag", "digest"])
def test_of_all_time_and_all_sites_it_is_refused_with_what_to_do(reader: TableReader, kind: str) -> None:
    with pytest.raises(SelectionError, match=rf"by {kind} alone.*IndexTerms=author,{kind} .*rebuild"):
        urls(reader, terms=((kind, DIGEST),))


def test_items_that_are_always_there_are_asked_for(reader: TableReader) -> None:
    assert urls(reader, terms=(("error", "not-found"),)) == set()
    assert urls(reader, terms=(("label", "x"),)) == set()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("author", ("author",)),
        ("author, tag", ("author", "tag")),
        ("none", ("none",)),
        ("", None),
        (None, None),
    ],
)
def test_what_a_stack_keeps_is_read_from_its_output(said: str | None, kept: tuple[str, ...] | None) -> None:
    assert kept_terms(said) == (kept or ("author", "section", "tag", "digest"))

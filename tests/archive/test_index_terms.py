"""IndexTerms may change: what was written before is right as it was written."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.conftest import Aws
from tests.factories import fill, make_capture

from pressmark.archive.items import Indexing
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.archive.table import Table
from pressmark.archive.tombstones import Tombstones
from pressmark.settings import INDEX_TERMS
from pressmark.upkeep.problems import Problem
from pressmark.upkeep.rebuild import rebuild
from pressmark.upkeep.verify import Verifier

FEW = [("author",), ("digest", "tag"), ()]


def indexing(aws: Aws, terms: Sequence[str]) -> Indexing:
    return Indexing(bucket=aws.bucket, terms=terms, tombstones=Tombstones())


def problems(aws: Aws, terms: Sequence[str]) -> list[Problem]:
    found: list[Problem] = []
    objects = Objects(aws.client("s3"), aws.bucket)
    reader = TableReader(aws.client("dynamodb"), aws.table)
    verifier = Verifier(objects, reader, indexing(aws, terms), on_problem=found.append)
    for key, _ in list(objects.keys()):
        verifier.file(key)
    assert verifier.done.files == 1
    return found


def lose(aws: Aws, kind: str) -> None:
    """Lose one look-up item."""
    (item,) = [row for row in aws.rows() if row["site"].startswith(f"{kind}=")][:1]
    key = {name: {"S": item[name]} for name in ("site", "capture")}
    aws.client("dynamodb").delete_item(TableName=aws.table, Key=key)


def captures() -> list[Any]:
    return [
        make_capture("https://example.com/news/1"),
        make_capture("https://example.com/news/2", labels=["x"]),
    ]


@pytest.mark.parametrize("before", FEW)
@pytest.mark.parametrize("now", [INDEX_TERMS, ("author", "section"), ()])
def test_changing_the_terms_makes_no_capture_a_problem(
    aws: Aws, before: tuple[str, ...], now: tuple[str, ...]
) -> None:
    fill(aws, captures(), index_terms=before)

    assert problems(aws, now) == []
    rows = [row for row in aws.rows() if "warc" in row]
    assert {row["terms"] for row in rows} == {",".join(k for k in INDEX_TERMS if k in before) or "none"}


def test_rows_with_all_terms_say_nothing_of_it(aws: Aws) -> None:
    fill(aws, captures())

    assert not [row for row in aws.rows() if "terms" in row]
    assert problems(aws, ("author",)) == []


@pytest.mark.parametrize("kind", ["author", "label"])
def test_a_term_that_was_written_and_is_gone_is_a_problem_all_the_same(aws: Aws, kind: str) -> None:
    fill(aws, captures(), index_terms=("author",))
    lose(aws, kind)

    assert [problem.kind for problem in problems(aws, INDEX_TERMS)] == ["no-term"]


def test_a_rebuild_with_more_terms_writes_them_and_they_count_from_then_on(aws: Aws) -> None:
    fill(aws, captures(), index_terms=())
    table, objects = Table(aws.client("dynamodb"), aws.table), Objects(aws.client("s3"), aws.bucket)

    rebuild(objects, table, indexing(aws, INDEX_TERMS))

    assert problems(aws, INDEX_TERMS) == []
    lose(aws, "section")
    assert [problem.kind for problem in problems(aws, INDEX_TERMS)] == ["no-term"]

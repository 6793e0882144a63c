"""Compaction that is killed, fails, or meets others at its work: no byte is lost, and nobody reads something else."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Aws
from tests.stacks import Copies
from tests.upkeep.small_files import (
    FILES,
    LATER,
    Between,
    KilledError,
    State,
    before_each_call,
    compact,
    contents,
    indexing,
    problems,
    small_files,
    state,
    stored,
    take_down,
)

from pressmark.archive.objects import Objects
from pressmark.archive.table import Table
from pressmark.errors import ArchiveError
from pressmark.upkeep.rebuild import rebuild


@pytest.mark.slow
def test_a_file_that_is_replaced_while_it_is_compacted_is_not_deleted(aws: Aws) -> None:
    keys = small_files(aws).keys
    judged, s3 = set[State](), aws.client("s3")
    for at in before_each_call(aws):

        def replace() -> None:
            s3.put_object(Bucket=aws.bucket, Key=keys[-1], Body=b"another")

        compact(aws, Between(s3, at, replace))
        if (left := state(aws)) in judged:
            continue
        judged.add(left)
        assert contents(aws)[keys[-1]] == b"another", f"before call {at}"


@pytest.mark.slow
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("dead", [True, False], ids=["killed", "failing"])
def test_a_run_killed_around_any_call_or_failed_by_it_loses_nothing_and_the_next_completes_it(
    aws: Aws, dead: bool, done: bool
) -> None:
    small_files(aws)
    before = contents(aws)

    judged = set[State]()

    def end() -> None:
        if dead:
            raise KilledError
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "invented"}}, "Any")

    for at in before_each_call(aws):
        with pytest.raises((KilledError, ArchiveError)):
            compact(aws, Between(aws.client("s3"), at, end, dead=dead, done=done))
        if (left := state(aws)) in judged:  # most calls only read
            continue
        judged.add(left)
        assert contents(aws) == before, f"before call {at}"
        compact(aws)
        assert contents(aws) == before, f"before call {at}"
        assert len(stored(aws)) == 1, f"before call {at}"


@pytest.mark.slow
def test_two_runs_at_once_leave_one_compacted_file(aws: Aws) -> None:
    small_files(aws)
    before = contents(aws)
    judged = set[State]()
    a_moment_later = LATER + timedelta(seconds=1)  # the time is written into the file
    for at in before_each_call(aws):
        compact(aws, Between(aws.client("s3"), at, lambda: compact(aws, now=a_moment_later) and None))
        if (left := state(aws)) in judged:
            continue
        judged.add(left)
        assert contents(aws) == before, f"the other before call {at}"
        assert len(stored(aws)) == 1, f"the other before call {at}"


@pytest.mark.slow
def test_whoever_reads_while_it_runs_sees_every_file(aws: Aws) -> None:
    small_files(aws)
    before = contents(aws)
    judged, wrong = set[State](), list[int]()

    def look(at: int) -> None:
        if (now := state(aws)) not in judged and contents(aws) != before:
            wrong.append(at)
        judged.add(now)

    for at in before_each_call(aws):
        compact(aws, Between(aws.client("s3"), at, partial(look, at)))
    assert wrong == []
    assert len(judged) > 2


@pytest.mark.slow
def test_a_takedown_while_it_runs_stays_taken_down(aws: Aws) -> None:
    row = small_files(aws).rows[2]
    rows, table = aws.rows(), Table(aws.client("dynamodb"), aws.table)
    judged = set[State]()
    for at in before_each_call(aws):
        compact(aws, Between(aws.client("s3"), at, lambda: take_down(aws, row) and None))
        compact(aws)
        if (left := state(aws)) in judged:
            continue
        judged.add(left)
        table.delete(rows)
        rebuild(Objects(aws.client("s3"), aws.bucket), table, indexing(aws))
        there = [each for each in aws.rows() if "=" not in each["site"]]
        assert [each["url"] for each in there if "deleted" in each] == [row["url"]], f"before call {at}"
        assert len(there) == FILES
    assert problems(aws) == []


@pytest.mark.slow
def test_a_rebuild_while_it_runs_makes_the_whole_table(aws: Aws) -> None:
    small_files(aws)
    kept, rows = Copies(aws.stack), sorted(aws.rows(), key=str)
    table, s3 = Table(aws.client("dynamodb"), aws.table), aws.client("s3")
    counting = Between(s3, 0, lambda: None)
    rebuild(Objects(counting, aws.bucket), table, indexing(aws), workers=1)  # type: ignore[arg-type]
    for at in range(1, len(counting.calls) + 1):
        kept.put_back()
        table.delete(rows)
        between = Between(s3, at, lambda: compact(aws) and None)
        rebuild(Objects(between, aws.bucket), table, indexing(aws), workers=1)  # type: ignore[arg-type]
        assert sorted(aws.rows(), key=str) == rows, f"compacted before call {at}"


@pytest.mark.slow
def test_a_file_that_is_compacted_between_two_pages_of_a_listing_is_listed(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = small_files(aws).keys
    kept, s3 = Copies(aws.stack), aws.client("s3")

    class TwoAtATime(Between):
        def list_objects_v2(self, **options: Any) -> Any:
            return super().__getattr__("list_objects_v2")(MaxKeys=2, **options)

    assert len(keys) > 3
    for at in range(1, 6):
        kept.put_back()
        listing = Objects(TwoAtATime(s3, at, lambda: compact(aws) and None), aws.bucket)  # type: ignore[arg-type]
        listed = list(listing.keys())
        assert [key for key, _ in listed] == keys, f"before call {at}"

"""The files checked from end to end, and the table against them."""

import json
import random
from datetime import date

import pytest
from tests.upkeep.conftest import Filled

from pressmark.upkeep import sweep
from pressmark.upkeep.problems import Problem
from pressmark.upkeep.verify import Verifier


@pytest.mark.slow
def test_a_whole_archive_has_no_problems(filled: Filled) -> None:
    assert filled.verify() == []
    done = filled.verifier.done
    assert (done.files, done.rows) == (3, len([row for row in filled.items().values() if "warc" in row]))
    assert done.records > 10


@pytest.mark.slow
def test_a_changed_byte_is_found(filled: Filled) -> None:
    key = filled.files()[0]
    row = filled.rows("/page")[0]
    data = bytearray(filled.aws.objects()[key])
    data[row["offset"] + row["length"] // 2] ^= 1
    filled.s3.put_object(Bucket=filled.aws.bucket, Key=key, Body=bytes(data))
    assert {"damaged-file"} <= {problem.kind for problem in filled.verify()}
    found: list[Problem] = []
    verifier = Verifier(
        filled.objects,
        filled.reader,
        filled.indexing(),
        on_problem=found.append,
    )
    verifier.url(filled.site.url("/page"))
    assert {problem.kind for problem in found} <= {"wrong-bytes", "wrong-digest", "no-bytes"}
    assert any(problem.captured == row["captured"] for problem in found)


@pytest.mark.slow
def test_a_record_rewritten_with_its_length_is_found_by_its_digest(filled: Filled) -> None:
    import gzip

    key = filled.files()[0]
    row = filled.rows("/gone")[0]
    start, end = row["offset"], row["offset"] + row["length"]
    data = filled.aws.objects()[key]
    member = gzip.compress(gzip.decompress(data[start:end]).replace(b"\r\n\r\ngone", b"\r\n\r\nhere"))
    filled.s3.put_object(Bucket=filled.aws.bucket, Key=key, Body=data[:start] + member + data[end:])
    assert "wrong-digest" in {problem.kind for problem in filled.verify()}


@pytest.mark.slow
@pytest.mark.parametrize("place", [1, 2], ids=["between others", "the last"])
def test_rows_without_bytes_and_bytes_without_rows_are_found(filled: Filled, place: int) -> None:
    gone, kept = filled.files()[place], filled.files()[0]
    lost = [row for row in filled.items().values() if row.get("warc") == gone]
    filled.s3.delete_object(Bucket=filled.aws.bucket, Key=gone)
    row = filled.rows("/gone")[0]
    assert row["warc"] == kept
    filled.table.delete([row])
    problems = filled.verify()
    unfound = sorted(p.captured for p in problems if p.kind == "no-bytes")
    assert unfound == sorted(row["captured"] for row in lost)
    assert [(p.kind, p.url) for p in problems if p.kind == "no-row"] == [("no-row", filled.site.url("/gone"))]
    assert json.dumps([problem.to_dict() for problem in problems])


@pytest.mark.slow
def test_verify_since_a_day_looks_at_no_earlier_one(filled: Filled) -> None:
    filled.s3.delete_object(Bucket=filled.aws.bucket, Key=filled.files()[0])
    assert {problem.kind for problem in filled.verify()} >= {"no-bytes"}
    assert [p for p in filled.verify(since=date(2026, 11, 24)) if "original" not in p.detail] == []


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 5, 1000])
def test_a_sample_is_of_so_many_files_and_rows_or_as_many_as_there_are(filled: Filled, count: int) -> None:
    verifier = Verifier(filled.objects, filled.reader, filled.indexing())
    every = [(row["site"], row["capture"]) for row in filled.items().values() if "=" not in row["site"]]
    drawn: list[tuple[str, str]] = []
    check = verifier.row
    verifier.row = lambda row, **known: drawn.append((row["site"], row["capture"])) or check(row, **known)  # type: ignore[method-assign]
    sweep.sample(verifier, count, choose=random.Random(7), today=date(2026, 11, 26))
    assert verifier.done.files == min(count, 3)
    assert len(set(drawn)) == len(drawn) == verifier.done.rows == min(count, len(every))
    assert set(drawn) <= set(every)
    assert not verifier.done.problems


@pytest.mark.slow
def test_a_sample_ends_when_it_is_told_to(filled: Filled) -> None:
    verifier = Verifier(filled.objects, filled.reader, filled.indexing())
    done = verifier.done
    sweep.sample(verifier, 9, go_on=lambda: done.files + done.rows < 5)
    assert (done.files, done.rows) == (3, 2)
    sweep.sample(verifier, 9, go_on=lambda: False)
    assert (done.files, done.rows) == (3, 2)


@pytest.mark.slow
def test_a_sample_reads_few_rows_to_no_purpose(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    page = filled.reader.page
    monkeypatch.setattr(
        filled.reader, "page", lambda *asks, **how: asked.append(how["limit"]) or page(*asks, **how)
    )
    verifier = Verifier(filled.objects, filled.reader, filled.indexing())
    sweep.sample(verifier, 3, choose=random.Random(7))
    assert verifier.done.rows == 3
    assert sum(asked) <= 3 * (1 + 4 + 1), "not a whole page for each"

"""Every discrepancy between WARC files and the open table is found, and named."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from tests.catalog.conftest import Folder, page
from tests.factories import NOON

from pressmark.catalog.removing import take_out


@pytest.fixture
def written(folder: Folder) -> Folder:
    folder.warc([page(n) for n in range(4)])
    folder.update()
    assert folder.check() == []
    return folder


def the_file(folder: Folder) -> Path:
    (file,) = folder.path.glob("catalog/captures/*/*.parquet")
    return file


def plant(folder: Folder, query: str) -> None:
    """Replace the file by what a query makes of its rows (``there``); its footer says what it said."""
    file = the_file(folder)
    said = duckdb.execute(
        "SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", [str(file)]
    ).fetchall()
    footer = ", ".join(f"'{key}': '{value}'" for key, value in said)
    wrong = file.with_name("wrong")
    there = f"(SELECT * FROM read_parquet('{file}', hive_partitioning = false))"
    duckdb.execute(
        f"COPY (WITH there AS {there} {query}) TO '{wrong}' (FORMAT parquet, KV_METADATA {{{footer}}})"
    )
    wrong.replace(file)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT * FROM there WHERE url NOT LIKE '%/2'", "no-catalog-row"),
        ("FROM there UNION ALL FROM there WHERE url LIKE '%/2'", "extra-catalog-row"),
        ("SELECT * REPLACE (text || '.' AS text) FROM there", "different-catalog-row"),
        (
            "SELECT * REPLACE (CASE WHEN url LIKE '%/2' THEN 500 ELSE status END AS status) FROM there",
            "different-catalog-row",
        ),
        ("SELECT * REPLACE (['x'] AS authors) FROM there", "different-catalog-row"),
        ("SELECT * REPLACE (captured + INTERVAL 1 SECOND AS captured) FROM there", "different-catalog-row"),
        ("SELECT * REPLACE (capture || '0' AS capture) FROM there", "extra-catalog-row"),
        ("SELECT * EXCLUDE (text) FROM there", "damaged-catalog-file"),
    ],
)
def test_a_row_that_is_missing_or_too_much_or_wrong_is_found(written: Folder, query: str, kind: str) -> None:
    plant(written, query)
    assert kind in {problem.kind for problem in written.check()}
    written.update(again=True)
    assert written.check() == []


def test_a_wrong_value_is_named(written: Folder) -> None:
    plant(
        written, "SELECT * REPLACE (CASE WHEN url LIKE '%/2' THEN 'Other' ELSE title END AS title) FROM there"
    )
    (problem,) = written.check()
    assert (problem.url, problem.detail) == ("https://news2.example.com/2", "it differs in title")


def test_a_stale_row_of_what_was_taken_down_is_found(written: Folder) -> None:
    before = the_file(written).read_bytes()
    take_out(written.catalog(), written.take_down("https://news2.example.com/2"))
    assert written.check() == []
    after = duckdb.execute(
        "SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", [str(the_file(written))]
    )
    footer = dict(after.fetchall())
    the_file(written).write_bytes(before)
    said = ", ".join(f"'{key}': '{value}'" for key, value in footer.items())
    wrong = the_file(written).with_name("wrong")
    duckdb.execute(
        f"COPY (FROM read_parquet('{the_file(written)}', hive_partitioning = false)) TO '{wrong}' "
        f"(FORMAT parquet, KV_METADATA {{{said}}})"
    )
    wrong.replace(the_file(written))
    assert [problem.kind for problem in written.check()] == ["extra-catalog-row"]


@pytest.mark.slow
@pytest.mark.parametrize("cut", [0, 10, 200, -1, -300])
def test_a_damaged_file_is_found(written: Folder, cut: int) -> None:
    file = the_file(written)
    data = file.read_bytes()
    file.write_bytes(
        data[:cut] if cut <= 0 or cut == 10 else data[: cut // 2] + b"\0" * 400 + data[cut // 2 + 400 :]
    )
    assert [problem.kind for problem in written.check()] == ["damaged-catalog-file"]


def test_a_copy_of_a_file_is_found(written: Folder) -> None:
    other = the_file(written).with_name("2026-11-23-0001.parquet")
    other.write_bytes(the_file(written).read_bytes())
    (problem,) = written.check()
    assert (problem.kind, Path(problem.key).name) == ("damaged-catalog-file", other.name)


def test_a_file_of_another_day_of_a_group_that_is_gone_is_found(folder: Folder) -> None:
    late = NOON.replace(hour=23, minute=59, second=30)
    folder.warc([page(1, at=late), page(60, at=late)], begun=late)
    folder.update()
    (file,) = (folder.path / "catalog/captures/day=2026-11-24").iterdir()
    file.unlink()
    assert [problem.detail for problem in folder.check()] == ["20261123T2300-60m is missing in it"]


@pytest.mark.slow
def test_what_is_not_written_yet_waits_and_is_a_problem_only_when_it_is_old(written: Folder) -> None:
    written.warc([page(9)])
    assert written.check() == []
    assert written.checked.waiting == ["20261123T1200-60m"]
    assert written.check(now=NOON + timedelta(days=1)) == []
    assert [problem.kind for problem in written.check(now=NOON + timedelta(days=4))] == [
        "damaged-catalog-file"
    ]

"""The open table says what the WARC files say, and foreign programs read it."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from tests.catalog.conftest import Folder, page
from tests.factories import NOON, article_html

from pressmark.catalog import schema
from pressmark.catalog.parquet import begin
from pressmark.catalog.removing import take_out
from pressmark.catalog.shelf import NEW, ChangedError
from pressmark.catalog.updating import status_of

HOUR = timedelta(hours=1)


def seen(folder: Folder) -> list[tuple[str, str]]:
    found = duckdb.sql(f"SELECT url, text FROM read_parquet('{folder.glob}') ORDER BY url").fetchall()
    assert len(found) == len(set(found)), "a row is there twice"
    return found


@pytest.mark.slow
def test_every_capture_is_a_row_with_its_whole_text(folder: Folder) -> None:
    text = "A long sentence about the harbour. " * 5000
    folder.warc(
        [page(1), page(2, html=article_html("Long", text=text, tags=[f"tag {n}" for n in range(40)]))]
    )
    done = folder.update()
    assert (done.written, done.rows, done.failed) == (1, 2, {})
    (row,) = duckdb.sql(f"SELECT * FROM read_parquet('{folder.glob}') WHERE title = 'Long'").pl().to_dicts()
    assert row["text"].strip() == text.strip()
    assert len(row["tags"]) == 40, "the table's row has twenty of them"
    assert (row["surt"], row["host"]) == ("com,example,news2)/2", "news2.example.com")
    assert row["captured"] == (NOON + timedelta(seconds=2)).replace(tzinfo=None)


@pytest.mark.slow
def test_three_foreign_readers_see_the_same_rows_and_the_day_of_the_folder(folder: Folder) -> None:
    folder.warc([page(n) for n in range(5)])
    folder.warc([page(n, at=NOON + 24 * HOUR) for n in range(5, 8)], begun=NOON + 24 * HOUR)
    folder.update()
    by_duckdb = duckdb.sql(f"SELECT url, CAST(day AS VARCHAR) FROM read_parquet('{folder.glob}')").fetchall()
    import polars  # late: every process of a test run imports this file, and one runs it
    import pyarrow.dataset

    frame = polars.scan_parquet(folder.glob, hive_partitioning=True, try_parse_hive_dates=False)
    by_polars = frame.select("url", "day").collect().rows()
    dataset = pyarrow.dataset.dataset(folder.path / "catalog/captures", partitioning="hive")
    by_pyarrow = [(row["url"], row["day"]) for row in dataset.to_table(columns=["url", "day"]).to_pylist()]
    assert sorted(by_duckdb) == sorted(by_polars) == sorted(by_pyarrow)
    assert {day for _, day in by_duckdb} == {"2026-11-23", "2026-11-24"}
    assert [*dataset.schema.names] == [*schema.COLUMNS, "day"]


@pytest.mark.slow
def test_an_update_writes_only_what_has_changed(folder: Folder) -> None:
    folder.warc([page(1)])
    folder.warc([page(2, at=NOON + HOUR)], begun=NOON + HOUR)
    assert folder.update().written == 2
    assert folder.update().written == 0
    folder.warc([page(3)])
    assert folder.update().written == 1
    assert len(seen(folder)) == 3


def test_a_file_around_midnight_has_its_rows_in_two_days(folder: Folder) -> None:
    late = NOON.replace(hour=23, minute=59, second=30)
    folder.warc([page(1, at=late), page(60, at=late)], begun=late)
    assert folder.update().rows == 2
    days = duckdb.sql(f"SELECT CAST(day AS VARCHAR), count(*) FROM read_parquet('{folder.glob}') GROUP BY 1")
    assert sorted(days.fetchall()) == [("2026-11-23", 1), ("2026-11-24", 1)]
    assert folder.update().written == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["2026-11-23", "2026-11-24"])
def test_a_file_that_is_gone_or_damaged_is_written_again(folder: Folder, name: str) -> None:
    late = NOON.replace(hour=23, minute=59, second=30)
    folder.warc([page(1, at=late), page(60, at=late)], begun=late)
    folder.update()
    before = seen(folder)
    (file,) = (folder.path / f"catalog/captures/day={name}").iterdir()
    file.unlink()
    folder.update()
    assert seen(folder) == before
    file.write_bytes(b"PAR1 and something else")
    folder.update()
    assert seen(folder) == before


@pytest.mark.slow
def test_what_is_gone_is_taken_out_and_others_files_are_left_alone(folder: Folder) -> None:
    key = folder.warc([page(1)])
    folder.warc([page(2, at=NOON + HOUR)], begun=NOON + HOUR)
    folder.update()
    theirs = folder.path / "catalog/captures/day=2026-11-23/theirs.txt"
    theirs.write_text("not ours")
    (folder.path / key).unlink()
    assert folder.update().deleted == 0
    assert [url for url, _ in seen(folder)] == ["https://news2.example.com/2"]
    for other in folder.path.glob("warcs/*/*/*/*"):
        other.unlink()
    assert folder.update().deleted == 1
    assert theirs.exists()
    assert [path.name for path in theirs.parent.iterdir()] == ["theirs.txt"]


@pytest.mark.slow
def test_groups_of_two_lengths_that_came_into_one_file_are_there_once_after_an_update(folder: Folder) -> None:
    folder.warc([page(1)])
    folder.warc([page(2, at=NOON + HOUR)], begun=NOON + HOUR)
    older, newer = (replace(folder.catalog(), minutes=minutes) for minutes in (60, 10))
    folder.update(newer)
    before = seen(folder)
    folder.update(older, after="warcs/")  # as the function does that still has the older value
    assert duckdb.sql(f"SELECT count(*) FROM read_parquet('{folder.glob}')").fetchall() == [(4,)]
    folder.update(newer)
    assert seen(folder) == before
    assert folder.update(newer).written == 0


@pytest.mark.slow
@pytest.mark.parametrize("again", [False, True])
def test_a_file_that_was_copied_to_another_day_is_told_of_and_deleted(folder: Folder, again: bool) -> None:
    folder.warc([page(1)])
    folder.update()
    before = seen(folder)
    copy_to_another_day(folder)
    assert status_of(folder.catalog()).waiting == ["catalog/captures/day=2026-12-24/2026-11-23-0000.parquet"]
    assert folder.update(again=again).deleted == 1
    assert seen(folder) == before
    assert status_of(folder.catalog()).waiting == []
    assert folder.update().written == 0


@pytest.mark.slow
def test_a_takedown_sees_a_file_that_was_copied_to_another_day(folder: Folder) -> None:
    folder.warc([page(1), page(2)])
    folder.update()
    copy_to_another_day(folder)
    assert take_out(folder.catalog(), folder.take_down("https://news1.example.com/1")) == 2
    left = duckdb.sql(f"SELECT url FROM read_parquet('{folder.glob}')").fetchall()
    assert left == [("https://news2.example.com/2",)] * 2


@pytest.mark.slow
def test_the_hours_of_a_day_are_one_sorted_file_which_is_added_to_in_its_place(folder: Folder) -> None:
    for hour in range(5):
        folder.warc(
            [page(hour, at=NOON + hour * HOUR), page(hour + 9, at=NOON + hour * HOUR)],
            begun=NOON + hour * HOUR,
        )
        assert folder.update().written == 1
        (file,) = folder.path.glob("catalog/captures/*/*.parquet")
        assert file.name == "2026-11-23-0000.parquet"
    keys = [surt for (surt,) in duckdb.sql(f"SELECT surt FROM read_parquet('{folder.glob}')").fetchall()]
    assert len(keys) == 10
    assert keys == sorted(keys)


def rows_in(file: Path) -> int:
    return len(duckdb.sql(f"FROM '{file}'").fetchall())


@pytest.mark.slow
def test_a_full_file_is_left_as_it_is_and_what_it_has_is_replaced_there(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.catalog.files.FULL_ROWS", 4)
    for hour in range(5):
        folder.warc(
            [page(hour * 2, at=NOON + hour * HOUR), page(hour * 2 + 1, at=NOON + hour * HOUR)],
            begun=NOON + hour * HOUR,
        )
        folder.update()
    files = sorted(folder.path.glob("catalog/captures/*/*.parquet"))
    assert [file.name for file in files] == [f"2026-11-23-{number:04d}.parquet" for number in range(3)]
    assert [rows_in(file) for file in files] == [4, 4, 2]
    before = [file.read_bytes() for file in files]
    folder.warc([page(50, at=NOON)])
    assert folder.update().written == 1
    assert [rows_in(file) for file in files] == [5, 4, 2]
    assert [file.read_bytes() for file in files[1:]] == before[1:]
    assert folder.check() == []


def test_what_another_program_puts_meanwhile_is_not_written_over(folder: Folder) -> None:
    shelf = folder.catalog().shelf
    one, other, copy = folder.path / "one", folder.path / "other", folder.path / "copy"
    one.write_text("one")
    other.write_text("other")
    key = "catalog/captures/day=2026-11-23/2026-11-23-0000.parquet"
    shelf.put(key, one, tag=NEW)
    with pytest.raises(ChangedError):
        shelf.put(key, other, tag=NEW)
    tag = shelf.fetch(key, copy)
    shelf.put(key, other, tag=tag)
    with pytest.raises(ChangedError):
        shelf.put(key, one, tag=tag)
    assert (folder.path / key).read_text() == "other"


def copy_to_another_day(folder: Folder) -> None:
    (file,) = folder.path.glob("catalog/captures/*/*.parquet")
    other = file.parents[1] / "day=2026-12-24"
    other.mkdir()
    (other / file.name).write_bytes(file.read_bytes())


def test_a_failed_page_is_a_row_and_requisites_are_none(folder: Folder) -> None:
    folder.warc([page(1, status=0, error="timeout"), page(2)])
    folder.update()
    found = duckdb.sql(
        f"SELECT error, reason, text FROM read_parquet('{folder.glob}') WHERE error IS NOT NULL"
    )
    ((error, reason, text),) = found.fetchall()
    assert (error, text) == ("timeout", None)
    assert reason


@pytest.mark.slow
def test_a_group_larger_than_its_share_of_tmp_becomes_one_file_all_the_same(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.catalog.writer.LINES_BYTES", 5000)
    folder.warc([page(n) for n in range(20)])
    assert folder.update().rows == 20
    assert len(seen(folder)) == 20
    assert len(list(folder.path.rglob("*.parquet"))) == 1


def test_what_does_not_fit_in_memory_goes_below_the_folder_that_is_named(tmp_path: Path) -> None:
    with closing(begin(tmp_path)) as database:
        (where,) = database.sql("SELECT current_setting('temp_directory')").fetchall()[0]
    assert Path(where).is_relative_to(tmp_path)

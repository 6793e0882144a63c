"""A folder's index made again, and its articles read by today's extractor."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import LATER, Run
from tests.factories import NOON, article_html, fill_folder, make_capture

from pressmark.archive.folder import INDEX
from pressmark.cli import exits

PAGES = [f"https://example.com/news/{number}" for number in (1, 2, 3)]
MISREAD = "Ferry Company"


def misread(capture: Any) -> Any:
    """A capture as an older extractor read it, which took a company for the author."""
    capture.article = capture.article | {"authors": [MISREAD], "title": "Untitled"}
    return capture


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An archive folder in which an older extractor read every page."""
    path = tmp_path / "old"
    captures = [misread(make_capture(url, html=article_html(f"News {url[-1]}"))) for url in PAGES]
    moved = misread(make_capture("https://example.com/new", redirects=["https://example.com/old"]))
    fill_folder(path, [*captures, moved, make_capture("https://example.com/gone", status=404)])
    return path


def index(folder: Path) -> dict[Any, Any]:
    with closing(sqlite3.connect(folder / INDEX)) as database:
        return {
            tuple(row[:2]): json.loads(row[2])
            for row in database.execute("SELECT site, capture, item FROM items")
        }


def listed(run: Run, folder: Path, *arguments: object) -> dict[str, dict[str, Any]]:
    result = run("list", *arguments, "--limit", 0, "--json", "--archive", folder)
    return {row["url"]: row for row in map(json.loads, result.stdout.splitlines())}


def damage(folder: Path, url: str) -> None:
    (row,) = [row for row in index(folder).values() if row["url"] == url and "day" in row]
    path = folder / row["warc"]
    data = path.read_bytes()
    at = row["offset"] + 30
    path.write_bytes(data[:at] + b"\0" * 40 + data[at + 40 :])


def test_a_dry_run_says_which_fields_are_read_differently_and_changes_nothing(run: Run, old: Path) -> None:
    listed(run, old)
    before = index(old)
    result = run("rebuild", "--extract", "--dry-run", "--json", "--archive", old)
    assert result.exit_code == 0, result.output
    *changes, last = map(json.loads, result.stdout.splitlines())
    assert {(change["url"], change["field"]) for change in changes} >= {
        (PAGES[0], "authors"),
        (PAGES[0], "title"),
    }
    assert last["rebuilt"]["changed"]["authors"] == 4
    assert (last["rebuilt"]["files"], last["rebuilt"]["damaged"]) == (1, 0)
    assert last["rebuilt"]["different"] >= 4
    assert index(old) == before


@pytest.mark.slow
def test_lists_and_show_give_what_is_read_today_and_the_old_value_finds_nothing(run: Run, old: Path) -> None:
    assert len(listed(run, old, "--author", MISREAD)) == 4
    result = run("rebuild", "--extract", "--archive", old)
    assert result.exit_code == 0, result.output
    assert "authors: 4 captures read differently" in result.stdout
    rows = listed(run, old)
    assert {url: (rows[url]["title"], rows[url]["authors"]) for url in PAGES} == {
        url: (f"News {url[-1]}", ["Jane Doe"]) for url in PAGES
    }
    assert all(row["extracted_by"].startswith("Pressmark/") for row in rows.values() if row.get("authors"))
    assert "extracted_by" not in rows["https://example.com/gone"]
    assert "Jane Doe" in run("show", PAGES[0], "--archive", old).stdout
    assert listed(run, old, "--author", "Jane Doe").keys() == {*PAGES, "https://example.com/new"}
    assert listed(run, old, "--author", MISREAD) == {}
    assert run("verify", "--archive", old).exit_code == 0
    again = run("rebuild", "--extract", "--dry-run", "--archive", old)
    assert "0 missing, 0 different, 0 rows of which only extracted_by would change" in again.stdout


def test_a_plain_rebuild_goes_back_to_what_was_read_on_the_day(run: Run, old: Path) -> None:
    listed(run, old)
    before = index(old)
    run("rebuild", "--extract", "--archive", old)
    assert index(old) != before
    result = run("rebuild", "--archive", old)
    assert (result.exit_code, result.stdout.startswith("1 file, 5 captures, ")) == (0, True), result.output
    assert index(old) == before


def test_a_plain_rebuild_remembers_what_the_index_held_and_no_file_holds_any_more(
    run: Run, old: Path
) -> None:
    listed(run, old)
    with closing(sqlite3.connect(old / INDEX)) as database:
        database.execute(
            "INSERT INTO lost VALUES ('example.com', 'x', 'gone.warc.gz', 'https://example.com/x', 'x')"
        )
        database.commit()
    assert run("rebuild", "--archive", old).exit_code == 0
    assert "https://example.com/x" in run("verify", "--archive", old).stdout


@pytest.mark.parametrize("extract", [(), ("--extract",)])
def test_damage_costs_its_record_and_is_the_exit_code(run: Run, old: Path, extract: tuple[str, ...]) -> None:
    listed(run, old)
    damage(old, PAGES[1])
    result = run("rebuild", *extract, "--archive", old)
    assert result.exit_code == exits.DAMAGE, result.output
    assert result.stderr.count("damaged: warcs/") == 1
    rows = listed(run, old)
    authors = ["Jane Doe"] if extract else [MISREAD]
    assert [rows[url]["authors"] for url in (PAGES[0], PAGES[2], "https://example.com/new")] == [authors] * 3


def test_a_file_that_cannot_be_read_is_named_and_costs_no_other(run: Run, old: Path) -> None:
    (old / "bundle.wacz").write_bytes(b"no bundle")
    result = run("rebuild", "--extract", "--archive", old)
    assert (result.exit_code, "bundle.wacz" in result.stderr) == (exits.DAMAGE, True), result.output
    assert listed(run, old)[PAGES[0]]["authors"] == ["Jane Doe"]


def test_a_capture_that_two_files_hold_is_read_once(run: Run, old: Path) -> None:
    (path,) = old.rglob("*.warc.gz")
    shutil.copy(path, old / "copy.warc.gz")
    result = run("rebuild", "--extract", "--dry-run", "--archive", old)
    assert "authors: 4 captures read differently" in result.stdout, result.stdout
    assert run("rebuild", "--extract", "--archive", old).exit_code == 0
    again = run("rebuild", "--extract", "--dry-run", "--archive", old)
    assert "0 missing, 0 different, 0 rows of which only extracted_by would change" in again.stdout


def test_what_comes_later_is_indexed_and_leaves_the_rest_as_it_was_read(run: Run, old: Path) -> None:
    run("rebuild", "--extract", "--archive", old)
    other = old.parent / "other"
    (path,) = fill_folder(other, [make_capture("https://example.org/", at=NOON, html=LATER)])
    shutil.copy(path, old / "later.warc.gz")
    rows = listed(run, old)
    assert rows[PAGES[0]]["authors"] == ["Jane Doe"]
    assert "https://example.org/" in rows


def test_a_capture_that_was_taken_down_stays_down(run: Run, old: Path) -> None:
    assert (
        run("delete", PAGES[0], "--at", "2026-11-23", "--reason", "x", "--yes", "--archive", old).exit_code
        == 0
    )
    assert run("rebuild", "--extract", "--archive", old).exit_code == 0
    assert run("get", PAGES[0], "--archive", old).exit_code == exits.NOTHING
    assert [row["url"] for row in index(old).values() if "deleted" in row] == [PAGES[0]]


@pytest.mark.parametrize(
    "option", [("--since", "2026-11-01"), ("--resume", "state"), ("--index-terms", "tag")]
)
def test_what_a_stack_alone_understands_is_refused(run: Run, old: Path, option: tuple[str, str]) -> None:
    result = run("rebuild", *option, "--archive", old)
    assert (result.exit_code, "for a stack" in result.stderr) == (exits.USAGE, True)


def test_an_index_that_cannot_be_kept_is_no_success(run: Run, old: Path) -> None:
    with closing(sqlite3.connect(old / INDEX)) as database:
        database.execute("CREATE TABLE theirs (x)")
        database.commit()
    result = run("rebuild", "--extract", "--archive", old)
    assert (result.exit_code, "nothing would be kept" in result.stderr) == (exits.STORE, True)
    assert run("rebuild", "--extract", "--dry-run", "--archive", old).exit_code == 0

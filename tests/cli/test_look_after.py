"""rebuild, verify and delete, as a person runs them."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run, sample
from tests.conftest import Aws
from tests.factories import fill

from pressmark.cli import exits
from pressmark.settings import INDEX_TERMS

PAGE = "https://example.com/news/1"


@pytest.fixture
def archive(aws: Aws, deployed: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """The sample captures in a stack of this test's own: these commands change it."""
    fill(aws, *sample())
    aws.lead_here(monkeypatch)
    return aws


def by_key(aws: Aws) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["site"], row["capture"]): row for row in aws.rows()}


def empty(aws: Aws) -> None:
    for site, capture in by_key(aws):
        aws.client("dynamodb").delete_item(
            TableName=aws.table, Key={"site": {"S": site}, "capture": {"S": capture}}
        )


def damage(aws: Aws) -> str:
    key, data = min(aws.objects().items())
    aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=data[: len(data) // 2])
    return key


@pytest.mark.slow
def test_a_lost_table_is_rebuilt(run: Run, archive: Aws) -> None:
    before = by_key(archive)
    empty(archive)
    dry = run("rebuild", "--dry-run", "--json")
    assert json.loads(dry.stdout)["rebuilt"]["missing"] == len(before)
    assert by_key(archive) == {}
    assert run("rebuild").exit_code == 0
    assert by_key(archive) == before
    again = run("rebuild", "--dry-run")
    assert "0 missing, 0 different" in again.stdout


@pytest.mark.slow
def test_a_rebuild_goes_on_where_it_was_broken_off(run: Run, archive: Aws, tmp_path: Path) -> None:
    first, last = sorted(archive.objects())
    state = tmp_path / "state"
    job = _job(archive)
    state.write_text(json.dumps({"pressmark_rebuild": job | {"dry_run": True}, "after": first}))
    result = run("rebuild", "--resume", state, "--dry-run")
    assert result.stdout.startswith("1 file, 4 captures, "), result.stdout
    state.write_text(json.dumps({"pressmark_rebuild": job, "after": first}))
    result = run("rebuild", "--resume", state, "--json")
    assert json.loads(result.stdout)["rebuilt"]["files"] == 1
    assert not state.exists(), "it is done"
    assert last


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        b"nonsense",
        b'{"after": "warcs/9"}',
        b'{"after": "warcs/9", "pressmark_rebuild": 1}',
        b'{"after": 9, "pressmark_rebuild": {}}',
        b"[" * 100_000,
        b"\xff",
        b"",
        b"[1]",
    ],
    ids=lambda said: said[:20],
)
def test_a_rebuild_leaves_a_file_alone_that_no_rebuild_left(
    run: Run, archive: Aws, tmp_path: Path, said: bytes
) -> None:
    state = tmp_path / "state"
    state.write_bytes(said)
    result = run("rebuild", "--resume", state)
    assert (result.exit_code, len(result.stderr.splitlines())) == (exits.USAGE, 1), result.stderr
    assert f"{state} was not written by a rebuild" in result.stderr
    assert state.read_bytes() == said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"table": "another"}, "table 'another'"),
        ({"dry_run": True}, "dry_run True"),
        ({"extract": True}, "extract True"),
        ({"index_terms": []}, "index_terms []"),
    ],
)
def test_a_rebuild_does_not_go_on_where_another_one_stopped(
    run: Run, archive: Aws, tmp_path: Path, other: dict[str, Any], named: str
) -> None:
    state = tmp_path / "state"
    text = json.dumps({"pressmark_rebuild": _job(archive) | other, "after": "warcs/9"})
    state.write_text(text)
    result = run("rebuild", "--resume", state)
    assert (result.exit_code, named in result.stderr) == (exits.USAGE, True), result.stderr
    assert state.read_text() == text


def _job(archive: Aws) -> dict[str, Any]:
    terms = sorted(INDEX_TERMS)
    return {"table": archive.table, "index_terms": terms, "since": "", "dry_run": False, "extract": False}


@pytest.mark.slow
def test_a_rebuild_notes_how_far_it_got(run: Run, archive: Aws, tmp_path: Path, monkeypatch: Any) -> None:
    from pressmark.archive.table import Table
    from pressmark.errors import ArchiveError

    first, last = sorted(archive.objects())
    put = Table.put

    def broken(self: Table, items: Any, **options: Any) -> None:
        items = list(items)
        if any(item.get("warc") == last for item in items):
            raise ArchiveError("no")
        put(self, items, **options)

    monkeypatch.setattr(Table, "put", broken)
    state = tmp_path / "state"
    assert run("rebuild", "--resume", state, "--workers", 1).exit_code == exits.STORE
    assert json.loads(state.read_text()) == {"pressmark_rebuild": _job(archive), "after": first}


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_reading_anew_says_that_nothing_changed_where_the_extractor_did_not(
    run: Run, archive: Aws, workers: int
) -> None:
    before = by_key(archive)
    result = run("rebuild", "--extract", "--dry-run", "--workers", workers, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout.splitlines()[-1])["rebuilt"]
    assert told["captures"] == 8
    assert (told["missing"], told["different"], told["marked"]) == (0, 0, 5), "articles that were read anew"
    assert by_key(archive) == before


@pytest.mark.slow
def test_a_row_that_would_be_read_differently_is_told_apart_from_one_that_would_only_be_marked(
    run: Run, archive: Aws
) -> None:
    (row,) = [row for row in archive.rows() if "day" in row and row.get("title") == "The ferry is very late"]
    archive.client("dynamodb").update_item(
        TableName=archive.table,
        Key={"site": {"S": row["site"]}, "capture": {"S": row["capture"]}},
        UpdateExpression="SET title = :title, extracted_by = :by",
        ExpressionAttributeValues={":title": {"S": "Another"}, ":by": {"S": "Pressmark/0.0.1"}},
    )
    dry = run("rebuild", "--extract", "--dry-run", "--workers", 1).stdout
    assert "0 missing, 1 different, 4 rows of which only extracted_by would change\n" in dry
    assert run("rebuild", "--extract", "--workers", 1).exit_code == 0
    done = run("rebuild", "--extract", "--dry-run", "--workers", 1).stdout
    assert "0 missing, 0 different, 0 rows of which only extracted_by would change\n" in done


@pytest.mark.slow
def test_damage_ends_a_rebuild_with_its_own_code(run: Run, archive: Aws) -> None:
    key = damage(archive)
    result = run("rebuild")
    assert result.exit_code == exits.DAMAGE
    assert key in result.stderr


@pytest.mark.slow
def test_a_whole_archive_verifies(run: Run, archive: Aws, folder: Path) -> None:
    for arguments in ((), ("--since", "2026-11-01"), ("--sample", 2), (PAGE,)):
        result = run("verify", *arguments, "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["verified"]["problems"] == {}
    result = run("verify", "--archive", folder)
    assert result.exit_code == 0, result.output
    assert re.match(r"2 files, \d+ records, 9 rows, [\d,]+ bytes read: no problems found\n", result.stderr)


@pytest.mark.parametrize("flat", [False, True], ids=["by day", "flat"])
def test_a_sample_has_as_many_rows_as_were_asked_for(
    run: Run, folder: Path, tmp_path: Path, flat: bool
) -> None:
    where = folder
    if flat:  # another tool's folder: nothing says of which day a file is
        where = tmp_path / "flat"
        where.mkdir()
        for path in folder.rglob("*.warc.gz"):
            shutil.copy(path, where)
    there = 9 if flat else 6  # three captures of the first file are of later days than it is filed under
    for count, files, rows in ((1, 1, 1), (4, 2, 4), (100, 2, there)):
        result = run("verify", "--sample", count, "--json", "--archive", where)
        assert result.exit_code == 0, result.output
        done = json.loads(result.stdout)["verified"]
        assert (done["files"], done["rows"]) == (files, rows)


@pytest.mark.slow
def test_a_folder_with_a_takedown_verifies(run: Run, archive: Aws, folder: Path) -> None:
    assert run("delete", PAGE, "--at", "2026-11-19", "--reason", "court order", "--yes").exit_code == 0
    stones = [key for key in archive.objects() if key.startswith("tombstones/")]
    assert stones
    for key in stones:
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive.objects()[key])
    result = run("verify", "--archive", folder)
    assert result.exit_code == 0, result.output


def test_a_capture_without_an_answer_verifies_by_its_url(run: Run, archive: Aws, folder: Path) -> None:
    """What stands in the file for it is a metadata record, under an address of its own."""
    for where in ([], ["--archive", folder]):
        result = run("verify", "https://example.net/", "--json", *where)
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["verified"]["rows"] == 1


@pytest.mark.slow
def test_damage_is_told_and_ends_with_its_own_code(run: Run, archive: Aws) -> None:
    key = damage(archive)
    result = run("verify", "--json")
    assert result.exit_code == exits.DAMAGE
    *problems, last = map(json.loads, result.stdout.splitlines())
    assert {"damaged-file", "no-bytes"} <= {problem["kind"] for problem in problems}
    assert key in {problem.get("warc") for problem in problems}
    assert sum(last["verified"]["problems"].values()) == len(problems)


@pytest.mark.slow
def test_a_missing_row_is_told_and_a_rebuild_mends_it(run: Run, archive: Aws) -> None:
    before = by_key(archive)
    empty(archive)
    result = run("verify")
    assert result.exit_code == exits.DAMAGE
    assert "no-row" in result.stdout
    run("rebuild")
    assert by_key(archive) == before
    assert run("verify").exit_code == 0


@pytest.mark.slow
def test_a_capture_is_taken_down_and_stays_down(run: Run, archive: Aws) -> None:
    arguments = ("delete", PAGE, "--at", "2026-11-19", "--reason", "court order 12/26")
    before = by_key(archive)
    dry = run(*arguments, "--dry-run")
    assert by_key(archive) == before
    assert "which also holds 3 other captures" in dry.stderr
    assert "\n1 row and 4 look-up items to be deleted\n" in "\n" + dry.stderr
    assert run(*arguments, stdin="n\n").exit_code == 1
    assert by_key(archive) == before
    assert run(*arguments, "--yes").exit_code == 0
    (gone,) = [row for row in by_key(archive).values() if "deleted" in row]
    assert (gone["url"], gone["reason"]) == (PAGE, "court order 12/26")
    after = by_key(archive)
    assert run("rebuild").exit_code == 0
    assert by_key(archive) == after
    assert run("verify").exit_code == 0
    assert run(*arguments, "--yes").exit_code == exits.NOTHING
    assert run("get", PAGE, "--at", "2026-11-19").exit_code == 0, "the other capture is still there"


def test_a_takedown_needs_a_reason(run: Run, archive: Aws) -> None:
    assert run("delete", PAGE, "--at", "2026-11-19", "--reason", " ").exit_code == exits.USAGE


@pytest.mark.slow
def test_what_a_folder_refuses_is_in_the_docs(run: Run, folder: Path) -> None:
    refused = {
        name
        for name, arguments in {
            "rebuild": [],
            "redrive": ["--all"],
            "delete": [PAGE, "--at", "2026-11-19", "--reason", "x"],
            "watch": [],
            "verify": [],
            "failures": [],
            "stats": [],
        }.items()
        if run(name, *arguments, "--archive", folder).exit_code == exits.USAGE
    }
    section = (Path(__file__).parents[2] / "docs" / "cli.md").read_text().partition("## Which archive")[2]
    said = re.findall(r"`(\w+)` is refused", section.partition("\n## ")[0])
    assert refused == set(said)

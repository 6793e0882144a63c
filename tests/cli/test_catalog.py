"""``pressmark catalog``, and the open table under ``delete``, ``verify`` and ``rebuild``, in a folder and a stack."""

import io
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.cli.conftest import Run, sample
from tests.conftest import Aws
from tests.factories import fill
from tests.odd.records import members, warc

from pressmark.catalog.naming import MARK

PAGE = "https://example.com/news/1"

Seen = Callable[[], Any]


@pytest.fixture(params=["folder", "stack"])
def archive(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Makes the commands work on the archive; returns what Polars sees of its open table."""
    import polars  # late: every process of a test run imports this file, and one runs it

    if request.param == "folder":
        folder: Path = request.getfixturevalue("folder")
        monkeypatch.setenv("PRESSMARK_ARCHIVE", str(folder))
        return lambda: polars.read_parquet(folder / "catalog/captures/*/*.parquet")
    aws: Aws = request.getfixturevalue("aws")
    fill(aws, *sample())
    aws.lead_here(monkeypatch)

    def seen() -> polars.DataFrame:
        files = [data for key, data in sorted(aws.objects().items()) if key.endswith(".parquet")]
        return polars.concat(polars.read_parquet(io.BytesIO(data)) for data in files)

    return seen


@pytest.mark.slow
def test_an_update_writes_every_capture_and_verify_finds_nothing_wrong(run: Run, archive: Seen) -> None:
    assert json.loads(run("catalog", "status", "--json").stdout)["catalog"]["files"] == 0
    result = run("catalog", "update")
    assert result.exit_code == 0, result.output
    assert len(archive()) == 9
    assert "all up to date" in run("catalog", "status").stdout
    again = run("catalog", "update", "--json")
    assert json.loads(again.stdout)["catalog"]["written"] == 0
    verified = run("verify")
    assert verified.exit_code == 0, verified.output
    assert "open table:" in verified.stderr


@pytest.mark.slow
def test_a_takedown_leaves_the_open_table_at_once_and_for_good(run: Run, archive: Seen) -> None:
    run("catalog", "update")
    before = archive()["url"].to_list().count(PAGE)
    result = run("delete", PAGE, "--at", "2026-11-23T12:00:00Z", "--reason", "court order", "--yes")
    assert result.exit_code == 0, result.output
    assert "removed from 1 file of the open table" in result.stderr
    assert archive()["url"].to_list().count(PAGE) == before - 1
    assert "all up to date" in run("catalog", "status").stdout, "the next run need not write it again"
    run("catalog", "update", "--again")
    assert archive()["url"].to_list().count(PAGE) == before - 1
    assert run("verify").exit_code == 0


@pytest.mark.slow
def test_a_rebuild_writes_the_open_table_again_if_that_is_asked(run: Run, archive: Seen) -> None:
    run("catalog", "update")
    result = run("rebuild", "--catalog")
    assert result.exit_code == 0, result.output
    assert "open table: 9 rows" in result.stderr
    assert run("rebuild", "--catalog", "--dry-run").exit_code == 2


@pytest.mark.slow
def test_verify_finds_a_wrong_file_of_the_open_table(run: Run, folder: Path) -> None:
    run("--archive", folder, "catalog", "update")
    file = min(folder.glob("catalog/captures/*/*.parquet"))
    file.with_name("2020-01-01-0000.parquet").write_bytes(file.read_bytes())
    file.write_bytes(b"PAR1 no more")
    result = run("--archive", folder, "verify", "--json")
    kinds = [json.loads(line).get("kind") for line in result.stdout.splitlines()]
    assert kinds.count("damaged-catalog-file") == 2
    assert result.exit_code == 5
    run("--archive", folder, "catalog", "update")
    assert run("--archive", folder, "verify").exit_code == 0


@pytest.mark.slow
def test_what_is_imported_is_looked_for_by_the_next_run_and_said_to_be_missing_until_then(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(aws, *sample())
    aws.lead_here(monkeypatch)
    monkeypatch.setenv("PRESSMARK_INDEX_TERMS", "author")
    assert run("catalog", "update").exit_code == 0
    aws.client("s3").put_object(Bucket=aws.bucket, Key=MARK, Body=b"{}")
    assert "imported WARC file" not in run("list", "--tag", "ferries").stderr
    (tmp_path / "old.warc.gz").write_bytes(members(warc(date="2026-11-02")))
    assert run("import", tmp_path / "old.warc.gz").exit_code == 0
    assert MARK not in aws.objects()
    assert "1 imported WARC file is not in the open table yet" in run("list", "--tag", "ferries").stderr
    assert run("catalog", "update").exit_code == 0
    assert "imported WARC file" not in run("list", "--tag", "ferries").stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "mark", [b'{"before": "2026-11-27", "schema": 1, "minutes": 10}', b'{"minutes": 7}', b"[]"]
)
def test_a_stack_that_only_variables_lead_to_keeps_the_minutes_of_its_function(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch, mark: bytes
) -> None:
    fill(aws, *sample())
    aws.lead_here(monkeypatch)  # as docs/cli.md has it for programs that may not read CloudFormation
    monkeypatch.setenv("CATALOG_MINUTES", "10")
    run("catalog", "update")
    aws.client("s3").put_object(Bucket=aws.bucket, Key=MARK, Body=mark)
    monkeypatch.delenv("CATALOG_MINUTES")
    written = json.loads(run("catalog", "update", "--json").stdout)["catalog"]["written"]
    assert (written == 0) == (b"10" in mark)


@pytest.mark.slow
def test_an_update_takes_out_files_of_one_group_each_which_other_programs_would_read_as_well(
    run: Run, folder: Path
) -> None:
    run("--archive", folder, "catalog", "update")
    today = min((folder / "catalog/captures").rglob("*.parquet"))
    old = [today.with_name("20261123T1200-60m.parquet"), today.with_name(f"w-{'0' * 20}.parquet")]
    strangers = today.with_name("mine.parquet")
    for each in (*old, strangers):
        each.write_bytes(today.read_bytes())
    assert run("--archive", folder, "catalog", "update").exit_code == 0
    assert set(today.parent.glob("*.parquet")) == {today, strangers}


DOCS = Path(__file__).parents[2] / "docs"


def commands() -> list[str]:
    """What docs and help say to type."""
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    found = re.findall(r"^    (pressmark (?:query|catalog) .*)$", text, re.MULTILINE)
    assert len(found) > 4
    return found


@pytest.mark.slow
def test_the_commands_in_the_docs_work_on_a_folder_and_a_stack(run: Run, archive: Seen) -> None:
    assert run("catalog", "update").exit_code == 0
    for line in commands():
        done = run(*shlex.split(line)[1:])
        assert done.exit_code == 0 or "found no rows" in done.stderr, f"{line}\n{done.output}"


@pytest.mark.slow
def test_what_the_docs_say_to_other_programs_works(run: Run, folder: Path) -> None:
    """DuckDB and Polars are asked as docs/catalog.md has it; Spark and Athena need machines of their own."""
    import polars  # late: every process of a test run imports this file, and one runs it

    run("--archive", folder, "catalog", "update")
    text = (DOCS / "catalog.md").read_text(encoding="utf-8")
    sql = re.search(r"^    (SELECT url, title FROM read_parquet.*)$", text, re.MULTILINE)
    scan = re.search(r'^    polars\.scan_parquet\("s3://BUCKET/([^"]*)", (\w+)=True\)$', text, re.MULTILINE)
    assert sql
    assert scan
    asked = sql[1].replace("'archive/", f"'{folder}/").replace("%bridge%", "%ferry%")
    assert len(duckdb.sql(asked).fetchall()) > 2
    assert scan[2] == "hive_partitioning"
    assert polars.scan_parquet(f"{folder}/{scan[1]}", hive_partitioning=True).collect().height == 9


@pytest.mark.slow
def test_what_a_damaged_file_has_lost_stays_in_the_open_table_and_every_command_says_what_to_do(
    run: Run, folder: Path
) -> None:
    run("--archive", folder, "catalog", "update")
    files = {path: path.read_bytes() for path in folder.glob("catalog/captures/*/*.parquet")}
    warc = max(folder.rglob("*.warc.gz"), key=lambda path: path.stat().st_size)
    whole = warc.read_bytes()
    warc.write_bytes(whole[: len(whole) // 2])
    key = warc.relative_to(folder).as_posix()
    said = f"these WARC files have lost: {key}; put whole copies of them back, then pressmark verify"
    for command in (["catalog", "update"], ["catalog", "update", "--again"], ["rebuild", "--catalog"]):
        result = run("--archive", folder, *command)
        assert (result.exit_code, said in result.stderr) == (5, True), command
    kept = json.loads(run("--archive", folder, "catalog", "update", "--json").stdout)["catalog"]["kept"]
    assert kept == 1
    assert {path: path.stat().st_size for path in files} == {path: len(data) for path, data in files.items()}
    verified = run("--archive", folder, "verify").stderr
    assert "1 group not up to date: when whole copies are back, pressmark catalog update" in verified
    assert "put a whole copy of each damaged or missing WARC file back, then pressmark verify" in verified
    warc.write_bytes(whole)
    assert run("--archive", folder, "catalog", "update").exit_code == 0
    assert "put a whole copy" not in run("--archive", folder, "verify").stderr

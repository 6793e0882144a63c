"""``pressmark compact``: what it says, and that every command answers afterwards as it did before."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import NOW, Run, sample
from tests.conftest import Aws
from tests.factories import NOON, fill
from tests.upkeep.small_files import FILES, page, small_files

from pressmark.cli import exits
from pressmark.errors import ArchiveError

PAGE = "https://example.com/news/1"

OLD = NOON - timedelta(days=32)

RECENT = NOON - timedelta(days=3)
"""No command has many empty days to ask for."""


@pytest.fixture
def aws(known_aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    known_aws.lead_here(monkeypatch)
    return known_aws


def warcs(aws: Aws) -> list[str]:
    return sorted(key for key in aws.objects() if key.startswith("warcs/"))


@pytest.mark.slow
def test_a_dry_run_says_what_would_be_done_and_the_next_run_does_it(run: Run, aws: Aws) -> None:
    small_files(aws, at=OLD)
    before = warcs(aws)
    would = run("compact", "--dry-run")
    assert would.stdout.startswith(f"{FILES} small files (")
    assert "would become 1, which S3 can move to a cheaper storage class" in would.stdout
    assert warcs(aws) == before
    assert f"{FILES} small files (" in (did := run("compact")).stdout
    assert "became 1" in did.stdout
    assert len(warcs(aws)) == 1
    assert run("compact").stdout == "nothing to compact\n"


@pytest.mark.slow
def test_the_result_as_json_says_what_was_left_and_why(run: Run, aws: Aws) -> None:
    small_files(aws, at=OLD)
    fill(aws, [page(77, at=OLD - timedelta(days=3))])
    said = json.loads(run("compact", "--json").stdout)["compact"]
    assert (said["files"], said["into"], said["deleted"], said["dry_run"]) == (FILES, 1, FILES, False)
    assert said["left"] == {"too few": 1}
    assert "left as they are: 1 files of days" in run("compact").stdout


@pytest.mark.slow
def test_files_younger_than_asked_for_stay(run: Run, aws: Aws) -> None:
    small_files(aws, at=OLD)
    days = (NOW.date() - OLD.date()).days
    assert run("compact", "--older-than", days + 1).stdout == "nothing to compact\n"
    assert "became 1" in run("compact", "--older-than", days).stdout
    assert run("compact", "--older-than", 1).exit_code == exits.USAGE


def test_a_folder_is_refused_with_the_reason(run: Run, folder: Path) -> None:
    result = run("--archive", folder, "compact")
    assert result.exit_code == exits.USAGE
    assert "only a stack's bucket can be compacted" in result.stderr
    assert "a disk has no storage classes" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("kept", [None, 7])
def test_it_says_how_long_the_bucket_keeps_what_was_deleted(run: Run, aws: Aws, kept: int | None) -> None:
    small_files(aws, at=OLD)
    s3 = aws.client("s3")
    rules: list[dict[str, Any]] = [
        {"ID": "other", "Status": "Enabled", "Filter": {"Prefix": "catalog/"},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
        {"ID": "off", "Status": "Disabled", "Filter": {"Prefix": "warcs/"},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 2}},
    ]  # fmt: skip
    if kept:
        rules.append(
            {"ID": "compacted-versions", "Status": "Enabled",
             "Filter": {"And": {"Prefix": "warcs/", "ObjectSizeLessThan": 131072}},
             "NoncurrentVersionExpiration": {"NoncurrentDays": kept}}
        )  # fmt: skip
    s3.put_bucket_lifecycle_configuration(Bucket=aws.bucket, LifecycleConfiguration={"Rules": rules})
    said = run("compact").stderr
    assert ("expire after 7 days" in said) == bool(kept)
    assert ("until a lifecycle rule lets them expire" in said) != bool(kept)


@pytest.mark.slow
def test_who_may_not_ask_how_long_versions_stay_is_told_that_the_rest_is_done(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise ArchiveError("GetBucketLifecycleConfiguration s3://archive: AccessDenied")

    monkeypatch.setattr("pressmark.upkeep.versions.days_kept", refused)
    small_files(aws, at=OLD)
    result = run("compact")
    assert result.exit_code == 0
    assert "how long the bucket keeps the deleted files as older versions is not known: Get" in result.stderr


@pytest.mark.slow
def test_a_compacted_file_is_imported_by_itself_as_a_file_of_captures(
    run: Run, aws: Aws, tmp_path: Path
) -> None:
    small_files(aws, at=OLD)
    run("compact")
    (large,) = warcs(aws)
    alone = tmp_path / large.rpartition("/")[2]
    alone.write_bytes(aws.objects()[large])
    into = tmp_path / "into"
    done = run("import", alone, "--archive", into)
    assert f"{FILES} captures of 1 file imported" in done.stderr
    (file,) = into.rglob("*.warc.gz")
    assert file.parent == into / large.rpartition("/")[0]
    assert file.name.startswith("imported-")
    listed = run("list", "--limit", "0", "--json", "--archive", into).stdout.splitlines()
    assert {json.loads(line)["warc"] for line in listed} == {file.relative_to(into).as_posix()}
    assert run("verify", "--archive", into).exit_code == 0
    assert (
        f"{FILES} captures of 1 file already in the archive" in run("import", alone, "--archive", into).stderr
    )


READERS = {
    "list": ["list", "--limit", "0", "--json"],
    "list of a page": ["list", PAGE, "--json"],
    "show": ["show", PAGE],
    "get": ["get", PAGE],
    "get --text": ["get", PAGE, "--text"],
    "get --warc": ["get", PAGE, "--warc"],
    "diff": ["diff", PAGE],
    "stats": ["stats", "--json"],
    "search": ["search", "ferry", "--index", "words.duckdb", "--json"],
    "verify": ["verify", "--json"],
    "rebuild": ["rebuild", "--dry-run", "--json"],
    "export cdxj": ["export", "--format", "cdxj"],
    "export cdx": ["export", "--format", "cdx"],
    "export jsonl": ["export", "--format", "jsonl"],
    "export timemap": ["export", PAGE, "--format", "timemap"],
    "export warc": ["export", "--format", "warc", "-o", "x.warc.gz"],
    "export wacz": ["export", "--format", "wacz", "-o", "x.wacz"],
    "export csv": ["export", "--format", "csv"],
    "catalog update": ["catalog", "update", "--json"],
    "catalog status": ["catalog", "status", "--json"],
    "query": ["query", "SELECT url, warc, text FROM captures ORDER BY url, captured"],
    "delete": ["delete", PAGE, "--at", f"{RECENT:%Y-%m-%d}", "--reason", "asked to", "--dry-run"],
}


@pytest.mark.slow
def test_every_command_that_reads_answers_as_it_did_before(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small_files(aws, at=RECENT)
    fill(aws, *sample())
    run("catalog", "update")

    def answers() -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, line in READERS.items():
            result = run(*line)
            assert result.exit_code in (0, exits.NOTHING), (name, result.output)
            found[name] = result.stdout_bytes
            if "-o" in line:
                written = Path(line[-1])
                found[name] = written.read_bytes() if name == "export warc" else written.stat().st_size
                written.unlink()
            (tmp_path / "words.duckdb").unlink(missing_ok=True)
        return found

    before = answers()
    assert run("compact", "--older-than", 2).exit_code == 0
    assert any("0.compacted-" in key for key in warcs(aws))
    after = answers()
    assert {name for name in READERS if before[name] != after[name]} == set()


@pytest.mark.slow
def test_a_takedown_says_where_the_bytes_are_now(run: Run, aws: Aws) -> None:
    row = small_files(aws, at=OLD).rows[1]
    data = aws.objects()[row["warc"]]
    run("compact")
    (large,) = warcs(aws)
    result = run("delete", row["url"], "--at", row["captured"][:10], "--reason", "asked to", "--dry-run")
    assert f"its bytes stay in s3://{aws.bucket}/{large} (bytes " in result.stderr
    first, last = map(int, result.stderr.partition("(bytes ")[2].partition(")")[0].split(" to "))
    end = row["meta_offset"] + row["meta_length"]
    assert aws.objects()[large][first : last + 1] == data[row["offset"] : end]
    assert f"its file {row['warc']} was compacted" in result.stderr
    assert "which also holds other captures;" in result.stderr

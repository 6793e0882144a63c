"""export, as a user runs it."""

import csv
import json
import os
import zipfile
from pathlib import Path

import duckdb
import pytest
from tests.cli.conftest import LATER_TEXT, Run
from tests.cli.test_lookup import terminal
from tests.conftest import Aws

ROOT = Path(__file__).parents[2]

PAGE = "https://example.com/news/1"


@pytest.mark.slow
def test_the_file_name_says_the_format(run: Run, folder: Path, tmp_path: Path) -> None:
    for name, begins in {
        "a.cdxj": b"com,example)/ 2026",
        "a.cdx": b" CDX N b a",
        "a.csv": b"url,captured,",
        "a.jsonl": b"{",
        "a.warc.gz": b"\x1f\x8b",
        "a.wacz": b"PK",
        "a.parquet": b"PAR1",
    }.items():
        result = run("export", "--archive", folder, "-o", tmp_path / name)
        assert (result.exit_code, result.stderr) == (0, "9 captures exported\n"), name
        assert (tmp_path / name).read_bytes().startswith(begins)
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("name", "begins"),
    [("a.warc", b"\x1f\x8b"), ("a.ndjson", b'{"'), ("a.link", b"<https://example.com/news/1>; rel=")],
)
def test_an_ending_that_means_the_same_is_known_too(
    run: Run, folder: Path, tmp_path: Path, name: str, begins: bytes
) -> None:
    result = run("export", PAGE, "--archive", folder, "-o", tmp_path / name)
    assert (result.exit_code, result.stderr) == (0, "2 captures exported\n")
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["warc", "wacz"])
def test_what_is_no_text_goes_into_a_pipe_and_not_to_a_terminal(run: Run, folder: Path, form: str) -> None:
    arguments = ["export", PAGE, "--format", form, "--archive", str(folder)]
    assert run(*arguments).stdout_bytes.startswith((b"\x1f\x8b", b"PK"))
    seen = terminal(*arguments)
    assert f"{form} is binary: use -o FILE or pipe it" in " ".join(seen.split())


def test_the_endings_and_what_needs_a_file_are_documented(run: Run, folder: Path) -> None:
    section = (ROOT / "docs" / "cli.md").read_text().partition("## pressmark export")[2].partition("\n## ")[0]
    for ending in (
        ".cdxj",
        ".cdx",
        ".warc.gz",
        ".warc",
        ".wacz",
        ".csv",
        ".jsonl",
        ".ndjson",
        ".parquet",
        ".link",
    ):
        assert f"`{ending}`" in section
    assert "Parquet needs a FILE" in section
    refused = run("export", "--format", "parquet", "--archive", folder)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "-o FILE" in refused.stderr


@pytest.mark.slow
def test_table_and_folder_export_the_same(run: Run, deployed: Aws, folder: Path) -> None:
    period = ["--from", "2026-10", "--to", "2026-11-24"]
    for form in ("cdxj", "cdx", "csv"):
        of_table = run("export", "--format", form, *period).stdout
        of_folder = run("export", "--format", form, *period, "--archive", folder).stdout
        assert of_table.replace(f",{deployed.bucket},", ",folder,") == of_folder
    for form in ("warc", "wacz"):
        of_table_bytes = run("export", "--format", form, *period).stdout_bytes
        assert of_table_bytes == run("export", "--format", form, *period, "--archive", folder).stdout_bytes


def test_a_selection_is_exported_with_its_title(run: Run, folder: Path, tmp_path: Path) -> None:
    result = run(
        "export", "--label", "election", "-o", tmp_path / "a.wacz", "--title", "Election", "--archive", folder
    )
    assert result.stderr == "1 capture exported\n"
    with zipfile.ZipFile(tmp_path / "a.wacz") as bundle:
        assert json.loads(bundle.read("datapackage.json"))["title"] == "Election"


@pytest.mark.parametrize("ending", ["warc.gz", "wacz"])
def test_damage_costs_the_capture_it_hits_and_is_said(
    run: Run, folder: Path, tmp_path: Path, ending: str
) -> None:
    """Also where it came after the folder was read, so that nothing has noticed it yet."""
    (row,) = map(json.loads, run("list", "https://example.org/", "--archive", folder).stdout.splitlines())
    file = folder / row["warc"]
    before = file.stat()
    data = bytearray(file.read_bytes())
    data[row["offset"] + row["length"] // 2] ^= 0xFF
    file.write_bytes(data)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    whole = run("list", "--format", "urls", "--archive", folder).stdout.split()

    result = run("export", "-o", tmp_path / f"a.{ending}", "--archive", folder)

    assert result.exit_code == 5
    assert f"left out: {row['warc']}: offset {row['offset']}: damaged gzip member" in result.stderr
    assert f"\n{len(whole) - 1} captures exported\n" in result.stderr
    (tmp_path / "again").mkdir()
    made = tmp_path / "again" / "a.warc.gz"
    if ending == "wacz":
        with zipfile.ZipFile(tmp_path / "a.wacz") as bundle:
            made.write_bytes(bundle.read("archive/data.warc.gz"))
    else:
        (tmp_path / "a.warc.gz").rename(made)
    again = run("list", "--format", "urls", "--archive", made.parent)
    assert (sorted(again.stdout.split()), again.stderr) == (
        sorted(url for url in whole if url != row["url"]),
        "",
    )


def test_nothing_to_export_leaves_no_file(run: Run, folder: Path, tmp_path: Path) -> None:
    result = run("export", "--label", "nothing", "-o", tmp_path / "a.wacz", "--archive", folder)
    assert result.exit_code == 1
    assert not (tmp_path / "a.wacz").exists()


def test_a_failure_leaves_what_was_there(run: Run, folder: Path, tmp_path: Path) -> None:
    there = tmp_path / "a.warc.gz"
    there.write_bytes(b"an earlier export")
    for path in folder.rglob("*.warc.gz"):
        run("list", "--archive", folder)  # the index knows it, then it is cut
        data = path.read_bytes()
        stat = path.stat()
        path.write_bytes(data[:600] + bytes(len(data) - 600))
        import os

        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    result = run("export", "https://example.com/old", "-o", there, "--archive", folder)
    assert result.exit_code == 5
    assert there.read_bytes() == b"an earlier export"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "parquet"],
        ["-o", "what.txt"],
        ["--format", "timemap"],
        ["--format", "timemap", "--site", "example.com"],
        [],
    ],
)
def test_what_cannot_be_written_is_a_usage_error(run: Run, folder: Path, arguments: list[str]) -> None:
    assert run("export", *arguments, "--archive", folder).exit_code == 2


def test_a_timemap_is_oldest_first(run: Run, folder: Path) -> None:
    text = run(
        "export", PAGE, "--format", "timemap", "--base", "https://archive.example/w/", "--archive", folder
    ).stdout
    assert text.index("/20261119120000/") < text.index("/20261123120000/")
    assert "<https://archive.example/w/20261119120000/https://example.com/news/1>" in text


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_the_texts_of_articles_come_along(run: Run, folder: Path, form: str) -> None:
    result = run(
        "export", "--with-text", "-o", f"out.{form}", "--archive", folder, "https://example.com/news/1"
    )
    assert result.exit_code == 0, result.output
    if form == "jsonl":
        texts = [json.loads(line)["text"] for line in Path("out.jsonl").read_text().splitlines()]
    elif form == "csv":
        with Path("out.csv").open(newline="") as file:
            texts = [row["text"] for row in csv.DictReader(file)]
    else:
        texts = [text for (text,) in duckdb.sql("SELECT text FROM 'out.parquet'").fetchall()]
    assert LATER_TEXT in texts
    assert len(texts) == 2
    assert all(texts)


def test_a_row_whose_text_is_damaged_stands_without_it_and_that_is_said(run: Run, folder: Path) -> None:
    row = json.loads(run("list", "https://example.com/news/1", "--archive", folder).stdout.splitlines()[0])
    file = folder / row["warc"]
    data, times = bytearray(file.read_bytes()), (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    data[row["meta_offset"] + 30] ^= 0xFF
    file.write_bytes(data)
    os.utime(file, ns=times)  # damage that no index has seen
    result = run(
        "export", "--with-text", "--format", "jsonl", "--archive", folder, "https://example.com/news/1"
    )
    assert result.exit_code == 5
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr.startswith("without its text: ")


def test_texts_are_for_rows_alone(run: Run, folder: Path) -> None:
    result = run("export", "--with-text", "--format", "warc", "-o", "x.warc.gz", "--archive", folder)
    assert result.exit_code == 2
    assert "csv, jsonl, parquet" in result.stderr

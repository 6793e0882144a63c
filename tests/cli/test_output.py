"""Where output goes, and what can be wrong with that: full disks, other encodings, folders that are not there."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli import forks
from tests.cli.conftest import LATER, Run
from tests.cli.test_lookup import terminal
from tests.factories import NOON, article_html, fill_folder, make_capture

from pressmark.cli.console import Column, print_items
from pressmark.text import listed

PAGE = "https://example.com/news/1"

LATIN = {"PYTHONIOENCODING": "iso-8859-1"}
"""A locale without UTF-8, as Python sees it."""


def pressmark(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "pressmark.cli", *map(str, arguments)],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
        timeout=120,
    )


@pytest.fixture
def umlauts(tmp_path: Path) -> Path:
    path = tmp_path / "umlauts"
    fill_folder(path, [make_capture(PAGE, html=article_html("Fähre – „sinkt“ 🚢 " + "sehr " * 30))])
    return path


@pytest.mark.slow
def test_a_pipe_gets_utf_8_whatever_the_locale(umlauts: Path) -> None:
    for arguments in (["list"], ["list", "--format", "csv"], ["show", PAGE], ["search", "harbour"]):
        done = pressmark(*arguments, "--archive", umlauts, **LATIN)
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
        assert "Fähre – „sinkt“ 🚢" in done.stdout.decode("utf-8")
    assert json.loads(pressmark("list", "--archive", umlauts, **LATIN).stdout)["title"].startswith("Fähre")


@pytest.mark.slow
def test_a_terminal_that_lacks_a_character_shows_another(umlauts: Path) -> None:
    for arguments in (["list"], ["show", PAGE], ["search", "harbour"], ["get", PAGE, "--text"]):
        seen = terminal(*arguments, "--archive", str(umlauts), fresh=True, **LATIN)
        assert "Traceback" not in seen
        assert "hre ? ?sinkt? ?" in seen or arguments[0] == "get"


def test_csv_and_tsv_have_values_for_programs(run: Run, folder: Path) -> None:
    for form, mark in (("csv", ","), ("tsv", "\t")):
        listed = run("list", PAGE, "--limit", 1, "--format", form, "--archive", folder).stdout
        (row,) = csv.DictReader(io.StringIO(listed), delimiter=mark)
        assert row["captured"] == "2026-11-23T12:00:00.000000Z"
        assert row["published"] == "2026-11-20T07:30:00Z"
        assert row["size"] == str(len(LATER.encode()))
        found = run("search", "pilot", "--format", form, "--archive", folder).stdout
        (hit,) = csv.DictReader(io.StringIO(found), delimiter=mark)
        assert hit["captured"] == row["captured"]
    of_site = ["--site", "example.com", "--published", "--limit", 1]
    (article,) = csv.DictReader(
        io.StringIO(run("list", *of_site, "--format", "csv", "--archive", folder).stdout)
    )
    assert (article["authors"], article["published"]) == ("Jane Doe", "2026-11-20T07:30:00Z")
    (failed, _) = csv.DictReader(io.StringIO(run("failures", "--format", "csv", "--archive", folder).stdout))
    assert failed["time"] == "2026-11-23T12:00:00.000000Z"


def test_lists_are_joined_the_same_way_in_every_csv(capsys: pytest.CaptureFixture[str]) -> None:
    column = Column("authors", lambda item: item["authors"], listed)
    assert print_items([{"authors": ["Jane Doe", "Ann Lee"]}], [column], "csv") == 1
    assert capsys.readouterr().out == "authors\nJane Doe; Ann Lee\n"


@pytest.mark.parametrize("arguments", [["show", PAGE], ["stats"], ["diff", PAGE], ["extract", "page.html"]])
def test_a_format_that_a_command_does_not_have_is_refused(
    run: Run, folder: Path, arguments: list[str]
) -> None:
    where = [] if arguments[0] == "extract" else ["--archive", folder]
    for form in ("csv", "tsv", "urls"):
        result = run(*arguments, "--format", form, *where)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"'{form}' is not one of 'table', 'jsonl'" in result.stderr


def test_a_summary_of_failures_has_no_urls_to_print(run: Run, folder: Path) -> None:
    result = run("failures", "--summary", "--format", "urls", "--archive", folder)
    assert result.exit_code == 2
    assert "jsonl, csv or tsv" in result.stderr


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize(
    "arguments",
    [["list"], ["get", PAGE], ["export", "--format", "csv"], ["export", "--format", "warc"]],
    ids=" ".join,
)
def test_a_full_disk_is_said_in_one_line(folder: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pressmark.cli", *arguments, "--archive", str(folder)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=120,
        )
    assert done.returncode == 4
    assert done.stderr.decode().splitlines() == ["pressmark: output: No space left on device"]


@pytest.mark.parametrize(
    "arguments",
    [["export", "--format", "csv"], ["export", "--format", "parquet"], ["get", PAGE]],
    ids=" ".join,
)
def test_a_folder_that_is_not_there_is_said_in_one_line(
    run: Run, folder: Path, arguments: list[str], tmp_path: Path
) -> None:
    output = tmp_path / "nowhere" / "file"
    result = run(*arguments, "-o", output, "--archive", folder)
    assert (result.exit_code, result.stderr) == (4, f"pressmark: {output}: No such file or directory\n")


def test_an_export_that_finds_nothing_leaves_an_earlier_file_alone(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "export.csv"
    output.write_text("of yesterday")
    result = run("export", "--author", "Nobody", "-o", output, "--archive", folder)
    assert (result.exit_code, output.read_text()) == (1, "of yesterday")
    assert sorted(each.name for each in tmp_path.iterdir() if "export" in each.name) == ["export.csv"]


@pytest.mark.slow
def test_an_export_can_go_into_a_pipe_that_has_a_name(folder: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.cdxj"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "pressmark.cli", "export", "-o", str(pipe), "--archive", str(folder)]
    )
    text = pipe.read_text()
    assert process.wait(120) == 0
    assert PAGE in text
    assert pipe.is_fifo()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["wacz", "warc.gz", "csv", "parquet"])
def test_an_interrupted_export_leaves_nothing_that_passes_for_whole(tmp_path: Path, form: str) -> None:
    archive = tmp_path / "archive"
    for number in range(3):
        at = NOON.replace(hour=number)
        fill_folder(archive, [make_capture(f"https://example.com/{number}", at=at)])
    assert forks.run(forks.MAIN, "list", "--archive", archive).returncode == 0  # indexed
    output = tmp_path / f"export.{form}"
    output.write_text("of yesterday")
    done = forks.run(STOPPED, "export", "-o", output, "--archive", archive)
    assert (done.returncode, done.stderr) == (130, "pressmark: interrupted\n")
    assert output.read_text() == "of yesterday"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("export")] == [output.name]


STOPPED = """
import signal
from pressmark.archive import folder
rows = folder.FolderReader.page
def page(self, asked, **options):
    found = rows(self, asked, **options)
    for item in found.items[:1]:
        signal.raise_signal(signal.SIGINT)
    return found
folder.FolderReader.page = page
from pressmark.cli import main
main()
"""
"""The command, interrupted at the first capture: a signal from outside can fall between a check and a system call."""


@pytest.mark.slow
@pytest.mark.parametrize("columns", [100, 110, 118, 120, 121, 125, 130, 160])
def test_times_and_urls_stand_whole_on_a_terminal(tmp_path: Path, columns: int) -> None:
    """The very lines, for what a table says of its widths and what it does may differ."""
    url = "http://127.0.0.1:8123/harbour-ferry.html"
    title = "Island ferry returns after eleven years of waiting"
    fill_folder(tmp_path / "a", [make_capture(url, html=article_html(title))])
    seen = terminal("list", "--archive", str(tmp_path / "a"), columns=columns, NO_COLOR="1")
    seen = seen.rpartition("\x1b[2K")[2]  # on a slow machine it says first what it is reading
    head, line = (re.sub(r"\x1b\[[0-9;]*m", "", each).rstrip() for each in seen.splitlines())
    assert head.startswith("captured")
    assert line.startswith("2026-11-23 12:00 ")
    assert line.endswith((f" {url}", f" {url.removeprefix('http://')}"))
    assert ("2026-11-20 07:30" in line) == ("published" in head)
    assert max(len(head), len(line)) <= columns


@pytest.mark.slow
@pytest.mark.parametrize(("words", "spared"), [("list", True), ("export -o all.parquet", False)])
def test_a_command_ends_without_looking_for_garbage(umlauts: Path, words: str, spared: bool) -> None:
    """Objects are spared this except with DuckDB, which would report them as leaked."""
    told = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 0)); "
    done = forks.run(told + forks.MAIN, *words.split(), "--archive", umlauts, cwd=umlauts.parent)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, str(spared))
    assert "leaked" not in done.stderr

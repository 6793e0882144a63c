"""Long commands say on a terminal how far they are, leave nothing of it there, and say nothing of it in a pipe."""

import json
import os
from pathlib import Path

import pytest
from tests.cli import forks
from tests.clock import Clock
from tests.factories import fill_folder, make_capture

from pressmark.cli import progress

_AT_ONCE = """
import os, sys
if sys.argv[1] != "-":
    os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT), 1)
from pressmark.cli import main, progress
progress.EVERY_SECONDS = 0
sys.argv[:2] = ["pressmark"]
main()
"""
"""A command whose every step is shown, its standard output in a file where one is named."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files, the last of them damaged; not indexed yet."""
    files = fill_folder(
        tmp_path / "archive", *([make_capture(f"https://example.com/{number}")] for number in range(3))
    )
    files[-1].write_bytes(files[-1].read_bytes()[:-40])
    return tmp_path


def on_terminal(folder: Path, *arguments: str, stdout: str = "-", term: str = "xterm") -> tuple[int, str]:
    env = {**os.environ, "PRESSMARK_ARCHIVE": "archive", "TERM": term, "COLUMNS": "100"}
    return forks.on_terminal(_AT_ONCE, stdout, *arguments, cwd=folder, env=env)


def left(said: str) -> list[str]:
    """The lines that stand on a terminal in the end: of each what was written since it was erased."""
    return [line.rpartition("\x1b[2K")[2] for line in said.replace("\r\n", "\n").split("\n")]


@pytest.mark.slow
def test_the_first_indexing_says_how_many_files_are_done(folder: Path) -> None:
    _, said = on_terminal(folder, "list")
    assert "\x1b[2Kindexing: 1 of 3 files" in said
    assert "indexing: 3 of 3 files" in said
    assert not [line for line in left(said) if "indexing" in line]
    assert "indexing" not in on_terminal(folder, "list")[1]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "warc", "wacz", "parquet"])
def test_an_export_says_how_many_captures_it_has(form: str, folder: Path) -> None:
    if form == "parquet":
        pytest.importorskip("duckdb")
    _, said = on_terminal(folder, "export", "--format", form, "-o", "out")
    assert "exporting: 3 captures" in said
    assert ("exporting: 3 of at least 3 captures" in said) == (form in ("warc", "wacz"))
    assert not [line for line in left(said) if "exporting" in line]


@pytest.mark.slow
def test_an_export_to_the_terminal_itself_is_not_mixed_with_it(folder: Path) -> None:
    assert "exporting" not in on_terminal(folder, "export", "--format", "csv")[1]


@pytest.mark.slow
def test_verify_says_how_many_files_are_done_and_each_problem_on_a_line_of_its_own(folder: Path) -> None:
    code, said = on_terminal(folder, "verify")
    assert code == 5
    assert "verifying: 3 of 3 files" in said
    assert not [line for line in left(said) if "verifying" in line]
    problems = [line for line in left(said) if line.startswith("damaged-file ")]
    assert problems
    assert "verifying: 2 of 2 files" in on_terminal(folder, "verify", "--sample", "2")[1]
    assert "verifying: 1 row\r" in on_terminal(folder, "verify", "https://example.com/1")[1]


@pytest.mark.slow
def test_what_goes_into_a_file_meanwhile_has_nothing_of_it(folder: Path) -> None:
    _, said = on_terminal(folder, "verify", "--json", stdout="out.jsonl")
    assert "verifying: 3 of 3 files" in said
    lines = (folder / "out.jsonl").read_text().splitlines()
    assert "damaged-file" in [json.loads(line).get("kind") for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("command", [["list"], ["verify"], ["export", "-o", "out.wacz"]])
def test_in_a_pipe_nothing_is_said_of_it(command: list[str], folder: Path) -> None:
    env = {**os.environ, "PRESSMARK_ARCHIVE": "archive", "TERM": "xterm"}
    done = forks.run(_AT_ONCE, "-", *command, cwd=folder, env=env)
    assert "damaged" in done.stdout + done.stderr
    for text in ("\x1b", "indexing", "verifying:", "exporting"):
        assert text not in done.stdout + done.stderr


@pytest.mark.slow
def test_a_terminal_that_cannot_erase_a_line_gets_none(folder: Path) -> None:
    said = on_terminal(folder, "verify", term="dumb")[1]
    assert "\x1b" not in said
    assert "verifying" not in said


def test_it_is_written_a_few_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(progress, "show_passing", shown.append)
    clock = Clock()
    with progress.Progress(outside=clock.outside) as say:
        for number in range(200):
            say(f"{number} of 200")
            clock.go(0.01)
    assert 5 <= len(shown) <= 10, "in two seconds"
    assert shown[-1] == "", "nothing is left of it"

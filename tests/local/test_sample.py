"""The sample of ``make run`` that the documentation shows is what it prints on a terminal of 80 columns."""

import os
import pty
import re
import shlex
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from pressmark.local.site import PORT
from pressmark.local.template import ROOT

SAMPLE = (ROOT / "docs" / "sample-run.txt").read_text(encoding="utf-8")

_AS_MAKE = "import sys; sys.argv[0] = '.venv/bin/pressmark'; from pressmark.cli import main; main()"


def on_terminal(folder: Path, *arguments: str) -> str:
    """Run the command as make does, on a terminal of 80 columns.

    Returns what is left on it: the text after its last erased line.
    """
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (50, 80))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-c", _AS_MAKE, *arguments],
        cwd=folder,
        env=environment | {"TERM": "xterm-256color", "MAKELEVEL": "1"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    while piece := _read(ours):
        said += piece
    os.close(ours)
    assert process.wait(60) == 0
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.decode().rpartition("\x1b[2K")[2]).replace("\r", "")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # what a Linux terminal gives in the end
        return b""


def comparable(text: str) -> list[str]:
    """The lines without what differs from run to run: dates, seconds, file names, the order of pages."""
    text = re.sub(r"\d{4}/\d\d/\d\d/pressmark-\d{17}-\d{5}-[0-9a-f]{16}", "DAY/FILE", text)
    text = re.sub(r"\d+\.\d s:", "N s:", text)
    return sorted(
        re.sub(r"/[\w-]+\.html --text", "/PAGE --text", line).rstrip() for line in text.splitlines()
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where ``make run`` was run, and what it printed."""
    folder = tmp_path_factory.mktemp("ran")
    return folder, on_terminal(folder, "local", "run")


@pytest.mark.slow
def test_the_sample_is_what_make_run_prints(ran: tuple[Path, str]) -> None:
    _, said = ran
    if f":{PORT}/" not in said:
        pytest.skip(f"port {PORT}, which the sample shows, was taken")
    assert comparable(said) == comparable(SAMPLE)
    assert all(len(line) <= 80 for line in SAMPLE.splitlines() if not line.startswith("  "))


@pytest.mark.e2e
def test_what_the_readme_reads_back_is_there_after_a_plain_run(ran: tuple[Path, str]) -> None:
    """The lines of README as they are typed."""
    folder, _ = ran
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"Read them back:\n\n((?:    .*\n)+)", readme)
    assert block
    script = block[1].replace(".venv/bin/pressmark", f"{shlex.quote(sys.executable)} -m pressmark.cli")
    assert "pressmark.cli --archive archive get" in script
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "--after" not in done.stderr, "the listing's end is not for somebody who wants one line"
    assert '"title":' in done.stdout
    assert len(done.stdout.splitlines()[-1]) > 40, "the article's text"


def test_the_readme_shows_the_sample() -> None:
    assert SAMPLE in (ROOT / "README.md").read_text(encoding="utf-8")

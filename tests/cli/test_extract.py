"""extract, completion and local, as a user runs them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import LATER, LATER_TEXT, Run
from tests.site import RawSite

from pressmark.article.page.bounds import MAX_TAG_ATTRIBUTES


def test_a_file_is_read(run: Run) -> None:
    Path("page.html").write_text(LATER)
    told = json.loads(run("extract", "page.html", "--url", "https://example.com/news/1").stdout)
    assert (told["title"], told["sources"]["title"]) == ("The ferry is very late", "json-ld")
    assert run("extract", "page.html", "--text").stdout == LATER_TEXT + "\n"
    assert json.loads(run("extract", "-", stdin=LATER).stdout)["title"] == "The ferry is very late"
    assert "The ferry is very late" in run("extract", "page.html", "--format", "table").stdout


def test_a_url_is_fetched_and_read(run: Run, site: RawSite) -> None:
    told = json.loads(run("extract", site.page("/ferry", LATER)).stdout)
    assert told["title"] == "The ferry is very late"
    result = run("extract", "http://127.0.0.1:1/")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


def test_a_hostile_page_is_read_as_far_as_the_archive_reads_it(run: Run) -> None:
    names = [f"a{number}" for number in range(MAX_TAG_ATTRIBUTES + 1)]
    read = []
    for attributes in (names, names[:-2]):
        Path("page.html").write_text(f"<body><p {' '.join(attributes)}>Words<h1>The ferry is late</h1>")
        result = run("extract", "page.html")
        read.append((json.loads(result.stdout)["title"], result.stderr.count("article of its beginning")))
    assert read == [(None, 1), ("The ferry is late", 0)]


def test_what_is_no_page_is_said(run: Run) -> None:
    Path("a.pdf").write_bytes(b"%PDF-1.7 ...")
    assert run("extract", "a.pdf").exit_code == 1
    missing = run("extract", "nothing.html")
    assert (missing.exit_code, missing.stderr) == (2, "pressmark: nothing.html: No such file or directory\n")


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands(run: Run, shell: str) -> None:
    script = run("completion", shell).stdout
    assert "_PRESSMARK_COMPLETE" in script
    done = subprocess.run(
        [sys.executable, "-m", "pressmark.cli"],
        env={
            **os.environ,
            "_PRESSMARK_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": "pressmark exp",
            "COMP_CWORD": "exp" if shell == "fish" else "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "export" in done.stdout


@pytest.mark.slow
def test_local_leads_other_programs_to_the_archive(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "pressmark.cli", "local", "--archive", str(folder), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    said: dict[str, str] = {}
    for line in process.stdout:
        words = line.removeprefix("export ").removeprefix("# ").strip()
        name, _, value = words.partition("=") if line.startswith("export") else words.partition(" ")
        said[name] = value.strip()
        if name == "pages":
            break
    listed = subprocess.run(
        [sys.executable, "-m", "pressmark.cli", "list", "--format", "urls", "--label", "election"],
        env={**os.environ, **said, "PRESSMARK_TABLE": said["table"], "PRESSMARK_BUCKET": said["bucket"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    process.stdout.close()
    assert listed.stdout == "https://example.org/\n", listed.stderr

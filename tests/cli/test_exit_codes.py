"""Every exit code that docs/cli.md promises, with commands that end with it."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run

DOCS = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()

PAGE = "https://example.com/news/1"

GOOD, DAMAGED, UNSEEN, WITHOUT_CAPTURES = "archive", "damaged", "unseen", "empty"
"""Folders: the sample; the sample with a byte of the page's newest capture changed; the same, and the index was made
before that; one WARC file without a record."""

TABLE = [
    ("| 0 | done |", 0, ["list", "--archive", GOOD]),
    ("| 0 | done |", 0, ["verify", "--archive", GOOD]),
    ("| 1 | nothing found;", 1, ["list", "https://example.com/never", "--archive", GOOD]),
    ("| 1 | nothing found;", 1, ["list", "--archive", WITHOUT_CAPTURES]),
    ("| 1 | nothing found;", 1, ["stats", "--archive", WITHOUT_CAPTURES]),
    ("| 1 | nothing found;", 1, ["get", "https://example.com/never", "--archive", GOOD]),
    ("| 1 | nothing found;", 1, ["search", "walrus", "--archive", GOOD]),
    ("or two captures differ (`diff`,", 1, ["diff", PAGE, "--archive", GOOD]),
    ("The exit code is 1 if a reader would see a difference", 1, ["diff", PAGE, "--archive", GOOD]),
    ("is refused (exit code 2); it never means everything", 2, ["list", "--archive", ""]),
    ("| 2 | wrong usage,", 2, ["list", "--nonsense"]),
    (
        "a line that is not a URL, a file that does not exist",
        2,
        ["push", "--file", "none.txt", "--archive", "a"],
    ),
    ("A line that is not a URL is refused", 2, ["push", "not a URL", "--archive", "a"]),
    ("What is not a URL is refused as by `push`", 2, ["local", "run", "not a URL", "--archive", "a"]),
    ("`watch` is refused (exit code 2)", 2, ["watch", PAGE, "--every", "1h", "--archive", GOOD]),
    (
        "an invalid URL or `--assets` without the player is refused",
        2,
        ["replay", "http://", "--archive", GOOD],
    ),
    ("page without a capture is reported", 1, ["replay", "https://example.com/never", "--archive", GOOD]),
    ("no such archive folder", 3, ["list", "--archive", "not-there"]),
    ("no WARC file in it", 3, ["list", "--archive", "nothing"]),
    ("no credentials", 3, ["list", "--region", "eu-north-1"]),
    ("the output cannot be written,", 4, ["get", PAGE, "--archive", GOOD, "-o", "not-there/page.html"]),
    ("If the index cannot be written, only `--dry-run` works", 4, ["rebuild", "--archive", "readonly"]),
    ("5 from `verify`, `rebuild`, `import` and `export`", 5, ["verify", "--archive", DAMAGED]),
    ("5 from `verify`, `rebuild`, `import` and `export`", 5, ["rebuild", "--archive", DAMAGED]),
    ("5 from `verify`, `rebuild`, `import` and `export`", 5, ["import", DAMAGED, "--archive", "new"]),
    (
        "5 from `verify`, `rebuild`, `import` and `export`",
        5,
        ["export", "--format", "csv", "--archive", DAMAGED],
    ),
    (
        "| when the capture was read | can be read | the older one | 5 |",
        5,
        ["get", PAGE, "--archive", UNSEEN],
    ),
    ("| either way | none | nothing | 5 |", 5, ["get", PAGE, "--archive", "alone"]),
    (
        "| when the file was indexed | can be read | the older one | 0 |",
        0,
        ["get", PAGE, "--archive", DAMAGED],
    ),
    ("end as if the record did not exist", 0, ["list", "--archive", DAMAGED]),
    ("end as if the record did not exist", 0, ["show", PAGE, "--archive", DAMAGED]),
    ("end as if the record did not exist", 0, ["stats", "--archive", DAMAGED]),
    ("end as if the record did not exist", 0, ["search", "ferry", "--archive", DAMAGED]),
    ("end as if the record did not exist", 0, ["failures", "--archive", DAMAGED]),
    ("If a file gives nothing at all", 1, ["import", "notes.txt", "--archive", "new"]),
    ("If a file gives nothing at all", 1, ["import", "notes.warc", "--archive", "new"]),
    ("If a file gives nothing at all", 1, ["import", WITHOUT_CAPTURES, "--archive", "new"]),
    (
        "The exit code is 1 if there is nothing to put back",
        1,
        ["redrive", "--all", "--archive", WITHOUT_CAPTURES],
    ),
    ("Exit code 2 if the port is taken", 2, ["local", "serve", "--port", "{taken}"]),
    (
        "ends with the command's exit code",
        7,
        ["local", "serve", "--port", "0", "--", sys.executable, "-c", "exit(7)"],
    ),
]


@pytest.fixture
def folders(run: Run, folder: Path, tmp_path: Path) -> Path:
    """The folders and files of the table."""
    for name in (DAMAGED, UNSEEN, "alone", "readonly"):
        for path in folder.rglob("*.warc.gz"):
            copy = tmp_path / name / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    row = json.loads(run("list", PAGE, "--latest", "--json", "--archive", folder).stdout)
    assert run("list", "--archive", tmp_path / UNSEEN).exit_code == 0
    for name in (DAMAGED, UNSEEN, "alone"):
        newest = tmp_path / name / row["warc"]
        modified = newest.stat().st_mtime_ns
        data = bytearray(newest.read_bytes())
        data[row["offset"] + row["length"] // 2] ^= 0xFF
        newest.write_bytes(data)
        os.utime(newest, ns=(modified, modified))
    for path in (tmp_path / "alone").rglob("*.warc.gz"):
        if path != newest:
            path.unlink()
    (tmp_path / "nothing").mkdir()
    (tmp_path / "readonly" / "index.sqlite").mkdir()
    (tmp_path / WITHOUT_CAPTURES).mkdir()
    (tmp_path / WITHOUT_CAPTURES / "none.warc.gz").touch()
    for name in ("notes.txt", "notes.warc"):
        (tmp_path / name).write_text("Not an archive.\n")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(("promise", "code", "arguments"), TABLE)
@pytest.mark.usefixtures("folders")
def test_what_the_docs_say_of_exit_codes_is_so(
    run: Run, promise: str, code: int, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another test's server of this process may keep the stack of the name that is the default.
    monkeypatch.setattr("pressmark.local.serve.STACK", f"exit-code-{code}-{os.urandom(4).hex()}")
    assert promise in re.sub(r"\s+", " ", DOCS)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run(*(argument.replace("{taken}", port) for argument in arguments))

    assert (result.exit_code, "Traceback" in result.output) == (code, False), result.output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("library", "command"), [("click", "list"), ("snowballstemmer", "search"), ("duckdb", "export")]
)
@pytest.mark.usefixtures("folders")
def test_a_library_that_is_missing_is_named_with_what_installs_it(library: str, command: str) -> None:
    arguments = {"search": ["ferry"], "export": ["--format", "parquet", "-o", "x.parquet"]}.get(command, [])
    code = f"import sys; sys.modules[{library!r}] = None; from pressmark.cli import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", code, command, *arguments, "--archive", GOOD],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert (done.returncode, done.stderr) == (
        3,
        f"pressmark: the library {library} is not installed "
        "(pip install 'pressmark[cli]', or '.[cli]' in a checkout)\n",
    )

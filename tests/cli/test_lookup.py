"""list, show and get, as a person and as a program see them."""

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import LATER, LATER_TEXT, Run
from tests.cli.forks import MAIN, on_terminal
from tests.conftest import Aws
from tests.factories import article_html, fill_folder, make_capture

from pressmark.archive.ranges import TableReader

PAGE = "https://example.com/news/1"


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def terminal(*arguments: object, columns: int = 120, fresh: bool = False, **environment: str) -> str:
    """What a person sees."""
    env = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color", **environment}
    _, seen = on_terminal(MAIN, *arguments, env=env, fresh=fresh)
    return seen.replace("\r\n", "\n")


def test_a_pipe_gets_whole_rows_as_json_lines(run: Run, folder: Path) -> None:
    for question in (["--author", "Jane Doe"], [], ["--site", "example.com", "--published"]):
        rows = lines(run("list", "--archive", folder, *question).stdout)
        assert rows
        assert all({"url", "warc", "offset", "length", "captured"} <= row.keys() for row in rows)


@pytest.mark.slow
def test_table_and_folder_list_the_same(run: Run, deployed: Aws, folder: Path) -> None:
    for question in (
        [],
        [PAGE],
        ["--site", "example.com"],
        ["--error", "not-found"],
        ["--label", "election"],
    ):
        of_table = lines(run("list", *question).stdout)
        of_folder = lines(run("list", *question, "--archive", folder).stdout)
        assert of_table
        for row in of_table + of_folder:
            row.pop("bucket")
        assert of_table == of_folder


@pytest.mark.slow
def test_a_table_is_made_of_what_the_index_holds(
    run: Run, deployed: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """by_day has what the columns show, so that a listing pays for no whole rows; JSON has all of a row."""
    fetched: list[int] = []
    rows = TableReader.rows
    monkeypatch.setattr(TableReader, "rows", lambda self, keys: fetched.append(len(keys)) or rows(self, keys))
    shown = run("list", "--format", "csv").stdout
    assert run("list", "--site", "example.com", "--published", "--format", "csv").exit_code == 0
    assert fetched == []
    assert len(lines(run("list").stdout)) == len(shown.splitlines()) - 1 == sum(fetched)


def test_a_long_listing_is_cut_and_can_be_gone_on_with(run: Run, folder: Path) -> None:
    whole = run("list", "--archive", folder).stdout
    first = run("list", "--archive", folder, "--limit", 3)
    assert len(lines(first.stdout)) == 3
    token = re.fullmatch(r"more: --after (\S+)\n", first.stderr)
    assert token
    rest = run("list", "--archive", folder, "--after", token[1])
    assert first.stdout + rest.stdout == whole
    assert rest.stderr == ""


@pytest.mark.slow
def test_a_site_is_listed_in_the_order_of_its_urls_with_latest_too(
    run: Run, deployed: Aws, folder: Path
) -> None:
    for where in ([], ["--archive", folder]):
        every = [str(row["url"]) for row in lines(run("list", "--site", "example.com", *where).stdout)]
        latest = lines(run("list", "--site", "example.com", "--latest", *where).stdout)
        assert [row["url"] for row in latest] == list(dict.fromkeys(every)) == sorted(set(every))
        (page,) = [row for row in latest if row["url"] == PAGE]
        assert str(page["captured"]).startswith("2026-11-23")


def test_nothing_found_is_said_and_is_exit_code_1(run: Run, folder: Path) -> None:
    for arguments in (
        ["list", "https://example.com/never"],
        ["show", "https://example.com/never"],
        ["get", "https://example.com/never"],
    ):
        result = run(*arguments, "--archive", folder)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("pressmark: ")


def test_a_question_that_cannot_be_answered_is_a_usage_error(run: Run, folder: Path) -> None:
    for arguments in (
        ["--published"],
        ["--site", "com"],
        [PAGE, "--host", "example.com"],
        ["--from", "soon"],
        ["--site", "example.com", "--near", "2026"],
    ):
        assert run("list", *arguments, "--archive", folder).exit_code == 2


def test_get_gives_one_thing_at_a_time(run: Run, folder: Path) -> None:
    result = run("get", PAGE, "--text", "--raw", "--archive", folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--raw and --text" in result.stderr
    assert run("get", PAGE, "--text", "--text", "--archive", folder).exit_code == 0
    whole = run("get", PAGE, "--archive", folder)
    assert whole.stdout == run("get", PAGE, "--body", "--archive", folder).stdout


def test_csv_is_for_spreadsheets_and_runs_nothing_in_them(run: Run, tmp_path: Path) -> None:
    fill_folder(
        tmp_path / "a", [make_capture(html=article_html('=HYPERLINK("https://evil.example","x"), y'))]
    )
    result = run("list", "--archive", tmp_path / "a", "--format", "csv")
    head, row = csv.reader(io.StringIO(result.stdout))
    assert head == ["captured", "status", "size", "published", "title", "url"]
    assert row[4].startswith("'=HYPERLINK(")
    assert run("list", "--archive", tmp_path / "a", "--format", "urls").stdout == f"{PAGE}\n"


EVIL = "Ships\x1b]0;owned\x07\x1b[31m \u202eelif\u2066 \x9b2J"


@pytest.mark.slow
def test_a_title_cannot_reach_the_terminal(tmp_path: Path) -> None:
    body = article_html("x").replace("The morning", EVIL)
    capture = make_capture(html=body, note=EVIL)
    capture.article = {
        **(capture.article or {}),
        "title": EVIL,
        "authors": [EVIL],
        "sources": {"title": EVIL},
    }
    fill_folder(tmp_path / "archive", [capture])
    for arguments in (
        ["list"],
        ["list", "--json"],
        ["list", "--format", "csv"],
        ["show", PAGE],
        ["show", PAGE, "--json"],
        ["get", PAGE, "--text"],
        ["get", PAGE, "--body"],
        ["get", PAGE, "--metadata"],
    ):
        seen = terminal(*arguments, "--archive", str(tmp_path / "archive"))
        assert "owned" in seen or "Ships" in seen, seen
        for forbidden in ("\x1b]", "\x07", "\x1b[31m", "\x9b", "\u202e", "\u2066"):
            assert forbidden not in seen, (arguments, forbidden)


@pytest.mark.slow
def test_colours_are_for_terminals_and_can_be_refused(folder: Path) -> None:
    assert "\x1b[" in terminal("list", "--archive", str(folder))
    assert "\x1b[3" not in terminal("list", "--archive", str(folder), NO_COLOR="1")


@pytest.mark.slow
def test_a_terminal_gets_a_table(folder: Path) -> None:
    seen = re.sub(r"\x1b\[[0-9;]*m", "", terminal("list", "--site", "example.com", "--archive", str(folder)))
    assert re.search(r"captured +status +size +published +title +url", seen)
    assert re.search(r"2026-11-23 12:00 +200 .* The ferry is very late +https://example.com/news/1", seen)
    assert "not-found" in seen


def test_show_tells_everything_with_its_sources_and_history(run: Run, folder: Path) -> None:
    (shown,) = lines(run("show", PAGE, "--archive", folder).stdout)
    assert shown["title"] == "The ferry is very late"
    assert shown["sources"]["title"] == "json-ld"  # type: ignore[index]
    assert [each["captured"][:10] for each in shown["history"]] == ["2026-11-23", "2026-11-19"]  # type: ignore[attr-defined]
    (earlier,) = lines(run("show", "example.com/news/1", "--at", "2026-11-19", "--archive", folder).stdout)
    assert earlier["title"] == "The ferry is late again"
    (failed,) = lines(run("show", "https://example.net/", "--archive", folder).stdout)
    assert failed["error"] == "invalid-host-resolution"


@pytest.mark.slow
def test_show_begins_each_paragraph_on_a_line_of_its_own(folder: Path) -> None:
    shown = terminal("show", PAGE, "--archive", str(folder))
    assert f"\n{LATER_TEXT}\n" in shown
    assert "bucket" not in shown, "a folder has none"


@pytest.mark.parametrize(
    ("body", "code", "given"),
    [
        (b"\x1f\x8b" + b"nonsense" * 9, 1, b""),
        (gzip.compress(b"half of it, " * 99, mtime=0)[:-8], 0, b"half of it, " * 99),
        (b"<p>plain</p>", 0, b"<p>plain</p>"),
    ],
    ids=["damaged", "cut off", "no gzip"],
)
def test_a_body_that_cannot_be_decoded_is_no_empty_page(
    run: Run, tmp_path: Path, body: bytes, code: int, given: bytes
) -> None:
    capture = make_capture(
        "https://example.com/odd", html=body, headers=[("Content-Encoding", "gzip")], mime="text/plain"
    )
    fill_folder(tmp_path / "odd", [capture])
    got = run("get", "https://example.com/odd", "--archive", tmp_path / "odd")
    assert (got.exit_code, got.stdout_bytes) == (code, given)
    assert "--raw has the body as it came" in got.stderr
    assert run("get", "https://example.com/odd", "--raw", "--archive", tmp_path / "odd").stdout_bytes == body


@pytest.mark.slow
def test_get_reads_the_page_back_byte_for_byte(run: Run, deployed: Aws, folder: Path, tmp_path: Path) -> None:
    for where in ([], ["--archive", folder]):
        assert run("get", PAGE, *where).stdout_bytes == LATER.encode()
        assert run("get", PAGE, "--raw", *where).stdout_bytes == LATER.encode()
        assert run("get", PAGE, "--text", *where).stdout == LATER_TEXT + "\n"
        head = run("get", PAGE, "--headers", *where).stdout_bytes
        assert head.startswith(b"HTTP/1.1 200 Invented\r\nContent-Type: text/html")
        assert head.endswith(b"\r\n\r\n")
        assert json.loads(run("get", PAGE, "--metadata", *where).stdout)["article"]["kind"] == "article"
        old = run("get", PAGE, "--at", "2026-11-20", *where).stdout
        assert "forty minutes late" in old
        run("get", "https://example.com/photo.jpg", "-o", tmp_path / "photo.jpg", *where)
        assert (tmp_path / "photo.jpg").read_bytes() == b"\xff\xd8\xff\xe0"


def test_get_passes_over_captures_without_an_answer(run: Run, folder: Path) -> None:
    result = run("get", "https://example.net/", "--archive", folder)
    assert (result.exit_code, result.stderr) == (
        1,
        "pressmark: https://example.net/: no capture holds an answer from the server; the newest failed: "
        "invalid-host-resolution\n",
    )


@pytest.mark.slow
def test_binary_is_kept_off_the_terminal(folder: Path) -> None:
    seen = terminal("get", "https://example.com/photo.jpg", "--archive", str(folder))
    # On a slow machine it says first what it is reading, and erases that.
    seen = re.sub(r"(\r\x1b\[2Kindexing: \d of \d files?)+\r\x1b\[2K", "", seen)
    assert seen == "pressmark: this is not text; write it to a file with -o FILE\n"


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_error(folder: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m pressmark.cli list --archive {folder} | head -1; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.endswith("\n0\n")
    assert done.stderr == ""


@pytest.mark.parametrize("what", ["list", "show"])
def test_damage_in_one_file_is_said_and_leaves_the_rest(run: Run, folder: Path, what: str) -> None:
    broken = folder / "warcs" / "2026" / "broken.warc.gz"
    broken.write_bytes(b"\x1f\x8b this is no gzip")
    arguments = [what] if what == "list" else [what, PAGE]
    result = run(*arguments, "--archive", folder)
    assert result.exit_code == 0
    assert "pressmark: damaged: warcs/2026/broken.warc.gz" in result.stderr
    assert PAGE in result.stdout

"""What `make run` shows in the end of its pages, and its exit code."""

import io
import socket
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pressmark.cli import display
from pressmark.cli.root import run as pressmark
from pressmark.errors import WarcError
from pressmark.local.mapping import Tally
from pressmark.local.run import Known, Outcome


def shown(outcome: Outcome, width: int = 120) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(display.captures(outcome, width))
    return console.export_text()


def outcome_of(*rows: dict[str, Any], **more: Any) -> Outcome:
    return Outcome(tally=Tally(), rows=list(rows), files=[], known=Known(), **more)


def test_a_failure_is_not_counted_as_a_capture_and_stands_with_code_and_reason() -> None:
    outcome = outcome_of(
        {"url": "https://example.com/a", "title": "A", "status": 200},
        {"url": "https://example.com/b", "status": 404, "error": "not-found", "reason": "status 404"},
        {"url": "https://example.com/robots.txt", "purpose": "robots", "status": 200},
    )

    said = shown(outcome, 80)
    assert said.startswith("1 capture, 1 failed")
    (failed,) = [line for line in said.splitlines() if "example.com/b" in line]
    assert failed.startswith("not-found ")
    assert "status 404" in said
    assert "robots.txt" not in said


def test_a_page_that_was_cut_says_so_and_why() -> None:
    assert "200, cut: length" in shown(
        outcome_of({"url": "https://example.com/a", "status": 200, "truncated": "length"})
    )


def test_pages_of_one_title_are_told_apart_by_their_addresses() -> None:
    long = "https://news.example.com/" + "very-" * 20
    text = shown(
        outcome_of(*({"url": long + end, "title": "News", "status": 200} for end in ("first", "second")))
    )

    assert "news.exam" in text
    assert "very-first" in text
    assert "very-second" in text


def test_robots_txt_is_named_beside_the_pages_that_were_there() -> None:
    known = Known(files=3, pages=8, robots=1)
    outcome = Outcome(tally=Tally(), rows=[], files=[], known=known)

    assert any(
        "3 files with 8 captures and 1 robots.txt" in each for each in display.after(outcome, Path("a"))
    )


def test_damage_says_file_offset_and_what_to_run() -> None:
    text = display.damage_line(WarcError("bad gzip", file="warcs/x.warc.gz", offset=77), Path("archive"))

    assert "warcs/x.warc.gz: offset 77: bad gzip" in text
    assert text.endswith("pressmark --archive archive verify")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"url": "https://example.com/", "title": "A", "status": 200}], 0),
        ([{"url": "https://example.com/", "status": 404, "error": "not-found"}], 1),
        ([{"url": "https://example.com/robots.txt", "purpose": "robots", "error": "timeout"}], 0),
    ],
)
def test_the_exit_code_is_that_of_this_runs_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, rows: list[dict[str, Any]], code: int
) -> None:
    outcome = outcome_of(*rows)
    outcome.known.damaged.append(WarcError("bad gzip", file="warcs/old.warc.gz", offset=7))
    monkeypatch.setattr("pressmark.local.run.run", lambda *_, **__: outcome)

    assert pressmark(["local", "run", "https://example.com/", "--archive", str(tmp_path)]) == code
    assert "warcs/old.warc.gz: offset 7: bad gzip" in capsys.readouterr().out


def test_what_is_not_a_url_is_refused_and_the_rest_archived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    runs: list[list[str]] = []
    failed = outcome_of({"url": "https://example.com/", "status": 404, "error": "not-found"})
    monkeypatch.setattr("pressmark.local.run.run", lambda urls, *_, **__: runs.append(urls) or failed)
    here = ("--archive", str(tmp_path))

    assert pressmark(["local", "run", "https://example.com/", "nonsense", *here]) == 2
    both = capsys.readouterr()
    assert pressmark(["local", "run", "nonsense", *here]) == 2
    alone = capsys.readouterr()

    reason = "the URL has no scheme: it must begin with http:// or https://: nonsense\n"
    assert runs == [["https://example.com/"]]
    assert both.err == f"argument 2: {reason}"
    assert (alone.out, alone.err) == ("", f"argument 1: {reason}0 pages archived, 1 refused\n")


@pytest.mark.parametrize(
    ("program", "typed"), [("/there/pressmark", "pressmark"), (".venv/bin/pressmark",) * 2]
)
def test_what_can_be_typed_next_is_what_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, typed: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: "/there/pressmark")
    monkeypatch.setattr("sys.argv", [program, "local", "run"])
    monkeypatch.delenv("MAKELEVEL", raising=False)
    outcome = outcome_of({"url": "https://example.com/a?b&c", "title": "A"})

    here = f"  {typed} --archive 'my pages'"
    assert display.after(outcome, Path("my pages"))[-4:] == [
        f"{here} list",
        f"{here} get 'https://example.com/a?b&c' --text",
        f"{here} web",
        f"{here} local run https://example.com/ https://example.org/",
    ]

    monkeypatch.setenv("MAKELEVEL", "1")
    assert display.after(outcome, Path("my pages"))[-2].startswith("  make run URLS=")


def test_sample_pages_at_another_port_than_usual_are_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("pressmark.local.run.run", lambda *_, **__: outcome_of())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr("pressmark.local.site.PORT", port)
        assert pressmark(["local", "run", "--archive", str(tmp_path)]) == 0

    assert capsys.readouterr().err.startswith(
        f"port {port} is taken, perhaps by make serve: in this run the sample pages are at "
    )


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_size_or_date_is_cut_however_narrow_the_lines_are(width: int) -> None:
    row = {"url": "https://example.com/" + "a" * 90, "title": "A title " * 20, "status": 200, "revisit": "x"}
    more = {"size": 141_234, "published": "2026-11-20T12:34:00Z", "warc": "w", "offset": 1_234_567}
    text = shown(outcome_of(row | more), width)
    for name, value in (
        ("size", "141 KB"),
        ("published", "2026-11-20 12:34"),
        ("status", "unchanged"),
        ("in WARC", "1 at 1234567"),
    ):
        assert (name in text) == (value in text), text
    assert max(map(len, text.splitlines())) <= width
    assert ("size" in text) or width < 80
    assert ("published" in text) or width < 100

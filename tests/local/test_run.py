"""`make run`: pages in, WARC files and rows out, and the next run knows them."""

import io
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console
from tests.factories import fill_folder, make_capture
from tests.site import RawSite, Request, response
from warcio.archiveiterator import ArchiveIterator

from pressmark.archive.tombstones import Hop, Tombstone
from pressmark.cli import display
from pressmark.cli.root import run as pressmark
from pressmark.local import loop
from pressmark.local.run import Interrupted, Outcome, load_archive, run
from pressmark.local.serve import EXPORTED
from pressmark.local.site import PAGES, Site

PAGE = "<!doctype html><title>{}</title><article><p>The tram runs again.</p></article>"


@dataclass
class Watching:
    page: Callable[[dict[str, Any]], object] = lambda _entry: None
    waiting: Callable[[float, list[dict[str, Any]]], object] = lambda _left, _pages: None


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome, Outcome, list[dict[str, Any]]]:
    """Two runs over the same pages and one folder; the second message of the first is no URL."""
    archive = tmp_path_factory.mktemp("runs") / "archive"
    lines: list[dict[str, Any]] = []
    with RawSite() as site:
        for name in ("tram", "bus"):
            site.serve(f"/{name}", response(PAGE.format(name).encode()))
        parameters = {"HostDelay": "0", "AllowedPorts": str(site.port), "BatchWindow": "1"}
        first = run(
            [site.url("/tram"), "no address", site.url("/bus")],
            archive,
            parameters=parameters,
            loopback=[str(site.port)],
            watcher=Watching(page=lines.append),
        )
        second = run([site.url("/tram")], archive, parameters=parameters, loopback=[str(site.port)])
    return archive, first, second, lines


@pytest.mark.slow
def test_every_page_has_a_row_that_says_where_it_stands(runs: Any) -> None:
    archive, first, _, _ = runs

    pages = {row["title"]: row for row in first.rows if "title" in row}
    assert set(pages) == {"tram", "bus"}
    for row in pages.values():
        offset, length = int(row["offset"]), int(row["length"])
        member = (archive / row["warc"]).read_bytes()[offset : offset + length]
        assert member.startswith(b"\x1f\x8b")


@pytest.mark.slow
def test_a_message_that_is_no_url_is_shown_with_its_reason(runs: Any) -> None:
    _, first, _, _ = runs

    assert [message["Body"] for message in first.dead] == ["no address"]
    assert any("no address" in line and "(" in line for line in display.after(first, Path("archive")))


@pytest.mark.slow
def test_the_next_run_knows_what_was_archived(runs: Any) -> None:
    _, first, second, _ = runs

    assert first.known.files == 0
    assert second.known.files == len(first.files)
    assert (second.known.pages, second.known.robots) == (2, 1)
    assert not second.known.damaged
    (row,) = [row for row in second.rows if row["url"].endswith("/tram")]
    assert row["revisit"] == "identical-payload-digest"
    assert row["original_warc"] in {row["warc"] for row in first.rows}


@pytest.mark.slow
def test_each_page_tells_its_story_while_the_run_is_on(runs: Any) -> None:
    _, first, _, lines = runs

    assert {line["url"] for line in lines if line.get("outcome") == "archived"} == {
        row["url"] for row in first.rows if "title" in row
    }


@pytest.mark.slow
def test_the_table_names_the_files_by_number(runs: Any) -> None:
    archive, first, _, _ = runs
    console = Console(width=110, record=True, file=io.StringIO())

    console.print(display.captures(first, 110))

    text = console.export_text()
    assert "tram" in text
    assert "1 at " in text
    assert display.files(first, archive)[1].startswith("1 = warcs/")


def test_nothing_to_archive_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(Site, "urls", [])

    assert pressmark(["local", "run", "--archive", str(tmp_path)]) == 2
    assert "no sample pages" in capsys.readouterr().err


def test_the_sample_site_serves_pages_pictures_and_robots() -> None:
    import urllib.request

    with Site(port=0) as site:
        assert site.urls
        for url, kind in (
            (site.urls[0], "text/html"),
            (f"{site.base}/nowhere/picture.jpg", "image/svg+xml"),
            (f"{site.base}/robots.txt", "text/plain"),
        ):
            with urllib.request.urlopen(url) as answer:
                assert answer.headers.get_content_type() == kind
    assert PAGES.is_dir()


@pytest.mark.slow
def test_a_page_that_is_left_is_named_with_its_last_reason(tmp_path: Path) -> None:
    waits: list[tuple[float, list[dict[str, Any]]]] = []
    with RawSite() as site:
        site.serve("/tram", response(b"later", status="503 Service Unavailable"))
        outcome = run(
            [site.url("/tram")],
            tmp_path,
            parameters={"HostDelay": "0", "AllowedPorts": str(site.port), "BatchWindow": "0"},
            watcher=Watching(waiting=lambda left, pages: waits.append((left, pages))),
            patience=0.2,
            loopback=[str(site.port)],
        )
        url = site.url("/tram")

    assert outcome.left == 1
    (line,) = [each for each in display.after(outcome, tmp_path) if each.startswith("  left: ")]
    assert url in line
    assert "503" in line
    assert [page["url"] for page in waits[0][1]] == [url]
    assert waits[-1][0] <= 0


@pytest.mark.slow
def test_an_interrupted_run_keeps_what_was_archived(tmp_path: Path) -> None:
    archived, release = threading.Event(), threading.Event()

    def hang(_request: Request) -> bytes:
        archived.wait(60)
        os.kill(os.getpid(), signal.SIGINT)
        release.wait(60)
        return b""

    with RawSite() as site:
        site.serve("/tram", response(PAGE.format("tram").encode()))
        site.serve("/bus", hang)
        try:
            with pytest.raises(Interrupted) as interrupted:
                run(
                    [site.url("/tram"), site.url("/bus")],
                    tmp_path,
                    parameters={
                        "HostDelay": "0",
                        "AllowedPorts": str(site.port),
                        "BatchSize": "1",
                        "BatchWindow": "0",
                    },
                    loopback=[str(site.port)],
                    watcher=Watching(
                        page=lambda line: archived.set() if line["outcome"] == "archived" else None
                    ),
                )
        finally:
            release.set()

    assert str(interrupted.value) == "interrupted: 1 page saved, 1 not"
    assert len(list(tmp_path.rglob("*.warc.gz"))) >= 1
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    ("command", "rest"),
    [
        (["local", "run", "http://localhost/?a&b"], "to archive the rest: {again}"),
        (["redrive", "--all"], "to archive the rest: {again}"),
        (
            ["push", "http://localhost/?a&b"],
            "push the same pages again with --if-not-archived-within 1d: those that are saved are skipped",
        ),
    ],
)
def test_an_interruption_is_one_line_that_says_how_to_go_on_and_its_own_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, command: list[str], rest: str
) -> None:
    fill_folder(tmp_path, [make_capture(status=404, error="not-found")])

    def interrupted(*_: Any, **__: Any) -> None:
        raise Interrupted(3, 2)

    monkeypatch.setattr("pressmark.local.run.run", interrupted)
    arguments = [*command, "--archive", str(tmp_path)]
    monkeypatch.setattr("sys.argv", [".venv/bin/pressmark", *arguments])

    assert pressmark(arguments) == 130
    rest = rest.format(again=f".venv/bin/pressmark {shlex.join(arguments)}")
    assert capsys.readouterr().err == f"pressmark: interrupted: 3 pages saved, 2 not; {rest}\n"


@pytest.mark.parametrize("command", [["run", "https://example.com/"], ["serve", "--port", "0"]])
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, command: list[str], capsys: Any) -> None:
    (tmp_path / "run.log").mkdir()
    (tmp_path / "file").write_text("a file")

    assert pressmark(["local", *command, "--archive", str(tmp_path)]) == 4
    assert capsys.readouterr().err == (
        f"pressmark: the archive folder {tmp_path} cannot be written: Is a directory\n"
    )
    assert pressmark(["local", *command, "--archive", str(tmp_path / "file")]) == 3
    assert capsys.readouterr().err == f"pressmark: {tmp_path / 'file'} is a file, not an archive folder\n"


@pytest.mark.slow
def test_what_was_taken_down_stays_down(runs: Any, aws: Any, tmp_path: Path) -> None:
    archive, first, _, _ = runs
    row = next(each for each in first.rows if each.get("title") == "tram")
    here = tmp_path / row["warc"]
    here.parent.mkdir(parents=True)
    here.write_bytes((archive / row["warc"]).read_bytes())
    hop = Hop(row["site"], row["capture"], row["url"], row["captured"])
    stone = Tombstone(row["warc"], row["offset"], row["length"], row["captured"], "asked to", (hop,))
    (tmp_path / stone.key).parent.mkdir(parents=True)
    (tmp_path / stone.key).write_text(stone.to_json())

    known = load_archive(aws.server, aws.stack, tmp_path)

    (buried,) = [
        each for each in aws.rows() if each["capture"] == row["capture"] and each["site"] == row["site"]
    ]
    assert buried["tombstone"] == stone.key
    assert known.pages == sum("title" in each and each["warc"] == row["warc"] for each in first.rows) - 1


_CLOCK = """
import datetime, pathlib, pressmark.clock as clock
class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        gone_back = {gone_back} and pathlib.Path({marker!r}).exists()
        pathlib.Path({marker!r}).touch()
        return datetime.datetime.now(tz) + datetime.timedelta(days=-2 if gone_back else {days})
clock.datetime = Clock
"""

"""What the function's process runs first: its clock, which may go back two days behind its first look."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("days", "gone_back"),
    [(-2, False), (2, False), (0, True)],
    ids=["before the run", "after it", "during it"],
)
def test_what_a_run_did_does_not_depend_on_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, gone_back: bool
) -> None:
    archive = tmp_path / "archive"
    earlier = make_capture("https://example.com/earlier", at=datetime.now(UTC) + timedelta(hours=1))
    fill_folder(archive, [earlier])
    text = _CLOCK.format(marker=str(tmp_path / "marker"), days=days, gone_back=gone_back)
    (tmp_path / "sitecustomize.py").write_text(text)
    monkeypatch.setattr(loop, "Environments", partial(loop.Environments, path=(tmp_path,)))
    with RawSite() as site:
        for name in ("tram", "bus"):
            site.serve(f"/{name}", response(PAGE.format(name).encode()))
        parameters = {"HostDelay": "0", "AllowedPorts": str(site.port), "BatchWindow": "1"}
        urls = [site.url("/tram"), site.url("/bus")]
        outcome = run(urls, archive, parameters=parameters, loopback=[str(site.port)])
    assert (tmp_path / "marker").exists()
    assert sorted(row["url"] for row in outcome.rows if "purpose" not in row) == sorted(urls)
    assert outcome.known.pages == 1


@pytest.mark.slow
def test_a_damaged_tombstone_is_told_and_still_hides_what_its_name_says(aws: Any, tmp_path: Path) -> None:
    first, second = (make_capture(f"https://example.com/{name}") for name in ("gone", "here"))
    (file, _) = fill_folder(tmp_path, [first], [second])
    stone = Tombstone(file.relative_to(tmp_path).as_posix(), _offset(file), 10, "", "", ())
    (tmp_path / stone.key).parent.mkdir(parents=True)
    (tmp_path / stone.key).write_text("{}")
    (tmp_path / "tombstones" / "stray.json").write_text("{}")

    known = load_archive(aws.server, aws.stack, tmp_path)

    rows = {row["url"]: row for row in aws.rows() if "=" not in row["site"]}
    assert {url: "deleted" in row for url, row in rows.items()} == {
        "https://example.com/gone": True,
        "https://example.com/here": False,
    }
    assert sorted(each.file for each in known.damaged) == sorted([stone.key, "tombstones/stray.json"])
    assert "not a tombstone" in display.damage_line(known.damaged[0], tmp_path)


def _offset(file: Path) -> int:
    """Where the first capture stands in a WARC file."""
    with file.open("rb") as stream:
        records = ArchiveIterator(stream)
        next(record for record in records if record.rec_type != "warcinfo")
        return int(records.get_record_offset())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("named", "ended_by"), [("by variables", signal.SIGTERM), ("by stack", signal.SIGINT)]
)
def test_what_serve_prints_leads_the_command_line_to_the_archive_and_what_it_did_is_saved(
    runs: Any, named: str, ended_by: signal.Signals
) -> None:
    archive, first, _, _ = runs
    server = subprocess.Popen(
        [sys.executable, "-m", "pressmark.cli", "local", "--archive", str(archive), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    exports: dict[str, str] = {}
    try:
        for line in server.stdout:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                exports[name] = value
            if line.startswith("# pages"):
                break
        if named == "by stack":
            exports = {name: value for name, value in exports.items() if name not in EXPORTED}
        listed = subprocess.run(
            [
                *(sys.executable, "-m", "pressmark.cli", "list", "--format", "urls"),
                *(["--stack", "pressmark-local"] if named == "by stack" else []),
            ],
            env={**os.environ, **exports},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        login = (exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"])
        session = boto3.Session(*login, region_name=exports["AWS_REGION"])
        s3 = session.client("s3", endpoint_url=exports["AWS_ENDPOINT_URL"])
        (bucket,) = (each["Name"] for each in s3.list_buckets()["Buckets"])
        s3.put_object(Bucket=bucket, Key="tombstones/told.json", Body=b"{}")
        s3.close()
    finally:
        server.send_signal(ended_by)
        server.communicate(timeout=60)
    assert (archive / "tombstones" / "told.json").read_bytes() == b"{}"
    (archive / "tombstones" / "told.json").unlink()

    assert {row["url"] for row in first.rows if "title" in row} <= set(listed.stdout.split()), listed.stderr
    assert server.returncode == 0


@pytest.mark.slow
def test_each_invocations_files_are_in_the_folder_before_the_run_ends(tmp_path: Path) -> None:
    there: list[int] = []
    with RawSite() as site:
        site.serve("/tram", response(PAGE.format("tram").encode()))
        site.serve("/busy", response(b"later", status="503 Service Unavailable"))
        run(
            [site.url("/tram"), site.url("/busy")],
            tmp_path,
            parameters={"HostDelay": "0", "AllowedPorts": str(site.port), "BatchWindow": "0"},
            watcher=Watching(
                waiting=lambda _left, _pages: there.append(len(list(tmp_path.rglob("*.warc.gz"))))
            ),
            patience=0.0,
            loopback=[str(site.port)],
        )

    assert there[0] == 1

"""A page is named by its URL: that very one answers, and the last capture that succeeded; all else is said."""

import json
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.access.asking import ask
from tests.cli.conftest import NOW, Run
from tests.factories import NOON, article_html, fill_folder, make_capture

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.archive.folder import FolderReader
from pressmark.clock import iso_utc

DAY = timedelta(days=1)
PAGE = "https://example.com/news/1"
MORE = "The morning ferry left the harbour forty minutes late, and passengers were told of fog on the sound."

NEIGHBOURS = [
    ("https://h.example/AbC", "https://h.example/aBc"),
    ("https://h.example/a", "https://h.example/a/"),
    ("https://h.example/?id=aBc", "https://h.example/?id=AbC"),
    ("https://h.example/?a=1&b=2", "https://h.example/?b=2&a=1"),
    ("https://www.h.example/", "https://www2.h.example/"),
]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def archive(path: Path, *captures: Any) -> Path:
    fill_folder(path, list(captures))
    return path


def of(url: str, title: str, at: Any = NOON, **options: Any) -> Any:
    return make_capture(url, at=at, html=article_html(title, text=f"The text of {title}. {MORE}"), **options)


@pytest.mark.slow
@pytest.mark.parametrize("pair", NEIGHBOURS, ids=str)
@pytest.mark.parametrize("newest", [0, 1])
def test_every_command_answers_with_the_very_url(
    run: Run, tmp_path: Path, pair: Sequence[str], newest: int
) -> None:
    captures = [
        of(url, f"{number} {old}", NOON + (number == newest) * timedelta(hours=1) - old * DAY)
        for old in (0, 1)
        for number, url in enumerate(pair)
    ]
    where = ("--archive", archive(tmp_path, *captures))
    for number, url in enumerate(pair):
        text = run("get", url, "--text", *where)
        assert f"The text of {number} 0." in text.stdout
        assert text.stderr == ""
        assert f"The text of {number} 1." in run("get", url, "--at", "2026-11-22", "--text", *where).stdout
        assert lines(run("show", url, *where).stdout)[0]["url"] == url
        assert {row["url"] for row in lines(run("list", url, *where).stdout)} == {url}
        assert [row["title"] for row in lines(run("list", url, "--latest", *where).stdout)] == [f"{number} 0"]
        assert {row["url"] for row in lines(run("list", url, "--near", "2026-11-22", *where).stdout)} == {url}
        (changed,) = lines(run("diff", url, *where).stdout)
        assert changed["fields"]["title"] == {"from": f"{number} 1", "to": f"{number} 0"}
        for form in ("jsonl", "timemap", "cdxj"):
            exported = run("export", url, "--format", form, *where)
            assert url in exported.stdout
            assert pair[1 - number] + '"' not in exported.stdout
        assert lines(run("stats", url, "--json", *where).stdout)[0]["captures"] == 2
        dry = ["delete", url, "--at", "2026-11-23T12:30", "--reason", "x", "--dry-run"]
        assert run(*dry, *where).stdout.split()[1] == url
    other = run("list", pair[0], *where)
    assert f"left out: 2 captures of {pair[1]}" in other.stderr


@pytest.mark.parametrize("pair", NEIGHBOURS, ids=str)
def test_where_there_is_only_a_neighbour_that_is_said(run: Run, tmp_path: Path, pair: Sequence[str]) -> None:
    asked, there = pair
    captures = [of(there, "a neighbour"), of(there, "long ago", NOON - DAY)]
    where = ("--archive", archive(tmp_path, *captures))
    for command in (["get", asked, "--text"], ["show", asked], ["diff", asked], ["list", asked]):
        result = run(*command, *where)
        assert result.stdout
        assert f"{asked} is not in the archive; this is {there}" in result.stderr, command
    assert lines(run("show", asked, *where).stdout)[0]["asked"] == asked
    assert lines(run("diff", asked, *where).stdout)[0]["asked"] == asked
    assert "asked" not in lines(run("show", there, *where).stdout)[0]


@pytest.mark.parametrize("pair", NEIGHBOURS, ids=str)
def test_a_takedown_never_takes_a_neighbour(run: Run, tmp_path: Path, pair: Sequence[str]) -> None:
    where = ("--archive", archive(tmp_path, of(pair[1], "a neighbour")))
    result = run("delete", pair[0], "--at", "2026-11-23", "--reason", "x", "--yes", *where)
    assert (result.exit_code, result.stdout) == (1, "")
    assert pair[1] in result.stderr


def test_the_latest_of_each_page_has_neighbours_too(run: Run, tmp_path: Path) -> None:
    urls = [url for pair in NEIGHBOURS for url in pair]
    captures = [of(url, url, NOON + timedelta(minutes=number)) for number, url in enumerate(urls)]
    where = ("--archive", archive(tmp_path, *captures))
    for question in (["--site", "h.example"], [], ["--tag", "ferries"]):
        for command in (["list"], ["export", "--format", "jsonl"]):
            found = lines(run(*command, "--latest", *question, *where).stdout)
            assert sorted(row["url"] for row in found) == sorted(urls), (command, question)


def test_http_and_https_are_one_page(run: Run, tmp_path: Path) -> None:
    plain = PAGE.replace("https", "http")
    captures = [of(plain, "plain", NOON), of(PAGE, "safe", NOON - DAY)]
    where = ("--archive", archive(tmp_path, *captures))
    assert "The text of plain." in run("get", PAGE.removeprefix("https://"), "--text", *where).stdout
    for url, title in ((plain, "plain"), (PAGE, "safe")):
        result = run("get", url, "--text", *where)
        assert f"The text of {title}." in result.stdout
        assert result.stderr == ""
    assert len(lines(run("list", PAGE, *where).stdout)) == 2
    (latest,) = lines(run("list", "--latest", *where).stdout)
    assert latest["url"] == plain


def test_that_only_the_other_scheme_was_captured_is_said(run: Run, tmp_path: Path) -> None:
    where = ("--archive", archive(tmp_path, of(PAGE, "safe")))
    result = run("get", PAGE.replace("https", "http"), "--text", *where)
    assert "The text of safe." in result.stdout
    assert f"this is {PAGE}" in result.stderr
    assert run("get", PAGE.removeprefix("https://"), "--text", *where).stderr == ""


# --- a page that failed later -----------------------------------------------------------------------------

GOOD = NOON - 3 * DAY
LATER = {
    "an error page": {"status": 404, "error": "not-found"},
    "an error page that was to be kept": {"status": 410},
    "no answer": {"status": 0, "error": "invalid-host-resolution"},
    "barred by robots.txt": {"status": 0, "error": "blocked-by-robots"},
    "a server error": {"status": 503, "error": "service-unavailable"},
}


@pytest.fixture(params=LATER, ids=str)
def vanished(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A page with two captures, and two failures since."""
    later = LATER[request.param]
    return archive(
        tmp_path,
        of(PAGE, "first", GOOD - DAY),
        of(PAGE, "good", GOOD),
        *(of(PAGE, "sorry", GOOD + number * DAY, **later) for number in (1, 2)),
    )


def test_a_page_that_vanished_is_given_as_it_last_was(run: Run, vanished: Path) -> None:
    where = ("--archive", vanished)
    newest = iso_utc(GOOD + 2 * DAY)
    for command in (["get", PAGE], ["get", PAGE, "--text"]):
        result = run(*command, *where)
        assert (result.exit_code, "The text of good." in result.stdout) == (0, True)
        assert f"the 2 captures after it failed, the newest at {newest}" in result.stderr
        assert f"--at {newest}" in result.stderr
    shown = lines(run("show", PAGE, *where).stdout)[0]
    assert (shown["captured"], shown["later"]["captured"], shown["later"]["count"]) == (
        iso_utc(GOOD),
        newest,
        2,
    )
    (changed,) = lines(run("diff", PAGE, *where).stdout)
    assert changed["fields"]["title"] == {"from": "first", "to": "good"}
    assert changed["later"]["captured"] == newest
    for question in ([], [PAGE], ["--site", "example.com"], ["--prefix", "https://example.com/"]):
        (row,) = lines(run("export", *question, "--latest", "--format", "jsonl", *where).stdout)
        assert row["captured"] == iso_utc(GOOD), question
    (hit,) = lines(run("search", "good", *where).stdout)
    assert hit["captured"] == iso_utc(GOOD)


def test_the_failure_itself_is_shown_to_whoever_asks_for_its_time(run: Run, vanished: Path) -> None:
    newest = iso_utc(GOOD + 2 * DAY)
    shown = lines(run("show", PAGE, "--at", newest, "--archive", vanished).stdout)[0]
    assert shown["captured"] == newest
    (row,) = lines(run("list", PAGE, "--latest", "--archive", vanished).stdout)
    assert row["captured"] == newest, "a listing tells the state of a page"


def test_a_player_that_asks_for_now_gets_the_last_that_succeeded(vanished: Path) -> None:
    reader = FolderReader(vanished)
    now = NOW.strftime("%Y%m%d%H%M%S")
    application = Application(Archive("", reader, reader.files))

    def answer(query: str) -> list[str]:
        return ask(application, f"/cdx?url={PAGE}{query}").whole().decode().splitlines()

    first, *_ = answer(f"&closest={now}&sort=closest")
    assert f" {GOOD:%Y%m%d%H%M%S} " in first
    failed = (GOOD + 2 * DAY).strftime("%Y%m%d%H%M%S")
    times = [line.split(" ")[1] for line in answer(f"&closest={failed}")]
    everything = [line.split(" ")[1] for line in answer("&sort=reverse")]
    assert times[0] == everything[0]
    reader.close()


def test_an_error_page_that_is_all_there_is_is_said_to_be_one(run: Run, tmp_path: Path) -> None:
    where = ("--archive", archive(tmp_path, of(PAGE, "sorry", status=410)))
    result = run("get", PAGE, *where)
    assert (result.exit_code, "sorry" in result.stdout) == (0, True)
    assert "is an error page: 410" in result.stderr


def test_a_page_that_became_a_redirect_says_when_it_was_a_page(run: Run, tmp_path: Path) -> None:
    home = "https://example.com/login"
    gone = make_capture(
        home, at=NOON, redirects=[PAGE], html=article_html("Log in", text=f"Log in here. {MORE}")
    )
    where = ("--archive", archive(tmp_path, of(PAGE, "good", GOOD), gone))
    result = run("get", PAGE, "--text", *where)
    assert "Log in here." in result.stdout
    assert f"redirects to {home}" in result.stderr
    assert f"--at {iso_utc(GOOD)}" in result.stderr


def test_a_redirect_that_leads_to_a_failure_does_not_hide_the_page(run: Run, tmp_path: Path) -> None:
    gone = make_capture(
        "https://example.com/gone", at=NOON, redirects=[PAGE], status=404, error="not-found", html="no"
    )
    where = ("--archive", archive(tmp_path, of(PAGE, "good", GOOD), gone))
    result = run("get", PAGE, "--text", *where)
    assert "The text of good." in result.stdout
    assert "a later one failed" in result.stderr


@pytest.mark.parametrize("how", [["--text"], [], ["--raw"]], ids=str)
def test_a_damaged_newest_capture_does_not_hide_the_one_before(
    run: Run, tmp_path: Path, how: list[str]
) -> None:
    fill_folder(tmp_path, [of(PAGE, "good", GOOD)], [of(PAGE, "newer", NOON)])
    assert run("list", "--archive", tmp_path).exit_code == 0  # the index knows both
    (newer,) = [path for path in tmp_path.rglob("*.warc.gz") if "20261123" in path.name]
    stamp = newer.stat()
    data = bytearray(newer.read_bytes())
    for at in range(600, len(data), 40):
        data[at] ^= 0xFF
    newer.write_bytes(data)
    os.utime(newer, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    result = run("get", PAGE, *how, "--archive", tmp_path)
    assert "The text of good." in result.stdout
    assert (result.exit_code, "is damaged" in result.stderr) == (5, True)

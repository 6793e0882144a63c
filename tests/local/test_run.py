"""`make run`: pages in, WARC files and rows out, and the next run knows them."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.site import RawSite, response

from pressmark.local import show
from pressmark.local.__main__ import main
from pressmark.local.run import Outcome, run
from pressmark.local.site import PAGES, Site

PAGE = "<!doctype html><title>{}</title><article><p>The tram runs again.</p></article>"


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
            on_page=lines.append,
        )
        second = run([site.url("/tram")], archive, parameters=parameters)
    return archive, first, second, lines


def test_every_page_has_a_row_that_says_where_it_stands(runs: Any) -> None:
    archive, first, _, _ = runs

    pages = {row["title"]: row for row in first.rows if "title" in row}
    assert set(pages) == {"tram", "bus"}
    for row in pages.values():
        offset, length = int(row["offset"]), int(row["length"])
        member = (archive / row["warc"]).read_bytes()[offset : offset + length]
        assert member.startswith(b"\x1f\x8b")


def test_a_message_that_is_no_url_is_shown_with_its_reason(runs: Any) -> None:
    _, first, _, _ = runs

    assert [message["Body"] for message in first.dead] == ["no address"]
    assert any("no address" in line and "(" in line for line in show.after(first, Path("archive")))


def test_the_next_run_knows_what_was_archived(runs: Any) -> None:
    _, first, second, _ = runs

    assert first.known.files == 0
    assert second.known.files == len(first.files)
    assert not second.known.damaged
    (row,) = [row for row in second.rows if row["url"].endswith("/tram")]
    assert row["revisit"] == "identical-payload-digest"
    assert row["original_warc"] in {row["warc"] for row in first.rows}


def test_each_page_tells_its_story_while_the_run_is_on(runs: Any) -> None:
    _, first, _, lines = runs

    assert {line["url"] for line in lines if line.get("outcome") == "archived"} == {
        row["url"] for row in first.rows if "title" in row
    }


def test_the_table_names_the_files_by_number(runs: Any) -> None:
    archive, first, _, _ = runs
    console = Console(width=110, record=True, file=io.StringIO())

    console.print(show.captures(first, 110))

    text = console.export_text()
    assert "tram" in text
    assert "1 at " in text
    assert show.files(first, archive)[0].startswith("  1 = ")


def test_nothing_to_archive_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(Site, "urls", [])

    assert main(["--archive", str(tmp_path), "run"]) == 2
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

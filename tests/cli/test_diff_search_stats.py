"""diff, search and stats, as a user runs them."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from tests.cli.conftest import NOW, Run
from tests.cli.test_lookup import terminal
from tests.conftest import Aws
from tests.factories import NOON, article_html, earlier_for, fill_folder, make_capture, write_warc

from pressmark.research.questions import expression, join, spread, terms_of
from pressmark.research.search import Index

PAGE = "https://example.com/news/1"


@pytest.mark.slow
def test_diff_names_what_changed(run: Run, folder: Path, deployed: Aws) -> None:
    for where in ([], ["--archive", folder]):
        result = run("diff", PAGE, *where)
        assert result.exit_code == 1
        told = json.loads(result.stdout)
        assert (told["from"][:10], told["to"][:10], told["changed"]) == ("2026-11-19", "2026-11-23", True)
        assert told["fields"] == {
            "title": {"from": "The ferry is late again", "to": "The ferry is very late"}
        }
        assert [line[:12] for line in told["text"]] == [
            "@@ -1 +1,2 @@"[:12],
            "-The morning",
            "+The ferry d",
            "+Fog lay on ",
        ]


@pytest.mark.slow
def test_diff_for_a_person(folder: Path) -> None:
    seen = terminal("diff", PAGE, "--archive", str(folder), NO_COLOR="1")
    assert "    - The ferry is late again\n" in seen
    assert "    + The ferry is very late\n" in seen


def test_diff_says_that_nothing_changed(run: Run, tmp_path: Path) -> None:
    """A revisit, and other bytes that show nothing else, are no difference to a reader."""
    first, stored = write_warc([make_capture(PAGE)])
    second, _ = write_warc(
        [
            make_capture(PAGE, at=NOON + timedelta(hours=1), earlier=earlier_for(stored[0])),
            make_capture(PAGE, at=NOON + timedelta(hours=2), status=304, earlier=earlier_for(stored[0])),
            make_capture(PAGE, at=NOON + timedelta(hours=3), html=article_html() + "<!-- token 1 -->"),
        ],
        serial=1,
    )
    for warc in (first, second):
        (tmp_path / f"{warc.name}").write_bytes(warc.open().read())
        warc.close()
    for at in ("13:00", "14:00", "15:00"):
        result = run(
            "diff", PAGE, "--from", "2026-11-23T12:00", "--to", f"2026-11-23T{at}", "--archive", tmp_path
        )
        assert (result.exit_code, json.loads(result.stdout)["changed"]) == (0, False), at
    assert run("diff", PAGE, "--all", "--archive", tmp_path).stdout == ""


def test_diff_needs_two_captures(run: Run, folder: Path) -> None:
    for url, told in (("https://example.org/", "only one capture"), ("https://example.com/never", "not in")):
        result = run("diff", url, "--archive", folder)
        assert (result.exit_code, result.stdout) == (1, "")
        assert told in result.stderr


def urls(text: str) -> list[str]:
    return [json.loads(line)["url"] for line in text.splitlines()]


@pytest.mark.slow
def test_search_finds_titles_and_texts_the_best_first(
    run: Run, folder: Path, deployed: Aws, tmp_path: Path
) -> None:
    for where in (["--index", tmp_path / "i.sqlite"], ["--archive", folder]):
        assert urls(run("search", "FRONT page", *where).stdout) == ["https://example.com/"]
        assert urls(run("search", "fog", "pilot", *where).stdout) == [PAGE]
        assert PAGE in urls(run("search", "fog -pilot", *where).stdout)
        assert urls(run("search", '"harbour office"', *where).stdout) == [PAGE]
        assert urls(run("search", "fog", "--site", "example.org", *where).stdout) == ["https://example.org/"]
        assert urls(run("search", "fog", "--to", "2026-11-19", *where).stdout) == [PAGE]
        assert run("search", "zeppelin", *where).exit_code == 1


@pytest.mark.slow
def test_search_takes_what_people_type(run: Run, folder: Path) -> None:
    for words in ("fog AND", "fog*", "(fog", "fog:", "NEAR(fog", 'fog "', "fog -", "^fog"):
        assert run("search", words, "--archive", folder).exit_code in (0, 1), words
    for nothing in ("-", '""', "-fog"):
        assert run("search", "--archive", folder, "--", nothing).exit_code == 2


def test_search_sees_what_came_since(run: Run, folder: Path) -> None:
    assert run("search", "zeppelin", "--archive", folder).exit_code == 1
    warc, _ = write_warc([make_capture("https://example.com/z", html=article_html("A zeppelin"))], serial=9)
    (folder / "new.warc.gz").write_bytes(warc.open().read())
    warc.close()
    assert run("search", "zeppelin", "--archive", folder, "--no-update").exit_code == 1
    assert urls(run("search", "zeppelin", "--archive", folder).stdout) == ["https://example.com/z"]


def test_an_update_reads_only_what_is_new(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pressmark.archive.folder import FolderReader

    reader, index = FolderReader(folder), Index(tmp_path / "i.sqlite")
    assert index.update(reader, reader.files, now=NOW) == index.size() == 5
    read: list[Any] = []
    get = reader.files.get
    monkeypatch.setattr(reader.files, "get", lambda *place: read.append(place) or get(*place))
    assert index.update(reader, reader.files, now=NOW) == 0
    assert index.update(reader, reader.files, now=NOW, whole=True) == 0
    assert read == []
    index.close()
    reader.close()


def test_search_knows_scripts_without_spaces(run: Run, tmp_path: Path) -> None:
    text = "渡船因大雾停航，港务局表示尚不清楚何时恢复。" * 4
    fill_folder(tmp_path, [make_capture(PAGE, html=article_html("渡船停航", text=text))])
    (hit,) = [
        json.loads(line) for line in run("search", "大雾停航", "--archive", tmp_path).stdout.splitlines()
    ]
    assert hit["title"] == "渡船停航"
    assert "因大雾停航，" in hit["snippet"]
    assert run("search", "雾大", "--archive", tmp_path).exit_code == 1


def test_spreading_is_undone() -> None:
    for text in ("渡船 ABC 停航 now", "東京 大阪　「港」 フェリー 欠航", "two  spaces", ""):
        assert join(spread(text)) == text
    assert expression(*terms_of('a -b "c d" 大雾')) == '"a" AND "c d" AND "大 雾" NOT "b"'


def test_a_title_with_spaces_between_japanese_words_keeps_them(run: Run, tmp_path: Path) -> None:
    title, text = "フェリー 霧で欠航 高松 直島", "港の事務所は 再開の 見通しを 示していない。" * 4
    fill_folder(tmp_path, [make_capture(PAGE, html=article_html(title, text=text))])
    for words in ("欠航", "高松", "見通し"):
        found = run("search", words, "--archive", tmp_path).stdout.splitlines()
        (hit,) = [json.loads(line) for line in found]
        assert hit["title"] == title
        assert "再開の 見通しを 示" in hit["snippet"]


def captured(result: Result) -> list[str]:
    return [json.loads(line)["captured"][11:13] for line in result.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "one by one"])
def test_a_hit_is_the_newest_capture_that_said_so(run: Run, tmp_path: Path, at_once: bool) -> None:
    """Unchanged (a revisit), the same bytes stored anew, and other bytes that say the same."""
    first, stored = write_warc([make_capture(PAGE)])
    hour = timedelta(hours=1)
    unchanged = make_capture(PAGE, at=NOON + hour, status=304, earlier=earlier_for(stored[0]))
    unchanged.article = stored[0].metadata["article"]  # what its earlier capture said still holds
    later = [
        [unchanged],
        [make_capture(PAGE, at=NOON + 2 * hour)],
        [make_capture(PAGE, at=NOON + 3 * hour, html=article_html() + "<!-- token 1 -->")],
    ]
    newest = "12"
    for serial, warc in enumerate(
        [first, *(write_warc(each, serial=n)[0] for n, each in enumerate(later, 1))]
    ):
        (tmp_path / warc.name).write_bytes(warc.open().read())
        warc.close()
        newest = str(12 + serial)
        if not at_once:
            assert captured(run("search", "fog", "--archive", tmp_path)) == [newest]
    assert captured(run("search", "fog", "--archive", tmp_path)) == [newest] == ["15"]
    for to, hit in (("14:30", "14"), ("13:30", "13"), ("12:30", "12")):
        found = run("search", "fog", "--to", f"2026-11-23T{to}", "--archive", tmp_path)
        assert captured(found) == [hit]
    found = run(
        "search", "fog", "--from", "2026-11-23T12:30", "--to", "2026-11-23T13:30", "--archive", tmp_path
    )
    assert captured(found) == ["13"]


def test_an_index_of_an_earlier_version_is_made_anew(run: Run, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "search.sqlite")) as database:
        database.executescript(
            "CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT);"
            "CREATE TABLE captures (id INTEGER PRIMARY KEY, urlkey TEXT, digest TEXT);"
            "CREATE VIRTUAL TABLE texts USING fts5 (title, text);"
            "INSERT INTO state VALUES ('upto', '2030-01-01T00:00:00+00:00');"
        )
    assert urls(run("search", "pilot", "--archive", folder).stdout) == [PAGE]


@pytest.mark.slow
def test_search_for_a_person_marks_the_words(folder: Path) -> None:
    seen = terminal("search", "pilot", "--archive", str(folder))
    assert "\x1b[1mpilot\x1b[0m" in seen
    assert "\x02" not in seen


@pytest.mark.slow
def test_search_for_a_person_says_once_that_there_is_nothing(folder: Path) -> None:
    seen = terminal("search", "zeppelin", "--archive", str(folder), NO_COLOR="1")
    assert "no page with these words" in seen
    assert "0 pages" not in seen


@pytest.mark.slow
def test_stats_count_what_is_there(run: Run, folder: Path, deployed: Aws) -> None:
    for where in ([], ["--archive", folder]):
        told = json.loads(run("stats", *where).stdout)
        assert (told["captures"], told["pages"], told["failures"], told["sites"]) == (9, 6, 2, 3)
        assert told["by_failure"] == {"not-found": 1, "invalid-host-resolution": 1}
        assert told["by_site"]["example.com"] == 7
        assert (told["first"][:10], told["last"][:10]) == ("2026-11-03", "2026-11-23")
        assert told["warc_bytes"] == sum(path.stat().st_size for path in folder.rglob("*.warc.gz"))
        part = json.loads(run("stats", "--author", "jane doe", "--from", "2026-11-23", *where).stdout)
        assert (part["captures"], part["sites"]) == (3, 2)
        assert "warc_bytes" not in part


@pytest.mark.slow
def test_stats_for_a_person(folder: Path) -> None:
    seen = terminal("stats", "--archive", str(folder), NO_COLOR="1")
    assert "9: 6 pages, 2 failures, 1 other" in seen
    assert "a month in S3 Standard" in seen

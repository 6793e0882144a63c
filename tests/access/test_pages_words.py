"""Pages by their words: the same from an index of this machine as from texts read a part at a time."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.access.asking import ask
from tests.access.captures import NOW
from tests.access.test_pages import HTML, facts, html
from tests.databases import growing_no_more
from tests.factories import NOON, PAGE, article_html, fill_folder, make_capture

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.access.pages import listing
from pressmark.access.words import Words
from pressmark.archive.folder import FolderReader
from pressmark.archive.selection import Selection, select
from pressmark.clock import Outside
from pressmark.research import sweep as sweeping
from pressmark.upkeep.takedown import carry_out_here, plan

HOUR = timedelta(hours=1)
KINDS = ["index", "reading"]


def serve(folder: Path, kind: str) -> Iterator[Application]:
    reader = FolderReader(folder)
    ticks = iter(range(10**6))
    clock = Outside(now=lambda: NOW, monotonic=lambda: float(next(ticks)) / 1000, sleep=lambda _: None)
    words = Words(folder / "search.sqlite", reader, reader.files, clock) if kind == "index" else None
    archive = Archive("", reader, reader.files, options=Options(local=True), clock=clock, words=words)
    yield Application(archive)
    if words is not None:
        words.close()
    reader.close()


@pytest.fixture(params=KINDS, scope="module")
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    """Thirty articles about ferries, and some about something else; for all tests that only read it."""
    folder = tmp_path_factory.mktemp("library")
    captures = [
        make_capture(
            f"https://{'news' if n % 2 else 'www'}.example.com/{n}",
            html=article_html(
                f"Ferries, part {n}",
                authors=["Jane Doe" if n < 3 else "Ann Other"],
                tags=["fog" if n % 3 == 0 else "sun"],
                section="Harbour" if n < 9 else "Sea",
                text=f"The ferry number {n} left in thick fog <b>today</b>." + " Nobody was surprised." * 9,
            ),
            at=NOON + n * HOUR,
        )
        for n in range(30)
    ]
    captures.append(
        make_capture("https://example.net/x", html=article_html("Trams", text="A tram has no fog lamp. " * 9))
    )
    captures.append(make_capture("https://example.com/gone", status=404, html="<p>The ferry is gone</p>"))
    fill_folder(folder, captures)
    yield from serve(folder, request.param)


def found(application: Application, words: str, more: str = "") -> Any:
    return facts(application, f"/results.json?words={quote(words)}{more}")


def urls(told: Any) -> list[str]:
    return [each["url"] for each in told["captures"]]


def all_of(application: Application, words: str, more: str = "") -> list[str]:
    """Every page, list after list."""
    listed: list[str] = []
    after = ""
    for _ in range(20):
        told = found(application, words, f"{more}&after={quote(after)}" if after else more)
        listed += urls(told)
        if not (after := told["after"]):
            return listed
    raise AssertionError(listed)


def test_words_are_found_in_all_their_forms_and_marked(library: Application) -> None:
    told = found(library, "tram lamps")
    assert urls(told) == ["https://example.net/x"]
    marked = [each["text"] for each in told["captures"][0]["snippet"] if each["found"]]
    assert set(marked) == {"tram", "lamp"}
    page = html(library, "/results?words=tram+lamps")
    assert len(page.of("mark")) == len(marked)


def test_lists_go_on_until_every_page_was_listed_once(library: Application) -> None:
    listed = all_of(library, "ferry fog")
    assert len(listed) == len(set(listed)) == 30


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "number"),
    [
        ("&site=example.com", 30),
        ("&site=news.example.com", 15),
        ("&site=www.example.com", 30),
        ("&author=jane%20doe", 3),
        ("&tag=fog", 10),
        ("&section=harbour", 9),
        ("&section=harbour&tag=fog", 3),
        ("&section=harbour&tag=fog&author=Jane%20Doe&site=example.com&status=200", 1),
        ("&from=2026-11-24", 18),
        ("&from=2026-11-24&to=2026-11-24T05", 6),
        ("&status=404", 0),
        ("&site=example.org", 0),
    ],
)
def test_words_and_every_other_condition_hold_together(library: Application, more: str, number: int) -> None:
    assert len(all_of(library, "ferry", more)) == number


@pytest.mark.slow
def test_phrases_beginnings_and_words_that_must_not_occur(library: Application) -> None:
    assert urls(found(library, '"no fog lamp"')) == ["https://example.net/x"]
    assert urls(found(library, "fog -ferry")) == ["https://example.net/x"]
    assert urls(found(library, "tra*")) == ["https://example.net/x"]
    assert urls(found(library, "nothingofthekind")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "query", ["words=-", "words=%22%22", "words=fog&after=x", "words=fog&after=99999", f"words={'x' * 301}"]
)
def test_words_that_cannot_be_searched_for_are_400(library: Application, query: str) -> None:
    assert ask(library, f"/results?{query}", accept=HTML).status == 400


@pytest.mark.slow
def test_what_was_said_is_shown_and_acts_nowhere(library: Application) -> None:
    page = html(library, f"/results?words={quote('fog')}")
    assert "<b>" not in page.text.replace("<b>today</b>", "")
    assert not page.of("b")
    evil = html(library, f"/results?words={quote('<script>alert(1)</script>')}")
    assert not evil.of("script")
    assert any(each.get("value") == "<script>alert(1)</script>" for each in evil.of("input"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_taken_down_and_what_repeats_it_is_not_found(folder: Path, kind: str) -> None:
    for application in serve(folder, kind):
        assert PAGE in urls(found(application, '"late again"'))
        reader = application.archive.reader
        assert isinstance(reader, FolderReader)
        rows = [each.item for each in select(reader, Selection(url=PAGE), now=NOW)]
        first = min(rows, key=lambda row: str(row["captured"]))
        carry_out_here(plan(reader, reader.files, first, reason="by order of a court", now=NOW), folder)
        reader.refresh()
        assert PAGE not in urls(found(application, '"late again"'))
        assert urls(found(application, "sails")) == [PAGE]


def test_an_index_says_how_many_pages_have_the_words(tmp_path: Path) -> None:
    fill_folder(tmp_path / "a", [make_capture(PAGE), make_capture("https://example.org/")])
    for application in serve(tmp_path / "a", "index"):
        told = found(application, "ferry")
        assert told["words"] == {"by": "index", "pages": 2, "texts": 2, "is_current": True}
        assert "2 pages have these words" in html(application, "/results?words=ferry").text
        assert found(application, "ferry", "&site=example.org")["words"]["pages"] == 1
        assert found(application, "ferry", "&site=www.example.org")["words"]["pages"] is None


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """Eighty pages, of which the oldest alone has the word; for all tests that only read it."""
    folder = tmp_path_factory.mktemp("many")
    fill_folder(
        folder,
        [
            make_capture(
                f"https://example.com/{n}",
                html=article_html(f"Part {n}", text="A needle. " * 20 if n == 0 else "Straw only. " * 20),
                at=NOON + n * HOUR,
            )
            for n in range(80)
        ],
    )
    yield from serve(folder, "reading")


def limited(monkeypatch: pytest.MonkeyPatch, **limits: Any) -> None:
    real = sweeping.Limits

    def smaller(**said: Any) -> sweeping.Limits:
        return real(**{**said, **limits})

    monkeypatch.setattr("pressmark.access.pages.wordsearch.Limits", smaller)


@pytest.mark.slow
@pytest.mark.parametrize("limits", [{"texts": 32}, {"captures": 32}, {"seconds": 0.0}])
def test_reading_ends_at_every_limit_says_what_it_read_and_goes_on(
    many: Application, monkeypatch: pytest.MonkeyPatch, limits: dict[str, Any]
) -> None:
    limited(monkeypatch, **limits)
    told = found(many, "needle")
    assert urls(told) == []
    assert (told["words"]["captures"], told["words"]["texts"], told["words"]["ended"]) == (32, 32, False)
    assert told["words"]["to"] > told["words"]["from"] > "2026-11-24"
    page = html(many, "/results?words=needle")
    assert "Looked through 32 captures, made between" in page.text
    assert "Nothing was found among these" in page.text
    assert any(each.get("rel") == "next" for each in page.of("a"))
    assert all_of(many, "needle") == ["https://example.com/0"]


def test_a_text_that_was_read_is_not_read_again_for_each_of_its_captures(tmp_path: Path) -> None:
    page = article_html()
    fill_folder(tmp_path / "a", [make_capture(PAGE, html=page, at=NOON + n * HOUR) for n in range(9)])
    for application in serve(tmp_path / "a", "reading"):
        told = found(application, "ferry")
        assert (told["words"]["captures"], told["words"]["texts"]) == (9, 1)
        assert told["captures"][0]["captured"].startswith("2026-11-23T20")


def test_an_index_that_takes_long_answers_with_what_it_has(tmp_path: Path) -> None:
    fill_folder(tmp_path / "a", [make_capture(PAGE)])
    for application in serve(tmp_path / "a", "index"):
        words = application.archive.words
        assert words is not None
        words.refresh = lambda: False  # type: ignore[method-assign]
        told = found(application, "ferry")
        assert (told["words"]["texts"], told["words"]["is_current"], urls(told)) == (0, False, [])
        assert "being brought up to date: 0 texts so far" in html(application, "/results?words=ferry").text


def test_an_index_that_can_only_be_read_is_updated_in_memory_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "a"
    texts = [f"The ferry number {number} left in thick fog. " * 99 for number in range(30)]
    fill_folder(folder, [make_capture(PAGE)])
    for application in serve(folder, "index"):
        found(application, "ferry")
    fill_folder(
        folder,
        [
            make_capture(f"https://example.com/{number}", html=article_html("Ferries", text=text), at=NOW)
            for number, text in enumerate(texts)
        ],
    )
    there = folder / "search.sqlite"
    before = there.read_bytes()
    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
        patched.setattr(sqlite3, "connect", growing_no_more(there))
        for application in serve(folder, "index"):
            told = found(application, "ferry")
    assert (told["words"]["is_current"], told["words"]["pages"]) == (True, 31)
    assert there.read_bytes() == before
    assert [(record.message, record.exc_info) for record in caplog.records] == [
        (f"{there}: database or disk is full; indexed in memory this time", None)
    ]


# --- the box of every page -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ("https://example.com/a?b=c", "/page?url=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc"),
        ("http://127.0.0.1:8000/x", "/page?url="),
        ("example.com", "/page?url=example.com"),
        ("www.example.com/a/b", "/page?url="),
        ("localhost:8000/x", "/page?url="),
        ("ferry", "/results?words=ferry"),
        ("ferry fog", "/results?words=ferry+fog"),
        ('"the U.S. economy"', "/results?words="),
        ("U.S.", "/results?words="),
        ("-word example.com", "/results?words="),
        ("https", "/results?words=https"),
        ("javascript:alert(1)", "/results?words="),
        ("//evil.example/", "/results?words="),
        ("路面電車", "/results?words="),
    ],
)
def test_the_box_takes_words_and_addresses(application: Application, asked: str, leads: str) -> None:
    response = ask(application, f"/find?q={quote(asked)}")
    assert response.status == 302
    assert (response.header("Location") or "").startswith(leads)


def test_the_box_refuses_nothing_and_too_much(application: Application) -> None:
    assert ask(application, "/find?q=+").status == 400
    assert ask(application, f"/find?q={'x' * 8_001}").status == 400


def test_words_are_kept_in_the_box(library: Application) -> None:
    page = html(library, "/results?words=fog")
    assert next(each for each in page.of("input") if each["id"] == "ask")["value"] == "fog"


def test_json_is_compact_and_says_what_was_asked(library: Application) -> None:
    response = ask(library, "/results.json?words=tram&site=example.net")
    assert json.loads(response.whole())["asked"] == {"words": "tram", "site": "example.net"}


def test_reading_that_a_limit_of_requests_ends_does_not_say_that_it_was_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    captures = [
        make_capture(
            f"https://example.com/{n}", html=article_html("Ferries", text="The ferry left. " * 9), at=at
        )
        for n, at in enumerate([NOON, NOON - timedelta(days=40), NOON - timedelta(days=80)])
    ]
    fill_folder(tmp_path / "library", captures)
    monkeypatch.setattr(listing, "MAX_REQUESTS", 2)
    for application in serve(tmp_path / "library", "reading"):
        told = found(application, "ferry")
        assert (urls(told), told["words"]["ended"]) == (
            ["https://example.com/0", "https://example.com/1"],
            False,
        )
        assert all_of(application, "ferry") == [f"https://example.com/{n}" for n in range(3)]

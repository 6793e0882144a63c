"""A URL's captures on a calendar and a timeline, a year at a time, however many there are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.access.asking import ask
from tests.access.captures import NOW
from tests.access.test_pages import HTML, facts, html
from tests.factories import NOON, PAGE, article_html, fill_folder, make_capture

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.archive.folder import FolderReader
from pressmark.archive.ranges import Page, Range
from pressmark.clock import Outside

OTHER = "https://example.com/News/1"
"""Shares its urlkey with PAGE."""


@pytest.fixture
def years(tmp_path: Path) -> Iterator[Application]:
    """A page captured in three years, twice on one day, and a neighbour of it in another."""
    times = [
        datetime(2021, 3, 1, 9, tzinfo=UTC),
        datetime(2021, 3, 1, 18, tzinfo=UTC),
        datetime(2021, 7, 2, tzinfo=UTC),
        datetime(2024, 2, 29, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
    ]
    titles = ["One", "One", "Two", "Two", "Three"]
    captures = [
        make_capture(
            PAGE, html=article_html(title, authors=["Jane Doe"] if number < 4 else ["Ann Other"]), at=at
        )
        for number, (title, at) in enumerate(zip(titles, times, strict=True))
    ]
    captures.append(make_capture(OTHER, at=datetime(2023, 5, 5, tzinfo=UTC)))
    fill_folder(tmp_path / "years", *([each] for each in captures))
    reader = FolderReader(tmp_path / "years")
    yield Application(Archive("", reader, reader.files, clock=Outside(now=lambda: NOW)))
    reader.close()


def of(application: Application, on: str = "", **more: str) -> dict[str, object]:
    query = "".join(f"&{name}={quote(value)}" for name, value in {"on": on, **more}.items() if value)
    told: dict[str, object] = facts(application, f"/page.json?url={quote(PAGE)}{query}")
    return told


def at(told: dict[str, object]) -> list[str]:
    captures = told["captures"]
    assert isinstance(captures, list)
    return [each["captured"][:13] for each in captures]


@pytest.mark.parametrize("known", [500, 2])
def test_the_newest_year_is_shown_and_every_other_named(
    years: Application, known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.access.pages.history.KNOWN", known)
    told = of(years)
    assert (told["year"], at(told)) == (2026, ["2026-01-01T00"])
    counts = {2021: 3, 2024: 1, 2026: 1} if known > 2 else {2021: None, 2024: 1, 2026: 1}
    named = [(each["year"], each["captures"]) for each in told["years"]]  # type: ignore[attr-defined]
    assert [year for year, _ in named] == ([2021, 2024, 2026] if known > 2 else [2021, 2023, 2024, 2026])
    assert known <= 2 or dict(named) == counts


@pytest.mark.parametrize("known", [500, 2])
def test_a_year_a_month_or_a_day_is_listed(
    years: Application, known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.access.pages.history.KNOWN", known)
    assert at(of(years, "2021")) == ["2021-07-02T00", "2021-03-01T18", "2021-03-01T09"]
    assert at(of(years, "2021-03")) == ["2021-03-01T18", "2021-03-01T09"]
    assert at(of(years, "2021-03-01")) == ["2021-03-01T18", "2021-03-01T09"]
    assert at(of(years, "2023")) == []
    assert of(years, "2021")["days_are_complete"] is (known > 2)


def test_a_change_is_told_across_the_end_of_a_year_and_says_what_differs(years: Application) -> None:
    (newest,) = of(years)["captures"]  # type: ignore[misc]
    assert (newest["change"], newest["before"]["captured"][:10]) == ("changed", "2024-02-29")
    assert newest["differs"] == ["title", "authors"]
    page = html(years, f"/page?url={quote(PAGE)}")
    assert "changed: headline, by" in page.text


def test_a_failure_between_two_captures_is_not_what_the_second_is_compared_with(tmp_path: Path) -> None:
    at_ = [NOON + timedelta(days=number) for number in range(3)]
    captures = [
        make_capture(PAGE, html=article_html("One"), at=at_[0]),
        make_capture(PAGE, status=0, error="timed-out", at=at_[1]),
        make_capture(PAGE, html=article_html("Two"), at=at_[2]),
    ]
    fill_folder(tmp_path / "failed", *([each] for each in captures))
    reader = FolderReader(tmp_path / "failed")
    told: Any = of(Application(Archive("", reader, reader.files, clock=Outside(now=lambda: NOW))))["captures"]
    reader.close()
    assert [each["change"] for each in told] == ["changed", "none", "first"]
    assert told[0]["before"]["captured"] == told[2]["captured"]


def test_captures_of_a_neighbour_are_offered_as_such(years: Application) -> None:
    other = "https://example.com/NEWS/1"
    told = facts(years, f"/page.json?url={quote(other)}&on=2021")
    assert (told["is_neighbour"], at(told)) == (True, ["2021-07-02T00", "2021-03-01T18", "2021-03-01T09"])
    assert of(years)["is_neighbour"] is False
    for url, notes in ((other, 1), (PAGE, 0)):
        page = html(years, f"/page?url={quote(url)}")
        assert len([each for each in page.of("p") if each.get("class") == "note"]) == notes


def test_a_day_has_a_shade_by_how_many_captures_it_has(tmp_path: Path) -> None:
    counts = {1: 1, 2: 3, 3: 4, 4: 9, 5: 10}
    captures = [
        make_capture(
            PAGE, html=f"{day} {hour}", mime="text/plain", at=datetime(2026, 11, day, hour, tzinfo=UTC)
        )
        for day, count in counts.items()
        for hour in range(count)
    ]
    fill_folder(tmp_path / "shades", captures)
    reader = FolderReader(tmp_path / "shades")
    page = html(
        Application(Archive("", reader, reader.files, clock=Outside(now=lambda: NOW))),
        f"/page?url={quote(PAGE)}",
    )
    reader.close()
    shades = [each["class"].split()[1] for each in page.of("a") if "day" in each.get("class", "").split()]
    assert shades == ["l1", "l2", "l3", "l3", "l4"]


def test_days_are_cells_of_tables_with_their_captures(years: Application) -> None:
    told = of(years, "2021")
    assert told["days"] == {
        "2021-03-01": {"captures": 2, "changed": 1},
        "2021-07-02": {"captures": 1, "changed": 1},
    }
    page = html(years, f"/page?url={quote(PAGE)}&on=2021")
    months = [each for each in page.of("table") if "month" in each["class"]]
    assert len(months) == 12
    days = {each["href"] for each in page.of("a") if "day" in each.get("class", "")}
    url = quote(PAGE, safe="")
    assert days == {f"/page?url={url}&on=2021-03-01", f"/capture?url={url}&at=20210702000000"}
    assert "1: 2 captures, changed" in page.text
    assert len([each for each in page.of("th") if each.get("abbr") == "Monday"]) == 12


def test_the_timeline_marks_what_changed_and_says_what_it_covers(years: Application) -> None:
    page = html(years, f"/page?url={quote(PAGE)}")
    assert [each.get("class") for each in page.of("rect")] == ["new", "new", None, "new"]
    assert page.of("svg")[0]["aria-label"] == "5 captures from 2021 to 2026"


@pytest.mark.parametrize(
    "on", ["x", "2021-13", "2021-02-30", "0001", "99999", "3d", "2021-1", "2021-03-01T09"]
)
def test_what_is_not_a_year_month_or_day_is_400(years: Application, on: str) -> None:
    assert ask(years, f"/page?url={quote(PAGE)}&on={on}").status == 400


def test_captures_that_are_all_known_are_asked_for_once(
    years: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Range] = []
    page = FolderReader.page

    def counted(reader: FolderReader, of: Range, **more: Any) -> Page:
        asked.append(of)
        return page(reader, of, **more)

    monkeypatch.setattr(FolderReader, "page", counted)
    for on in ("", "2021", "2021-03"):
        asked.clear()
        of(years, on)
        assert len(asked) == 1, on


@pytest.mark.parametrize(("known", "complete"), [(2, False), (3, True), (4, True)])
def test_a_newest_year_with_more_captures_than_are_read_says_so(
    tmp_path: Path, known: int, complete: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [datetime(2025, 12, 31, tzinfo=UTC)] + [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    fill_folder(
        tmp_path / "newest",
        [make_capture(PAGE, html=f"edition {at:%m}", mime="text/plain", at=at) for at in times],
    )
    reader = FolderReader(tmp_path / "newest")
    monkeypatch.setattr("pressmark.access.pages.history.KNOWN", known)
    told = of(Application(Archive("", reader, reader.files, clock=Outside(now=lambda: NOW))))
    assert told["days_are_complete"] is complete
    days: Any = told["days"]
    assert list(days) == ["2026-01-03", "2026-01-02", "2026-01-01"][:known]
    assert at(told) == ["2026-01-03T00", "2026-01-02T00", "2026-01-01T00"]
    captures: Any = told["captures"]
    assert [each["change"] for each in captures] == ["same", "same", "changed"]
    assert captures[-1]["before"]["captured"][:10] == "2025-12-31"
    assert sum(each["changed"] for each in days.values()) == (1 if complete else 0)
    reader.close()


@pytest.mark.slow
def test_a_page_with_thousands_of_captures_stays_small_and_reads_little(tmp_path: Path) -> None:
    at_ = [NOON - timedelta(hours=15 * number) for number in range(1_500)]
    captures = [
        make_capture(PAGE, html=f"edition {n}", at=when, mime="text/plain") for n, when in enumerate(at_)
    ]
    fill_folder(tmp_path / "many", captures)
    reader = FolderReader(tmp_path / "many")
    application = Application(Archive("", reader, reader.files, clock=Outside(now=lambda: NOW)))
    told = of(application)
    assert (len(at(told)), told["days_are_complete"]) == (100, False)
    assert len(ask(application, f"/page?url={quote(PAGE)}", accept=HTML).whole()) < 150_000
    second = of(application, "2026", after=str(told["after"]))
    assert at(second)[0] < at(told)[-1]
    older = of(application, "2024")
    assert at(older)[0].startswith("2024-12-3")
    reader.close()

"""Tables on a terminal: what gives way where there is too little room, and what never does."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from pressmark.cli.table import GAP, cut, fit, table

CAPTURE = {
    "captured": "2026-11-25 23:44",
    "status": "unchanged",
    "size": "6.8 KB",
    "section": "World News",
    "published": "2024-07-10 06:28",
    "title": "Island ferry returns after eleven years of waiting",
    "url": "http://127.0.0.1:8123/harbour-ferry.html",
}
FAILURE = {
    "where": "row",
    "time": "2026-11-26 02:29",
    "error": "internal-server-error",
    "url": "https://news.example.org/2026/11/25/regional/the-ferry-is-late-again.html",
    "reason": "the server answered 500 and then was silent for as long as anybody would wait for it",
}


def shown(room: int, *rows: dict[str, str], failed: tuple[int, ...] = (), colours: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=room, force_terminal=colours, highlight=False, _environ={"TERM": "xterm"}
    )
    console.print(table(list(rows[0]), rows, room, failed=failed))
    return out.getvalue()


@pytest.mark.parametrize("row", [CAPTURE, FAILURE], ids=["capture", "failure"])
@pytest.mark.parametrize("room", [60, 80, 90, 99, 100, 110, 120, 136, 160, 200])
def test_no_line_is_too_long_and_times_codes_and_numbers_stand_whole(room: int, row: dict[str, str]) -> None:
    widths = fit(list(row), [row], room)
    assert sum(widths.values()) + GAP * (len(widths) - 1) <= room
    assert {name for name in widths if widths[name] < len(row[name])} <= {"title", "url"}
    assert max(map(cell_len, shown(room, row).splitlines())) <= room


@pytest.mark.parametrize("room", [40, 50, 60, 80])
def test_a_long_code_in_a_narrow_listing_leaves_each_row_one_line_with_its_whole_time(room: int) -> None:
    failed = {
        "captured": "2026-11-28 19:10",
        "status": "invalid-host-resolution",
        "title": "",
        "url": FAILURE["url"],
    }
    row = {name: CAPTURE[name] for name in failed} | {"status": "200"}
    heading, first, second = shown(room, failed, row).splitlines()
    assert first.startswith("2026-11-28 19:10  invalid-hos")
    assert second.startswith("2026-11-25 23:44  200")
    assert max(map(cell_len, (heading, first, second))) <= room


@pytest.mark.parametrize("room", [60, 80, 120, 200])
def test_a_failure_has_its_whole_reason_and_both_ends_of_its_url(room: int) -> None:
    lines = shown(room, FAILURE).splitlines()
    assert " ".join(re.sub(r".*(?=reason)", "", "\n".join(lines)).split()).count("wait for it") == 1
    told = " ".join(" ".join(lines).split())
    assert "the server answered 500" in told
    assert "news" in told
    assert "gain.html" in told
    assert "internal-server-error" in told


def test_a_reason_below_a_short_url_takes_the_room_that_is_left() -> None:
    failure = FAILURE | {"url": "https://example.com/a", "reason": "the server answered 404 and said no more"}
    assert "the server answered 404 and said no" in shown(90, failure)


@pytest.mark.parametrize("room", [60, 80])
def test_two_pages_of_a_site_can_be_told_apart(room: int) -> None:
    first, second = (
        CAPTURE | {"url": f"https://example.com/{'long/' * 30}{name}"} for name in ("one", "two")
    )
    lines = shown(room, first, second).splitlines()
    assert lines[1] != lines[2]
    assert len(lines) == 3


def test_wide_characters_keep_the_columns_in_line() -> None:
    titles = [
        "Harbour",
        "最後の路面電車、市民が見送る みなと市",
        "🎉🎉 ferry",
        "é́ combining",
        "В Озёрске открыли",
    ]
    for room in (60, 80, 120):
        lines = shown(room, *(CAPTURE | {"title": title} for title in titles)).splitlines()[1:]
        assert len(lines) == len(titles)
        assert len({cell_len(line.rstrip()) for line in lines}) == 1, lines


@pytest.mark.parametrize(
    "text", ["https://例え.jp/最後の路面電車市民が見送るみなと市.html", "a" * 50, "é́" * 30, "🎉" * 30]
)
@pytest.mark.parametrize("width", [12, 13, 20, 41])
def test_a_cut_text_takes_the_room_it_may_and_begins_no_line_with_half_a_letter(
    text: str, width: int
) -> None:
    assert cell_len(cut(text, width)) <= width
    assert cell_len(cut(text, width).partition("…")[2][:1] or "x") > 0


def test_failures_are_red_and_what_is_unchanged_is_dim() -> None:
    red, dim = "\x1b[31m", "\x1b[2m"
    said = shown(
        120,
        CAPTURE | {"status": "not-found"},
        CAPTURE,
        CAPTURE | {"status": "200"},
        failed=(0,),
        colours=True,
    )
    _, failed, unchanged, good = said.splitlines()
    assert red in failed
    assert dim in unchanged
    assert red not in good
    assert dim not in good

"""What is seen while a run is on: pages that are done, pages that wait, until when and for what host."""

import io
import time
from typing import Any

import pytest
from rich.console import Console

from pressmark.cli.live import Display

NOON = 1_795_867_200.0


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def shown(*entries: dict[str, Any], left: float | None = None, width: int = 100) -> list[str]:
    display = Display(Console(file=io.StringIO()), len(entries), now=lambda: NOON)
    for entry in entries:
        display.page(entry)
    if left is not None:
        display.waiting(left, [])
    return display.lines(width)


def test_a_page_that_was_put_off_waits_and_is_not_done() -> None:
    display = Display(Console(file=io.StringIO()), 2, now=lambda: NOON)
    display.page({"outcome": "archived", "url": "https://a.example/1"})
    display.page({"outcome": "postponed", "url": "https://a.example/2", "wait": 7})

    assert display.done == 1
    assert display.lines(100) == ["  1 archived, 1 waiting", "  next: a.example at 12:00:07"]

    display.page({"outcome": "unchanged", "url": "https://a.example/2"})

    assert display.done == 2
    assert display.lines(100)[0] == "  1 archived, 1 unchanged"


def test_hosts_that_are_waited_for_are_named_with_the_time_soonest_first() -> None:
    entries = [
        {"outcome": "postponed", "url": f"https://{host}.example/{number}", "wait": wait}
        for number, (host, wait) in enumerate([("slow", 90), ("quick", 2), ("quick", 3), ("other", 100)])
    ]

    assert shown(*entries, left=45, width=120) == [
        "  4 waiting",
        "  next: quick.example at 12:00:02 (2 pages), slow.example at 12:01:30 and 1 more; until 12:00:45 at most",
    ]


def test_failures_are_counted_a_message_that_is_refused_among_them() -> None:
    lines = shown(
        {"outcome": "failed", "url": "https://a.example/1", "code": "not-found"},
        {"outcome": "rejected", "url": "nonsense"},
        {"outcome": "skipped", "url": "https://a.example/3"},
        {"outcome": "retry", "url": "https://a.example/4", "wait": 30},
    )

    assert lines[0] == "  1 skipped, 2 failed, 1 waiting"


def test_no_line_is_wider_than_the_terminal_and_nothing_moves_its_cursor() -> None:
    lines = shown({"outcome": "archived", "url": "https://a.example/\x1b[2J" + "x" * 300}, width=60)

    assert all(len(line) <= 60 and "\x1b" not in line for line in lines)


def test_waiting_is_said_once_in_a_pipe() -> None:
    out = io.StringIO()
    with Display(Console(file=out, width=200), 1) as display:
        display.waiting(30.2, [{"url": "https://example.com/a", "code": "unavailable"}])
        display.waiting(29.1, [{"url": "https://example.com/a", "code": "unavailable"}])

    assert out.getvalue() == "waiting 30 s at most: https://example.com/a (unavailable)\n"

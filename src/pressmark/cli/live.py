"""Progress while pages are archived on this machine: what is done, what waits, and until when."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from pressmark.cli.table import cut
from pressmark.local.pages import UNFINISHED, Entry
from pressmark.text import safe
from pressmark.urls import host_of

DONE = ("archived", "unchanged", "skipped", "failed")
"""Outcomes of a page, in the order of the summary."""

_SHOWN = 2
"""How many of the hosts that pages wait for are named, each with the time of its next try."""


class Display:
    """Progress on standard error while a person looks; quiet in a pipe.

    total: pages that are to be archived. now: the time, seconds since 1970.
    """

    def __init__(self, console: Console, total: int, *, now: Callable[[], float] = time.time) -> None:
        self._console = console
        self._now = now
        self._pages: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._current = ""
        self._gives_up = 0.0
        self._waited = False
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("archiving"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            expand=True,
        )
        self._task = self._progress.add_task("archiving", total=total)
        self._live = Live(get_renderable=self._render, console=console, transient=True, refresh_per_second=4)

    def __enter__(self) -> "Display":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    @property
    def done(self) -> int:
        """The pages that the bar shows as done."""
        return int(self._progress.tasks[0].completed)

    def page(self, entry: Entry) -> None:
        """Record a page's log line; the last one of a page counts."""
        outcome = "failed" if entry["outcome"] == "rejected" else str(entry["outcome"])
        self._current = str(entry["url"])
        with self._lock:
            self._pages[self._current] = (outcome, self._now() + float(entry.get("wait", 0)))
            done = sum(state not in UNFINISHED for state, _ in self._pages.values())
        self._progress.update(self._task, completed=done)

    def waiting(self, left: float, pages: Sequence[Entry]) -> None:
        """There is nothing to do but wait, for ``left`` seconds more at most. In a pipe, print that once."""
        self._gives_up = self._now() + max(0.0, left)
        if left > 0 and not self._waited and not self._console.is_terminal:
            text = f"waiting {left:.0f} s at most: {'; '.join(map(_last_try, pages[:3]))}"
            text += f" and {len(pages) - 3} more" if len(pages) > 3 else ""
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
        self._waited = self._waited or left > 0

    def lines(self, width: int) -> list[str]:
        """Return the lines below the bar, cut to ``width``: what became of the pages, and what is waited for."""
        with self._lock:
            pages = dict(self._pages)
        states = Counter(state for state, _ in pages.values())
        waits = [(url, due) for url, (state, due) in pages.items() if state in UNFINISHED]
        parts = [f"{states[name]:,} {name}" for name in DONE if states[name]]
        parts += [f"{len(waits):,} waiting"] if waits else []
        said = [", ".join(parts)] if parts else []
        if waits:
            said.append(self._waits(waits))
        elif self._current:
            said.append(cut(safe(self._current), width - 2))
        return [f"  {line}"[:width] for line in said]

    def _waits(self, waits: list[tuple[str, float]]) -> str:
        """Say which hosts are waited for, and until when; only those whose next try comes first are named."""
        hosts: dict[str, list[float]] = {}
        for url, due in waits:
            hosts.setdefault(host_of(url) or url, []).append(due)
        soonest = sorted(hosts.items(), key=lambda each: min(each[1]))
        named = [
            f"{cut(safe(host), 40)} at {_clock(min(dues))}{f' ({len(dues)} pages)' if len(dues) > 1 else ''}"
            for host, dues in soonest[:_SHOWN]
        ]
        more = f" and {len(soonest) - _SHOWN} more" if len(soonest) > _SHOWN else ""
        end = f"; until {_clock(self._gives_up)} at most" if self._gives_up > self._now() else ""
        return f"next: {', '.join(named)}{more}{end}"

    def _render(self) -> RenderableType:
        lines: list[Any] = [
            Text(line, style="dim", no_wrap=True, overflow="ellipsis")
            for line in self.lines(self._console.width)
        ]
        return Group(self._progress, *lines)


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))


def _last_try(page: Entry) -> str:
    return cut(safe(page.get("url", "a page")), 80) + (f" ({page['code']})" if "code" in page else "")

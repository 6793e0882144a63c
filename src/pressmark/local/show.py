"""What a person sees of a local run."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from pressmark.cli.console import moment, safe, size
from pressmark.errors import WarcError
from pressmark.local.folder import LOG
from pressmark.local.pages import Entry
from pressmark.local.run import Known, Outcome
from pressmark.queue import CODE_ATTRIBUTE, REASON_ATTRIBUTE
from pressmark.words import counted


class Display:
    """Progress on standard error while a person looks; quiet in a pipe."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("archiving", total=total)
        self._seen: set[str] = set()
        self._waited = False

    def __enter__(self) -> "Display":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def page(self, entry: Entry) -> None:
        """Count a page whose log line came by; a page that is tried again counts once."""
        url = str(entry["url"])
        advance = 0 if url in self._seen else 1
        self._seen.add(url)
        self._progress.update(self._task, advance=advance, description=escape(safe(url)[-60:]))

    def waiting(self, left: float, pages: Sequence[Entry]) -> None:
        """Say what is waited for, and for how many seconds more at most; in a pipe, once."""
        text = f"waiting {max(0.0, left):.0f} s: {'; '.join(map(_last_try, pages[:3]))}"
        if len(pages) > 3:
            text += f" and {len(pages) - 3} more"
        if self._console.is_terminal:
            self._progress.update(self._task, description=escape(text))
        elif not self._waited:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
        self._waited = True


def _last_try(page: Entry) -> str:
    return _cut(safe(page.get("url", "a page")), 80) + (f" ({page['code']})" if "code" in page else "")


def captures(outcome: Outcome, width: int) -> Table:
    """Lay out the pages a run captured: what each is, and where it stands (file by number, see ``files``).

    width: characters in a line; titles and addresses are cut to what the other columns leave. Failures are not
    among them, see ``failures``.
    """
    pages = _pages(outcome)
    failed = sum("error" in row for row in pages)
    numbers = {key: number for number, key in enumerate(_keys(outcome), 1)}
    title = counted(len(pages) - failed, "capture") + (f", {failed} failed" if failed else "")
    wide = max(20, (width - 66) // 2)
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("title", overflow="ellipsis", no_wrap=True, max_width=wide)
    table.add_column("page", no_wrap=True, max_width=wide)
    table.add_column("published", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("in WARC", no_wrap=True)
    for row in pages:
        if "error" in row:
            continue
        table.add_row(
            Text(safe(row.get("title") or "")),
            Text(_cut(_place(str(row.get("url", ""))), wide)),
            moment(row.get("published")),
            _status(row),
            size(row.get("size")),
            f"{numbers[row['warc']]} at {row['offset']}" if "warc" in row else "",
        )
    return table


def _pages(outcome: Outcome) -> list[dict[str, Any]]:
    return [row for row in outcome.rows if "purpose" not in row]


def _place(url: str) -> str:
    """Return host, port, path and query of a URL."""
    return safe(url.partition("://")[2] or url)


def _cut(text: str, width: int) -> str:
    """Cut an address in its middle: the host stays, and the end, which tells two of a site apart."""
    head = width // 3
    return text if len(text) <= width else f"{text[:head]}…{text[head + 1 - width :]}"


def failures(outcome: Outcome) -> list[str]:
    """Name each page whose capture says only why there is none."""
    return [
        f"  failed: {safe(row.get('url', ''))}: {safe(row['error'])}: {safe(row.get('reason', ''))}"
        for row in _pages(outcome)
        if "error" in row
    ]


def files(outcome: Outcome, archive: Path) -> list[str]:
    """Name the WARC files that the table gives by number."""
    return [f"  {number} = {archive / key}" for number, key in enumerate(_keys(outcome), 1)]


def _keys(outcome: Outcome) -> list[str]:
    return sorted({row["warc"] for row in outcome.rows if "warc" in row})


def _status(row: dict[str, Any]) -> str:
    said = [str(row.get("status", ""))]
    if "revisit" in row:
        said.append("unchanged")
    text = " ".join(filter(None, said))
    return f"{text}, cut: {safe(row['truncated'])}" if "truncated" in row else text


def damage_line(damage: WarcError, archive: Path) -> str:
    """Say what of an older file cannot be read, and what to type about it."""
    return (
        f"damaged: {safe(damage)}; what stands before it is kept, see  "
        f".venv/bin/pressmark --archive {shlex.quote(str(archive))} verify"
    )


def after(outcome: Outcome, archive: Path) -> list[str]:
    """Say what became of the rest, and what to type next."""
    lines = []
    lines += [f"not archived: {safe(message['Body'][:100])}{_reason(message)}" for message in outcome.dead]
    if outcome.left:
        lines.append(
            f"{counted(outcome.left, 'page')} left for another try; on AWS the queue sees to that, here push anew:"
        )
        lines += [f"  left: {_left(page)}" for page in outcome.waiting]
    lines += [f"invocation failed: {error}" for error in outcome.tally.errors]
    lines.append(
        f"{counted(len(outcome.files), 'WARC file')} written; {_known(outcome.known)}; {outcome.seconds:.1f} s; "
        f"the log is {archive / LOG}"
    )
    lines += [damage_line(damage, archive) for damage in outcome.known.damaged]
    page = next((row["url"] for row in outcome.rows if "title" in row), None)
    lines += ["", "What next:"]
    if page is not None:
        lines += [
            f"  .venv/bin/pressmark --archive {archive} list",
            f"  .venv/bin/pressmark --archive {archive} get {shlex.quote(page)} --text",
        ]
    lines += [
        '  make run URLS="https://example.com/ https://example.org/"',
        "  sam build && sam deploy",
    ]
    return lines


def _left(page: Entry) -> str:
    words = [str(page[name]) for name in ("code", "reason") if name in page]
    return safe(": ".join([str(page.get("url", "")), *(words or [str(page.get("outcome", "not tried"))])]))


def _known(known: Known) -> str:
    if not known.files:
        return "none was there before"
    robots = f" and {known.robots} of robots.txt" if known.robots else ""
    return f"there before: {counted(known.files, 'file')} with {counted(known.pages, 'capture')}{robots}"


def _reason(message: dict[str, Any]) -> str:
    said = message.get("MessageAttributes", {})
    words = [safe(said[name]["StringValue"]) for name in (CODE_ATTRIBUTE, REASON_ATTRIBUTE) if name in said]
    return f" ({': '.join(words)})" if words else ""

"""What a person sees of a local run."""

import shlex
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
from pressmark.local.run import Outcome
from pressmark.queue import CODE_ATTRIBUTE, REASON_ATTRIBUTE
from pressmark.urls import host_of


class Display:
    """Progress on standard error while a person looks; quiet in a pipe."""

    def __init__(self, console: Console, total: int) -> None:
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

    def __enter__(self) -> "Display":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def page(self, entry: dict[str, Any]) -> None:
        """Count a page whose log line came by; a page that is tried again counts once."""
        url = str(entry["url"])
        advance = 0 if url in self._seen else 1
        self._seen.add(url)
        self._progress.update(self._task, advance=advance, description=escape(safe(url)[-60:]))


def captures(outcome: Outcome, width: int) -> Table:
    """Lay out the pages a run captured: what each is, and where it stands (file by number, see ``files``).

    width: characters in a line; titles are cut to what the other columns leave.
    """
    pages = [row for row in outcome.rows if "purpose" not in row]
    numbers = {key: number for number, key in enumerate(_keys(outcome), 1)}
    table = Table(title=f"{len(pages)} captures", title_justify="left", header_style="bold")
    table.add_column("title", overflow="ellipsis", no_wrap=True, max_width=max(20, width - 80))
    table.add_column("site", overflow="ellipsis", no_wrap=True, max_width=20)
    table.add_column("published", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("in WARC", no_wrap=True)
    for row in pages:
        table.add_row(
            Text(safe(row.get("title") or row.get("url", ""))),
            Text(safe(host_of(str(row.get("url", ""))))),
            moment(row.get("published")),
            _outcome(row),
            size(row.get("size")),
            f"{numbers[row['warc']]} at {row['offset']}" if "warc" in row else "",
        )
    return table


def files(outcome: Outcome, archive: Path) -> list[str]:
    """Name the WARC files that the table gives by number."""
    return [f"  {number} = {archive / key}" for number, key in enumerate(_keys(outcome), 1)]


def _keys(outcome: Outcome) -> list[str]:
    return sorted({row["warc"] for row in outcome.rows if "warc" in row})


def _outcome(row: dict[str, Any]) -> Text:
    if "error" in row:
        return Text(safe(row["error"]), style="red")
    return Text(f"{row.get('status', '')}{' unchanged' if 'revisit' in row else ''}".strip())


def after(outcome: Outcome, archive: Path) -> list[str]:
    """Say what became of the rest, and what to type next."""
    lines = []
    lines += [f"not archived: {safe(message['Body'][:100])}{_reason(message)}" for message in outcome.dead]
    if outcome.left:
        lines.append(f"{outcome.left} pages are due for another try later; on AWS the queue sees to that.")
    lines += [f"invocation failed: {error}" for error in outcome.tally.errors]
    lines.append(
        f"{len(outcome.files)} WARC files written, {outcome.known.files} were there with "
        f"{outcome.known.captures} captures; {outcome.seconds:.1f} s; the log is {archive}/run.log"
    )
    lines += [f"damaged: {damage}" for damage in outcome.known.damaged]
    page = next((row["url"] for row in outcome.rows if "title" in row), None)
    lines += ["", "What next:"]
    if page is not None:
        lines += [
            f"  .venv/bin/pressmark --archive {archive} list",
            f"  .venv/bin/pressmark --archive {archive} get {shlex.quote(page)} --text",
        ]
    lines += [
        '  make run URLS="https://example.com/ https://example.org/"',
        "  sam build && sam deploy --guided",
    ]
    return lines


def _reason(message: dict[str, Any]) -> str:
    said = message.get("MessageAttributes", {})
    words = [safe(said[name]["StringValue"]) for name in (CODE_ATTRIBUTE, REASON_ATTRIBUTE) if name in said]
    return f" ({': '.join(words)})" if words else ""

"""What a person sees when a local run is over."""

import shlex
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from pressmark.cli.live import cut
from pressmark.cli.terminal import rich_console
from pressmark.errors import WarcError
from pressmark.local.folder import LOG
from pressmark.local.pages import Entry
from pressmark.local.run import Known, Outcome
from pressmark.queues.capture import CODE_ATTRIBUTE, REASON_ATTRIBUTE
from pressmark.text import counted, moment, safe, size

_SPARE = ("in WARC", "published", "status")
"""Columns that narrow lines do without, the first one first: a number or date that is cut says something else."""


def show(outcome: Outcome, archive: Path) -> None:
    """Print what a run did, and what can be typed next."""
    console = rich_console(width=120)
    console.print(captures(outcome, console.width))
    for line in (*failures(outcome), *files(outcome, archive), "", *after(outcome, archive)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def captures(outcome: Outcome, width: int) -> Table:
    """Lay out the pages a run captured: what each is, and where it stands (file by number, see ``files``).

    width: characters in a line; titles and addresses are cut to what the other columns leave. Failures are not
    among them, see ``failures``.
    """
    pages = outcome.pages
    failed = sum("error" in row for row in pages)
    numbers = {key: number for number, key in enumerate(_keys(outcome), 1)}
    title = counted(len(pages) - failed, "capture") + (f", {failed} failed" if failed else "")
    cells = [
        {
            "title": safe(row.get("title") or ""),
            "page": _place(str(row.get("url", ""))),
            "published": moment(row.get("published")),
            "status": _status(row),
            "size": size(row.get("size")),
            "in WARC": f"{numbers[row['warc']]} at {row['offset']}" if "warc" in row else "",
        }
        for row in pages
        if "error" not in row
    ]
    names = ["title", "page", "published", "status", "size", "in WARC"]
    for spare in ("", *_SPARE):
        names = [name for name in names if name != spare]
        taken = sum(max(len(name), *(len(row[name]) for row in cells), 0) for name in names[2:])
        wide = (width - taken - 3 * len(names) - 1) // 2
        if wide >= 20:
            break
    wide = max(wide, 8)
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in names:
        table.add_column(
            name,
            overflow="ellipsis",
            no_wrap=True,
            max_width=wide if name in names[:2] else None,
            justify="right" if name == "size" else "left",
        )
    for row in cells:
        row["page"] = cut(row["page"], wide)
        table.add_row(*(Text(row[name]) for name in names))
    return table


def _place(url: str) -> str:
    """Return host, port, path and query of a URL."""
    return safe(url.partition("://")[2] or url)


def failures(outcome: Outcome) -> list[str]:
    """Name each page whose capture says only why there is none."""
    return [
        f"  failed: {safe(row.get('url', ''))}: {safe(row['error'])}: {safe(row.get('reason', ''))}"
        for row in outcome.pages
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

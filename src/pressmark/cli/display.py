"""What a person sees when a local run is over."""

import os
import shlex
from pathlib import Path
from typing import Any

from rich.table import Table

from pressmark.cli.table import table
from pressmark.cli.terminal import rich_console
from pressmark.cli.typed import program
from pressmark.errors import WarcError
from pressmark.local.folder import LOG
from pressmark.local.pages import Entry
from pressmark.local.run import Known, Outcome
from pressmark.queues.capture import CODE_ATTRIBUTE, REASON_ATTRIBUTE
from pressmark.text import counted, moment, safe, size

_COLUMNS = ("status", "size", "published", "title", "url", "reason", "in WARC")


def show(outcome: Outcome, archive: Path) -> None:
    """Print what a run did, and what can be typed next."""
    console = rich_console(width=120)
    if outcome.pages:
        console.print(captures(outcome, console.width))
        console.print()
    for line in (*files(outcome, archive), *after(outcome, archive)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def captures(outcome: Outcome, width: int) -> Table:
    """Lay out the pages of a run: what each is, why it failed, where it is (WARC file by number, see ``files``).

    width: characters in a line.
    """
    pages = outcome.pages
    failed = {number for number, row in enumerate(pages) if "error" in row}
    files = {key: number for number, key in enumerate(_keys(outcome), 1)}
    rows = [
        {
            "status": safe(row.get("error") or _status(row)),
            "size": size(row.get("size")),
            "published": moment(row.get("published")),
            "title": safe(row.get("title") or ""),
            "url": safe(row.get("url", "")),
            "reason": safe(row.get("reason", "") if "error" in row else ""),
            "in WARC": f"{files[row['warc']]} at {row['offset']}" if "warc" in row else "",
        }
        for row in pages
    ]
    names = [name for name in _COLUMNS if name != "reason" or failed]
    title = counted(len(pages) - len(failed), "capture") + (f", {len(failed)} failed" if failed else "")
    return table(names, rows, width, title=title, failed=failed)


def files(outcome: Outcome, archive: Path) -> list[str]:
    """Say which WARC files were written, and give them the numbers that the table uses."""
    written = [f"{number} = {key}" for number, key in enumerate(_keys(outcome), 1)]
    if not written:
        return ["no WARC file written"]
    whole = f", with {counted(outcome.requisites, 'requisite')} of the pages," if outcome.requisites else ""
    return [
        f"{counted(len(written), 'WARC file')}{whole} written to {archive} in {outcome.seconds:.1f} s:",
        *written,
    ]


def _keys(outcome: Outcome) -> list[str]:
    return sorted({row["warc"] for row in outcome.rows if "warc" in row})


def _status(row: dict[str, Any]) -> str:
    text = "unchanged" if "revisit" in row or row.get("status") == 304 else str(row.get("status", ""))
    return f"{text}, cut: {safe(row['truncated'])}" if "truncated" in row else text


def damage_line(damage: WarcError, archive: Path) -> str:
    """Say which place of an older file cannot be read, and which command tells more."""
    return f"damaged: {safe(damage)}; everything before this place is kept. See {_pressmark(archive)} verify"


def _pressmark(archive: Path) -> str:
    return f"{program()} --archive {shlex.quote(str(archive))}"


def after(outcome: Outcome, archive: Path) -> list[str]:
    """Say what became of the rest, and what to type next."""
    lines = []
    lines += [f"not archived: {safe(message['Body'][:100])}{_reason(message)}" for message in outcome.dead]
    if outcome.left:
        lines.append(
            f"{counted(outcome.left, 'page')} left for another try. In AWS the queue would try again; here, "
            "archive them once more:"
        )
        lines += [f"  left: {_left(page)}" for page in outcome.waiting]
    lines += [f"invocation failed: {error}" for error in outcome.tally.errors]
    lines.append(f"{_known(outcome.known)}; log: {archive / LOG}")
    lines += [damage_line(damage, archive) for damage in outcome.known.damaged]
    page = next((row["url"] for row in outcome.rows if "title" in row), None)
    lines += ["", "What next:"]
    pressmark = _pressmark(archive)
    if page is not None:
        lines += [
            f"  {pressmark} list",
            f"  {pressmark} get {shlex.quote(page)} --text",
            f"  {pressmark} web",
        ]
    if "MAKELEVEL" in os.environ:  # GNU make's variable: this is make run, in a checkout
        lines += ['  make run URLS="https://example.com/ https://example.org/"', "  sam build && sam deploy"]
    else:
        lines.append(f"  {pressmark} local run https://example.com/ https://example.org/")
    return lines


def _left(page: Entry) -> str:
    words = [str(page[name]) for name in ("code", "reason") if name in page]
    return safe(": ".join([str(page.get("url", "")), *(words or [str(page.get("outcome", "not tried"))])]))


def _known(known: Known) -> str:
    if not known.files:
        return "the folder held no WARC files before"
    robots = f" and {known.robots} robots.txt" if known.robots else ""
    return f"there before: {counted(known.files, 'file')} with {counted(known.pages, 'capture')}{robots}"


def _reason(message: dict[str, Any]) -> str:
    said = message.get("MessageAttributes", {})
    words = [safe(said[name]["StringValue"]) for name in (CODE_ATTRIBUTE, REASON_ATTRIBUTE) if name in said]
    return f" ({': '.join(words)})" if words else ""

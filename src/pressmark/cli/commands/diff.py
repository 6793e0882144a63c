"""``pressmark diff``: what a page said before, and what it says now."""

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.console import chosen, json_line, note, whole_format_options
from pressmark.cli.finding import find, followed
from pressmark.cli.selecting import TIME, in_order
from pressmark.cli.target import Archive, Target, open_archive, with_target
from pressmark.cli.terminal import rich_console
from pressmark.clock import now
from pressmark.text import safe

if TYPE_CHECKING:
    from pressmark.archive.times import Span
    from pressmark.research.compare import Difference, Version

SECTION = "Look up"


@click.command(name="diff")
@with_target
@click.argument("url")
@click.option(
    "--from",
    "start",
    type=TIME,
    help="Older capture: the closest to TIME (default: the one before the newest).",
)
@click.option("--to", "end", type=TIME, help="Newer capture: the closest to TIME (default: the newest).")
@click.option("--all", "every", is_flag=True, help="Show every change, oldest first.")
@whole_format_options
def command(
    target: Target, url: str, start: "Span | None", end: "Span | None", every: bool, output: str | None
) -> None:
    """Show what changed on a page between two captures: fields and text.

    Compares the newest successful capture with the one before it. --from and --to choose the captures closest to a
    time, even failed ones; --all compares error pages, too. Follows redirects.

    The exit code is 1 if a reader would see a difference, otherwise 0: changed tokens and advertisements do not count.
    If a capture's bytes are lost, only its fields are compared, and the exit code is 5.

    \b
    Examples:
      pressmark diff https://example.com/news/1
      pressmark diff https://example.com/news/1 --from 2026-11-19 --to 2026-11-23
      pressmark diff https://example.com/news/1 --all --json
    """
    from pressmark.research.compare import compare, read

    in_order(start, end)
    archive = open_archive(target)
    told, rows = _rows(archive, url, start, end, every=every)
    lost: set[str] = set()

    def versions() -> "Iterator[Version]":
        for row in rows:
            version = read(archive.reader, archive.files, row)
            if version.lost and version.lost not in lost:
                note(f"{version.lost} (its text is not compared)")
            lost.add(version.lost)
            yield version

    differs = damaged = False
    for old, new in pairwise(versions()):
        each = compare(old, new)
        differs = differs or each.is_visible
        damaged = damaged or old.damaged or new.damaged
        if every and not each.is_visible:
            continue
        if chosen(output) == "table":
            _print(each)
        else:
            click.echo(json_line(each.to_dict() | told))
    if damaged:
        raise click.exceptions.Exit(exits.DAMAGE)
    if differs:
        raise click.exceptions.Exit(exits.NOTHING)


def _rows(
    archive: Archive, url: str, start: "Span | None", end: "Span | None", *, every: bool
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what JSON says about how the page was found, and the captures of one URL to compare, oldest first."""
    from pressmark.archive.outcome import Worth, worth
    from pressmark.archive.selection import Selection, select
    from pressmark.clock import parse_iso

    answer = find(archive, url, end)
    after = followed(archive, answer.row)
    of = after["url"]

    def answered(selection: Selection) -> "Iterator[dict[str, Any]]":
        found = select(archive.reader, selection, now=now(), expect=2)
        rows = (each.item for each in found)
        return (row for row in rows if row["url"] == of and worth(row) is not Worth.NOTHING)

    if every:
        rows = list(answered(Selection(url=of)))
    elif start is not None:
        rows = [after, *islice(answered(Selection(url=of, near=start.start)), 1)]
    else:
        # A failed capture would say only that the page was not there.
        older = answered(Selection(url=of, end=parse_iso(after["captured"])))
        rows = [after, *_best(older)]
    rows.sort(key=lambda row: str(row["captured"]))
    if len({row["captured"] for row in rows}) < 2:
        if getattr(archive.reader, "damaged", ()):  # another may be in the part that cannot be read
            raise exits.Failure(
                f"{of}: only one capture in the readable part of {archive.label}", exits.DAMAGE
            )
        raise exits.nothing(f"{of}: only one capture in {archive.label}; nothing to compare with")
    return answer.to_dict(), rows


def _best(rows: "Iterator[dict[str, Any]]") -> list[dict[str, Any]]:
    """Return the first of the rows that are worth most, or none if there are none."""
    from pressmark.archive.outcome import Worth, worth

    best: list[dict[str, Any]] = []
    for row in rows:
        if not best or worth(row) < worth(best[0]):
            best = [row]
        if worth(row) is Worth.WHOLE:
            break
    return best


def _print(found: "Difference") -> None:
    from rich.text import Text

    console = rich_console()
    console.print(Text(safe(found.new["url"]), style="bold"))
    console.print(
        Text(f"  from {found.old['captured'][:19]}Z  to {found.new['captured'][:19]}Z", style="dim")
    )
    if not found.is_visible:
        console.print("  no difference that a reader would see")
    for name, (old, new) in (found.facts | found.fields).items():
        if name in ("digest", "size"):
            continue
        console.print(Text(f"  {name}", style="bold"))
        for sign, value, style in (("-", old, "red"), ("+", new, "green")):
            if value is not None:
                text = ", ".join(map(str, value)) if isinstance(value, list) else value
                console.print(Text(f"    {sign} {safe(text)}", style=style))
    if found.text:
        console.print(Text("  text", style="bold"))
        for line in found.text:
            style = {"-": "red", "+": "green", "@": "dim"}.get(line[:1], "")
            console.print(
                Text(f"    {line[:1]} {safe(line[1:])}" if line[:1] != "@" else "    ...", style=style)
            )

"""``pressmark diff``: what a page said before, and what it says now."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.console import chosen, json_line, note, rich_console, safe, whole_format_options
from pressmark.cli.selecting import TIME, in_order, now, with_scheme
from pressmark.cli.target import Archive, Target, open_archive, with_target

if TYPE_CHECKING:
    from pressmark.archive.times import Span
    from pressmark.compare import Difference

SECTION = "Look up"


@click.command(name="diff")
@with_target
@click.argument("url")
@click.option(
    "--from",
    "start",
    type=TIME,
    help="The capture nearest to this time; otherwise the one before the newest.",
)
@click.option("--to", "end", type=TIME, help="The capture nearest to this time; otherwise the newest.")
@click.option("--all", "every", is_flag=True, help="Every change there ever was, oldest first.")
@whole_format_options
def command(
    target: Target, url: str, start: "Span | None", end: "Span | None", every: bool, output: str | None
) -> None:
    """Show what changed on a page between two captures: fields and text.

    Exit code 1 where a reader would see a difference, 0 where not; other bytes alone (tokens, advertisements) are not
    one.

    \b
    Examples:
      pressmark diff https://example.com/news/1
      pressmark diff https://example.com/news/1 --from 2026-11-19 --to 2026-11-23
      pressmark diff https://example.com/news/1 --all --json
    """
    from pressmark.compare import compare, read

    in_order(start, end)
    archive = open_archive(target)
    rows = _rows(archive, with_scheme(url), start, end, every=every)
    versions = [read(archive.reader, archive.files, row) for row in rows]
    for lost in dict.fromkeys(version.lost for version in versions if version.lost):
        note(f"{lost} (its text is not compared)")
    found = [compare(old, new) for old, new in pairwise(versions)]
    shown = [each for each in found if each.is_visible] if every else found
    for each in shown:
        if chosen(output) == "table":
            _print(each)
        else:
            click.echo(json_line(each.to_dict()))
    if any(each.is_visible for each in found):
        raise click.exceptions.Exit(exits.NOTHING)


def _rows(
    archive: Archive, url: str, start: "Span | None", end: "Span | None", *, every: bool
) -> list[dict[str, Any]]:
    """Return the captures to compare, oldest first: those that hold an answer."""
    from pressmark.archive.selection import Selection, select
    from pressmark.seams import parse_iso

    def answered(selection: Selection) -> Any:
        found = select(archive.reader, selection, now=now(), expect=2)
        return (each.item for each in found if "status" in each.item or "revisit" in each.item)

    if every:
        rows = list(answered(Selection(url=url)))
    else:
        after = next(answered(Selection(url=url, near=end.start if end else None)), None)
        if start is not None:
            before = next(answered(Selection(url=url, near=start.start)), None)
        else:
            older = Selection(url=url, end=parse_iso(after["captured"])) if after else None
            before = next(answered(older), None) if older else None
        rows = [row for row in (after, before) if row]
    rows.sort(key=lambda row: str(row["captured"]))
    if len({row["captured"] for row in rows}) < 2:
        raise exits.nothing(f"{url}: there are no two captures in {archive.label} to compare")
    return rows


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

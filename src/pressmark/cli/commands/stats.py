"""``pressmark stats``: counts pages, bytes, sites and failures."""

from typing import TYPE_CHECKING, Any

import click

from pressmark.cli.console import chosen, json_line, whole_format_options
from pressmark.cli.everything import Wanted, found_in_everything, is_everything
from pressmark.cli.listing import listed
from pressmark.cli.selecting import EVERYTHING, nothing_found, selection_options, without_robots
from pressmark.cli.target import Target, open_archive, with_target
from pressmark.cli.terminal import rich_console
from pressmark.text import counted, moment, safe, size

if TYPE_CHECKING:
    from pressmark.archive.selection import Selection

SECTION = "Look up"


@click.command(name="stats")
@with_target
@selection_options
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="Number of sites to list.",
)
@EVERYTHING
@whole_format_options
def command(target: Target, selection: "Selection", top: int, everything: bool, output: str | None) -> None:
    """Count pages, bytes, sites and failures, and estimate the cost.

    Counts the whole archive, or what the options choose (as in list). The cost is that of storage at list prices,
    without requests. Counting reads the open table, or else every row, which costs about half a read unit for each
    dozen.

    \b
    Examples:
      pressmark stats
      pressmark stats --from 2026-11 --to 2026-11
      pressmark stats --site example.com --json
    """
    from pressmark.archive.selection import Selection, whole_rows
    from pressmark.research.stats import COUNTED, Stats

    archive = open_archive(target)
    stats = Stats()
    if is_everything(archive, selection):
        found = found_in_everything(archive, selection, Wanted(columns=COUNTED, whole=False))
    else:
        found = listed(archive, selection)
        found = whole_rows(archive.reader, found) if selection.terms else found
    for each in found if everything else without_robots(found, selection, on_robots=stats.add_robots):
        if "deleted" not in each.item:  # a tombstone, which only some of the ranges hold
            stats.add(each.item)
    if stats.captures == 0:
        raise nothing_found(archive, selection)
    whole = selection == Selection()
    if whole:
        stats.add_files(archive.files.keys())
    told = stats.to_dict(top=top)
    if not whole:
        for name in ("warc_files", "warc_bytes", "usd_a_month"):
            told.pop(name)
    if chosen(output) == "table":
        _print(archive.label, told)
    else:
        click.echo(json_line(told))


_KINDS = ("page", "failure", "other")


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 0.01 else "less than a cent"


def _print(label: str, told: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    console = rich_console()
    table = Table(title=safe(label), title_justify="left", box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    lines = {
        "captures": f"{told['captures']:,}: {', '.join(counted(told[f'{noun}s'], noun) for noun in _KINDS)}",
        "robots.txt": f"{counted(told['robots'], 'more capture')} (--all includes them)"
        if told["robots"]
        else "",
        "sites": f"{told['sites']:,}",
        "payload": size(told["payload_bytes"]),
        "from, to": f"{moment(told['first'])}, {moment(told['last'])}",
    }
    if "warc_files" in told:
        cost = told["usd_a_month"]
        lines["WARC files"] = f"{told['warc_files']:,}, {size(told['warc_bytes'])}"
        lines["would cost"] = (
            f"{_dollars(cost['s3_standard'])} a month in S3 Standard ({_dollars(cost['s3_standard_ia'])} in "
            f"Standard-IA), {_dollars(cost['dynamodb'])} in DynamoDB"
        )
    for name in ("by_status", "by_failure", "by_kind", "by_site"):
        lines[name.replace("_", " ")] = ", ".join(f"{key} {count:,}" for key, count in told[name].items())
    days = list(told["by_day"].items())[-14:]
    lines["by day, the last"] = ", ".join(f"{day} {count:,}" for day, count in days)
    for name, text in lines.items():
        if text:
            table.add_row(name, Text(safe(text)))
    console.print(table)

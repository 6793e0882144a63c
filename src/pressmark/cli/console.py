"""Output for terminals and pipes: tables for people, lines for programs, nothing that a page could smuggle in."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import click

from pressmark import json_text
from pressmark.cli.exits import USAGE, Failure
from pressmark.cli.terminal import is_terminal, rich_console
from pressmark.export import spreadsheets
from pressmark.text import UNSAFE, safe

FORMATS = ("table", "jsonl", "csv", "tsv", "urls")
"""Formats of commands that print a list of items."""

WHOLE_FORMATS = FORMATS[:2]
"""Formats of commands that print one thing, which has no columns for a spreadsheet."""


def note(text: str) -> None:
    """Print a line for a person on standard error, apart from the output."""
    click.echo(safe(text), err=True)


def format_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format`` and ``--json``, for a command that lists items; the command gets ``output``."""
    return _format_options(
        function,
        FORMATS,
        "Output format. Default: table on a terminal, jsonl (one JSON object per line) in a pipe.",
    )


def whole_format_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format`` and ``--json``, for a command that prints one thing; the command gets ``output``."""
    return _format_options(
        function,
        WHOLE_FORMATS,
        "Output format. Default: table on a terminal, jsonl (one line of JSON) in a pipe.",
    )


def _format_options(function: Callable[..., Any], formats: Sequence[str], text: str) -> Callable[..., Any]:
    function = click.option(
        "--json", "output", flag_value="jsonl", help="Same as --format jsonl, the default in a pipe."
    )(function)
    return click.option(
        "--format",
        "output",
        type=click.Choice(formats),
        default=None,
        help=text,
    )(function)


def chosen(output: str | None) -> str:
    """Return the format that was asked for, or the one that fits where the output goes."""
    return output or ("table" if is_terminal() else "jsonl")


def json_line(value: Any) -> str:
    """Write a value as one line of JSON; what a terminal could mistake for a command is escaped."""
    text = json_text.dumps(value, ensure_ascii=False, separators=(", ", ": "), sort_keys=False)
    # In JSON strings these can be written as \uXXXX: the value is the same, and a terminal does not obey it.
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Column(NamedTuple):
    """A column. name: its heading. value: what an item has for it, for programs. shown: the same for people."""

    name: str
    value: Callable[[dict[str, Any]], object]
    shown: Callable[[object], object] = lambda value: value


def print_items(
    items: Iterable[dict[str, Any]], columns: Sequence[Column], output: str, *, title: str = ""
) -> int:
    """Print items in a format, lazily except for tables; return how many there were."""
    count = 0
    if output == "table":
        return _print_table(list(items), columns, title)
    for item in items:
        if output == "jsonl":
            click.echo(json_line(item))
        elif output == "urls":
            click.echo(safe(item["url"]))
        elif output in ("csv", "tsv"):
            if count == 0:
                click.echo(_delimited([column.name for column in columns], output))
            # color=True: otherwise click would remove from values what looks like a terminal's colour codes.
            click.echo(_delimited([_text(column.value(item)) for column in columns], output), color=True)
        else:
            raise Failure(f"no format {output}", USAGE)
        count += 1
    return count


def _text(value: object) -> str:
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    return "" if value is None else str(value)


def cell(value: object) -> str:
    """Return a value as a cell of a table for people."""
    return safe(_text(value))


def _delimited(values: Sequence[str], output: str) -> str:
    line = io.StringIO()
    csv.writer(line, dialect="excel-tab" if output == "tsv" else "excel", lineterminator="").writerow(
        [spreadsheets.cell(value, numbers=True) for value in values]
    )
    return line.getvalue()


def _print_table(items: list[dict[str, Any]], columns: Sequence[Column], title: str) -> int:
    from pressmark.cli.table import table

    if not items:
        return 0
    console = rich_console()
    cells = [{column.name: cell(column.shown(column.value(item))) for column in columns} for item in items]
    failed = {number for number, item in enumerate(items) if "error" in item}
    console.print(
        table([column.name for column in columns], cells, console.width, title=title, failed=failed)
    )
    return len(items)

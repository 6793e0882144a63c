"""What reaches a terminal or a pipe: tables for people, lines for programs, nothing that a page could smuggle in."""

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
"""Of commands that print one item after the other."""

WHOLE_FORMATS = FORMATS[:2]
"""Of commands that print one thing: it has no columns that a spreadsheet could show."""


def note(text: str) -> None:
    """Tell a person something beside the output: one line on standard error."""
    click.echo(safe(text), err=True)


def format_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format`` and ``--json``, for a command that lists items; the command gets ``output``."""
    return _format_options(
        function,
        FORMATS,
        "How to print: table (on a terminal), jsonl (in a pipe: one JSON object a line), csv, tsv, urls.",
    )


def whole_format_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format`` and ``--json``, for a command that prints one thing; the command gets ``output``."""
    return _format_options(
        function, WHOLE_FORMATS, "How to print: table (on a terminal), jsonl (in a pipe: a line of JSON)."
    )


def _format_options(function: Callable[..., Any], formats: Sequence[str], text: str) -> Callable[..., Any]:
    function = click.option(
        "--json", "output", flag_value="jsonl", help="Same as --format jsonl; what a pipe gets anyway."
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
    # Inside JSON strings these can stand as \uXXXX, so that the line means the same and does nothing.
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Column(NamedTuple):
    """A column. name: its heading. value: what an item has for it, for programs. shown: the same for people."""

    name: str
    value: Callable[[dict[str, Any]], object]
    shown: Callable[[object], object] = lambda value: value


def print_items(
    items: Iterable[dict[str, Any]], columns: Sequence[Column], output: str, *, title: str = ""
) -> int:
    """Print items in a format, lazily but for tables; return how many there were."""
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
            # color: click would take what looks like a terminal's colours out of values otherwise.
            click.echo(_delimited([_text(column.value(item)) for column in columns], output), color=True)
        else:
            raise Failure(f"no format {output}", USAGE)
        count += 1
    return count


def _text(value: object) -> str:
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    return "" if value is None else str(value)


def _cell(value: object) -> str:
    return safe(_text(value))


def _delimited(values: Sequence[str], output: str) -> str:
    line = io.StringIO()
    csv.writer(line, dialect="excel-tab" if output == "tsv" else "excel", lineterminator="").writerow(
        [spreadsheets.cell(value, numbers=True) for value in values]
    )
    return line.getvalue()


_WIDE = ("title", "url", "where", "reason", "authors")
_SPARE = ("size", "section", "published")
"""Columns that a narrow terminal does without, so that URLs need not be broken; the first column stays."""
GAP = 1
"""Spaces between columns."""
_NUMBERS = ("size", "words", "status", "pages", "bytes", "count")


def _print_table(items: list[dict[str, Any]], columns: Sequence[Column], title: str) -> int:
    from rich.table import Table
    from rich.text import Text

    if not items:
        return 0
    console = rich_console()
    cells = [{column.name: _cell(column.shown(column.value(item))) for column in columns} for item in items]
    names, widths = _fit([column.name for column in columns], cells, console.width)
    table = Table(
        title=title or None,
        title_justify="left",
        header_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, GAP, 0, 0),  # on one side; rich would put it on both, and cut times for want of room
    )
    broken = ("url", "reason") if len(names) == len(columns) else ("reason",)
    for name in names:
        table.add_column(
            name,
            overflow="fold" if name in broken else "ellipsis",
            no_wrap=name not in broken,
            width=widths[name],
            justify="right" if name in _NUMBERS else "left",
        )
    for item, row in zip(items, cells, strict=True):
        failed = "error" in item
        style = {"status": "red", "error": "red"} if failed else {}
        table.add_row(*[Text(row[name], style=style.get(name, "")) for name in names])
    console.print(table)
    return len(items)


def _fit(names: list[str], cells: list[dict[str, str]], room: int) -> tuple[list[str], dict[str, int]]:
    """Return the columns that a terminal of ``room`` characters gets, and how wide each is.

    Times, codes and numbers stand whole; titles, then URLs give way. Where that is too little, columns go that a
    person can do without.
    """
    from rich.cells import cell_len

    natural = {name: max(cell_len(name), *(cell_len(row[name]) for row in cells)) for name in names}

    def left(kept: list[str]) -> int:
        return room - GAP * (len(kept) - 1) - sum(natural[name] for name in kept if name not in _WIDE)

    wide = [name for name in names if name in _WIDE]
    if left(names) < sum(min(natural[name], 40 if name == "url" else 24) for name in wide):
        names = [*names[:1], *(name for name in names[1:] if name not in _SPARE)]
    if "reason" in names:
        return _fit_reason(names, natural, room)
    widths, free = dict(natural), left(names)
    others = [name for name in wide if name != "url"]
    for number, name in enumerate(others):
        share = (free - min(natural.get("url", 0), 40)) // (len(others) - number)
        widths[name] = min(natural[name], max(8, min(44, share)))
        free -= widths[name]
    if "url" in wide:
        widths["url"] = min(natural["url"], max(8, free))
    return names, widths


def _fit_reason(names: list[str], natural: dict[str, int], room: int) -> tuple[list[str], dict[str, int]]:
    """Do the same for a table that says why: the reason has the room, and is broken into lines where it needs more."""
    for spare in ("", "where", "time"):
        names = [name for name in names if name != spare]
        others = (natural[name] for name in names if name not in ("url", "reason"))
        free = room - GAP * (len(names) - 1) - sum(others)
        if free >= min(natural["reason"], 44) + min(natural["url"], 24):
            break
    url = min(natural["url"], max(20, free - natural["reason"]))
    return names, natural | {"url": url, "reason": min(natural["reason"], max(8, free - url))}

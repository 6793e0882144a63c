"""``pressmark query``: queries the open table in SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.catalog import local_files, plain, tell_completeness
from pressmark.cli.console import Column, cell, json_line, note, print_items
from pressmark.cli.selecting import TIME, in_order
from pressmark.cli.target import Target, open_archive, with_target
from pressmark.cli.terminal import is_terminal, rich_console
from pressmark.files import whole_file
from pressmark.text import counted

if TYPE_CHECKING:
    from pressmark.archive.times import Span
    from pressmark.catalog.asking import Answer

SECTION = "Look up"

FORMATS = ("table", "jsonl", "json", "csv", "tsv", "parquet")

TABLE_ROWS = 1000
"""Rows of a table unless --limit says otherwise: a person reads no more, and a table is laid out as a whole."""


@click.command(name="query")
@with_target
@click.argument("sql", metavar="SQL")
@click.option("--from", "--since", "start", type=TIME, help="Only captures at or after TIME.")
@click.option("--to", "end", type=TIME, help="Only captures at or before TIME.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"Maximum number of rows (default: {TABLE_ROWS:,} in a table, otherwise none; 0 = no limit).",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Output format. Default: by the extension of FILE, table on a terminal, jsonl in a pipe.",
)
@click.option("--json", "form", flag_value="jsonl", help="Same as --format jsonl.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to FILE, which appears only when it is complete.",
)
@click.option("--no-cache", is_flag=True, help="Keep no copy of a bucket's files on this machine.")
def command(
    target: Target,
    sql: str,
    start: "Span | None",
    end: "Span | None",
    limit: int | None,
    form: str | None,
    output: Path | None,
    no_cache: bool,
) -> None:
    """Query the archive's open table in SQL, with DuckDB.

    The view captures has a row for each capture, with the attributes that list --json prints and also surt, host, day
    and the article's text. The view latest has the newest capture of each URL. Only SELECT statements are accepted.

    The files of a bucket are fetched to this machine first and kept in ~/.cache/pressmark; --from and --to say which
    days are needed.

    \b
    Examples:
      pressmark query "select url, title from captures where list_contains(tags, 'harbour')"
      pressmark query "select day, count(*) pages from captures where purpose is null group by day" --from 2026-11
      pressmark query "select url, text from latest where text ilike '%bridge%'" -o bridge.parquet
      pressmark query "describe captures"
    """
    form = form or _by_name(output) or ("table" if output is None and is_terminal() else "jsonl")
    if form == "parquet" and output is None:
        raise click.UsageError("Parquet can only be written to a file: use -o FILE")
    if form == "parquet" and output is not None and output.exists() and not output.is_file():
        raise click.UsageError(f"{output} is not a regular file; Parquet can only be written to one")
    in_order(start, end)
    from pressmark.catalog import asking

    asking.only_select(sql)  # before anything is fetched for it
    archive = open_archive(target)
    since, until = (start.start if start else None), (end.end if end else None)
    with local_files(archive, since, until, cached=not no_cache) as paths, _destination(output) as out:
        if not paths:
            raise exits.nothing(f"{archive.label}: no captures of this period in its open table")
        written = Path(out.name) if out and form == "parquet" else None
        with asking.opened(paths, start=since, end=until, output=written) as database:
            if written is not None:
                count = database.write(sql, written, limit=limit or None)
                tell_completeness(archive, database, paths, until)
            else:
                answer = database.ask(sql)
                tell_completeness(archive, database, paths, until)
                count = _print(answer, form, limit, out)
        if count == 0:  # an earlier file of that name stays
            raise exits.nothing(f"{archive.label}: the query found no rows")
    if output is not None:
        note(f"{output}: {counted(count, 'row')}")


def _by_name(output: Path | None) -> str | None:
    endings = {".ndjson": "jsonl"} | {f".{form}": form for form in FORMATS[1:]}
    form = endings.get(output.suffix.lower()) if output else None
    if output is not None and form is None:
        raise click.UsageError(f"say what to write: --format {'|'.join(FORMATS[1:])}")
    return form


@contextmanager
def _destination(output: Path | None) -> "Iterator[IO[bytes] | None]":
    if output is None:
        yield None
        return
    with whole_file(output) as file:
        yield file


def _print(answer: "Answer", form: str, limit: int | None, out: "IO[bytes] | None") -> int:
    """Print the rows; return how many there were."""
    if limit is None:
        limit = TABLE_ROWS if form == "table" else 0
    rows = (
        dict(zip(answer.columns, map(plain, row), strict=True)) for batch in answer.batches for row in batch
    )
    shown = islice(rows, limit or None)
    if form == "table":
        count = _print_table(answer.columns, list(shown))
    elif out is not None:
        with _standard_output(out):
            count = _print_lines(answer.columns, shown, form)
    else:
        count = _print_lines(answer.columns, shown, form)
    if limit and count == limit and next(rows, None) is not None:
        note(f"the first {counted(count, 'row')}; --limit 0 gives all")
    return count


def _print_lines(columns: list[str], rows: "Iterator[dict[str, Any]]", form: str) -> int:
    if form == "json":
        count = 0
        for count, row in enumerate(rows, 1):
            click.echo(("[" if count == 1 else ",\n ") + json_line(row), nl=False)
        click.echo("]" if count else "[]")
        return count
    return print_items(rows, [_column(name) for name in columns], form)


def _column(name: str) -> Column:
    return Column(name, lambda row: _flat(row[name]))


def _flat(value: object) -> object:
    """Return a value for a cell: a structure as JSON, any other as it is."""
    if isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(each, dict | list) for each in value)
    ):
        return json_line(value)
    return value


def _print_table(columns: list[str], rows: list[dict[str, Any]]) -> int:
    from pressmark.cli.table import any_table

    if rows:
        console = rich_console()
        cells = [[cell(_flat(row[name])) for name in columns] for row in rows]
        numbers = [all(isinstance(row[name], int | float | None) for row in rows) for name in columns]
        for each in any_table([cell(name) for name in columns], cells, numbers, console.width):
            console.print(each)
    return len(rows)


@contextmanager
def _standard_output(out: "IO[bytes]") -> Iterator[None]:
    """Write to a file what is printed within the block."""
    import io
    from contextlib import redirect_stdout

    file = io.TextIOWrapper(out, encoding="utf-8", errors="backslashreplace", newline="")
    with redirect_stdout(file):
        yield
    file.flush()
    file.detach()

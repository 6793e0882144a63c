"""``pressmark search``: pages by their words."""

import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.console import Column, cell, chosen, format_options, note, print_items
from pressmark.cli.everything import Wanted, everything, row_by_row
from pressmark.cli.indexing import search_index
from pressmark.cli.selecting import HOST, TIME, in_order
from pressmark.cli.target import NAMED, Archive, Target, open_archive, with_target
from pressmark.cli.terminal import is_terminal, rich_console
from pressmark.clock import now
from pressmark.text import counted, moment, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pressmark.archive.times import Span
    from pressmark.research.search import Hit, Index

SECTION = "Look up"

MANY = timedelta(days=3)
"""The texts of a shorter period are read one by one: that is faster than fetching the open table."""


class _Search(click.Command):
    """Accepts ``-word``, a word that must not occur: a space in front keeps click from reading it as an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; ``--option`` and ``-h`` are options."""
        return super().parse_args(ctx, [f" {each}" if re.match("-[^-].", each) else each for each in args])


@click.command(name="search", cls=_Search)
@with_target
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--site", type=HOST, metavar="DOMAIN", help="Only pages of this registered domain and its subdomains."
)
@click.option("--author", type=NAMED, metavar="NAME", help="Articles by this author only.")
@click.option("--from", "--since", "start", type=TIME, help="Captured at or after TIME.")
@click.option("--to", "end", type=TIME, help="Captured at or before TIME.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="Maximum number of pages.",
)
@click.option(
    "--index",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Path of the search index.",
)
@click.option("--reindex", is_flag=True, help="Index the whole archive again, e.g. after a rebuild.")
@click.option("--no-update", is_flag=True, help="Search without updating the index first.")
@format_options
def command(
    target: Target,
    words: tuple[str, ...],
    site: str | None,
    author: str | None,
    start: "Span | None",
    end: "Span | None",
    limit: int,
    index: Path | None,
    reindex: bool,
    no_update: bool,
    output: str | None,
) -> None:
    """Find pages by words in their titles and texts, best matches first.

    Finds pages that have all the words, in any form (ferry finds ferries). Use "quotes" for an exact phrase, begin* for
    words that start with these letters, one OR other for either, and -word to exclude a word.

    The search index is a file on this machine. Each search updates it first; making it takes a while.

    \b
    Examples:
      pressmark search ferry fog
      pressmark search '"not known" -sport' --site example.com --since 2026-11
      pressmark search 'harbo* fog OR mist' --author "Jane Doe"
      pressmark search ferry --json
    """
    from pressmark.archive.ranges import of_domain
    from pressmark.research.search import Index, Question

    in_order(start, end)
    archive = open_archive(target)
    found = Index(index or search_index(archive), own_place=index is None)
    click.get_current_context().call_on_close(found.close)
    question = Question(
        " ".join(words),
        partition=of_domain(site)[0].partition if site else None,
        start=start.start if start else None,
        end=end.end if end else None,
        author=author,
    )

    def hits() -> "list[Hit]":
        told = found.told()
        for line in told:
            note(line)
        if not no_update or (told and not found.size()):  # it was made again
            _update(found, archive, whole=reindex)
        return list(found.search(question, reader=archive.reader, limit=limit))

    pages = _again(found, hits)
    form = chosen(output)
    count = _print(pages) if form == "table" else print_items(map(_item, pages), _COLUMNS, form)
    if count == 0:
        raise exits.nothing(f"{archive.label}: no page with these words")


def _again(index: Any, hits: "Callable[[], list[Hit]]") -> "list[Hit]":
    """Search, and once more if the index turns out to be damaged, or cannot be written after all."""
    import sqlite3

    try:
        return hits()
    except sqlite3.DatabaseError as error:
        index.renew(error)
        return hits()


def _update(index: "Index", archive: Archive, *, whole: bool) -> None:
    import sys

    rows = partial(_rows, archive)
    if is_terminal(sys.stderr):
        with rich_console(err=True).status("bringing the index up to date") as status:
            index.update(
                archive.reader,
                archive.files,
                now=now(),
                whole=whole,
                on_batch=lambda count: status.update(f"bringing the index up to date: {count:,} new"),
                rows=rows,
            )
    else:
        index.update(archive.reader, archive.files, now=now(), whole=whole, rows=rows)


def _rows(archive: Archive, start: "datetime | None") -> "Iterator[dict[str, Any]]":
    """Yield the rows captured since ``start``; for MANY days or more, with texts if the open table has them."""
    from pressmark.catalog.schema import COLUMNS

    if start is not None and now() - start < MANY:
        return row_by_row(archive, start=start)
    return everything(archive, Wanted(columns=COLUMNS, articles=True), start=start)


def _print(hits: "list[Hit]") -> int:
    from rich.padding import Padding
    from rich.text import Text

    from pressmark.cli.table import row_by_row
    from pressmark.research.snippets import MARKS

    console = rich_console()
    columns = _COLUMNS[:-1]
    cells = [
        {column.name: cell(column.shown(column.value(_item(hit)))) for column in columns} for hit in hits
    ]
    for hit, row in zip(
        hits, row_by_row([column.name for column in columns], cells, console.width), strict=True
    ):
        console.print(row)
        line = Text(style="dim")
        for piece in re.split(f"({MARKS[0]}[^{MARKS[1]}]*{MARKS[1]})", hit.snippet):
            marked = piece.startswith(MARKS[0])
            line.append(
                safe(piece.strip("".join(MARKS)) if marked else piece), style="bold not dim" if marked else ""
            )
        console.print(Padding(line, (0, 0, 0, 2)))
    if hits:
        note(counted(len(hits), "page"))
    return len(hits)


def _item(hit: "Hit") -> dict[str, Any]:
    from pressmark.research.snippets import MARKS

    snippet = hit.snippet.replace(MARKS[0], "").replace(MARKS[1], "")
    return {
        "url": hit.url,
        "title": hit.title,
        "captured": hit.captured,
        "published": hit.published,
        "snippet": snippet,
    }


_COLUMNS = (
    Column("captured", lambda item: item["captured"], moment),
    Column("published", lambda item: item["published"], moment),
    Column("title", lambda item: item["title"]),
    Column("url", lambda item: item["url"]),
    Column("snippet", lambda item: item["snippet"]),
)

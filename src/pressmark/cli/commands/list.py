"""``pressmark list``: lists captures."""

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli.console import Column, chosen, format_options, note, print_items
from pressmark.cli.listing import Neighbours
from pressmark.cli.listing import listed as listed_of
from pressmark.cli.selecting import EVERYTHING, TIME, nothing_found, selection_options, without_robots
from pressmark.cli.target import Target, open_archive, with_target
from pressmark.text import listed, moment, size

if TYPE_CHECKING:
    from pressmark.archive.selection import Selection
    from pressmark.archive.times import Span

SECTION = "Look up"


@click.command(name="list")
@with_target
@selection_options
@click.option("--latest", is_flag=True, help="Only the newest capture of each page.")
@click.option("--near", type=TIME, help="With a URL: captures closest to TIME first.")
@click.option(
    "--published",
    is_flag=True,
    help="With --site: sort by the article's own date; --from and --to then mean that date.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    default=100,
    show_default=True,
    help="Maximum number of results (0 = no limit).",
)
@click.option("--after", metavar="TOKEN", help="Continue after a listing that --limit ended.")
@EVERYTHING
@click.option("--brief", is_flag=True, help="Print only what the index holds; do not fetch whole rows.")
@format_options
def command(
    target: Target,
    selection: "Selection",
    latest: bool,
    near: "Span | None",
    published: bool,
    limit: int,
    after: str | None,
    everything: bool,
    brief: bool,
    output: str | None,
) -> None:
    """List captures: of a URL, a site, an author, a period, or the newest.

    The newest come first; with --prefix, --host and --site the order is by URL. If several conditions are given, a
    capture has to meet all of them.

    \b
    Examples:
      pressmark list
      pressmark list https://example.com/news/1
      pressmark list --site example.com --from 2026-11 --latest
      pressmark list --site example.com --published --from 7d
      pressmark list --author "Jane Doe" --json
      pressmark list --error not-found --from 2026-11-01 --to 2026-11-07
      pressmark list https://example.com/ --near 2026-11-23T12:00
    """
    from pressmark.archive import selection as selecting

    selection = replace(selection, latest=latest, near=near.start if near else None, published=published)
    form = chosen(output)
    archive = open_archive(target)
    expect = limit + 1 if limit else selecting.PAGE
    neighbours = Neighbours()
    found = listed_of(archive, selection, after=after, expect=expect, neighbours=neighbours)
    # The indexes hold what the columns show; entries by term do not.
    if not brief and (form == "jsonl" or selection.terms):
        found = selecting.whole_rows(archive.reader, found, expect=expect)
    if not everything:
        found = without_robots(found, selection)
    tokens: list[str] = []

    def shown() -> Any:
        for each in islice(found, limit or None):
            tokens[:] = [each.token]
            yield each.item

    columns = _BY_PUBLISHED if published else _COLUMNS
    count = print_items(shown(), columns, form)
    if count == 0:
        raise nothing_found(archive, selection)
    neighbours.tell()
    if limit and count == limit and near is None and next(found, None) is not None:
        note(f"more: --after {tokens[0]}")


def _status(row: dict[str, Any]) -> object:
    unchanged = "revisit" in row or row.get("status") == 304
    return row.get("error") or (
        "unchanged" if unchanged else row.get("status", "taken down" if "deleted" in row else "")
    )


_COLUMNS = (
    Column("captured", lambda row: row.get("captured"), moment),
    Column("status", _status),
    Column("size", lambda row: row.get("size"), size),
    Column("published", lambda row: row.get("published") or row.get("dated"), moment),
    Column("title", lambda row: row.get("title")),
    Column("url", lambda row: row.get("url")),
)

_BY_PUBLISHED = (
    Column("published", lambda row: row.get("published"), moment),
    Column("section", lambda row: row.get("section")),
    Column("authors", lambda row: row.get("authors"), listed),
    Column("title", lambda row: row.get("title")),
    Column("url", lambda row: row.get("url")),
)

"""``pressmark show``: shows one capture with all its fields."""

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.console import chosen, json_line, note, whole_format_options
from pressmark.cli.finding import Answer, Wanted, find, requisite
from pressmark.cli.selecting import TIME
from pressmark.cli.target import Archive, Target, open_archive, with_target
from pressmark.cli.terminal import rich_console
from pressmark.clock import now
from pressmark.text import counted, moment, safe, safe_lines, size

if TYPE_CHECKING:
    from pressmark.archive.times import Span

SECTION = "Look up"

LEFT_OUT = 10
"""How many requisites that were left out are named."""

HISTORY = 20
"""How many captures of the URL are listed below it."""

ORDER = (
    "url requested redirect final canonical title titles authors published modified section tags description kind "
    "language site_name words paywalled image caption credit read status error reason mime size digest truncated "
    "captured revisit original_url original_captured labels note bucket warc offset length meta_offset meta_length "
    "etag last_modified imported message_id token purpose"
).split()
"""Attributes in the order a person wants them; others follow."""

_HIDDEN = {"site", "capture", "day"}


@click.command(name="show")
@with_target
@click.argument("url")
@click.option("--at", type=TIME, help="Use the capture closest to TIME, even if it failed.")
@whole_format_options
def command(target: Target, url: str, at: "Span | None", output: str | None) -> None:
    """Show one capture: all fields, where each was found, and the page's history.

    Shows the newest successful capture, or with --at the one closest to a time, and says if later ones failed.

    JSON has the capture's row with three more fields: "sources" (where each of the article's fields was found),
    "confidence" (how far its dates are believed, from 0 to 1) and "history". There is also "later" if later captures
    failed, "asked" if the capture's URL is not exactly the one you gave, and "sources_of" if the page was unchanged (a
    revisit): the time of the capture that the sources belong to.

    \b
    Examples:
      pressmark show https://example.com/news/1
      pressmark show https://example.com/news/1 --at 2026-11-23
      pressmark show https://example.com/news/1 --json | python -m json.tool
    """
    archive = open_archive(target)
    answer = _answer(archive, url, at)
    row = answer.row
    described = _described(archive, row)
    article, text = _article(archive, described)
    sources = article.get("sources") or {}
    history = _history(archive, row)
    requisites = _requisites(archive, row)
    if chosen(output) != "table":
        of: dict[str, Any] = {} if described is row else {"sources_of": described["captured"]}
        of |= {"requisites": requisites} if requisites else {}
        places = {"sources": sources, "confidence": article.get("confidence") or {}}
        click.echo(json_line({**row, **answer.to_dict(), **places, **of, "history": history}))
        return
    _print(row, sources, text)
    if requisites:
        _print_requisites(requisites)
    _print_history(history)
    if described is not row:
        note(f"sources and text are of the capture of {described['captured']}, which this one repeats")


def _answer(archive: Archive, url: str, at: "Span | None") -> Answer:
    """Return the capture that is meant; if there is none, that of a requisite of pages."""
    try:
        return find(archive, url, at, Wanted(answered=False))
    except exits.Failure:
        if (row := requisite(archive, url, at)) is None:
            raise
        return Answer(row)


def _described(archive: Archive, row: dict[str, Any]) -> dict[str, Any]:
    """Return the row of the capture that the page was read from: for a revisit, the one that it repeats."""
    from pressmark.archive.content import original_of
    from pressmark.errors import TakenDownError

    try:
        original = original_of(archive.reader, row)
    except TakenDownError as error:
        note(str(error))
        return row
    if original is None and "original_captured" in row:
        note(
            f"the capture of {row['original_captured']} that this one repeats cannot be read in {archive.label}"
        )
    return original or row


def _article(archive: Archive, row: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return what was read from the page, with the source of each field, and the article's text."""
    from pressmark.archive.content import facts

    recorded, text = facts(archive.files, row)
    return recorded.get("article") or {}, text


def _requisites(archive: Archive, row: dict[str, Any]) -> dict[str, Any] | None:
    """Return what was captured of the page's pictures and style; None if that was not asked for."""
    from pressmark.archive import requisite_lists
    from pressmark.errors import NotFoundError, WarcError

    try:
        listing = requisite_lists.of_page(archive.reader, archive.files, row)
    except (NotFoundError, WarcError) as error:
        note(f"the list of its requisites cannot be read: {error}")
        return None
    return requisite_lists.told(listing) if listing else None


def _history(archive: Archive, row: dict[str, Any]) -> list[dict[str, Any]]:
    from pressmark.archive.requisite_lists import of_url
    from pressmark.archive.selection import Selection, select

    if row.get("purpose") == "requisites":
        rows = of_url(archive.reader, archive.files, row["url"])
    else:
        found = select(archive.reader, Selection(url=row["url"]), now=now(), expect=HISTORY)
        rows = (each.item for each in found)
    wanted = ("captured", "status", "error", "digest", "size", "revisit", "title")
    return [{name: each[name] for name in wanted if name in each} for each in islice(rows, HISTORY)]


def _print(row: dict[str, Any], sources: dict[str, str], text: str | None) -> None:
    from rich.table import Table
    from rich.text import Text

    from pressmark.archive.folder_files import BUCKET

    console = rich_console()
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(style="dim", no_wrap=True)
    hidden = _HIDDEN | ({"bucket"} if row.get("bucket") == BUCKET else set())  # a folder has no bucket
    names = [name for name in ORDER if name in row.keys() - hidden]
    names += sorted(row.keys() - set(names) - hidden)
    for name in names:
        table.add_row(
            name,
            Text(_value(name, row[name])),
            Text(safe(_OF.get(name) or sources.get(_SOURCE.get(name, name), ""))),
        )
    console.print(table)
    if text:
        beginning = text if len(text) <= 400 else text[:400].rsplit(" ", 1)[0] + " …"
        console.print("\n[bold]text[/bold]")
        console.print(Text(safe_lines(beginning)))


def _print_requisites(requisites: dict[str, Any]) -> None:
    from rich.text import Text

    console = rich_console()
    console.print("\n[bold]requisites[/bold]")
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in requisites["kinds"].items())
    console.print(Text(f"  {counted(requisites['count'], 'file')}: {kinds}" if kinds else "  none"))
    fetched = f"  {size(requisites['bytes'])} fetched for this page"
    if requisites["pointed_at"]:
        fetched += f", {requisites['pointed_at']:,} captured before and still fresh"
    console.print(Text(fetched))
    if not requisites["left_out_count"]:
        return
    console.print(Text(f"  left out: {requisites['left_out_count']:,}"))
    for each in requisites["left_out"][:LEFT_OUT]:
        console.print(Text(f"    {safe(each['url'])}: {safe(each['reason'])}", style="dim"))
    if requisites["left_out_count"] > LEFT_OUT:
        console.print(Text("    more with --json", style="dim"))


def _print_history(history: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    console = rich_console()
    console.print(
        f"\n[bold]history[/bold] (the newest {HISTORY})"
        if len(history) == HISTORY
        else "\n[bold]history[/bold]"
    )
    times = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(4):
        times.add_column(no_wrap=True)
    for each in history:
        state = each.get("error") or each.get("status") or ""
        same = f"same as before ({each['revisit']})" if "revisit" in each else str(each.get("digest", ""))
        style = "red" if "error" in each else "dim" if "revisit" in each else ""
        cells = (f"  {each['captured'][:19]}Z", safe(state), size(each.get("size")), safe(same))
        times.add_row(*(Text(cell, style=style) for cell in cells))
    console.print(times)


_OF = {"token": "invocation"}
"""What a field without a source is the name of."""

_SOURCE = {
    "words": "text",
    "canonical": "canonical_url",
    "paywalled": "is_paywalled",
}


def _value(name: str, value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{safe(where)}: {safe(each)}" for where, each in value.items())
    if isinstance(value, list):
        return ", ".join(safe(each) for each in value)
    if name == "size" and isinstance(value, int):
        return f"{counted(value, 'byte')} ({size(value)})" if value >= 1000 else counted(value, "byte")
    if name in ("published", "modified"):
        return f"{moment(value)} UTC" if str(value).endswith("Z") else safe(value)
    return safe(value)

"""``pressmark delete``: a takedown."""

from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.catalogs import catalog_of
from pressmark.cli.console import note
from pressmark.cli.finding import Wanted, find, requisite
from pressmark.cli.selecting import TIME
from pressmark.cli.target import Archive, Target, open_archive, with_target
from pressmark.clock import now
from pressmark.text import counted, safe

if TYPE_CHECKING:
    from pressmark.archive.times import Span
    from pressmark.upkeep.takedown import Takedown

SECTION = "Maintain"


@click.command(name="delete")
@with_target
@click.argument("url")
@click.option("--at", type=TIME, required=True, help="Take down the capture closest to TIME.")
@click.option("--reason", required=True, metavar="TEXT", help="Reason, kept in the tombstone.")
@click.option("--dry-run", is_flag=True, help="Print what would be taken down; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def command(target: Target, url: str, at: "Span", reason: str, dry_run: bool, yes: bool) -> None:
    """Take one capture down; a tombstone replaces its row.

    No other command deletes a capture. Its bytes stay in the WARC file until you replace that file: the command names
    it, and docs/reliability.md explains how. Later captures that found the page unchanged stay, but lose their body
    and text; the command lists them. A page's pictures and style go with it, except those that other pages share.
    To take such a file down everywhere, give its own URL.

    \b
    Examples:
      pressmark delete https://example.com/news/1 --at 2026-11-19 --reason "court order 12/26" --dry-run
    """
    from pressmark.upkeep import takedown

    if not reason.strip():
        raise click.UsageError("--reason is empty")
    archive = open_archive(target)
    row = _row(archive, url, at)
    if "deleted" in row:
        raise exits.nothing(f"{row['url']} at {row['captured']} was taken down on {row['deleted']}")
    if row.get("purpose") == "requisites":
        planned = takedown.plan_requisite(row, reason=reason.strip(), now=now())
    else:
        planned = takedown.plan(archive.reader, archive.files, row, reason=reason.strip(), now=now())
    _say(archive, planned)
    if dry_run:
        return
    if not yes:
        click.confirm("Take this capture down?", abort=True, err=True)
    click.echo(safe(f"taken down; tombstone: {_carry_out(archive, planned)}"))
    _take_out(archive, planned)


def _row(archive: Archive, url: str, at: "Span") -> dict[str, Any]:
    """Return the row of the capture that is meant; if there is none, that of a requisite of pages."""
    try:
        return find(archive, url, at, Wanted(answered=False, very=True)).row
    except exits.Failure:
        if (row := requisite(archive, url, at)) is None:
            raise
        return row


def _carry_out(archive: Archive, planned: "Takedown") -> str:
    """Take a capture down; return the place of its tombstone."""
    from pressmark.archive.table import Table
    from pressmark.upkeep import takedown

    if archive.folder is not None:
        return str(takedown.carry_out_here(planned, archive.folder))
    bucket = archive.output("BucketName")
    table = Table(archive.client("dynamodb"), archive.output("TableName"))
    takedown.carry_out(planned, client=archive.client("s3"), bucket=bucket, table=table)
    return f"s3://{bucket}/{planned.tombstone.key}"


def _take_out(archive: Archive, planned: "Takedown") -> None:
    """Remove the capture from the open table, if the archive has one. Raises Failure if that cannot be done."""
    from pressmark.catalog.removing import take_out
    from pressmark.errors import PressmarkError

    try:
        files = take_out(catalog_of(archive), planned.tombstone)
    except PressmarkError as error:
        raise exits.Failure(
            f"the open table still has the capture: {error}",
            exits.STORE,
            "pressmark catalog update removes it",
        ) from error
    if files:
        note(f"removed from {counted(files, 'file')} of the open table")


def _say(archive: Archive, planned: "Takedown") -> None:
    stone = planned.tombstone
    for hop in stone.hops:
        click.echo(safe(f"{hop.captured} {hop.url}"))
    note(f"{counted(len(stone.hops), 'row')} and {counted(len(planned.terms), 'look-up item')} to be deleted")
    if planned.damage:
        note(f"the WARC file cannot be read: {planned.damage}")
    for row in planned.dependents:
        note(f"found unchanged later, so it stays without body and text: {row['url']} at {row['captured']}")
    if planned.dependents:
        note("to take such a capture down, too: pressmark delete URL --at TIME")
    warc, offset = _place(archive, stone.warc, stone.offset)
    if is_compacted := warc != stone.warc:
        note(
            f"its file {stone.warc} was compacted; where it, or a version of it, still exists, that has its bytes, too"
        )
    end = offset + stone.length - 1
    if archive.folder is not None:
        where, else_there = str(archive.folder / warc), "copies and backups of that file keep them, too"
    else:
        where = f"s3://{archive.output('BucketName')}/{warc}"
        else_there = "every version of that object has them, and Object Lock may keep it"
    are_counted = planned.others is not None and not is_compacted
    others = counted(planned.others or 0, "other capture") if are_counted else "other captures"
    note(
        f"its bytes stay in {where} (bytes {offset} to {end}), which also holds {others}; {else_there} "
        '(docs/reliability.md, "Takedown")'
    )
    for each in planned.lists:
        warc, offset = _place(archive, each.warc, each.offset)
        last = offset + each.length - 1
        note(
            f"{counted(each.count, 'requisite')} (pictures, style sheets …) captured with it leave with the page; "
            f"their bytes stay, too: {warc}, bytes {offset} to {last}. Other pages that use one keep it; "
            "to take it down everywhere: pressmark delete its own URL"
        )


def _place(archive: Archive, warc: str, offset: int) -> tuple[str, int]:
    """Return file and offset where bytes of a WARC file are now: the file may have been compacted."""
    part = archive.files.compacted(warc)
    return (warc, offset) if part is None else (part.file, part.offset + offset)

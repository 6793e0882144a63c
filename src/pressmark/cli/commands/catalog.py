"""``pressmark catalog``: brings the open table up to date, or says how far it is."""

from typing import TYPE_CHECKING

import click

from pressmark.cli import exits
from pressmark.cli.catalogs import catalog_of, tell_undone
from pressmark.cli.console import json_line
from pressmark.cli.progress import Progress
from pressmark.cli.selecting import TIME
from pressmark.cli.target import Target, open_archive, with_target
from pressmark.text import counted, safe

if TYPE_CHECKING:
    from pressmark.archive.times import Span

SECTION = "Maintain"


@click.group(name="catalog")
def command() -> None:
    """Keep the open table: Parquet files of all captures and texts.

    Athena, DuckDB, Polars and Spark read it as it is. The files are in catalog/captures/, a folder for each day. A
    stack keeps it by itself (its parameter CatalogSchedule); a folder needs this command.

    \b
    Examples:
      pressmark catalog update
      pressmark catalog status --json
    """


@command.command(name="update")
@with_target
@click.option("--since", type=TIME, help="Look only at WARC files of this day and later (not for a folder).")
@click.option("--again", is_flag=True, help="Write every file again, even those that are up to date.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def update(target: Target, since: "Span | None", again: bool, as_json: bool) -> None:
    """Write what is missing or not up to date.

    Compares the footers of the Parquet files with the WARC files in the archive, and writes the groups that differ. A
    group is what the WARC files of one hour hold. A group whose WARC files have lost captures that the open table still
    has is left as it is; the exit code is then 5. It can be stopped and run again at any time, also while the stack's
    function runs.

    \b
    Examples:
      pressmark catalog update --since 2026-11-01
      pressmark --archive archive catalog update --again
    """
    from pressmark.catalog.updating import bring_up_to_date

    archive = open_archive(target)
    if since and archive.folder is not None:
        raise exits.Failure("--since is for a stack", exits.USAGE, "a folder is always read completely")
    day = f"{since.start:%Y-%m-%d}" if since else ""
    with Progress() as progress:
        done = bring_up_to_date(
            catalog_of(archive),
            since=day,
            again=again,
            on_group=lambda group, rows: progress(f"writing: {group}, {counted(rows, 'row')}"),
        )
    code = tell_undone(done)
    facts = {"groups": done.groups, "written": done.written, "rows": done.rows, "deleted": done.deleted}
    if as_json:
        click.echo(json_line({"catalog": facts | {"kept": len(done.kept), "failed": len(done.failed)}}))
    else:
        click.echo(
            f"{counted(done.groups, 'group')}, {done.written:,} written with {counted(done.rows, 'row')}, "
            f"{counted(done.deleted, 'file')} deleted"
        )
    if code:
        raise click.exceptions.Exit(code)


@command.command(name="status")
@with_target
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def status(target: Target, as_json: bool) -> None:
    """Say whether the open table covers all WARC files.

    Reads only the files' footers. pressmark verify compares every row with its WARC file.

    \b
    Examples:
      pressmark catalog status
    """
    from pressmark.catalog.updating import status_of

    found = status_of(catalog_of(open_archive(target)))
    facts = {"files": found.files, "bytes": found.bytes, "groups": found.groups, "waiting": found.waiting}
    if as_json:
        click.echo(json_line({"catalog": facts}))
        return
    click.echo(
        f"{counted(found.files, 'file')}, {counted(found.bytes, 'byte')}; {counted(found.groups, 'group')}, "
        + (f"{len(found.waiting):,} not up to date" if found.waiting else "all up to date")
    )
    for group in found.waiting[:20]:
        click.echo(safe(f"not up to date: {group}"))
    if len(found.waiting) > 20:
        click.echo(f"and {len(found.waiting) - 20:,} more")

"""``pressmark compact``: small WARC files become parts of a few large ones."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pressmark.cli import exits
from pressmark.cli.console import json_line, note
from pressmark.cli.progress import Progress
from pressmark.cli.target import Archive, Target, open_archive, with_target
from pressmark.clock import now
from pressmark.errors import ArchiveError
from pressmark.text import counted, size

if TYPE_CHECKING:
    from pressmark.upkeep.compacting import Compacted

SECTION = "Maintain"


@click.command(name="compact")
@with_target
@click.option(
    "--older-than",
    type=click.IntRange(min=2),
    default=30,
    show_default=True,
    metavar="DAYS",
    help="Compact only files of days that are at least this many days ago.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be compacted; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(target: Target, older_than: int, dry_run: bool, as_json: bool) -> None:
    """Join small WARC files of a day into a few large ones.

    S3 moves no file below 128 KB to a cheaper storage class. Each small file becomes a part of a large one, byte for
    byte; every command and every older reference finds it there under its old name. Files with a capture that was
    taken down are left alone, and so are days with a file under Object Lock. It can be stopped and run again at any
    time. The stack does this by itself if its parameter CompactSchedule says when.

    \b
    Examples:
      pressmark compact --dry-run
      pressmark compact --older-than 90
    """
    from pressmark.upkeep.compacting import Compaction

    archive = open_archive(target)
    if archive.folder is not None:
        raise exits.Failure(
            f"{archive.label}: only a stack's bucket can be compacted",
            exits.USAGE,
            "a disk has no storage classes, so nothing would be gained",
        )
    s3, bucket = archive.client("s3"), archive.output("BucketName")
    with Progress() as progress:
        compaction = Compaction(
            s3,
            bucket,
            now(),
            dry_run=dry_run,
            on_file=lambda done: progress(f"compacting: {counted(done.files, 'file')} into {done.into:,}"),
        )
        done = compaction.run(now().date() - timedelta(days=older_than - 1))
    if as_json:
        click.echo(json_line({"compact": done.to_dict() | {"dry_run": dry_run}}))
    else:
        _say(done, dry_run=dry_run)
    if done.deleted:
        _say_versions(archive)


def _say(done: "Compacted", *, dry_run: bool) -> None:
    from pressmark.upkeep.compacting import LEFT

    verb = "would become" if dry_run else "became"
    if done.files:
        files = counted(done.files, "small file")
        click.echo(
            f"{files} ({size(done.bytes)}) {verb} {done.into:,}, which S3 can move to a cheaper storage class"
        )
    else:
        click.echo("nothing to compact")
    if done.deleted != done.files and not dry_run:
        click.echo(f"{counted(done.deleted, 'small file')} deleted, with those that an earlier run compacted")
    for reason, count in done.left.items():
        if count:
            click.echo(f"left as they are: {count:,} {LEFT[reason]}")


def _say_versions(archive: Archive) -> None:
    """Say how long the bucket keeps what was deleted."""
    from pressmark.upkeep.versions import days_kept

    try:
        days = days_kept(archive.client("s3"), archive.output("BucketName"))
    except ArchiveError as error:  # all that was asked for is done
        note(f"how long the bucket keeps the deleted files as older versions is not known: {error}")
        return
    if days is None:
        note(
            "the bucket keeps the deleted files as older versions, and bills them, until a lifecycle rule lets them "
            "expire: set the stack's CompactSchedule (docs/operations.md)"
        )
    else:
        note(
            f"until they expire after {counted(days, 'day')}, the deleted files can be put back (docs/operations.md)"
        )

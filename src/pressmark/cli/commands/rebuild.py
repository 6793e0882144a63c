"""``pressmark rebuild``: rebuilds the table, or a folder's index, from the WARC files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from pressmark.cli import exits
from pressmark.cli.console import json_line, note
from pressmark.cli.indexing import index_terms_of, indexing_of, make_rebuilder
from pressmark.cli.selecting import TIME
from pressmark.cli.target import Archive, Target, open_archive, with_target
from pressmark.cli.terminal import is_terminal
from pressmark.text import counted, safe

if TYPE_CHECKING:
    from pressmark.archive.folder import FolderReader
    from pressmark.archive.times import Span
    from pressmark.upkeep.rebuild import Rebuilt
    from pressmark.upkeep.reextract import Change

SECTION = "Maintain"

WORKERS = 8
"""How many files are processed at a time: a rebuild waits for S3 and DynamoDB, --extract for the processor."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rebuild does.

    after: the last key that is skipped. extract: read the articles again. workers: files processed at a time.
    index_terms: the look-up items to keep, None for the stack's.
    """

    after: str
    dry_run: bool
    extract: bool
    workers: int
    index_terms: str | None


@click.command(name="rebuild")
@with_target
@click.option("--since", type=TIME, help="Read only WARC files of this day and later.")
@click.option("--dry-run", is_flag=True, help="Count what is missing or different; write nothing.")
@click.option("--extract", is_flag=True, help="Read the articles again and print what changed.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    default=WORKERS,
    show_default=True,
    help="Files processed at the same time.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save progress in FILE; a later run with it resumes there.",
)
@click.option(
    "--index-terms", metavar="KINDS", help="Use these instead of the stack's IndexTerms, e.g. author,tag."
)
@click.option("--catalog", is_flag=True, help="Also write every file of the open table again.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print changes and the result as JSON, one object per line."
)
def command(
    target: Target,
    since: "Span | None",
    dry_run: bool,
    extract: bool,
    workers: int,
    resume: Path | None,
    index_terms: str | None,
    catalog: bool,
    as_json: bool,
) -> None:
    """Rebuild the table, or a folder's index, from the WARC files.

    A rebuild deletes no captures and does not bring back any that were taken down. With --extract it also reads titles,
    dates and texts from the pages again, with today's extractor (named in each row as extracted_by).

    \b
    Examples:
      pressmark rebuild
      pressmark rebuild --since 2026-11-01 --dry-run
      pressmark rebuild --extract --dry-run --json
    """
    from pressmark.archive.objects import PREFIX
    from pressmark.upkeep.unfinished import State

    if catalog and (dry_run or since):
        raise click.UsageError("--catalog cannot be combined with --dry-run or --since")
    archive = open_archive(target, tell_damage=False)  # told at the end
    if archive.folder is not None:
        if since or resume or index_terms:
            words = "--since, --resume and --index-terms are for a stack"
            raise exits.Failure(words, exits.USAGE, "a folder is always read completely")
        _prepare(cast("FolderReader", archive.reader), dry_run=dry_run, extract=extract)
    after = f"{PREFIX}{since.start:%Y/%m/%d}" if since else ""
    state: State | None = None
    if resume is not None and archive.folder is None:
        terms = sorted(index_terms_of(archive, index_terms))
        what = {"table": archive.output("TableName"), "index_terms": terms}
        state = State(resume, {**what, "since": after, "dry_run": dry_run, "extract": extract})
        if reached := state.read():
            note(f"resuming after {reached}")
            after = reached

    def on_file(key: str, done: "Rebuilt") -> None:
        if state is not None:
            state.write(key)
        if is_terminal() or done.files % 1000 == 0:
            note(f"{counted(done.files, 'file')}, {counted(done.captures, 'capture')}: {key}")

    asked = Asked(after=after, dry_run=dry_run, extract=extract, workers=workers, index_terms=index_terms)
    done = _run(archive, asked, on_file, _printer(as_json))
    if state is not None:
        state.remove()
    code = _catalog(archive) if catalog else 0
    _report(done, dry_run=dry_run, extract=extract, as_json=as_json)
    if code:
        raise click.exceptions.Exit(code)


def _catalog(archive: Archive) -> int:
    """Write the open table again; return the exit code for what was not written."""
    from pressmark.catalog.updating import bring_up_to_date
    from pressmark.cli.catalogs import catalog_of, tell_undone

    done = bring_up_to_date(catalog_of(archive), again=True)
    note(f"open table: {counted(done.rows, 'row')}")
    return tell_undone(done)


def _run(archive: Archive, asked: Asked, on_file: Any, on_changes: Any) -> "Rebuilt":
    import os
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import closing

    from pressmark.errors import WarcError
    from pressmark.reading.pool import Readers
    from pressmark.upkeep.rebuild import finish, run

    # Reading articles takes processor time, so there are no more readers than processors.
    with (
        closing(Readers(min(asked.workers, os.cpu_count() or 1))) as readers,
        ThreadPoolExecutor(asked.workers) as threads,
    ):
        rebuilder = make_rebuilder(
            archive, asked.index_terms, dry_run=asked.dry_run, reads=readers if asked.extract else None
        )
        if archive.folder is None:
            keys = (key for key, _ in rebuilder.objects.keys(after=asked.after))
        else:
            keys = (
                entry.key
                for entry in cast("FolderReader", archive.reader).files.entries()
                if not entry.problem
            )
        done = run(rebuilder, keys, threads, workers=asked.workers, on_file=on_file, on_changes=on_changes)
        if archive.folder is None and not asked.dry_run:
            finish(rebuilder, indexing_of(archive, asked.index_terms), threads, workers=asked.workers)
    done.damaged = rebuilder.indexing.tombstones.damaged + done.damaged
    if archive.folder is not None:
        files = cast("FolderReader", archive.reader).files
        done.damaged += [WarcError(each.problem, file=each.key) for each in files.entries() if each.problem]
    return done


def _prepare(reader: "FolderReader", *, dry_run: bool, extract: bool) -> None:
    """Make a folder's index again, but not for a dry run or --extract. Raises Failure if it cannot be written."""
    if dry_run:
        return
    if not reader.is_kept:
        raise exits.Failure(
            "the folder's index cannot be written, and nothing would be kept",
            exits.STORE,
            "make index.sqlite there writable, or give --dry-run",
        )
    if not extract:
        reader.make_again()


def _printer(as_json: bool) -> Any:
    def show(changes: Sequence["Change"]) -> None:
        from dataclasses import asdict

        for change in changes:
            if as_json:
                click.echo(json_line(asdict(change)))
            else:
                line = f"{change.captured} {change.url} {change.field}: {change.before!r} -> {change.now!r}"
                click.echo(safe(line))

    return show


def _report(done: "Rebuilt", *, dry_run: bool, extract: bool, as_json: bool) -> None:
    counts = {"files": done.files, "captures": done.captures, "items": done.items}
    said = [counted(count, what.removesuffix("s")) for what, count in counts.items()]
    if dry_run:
        counts |= {"missing": done.missing, "different": done.different}
        said += [f"{done.missing:,} missing", f"{done.different:,} different"]
        if extract:
            counts["marked"] = done.marked
            said += [f"{counted(done.marked, 'row')} of which only extracted_by would change"]
    for problem in done.damaged:
        note(f"damaged: {problem}")
    for page in done.unread:
        note(f"not read again: {page}")
    if as_json:
        line: dict[str, Any] = {**counts, "damaged": len(done.damaged), "unread": len(done.unread)}
        click.echo(json_line({"rebuilt": line | ({"changed": dict(done.changed)} if extract else {})}))
    else:
        click.echo(", ".join(said))
        for field, count in done.changed.most_common():
            click.echo(f"{field}: {counted(count, 'capture')} read differently")
    if done.damaged:
        raise click.exceptions.Exit(exits.DAMAGE)

"""``pressmark verify``: checks that the archive is unchanged and complete."""

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from pressmark.cli import exits
from pressmark.cli.catalogs import catalog_of
from pressmark.cli.console import json_line, note
from pressmark.cli.indexing import indexing_of
from pressmark.cli.progress import Progress
from pressmark.cli.selecting import TIME, with_scheme
from pressmark.cli.target import NAMED, Archive, Target, open_archive, with_target
from pressmark.cli.terminal import is_terminal
from pressmark.clock import now
from pressmark.text import counted, safe

if TYPE_CHECKING:
    from pressmark.archive.times import Span
    from pressmark.upkeep.problems import Problem, Verified
    from pressmark.upkeep.verify import Verifier

SECTION = "Maintain"


@click.command(name="verify")
@with_target
@click.argument("url", type=NAMED, required=False)
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="Check N files and N rows, chosen at random."
)
@click.option("--since", type=TIME, help="Check only captures of this day and later.")
@click.option(
    "--index-terms", metavar="KINDS", help="Use these instead of the stack's IndexTerms, e.g. author,tag."
)
@click.option(
    "--forget-lost",
    is_flag=True,
    help="Folders: the lost captures were removed on purpose; stop reporting them.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print problems and the result as JSON, one object per line."
)
def command(
    target: Target,
    url: str | None,
    sample: int | None,
    since: "Span | None",
    index_terms: str | None,
    forget_lost: bool,
    as_json: bool,
) -> None:
    """Check that every row leads to its bytes and that they are unchanged.

    By default reads every WARC file completely, compares each record with its digests, and looks for captures without
    a row and rows without a capture. With a URL it reads only that page's captures. The exit code is 5 if there are
    problems.

    \b
    Examples:
      pressmark verify https://example.com/news/1
      pressmark verify --sample 5
      pressmark verify --since 2026-11-01 --json
    """
    from pressmark.archive.folder import FolderReader
    from pressmark.upkeep import sweep
    from pressmark.upkeep.verify import Verifier

    if len([given for given in (url, sample, since) if given]) > 1:
        raise click.UsageError("URL, --sample and --since cannot be combined")
    archive = open_archive(target, tell_damage=False)  # damage is reported with the other problems
    if forget_lost:
        _forget(archive)

    day = since.start.date() if since else None
    if url is not None or not is_terminal(sys.stderr):
        total = 0  # it is not shown
    else:
        total = sample or sweep.count_files(archive.files, day)

    def step(done: "Verified") -> None:
        files = f"{done.files:,} of {counted(total, 'file')}, " if total else ""
        progress(f"verifying: {files}{counted(done.rows, 'row')}")

    indexing = indexing_of(archive, index_terms)
    verifier = Verifier(
        archive.files, archive.reader, indexing, on_problem=partial(_show, as_json=as_json), on_step=step
    )
    with Progress() as progress:
        if url is not None:
            verifier.url(with_scheme(url))
        elif sample is not None:
            sweep.sample(verifier, sample, today=now().date())
        else:
            sweep.everything(verifier, since=day, today=now().date())
    if url is not None and verifier.done.rows == 0:
        raise exits.nothing(f"{url}: not in {archive.label}")
    if url is None and isinstance(archive.reader, FolderReader):
        verifier.lost(archive.reader.lost())
        verifier.unread(archive.reader.unread)
        verifier.unread(archive.reader.files.bundle_problems())
    elif url is None:
        verifier.unread(map(str, indexing.tombstones.damaged))
    if url is None and sample is None:
        _catalog(archive, verifier, day.isoformat() if day else "")
    _report(verifier.done, as_json)


def _catalog(archive: Archive, verifier: "Verifier", since: str) -> None:
    """Compare the open table with the WARC files, if the archive has one."""
    from pressmark.catalog.check import Checker, Discrepancy

    def tell(wrong: Discrepancy) -> None:
        verifier.tell(wrong.kind, wrong.detail, warc=wrong.key, url=wrong.url, captured=wrong.captured)

    with Progress() as progress:
        checker = Checker(
            catalog_of(archive),
            now=None if archive.folder is not None else now(),
            on_problem=tell,
            on_file=lambda key, rows: progress(f"open table: {key}, {counted(rows, 'row')}"),
        )
        done = checker.everything(since=since)
    if done.files:
        note(f"open table: {counted(done.files, 'file')}, {counted(done.rows, 'row')} compared")
    if done.waiting:
        then = "pressmark catalog update"
        if _is_file_lost(verifier.done):
            then = f"when whole copies are back, {then}"
        note(f"open table: {counted(len(done.waiting), 'group')} not up to date: {then}")


def _is_file_lost(done: "Verified") -> bool:
    """Whether a WARC file is damaged or gone."""
    return bool(done.problems["damaged-file"] or done.problems["lost-capture"])


def _show(problem: "Problem", *, as_json: bool) -> None:
    if as_json:
        click.echo(json_line(problem.to_dict()))
        return
    place = problem.warc if problem.offset is None else f"{problem.warc} at {problem.offset}"
    words = " ".join(word for word in (problem.kind, problem.url, problem.captured, place) if word)
    click.echo(safe(f"{words}: {problem.detail}" if problem.detail else words))


def _forget(archive: Archive) -> None:
    from pressmark.archive.folder import FolderReader

    if not isinstance(archive.reader, FolderReader):
        raise exits.Failure(
            f"{archive.label}: its table knows what is lost; --forget-lost is for a folder", exits.USAGE
        )
    note(f"{counted(archive.reader.forget_lost(), 'lost capture')} forgotten")


def _report(done: "Verified", as_json: bool) -> None:
    from pressmark.archive.items import passed_over
    from pressmark.catalog import check
    from pressmark.upkeep.problems import KINDS

    kinds = KINDS | check.KINDS
    if as_json:
        click.echo(json_line({"verified": done.to_dict()}))
    else:
        counts = ((done.files, "file"), (done.records, "record"), (done.rows, "row"), (done.bytes, "byte"))
        wrong = sum(done.problems.values())
        note(
            f"{', '.join(counted(*count) for count in counts)} read: "
            f"{counted(wrong, 'problem') if wrong else 'no problems found'}"
        )
        if passed := passed_over(done.passed):
            note(passed)
        for kind, count in done.problems.most_common():
            note(f"{count} {kind}: {kinds[kind]}")
        if _is_file_lost(done):
            note("put a whole copy of each damaged or missing WARC file back, then pressmark verify")
    if done.problems:
        raise click.exceptions.Exit(exits.DAMAGE)

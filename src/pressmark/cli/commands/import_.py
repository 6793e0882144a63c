"""``pressmark import``: archive files of other tools put into the archive."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.console import json_line, note
from pressmark.cli.target import Target, folder_of, open_stack, with_target
from pressmark.text import counted, safe

if TYPE_CHECKING:
    from pressmark.catalog.shelf import Shelf
    from pressmark.upkeep.import_source import Imported
    from pressmark.upkeep.importing import Store

SECTION = "Add"


@click.command(name="import")
@with_target
@click.argument(
    "sources", nargs=-1, required=True, metavar="FILES...", type=click.Path(path_type=Path, exists=True)
)
@click.option("--no-extract", is_flag=True, help="Do not extract titles, dates and texts from the pages.")
@click.option("--dry-run", is_flag=True, help="Print what is in the files; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, one object per file.")
def command(
    target: Target, sources: tuple[Path, ...], no_extract: bool, dry_run: bool, as_json: bool
) -> None:
    """Add WARC, WACZ and ARC files of other tools to the archive.

    FILES are files or folders. Each file is checked, its records are copied into new WARC files of the archive, and
    its pages get titles, dates and texts like captured ones. A file whose content is already in the archive is
    skipped: after an interruption, run the same import again. FILES themselves are not changed.

    \b
    Examples:
      pressmark import crawl.warc.gz --archive ./archive
      pressmark import --dry-run collections/
      pressmark import session.wacz old/
    """
    from pressmark.archive.folder_files import BUNDLE, bundle_problems, entries_of
    from pressmark.reading.reader import Reader
    from pressmark.upkeep.importing import bring_in

    folder = folder_of(target)
    store = _folder_store(folder) if folder is not None else _stack_store(target)
    reader = click.get_current_context().with_resource(closing(Reader()))
    if not (no_extract or dry_run):
        reader.start()
    outcomes: Counter[str] = Counter()
    captures = known = damaged = 0
    for source in sources:
        files, entries = entries_of(source)
        if source.is_file() and source.name.lower().endswith(BUNDLE) and not all(e.problem for e in entries):
            for problem in bundle_problems(source):
                note(f"damaged: {source}: {problem}")
                damaged += 1
        if not entries:
            note(
                f"{source}: {'no WARC, WACZ or ARC files in it' if source.is_dir() else 'not a WARC, WACZ or ARC file'}"
            )
            outcomes["unusable"] += 1
        for entry in entries:
            if folder is not None and (files.folder / entry.key).is_relative_to(folder.resolve()):
                raise exits.Failure(
                    f"{files.folder / entry.key} is in the archive folder already", exits.USAGE
                )
            done = bring_in(files, entry, store, reads=None if no_extract else reader, dry_run=dry_run)
            outcomes[done.outcome] += 1
            captures += 0 if done.known else done.pages
            known += done.pages if done.known else 0
            damaged += len(done.damage) if done.records else 0  # without a record, it may be any file
            _say(done, dry_run=dry_run, as_json=as_json)
    new, old, unusable = outcomes["imported"], outcomes["known"], outcomes["unusable"]
    words = "would be imported" if dry_run else "imported"
    totals = [
        f"{counted(captures, 'capture')} of {counted(new, 'file')} {words}" if new else f"nothing {words}",
        f"{counted(known, 'capture')} of {counted(old, 'file')} already in the archive" if old else "",
        f"{counted(unusable, 'file')} could not be used" if unusable else "",
    ]
    note("; ".join(filter(None, totals)))
    if damaged:
        raise click.exceptions.Exit(exits.DAMAGE)
    if outcomes["unusable"]:
        raise click.exceptions.Exit(exits.NOTHING)


def _folder_store(folder: Path) -> "Store":
    from pressmark.archive.folder_files import FolderFiles
    from pressmark.upkeep.importing import FolderStore

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise exits.Failure(f"{folder} cannot be created: {error.strerror}", exits.STORE) from error
    return FolderStore(FolderFiles(folder))


def _stack_store(target: Target) -> "Store":
    from pressmark.catalog.shelf import BucketShelf
    from pressmark.cli.indexing import make_rebuilder

    archive = open_stack(target)
    shelf = BucketShelf(archive.client("s3"), archive.output("BucketName"))
    return _StackStore(make_rebuilder(archive, None, dry_run=False), shelf)


class _StackStore:
    """The bucket and the table of a stack. rebuilder: writes the items of its files. shelf: has the open table."""

    def __init__(self, rebuilder: Any, shelf: "Shelf") -> None:
        self._rebuilder, self._shelf = rebuilder, shelf

    def holds(self, key: str) -> bool:
        """Whether the bucket has a file."""
        return any(found == key for found, _ in self._rebuilder.objects.keys(key))

    def open(self, key: str) -> Any:
        """Return a stored file's bytes."""
        return self._rebuilder.objects.open(key)

    def put(self, key: str, file: Any) -> None:
        """Store a file. Its captures may be of any day, so the open table's next scheduled run looks at all days."""
        from pressmark.catalog.naming import MARK

        self._rebuilder.objects.put(key, file)
        self._shelf.delete(MARK)

    def index(self, key: str) -> None:
        """Write a file's rows if any are missing."""
        from dataclasses import replace

        if replace(self._rebuilder, dry_run=True)(key).missing:
            self._rebuilder(key)


def _why_none(done: "Imported") -> str:
    """Say why a file gave no record at all."""
    if not done.damage:
        return "the file is empty"
    (error, *_) = done.damage
    return "no WARC or ARC record could be read" if error.offset is not None else error.reason


def _say(done: "Imported", *, dry_run: bool, as_json: bool) -> None:
    from pressmark.archive.items import passed_over

    for error in done.damage if done.records else ():
        note(f"damaged: {done.name}: {str(error).removeprefix(f'{error.file}: ')}")
    for page in done.unread:
        note(f"without its article: {page}")
    if as_json:
        line = {
            "file": done.name,
            "outcome": done.outcome,
            "key": done.key if done.captures or done.known else "",
            "captures": done.pages,
            "requisites": done.requisites,
            "articles": done.articles,
            "unread": done.unread,
            "unpacked": done.unpacked,
            "passed": dict(done.passed),
            "damage": [str(error) for error in done.damage],
        }
        click.echo(json_line(line))
        return
    if done.known:
        said = f"already in the archive, as {done.key}"
    elif not done.captures:
        types = ", ".join(sorted(done.records))
        unread = _why_none(done)
        said = f"nothing to import ({f'only {types} records' if types else unread})"
    elif dry_run:
        said = counted(done.pages, "capture")
    else:
        said = f"{counted(done.pages, 'capture')}, {counted(done.articles, 'article')}: {done.key}"
    requisites = f"{counted(done.requisites, 'requisite')} of them" if done.requisites else ""
    robots = f"robots.txt files among the captures: {done.robots:,}" if done.robots else ""
    also = [robots, requisites, done.unpacked, passed_over(done.passed)]
    click.echo(safe(f"{done.name}: {'; '.join([said, *(text for text in also if text)])}"))

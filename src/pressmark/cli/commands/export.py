"""``pressmark export``: captures in a format that others read."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.console import note
from pressmark.cli.everything import Wanted, found_in_everything, is_everything
from pressmark.cli.listing import listed
from pressmark.cli.progress import Progress
from pressmark.cli.selecting import EVERYTHING, nothing_found, selection_options, without_robots
from pressmark.cli.target import Archive, Target, open_archive, with_target
from pressmark.cli.terminal import is_terminal
from pressmark.clock import now
from pressmark.files import whole_file
from pressmark.text import counted

if TYPE_CHECKING:
    from pressmark.archive.selection import Found, Selection
    from pressmark.export.merge import Copied

SECTION = "Read and export"

FORMATS = ("cdxj", "cdx", "warc", "wacz", "csv", "jsonl", "parquet", "timemap")
BINARY = ("warc", "wacz", "parquet")
ROWS = ("csv", "jsonl", "parquet")
"""Formats for facts about captures. The others are for players, which look up robots.txt like any page."""

TABLES = ("csv", "parquet")
"""Formats with fixed columns. JSON Lines have all attributes of a row, such as ``terms``."""

AHEAD = 16
"""How many rows' texts are read at the same time, and held in memory."""

BASE = "http://127.0.0.1:8080/pressmark/"
"""Where ``pressmark replay`` shows captures."""


@click.command(name="export")
@with_target
@selection_options
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Output format (default: by the extension of FILE).",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to FILE, which appears only when it is complete.",
)
@EVERYTHING
@click.option(
    "--latest",
    is_flag=True,
    help="Only the newest successful capture of each page, or the newest if none succeeded.",
)
@click.option("--with-text", is_flag=True, help="Add the article's text (csv, jsonl, parquet).")
@click.option("--title", metavar="TEXT", help="Title of a WACZ.")
@click.option(
    "--base",
    default=BASE,
    show_default=True,
    metavar="URL",
    help="URL prefix under which a TimeMap's mementos are replayed.",
)
def command(
    target: Target,
    selection: "Selection",
    form: str | None,
    output: Path | None,
    everything: bool,
    latest: bool,
    with_text: bool,
    title: str | None,
    base: str,
) -> None:
    """Write captures as CDXJ, CDX, WARC, WACZ, CSV, JSON Lines, Parquet or a TimeMap.

    Exports the whole archive, or what the options choose (as in list). WARC and WACZ files also get the captures that
    revisits and redirects refer to, so that they can be replayed on their own. A TimeMap is of one URL.

    \b
    Examples:
      pressmark export --format cdxj > index.cdxj
      pressmark export --site example.com --from 2026-11 -o november.wacz --title "November"
      pressmark export https://example.com/news/1 -o one-page.warc.gz
      pressmark export --author "Jane Doe" -o doe.csv
      pressmark export https://example.com/news/1 --format timemap
    """
    form = form or _by_name(output)
    if form == "parquet" and output is None:
        raise click.UsageError("Parquet can only be written to a file: use -o FILE")
    if form in BINARY and output is None and is_terminal():
        raise click.UsageError(f"{form} is binary: use -o FILE or pipe it")
    if form == "parquet" and output is not None and output.exists() and not output.is_file():
        raise click.UsageError(f"{output} is not a regular file; Parquet can only be written to one")
    if form == "timemap" and (selection.url is None or selection.match != "exact"):
        raise click.UsageError("a TimeMap needs one URL: pressmark export URL --format timemap")
    if with_text and form not in ROWS:
        raise click.UsageError(f"--with-text is for {', '.join(ROWS)}; {form} is not one of them")
    archive = open_archive(target)
    selection = replace(selection, latest=latest, best=latest)
    progress = Progress(quiet=output is None and is_terminal())
    found = _found(archive, selection, form, with_text=with_text)
    left_out: Counter[str] = Counter()
    if form in ROWS and not everything:
        found = without_robots(found, selection, lambda item: left_out.update([item["purpose"]]))
    rows = _Counted((each.item for each in found), progress)
    if with_text:
        rows.add_text(archive)
    with progress, _destination(output) as out:
        _write(
            archive,
            rows,
            out,
            Form(form, url=selection.url or "", title=title or "", base=base, with_text=with_text),
        )
        if rows.count == 0:  # an earlier file of that name stays
            raise nothing_found(archive, selection)
        if rows.damaged >= rows.count:
            raise exits.Failure("all captures that were chosen are damaged", exits.DAMAGE)
    rows.tell()
    if left_out:
        note(f"left out: {counted(left_out.total(), 'robots.txt file')} (--all includes them)")
    if rows.damaged + rows.without + rows.textless > 0 or bool(getattr(archive.reader, "damaged", ())):
        raise click.exceptions.Exit(exits.DAMAGE)


def _by_name(output: Path | None) -> str:
    name = output.name.lower() if output else ""
    for form, endings in {
        "warc": (".warc.gz", ".warc"),
        "jsonl": (".jsonl", ".ndjson"),
        "timemap": (".link",),
        **{each: (f".{each}",) for each in ("cdxj", "cdx", "wacz", "csv", "parquet")},
    }.items():
        if name.endswith(endings):
            return form
    raise click.UsageError(f"say what to write: --format {'|'.join(FORMATS)}")


def _found(archive: Archive, selection: "Selection", form: str, *, with_text: bool) -> "Iterator[Found]":
    from pressmark.archive.selection import whole_rows

    if form in TABLES and is_everything(archive, selection):
        from pressmark.catalog.schema import COLUMNS

        columns = COLUMNS.keys() - (set() if with_text else {"text"})
        return found_in_everything(archive, selection, Wanted(columns=columns))
    return whole_rows(archive.reader, listed(archive, selection))


@dataclass(frozen=True, slots=True)
class Form:
    """What an export looks like.

    url: the page of a TimeMap; base: the prefix of its links. title: of a WACZ. with_text: whether rows have the
    article's text.
    """

    name: str
    url: str
    title: str
    base: str
    with_text: bool


class _Counted:
    """Counts the rows that are exported, and leaves out those that were taken down.

    alone: revisits in an export for players that does not hold what they repeat. without: requisites, and lists of
    them, that are missing there. written: captures in such an export, including those that the chosen ones need.
    requisites: how many pictures, style sheets and the like it has of the pages. robots: rows that are of robots.txt
    files.
    """

    def __init__(self, rows: Iterator[dict[str, Any]], progress: Progress) -> None:
        self._rows = rows
        self._progress = progress
        self.written = self.count = self.taken_down = self.alone = 0
        self.damaged = self.without = self.textless = self.requisites = self.robots = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows:
            if "deleted" in row:
                self.taken_down += 1
                continue
            self.count += 1
            self.robots += row.get("purpose") == "robots"
            self._progress(f"exporting: {counted(self.count, 'capture')}")
            yield row

    def add_text(self, archive: Archive) -> None:
        """Give each row its article's text as ``text``: read a few rows ahead, each by a GET of just its bytes."""
        self._rows = _with_text(archive, self._rows, self._without_text)

    def copied(self, each: "Copied") -> None:
        """Count a capture that was copied."""
        from pressmark.archive.outcome import is_answer

        if each.row.get("purpose") == "requisites":
            self.requisites += is_answer(each.row)
            return
        self.alone += bool(each.alone)
        self.written += 1
        self._progress(f"exporting: {self.written:,} of at least {counted(self.count, 'capture')}")

    def damage(self, error: Exception) -> None:
        """Count and name a capture that was left out because its bytes are missing or damaged."""
        self.damaged += 1
        note(f"left out: {error}")

    def lost_requisite(self, error: Exception) -> None:
        """Count and name a requisite, or a list of them, that is missing from its pages."""
        self.without += 1
        note(f"left out: {error}")

    def _without_text(self, error: Exception) -> None:
        self.textless += 1
        note(f"without its text: {error}")

    def tell(self) -> None:
        """Say what a person should know about the export."""
        requisites = f", with {counted(self.requisites, 'requisite')} of the pages" if self.requisites else ""
        robots = f" ({self.robots:,} of robots.txt files)" if self.robots else ""
        note(f"{counted(self.count - self.damaged, 'capture')} exported{robots}{requisites}")
        if self.taken_down:
            note(f"left out because they were taken down: {counted(self.taken_down, 'capture')}")
        if self.alone:
            note(
                f"{counted(self.alone, 'capture')} without a body: the page was found unchanged, and the capture that "
                "holds it was taken down or is not in this archive"
            )


def _with_text(
    archive: Archive, rows: Iterator[dict[str, Any]], on_damage: Callable[[Exception], None]
) -> Iterator[dict[str, Any]]:
    from concurrent.futures import ThreadPoolExecutor
    from itertools import batched

    from pressmark.archive.content import text_of
    from pressmark.errors import NotFoundError, TakenDownError, WarcError

    def text(row: dict[str, Any]) -> str | Exception | None:
        try:
            if "deleted" in row:
                return None
            return row.get("text") or text_of(archive.reader, archive.files, row)
        except TakenDownError:  # its row stays, its text is given to nobody
            return None
        except (NotFoundError, WarcError) as error:
            return error

    with ThreadPoolExecutor(AHEAD) as threads:
        for batch in batched(rows, AHEAD, strict=False):
            for row, found in zip(batch, threads.map(text, batch), strict=True):
                if isinstance(found, Exception):
                    on_damage(found)
                yield row if found is None or isinstance(found, Exception) else {**row, "text": found}


def _destination(output: Path | None) -> AbstractContextManager[IO[bytes]]:
    """Write into a file that appears under its name when it is whole, or to standard output."""
    return _standard_output() if output is None else whole_file(output)


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def _write(
    archive: Archive,
    rows: _Counted,
    out: IO[bytes],
    form: Form,
) -> None:
    from pressmark.export import cdx, merge, requisites, tables, timemap, wacz

    def copy(warc: IO[bytes]) -> "Iterator[Copied]":
        for each in merge.merge(
            archive.reader,
            archive.files,
            rows,
            warc,
            on_damage=rows.damage,
            on_lost_requisite=rows.lost_requisite,
        ):
            rows.copied(each)
            yield each

    match form.name:
        case "warc":
            for _ in copy(out):
                pass
        case "wacz":
            wacz.write_wacz(out, copy, created=now(), title=form.title)
        case "parquet":
            tables.parquet(rows, Path(out.name), with_text=form.with_text)
        case "timemap":
            _lines(timemap.timemap(form.url, reversed(list(rows)), base=form.base), out)
        case "csv":
            _lines(tables.csv_lines(rows, with_text=form.with_text), out)
        case "jsonl":
            _lines(tables.jsonl(rows), out)
        case _:
            writers = {"cdxj": cdx.cdxj, "cdx": cdx.cdx11}
            pages = 0

            def with_requisites() -> Iterator[dict[str, Any]]:
                nonlocal pages
                for row in requisites.with_rows(archive.reader, archive.files, rows, rows.lost_requisite):
                    pages += cdx.is_indexed(row) and row.get("purpose") != "requisites"
                    yield row

            written = _lines(writers[form.name](with_requisites()), out)
            rows.requisites = written - pages - (form.name == "cdx")  # its first line is a header


def _lines(lines: Iterable[str], out: IO[bytes]) -> int:
    """Write lines; return how many."""
    count = 0
    for line in lines:
        out.write(line.encode("utf-8", "replace") + b"\n")
        count += 1
    return count

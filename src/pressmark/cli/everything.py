"""All captures of an archive, or of a period, newest first: from the open table, and newer ones from the rows."""

from collections import deque
from collections.abc import Collection, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pressmark.cli.catalog import NoOpenTable, local_files
from pressmark.cli.catalogs import catalog_of
from pressmark.cli.console import note
from pressmark.cli.target import Archive
from pressmark.cli.unkeyed import as_found, place_of
from pressmark.clock import now
from pressmark.errors import ArchiveError, PressmarkError

if TYPE_CHECKING:
    from pathlib import Path

    from pressmark.archive.rows import Item
    from pressmark.archive.selection import Found, Selection
    from pressmark.catalog.asking import Asking
    from pressmark.catalog.current import Current

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows are wanted, and what of them. columns: of the open table; only rows from there have ``text``.

    articles: other rows than those of articles are not needed. whole: rows that the open table does not have are to be
    whole, not just what the index by_day holds of them.
    """

    columns: Collection[str]
    articles: bool = False
    whole: bool = True


def is_everything(archive: Archive, selection: "Selection") -> bool:
    """Whether a stack's whole table would be read, back to its beginning, because no key finds the selection."""
    keyed = any(kind != "status" or value >= "400" for kind, value in selection.terms)
    return archive.folder is None and selection.url is None and selection.start is None and not keyed


def found_in_everything(archive: Archive, selection: "Selection", wanted: Wanted) -> "Iterator[Found]":
    """Yield what such a selection finds, as :func:`pressmark.archive.selection.select` would. Raises ArchiveError."""
    from pressmark.archive.latest import best_of_each
    from pressmark.archive.selection import fits

    fit = fits(selection)
    found = (as_found(row) for row in everything(archive, wanted, end=selection.end) if fit(row))
    return best_of_each(found) if selection.latest else found


def everything(
    archive: Archive, wanted: Wanted, *, start: datetime | None = None, end: datetime | None = None
) -> "Iterator[Item]":
    """Yield the rows of all captures of a period, the newest first; start, end: aware UTC, the end excluded.

    Rows that the open table lacks, or has in a damaged file, come from the archive itself: the answer is the same.
    Raises ArchiveError.
    """
    tomorrow = datetime.combine((now() + timedelta(hours=1)).date() + DAY, datetime.min.time(), UTC)
    end = min(end, tomorrow) if end else tomorrow
    with _current(archive, start, end) as known:
        if known is None:
            yield from row_by_row(archive, start=start, end=end, whole=wanted.whole)
            return
        until = min(end, known.until) if known.until else end
        newer = max(until, start) if start else until
        yield from row_by_row(archive, start=newer, end=end, whole=wanted.whole)
        from pressmark.catalog.asking import without_views

        days = deque(_days(known.paths, start, until))
        while days:  # one database for all of them, but damage may have ended it
            with without_views(known.paths) as database:
                is_damaged = False
                while days and not is_damaged:
                    is_damaged = yield from _of_day(archive, wanted, database, *days.popleft())


def _days(
    paths: "list[Path]", start: datetime | None, end: datetime
) -> "Iterator[tuple[list[Path], datetime, datetime]]":
    """Yield the files of each day, the newest first, and the part of it that is within a period."""
    from pressmark.catalog.as_rows import by_day

    for day, of_it in by_day(paths):
        first = datetime.fromisoformat(day).replace(tzinfo=UTC)
        first, last = max(first, start or first), min(first + DAY, end)
        if first < last:
            yield of_it, first, last


def _of_day(
    archive: Archive,
    wanted: Wanted,
    database: "Asking",
    paths: "list[Path]",
    start: datetime,
    end: datetime,
) -> "Generator[Item, None, bool]":
    """Yield the rows of a day's files; after the first damaged place, the archive's own rows.

    Return whether there was damage.
    """
    from pressmark.catalog.as_rows import ARTICLES, rows_of

    last: tuple[str, str] | None = None
    try:
        only = ARTICLES if wanted.articles else "true"
        for same in rows_of(database, paths, start=start, end=end, columns=wanted.columns, only=only):
            last = place_of(same[0])
            # A capture that is in two WARC files has one row in the archive's table.
            for row in same if len(same) == 1 else archive.reader.rows(same)[:1]:
                if "deleted" not in row:
                    yield row
    except ArchiveError as error:
        note(f"{error}; {start:%Y-%m-%d} is read row by row instead")
        for row in row_by_row(archive, start=start, end=end, whole=wanted.whole):
            if last is None or place_of(row) < last:
                yield row
        return True
    return False


def row_by_row(
    archive: Archive, *, start: datetime | None = None, end: datetime | None = None, whole: bool = True
) -> "Iterator[Item]":
    """Yield the archive's own rows of a period, the newest first. Raises ArchiveError.

    whole: whole rows, not just what the index by_day holds of them.
    """
    from pressmark.archive.selection import Selection, select, whole_rows

    if start and end and start >= end:
        return
    found = select(archive.reader, Selection(start=start, end=end), now=now())
    for each in whole_rows(archive.reader, found) if whole else found:
        if "deleted" not in each.item:
            yield each.item


@contextmanager
def _current(archive: Archive, start: datetime | None, end: datetime) -> "Iterator[Current | None]":
    """Yield the files that can be used, and until when; None if there is no open table, or it cannot be read."""
    known: Current | None = None
    with ExitStack() as files:
        try:
            from pressmark.catalog.as_rows import footers_of
            from pressmark.catalog.current import current
            from pressmark.catalog.naming import NO_DAY

            paths = files.enter_context(local_files(archive, start - DAY if start else None, end))
            if start is not None:  # the files that name groups of imported WARC files
                home = datetime.fromisoformat(NO_DAY).replace(tzinfo=UTC)
                paths += files.enter_context(local_files(archive, home, home + DAY))
            known = current(footers_of(paths), catalog_of(archive), start.date() if start else None)
        except NoOpenTable:
            pass
        except PressmarkError as error:
            note(f"the open table cannot be read: {error}; every row is read instead")
        yield known

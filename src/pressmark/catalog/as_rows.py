"""The archive table's rows, read from the open table's files, newest first, in bounded memory."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import chain, groupby, pairwise
from pathlib import Path
from typing import Any

from pressmark.archive.rows import MAX_REASON, Item, article_fields, article_of_row
from pressmark.catalog.asking import Asking
from pressmark.catalog.parquet import Footer, engine_here
from pressmark.catalog.schema import COLUMNS
from pressmark.errors import ArchiveError, DamagedTableError, SqlError

SORTED = 50_000
"""Rows that are sorted at a time, with their texts."""

ARTICLES = "title IS NOT NULL AND coalesce(purpose, 'page') = 'page'"
"""Condition in SQL: only articles."""

_AS_THEY_ARE = {"published", "modified", "canonical"}
"""Article fields that the open table has as rows have them, and not as the page stated them."""


def footers_of(paths: Iterable[Path]) -> dict[Path, Footer]:
    """Return the files' footers; a file that is damaged, or has none, is left out."""
    found: dict[Path, Footer] = {}
    with engine_here() as engine:
        for path in paths:
            with suppress(ArchiveError, ValueError):
                found[path] = Footer.of_metadata(engine.metadata(path))
    return found


def by_day(paths: Iterable[Path]) -> list[tuple[str, list[Path]]]:
    """Return files by the day of their folder, the newest day first."""
    days: dict[str, list[Path]] = {}
    for path in paths:
        days.setdefault(path.parent.name.removeprefix("day="), []).append(path)
    return sorted(days.items(), reverse=True)


def rows_of(
    database: Asking,
    paths: list[Path],
    *,
    start: datetime | None,
    end: datetime | None,
    columns: Collection[str] = COLUMNS,
    only: str = "true",
) -> Iterator[list[Item]]:
    """Yield the rows of one day's files as the table has them, newest first; those of one capture follow each other.

    database: one that may read them. start, end: of capture, aware UTC, the end excluded. columns: those that are
    wanted; ``text`` becomes an attribute, which the table's rows do not have. only: a condition in SQL. Values are cut
    as in the table, so that the rows are the same; ``terms`` is missing. Raises DamagedTableError, ArchiveError.
    """
    wanted = ", ".join(f"'{name}'" for name in {*columns, "site", "capture", "captured"})
    sql = (
        f"SELECT COLUMNS(lambda name: name IN ({wanted})) FROM captures WHERE {only} "  # noqa: S608 - ours
        "AND captured >= ?::TIMESTAMP AND captured < ?::TIMESTAMP ORDER BY captured DESC, capture DESC"
    )
    try:
        database.look_at(paths, start=start, end=end)
        for period in _periods(database):
            answer = database.ask(sql, period)
            found = (_row(answer.columns, values) for values in chain.from_iterable(answer.batches))
            for _, same in groupby(found, lambda row: row["capture"]):
                yield list(same)
    except SqlError as error:  # the SQL is ours, so the file must be at fault
        raise DamagedTableError(paths[0].parent, str(error)) from error


def _periods(database: Asking) -> list[list[str]]:
    """Return periods of about SORTED rows each, newest first: DuckDB's memory does not allow for sorting more."""
    ((count,),) = next(database.ask("SELECT count(*) FROM captures").batches)
    pieces = count // SORTED + 1
    shares = [number / pieces for number in range(1, pieces)]
    cuts: list[datetime] = []
    if shares:
        ((cuts,),) = next(database.ask(f"SELECT quantile_disc(captured, {shares}) FROM captures").batches)  # noqa: S608
    bounds = ["-infinity", *(str(each) for each in cuts), "infinity"]
    return [[start, end] for start, end in pairwise(bounds)][::-1]


def _row(columns: list[str], values: tuple[Any, ...]) -> Item:
    row = {
        name: f"{value.isoformat(timespec='microseconds')}Z" if isinstance(value, datetime) else value
        for name, value in zip(columns, values, strict=True)
        if value is not None
    }
    row["day"] = row["captured"][:10]
    if "reason" in row:
        row["reason"] = row["reason"][:MAX_REASON]
    cut = article_fields(article_of_row(row))
    return row | {name: value for name, value in cut.items() if name not in _AS_THEY_ARE}

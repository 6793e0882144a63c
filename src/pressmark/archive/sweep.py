"""Going through an archive to verify it: all of it day by day, or a sample."""

import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from pressmark.archive import queries
from pressmark.archive.content import Files
from pressmark.archive.keys import BY_DAY
from pressmark.archive.queries import Range, Reader
from pressmark.archive.verify import Place, Verifier

BEFORE_FIRST = timedelta(days=366)
"""Rows are looked for so long before the first WARC file, in case the very first files are gone."""

_DATED = re.compile(r"warcs/(\d{4})/(\d\d)/(\d\d)/")


def everything(
    verifier: Verifier, files: Files, reader: Reader, *, since: date | None = None, today: date | None = None
) -> None:
    """Check all files and rows, day by day; ``since``: only those of this day (UTC) and later.

    Memory holds the places of two days: a batch that began before midnight has rows of both. Raises
    ArchiveError.
    """
    today = today or datetime.now(UTC).date()
    yesterdays: set[Place] = set()
    reached: date | None = None
    for day, keys in _by_day(files, since):
        if day is None:
            for key in keys:  # other tools' files: their rows are looked up one by one
                verifier.file(key)
            continue
        start = reached + timedelta(days=1) if reached else since or day - BEFORE_FIRST
        _rows(verifier, reader, start, day - timedelta(days=1), yesterdays)
        places: set[Place] = set()
        for key in keys:
            places |= verifier.file(key)
        _rows(verifier, reader, day, day, places | yesterdays)
        yesterdays, reached = places, day
    start = reached + timedelta(days=1) if reached else since or today - BEFORE_FIRST
    _rows(verifier, reader, start, today + timedelta(days=1), yesterdays)


def sample(
    verifier: Verifier,
    files: Files,
    reader: Reader,
    count: int,
    *,
    choose: random.Random | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> None:
    """Check ``count`` files end to end, chosen at random, and as many rows of the days they are of.

    go_on: asked before each; False ends it, for want of time. Raises ArchiveError.
    """
    choose = choose or random.Random()  # noqa: S311 - a sample, not a secret
    chosen: list[str] = []
    for number, (key, _) in enumerate(files.keys()):
        if number < count:
            chosen.append(key)
        elif (place := choose.randrange(number + 1)) < count:
            chosen[place] = key
    for key in chosen:
        if not go_on():
            return
        verifier.file(key)
        if (day := _day_of(key)) is not None:
            instant = f"{day.isoformat()}T{choose.randrange(24):02d}:{choose.randrange(60):02d}"
            _a_row(verifier, reader, day.isoformat(), instant)


def _a_row(verifier: Verifier, reader: Reader, day: str, instant: str) -> None:
    """Check the first row after an instant of a day, or the last before it."""
    for asked in (
        Range(day, lower=instant, index=BY_DAY),
        Range(day, upper=instant, index=BY_DAY, backward=True),
    ):
        page = reader.page(asked, limit=1)
        if page.items:
            for row in reader.rows([queries.row_key(each) for each in page.items]):
                verifier.row(row)
            return


def _rows(verifier: Verifier, reader: Reader, first: date, last: date, places: set[Place]) -> None:
    """Check the rows of some days: those that lead to a known place are right, the others are looked up."""
    if first > last:
        return
    for day in reader.days(first, last):
        for row in verifier.rows(queries.of_day(day)):
            verifier.row(row, known=(row.get("warc"), row.get("offset"), row.get("length")) in places)


def _by_day(files: Files, since: date | None) -> Iterator[tuple[date | None, list[str]]]:
    """Yield the files of each day, in order of days; those that are not filed by day stand where they stand."""
    after = f"warcs/{since:%Y/%m/%d}" if since else ""
    day: date | None = None
    keys: list[str] = []
    for key, _ in files.keys(after=after):
        its = _day_of(key)
        if its != day:
            if keys:
                yield day, keys
            day, keys = its, []
        if its is not None or since is None:
            keys.append(key)
    if keys:
        yield day, keys


def _day_of(key: str) -> date | None:
    match = _DATED.match(key)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None

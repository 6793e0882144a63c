"""Going through an archive to verify it: all of it day by day, or a sample."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from pressmark.archive import queries
from pressmark.archive.content import Files
from pressmark.archive.keys import BY_DAY
from pressmark.archive.queries import Range, Reader
from pressmark.archive.rows import Item
from pressmark.archive.verify import Place, Verifier
from pressmark.archive.walk import Walk

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
    today: date | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> None:
    """Check ``count`` files end to end, chosen at random, and as many rows, or as many as there are.

    Rows are drawn of the days that files are filed under, of a day the more the more files it has: a moment of the day,
    and the first row behind it that was not drawn yet. Where they have no more, the days after them are asked (a batch
    that began before midnight), and of files that are not filed by day, every day up to ``today``. So few rows are read
    to no purpose, and the table is never scanned. go_on: asked before each; False ends it, for want of time. Raises
    ArchiveError.
    """
    choose = choose or random.Random()  # noqa: S311 - a sample, not a secret
    chosen: list[str] = []
    days: Counter[str] = Counter()
    for number, (key, _) in enumerate(files.keys()):
        if (day := _day_of(key)) is not None:
            days[day.isoformat()] += 1
        if number < count:
            chosen.append(key)
        elif (place := choose.randrange(number + 1)) < count:
            chosen[place] = key
    drawn = islice(_drawn(reader, days, today or datetime.now(UTC).date(), choose, go_on), count)
    for key in chosen:
        if not go_on():
            return
        verifier.file(key)
        for row in islice(drawn, 1):
            verifier.row(row)
    for row in drawn:
        verifier.row(row)


def _drawn(
    reader: Reader, days: Counter[str], today: date, choose: random.Random, go_on: Callable[[], bool]
) -> Iterator[Item]:
    """Yield rows in random order, each once, until there is none left: of ``days``, then of those after them."""
    seen: set[tuple[str, str]] = set()
    after = {(date.fromisoformat(day) + timedelta(days=1)).isoformat() for day in days}
    others = after - days.keys() if days else set(reader.days(queries.BEGINNING, today))
    for pool in (days.copy(), Counter(others)):
        while pool and go_on():
            (day,) = choose.choices(sorted(pool), [pool[each] for each in sorted(pool)])
            instant = f"{day}T{choose.randrange(24):02d}:{choose.randrange(60):02d}"
            for key in _from(reader, day, instant):
                if (key["site"], key["capture"]) not in seen:
                    seen.add((key["site"], key["capture"]))
                    yield from reader.rows([key])
                    break
            else:
                del pool[day]


def _from(reader: Reader, day: str, instant: str) -> Iterator[dict[str, str]]:
    """Yield the keys of a day's rows, from an instant on and then, from behind, those before it."""
    for asked in (
        Range(day, lower=instant, index=BY_DAY),
        Range(day, upper=instant, index=BY_DAY, backward=True),
    ):
        for each in Walk(reader, page=1).through(asked):
            yield queries.row_key(each.item)


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

"""Goes through an archive to verify it: all of it day by day, or a sample."""

import random
import re
from collections.abc import Callable, Iterator, Sequence, Set
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from pressmark.archive import ranges
from pressmark.archive.content import Files
from pressmark.archive.keys import BY_DAY
from pressmark.archive.ranges import Range, Reader
from pressmark.archive.rows import Item
from pressmark.archive.walk import Walk
from pressmark.upkeep.verify import Place, Verifier

BEFORE_FIRST = timedelta(days=366)
"""How long before the first WARC file rows are looked for, in case the first files are gone."""

PAGE = 1000
"""Files of one listing: the maximum of ListObjectsV2, which costs the same for one file."""

ROWS_AT_A_TIME = 100
"""What one BatchGetItem takes."""

_ABOVE_DAYS = re.compile(r"warcs/(\d{4}/(\d\d/)?)?")
_STAMP = re.compile(r"([^/]*?)(\d{8})\d{6}")
_DATED = re.compile(r"warcs/(\d{4})/(\d\d)/(\d\d)/")


def everything(verifier: Verifier, *, since: date | None = None, today: date | None = None) -> None:
    """Check all files and rows, day by day; ``since``: only those of this day (UTC) and later.

    Memory holds the places of two days: a batch that began before midnight has rows of both. Raises
    ArchiveError.
    """
    today = today or datetime.now(UTC).date()
    yesterdays: set[Place] = set()
    reached: date | None = None
    undated = False
    first = today
    for day, keys in _by_day(verifier.files, since):
        if day is None:
            undated = True
            for key in keys:  # other tools' files: their rows are looked up one by one
                verifier.file(key)
            continue
        start = reached + timedelta(days=1) if reached else since or day - BEFORE_FIRST
        first = min(first, start)
        _rows(verifier, start, day - timedelta(days=1), yesterdays)
        places: set[Place] = set()
        for key in keys:
            places |= verifier.file(key)
        _rows(verifier, day, day, places | yesterdays)
        yesterdays, reached = places, day
    start = reached + timedelta(days=1) if reached else since or today - BEFORE_FIRST
    if undated and not since:  # their captures may be of any day
        _rows(verifier, ranges.BEGINNING, min(first, start) - timedelta(days=1), yesterdays)
    _rows(verifier, start, today + timedelta(days=1), yesterdays)


def count_files(files: Files, since: date | None = None) -> int:
    """Return how many files :func:`everything` reads. Raises ArchiveError."""
    return sum(len(keys) for _, keys in _by_day(files, since))


def sample(
    verifier: Verifier,
    count: int,
    *,
    choose: random.Random | None = None,
    today: date | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> None:
    """Check ``count`` files end to end, chosen at random, and as many rows, or as many as there are.

    Neither the bucket nor the table is ever gone through: only the days that files are filed under are listed, so that
    the cost grows with the years of an archive and not with its size (docs/reliability.md has the figures). For a file,
    a day is drawn, each as likely as any other, then one of the files around a moment of that day. For a row, it is the
    first after a moment of a day that was not drawn yet. If those days have no more rows, the days after them are used
    (a batch may have begun before midnight); if nothing is filed by day, all days from the earliest file's
    (:func:`_first_day`) to ``today``. go_on: asked before each file and row; False ends the sample, for lack of time.
    Raises ArchiveError.
    """
    choose = choose or random.Random()  # noqa: S311 - a sample, not a secret
    today = today or datetime.now(UTC).date()
    folders, loose = _folders(verifier.files)
    days = {day.isoformat() for folder in folders if (day := _day_of(folder)) is not None}
    if days:
        after = {(date.fromisoformat(day) + timedelta(days=1)).isoformat() for day in days} - days
    else:
        after = set(verifier.reader.days(_first_day(verifier.files, folders, loose), today))
    drawn = islice(_drawn(verifier.reader, (days, after), choose, go_on), count)
    for key in islice(_files(verifier.files, folders, loose, today, choose), count):
        if not go_on():
            return
        verifier.file(key)
        for row in islice(drawn, 1):
            verifier.row(row)
    for row in drawn:
        verifier.row(row)


def _folders(files: Files) -> tuple[list[str], list[str]]:
    """Return the folders that hold files, one for each day, and the files above them."""
    folders: list[str] = []
    above, loose = files.level()
    while above:
        folder = above.pop()
        if _ABOVE_DAYS.fullmatch(folder):
            below, there = files.level(folder)
            above += below
            loose += there
        else:
            folders.append(folder)
    return sorted(folders), loose


def _files(
    files: Files, folders: Sequence[str], loose: Sequence[str], today: date, choose: random.Random
) -> Iterator[str]:
    """Yield files in random order, each once, until no folder has another in the part that was listed."""
    seen: set[str] = set()
    pools = [*folders, ""] if loose else list(folders)
    while pools:
        pool = choose.choice(pools)
        found = _around(files, pool, today, choose) if pool else loose
        if fresh := [key for key in found if key not in seen]:
            key = choose.choice(fresh)
            seen.add(key)
            yield key
        else:
            pools.remove(pool)


def _around(files: Files, folder: str, today: date, choose: random.Random) -> list[str]:
    """Return all files of a folder; of a large one, a thousand from a random moment on.

    The moment is within the folder's day, or, if it is not a day's folder, after its first file. Files whose names do
    not begin with a prefix and a time (ISO 28500:2017 annex C.1) are looked for among the folder's first thousand.
    """
    first = _page(files, folder, "")
    stamp = _STAMP.match(first[0], len(folder)) if len(first) == PAGE else None
    if stamp is None:
        return first
    day = _day_of(folder)
    try:
        begin = day or date.fromisoformat(stamp[2])
    except ValueError:
        return first
    days = 1 if day else max(1, (today - begin).days + 1)
    moment = datetime.combine(begin, time()) + timedelta(seconds=choose.randrange(days * 86400))
    return _page(files, folder, f"{folder}{stamp[1]}{moment:%Y%m%d%H%M%S}") or first


def _page(files: Files, folder: str, after: str) -> list[str]:
    return [key for key, _ in islice(files.keys(folder, after=after), PAGE)]


def _first_day(files: Files, folders: Sequence[str], loose: Sequence[str]) -> date:
    """Return the day before which no file was begun, as the names say (ISO 28500:2017 annex C.1).

    It is 1996 if a name has no time, or if a folder has more files than one listing.
    """
    pages = [list(loose), *(_page(files, folder, "") for folder in folders)]
    stamps = [_STAMP.match(key, key.rfind("/") + 1) for page in pages for key in page]
    try:
        days = [date.fromisoformat(stamp[2]) for stamp in stamps if stamp is not None]
    except ValueError:
        return ranges.BEGINNING
    is_whole = len(days) == len(stamps) and all(len(page) < PAGE for page in pages)
    return min(days) if days and is_whole else ranges.BEGINNING


def _drawn(
    reader: Reader, pools: Sequence[Set[str]], choose: random.Random, go_on: Callable[[], bool]
) -> Iterator[Item]:
    """Yield rows of some days in random order, each once, until none is left. pools: days, one pool after the other."""
    seen: set[tuple[str, str]] = set()
    for pool in map(sorted, pools):
        while pool and go_on():
            day = choose.choice(pool)
            instant = f"{day}T{choose.randrange(24):02d}:{choose.randrange(60):02d}"
            for key in _from(reader, day, instant):
                if (key["site"], key["capture"]) not in seen:
                    seen.add((key["site"], key["capture"]))
                    yield from reader.rows([key])
                    break
            else:
                pool.remove(day)


def _from(reader: Reader, day: str, instant: str) -> Iterator[dict[str, str]]:
    """Yield the keys of a day's rows from an instant on, and then those before it, latest first."""
    for asked in (
        Range(day, lower=instant, index=BY_DAY),
        Range(day, upper=instant, index=BY_DAY, backward=True),
    ):
        for each in Walk(reader, page=1).through(asked):
            yield ranges.row_key(each.item)


def _rows(verifier: Verifier, first: date, last: date, places: set[Place]) -> None:
    """Check the rows of some days: those that point to a known place are right, the others are looked up."""
    if first > last:
        return
    days = (ranges.of_day(day) for day in verifier.reader.days(first, last))
    found = Walk(verifier.reader).over(days, None)  # many days at a time where they have no captures
    while batch := [ranges.row_key(each.item) for each in islice(found, ROWS_AT_A_TIME)]:
        for row in verifier.reader.rows(batch):
            verifier.row(row, known=(row.get("warc"), row.get("offset"), row.get("length")) in places)


def _by_day(files: Files, since: date | None) -> Iterator[tuple[date | None, list[str]]]:
    """Yield the files of each day, in order of days; files that are not filed by day keep their place in key order."""
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

"""One scheduled run: writes what was captured since the last run, as long as there is time."""

import json
import re
import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from pressmark import json_text
from pressmark.archive.objects import PREFIX as WARCS
from pressmark.aws import code_of
from pressmark.catalog.naming import MARK, MINUTES, NO_DAY, day_of, end_of
from pressmark.catalog.schema import VERSION
from pressmark.catalog.shelf import Shelf
from pressmark.catalog.writer import Catalog, Updated, Writer
from pressmark.errors import ArchiveError, NotFoundError

LATE = timedelta(minutes=20)
"""How long after the time in its name a WARC file may be stored: an invocation takes at most 15 minutes (Lambda
quotas)."""

MARK_BYTES = 4096
"""How much of the mark is read; it has some 50 bytes."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def run(
    catalog: Catalog,
    now: datetime,
    *,
    go_on: Callable[[], bool],
    on_group: Callable[[str, int], None] = lambda _group, _rows: None,
) -> Updated:
    """Write the groups to which no more files can come, oldest first; return what was done. Raises ArchiveError.

    Looks at files begun since the last finished day, so that its price does not grow with the archive. Files that come
    into an older day's folder (one that was put back) are found by ``pressmark catalog update``, which looks at
    everything. ``pressmark import`` deletes the mark, so that the next run looks at everything, too. now: with time
    zone.
    """
    since = _read(catalog)
    writer = Writer(catalog, go_on=go_on, on_group=on_group)
    after = f"{WARCS}{since.replace('-', '/')}" if since else ""
    done = writer.update(after=after, is_ready=lambda group: _is_over(group, now))
    yesterday = (now - timedelta(days=1)).date()
    undone = [day_of(group) for group in (*done.left, *done.failed)]
    reached = min([yesterday.isoformat(), *undone])
    if reached not in (NO_DAY, since) and reached > since:
        _write(catalog, reached)
    return done


def minutes_of_runs(shelf: Shelf) -> int | None:
    """Return the minutes of a group in scheduled runs, according to the mark; None if no mark states it.

    Raises ArchiveError.
    """
    try:
        said = json.loads(shelf.end(MARK, MARK_BYTES))["minutes"]
    except ArchiveError as error:
        if not isinstance(error, NotFoundError) and code_of(error) != "AccessDenied":
            raise
        return None
    except (ValueError, KeyError, TypeError):
        return None
    return said if said in MINUTES else None


def _is_over(group: str, now: datetime) -> bool:
    end = end_of(group)
    return end is None or end + LATE <= now


def _read(catalog: Catalog) -> str:
    """Return the day before which everything is written; empty if that is not known."""
    try:
        said = json.loads(catalog.shelf.end(MARK, MARK_BYTES))
        is_same = (said["schema"], said["minutes"]) == (VERSION, catalog.minutes)
        if is_same and _DAY.fullmatch(said["before"]):
            return date.fromisoformat(said["before"]).isoformat()
    except (NotFoundError, ValueError, KeyError, TypeError):
        pass
    return ""


def _write(catalog: Catalog, reached: str) -> None:
    said = {"before": reached, "schema": VERSION, "minutes": catalog.minutes}
    put_json(catalog.shelf, MARK, said)


def put_json(shelf: Shelf, key: str, said: dict[str, object]) -> None:
    """Put a small file. Raises ArchiveError."""
    with tempfile.TemporaryDirectory(prefix="pressmark-") as work:
        file = Path(work) / "said.json"
        file.write_text(json_text.dumps(said), encoding="utf-8")
        shelf.put(key, file)

"""Up to when the open table is complete is told by its own files and the listing of the archive."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.catalog.conftest import Folder, page
from tests.factories import NOON

from pressmark.archive.folder_files import FolderFiles
from pressmark.catalog import asking
from pressmark.catalog.covered import BEFORE, Covered, covered, homes_of, undated_missing
from pressmark.catalog.naming import MARK

HOUR = timedelta(hours=1)
DAY = 24 * HOUR


def told(folder: Folder, end: datetime | None = None, paths: list[Path] | None = None) -> Covered | None:
    paths = paths or sorted(folder.path.glob("catalog/captures/*/*.parquet"))
    with asking.opened(paths) as database:
        return covered(homes_of(database, paths), FolderFiles(folder.path), end)


@pytest.mark.slow
def test_a_table_that_holds_every_file_is_complete(folder: Folder) -> None:
    folder.warc([page(1)])
    folder.warc([page(2)], begun=NOON + 3 * DAY)
    folder.update()
    assert told(folder) is None


@pytest.mark.parametrize("later", [timedelta(minutes=1), -timedelta(minutes=30), 2 * HOUR, 5 * DAY])
def test_a_file_that_came_since_says_until_when(folder: Folder, later: timedelta) -> None:
    folder.warc([page(1)])
    folder.update()
    folder.warc([page(2)], begun=NOON + later)
    begun = (NOON + later).replace(minute=0)
    missing = 2 if later < HOUR and later > timedelta() else 1
    assert told(folder) == Covered(begun - BEFORE, missing)


@pytest.mark.slow
def test_what_came_after_the_period_that_was_asked_for_is_not_told(folder: Folder) -> None:
    folder.warc([page(1)])
    folder.update()
    folder.warc([page(2)], begun=NOON + DAY)
    assert told(folder, end=NOON + HOUR) is None
    assert told(folder, end=NOON + DAY + HOUR) is not None


def test_a_file_that_is_of_no_group_that_is_known_makes_everything_incomplete(folder: Folder) -> None:
    folder.warc([page(1)], begun=NOON - DAY)
    folder.update()
    (other,) = folder.path.glob("catalog/captures/day=2026-11-22/*.parquet")
    folder.warc([page(2)])
    moved = other.parent.parent / "day=2026-11-30" / other.name
    moved.parent.mkdir()
    other.rename(moved)  # then it is nobody's home
    until = told(folder)
    assert until is not None
    assert (until.until, until.missing) == (NOON - DAY - BEFORE, 2)


def test_a_file_whose_name_tells_no_time_is_told_of_until_it_is_written_or_a_run_has_seen_all(
    folder: Folder,
) -> None:
    folder.update()
    key = folder.warc([page(1)])
    imported = folder.path / "warcs/2015/03/02/imported-0123456789abcdef-00000-old.warc.gz"
    imported.parent.mkdir(parents=True)
    (folder.path / key).rename(imported)
    assert undated_missing(folder.catalog()) == 1
    mark = folder.path / MARK
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text("{}")
    assert undated_missing(folder.catalog()) == 0
    mark.unlink()
    folder.update()
    assert undated_missing(folder.catalog()) == 0

"""The writer killed between any two calls, run twice, run at once: no row is there twice, the next run completes it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from tests.catalog.conftest import Folder, State, page
from tests.factories import NOON

from pressmark.catalog.removing import take_out
from pressmark.catalog.writer import Catalog

HOUR = timedelta(hours=1)

LATE = NOON.replace(hour=23, minute=59, second=30)


class Between:
    """Counts the calls that a part of the writer makes to the outside, and does something before one of them.

    at: which one, from 1; None: before each.
    """

    def __init__(self, catalog: Catalog, at: int | None, what: Callable[[], None]) -> None:
        self.calls, self._at, self._what = 0, at, what
        self.catalog = replace(
            catalog,
            shelf=_Watched(catalog.shelf, self),
            files=_Watched(catalog.files, self),
            stones=self.watch(catalog.stones),
        )

    def happen(self) -> None:
        self.calls += 1
        if self._at in (None, self.calls):
            self._what()

    def watch(self, call: Any) -> Any:
        def watched(*args: Any, **options: Any) -> Any:
            self.happen()
            return call(*args, **options)

        return watched


class _Watched:
    def __init__(self, real: Any, between: Between) -> None:
        self._real, self.between = real, between

    def __getattr__(self, name: str) -> Any:
        return self.between.watch(getattr(self._real, name))


def fill(folder: Folder) -> None:
    """Two groups are written; then one of them gets another file, the other loses one, and a third comes."""
    folder.warc([page(1, at=LATE), page(60, at=LATE)], begun=LATE)
    gone = folder.warc([page(2)])
    folder.update()
    folder.warc([page(3, at=LATE), page(90, at=LATE)], begun=LATE)
    (folder.path / gone).unlink()
    folder.warc([page(4, at=NOON + HOUR)], begun=NOON + HOUR)


both = pytest.mark.parametrize(
    "folder", [500, 1], indirect=True, ids=["one file a day", "a file for each group"]
)


URLS = [f"https://news{n % 3}.example.com/{n}" for n in (1, 3, 4, 60, 90)]


def urls(folder: Folder) -> list[str]:
    return sorted((url for url, _ in folder.seen()), key=lambda url: int(url.rpartition("/")[2]))


def put_aside(folder: Folder, number: int, at: datetime) -> Callable[[Folder], None]:
    """Return what puts a WARC file into a copy of the folder later, into each the same bytes."""
    path = folder.path / folder.warc([page(number, at=at)], begun=at)
    data, place = path.read_bytes(), path.relative_to(folder.path)
    path.unlink()

    def put(here: Folder) -> None:
        (here.path / place).parent.mkdir(parents=True, exist_ok=True)
        (here.path / place).write_bytes(data)

    return put


def once_for_each_state(what: Callable[[Folder], None]) -> Callable[[Folder], None]:
    """Have something done that depends on the files of a folder alone: in the next folder with precisely these files,
    they become what they became."""
    left: dict[State, State] = {}

    def do(here: Folder) -> None:
        before = here.state()
        if before in left:
            here.become(left[before])
        else:
            what(here)
            left[before] = here.state()

    return do


def before_each_call(
    folder: Folder,
    paths: pytest.TempPathFactory,
    what: Callable[[Folder], None],
    run: Callable[[Folder, Catalog], Any] = Folder.update,
    *,
    least: int = 11,
) -> Iterator[tuple[Folder, Catalog, str]]:
    """For each call that ``run`` makes in a folder: a copy of it, a catalog that does ``what`` before that call, and
    which call it is. least: how many there are at least."""

    def copy() -> Folder:
        return folder.copy(paths.mktemp("copy") / "archive")

    counted = copy()
    counting = Between(counted.catalog(), 0, lambda: None)
    run(counted, counting.catalog)
    assert counting.calls >= least
    for at in range(1, counting.calls + 1):
        other = copy()
        yield other, Between(other.catalog(), at, partial(what, other)).catalog, f"before call {at}"


def left_by_kills(
    folder: Folder,
    paths: pytest.TempPathFactory,
    run: Callable[[Folder, Catalog], Any] = Folder.update,
    *,
    least: int = 11,
) -> Iterator[tuple[Folder, str]]:
    """For each thing that a kill before a call of ``run`` can leave: a folder with it, and before which call it was.

    A kill leaves the files as they are at that moment: so one run is enough, looked at before each call. Most calls
    only read, and a kill before the next leaves the same.
    """
    left: dict[State, str] = {}
    watched = folder.copy(paths.mktemp("watched") / "archive")

    def look() -> None:
        left.setdefault(watched.state(), f"killed before call {between.calls}")

    between = Between(watched.catalog(), None, look)
    run(watched, between.catalog)
    assert between.calls >= least
    assert len(left) > 1
    for state, when in left.items():
        other = Folder(paths.mktemp("killed") / "archive", folder.settings)
        other.become(state)
        yield other, when


@pytest.mark.slow
@both
def test_a_writer_killed_before_any_call_leaves_no_row_twice_and_the_next_run_completes_the_table(
    tmp_path_factory: pytest.TempPathFactory, folder: Folder
) -> None:
    fill(folder)
    for other, when in left_by_kills(folder, tmp_path_factory):
        other.seen()
        assert other.update().is_complete
        assert urls(other) == URLS, when
        assert other.check() == []
        assert other.update().written == 0


@pytest.mark.slow
def test_what_a_run_for_new_files_left_when_it_was_killed_the_next_such_run_completes(
    tmp_path_factory: pytest.TempPathFactory, folder: Folder
) -> None:
    """It looks at no day but those that the group's own day names: that is written last."""
    folder.warc([page(1, at=LATE)], begun=LATE)
    gone = folder.warc([page(60, at=LATE)], begun=LATE)
    folder.update()
    (folder.path / gone).unlink()

    def run(here: Folder, catalog: Catalog) -> None:
        here.update(catalog, after="warcs/")

    for other, when in left_by_kills(folder, tmp_path_factory, run, least=8):
        run(other, other.catalog())
        assert urls(other) == URLS[:1], when


@pytest.mark.slow
@both
def test_two_writers_at_once_of_which_one_knows_more_leave_no_row_twice(
    tmp_path_factory: pytest.TempPathFactory, folder: Folder
) -> None:
    fill(folder)
    put = put_aside(folder, 120, LATE)

    @once_for_each_state
    def another(here: Folder) -> None:
        put(here)
        here.update()
        here.seen()

    judged = set[State]()
    for other, catalog, when in before_each_call(folder, tmp_path_factory, another):
        other.update(catalog)
        if (state := other.state()) in judged:
            continue
        judged.add(state)
        other.seen()
        other.update()
        assert urls(other) == [*URLS, "https://news0.example.com/120"], f"the other {when}"
        assert other.check() == []


@pytest.mark.slow
@pytest.mark.parametrize("state", ["of no group", "damaged"])
def test_a_file_that_another_writer_has_made_meanwhile_is_not_deleted(
    tmp_path_factory: pytest.TempPathFactory, folder: Folder, state: str
) -> None:
    """The file that is there is to be deleted."""
    gone = folder.warc([page(1)])
    folder.update()
    (file,) = folder.path.glob("catalog/captures/*/*.parquet")
    (folder.path / gone).unlink()
    if state == "damaged":
        file.write_bytes(b"damaged")
    put = put_aside(folder, 2, NOON + HOUR)

    @once_for_each_state
    def another(here: Folder) -> None:
        put(here)
        here.update()

    for other, catalog, when in before_each_call(folder, tmp_path_factory, another, least=7):
        other.update(catalog)
        assert urls(other) == ["https://news2.example.com/2"], f"the other {when}"
    folder.update()
    assert folder.seen() == []


@pytest.mark.slow
@both
def test_a_takedown_while_a_writer_is_under_way_stays_taken_down(
    tmp_path_factory: pytest.TempPathFactory, folder: Folder
) -> None:
    fill(folder)

    @once_for_each_state
    def take(here: Folder) -> None:
        take_out(here.catalog(), here.take_down(URLS[0]))

    judged = set[State]()
    for other, catalog, when in before_each_call(folder, tmp_path_factory, take):
        other.update(catalog)
        if (state := other.state()) in judged:
            continue
        judged.add(state)
        assert URLS[0] not in urls(other), f"taken down {when}"
        other.update()
        assert urls(other) == URLS[1:]
        assert other.check() == []


@pytest.mark.slow
@both
def test_a_takedown_killed_before_any_call_is_finished_by_the_next_update(
    tmp_path_factory: pytest.TempPathFactory, folder: Folder
) -> None:
    fill(folder)
    folder.update()
    stone = folder.take_down(URLS[0])

    def take(_: Folder, catalog: Catalog) -> int:
        return take_out(catalog, stone)

    for other, when in left_by_kills(folder, tmp_path_factory, take, least=8):
        other.update()
        assert urls(other) == URLS[1:], when
    assert take(folder, folder.catalog()) == 1
    assert urls(folder) == URLS[1:]
    assert folder.update().written == 0, "a takedown leaves a file as an update would write it"


@pytest.mark.slow
@both
def test_what_another_writer_puts_while_a_writer_is_under_way_is_there_at_once(
    tmp_path_factory: pytest.TempPathFactory, folder: Folder
) -> None:
    folder.warc([page(1)])
    folder.update()
    folder.warc([page(4, at=NOON + HOUR)], begun=NOON + HOUR)
    another = once_for_each_state(another_hour(folder))
    for other, catalog, when in before_each_call(folder, tmp_path_factory, another, least=9):
        other.update(catalog)
        assert urls(other) == URLS[:3], f"the other {when}"


@pytest.mark.slow
def test_what_another_writer_puts_while_a_takedown_is_under_way_is_there_at_once(
    tmp_path_factory: pytest.TempPathFactory, folder: Folder
) -> None:
    folder.warc([page(1), page(4)])
    folder.update()
    stone = folder.take_down(URLS[0])
    another = once_for_each_state(another_hour(folder))

    def take(_: Folder, catalog: Catalog) -> int:
        return take_out(catalog, stone)

    for other, catalog, when in before_each_call(folder, tmp_path_factory, another, take, least=6):
        take(other, catalog)
        assert urls(other) == URLS[1:3], f"the other {when}"


def another_hour(folder: Folder) -> Callable[[Folder], None]:
    """Return a whole update that finds a file of the hour before."""
    put = put_aside(folder, 3, NOON - HOUR)

    def another(here: Folder) -> None:
        put(here)
        here.update()

    return another


@pytest.mark.slow
def test_an_update_run_twice_writes_the_same_rows(folder: Folder) -> None:
    fill(folder)
    folder.update()
    before = folder.seen()
    assert folder.update(again=True).written == 2
    assert folder.seen() == before

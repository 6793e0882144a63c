"""What a page's list and its links cost to write, and that a list never is without its links."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.crawl.whole_page import FOR_AN_HOUR, captured, lines, page, picture
from tests.world import World

from pressmark.archive import requisite_lists
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.archive.table import Table
from pressmark.archive.tombstones import told_in_range
from pressmark.clock import REAL
from pressmark.errors import ArchiveError
from pressmark.upkeep.takedown import plan_requisite

LINK = ("requisites-on=localhost", "1,0,0,127")


def elsewhere(world: World, path: str) -> str:
    """A picture on another host than the pages'."""
    return picture(world, path, b"\x89PNG" + path.encode()).replace("127.0.0.1", "localhost")


def story(world: World, path: str, *pictures: str) -> str:
    return page(world, path, body="".join(f'<img src="{url}">' for url in pictures))


def put_of_lists(world: World, monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[str, str]]]:
    """Note the keys of each write that has to do with requisites."""
    noted: list[list[tuple[str, str]]] = []
    put = Table.put

    def note(table: Table, items: Any, **how: Any) -> None:
        items = list(items)
        if keys := [(i["site"], i["capture"]) for i in items if i["site"].startswith("requisites")]:
            noted.append(keys)
        put(table, items, **how)

    monkeypatch.setattr(Table, "put", note)
    return noted


def expect_orphans(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """For check(): files without rows are to be expected."""
    monkeypatch.undo()
    world.dynamodb.instead["batch_write_item"] = world.aws.client("dynamodb").batch_write_item


@pytest.mark.slow
def test_a_page_writes_one_item_for_its_list_and_a_link_once_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = put_of_lists(world, monkeypatch)
    picture_there = elsewhere(world, "/a.png")
    captured(world, story(world, "/1", picture_there))
    assert [[site for site, _ in keys] for keys in noted] == [[LINK[0]], ["requisites=1,0,0,127"]]
    captured(world, story(world, "/2", picture_there))
    url = story(world, "/3", picture_there)
    world.run({"url": url, "requisites": "page"}, on=world.another())  # a process that knows of nothing
    assert [[site for site, _ in keys] for keys in noted[2:]] == [["requisites=1,0,0,127"]] * 2


def test_a_link_is_there_before_the_list_that_needs_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash between the two leaves a link to nothing, and the page on its queue."""
    put = Table.put

    def fail(table: Table, items: Any, **how: Any) -> None:
        items = list(items)
        if any(item["site"].startswith("requisites=") for item in items):
            raise ArchiveError("the process dies here")
        put(table, items, **how)

    monkeypatch.setattr(Table, "put", fail)
    url = story(world, "/1", elsewhere(world, "/a.png"))
    assert captured(world, url).code == "store-error"
    keys = {(item["site"], item["capture"]) for item in world.aws.rows()}
    assert LINK in keys
    assert not any(site.startswith("requisites=") for site, _ in keys)
    expect_orphans(world, monkeypatch)


def test_links_that_could_not_be_written_are_not_taken_for_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Table.put
    failures = iter([True])

    def fail(table: Table, items: Any, **how: Any) -> None:
        if next(failures, False):
            raise ArchiveError("throttled")
        put(table, items, **how)

    monkeypatch.setattr(Table, "put", fail)
    url = story(world, "/1", elsewhere(world, "/a.png"))
    service = world.another()
    body = json.dumps({"url": url, "requisites": "page"})
    (report,) = world.run(body, on=service)
    assert report.code == "store-error"
    (report,) = world.run(body, on=service)
    assert report.outcome == "archived"
    expect_orphans(world, monkeypatch)
    assert LINK in {(item["site"], item["capture"]) for item in world.aws.rows()}


@contextmanager
def asked(world: World) -> Iterator[Callable[[], list[str]]]:
    """The names of the requests to the table."""
    names: list[str] = []

    def note(model: Any, **_rest: Any) -> None:
        names.append(model.name)

    events = world.aws.client("dynamodb").meta.events
    events.register("before-call", note)
    try:
        yield lambda: names
    finally:
        events.unregister("before-call", note)


@pytest.mark.slow
def test_one_request_a_site_tells_what_of_many_known_requisites_was_taken_down(world: World) -> None:
    pictures = [picture(world, f"/{n}.png", b"\x89PNG%d" % n, FOR_AN_HOUR) for n in range(30)]
    url = story(world, "/1", *pictures)
    captured(world, url)
    known = list(lines(world, url).values())
    reader = TableReader(world.aws.client("dynamodb"), world.aws.table)
    with asked(world) as names:
        assert requisite_lists.taken_down_of_sites(reader, known) == frozenset()
        assert names() == ["Query"]


def test_where_much_was_taken_down_each_line_is_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requisite_lists, "GONE_ITEMS", 2)
    pictures = [picture(world, f"/{n}.png", b"\x89PNG%d" % n, FOR_AN_HOUR) for n in range(4)]
    url = story(world, "/1", *pictures)
    captured(world, url)
    known = sorted(lines(world, url).values(), key=lambda line: str(line["url"]))
    table = Table(world.aws.client("dynamodb"), world.aws.table)
    stones = [
        stone
        for line in known[:3]
        for stone in plan_requisite(requisite_lists.as_row(line), reason="x", now=REAL.now()).tombstone.rows()
    ]
    stones += told_in_range(stones)
    table.put(stones)
    reader = TableReader(world.aws.client("dynamodb"), world.aws.table)
    gone = requisite_lists.taken_down_of_sites(reader, known)
    table.delete(stones)  # all else of the table is compared with the files
    assert gone == {(line["url"], line["captured"]) for line in known[:3]}


def test_a_requisite_of_another_host_is_found_by_its_own_url(world: World) -> None:
    there = elsewhere(world, "/a.png")
    captured(world, story(world, "/1", there))
    reader = TableReader(world.aws.client("dynamodb"), world.aws.table)
    files = Objects(world.aws.client("s3"), world.aws.bucket)
    assert [line["url"] for line in requisite_lists.of_url(reader, files, there)] == [there]

"""A page that is in the archive already: left alone, a revisit, or stored whole."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from tests.site import Request, response
from tests.world import PAGE, World

from pressmark.article.page.bounds import MAX_TAG_ATTRIBUTES
from pressmark.reading.copy import MAX_TAGS
from pressmark.reading.process import ReadingError


@pytest.mark.slow
def test_a_page_that_is_younger_than_asked_for_is_left_alone(world: World) -> None:
    url = world.site.page("/", PAGE.format(title="x"))
    world.one(url)
    report = world.one({"url": url, "if_not_archived_within": "1d"})
    assert (report.outcome, report.acknowledge) == ("skipped", True)
    assert len(world.site.asked("/")) == 1
    assert world.one({"url": url, "if_not_archived_within": 0}).outcome == "unchanged"


def test_a_failure_does_not_count_as_archived(world: World) -> None:
    url = world.site.page("/", "no", status="404 Not Found")
    world.one(url)
    assert world.one({"url": url, "if_not_archived_within": "1d"}).outcome == "failed"


@pytest.mark.slow
def test_of_two_that_want_a_page_archived_within_a_day_at_the_same_time_one_does_it(world: World) -> None:
    entered, go = threading.Event(), threading.Event()

    def slow(request: Request) -> bytes:
        entered.set()
        go.wait(10)
        return response(b"<p>here</p>")

    url = world.site.serve("/", slow)
    first, second = (world.delivery({"url": url, "if_not_archived_within": "1d"}) for _ in range(2))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.one, first)
        assert entered.wait(10)
        assert world.one(second, on=world.another()).outcome == "postponed"
        go.set()
        running.result()
    assert world.one(second).outcome == "skipped"
    assert len(world.site.asked("/")) == 1


@pytest.mark.slow
def test_a_skipped_page_is_free_for_the_next_message_at_once(world: World) -> None:
    url = world.site.page("/", PAGE.format(title="x"))
    world.one(url)
    query = world.dynamodb.query
    answers = itertools.chain([{"Items": []}], itertools.repeat(None))

    def late(**asked: Any) -> Any:  # the row is not seen before the claim, but behind it
        return next(answers) or query(**asked)

    world.dynamodb.instead["query"] = late
    assert world.one({"url": url, "if_not_archived_within": "1d"}).outcome == "skipped"
    assert world.one({"url": url, "if_not_archived_within": 0}).outcome == "unchanged"


def test_the_same_payload_again_is_a_revisit(world: World) -> None:
    url = world.site.page("/", PAGE.format(title="Same"))
    world.one(url)
    report = world.one(url)
    assert (report.outcome, report.acknowledge) == ("unchanged", True)
    first, second = world.rows()
    assert second["revisit"] == "identical-payload-digest"
    assert (second["original_warc"], second["original_offset"]) == (first["warc"], first["offset"])
    assert (second["title"], second["authors"]) == ("Same", ["Ada Writer"])
    third = (world.one(url), world.rows()[-1])[1]
    assert third["original_offset"] == first["offset"], "a revisit never refers to a revisit"


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [b"<p>more " * MAX_TAGS, b"<p " + b" ".join(b"a%d" % number for number in range(MAX_TAG_ATTRIBUTES + 1))],
    ids=["tags", "attributes"],
)
def test_a_row_says_that_its_page_was_read_in_part_and_so_does_one_that_repeats_it(
    world: World, more: bytes
) -> None:
    html = PAGE.format(title="Long").encode() + more
    whole, huge = world.site.page("/whole", PAGE.format(title="Short")), world.site.page("/huge", html)
    assert [report.outcome for report in world.run(whole, huge)] == ["archived"] * 2
    assert [report.outcome for report in world.run(whole, huge)] == ["unchanged"] * 2
    said = {(row["title"], row.get("read"), row.get("revisit")) for row in world.rows()}
    same = "identical-payload-digest"
    assert said == {
        ("Short", None, None), ("Short", None, same), ("Long", "part", None), ("Long", "part", same)
    }  # fmt: skip


def test_a_page_with_a_validator_is_asked_for_only_if_it_changed(world: World) -> None:
    def answer(request: Request) -> bytes:
        if request.header("If-None-Match") == '"v1"':
            return response(
                status="304 Not Modified", content_type=None, framed=False, headers=[("ETag", '"v1"')]
            )
        return response(
            PAGE.format(title="Valid").encode(), headers=[("ETag", '"v1"'), ("Last-Modified", "Mon")]
        )

    url = world.site.serve("/", answer)
    for outcome in ("archived", "unchanged", "unchanged"):
        assert world.one(url).outcome == outcome
    asked = world.site.asked("/")
    assert asked[0].header("If-None-Match") is None
    assert (asked[1].header("If-None-Match"), asked[1].header("If-Modified-Since")) == ('"v1"', "Mon")
    assert asked[2].header("If-None-Match") == '"v1"'
    first, second, third = world.rows()
    assert [row["status"] for row in (first, second, third)] == [200, 304, 304]
    assert [row.get("revisit") for row in (second, third)] == ["server-not-modified"] * 2
    assert third["original_offset"] == first["offset"]
    assert (third["title"], third["digest"]) == ("Valid", first["digest"])


@pytest.mark.parametrize("validators", [[], [("ETag", '"v1"')]])
def test_a_page_whose_reading_failed_is_read_when_it_comes_unchanged(
    world: World, monkeypatch: pytest.MonkeyPatch, validators: list[tuple[str, str]]
) -> None:
    def answer(request: Request) -> bytes:
        if request.header("If-None-Match"):
            return response(status="304 Not Modified", content_type=None, framed=False, headers=validators)
        return response(PAGE.format(title="Read at last").encode(), headers=validators)

    def fail(*_: Any) -> Any:
        raise ReadingError("the process that read the page died of SIGKILL")

    url = world.site.serve("/", answer)
    with monkeypatch.context() as patch:
        patch.setattr(type(world.service.reader), "read", fail)
        assert "extraction_error" in world.one(url).facts
    assert [world.one(url).outcome for _ in range(2)] == ["unchanged", "unchanged"]
    assert [row.get("title") for row in world.rows()] == [None, "Read at last", "Read at last"]
    assert len(world.aws.objects()) == 3


def test_a_304_that_nobody_asked_for_is_no_capture(world: World) -> None:
    url = world.site.serve("/", response(status="304 Not Modified", content_type=None, framed=False))
    delivery = world.delivery(url)
    report = world.one(delivery)
    assert (report.outcome, report.code) == ("retry", "invalid-server-response")
    assert world.one({"url": url, "capture_all": True}).outcome == "retry", "nor is it an error page"
    assert world.one(replace(delivery, earlier_tries=4)).outcome == "failed"
    (row,) = world.rows()
    assert (row["error"], row["status"]) == ("invalid-server-response", 304)


def test_a_page_that_changed_is_stored_whole(world: World) -> None:
    url = world.site.serve("/", response(b"<p>one</p>"), response(b"<p>two</p>"))
    assert [world.one(url).outcome for _ in range(2)] == ["archived", "archived"]
    assert len({row["digest"] for row in world.rows()}) == 2


NEIGHBOURS = [("/AbC", "/aBc"), ("/a", "/a/"), ("/x?id=AbC", "/x?id=aBc"), ("/x?a=1&b=2", "/x?b=2&a=1")]


@pytest.mark.parametrize("paths", NEIGHBOURS, ids=str)
def test_two_pages_that_share_a_urlkey_are_both_archived_in_one_batch(
    world: World, paths: tuple[str, str]
) -> None:
    addresses = [world.site.page(path, PAGE.format(title=path)) for path in paths]
    assert [each.outcome for each in world.run(*addresses)] == ["archived", "archived"]


@pytest.mark.parametrize("paths", NEIGHBOURS, ids=str)
def test_a_claim_on_a_page_does_not_hold_up_its_neighbour(world: World, paths: tuple[str, str]) -> None:
    entered, go = threading.Event(), threading.Event()

    def slow(request: Request) -> bytes:
        entered.set()
        go.wait(10)
        return response(b"<p>here</p>")

    first = world.site.serve(paths[0], slow)
    second = world.site.page(paths[1], PAGE.format(title="x"))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.one, world.delivery(first))
        assert entered.wait(10)
        outcome = world.one(world.delivery(second), on=world.another()).outcome
        go.set()
        running.result()
    assert outcome == "archived"


@pytest.mark.parametrize("paths", NEIGHBOURS, ids=str)
def test_a_neighbour_that_was_archived_lately_does_not_count_for_the_page(
    world: World, paths: tuple[str, str]
) -> None:
    one, other = (world.site.page(path, PAGE.format(title="the same")) for path in paths)
    world.one(one)
    assert world.one({"url": other, "if_not_archived_within": "1d"}).outcome == "archived"
    assert world.one({"url": other, "if_not_archived_within": "1d"}).outcome == "skipped"


@pytest.mark.slow
def test_a_page_whose_neighbour_was_captured_many_times_since_is_known_and_free_to_be_captured_again(
    world: World,
) -> None:
    on = world.another(host_delay=0.0)
    url = world.site.page("/abc", PAGE.format(title="Hello"))
    neighbour = world.site.page("/abc/", PAGE.format(title="Other"))
    world.one(url, on=on)
    for _ in range(21):
        world.one(neighbour, on=on)

    assert world.one({"url": url, "if_not_archived_within": "1d"}, on=on).outcome == "skipped"
    assert world.one(url, on=on).outcome == "unchanged"


@pytest.mark.slow
@pytest.mark.parametrize("paths", NEIGHBOURS, ids=str)
def test_a_page_is_no_revisit_of_its_neighbour_and_is_not_asked_with_its_validators(
    world: World, paths: tuple[str, str]
) -> None:
    headers = [("ETag", '"v1"')]
    one, other = (world.site.page(path, PAGE.format(title="the same"), headers=headers) for path in paths)
    assert [world.one(each).outcome for each in (one, other)] == ["archived", "archived"]
    (asked,) = world.site.asked(paths[1])
    assert b"if-none-match" not in asked.head.lower()
    assert world.one(other).outcome == "unchanged"


@pytest.mark.slow
def test_the_end_of_a_chain_that_failed_does_not_count_as_archived(world: World) -> None:
    """Only the first row of a chain has its error; the others were not asked for themselves."""
    last = world.site.page("/last", "no", status="404 Not Found")
    middle = world.site.serve("/middle", response(b"", headers=[("Location", "/last")], status="302 Found"))
    first = world.site.serve("/first", response(b"", headers=[("Location", "/middle")], status="302 Found"))
    world.one(first)
    for url in (middle, last):
        assert world.one({"url": url, "if_not_archived_within": "1d"}).outcome == "failed"


def test_the_end_of_a_chain_that_came_counts_as_archived_and_what_led_to_it_does_not(world: World) -> None:
    last = world.site.page("/last", PAGE.format(title="x"))
    middle = world.site.serve("/middle", response(b"", headers=[("Location", "/last")], status="302 Found"))
    first = world.site.serve("/first", response(b"", headers=[("Location", "/middle")], status="302 Found"))
    world.one(first)
    found = [world.one({"url": url, "if_not_archived_within": "1d"}).outcome for url in (first, last, middle)]
    assert found == ["skipped", "skipped", "unchanged"]

"""Delivered twice, at the same time, half done, or where AWS does not answer: nothing lost, nothing twice."""

import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.crawl.world import PAGE, World, error
from tests.site import Request, response


def test_a_message_delivered_again_makes_no_second_capture(world: World) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="Once")))
    world.one(delivery)
    again = world.one(replace(delivery, receive_count=2), on=world.another())
    assert (again.outcome, again.acknowledge) == ("skipped", True)
    assert len(world.site.asked("/")) == 1
    assert len(world.rows()) == 1


def test_a_message_delivered_to_two_at_the_same_time_makes_one_capture(world: World) -> None:
    entered, go = threading.Event(), threading.Event()

    def slow(request: Request) -> bytes:
        entered.set()
        go.wait(10)
        return response(b"<p>here</p>")

    delivery = world.delivery(world.site.serve("/", slow))
    other = world.another()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.one, delivery)
        assert entered.wait(10)
        second = world.one(replace(delivery, receipt_handle="another"), on=other)
        go.set()
        assert first.result().outcome == "archived"
    assert (second.outcome, second.acknowledge) == ("postponed", True)
    assert 1 <= len(world.site.asked("/")) <= 1
    copy = replace(delivery, message_id="copy")
    assert world.one(copy, on=other).outcome == "skipped"
    assert len(world.rows()) == 1


def test_a_url_twice_in_a_batch_is_taken_one_after_the_other(world: World) -> None:
    url = world.site.page("/", PAGE.format(title="Twice"))
    first, second = world.run(url, {"url": url, "note": "again"})
    assert {first.outcome, second.outcome} == {"archived", "postponed"}
    assert first.acknowledge
    assert second.acknowledge
    assert len(world.rows()) == 1


@pytest.mark.parametrize("code", ["SlowDown", "AccessDenied", "InternalError"])
def test_where_the_file_is_not_stored_nothing_is_acknowledged_and_no_row_claims_it(
    world: World, code: str
) -> None:
    url = world.site.page("/", PAGE.format(title="x"))
    delivery = world.delivery(url)
    world.s3.instead["put_object"] = error(code)
    report = world.one(delivery)
    assert (report.outcome, report.code, report.acknowledge) == ("error", "store-error", False)
    assert code in (report.reason or "")
    assert world.table() == []
    del world.s3.instead["put_object"]
    assert world.one(replace(delivery, receive_count=2)).outcome == "archived"


def unprocessed(**request: Any) -> Any:
    return {"UnprocessedItems": request["RequestItems"]}


def test_where_rows_are_not_written_nothing_is_acknowledged(world: World) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="x")))
    for fault in (error("ProvisionedThroughputExceededException"), unprocessed):
        world.dynamodb.instead["batch_write_item"] = fault
        report = world.one(delivery)
        assert (report.outcome, report.acknowledge) == ("error", False)
    del world.dynamodb.instead["batch_write_item"]
    assert world.one(delivery).outcome == "archived"
    world.dynamodb.instead["batch_write_item"] = unprocessed  # for check(): orphaned files are to be expected
    assert len(world.rows()) == 1


def test_a_page_whose_rows_were_half_written_is_not_taken_for_done(world: World) -> None:
    """The row of what was asked for comes last: it proves that the rest is there."""
    world.site.serve("/a", response(status="301 Moved", headers=[("Location", "/b")]))
    world.site.page("/b", PAGE.format(title="End"))
    delivery = world.delivery(world.site.url("/a"))
    real, calls = world.dynamodb.batch_write_item, itertools.count()

    def first_only(**request: Any) -> Any:
        return real(**request) if next(calls) == 0 else error("InternalServerError")()

    world.dynamodb.instead["batch_write_item"] = first_only
    assert world.one(delivery).outcome == "error"
    assert [row["url"] for row in world.rows()] == [world.site.url("/b")]
    world.dynamodb.instead["batch_write_item"] = real
    # The page at the end is the one whose row is there: its bytes are kept, and need not be again.
    assert world.one(replace(delivery, receive_count=2)).outcome == "unchanged"
    assert world.site.url("/a") in [row["url"] for row in world.rows()]


def test_one_page_that_the_table_refuses_leaves_the_others_archived(world: World) -> None:
    real = world.dynamodb.batch_write_item

    def picky(**request: Any) -> Any:
        if "Poison" in json.dumps(request):
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "no"}}, "BatchWriteItem")
        return real(**request)

    world.dynamodb.instead["batch_write_item"] = picky
    good, bad = (world.site.page(f"/{t}", PAGE.format(title=t)) for t in ("Fine", "Poison"))
    reports = world.run(good, bad)
    assert [(report.outcome, report.acknowledge) for report in reports] == [
        ("archived", True),
        ("error", False),
    ]
    assert [row["title"] for row in world.rows()] == ["Fine"]


def test_a_queue_that_does_not_answer_costs_no_page_and_hands_back_what_it_should_have_kept(
    world: World,
) -> None:
    good = world.delivery(world.site.page("/", PAGE.format(title="x")))
    bad = world.delivery("hello")
    late = world.delivery(world.site.page("/busy", "busy", status="503 Busy"))
    for operation in ("send_message", "change_message_visibility"):
        world.sqs.instead[operation] = error("InternalError")
    archived, rejected, retried = world.run(good, bad, late)
    assert (archived.outcome, archived.acknowledge) == ("archived", True)
    assert (rejected.outcome, rejected.acknowledge) == ("rejected", False)
    assert (retried.outcome, retried.acknowledge) == ("retry", False)
    assert "InternalError" in rejected.facts["queue_error"]


def test_a_lost_state_table_loses_nothing(world: World) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="x")))
    world.dynamodb.instead["update_item"] = error("ResourceNotFoundException")
    report = world.one(delivery)
    assert (report.outcome, report.acknowledge) == ("error", False)
    del world.dynamodb.instead["update_item"]
    assert world.one(delivery).outcome == "archived"


def test_with_little_time_left_nothing_is_begun_and_all_goes_back(world: World) -> None:
    urls = [world.site.page(f"/{n}", PAGE.format(title="x")) for n in range(3)]
    deliveries = [world.delivery(url, earlier_tries=1) for url in urls]
    reports = world.run(*deliveries, remaining=12)
    assert [(report.outcome, report.acknowledge) for report in reports] == [("postponed", True)] * 3
    assert world.site.requests == []
    copies = world.copies()
    assert sorted(copy["body"] for copy in copies) == urls
    assert {copy["PressmarkTries"] for copy in copies} == {"1"}
    assert {copy["PressmarkId"] for copy in copies} == {each.id for each in deliveries}


def test_a_function_with_a_short_timeout_still_archives(world: World) -> None:
    assert world.one(world.site.page("/", PAGE.format(title="x")), remaining=59).outcome == "archived"

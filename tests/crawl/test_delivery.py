"""Delivered twice, at the same time, half done, or where AWS does not answer: nothing lost, nothing twice."""

import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.site import Request, response
from tests.world import PAGE, World, error

from pressmark.clock import REAL
from pressmark.crawl.service import Clients, Service
from pressmark.queues.message import Delivery


@pytest.mark.slow
def test_a_message_delivered_again_makes_no_second_capture(world: World) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="Once")))
    world.one(delivery)
    assert world.one(replace(delivery, receive_count=2)).outcome == "postponed"
    again = world.one(replace(delivery, message_id="copy", unended_alone=0), on=world.another())
    assert (again.outcome, again.acknowledge) == ("skipped", True)
    assert len(world.site.asked("/")) == 1
    assert len(world.rows()) == 1


def test_a_copy_of_a_message_that_made_its_capture_does_not_wait_for_its_hosts_turn_to_be_told_so(
    world: World,
) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="Once")))
    on = world.another(host_delay=60.0)
    assert world.one(delivery, on=on).outcome == "archived"
    assert world.one(replace(delivery, message_id="copy"), on=on).outcome == "skipped"
    other = world.delivery(delivery.body, message_id="copy")
    assert world.one(other, on=on).outcome == "postponed", "a copy of a message that made none has to wait"


def test_a_copy_that_waited_on_the_queue_for_as_long_as_it_can_knows_its_capture(world: World) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="Once")))
    assert world.one(delivery).outcome == "archived"
    then = REAL.now() + timedelta(days=14)
    clients: Any = (world.s3, world.dynamodb, world.sqs)
    on = Service(
        world.aws.settings_with(robots="ignore", host_delay=60.0),
        Clients(*clients),
        outside=replace(REAL, now=lambda: then),
        reader=world.service.reader,
    )
    assert world.one(world.delivery(delivery.body, message_id="copy"), on=on).outcome == "unchanged"
    # The host's turn is taken: the page would have to wait for it.
    assert world.one(replace(delivery, message_id="copy"), on=on).outcome == "skipped"


class Slow:
    """A page that answers when it is told to."""

    def __init__(self, world: World) -> None:
        self.entered, self.go = threading.Semaphore(0), threading.Event()
        self.url = world.site.serve("/slow", self._answer)

    def _answer(self, request: Request) -> bytes:
        self.entered.release()
        self.go.wait(10)
        return response(b"<p>here</p>")


def test_a_first_delivery_writes_its_hosts_turn_and_claims_nothing(world: World) -> None:
    written: list[str] = []
    update = world.dynamodb.update_item

    def noted(**asked: Any) -> Any:
        written.append(asked["Key"]["pk"]["S"].partition("#")[0])
        return update(**asked)

    world.dynamodb.instead["update_item"] = noted
    url = world.site.page("/", PAGE.format(title="x"))
    world.one(url, on=world.another(host_delay=1.0))
    assert written == ["turn"]
    world.one({"url": url, "if_not_archived_within": 0})
    assert written == ["turn", "claim", "claim"], "taken, and released"


def test_a_message_handed_out_twice_at_the_same_moment_is_captured_twice_and_never_again(
    world: World,
) -> None:
    slow = Slow(world)
    delivery = world.delivery(slow.url)
    one, other = (world.another() for _ in range(2))
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(world.one, delivery, on=on) for on in (one, other)]
        assert all(slow.entered.acquire(timeout=10) for _ in runs)
        slow.go.set()
        assert [run.result().outcome for run in runs] == ["archived", "archived"]
    assert [row["message_id"] for row in world.rows()] == [delivery.id] * 2
    assert world.one(replace(delivery, message_id="copy"), on=one).outcome == "skipped"
    assert len(world.site.asked("/slow")) == 2


def test_of_two_deliveries_at_the_same_moment_of_a_message_delivered_before_one_captures_and_one_waits(
    world: World,
) -> None:
    slow = Slow(world)
    delivery = world.delivery(slow.url, unended_alone=0)
    one, other = (world.another() for _ in range(2))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.one, delivery, on=one)
        assert slow.entered.acquire(timeout=10)
        second = world.one(replace(delivery, receipt_handle="another"), on=other)
        slow.go.set()
        assert first.result().outcome == "archived"
    assert (second.outcome, second.acknowledge) == ("postponed", True)
    assert world.one(replace(delivery, message_id="copy"), on=other).outcome == "skipped"
    assert len(world.site.asked("/slow")) == len(world.rows()) == 1


def test_a_message_that_comes_again_while_its_first_delivery_is_at_work_is_captured_twice_at_most(
    world: World,
) -> None:
    slow = Slow(world)
    delivery = world.delivery(slow.url)
    again = replace(delivery, unended_alone=0)
    one, *others = (world.another() for _ in range(3))
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(world.one, delivery, on=one), pool.submit(world.one, again, on=others[0])]
        assert all(slow.entered.acquire(timeout=10) for _ in runs)
        assert world.one(replace(again, receipt_handle="third"), on=others[1]).outcome == "postponed"
        slow.go.set()
        assert [run.result().outcome for run in runs] == ["archived", "archived"]
    assert len(world.site.asked("/slow")) == 2


def test_a_url_twice_in_a_batch_is_taken_one_after_the_other(world: World) -> None:
    url = world.site.page("/", PAGE.format(title="Twice"))
    first, second = world.run(url, {"url": url, "note": "again"})
    assert {first.outcome, second.outcome} == {"archived", "postponed"}
    assert first.acknowledge
    assert second.acknowledge
    assert len(world.rows()) == 1


@pytest.mark.parametrize("code", ["SlowDown", "AccessDenied", "InternalError"])
def test_where_the_file_is_not_stored_the_page_comes_again_and_no_row_claims_it(
    world: World, code: str
) -> None:
    url = world.site.page("/", PAGE.format(title="x"))
    delivery = world.delivery(url)
    world.s3.instead["put_object"] = error(code)
    report = world.one(delivery)
    assert (report.outcome, report.code, report.acknowledge) == ("error", "store-error", True)
    assert code in (report.reason or "")
    assert world.table() == []
    del world.s3.instead["put_object"]
    assert world.one(again(world, delivery)).outcome == "archived"


def again(world: World, delivery: Delivery) -> Delivery:
    """The copy of a page that failed, with one more try behind it."""
    wanted = {"PressmarkId": delivery.id, "PressmarkTries": str(delivery.earlier_tries + 1)}
    assert wanted in [attributes for _, attributes in world.copies()]
    return replace(delivery, message_id="copy", earlier_tries=delivery.earlier_tries + 1)


def test_a_page_that_our_store_fails_to_the_last_is_a_dead_letter_that_says_why(world: World) -> None:
    world.s3.instead["put_object"] = error("AccessDenied")
    delivery = world.delivery(world.site.page("/", PAGE.format(title="x")), earlier_tries=4)
    report = world.one(delivery)
    assert (report.outcome, report.acknowledge) == ("error", True)
    ((_, code, reason),) = world.dead_letters()
    assert code == "store-error"
    assert "AccessDenied" in reason
    assert world.copies() == []


def unprocessed(**request: Any) -> Any:
    return {"UnprocessedItems": request["RequestItems"]}


def test_where_rows_are_not_written_the_page_comes_again(world: World) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="x")))
    for fault in (error("ProvisionedThroughputExceededException"), unprocessed):
        world.dynamodb.instead["batch_write_item"] = fault
        report = world.one(delivery)
        assert (report.outcome, report.acknowledge) == ("error", True)
        delivery = again(world, delivery)
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
    assert world.one(again(world, delivery)).outcome == "unchanged"
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
        ("error", True),
    ]
    assert [row["title"] for row in world.rows()] == ["Fine"]


def test_a_queue_that_does_not_answer_costs_no_page_and_hands_back_what_it_should_have_kept(
    world: World,
) -> None:
    good = world.delivery(world.site.page("/", PAGE.format(title="x")))
    bad = world.delivery("hello")
    late = world.delivery(world.site.page("/busy", "busy", status="503 Busy"))
    world.sqs.instead["send_message"] = error("InternalError")
    archived, rejected, retried = world.run(good, bad, late)
    assert (archived.outcome, archived.acknowledge) == ("archived", True)
    assert (rejected.outcome, rejected.acknowledge) == ("rejected", False)
    assert (retried.outcome, retried.acknowledge) == ("retry", False)
    assert "InternalError" in rejected.facts["queue_error"]


def test_a_lost_state_table_loses_nothing(world: World) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="x")))
    world.dynamodb.instead["update_item"] = error("ResourceNotFoundException")
    report = world.one(delivery, on=world.another(host_delay=1.0))
    assert (report.outcome, report.acknowledge) == ("error", True), "nobody knows whose turn it is"
    del world.dynamodb.instead["update_item"]
    assert world.one(again(world, delivery)).outcome == "archived"


def test_with_little_time_left_nothing_is_begun_and_all_goes_back(world: World) -> None:
    urls = [world.site.page(f"/{n}", PAGE.format(title="x")) for n in range(3)]
    deliveries = [world.delivery(url, earlier_tries=1) for url in urls]
    reports = world.run(*deliveries, remaining=12)
    assert [(report.outcome, report.acknowledge) for report in reports] == [("postponed", True)] * 3
    assert world.site.requests == []
    copies = world.copies()
    assert sorted(world.site.url(path) for path, _ in copies) == urls
    assert {says["PressmarkTries"] for _, says in copies} == {"1"}
    assert {says["PressmarkId"] for _, says in copies} == {each.id for each in deliveries}


def test_a_function_with_a_short_timeout_still_archives(world: World) -> None:
    assert world.one(world.site.page("/", PAGE.format(title="x")), remaining=59).outcome == "archived"

"""A page that may kill the process is captured alone; what is known of it travels with its message."""

import dataclasses
import itertools
from typing import Any

import pytest
from tests.queued import attributes_of
from tests.site import Request, response
from tests.world import PAGE, World, error

from pressmark.crawl import isolation
from pressmark.crawl.isolation import STRIKES, plan
from pressmark.crawl.reports import Report
from pressmark.queues.message import Delivery


def delivery(name: str = "m", receive_count: int = 1, unended_alone: int | None = None) -> Delivery:
    return Delivery(
        name, "body", name, f"receipt-{name}", receive_count=receive_count, unended_alone=unended_alone
    )


def planned(*deliveries: Delivery) -> tuple[list[str], dict[str, int | None]]:
    """Names of what is captured; names of what goes on as a copy, each with the strikes that the copy carries."""
    made = plan(deliveries)
    later = {each.message_id: each.unended_alone for each, _ in made.later}
    assert len(made.now) + len(made.later) == len(deliveries)
    return [each.message_id for each in made.now], later


def test_what_comes_for_the_first_time_is_captured_together() -> None:
    assert planned(delivery("a"), delivery("b")) == (["a", "b"], {})


def test_an_empty_batch_is_nothing_to_do() -> None:
    assert planned() == ([], {})


def test_a_message_an_earlier_delivery_of_which_never_ended_goes_on_to_be_captured_alone() -> None:
    assert planned(delivery("a"), delivery("b", 2), delivery("c", 5)) == (["a"], {"b": 0, "c": 0})


def test_a_page_that_is_to_be_captured_alone_sends_all_others_on_and_they_carry_no_mark_for_it() -> None:
    batch = delivery("a"), delivery("alone", unended_alone=0), delivery("b"), delivery("c", 2)
    assert planned(*batch) == (["alone"], {"a": None, "b": None, "c": 0})


def test_one_page_is_captured_alone_at_a_time_and_those_without_a_strike_first() -> None:
    struck, innocent, over = (delivery(name, unended_alone=n) for name, n in (("s", 1), ("i", 0), ("o", 2)))
    assert planned(over, struck, innocent) == (["i"], {"o": 2, "s": 1})
    assert planned(over, struck) == (["s"], {"o": 2})


def test_each_delivery_of_a_marked_message_that_never_ended_is_one_strike() -> None:
    assert planned(delivery("m", 2, unended_alone=0)) == ([], {"m": 1})
    assert planned(delivery("m", 2, unended_alone=1)) == ([], {"m": STRIKES})
    assert planned(delivery("m", 2, unended_alone=STRIKES)) == ([], {"m": STRIKES})


def test_deliveries_lost_while_no_copy_could_be_sent_are_one_strike_together() -> None:
    assert planned(delivery("m", 4, unended_alone=0)) == ([], {"m": 1})


@pytest.mark.parametrize(
    ("strikes", "given_up"), [(None, False), (0, False), (STRIKES - 1, False), (STRIKES, True)]
)
def test_a_page_is_given_up_after_two_strikes(strikes: int | None, given_up: bool) -> None:
    assert (isolation.verdict(delivery(unended_alone=strikes)) is not None) == given_up


def test_a_delivery_that_never_ended_is_not_a_try_of_the_page() -> None:
    assert delivery(receive_count=4).tries == 1


# From here on with the template's stack: messages are sent and received for real.


def sent(world: World, path: str, **said: Any) -> Delivery:
    """A page that was pushed, and received."""
    return world.delivery(world.site.page(path, PAGE.format(title=path)), **said)


def queued(world: World) -> dict[str, dict[str, str]]:
    """What can be received now: attributes by path. Hidden messages count, too: there must be none."""
    found = {
        message["Body"].removeprefix(world.site.base): attributes_of(message)
        for message in world.aws.messages()
    }
    attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = world.aws.client("sqs").get_queue_attributes(
        QueueUrl=world.aws.queue_url, AttributeNames=attributes
    )["Attributes"]
    assert sum(map(int, counts.values())) == len(found), "originals of copies are still there"
    return found


def outcomes(reports: list[Report]) -> list[tuple[str, bool]]:
    return [(each.outcome, each.acknowledge) for each in reports]


def test_reports_come_in_the_order_of_the_deliveries(world: World) -> None:
    reports = world.run(
        sent(world, "/first"),
        sent(world, "/alone", unended_alone=0),
        sent(world, "/unended", receive_count=2),
    )
    assert [each.url.rpartition("/")[2] for each in reports] == ["first", "alone", "unended"]
    assert outcomes(reports) == [("postponed", True), ("archived", True), ("postponed", True)]
    assert len(world.aws.objects()) == 1


def test_a_page_that_has_to_wait_still_waits_when_it_goes_on(world: World) -> None:
    world.run(sent(world, "/waits", wait=6000.0), sent(world, "/alone", unended_alone=0))
    ((path, said),) = world.copies()
    assert (path, said["PressmarkWait"]) == ("/waits", "5100")


def test_all_others_are_on_the_queue_as_copies_and_their_originals_off_it_before_a_page_begins_alone(
    world: World,
) -> None:
    seen: list[dict[str, dict[str, str]]] = []

    def look(_request: Request) -> bytes:
        seen.append(queued(world))
        return response(b"<p>here</p>")

    plain = sent(world, "/plain", earlier_tries=2)
    unended = sent(world, "/unended", receive_count=3, earlier_tries=1, unended_alone=0)
    alone = sent(world, "/alone", unended_alone=0)
    world.sqs.delete_message(QueueUrl=world.aws.queue_url, ReceiptHandle=alone.receipt_handle)
    world.site.serve("/alone", look)
    reports = world.run(plain, alone, unended)
    assert outcomes(reports) == [("postponed", True), ("archived", True), ("postponed", True)]
    assert seen == [
        {
            "/plain": {"PressmarkId": plain.id, "PressmarkTries": "2"},
            "/unended": {"PressmarkId": unended.id, "PressmarkTries": "1", "PressmarkSuspect": "1"},
        }
    ]


def test_what_comes_for_the_first_time_is_captured_beside_what_goes_on_to_be_captured_alone(
    world: World,
) -> None:
    reports = world.run(sent(world, "/new"), sent(world, "/unended", receive_count=2))
    assert outcomes(reports) == [("archived", True), ("postponed", True)]
    assert world.site.asked("/unended") == []
    ((_, said),) = world.copies()
    assert said["PressmarkSuspect"] == "0"


def test_a_message_that_is_not_a_request_is_refused_whatever_it_comes_with(world: World) -> None:
    reports = world.run(sent(world, "/alone", unended_alone=0), world.delivery("no URL"))
    assert outcomes(reports) == [("archived", True), ("rejected", True)]
    assert [body for body, _, _ in world.dead_letters()] == ["no URL"]


def test_nothing_begins_while_what_goes_on_cannot_be_taken_off_the_queue(world: World) -> None:
    world.sqs.instead["delete_message_batch"] = error("AccessDenied")
    reports = world.run(sent(world, "/plain"), sent(world, "/alone", unended_alone=0))
    assert outcomes(reports) == [("postponed", True), ("error", True)]
    assert world.site.requests == []
    assert reports[1].code == "store-error"
    assert "AccessDenied" in (reports[1].reason or "")
    assert dict(world.copies())["/alone"]["PressmarkSuspect"] == "0"


def test_what_cannot_be_sent_on_stays_on_the_queue_and_loses_nothing(world: World) -> None:
    delivered = sent(world, "/unended", receive_count=2)
    world.sqs.instead["send_message"] = error("InternalError")
    (report,) = world.run(delivered)
    assert (report.outcome, report.acknowledge) == ("postponed", False)
    assert "InternalError" in report.facts["queue_error"]
    assert world.site.requests == []
    (left,) = world.messages()
    assert left.id == delivered.message_id


def test_a_page_is_given_up_whether_or_not_its_hosts_turn_has_come(world: World) -> None:
    polite = world.another(host_delay=3600.0)
    assert world.one(sent(world, "/first"), on=polite).outcome == "archived"
    assert world.one(sent(world, "/kills", unended_alone=STRIKES), on=polite).outcome == "failed"


def test_a_page_without_time_to_be_captured_alone_comes_again_with_its_strikes(world: World) -> None:
    (report,) = world.run(sent(world, "/alone", unended_alone=1), remaining=12)
    assert (report.outcome, report.acknowledge) == ("postponed", True)
    ((_, said),) = world.copies()
    assert said["PressmarkSuspect"] == "1"
    assert world.site.requests == []


@pytest.mark.parametrize("status", ["503 Busy", "200 OK"])
def test_a_capture_that_ends_in_order_is_not_a_strike(world: World, status: str) -> None:
    """Neither where the server is busy, nor where S3 does not take the file; but it proves nothing either."""
    delivered = sent(world, "/alone", unended_alone=1)
    world.site.page("/alone", "x", status=status)
    world.s3.instead["put_object"] = error("AccessDenied")
    (report,) = world.run(delivered)
    assert report.acknowledge
    world.sqs.instead.clear()
    ((path, said),) = world.copies()
    assert (path, said["PressmarkSuspect"], said["PressmarkTries"]) == ("/alone", "1", "1")
    world.s3.instead.clear()
    world.site.page("/alone", "<p>here</p>")
    assert world.one(dataclasses.replace(delivered, earlier_tries=1)).outcome == "archived"


def test_a_page_is_given_up_unasked_with_row_and_dead_letter_that_say_the_same(world: World) -> None:
    report = world.one(sent(world, "/kills", unended_alone=STRIKES))
    assert (report.outcome, report.code, report.acknowledge) == ("failed", "job-failed", True)
    assert world.site.requests == []
    (row,) = world.rows()
    ((_, code, reason),) = world.dead_letters()
    assert (code, reason) == (row["error"], row["reason"])
    assert "never reported an end" in row["reason"]


def test_a_page_that_was_captured_before_its_process_died_is_not_given_up(world: World) -> None:
    delivered = sent(world, "/page")
    assert world.one(delivered).outcome == "archived"
    again = dataclasses.replace(delivered, message_id="copy", unended_alone=STRIKES)
    report = world.one(again)
    assert (report.outcome, report.acknowledge) == ("skipped", True)
    assert world.dead_letters() == []


def test_a_page_that_another_delivery_is_at_work_on_is_not_given_up(world: World) -> None:
    delivered = sent(world, "/page", unended_alone=STRIKES)
    copy = dataclasses.replace(delivered, message_id="copy")
    begun: list[Report] = []

    def meanwhile(_request: Request) -> bytes:
        begun.extend(world.run(copy, on=world.another()))
        return response(b"<p>here</p>")

    world.site.serve("/page", meanwhile)
    first = dataclasses.replace(delivered, message_id="another copy", unended_alone=0)
    assert world.one(first).outcome == "archived"
    assert outcomes(begun) == [("postponed", True)]
    assert world.dead_letters() == []


def test_a_page_that_is_tried_again_after_it_failed_in_order_is_captured_with_its_neighbours(
    world: World,
) -> None:
    busy = itertools.chain([response(b"busy", status="503 Busy")], itertools.repeat(response(b"<p>here</p>")))
    delivered = sent(world, "/busy")
    world.site.serve("/busy", lambda _request: next(busy))
    assert world.one(delivered).outcome == "retry"
    ((_, said),) = world.copies()
    assert "PressmarkSuspect" not in said
    copy = dataclasses.replace(delivered, message_id="copy", earlier_tries=int(said["PressmarkTries"]))
    assert outcomes(world.run(copy, sent(world, "/other"))) == [("archived", True)] * 2
    assert len(world.aws.objects()) == 1, "in one file"

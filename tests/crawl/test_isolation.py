"""Suspects: told from the others by what their deliveries left behind."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from tests.conftest import Aws
from tests.readers import shared
from tests.site import RawSite

from pressmark.clock import Outside
from pressmark.crawl.isolation import STRIKES, How, Suspects
from pressmark.crawl.reports import Report
from pressmark.crawl.service import Clients, Service
from pressmark.queues.message import Delivery

MAX_RECEIVES = 5


class Asked:
    """A DynamoDB client that can be asked what it was asked, and told to answer something else."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.asked: list[str] = []
        self.instead: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name in self.instead:
            return self.instead[name]
        if name != "exceptions":
            self.asked.append(name)
        return getattr(self._real, name)


class World:
    """The state table and what one process makes of it."""

    def __init__(self, aws: Aws) -> None:
        self.client = Asked(aws.client("dynamodb"))
        self.aws = aws
        outside = Outside(now=lambda: datetime(2026, 11, 25, tzinfo=UTC))
        nothing: Any = None
        self.suspects = Suspects(
            self.client,  # type: ignore[arg-type]
            aws.state_table,
            nothing,
            nothing,
            max_receives=MAX_RECEIVES,
            outside=outside,
        )

    def how(self, *deliveries: Delivery) -> list[tuple[How, list[str]]]:
        groups = self.suspects.groups(deliveries)
        return [(group.how, [each.message_id for each in group.deliveries]) for group in groups]

    def one(self, delivery: Delivery) -> tuple[How, int | None]:
        (group,) = self.suspects.groups([delivery])
        return group.how, group.deliveries[0].unended_alone

    def items(self) -> list[dict[str, Any]]:
        return list(self.aws.client("dynamodb").scan(TableName=self.aws.state_table)["Items"])


@pytest.fixture
def world(aws: Aws) -> World:
    return World(aws)


def delivery(name: str = "m", receive_count: int = 1, unended_alone: int | None = None) -> Delivery:
    return Delivery(
        name, "body", name, f"receipt-{name}", receive_count=receive_count, unended_alone=unended_alone
    )


def test_what_comes_for_the_first_time_stays_together_and_costs_no_request(world: World) -> None:
    assert world.how(delivery("a"), delivery("b")) == [(How.TOGETHER, ["a", "b"])]
    assert world.client.asked == []


def test_no_delivery_is_no_group(world: World) -> None:
    assert world.how() == []


def test_all_that_are_delivered_again_are_looked_up_in_one_request(world: World) -> None:
    for name in ("a", "b"):
        world.suspects.ended(delivery(name, 1))
    world.client.asked.clear()
    groups = world.how(delivery("a", 2), delivery("b", 2), delivery("b", 2), delivery("c"))
    assert groups == [(How.TOGETHER, ["a", "b", "b", "c"])]
    assert world.client.asked == ["batch_get_item"]


def test_a_message_one_of_whose_deliveries_came_to_no_end_is_a_suspect_from_then_on(world: World) -> None:
    assert world.one(delivery(receive_count=2)) == (How.ALONE, 0)
    world.suspects.ended(delivery(receive_count=2))
    assert world.one(delivery(receive_count=3)) == (How.ALONE, 0), "that it was busy once proves nothing"
    world.suspects.ended(delivery(receive_count=1))
    assert world.one(delivery(receive_count=3)) == (How.TOGETHER, None)


def test_each_death_alone_counts_once_however_often_it_was_written(world: World) -> None:
    for _ in range(3):
        world.suspects.begin(delivery(receive_count=2))
    assert world.one(delivery(receive_count=3)) == (How.ALONE, 1)
    world.suspects.begin(delivery(receive_count=3))
    assert world.one(delivery(receive_count=4)) == (How.GIVE_UP, 2)


def test_a_suspect_that_ended_alone_has_no_strike_for_it(world: World) -> None:
    world.suspects.begin(delivery(receive_count=2))
    world.suspects.ended(delivery(receive_count=2))
    assert world.one(delivery(receive_count=3)) == (How.ALONE, 0)


def test_a_copy_is_a_suspect_at_its_first_delivery_and_brings_its_strikes_along(world: World) -> None:
    assert world.one(delivery(unended_alone=0)) == (How.ALONE, 0)
    assert world.one(delivery(unended_alone=STRIKES)) == (How.GIVE_UP, STRIKES)
    world.suspects.begin(delivery(receive_count=1))
    assert world.one(delivery(receive_count=2, unended_alone=1)) == (How.GIVE_UP, 2)


def test_what_cannot_come_again_is_handed_on_before_anything_begins(world: World) -> None:
    last = delivery("last", MAX_RECEIVES)
    assert world.how(delivery("a"), delivery("b", 2), last) == [
        (How.HAND_ON, ["last"]),
        (How.TOGETHER, ["a"]),
        (How.ALONE, ["b"]),
    ]


def test_beside_a_suspect_that_was_put_off_the_others_stand_back(world: World) -> None:
    """Slow pages that come with it could put it off again, as often as it comes."""
    copy = dataclasses.replace(delivery("copy", unended_alone=0), put_off=True)
    assert world.how(delivery("a"), delivery("waited", unended_alone=0)) == [
        (How.TOGETHER, ["a"]),
        (How.ALONE, ["waited"]),
    ], "only for its turn"
    assert world.how(delivery("a"), copy, delivery("new", 2), delivery("b")) == [
        (How.STAND_BACK, ["a", "b"]),
        (How.ALONE, ["copy"]),
        (How.ALONE, ["new"]),
    ]


def test_deliveries_lost_to_a_process_that_died_are_no_tries_of_the_page(world: World) -> None:
    world.suspects.ended(delivery(receive_count=1))
    ((group,),) = [world.suspects.groups([delivery(receive_count=MAX_RECEIVES)])]
    assert group.how is How.HAND_ON
    assert group.deliveries[0].tries == 2, "the one that ended, and this"


def test_a_suspect_whose_own_deliveries_all_ended_is_not_handed_on_for_ever(world: World) -> None:
    for count in range(1, MAX_RECEIVES):
        world.suspects.ended(delivery(receive_count=count))
    assert world.one(delivery(receive_count=MAX_RECEIVES, unended_alone=0)) == (How.ALONE, 0)


def test_innocents_are_met_before_those_that_killed(world: World) -> None:
    world.suspects.begin(delivery("killed", 2))
    assert world.how(delivery("killed", 3), delivery("over", unended_alone=2), delivery("met", 2)) == [
        (How.GIVE_UP, ["over"]),
        (How.ALONE, ["met"]),
        (How.ALONE, ["killed"]),
    ]


def unreachable(**_: Any) -> Any:
    raise EndpointConnectionError(endpoint_url="http://nowhere")


def throttled(**asked: Any) -> Any:
    return {"Responses": {}, "UnprocessedKeys": asked["RequestItems"]}


@pytest.mark.parametrize("answer", [unreachable, throttled])
def test_without_an_answer_what_comes_again_is_taken_for_a_suspect(world: World, answer: Any) -> None:
    world.suspects.ended(delivery(receive_count=1))
    world.client.instead["batch_get_item"] = answer
    assert world.one(delivery(receive_count=2)) == (How.ALONE, 0)
    assert world.one(delivery(receive_count=MAX_RECEIVES)) == (How.ALONE, 0), (
        "nobody knows that it is owed more"
    )


def test_a_mark_that_cannot_be_written_is_no_error_and_a_beginning_is(world: World) -> None:
    world.client.instead["update_item"] = unreachable
    world.suspects.ended(delivery())
    with pytest.raises(Exception, match="delivery#m"):
        world.suspects.begin(delivery())


def test_what_is_known_goes_when_the_message_can_come_no_more(world: World) -> None:
    world.suspects.ended(delivery())
    (item,) = world.items()
    assert int(item["expires"]["N"]) == datetime(2026, 12, 10, tzinfo=UTC).timestamp()


class Function:
    """One process of the function on a stack, with a clock that a page can move."""

    def __init__(self, aws: Aws, site: RawSite) -> None:
        self.aws, self.site, self.elapsed = aws, site, 0.0
        self.sqs, self.dynamodb = Asked(aws.client("sqs")), Asked(aws.client("dynamodb"))
        clients = Clients(aws.client("s3"), self.dynamodb, self.sqs)  # type: ignore[arg-type]
        self.service = Service(
            aws.settings_with(allowed_ports=(site.port,), robots="ignore"),
            clients,
            outside=Outside(monotonic=lambda: self.elapsed),
            reader=shared(),
        )

    def run(self, *deliveries: Delivery) -> list[Report]:
        return self.service.pipeline.run(deliveries, remaining=120.0)

    def sent(self, path: str, **said: Any) -> Delivery:
        """A page pushed and received for real."""
        self.sqs.send_message(QueueUrl=self.aws.queue_url, MessageBody=self.site.page(path, "<p>here</p>"))
        (message,) = self.aws.messages()
        plain = Delivery(
            message["MessageId"], message["Body"], message["MessageId"], message["ReceiptHandle"]
        )
        return dataclasses.replace(plain, **said)


@pytest.fixture
def function(aws: Aws, site: RawSite) -> Function:
    return Function(aws, site)


def test_reports_come_in_the_order_of_the_deliveries(function: Function) -> None:
    paths = {"/suspect": 0, "/plain": None, "/over": STRIKES, "/plain2": None}
    deliveries = [function.sent(path, unended_alone=count) for path, count in paths.items()]
    deliveries[0] = dataclasses.replace(deliveries[0], receive_count=2)
    reports = function.run(*deliveries)
    assert [each.url.rpartition("/")[2] for each in reports] == ["suspect", "plain", "over", "plain2"]
    assert [each.outcome for each in reports] == ["archived", "archived", "failed", "archived"]
    assert len(function.aws.objects()) == 3, "a file for the two, one for each of the others"


@pytest.mark.parametrize("seconds", [40.0, 113.0])
def test_suspects_that_no_longer_fit_go_back_as_copies_that_are_suspects(
    function: Function, seconds: float
) -> None:
    def slow(_request: Any) -> bytes:
        function.elapsed += seconds
        return b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere"

    first, second = function.sent("/first"), function.sent("/second", unended_alone=1, receive_count=2)
    function.site.serve("/first", slow)
    reports = function.run(first, second)
    # Whether the last bytes of a page were read before its time was over is the scheduler's to decide.
    assert reports[0].outcome == "archived" or (reports[0].outcome == "retry" and seconds > 100)
    assert reports[1].outcome == "postponed"
    (copy,) = function.aws.messages()
    said = {name: value["StringValue"] for name, value in copy["MessageAttributes"].items()}
    assert (copy["Body"], said["PressmarkSuspect"], said["PressmarkId"]) == (second.body, "1", second.id)
    assert said["PressmarkPutOff"] == "1"
    pages = [each.path for each in function.site.requests]
    assert pages == ["/first"], "it was not begun"


def test_what_stands_back_is_on_the_queue_again_before_the_suspect_begins(function: Function) -> None:
    waiting: list[list[str]] = []
    deliveries = [function.sent("/plain"), function.sent("/suspect", unended_alone=0, put_off=True)]

    def look(_request: Any) -> bytes:
        waiting.append([message["Body"] for message in function.aws.messages()])
        return b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere"

    function.site.serve("/suspect", look)
    reports = function.run(*deliveries)
    assert [(each.outcome, each.acknowledge) for each in reports] == [("postponed", True), ("archived", True)]
    assert waiting == [[deliveries[0].body]]


def test_no_suspect_begins_while_what_is_done_cannot_be_taken_off_the_queue(function: Function) -> None:
    def denied(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DeleteMessageBatch")

    function.sqs.instead["delete_message_batch"] = denied
    suspects = [function.sent(f"/suspect/{number}", receive_count=2) for number in range(2)]
    reports = function.run(function.sent("/plain"), *suspects)
    assert [each.outcome for each in reports] == ["archived", "error", "error"]
    assert [each.acknowledge for each in reports] == [True, False, False]
    assert [each.path for each in function.site.requests] == ["/plain"]


def test_no_suspect_begins_without_its_beginning_being_written(function: Function) -> None:
    write = function.aws.client("dynamodb").update_item

    def claims_only(**asked: Any) -> Any:
        return unreachable() if asked["Key"]["pk"]["S"].startswith("delivery#") else write(**asked)

    function.dynamodb.instead["update_item"] = claims_only
    delivered = function.sent("/suspect", unended_alone=1)
    (report,) = function.run(delivered)
    # That it ended cannot be written either: a copy comes again, of which no beginning is known.
    assert (report.outcome, report.code, report.acknowledge) == ("error", "store-error", True)
    assert function.site.requests == []
    function.aws.client("sqs").delete_message(
        QueueUrl=function.aws.queue_url, ReceiptHandle=delivered.receipt_handle
    )
    sent = [asked for asked in function.sqs.asked if asked == "send_message"]
    assert len(sent) == 2, "the test's own, and the copy"


def test_a_page_that_was_captured_before_its_process_died_is_not_given_up(function: Function) -> None:
    delivered = function.sent("/page", unended_alone=1)
    (report,) = function.run(delivered)
    assert report.outcome == "archived"
    (again,) = function.run(dataclasses.replace(delivered, receive_count=2, unended_alone=1))
    assert (again.outcome, again.acknowledge) == ("skipped", True)
    assert function.aws.messages(function.aws.dead_letter_queue_url) == []


def test_a_page_that_another_delivery_is_at_work_on_is_not_given_up(function: Function) -> None:
    delivered = function.sent("/page", unended_alone=STRIKES)
    worker = function.service.pipeline._worker
    worker._claims.take(delivered.body, holder="another", lease=60.0)
    (report,) = function.run(delivered)
    assert (report.outcome, report.acknowledge) == ("postponed", True)
    assert function.aws.rows() == []


def test_a_page_that_is_tried_again_after_it_failed_in_order_is_no_suspect(function: Function) -> None:
    delivered = function.sent("/page")
    function.site.serve("/page", b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
    assert [each.outcome for each in function.run(delivered)] == ["retry"]
    function.site.page("/page", "<p>here</p>")
    reports = function.run(dataclasses.replace(delivered, receive_count=2), function.sent("/other"))
    assert [each.outcome for each in reports] == ["archived", "archived"]
    assert len(function.aws.objects()) == 1, "in one file"

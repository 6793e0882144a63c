"""Pages of one host go together: in a row, into one file, and back to the queue as one message (D28)."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.queued import attributes_of
from tests.site import response
from tests.world import PAGE, World, error

from pressmark.crawl import grouping
from pressmark.crawl.deliveries import deliveries_of
from pressmark.crawl.isolation import plan
from pressmark.crawl.reports import Report
from pressmark.crawl.runs import Run
from pressmark.crawl.visit import Visit
from pressmark.errors import NotYet
from pressmark.http.exchange import FetchResult
from pressmark.http.fetcher import Fetcher
from pressmark.politeness.turns import RUN_PAGES, run_of
from pressmark.queues.message import ATTRIBUTE_SUSPECT, CaptureRequest, Delivery
from pressmark.queues.runs import ATTRIBUTE_RUN, MOST_BYTES, MOST_PAGES, bodies_of, read, write

TEN_SECONDS = {"host_delay": 1.0, "concurrency": 10}


class Watched(Fetcher):
    """Knows how many pages were being fetched at the same time, at most; each takes a moment."""

    def __init__(self, world: World) -> None:
        super().__init__(world.service.settings)
        self.under_way = self.most = 0
        self.lock = threading.Lock()

    def fetch(self, *args: Any, **said: Any) -> FetchResult:
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        try:
            return super().fetch(*args, **said)
        finally:
            with self.lock:
                self.under_way -= 1


def publish(world: World, pages: int) -> list[str]:
    return [world.site.page(f"/{number}", PAGE.format(title=str(number))) for number in range(pages)]


def pushed(world: World, pages: int) -> list[Delivery]:
    """So many pages of the site, sent and received."""
    for url in publish(world, pages):
        world.push(url)
    return received(world, pages)


def received(world: World, messages: int = 100) -> list[Delivery]:
    """All that is on the queue, taken off it."""
    world.jump()
    found = world.receive(messages)
    world.acknowledge(found, None)
    return world.deliveries(found)


def outcomes(reports: list[Report]) -> list[str]:
    return [report.outcome for report in reports]


def waiting_runs(world: World) -> list[list[str]]:
    """Paths of the pages of each run that is on the queue."""
    world.jump()
    return [
        [body.removeprefix(world.site.base) for body in bodies_of(message["Body"])]
        for message in world.receive(100)
        if ATTRIBUTE_RUN in attributes_of(message)
    ]


@pytest.mark.slow
def test_pages_of_one_host_are_asked_for_one_at_a_time_for_one_write_and_put_into_one_file(
    world: World,
) -> None:
    writes: list[Any] = []
    update = world.aws.client("dynamodb").update_item
    world.dynamodb.instead["update_item"] = lambda **said: [writes.append(said), update(**said)][1]
    fetcher = Watched(world)
    reports = world.run(*pushed(world, 10), on=world.another(fetcher=fetcher, **TEN_SECONDS))
    assert outcomes(reports) == ["archived"] * 10
    assert fetcher.most == 1
    assert len(writes) == 1
    assert len({row["warc"] for row in world.rows()}) == 1


@pytest.mark.slow
def test_what_is_beyond_a_run_goes_back_as_one_message_and_comes_again_whole(world: World) -> None:
    service = world.another(**TEN_SECONDS)
    deliveries = pushed(world, 17)
    reports = world.run(*deliveries, on=service)
    assert outcomes(reports) == ["archived"] * RUN_PAGES + ["postponed"] * 7
    assert all(report.acknowledge for report in reports)
    (wait,) = {report.facts["wait"] for report in reports[RUN_PAGES:]}
    assert wait in range(1, 11), "ten seconds after the run began"
    world.aws.forget_state("turn#")
    again = received(world)
    assert [each.id for each in again] == [each.id for each in deliveries[RUN_PAGES:]]
    assert [each.tries for each in again] == [1] * 7
    reports = world.run(*again, on=world.another(**TEN_SECONDS))
    assert outcomes(reports) == ["archived"] * 7


def test_a_run_counts_the_pages_that_it_asks_for_and_not_those_in_line_behind_them() -> None:
    def visit(number: int) -> Visit:
        request = CaptureRequest(f"https://a.example/{number}")
        return Visit(Report(Delivery(f"{number}", request.url, "m")), None, request)  # type: ignore[arg-type]

    visits = grouping.assign([visit(number) for number in range(30)], 1.0)
    assert {each.run for each in visits} == {visits[0].run}
    assert visits[0].run is not None
    assert visits[0].run.left == sum(each.is_counted for each in visits) == RUN_PAGES


@pytest.mark.slow
def test_a_host_that_says_stop_is_not_asked_for_the_rest_of_the_run(world: World) -> None:
    deliveries = pushed(world, 6)
    busy = response(b"later", status="429 Too Many Requests", headers=[("Retry-After", "120")])
    world.site.serve("/2", busy)
    reports = world.run(*deliveries, on=world.another(host_delay=1.0, concurrency=1))
    assert outcomes(reports) == ["archived", "archived", "retry", "postponed", "postponed", "postponed"]
    assert [request.path for request in world.site.requests] == ["/0", "/1", "/2"]
    (wait,) = {report.facts["wait"] for report in reports[3:]}
    assert wait in range(60, 121), "two minutes after the answer"
    assert {report.reason for report in reports[3:]} == {"the turn of 127.0.0.1 has not come"}
    assert waiting_runs(world) == [["/3", "/4", "/5"]]


def test_a_host_that_wants_a_page_at_a_time_is_never_asked_for_a_run(world: World) -> None:
    world.site.page("/robots.txt", "User-agent: *\nCrawl-delay: 20\n", content_type="text/plain")
    reports = world.run(*pushed(world, 4), on=world.another(host_delay=1.0, robots="obey"))
    assert sorted(outcomes(reports)) == ["archived", "postponed", "postponed", "postponed"]
    first, *more = sorted(report.facts["wait"] for report in reports if report.outcome == "postponed")
    assert first in range(1, 21)
    assert more == [first + 20, first + 40]
    assert waiting_runs(world) == [], "each has a place of its own"


@pytest.mark.parametrize(("delay", "pages"), [(0.2, 10), (1, 10), (3, 3), (5, 2), (10, 1), (60, 1)])
def test_a_run_has_no_more_pages_than_ten_seconds_allow(delay: float, pages: int) -> None:
    assert run_of(delay) == pages


@pytest.mark.slow
def test_a_run_that_comes_soon_after_another_is_waited_for_in_the_same_invocation(world: World) -> None:
    reports = world.run(*pushed(world, RUN_PAGES + 2), on=world.another(host_delay=0.1))
    assert outcomes(reports) == ["archived"] * (RUN_PAGES + 2)


def test_a_host_that_a_redirect_leads_to_is_left_alone_for_its_429_and_the_one_before_it_is_not(
    world: World,
) -> None:
    world.site.page("/busy", "later", status="429 Too Many Requests", headers=[("Retry-After", "120")])
    there = f"http://localhost:{world.site.port}/busy"
    url = world.site.serve("/here", response(status="302 Found", headers=[("Location", there)]))
    assert world.one(url).outcome == "retry"
    assert [item["pk"]["S"] for item in world.aws.state("turn#")] == ["turn#localhost"]


@pytest.mark.slow
def test_without_a_delay_all_pages_of_a_batch_are_asked_for_at_once_but_no_long_run_is_begun_whole(
    world: World,
) -> None:
    world.push_run(*publish(world, 14))
    reports = world.run(*received(world), on=world.another(host_delay=0.0))
    assert outcomes(reports) == ["archived"] * RUN_PAGES + ["postponed"] * 4
    assert {report.facts["wait"] for report in reports[RUN_PAGES:]} == {1}, "not at once"
    assert waiting_runs(world) == [["/10", "/11", "/12", "/13"]]


def test_a_run_whose_delivery_never_ended_has_only_those_alone_that_it_may_have_begun() -> None:
    run = [Delivery(f"{n}", "body", "m", "r", receive_count=2, place=n) for n in range(RUN_PAGES + 3)]
    made = plan(run)
    assert made.now == []
    marks = [each.unended_alone for each, _ in made.later]
    assert marks == [0] * RUN_PAGES + [None] * 3


def test_no_page_of_a_run_is_captured_alone_whatever_the_message_says_as_all_are_acknowledged_together() -> (
    None
):
    body = '[["1", "https://a.example/1"], ["2", "https://a.example/2"]]'
    said = {name: {"stringValue": "1", "dataType": "String"} for name in (ATTRIBUTE_RUN, ATTRIBUTE_SUSPECT)}
    record = {"messageId": "m", "receiptHandle": "r", "body": body, "messageAttributes": said}
    assert [each.unended_alone for each in deliveries_of(record)] == [None, None]


def test_a_message_of_several_pages_stays_while_one_of_them_is_not_acknowledged(world: World) -> None:
    urls = [world.site.page(f"/{number}", PAGE.format(title="x")) for number in range(2)]
    world.site.serve("/1", response(b"busy", status="503 Service Unavailable"))
    world.push_run(*urls)
    world.jump()
    deliveries = world.deliveries(world.receive())
    world.sqs.instead["send_message"] = lambda **_: 1 / 0
    reports = world.run(*deliveries, on=world.another())
    assert [(each.outcome, each.acknowledge) for each in reports] == [("archived", True), ("retry", False)]


@pytest.mark.slow
def test_pages_that_cannot_go_back_together_come_again_by_themselves(world: World) -> None:
    deliveries = pushed(world, 12)
    world.sqs.instead["send_message"] = lambda **_: 1 / 0
    reports = world.run(*deliveries, on=world.another(**TEN_SECONDS))
    assert [report.acknowledge for report in reports] == [True] * RUN_PAGES + [False] * 2
    assert {report.facts["queue_error"] for report in reports[RUN_PAGES:]} == {
        "ZeroDivisionError: division by zero"
    }


@pytest.mark.slow
def test_pages_that_the_table_gives_no_place_in_line_are_tried_again(world: World) -> None:
    real = world.aws.client("dynamodb").update_item

    def update(**said: Any) -> Any:
        names = said["ExpressionAttributeNames"].values()
        return error("InternalServerError")(**said) if "queue_end" in names else real(**said)

    deliveries = pushed(world, 12)
    world.dynamodb.instead["update_item"] = update
    reports = world.run(*deliveries, on=world.another(**TEN_SECONDS))
    assert outcomes(reports) == ["archived"] * RUN_PAGES + ["error"] * 2
    assert {report.code for report in reports[RUN_PAGES:]} == {"store-error"}


def test_a_page_somebody_waits_for_and_one_to_be_captured_alone_go_on_by_themselves() -> None:
    def visit(number: int, **said: Any) -> Visit:
        request = CaptureRequest(f"https://a.example/{number}", **said)
        made = Visit(Report(Delivery(f"{number}", request.url, f"m{number}")), None, request)  # type: ignore[arg-type]
        made.postpone(30.0, "waits")
        return made

    suspect = visit(4)
    suspect.report.delivery = Delivery("4", "", "m4", unended_alone=0)
    other = visit(5)
    other.wait = 60.0
    visits = [visit(0), visit(1), visit(2, job="spn2-" + "0" * 40), visit(3), suspect, other]
    groups = [[each.report.delivery.id for each in group] for group in grouping.together(visits)]
    assert sorted(groups) == [["0", "1", "3"], ["2"], ["4"], ["5"]]


def test_a_run_is_no_larger_than_a_message_that_sqs_bills_once() -> None:
    def visit(number: int, length: int) -> Visit:
        request = CaptureRequest(f"https://a.example/{number}" + "x" * length)
        made = Visit(Report(Delivery(f"{number}", request.url, f"m{number}")), None, request)  # type: ignore[arg-type]
        made.postpone(30.0, "waits")
        return made

    short = grouping.together([visit(number, 0) for number in range(MOST_PAGES + 1)])
    assert [len(group) for group in short] == [MOST_PAGES, 1]
    long = grouping.together([visit(number, 9000) for number in range(20)])
    assert [len(group) for group in long] == [7, 7, 6]
    assert 7 * 9060 < MOST_BYTES < 8 * 9060


def test_a_message_has_room_for_as_many_pages_with_urls_of_eighty_characters() -> None:
    first_sent = datetime(2026, 11, 23, 12, tzinfo=UTC)
    body = json.dumps({"url": "https://a.example/".ljust(80, "x")})
    some = [Delivery("1" * 36, body, "m", first_sent=first_sent) for _ in range(MOST_PAGES)]
    assert MOST_BYTES * 0.95 < len(write(some)) < MOST_BYTES
    assert [page.body for page in read(write(some))] == [body] * MOST_PAGES


@pytest.mark.parametrize(
    "body",
    [
        "https://a.example/",
        "[]",
        "{}",
        '[["1"]]',
        '["1"]',
        '[["1", "b", -1]]',
        '[["1", "b", 1, true]]',
        '[["1", "b", 1, 1, 1]]',
        '[["\\ud801", "b"]]',
        '[["\\u0007", "b"]]',
        "[" * 9999,
    ],
)
def test_what_only_claims_to_be_a_run_is_no_run(body: str) -> None:
    with pytest.raises(ValueError, match=r"run|tries|Expecting"):
        read(body)


@pytest.mark.slow
def test_a_run_that_waits_again_has_one_line_in_the_log(world: World) -> None:
    service = world.another(**TEN_SECONDS)
    first = world.run(*pushed(world, 14), on=service)
    assert [each.is_told for each in first] == [True] * 14
    again = world.run(*received(world), on=service)
    assert outcomes(again) == ["postponed"] * 4
    assert [each.is_told for each in again] == [True, False, False, False]
    assert again[0].line()["pages"] == 4


def test_a_page_that_cannot_be_asked_for_in_time_after_those_before_it_waits_for_us_and_not_for_its_host() -> (
    None
):
    run = Run("a.example", 1.0)
    with run.one_at_a_time(1.0), pytest.raises(NotYet, match="no time left for another page") as caught:
        run.one_at_a_time(0.0).__enter__()
    assert caught.value.ours
    with run.one_at_a_time(0.0):
        pass


@pytest.mark.parametrize(
    ("delay", "paced", "pages"),
    [(1.0, False, 10), (5.0, False, 2), (1.0, True, 4), (2.0, True, 2), (20.0, True, 1)],
)
def test_at_one_place_in_line_come_back_as_many_pages_as_one_invocation_asks_for(
    delay: float, paced: bool, pages: int
) -> None:
    assert Run("a.example", delay, paced=paced).pages_a_place() == pages

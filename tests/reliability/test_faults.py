"""Every call to AWS fails in every documented way: once, twice, for ever. Nothing is lost, nothing half done."""

import json
import math
import os
from collections.abc import Callable, Iterator

import pytest
from tests.clock import ticking
from tests.conftest import Aws
from tests.reliability import invariant
from tests.reliability.faults import LASTING, PASSING, Fault, Faults, unprocessed
from tests.reliability.inside import Process, no_waiting
from tests.site import RawSite, Request, response
from tests.world import ARTICLE, World

from pressmark.crawl.reports import Report

pytestmark = pytest.mark.slow

OPERATIONS = (
    "dynamodb.GetItem",  # robots.txt
    "dynamodb.PutItem",
    "dynamodb.UpdateItem",  # claims
    "dynamodb.Query",
    "s3.PutObject",
    "dynamodb.BatchWriteItem",
    "dynamodb.BatchGetItem",  # links that are there already
    "s3.GetObject",  # lists of the requisites of earlier pages
    "sqs.SendMessage",
    "sqs.DeleteMessageBatch",  # of what went on as a copy, before anything begins
)
FULL = os.environ.get("RELIABILITY") == "full"


NEEDS = (
    '<link rel="stylesheet" href="/a.css">'
    '<img src="/a.png"><img src="/b.png"><img src="/c.png"><img src="/there.png">'
)


def whole_page(site: RawSite) -> None:
    """Have what a page with NEEDS in it needs: one is fresh for long, one has a validator, two are the same.

    One is on another host, of which each host has its own.
    """
    site.serve("/there.png", _elsewhere)
    site.page("/a.png?there", b"3" * 5000, content_type="image/png")
    site.page("/a.css", "p { background: url(a.png) }", content_type="text/css", headers=[("ETag", '"1"')])
    for name, data in (("a", b"1" * 5000), ("b", b"2" * 5000), ("c", b"2" * 5000)):
        headers = [("Cache-Control", "max-age=86400")] if name == "a" else []
        site.page(f"/{name}.png", data, content_type="image/png", headers=headers)


def _elsewhere(request: Request) -> bytes:
    host = (request.header("Host") or "").replace("127.0.0.1:", "localhost:").replace(".7:", ".17:")
    return response(status="302 Found", headers=[("Location", f"http://{host}/a.png?there")])


class Harness:
    """A world, a process of the function whose clients can fail, and what it is asked to archive."""

    def __init__(self, aws: Aws, site: RawSite) -> None:
        self.site, self.clock, self.max_receives = site, ticking(), 2
        self.world = World(aws, site, outside=self.clock.outside)
        self._round = 0
        site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
        site.page("/busy", "busy", status="503 Service Unavailable")
        whole_page(site)
        self.process = Process(self.world, max_receives=self.max_receives)

    @property
    def faults(self) -> Faults:
        return self.process.faults

    def restart(self) -> None:
        """A new process, which remembers nothing: neither robots.txt, nor how often AWS failed it lately."""
        self.process.close()
        self.process = Process(self.world, max_receives=self.max_receives)

    def push(self, *, unended: bool = False) -> str:
        """Send a page, one that is busy, and something that is no message; return the page's message id.

        unended: also one whose first delivery came to no end, so that it goes on as a copy.
        """
        self._round += 1
        self.site.page(
            f"/{self._round}",
            ARTICLE.format(f"Page {self._round} of the river. " * 30 + NEEDS),
        )
        if unended:
            self.world.push(self.site.url(f"/{self._round}?unended"))
            self.world.receive()
            self.world.jump()
        url = self.site.url(f"/{self._round}")
        page = self.world.push(json.dumps({"url": url, "requisites": "page"}), url=url)
        self.world.push(self.site.url(f"/busy?{self._round}"))
        self.world.push(f"no URL, number {self._round}")
        # What a process asks once a day, it asks here each time.
        self.world.aws.forget_state("robots#")
        self.restart()
        return page.id

    def deliver(self) -> list[Report]:
        """Deliver what can be received, and acknowledge as the function says."""
        return self.process.deliver()

    def recover(self) -> None:
        """Deliver until nothing is left, time going by."""
        for _ in range(15):
            if not self.world.left():
                return
            self.clock.go(4000)
            self.world.jump()
            self.deliver()
        raise AssertionError(f"{self.world.left()} messages never leave the queue")


@pytest.fixture
def harness(aws: Aws, site: RawSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    no_waiting(monkeypatch)
    made = Harness(aws, site)
    yield made
    made.process.close()


def cases(operation: str) -> list[tuple[Fault, float]]:
    service = operation.split(".")[0]
    passing = PASSING[service] + ((unprocessed,) if operation.endswith("BatchWriteItem") else ())
    lasting = LASTING[service]
    if FULL:
        return [(fault, count) for fault in passing + lasting for count in (1, 2, math.inf)]
    for_ever = (passing[0], passing[-1], *lasting[:2])
    return [(fault, 2) for fault in passing] + [(fault, math.inf) for fault in for_ever]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_call_that_fails_loses_nothing(harness: Harness, operation: str) -> None:
    world = harness.world
    if operation == "s3.GetObject":  # asked for what is there already
        harness.push()
        harness.deliver()
    for fault, count in cases(operation):
        what = f"{operation} meets {fault.__name__} {count} times"
        page = harness.push(unended=operation == "sqs.DeleteMessageBatch")
        harness.faults.asked.clear()
        harness.faults.times(operation, fault, count)
        reports = harness.deliver()
        assert any(each.endswith(operation) for each in harness.faults.asked), f"{operation} is not asked"
        assert not world.lost(), what
        if count <= 2 and fault not in LASTING[operation.split(".")[0]]:
            (report,) = [each for each in reports if each.delivery.id == page]
            assert (report.outcome, report.acknowledge) == ("archived", True), f"{what}: {report.line()}"
        harness.faults.none()
        harness.recover()
        assert not world.lost(), f"{what}, after recovery"
    archive = world.archive()
    invariant.check(archive, world.pushed, world.waiting())
    rows = [row for row in archive.rows if "purpose" not in row]
    assert {each.id for each in world.pushed if each.url.startswith("http")} <= {
        row["message_id"] for row in rows
    }


def after_the_fetch(operations: tuple[str, ...]) -> Callable[[str], Fault | None]:
    """Let every PutObject fail, and from the first on these operations as well."""
    seen: list[str] = []

    def rule(event_name: str) -> Fault | None:
        if event_name.endswith("s3.PutObject"):
            seen.append(event_name)
        failing = seen and event_name.endswith(("s3.PutObject", *operations))
        return LASTING[event_name.split(".")[1]][0] if failing else None

    return rule


@pytest.mark.parametrize("rounds", [2, 4])
def test_a_page_whose_captures_alone_end_in_order_is_not_given_up(harness: Harness, rounds: int) -> None:
    """One process dies of something else; the next captures of the page end, and nothing of them can be stored."""
    world, harness.max_receives = harness.world, 6
    url = harness.site.page("/innocent", ARTICLE.format("The river was high. " * 30))
    world.push(url)
    world.receive()  # and the process dies
    harness.clock.go(4000)
    world.jump()
    harness.restart()
    (report,) = harness.deliver()
    assert report.outcome == "postponed", "it goes on to be captured alone"
    for _ in range(rounds):
        harness.clock.go(4000)
        world.jump()
        harness.restart()
        harness.faults.rule = after_the_fetch(("dynamodb.UpdateItem",))
        (report,) = harness.deliver()
        assert report.code == "store-error"
        harness.faults.none()
    harness.recover()
    assert world.dead_letters() == []
    rows = [row for row in world.archive().rows if row["url"] == url]
    assert [row.get("error") for row in rows] == [None]


def test_of_what_was_not_seen_to_end_no_more_is_said_than_that(harness: Harness) -> None:
    """Where no copy can be sent, nothing tells a capture that ended from one whose process died."""
    world, harness.max_receives = harness.world, 5
    url = harness.site.page("/innocent", ARTICLE.format("The river was high. " * 30))
    world.push(url)
    world.receive()
    for _ in range(4):  # it goes on as a copy, is captured alone, goes on with a strike, is captured alone
        harness.clock.go(4000)
        world.jump()
        harness.restart()
        harness.faults.rule = after_the_fetch(("sqs.SendMessage",))
        harness.deliver()
    harness.faults.none()
    harness.recover()
    ((body, code, reason),) = world.dead_letters()
    assert (body, code) == (url, "job-failed")
    assert "never reported an end" in reason
    assert "may have" in reason
    assert "died" not in reason
    (row,) = [row for row in world.archive().rows if row["url"] == url]
    assert (row["error"], row["reason"]) == (code, reason)


def test_a_queue_that_takes_no_copies_for_long_costs_a_page_one_strike_at_most(harness: Harness) -> None:
    world, harness.max_receives = harness.world, 5
    url = harness.site.page("/innocent", ARTICLE.format("The river was high. " * 30))
    world.push(url, unended_alone=0)
    harness.faults.rule = after_the_fetch(("sqs.SendMessage",))
    for _ in range(4):
        harness.deliver()
        harness.clock.go(4000)
        world.jump()
        harness.faults.times("sqs.SendMessage", LASTING["sqs"][0], math.inf)
    harness.faults.none()
    harness.restart()
    harness.recover()
    assert world.dead_letters() == []
    assert [row.get("error") for row in world.archive().rows if row["url"] == url] == [None]

"""Every call to AWS fails in every documented way: once, twice, for ever. Nothing is lost, nothing half done."""

import math
import os
from collections.abc import Iterator
from typing import Any

import pytest
from tests.reliability import invariant
from tests.reliability.faults import LASTING, PASSING, Fault, Faults, unprocessed
from tests.reliability.inside import Clock, clients, close, delivery, no_waiting, service
from tests.reliability.test_killed_anywhere import ARTICLE
from tests.reliability.world import World
from tests.site import RawSite

OPERATIONS = (
    "dynamodb.GetItem",  # robots.txt
    "dynamodb.PutItem",
    "dynamodb.UpdateItem",  # claims
    "dynamodb.Query",
    "s3.PutObject",
    "dynamodb.BatchWriteItem",
    "sqs.SendMessage",
    "sqs.ChangeMessageVisibility",
    "dynamodb.BatchGetItem",  # what is known of a message that is delivered again
    "sqs.DeleteMessageBatch",  # before a suspect begins
)
OF_SUSPECTS = OPERATIONS[-2:]
FULL = os.environ.get("RELIABILITY") == "full"


class Harness:
    """A world, a process of the function whose clients can fail, and what it is asked to archive."""

    def __init__(self, aws: Any, site: RawSite) -> None:
        self.world, self.site, self.clock, self.faults = World(aws), site, Clock(), Faults()
        self.clients: Any = None
        self._aws = aws
        self._round = 0
        site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
        site.page("/busy", "busy", status="503 Service Unavailable")
        self.restart()

    def restart(self) -> None:
        """A new process, which remembers nothing: neither robots.txt, nor how often AWS failed it lately."""
        self.close()
        self.clients = clients(self._aws.server.endpoint)
        self.faults.watch(self.clients)
        ports = (self.site.port,)
        self.service = service(self._aws, self.clients, self.clock, allowed_ports=ports, max_receives=2)

    def close(self) -> None:
        if self.clients is not None:
            close(self.clients)

    def push(self, *, suspects: bool = False) -> str:
        """Send a page, one that is busy, and something that is no message; return the page's message id.

        suspects: also the page again as one, and once more as a message whose first delivery came to no end.
        """
        self._round += 1
        self.site.page(f"/{self._round}", ARTICLE.format(f"Page {self._round} of the river. " * 30))
        if suspects:
            self.world.push(self.site.url(f"/{self._round}?unended"))
            self.world.receive()
            self.world.jump()
            self.world.push(self.site.url(f"/{self._round}?suspect"), killed_alone=0)
        page = self.world.push(self.site.url(f"/{self._round}"))
        self.world.push(self.site.url(f"/busy?{self._round}"))
        self.world.push(f"no URL, number {self._round}")
        # What a process asks once a day, it asks here each time.
        self._aws.client("dynamodb").delete_item(
            TableName=self._aws.state_table, Key={"pk": {"S": f"robots#{self.site.base}"}}
        )
        self.restart()
        return page.id

    def deliver(self) -> list[Any]:
        """Deliver what can be received, and acknowledge as the function says."""
        messages = self.world.receive()
        reports = self.service.pipeline.run([delivery(each) for each in messages], remaining=120.0)
        kept = [{"itemIdentifier": each.delivery.message_id} for each in reports if not each.acknowledge]
        self.world.acknowledge(messages, {"batchItemFailures": kept})
        return reports

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
def harness(aws: Any, site: RawSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    no_waiting(monkeypatch)
    made = Harness(aws, site)
    yield made
    made.close()


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
    for fault, count in cases(operation):
        what = f"{operation} meets {fault.__name__} {count} times"
        page = harness.push(suspects=operation in OF_SUSPECTS)
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

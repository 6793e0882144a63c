"""Politeness as a deployment keeps it: queue, invocations, turns and pages, on a clock that moves only here.

The queue is a model of SQS (delays, ten messages a batch), the network a model of servers that answer at once: hours of
waiting have to pass in them, and the emulator's queues know no clock but the machine's. So this is not tests/world.py.
All between is the function's own, and the tables are those of template.yaml.
"""

import heapq
import itertools
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.clock import Clock
from tests.conftest import Aws
from tests.readers import InProcess
from tests.world import Client

from pressmark.crawl.deliveries import deliveries_of
from pressmark.crawl.service import Clients, Service
from pressmark.http.exchange import Exchange, FetchResult
from pressmark.politeness.turns import RUN_PAGES, Turns
from pressmark.queues.message import ATTRIBUTE_ID, Delivery
from pressmark.queues.runs import ATTRIBUTE_RUN, bodies_of
from pressmark.urls import host_of

pytestmark = pytest.mark.slow

PARALLEL = 3
"""Invocations at the same time, each with a batch of ten."""


class Simulation:
    """A deployment in simulated time. asked: when which host was asked; waited: how often which page was sent back."""

    def __init__(self, aws: Aws, **settings: Any) -> None:
        self.aws = aws
        self.clock = Clock()
        self.meta = aws.client("sqs").meta  # what a deadline is watched through
        self.asked: list[tuple[str, float]] = []
        self.waited: Counter[str] = Counter()
        self.runs = 0
        self.outcomes: Counter[str] = Counter()
        self.dead: list[str] = []
        self.redirects: dict[str, str] = {}
        self.robots = b""
        self.urls: list[tuple[str, float]] = []
        self._waiting: list[tuple[float, int, str, dict[str, str], int]] = []
        self._numbers = itertools.count()
        self._asleep = self._longest = 0.0
        self.dynamodb = Client(aws.client("dynamodb"))
        clients = Clients(aws.client("s3"), self.dynamodb, self)  # type: ignore[arg-type]
        outside = replace(self.clock.outside, sleep=self._sleep)
        # Pages of a batch go one after the other so that the test is the same each time; as the clock stands
        # still meanwhile, they still go at the same time.
        changed = {"robots": "ignore", "host_delay": 1.0, "concurrency": 1, **settings}
        settled, reader = aws.settings_with(**changed), InProcess()
        self.turns = Turns(aws.client("dynamodb"), aws.state_table, outside)  # another process's
        self.services = [
            Service(settled, clients, outside=outside, reader=reader, fetcher=self)  # type: ignore[arg-type]
            for _ in range(PARALLEL)
        ]

    def _sleep(self, seconds: float) -> None:
        self._asleep += seconds
        self._longest = max(self._longest, self._asleep)

    def fetch(self, url: str, *, admit: Any, **_: Any) -> FetchResult:
        """Stands for the Fetcher."""
        result = FetchResult([])
        while url:
            self.asked.append((host_of(url), self.clock.elapsed + self._asleep))
            self.urls.append((url, self.clock.elapsed + self._asleep))
            there = self.redirects.get(url, "")
            exchange = Exchange(
                url,
                self.clock.moment + timedelta(microseconds=len(result.exchanges)),
                b"GET / HTTP/1.1\r\n\r\n",
            )
            exchange.status = 302 if there else 200
            exchange.body.write(self.robots if url.endswith("/robots.txt") and not there else b"")
            exchange.head = b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\n\r\n" % (
                exchange.status,
                exchange.body.size,
            )
            result.exchanges.append(exchange)
            result.error = admit(there) if there else None
            url = "" if result.error else there
        self._asleep = 0.0
        return result

    def push(self, *bodies: str) -> None:
        for body in bodies:
            self.send_message(QueueUrl=self.aws.queue_url, MessageBody=body)

    def send_message(self, **request: Any) -> None:
        """Stands for SQS."""
        body = request["MessageBody"]
        if request["QueueUrl"] == self.aws.dead_letter_queue_url:
            self.dead.append(body)
            return
        said = {name: value["StringValue"] for name, value in request.get("MessageAttributes", {}).items()}
        if ATTRIBUTE_ID in said:
            self.waited[body] += 1
        elif ATTRIBUTE_RUN in said:
            self.waited.update(bodies_of(body))
            self.runs += 1
        self._put(request.get("DelaySeconds", 0), body, said)

    def _put(self, delay: float, body: str, said: dict[str, str]) -> None:
        assert 0 <= delay <= 900
        due = self.clock.elapsed + delay
        heapq.heappush(self._waiting, (due, next(self._numbers), body, said))

    def _batch(self) -> list[Delivery]:
        batch: list[Delivery] = []
        received = 0
        while received < 10 and self._waiting and self._waiting[0][0] <= self.clock.elapsed:
            received += 1
            _, number, body, said = heapq.heappop(self._waiting)
            attributes = {name: {"stringValue": value} for name, value in said.items()}
            message = {"messageId": str(number), "receiptHandle": str(number), "body": body}
            batch += deliveries_of({**message, "messageAttributes": attributes})
        return batch

    def run(self) -> None:
        """Invoke the function until the queue is empty."""
        while self._waiting:
            self.clock.go(max(0.0, self._waiting[0][0] - self.clock.elapsed))
            self._longest = 0.1
            for service in self.services:
                for report in service.pipeline.run(self._batch(), remaining=180.0):
                    self.outcomes[report.outcome] += 1
                    self._asleep = 0.0
            self.clock.go(self._longest)

    def times(self, host: str) -> list[float]:
        return sorted(when for asked, when in self.asked if asked == host)


def gaps(times: list[float]) -> float:
    """The shortest time between two requests."""
    return min(later - earlier for earlier, later in itertools.pairwise(times))


def in_a_row(times: list[float], delay: float = 1.0) -> float:
    """The most requests beyond one for each delay, in any stretch of time."""
    pairs = itertools.combinations_with_replacement(range(len(times)), 2)
    return max(last - first + 1 - (times[last] - times[first]) / delay for first, last in pairs)


def test_a_hundred_pages_of_one_host_do_not_starve_other_hosts(aws: Aws) -> None:
    world = Simulation(aws)
    world.push(*(f"http://busy.example/{page}" for page in range(100)))
    others = [f"other{number}.example" for number in range(20)]
    world.push(*(f"http://{host}/" for host in others))  # behind them all on the queue
    world.run()
    assert world.outcomes["archived"] == 120
    assert (world.dead, world.outcomes.keys() - {"archived", "postponed"}) == ([], set())
    busy = world.times("busy.example")
    assert in_a_row(busy) <= RUN_PAGES + 0.001
    assert busy[-1] < 120, "the host itself is asked about as often as it may be"
    assert max(world.times(host)[0] for host in others) < 20, "others do not wait until it is done"
    assert sum(world.waited.values()) < 250, "about one return a page"
    assert world.runs < 25, "a return costs money: ten pages share one"


def test_a_page_waits_as_long_as_it_takes_and_never_becomes_a_dead_letter(aws: Aws) -> None:
    world = Simulation(aws)
    world.turns.backoff("shut.example", 6 * 3600)
    world.push("http://shut.example/1", "http://shut.example/2")
    world.run()
    assert world.outcomes["archived"] == 2
    assert min(world.waited.values()) > 20 > world.services[0].settings.max_receives
    assert world.times("shut.example")[0] >= 6 * 3600
    assert world.dead == []


def test_redirects_are_no_way_around_a_hosts_delay(aws: Aws) -> None:
    world = Simulation(aws)
    for number in range(30):
        world.redirects[f"http://short{number}.example/"] = f"http://target.example/{number}"
    world.push(*world.redirects)
    world.run()
    assert world.outcomes["archived"] == 30
    assert len(world.times("target.example")) == 30
    assert gaps(world.times("target.example")) >= 0.999
    assert world.dead == []


def test_the_hops_of_a_chain_on_one_host_are_one_visit(aws: Aws) -> None:
    world = Simulation(aws)
    world.redirects = {"http://a.example/": "https://a.example/", "https://a.example/": "http://b.example/"}
    world.redirects["http://b.example/"] = "https://a.example/end"
    world.push("http://a.example/")
    world.run()
    assert world.outcomes == {"archived": 1}
    assert [host for host, _ in world.asked] == ["a.example", "a.example", "b.example", "a.example"]
    assert world.clock.elapsed < 1


def forgetful(world: Simulation) -> Simulation:
    """Have no process learn of a robots.txt from another: as when all of them come upon a host at once."""
    put = world.dynamodb.put_item

    def unless_robots(**asked: Any) -> Any:
        return None if asked["TableName"] == world.aws.state_table else put(**asked)

    world.dynamodb.instead["put_item"] = unless_robots
    return world


def test_a_robots_txt_is_asked_for_in_the_hosts_turn_and_its_page_in_the_same(aws: Aws) -> None:
    world = forgetful(Simulation(aws, robots="obey"))
    world.push(*(f"http://a.example/{page}" for page in range(25)))
    world.run()
    assert world.outcomes["archived"] == 25
    robots = [when for url, when in world.urls if url == "http://a.example/robots.txt"]
    pages = [when for url, when in world.urls if url != "http://a.example/robots.txt"]
    assert len(set(robots)) == len(robots), "never two at a time"
    assert in_a_row(pages) <= RUN_PAGES + 0.001
    assert set(robots) <= set(pages), "the page goes with it, in the same turn"


def test_a_crawl_delay_counts_from_the_visit_that_learns_of_it(aws: Aws) -> None:
    world = Simulation(aws, robots="obey")
    world.robots = b"User-agent: *\nDisallow: /no\nCrawl-delay: 7\n"
    world.push("http://a.example/1", "http://a.example/2", "http://a.example/3")
    world.run()
    assert world.outcomes["archived"] == 3
    assert gaps([when for url, when in world.urls if not url.endswith("/robots.txt")]) >= 6.999


def test_a_crawl_delay_is_between_any_two_pages_even_where_it_is_no_longer_than_ours(aws: Aws) -> None:
    world = Simulation(aws, robots="obey")
    world.robots = b"User-agent: *\nCrawl-delay: 1\n"
    world.push(*(f"http://a.example/{page}" for page in range(60)))
    world.run()
    assert world.outcomes["archived"] == 60
    assert gaps([when for url, when in world.urls if not url.endswith("/robots.txt")]) >= 0.999
    assert world.dead == []


def test_hundreds_of_pages_of_one_host_wait_in_few_messages(aws: Aws) -> None:
    world = Simulation(aws)
    world.turns.backoff("a.example", 3000.0)
    world.push(*(f"http://a.example/{page}" for page in range(200)))
    world.run()
    assert world.outcomes["archived"] == 200
    assert in_a_row(world.times("a.example")) <= RUN_PAGES + 0.001
    assert world.runs < 85, "each of them is sent back four times"
    assert sum(world.waited.values()) == 4 * 200


def test_robots_txt_files_that_redirect_are_no_way_around_a_hosts_delay(aws: Aws) -> None:
    world = Simulation(aws, robots="obey")
    for number in range(20):
        world.redirects[f"http://from{number}.example/robots.txt"] = "http://target.example/robots.txt"
        world.push(f"http://from{number}.example/")
    world.run()
    assert world.outcomes["archived"] == 20
    assert gaps(world.times("target.example")) >= 0.999
    assert world.dead == []


@pytest.fixture(autouse=True)
def _one_row_a_page(aws: Aws) -> Any:
    yield
    rows = [row for row in aws.rows() if "warc" in row]
    assert not [row for row in rows if "error" in row]

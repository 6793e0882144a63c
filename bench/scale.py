"""What a burst does, and how far keys and limits carry, from the figures in bench/figures.json.

usage: python -m bench.scale; prints the tables of docs/scale.md. The burst is simulated: messages, invocations and
turns as turns.py decides them, on a clock of its own.
"""

import heapq
import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from bench.prices import Batch, duration_ms, per_million
from bench.run import FIGURES, MEMORY, batch_of
from bench.tables import table
from pressmark.politeness.turns import MAX_WAIT
from pressmark.queues.capture import SQS_MAX_DELAY

PARTITION_WRITES = 1000
"""Write units a second that one partition takes (DynamoDB developer guide, "Partition key design")."""

PREFIX_PUTS = 3500
"""PUTs a second that one prefix takes before S3 splits it (S3 user guide, "Optimizing performance")."""

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Drained:
    """What a burst did. seconds: until the last page was done. returns: messages sent back for a later turn.

    hops: how many pages were sent back so many times before they were done. given_up: those that had waited for too
    long. latest: seconds that the last of them had waited.
    """

    seconds: float
    invocations: int
    returns: int
    peak_units: float
    peak_host: int
    hops: Counter[int]
    given_up: int
    latest: float

    def beyond(self, hops: int) -> float:
        """Which share of the pages was sent back so often, or more often."""
        return sum(pages for count, pages in self.hops.items() if count >= hops) / self.hops.total()


@dataclass(frozen=True, slots=True)
class Work:
    """How the work is done. concurrency: invocations at a time. batch_seconds: of an invocation.

    units: write units of a page that is done; one that goes back costs one.
    """

    concurrency: int
    batch_seconds: float
    units: float


def drain(
    pages: int,
    hosts: int,
    work: Work,
    *,
    delay: float = 1.0,
    closed: float = 0.0,
    patience: float = 7 * DAY,
) -> Drained:
    """Simulate a burst: ``pages`` URLs of ``hosts`` hosts, shuffled, pushed at once; batches of ten.

    peak_units: write units in the busiest second; peak_host: requests to one host in its busiest second. closed:
    seconds for which every host is left alone at first (Retry-After). patience: seconds after which a page that
    would wait again is given up.
    """
    chance = random.Random(7)
    order = [number % hosts for number in range(pages)]
    chance.shuffle(order)
    queue = [(0.0, number, host, 0) for number, host in enumerate(order)]
    free = [0.0] * work.concurrency
    turn, line = [closed] * hosts, [0.0] * hosts
    written: dict[int, float] = defaultdict(float)
    asked: Counter[tuple[int, int]] = Counter()
    hops: Counter[int] = Counter()
    invocations = returns = given_up = 0
    end, serial, latest = 0.0, pages, 0.0
    while queue:
        now = max(heapq.heappop(free), queue[0][0])
        batch: list[tuple[int, int]] = []
        while queue and queue[0][0] <= now and len(batch) < 10:
            batch.append(heapq.heappop(queue)[2:])
        invocations += 1
        longest = 0.0
        for host, hop in batch:
            wait = max(0.0, turn[host] - now)
            if wait <= MAX_WAIT:
                turn[host] = max(turn[host], now) + delay
                longest = max(longest, wait)
                written[int(now + wait)] += work.units
                asked[host, int(now + wait)] += 1
                end = max(end, now + wait + work.batch_seconds)
                hops[hop] += 1
                continue
            if now >= patience:
                given_up += 1
                hops[hop] += 1
                latest = max(latest, now)
                continue
            floor = max(turn[host], now)
            if line[host] > floor + SQS_MAX_DELAY - delay:
                back = floor + chance.uniform(SQS_MAX_DELAY / 2, SQS_MAX_DELAY)
            else:
                back = max(line[host], floor)
                line[host] = back + delay
            serial += 1
            returns += 1
            written[int(now)] += 1
            heapq.heappush(queue, (min(back, now + SQS_MAX_DELAY), serial, host, hop + 1))
        worked = work.batch_seconds if longest or len(batch) else 0.1
        heapq.heappush(free, now + longest + worked)
    busiest = max(asked.values(), default=0)
    return Drained(end, invocations, returns, max(written.values()), busiest, hops, given_up, latest)


def span(seconds: float) -> str:
    """Seconds for people."""
    for unit, size in (("days", DAY), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def volumes(batch: Batch) -> str:
    """Rates that a volume in a time means, and how much of each limit that is."""
    seconds = duration_ms(batch, MEMORY) / 1000
    rows = []
    for pages, days in ((1e6, 1), (1e6, 30), (1e8, 30), (1e8, 1), (1e10, 365), (1e10, 30)):
        rate = pages / days / DAY
        cost = sum(per_million(batch, MEMORY).values()) * pages / 1e6
        rows.append(
            (
                f"{pages:,.0f} in {days} day{'s' * (days > 1)}",
                f"{rate:,.0f}",
                f"{max(1, rate / batch.pages * seconds):,.0f}",
                f"{rate * batch.write_units:,.0f}",
                f"{100 * rate / PARTITION_WRITES:,.0f} %",
                f"{rate / batch.pages:,.1f} ({100 * rate / batch.pages / PREFIX_PUTS:.1f} %)",
                f"{rate:,.0f}",
                f"{cost:,.0f}",
            )
        )
    head = (
        "pages",
        "a second",
        "concurrency",
        "write units/s",
        "`by_day` partition",
        "PUT/s (of a prefix's)",
        "hosts needed",
        "$",
    )
    return table(head, rows)


def bursts(batch: Batch) -> str:
    """100,000 URLs at once, by hosts and MaximumConcurrency."""
    seconds = duration_ms(batch, MEMORY) / 1000
    rows = []
    for hosts, concurrency in (
        (10_000, 2),
        (10_000, 5),
        (10_000, 50),
        (1000, 5),
        (1000, 50),
        (100, 5),
        (10, 5),
    ):
        found = drain(100_000, hosts, Work(concurrency, seconds, batch.write_units))
        rows.append(
            (
                f"{hosts:,}",
                str(concurrency),
                span(found.seconds),
                f"{100_000 / found.seconds:.0f}",
                f"{found.returns / 100_000:.2f}",
                f"{found.peak_units:,.0f}",
                str(found.peak_host),
            )
        )
    head = (
        "hosts",
        "MaximumConcurrency",
        "drained in",
        "pages/s",
        "returns a page",
        "busiest second, write units",
        "of one host",
    )
    return table(head, rows)


def chains(batch: Batch) -> str:
    """How often pages that wait for one host are sent back, and what is given up."""
    seconds = duration_ms(batch, MEMORY) / 1000
    rows = []
    for name, pages, options in (
        ("100 pages", 100, {}),
        ("100 pages, `Retry-After` of 4 h", 100, {"closed": 4 * 3600.0}),
        ("1,000 pages, Crawl-delay 30", 1000, {"delay": 30.0}),
        ("20,000 pages", 20_000, {}),
        ("100,000 pages", 100_000, {}),
        ("25,000 pages, Crawl-delay 30: more than a week's work", 25_000, {"delay": 30.0}),
    ):
        found = drain(pages, 1, Work(5, seconds, batch.write_units), **options)
        done = found.hops.total() - found.given_up
        assert done + found.given_up == pages
        rows.append(
            (
                name,
                span(found.seconds),
                f"{100 * found.beyond(16):.0f} %",
                f"{max(found.hops):,}",
                f"{done:,}",
                f"{found.given_up:,}",
                span(found.latest) if found.given_up else "",
            )
        )
    head = (
        "one host, pushed at once",
        "last capture after",
        "sent back 16 times or more",
        "most often",
        "captured",
        "given up",
        "the last of them after",
    )
    return table(head, rows)


def main() -> None:
    found: dict[str, Any] = json.loads(FIGURES.read_text())
    batch = batch_of(found, terms=False)
    seconds = duration_ms(batch, MEMORY) / 1000
    print(f"A batch of ten: {seconds:.2f} s at {MEMORY} MB, {batch.write_units:.1f} write units a page\n")
    print(volumes(batch))
    full = PARTITION_WRITES / 10 * seconds
    print(f"\n`by_day` is full at {PARTITION_WRITES:,} pages/s: MaximumConcurrency {full:.0f}\n")
    print(bursts(batch))
    print(f"\n{chains(batch)}")


if __name__ == "__main__":
    main()

"""What a burst does, and how far keys and limits carry, from the figures in bench/figures.json.

usage: python -m bench.scale; prints the tables of docs/scale.md. The burst is simulated: messages, invocations and
turns as turns.py decides them, on a clock of its own.
"""

import heapq
import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from bench.cost import HOSTS, by_default
from bench.prices import (
    GIGABYTE,
    LAMBDA_GB_SECOND,
    LAMBDA_REQUEST,
    LOG_EVENT_BYTES,
    LOGS_GB,
    MILLION,
    ONE_CPU_MB,
    PLATFORM_LOG_BYTES,
    READ_UNIT,
    S3_PUT,
    SQS_REQUEST,
    WRITE_UNIT,
    Batch,
    duration_ms,
    per_million,
)
from bench.run import ANSWER_MS, FIGURES, MEMORY
from bench.tables import table
from pressmark.politeness.turns import FAR, MAX_WAIT, pages_of, run_of
from pressmark.queues.capture import SQS_MAX_DELAY
from pressmark.queues.runs import MOST_PAGES

PARTITION_WRITES = 1000
"""Write units a second that one partition takes (DynamoDB developer guide, "Partition key design")."""

PREFIX_PUTS = 3500
"""PUTs a second that one prefix takes before S3 splits it (S3 user guide, "Optimizing performance")."""

DAY = 86_400


BATCH, WINDOW, THREADS = 20, 8.0, 10
"""The template's BatchSize, BatchWindow and Concurrency."""

ANSWER_SECONDS = ANSWER_MS / 1000


@dataclass(slots=True)
class Drained:
    """What a burst did. seconds: until the last page was done. busy: seconds that the invocations took together.

    files: invocations that captured something. sent: messages that went back, of one page or several. requests: to
    the queue, but for the push. first_lines: log lines of pages that went back for the first time. units: DynamoDB's
    write units. hops: number of pages by how often they were sent back before they were done. given_up: those that had
    waited for too long. latest: seconds that the last of them had waited. peak_units: in the busiest second. asked:
    times of the requests for pages of each host.
    """

    pages: int
    seconds: float = 0.0
    busy: float = 0.0
    invocations: int = 0
    files: int = 0
    sent: int = 0
    requests: int = 0
    first_lines: int = 0
    units: float = 0.0
    peak_units: float = 0.0
    given_up: int = 0
    latest: float = 0.0
    hops: Counter[int] = field(default_factory=Counter)
    asked: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    def beyond(self, hops: int) -> float:
        """Return the share of the pages that were sent back ``hops`` times or more."""
        return sum(pages for count, pages in self.hops.items() if count >= hops) / self.hops.total()

    def returns(self) -> int:
        """Return how often pages were sent back, all together."""
        return sum(count * pages for count, pages in self.hops.items())

    def dollars(self, batch: Batch, memory: float = MEMORY) -> float:
        """Return what a million such pages cost, all services together. batch: what a page uses in addition."""
        logged = self.pages * (batch.log_bytes + LOG_EVENT_BYTES) + self.first_lines * RETURN_LINE_BYTES
        logged += (self.invocations + self.sent) * PLATFORM_LOG_BYTES
        spent = (
            self.busy * memory / 1024 * LAMBDA_GB_SECOND
            + self.invocations * LAMBDA_REQUEST
            + self.files * S3_PUT
            + self.units * WRITE_UNIT
            + self.pages * batch.read_units * READ_UNIT
            + (self.requests + self.pages / 10) * SQS_REQUEST
            + logged / GIGABYTE * LOGS_GB
        )
        return spent / self.pages * MILLION


RETURN_LINE_BYTES = 350 + LOG_EVENT_BYTES
"""Bytes of a page's log line when it goes back for the first time."""


@dataclass(frozen=True, slots=True)
class Work:
    """How the work is done. concurrency: invocations at a time. ours_ms: of an invocation, neither waiting for a
    server nor reading. cpu_ms: reading a page. units: write units of a page that is done, without its turn.
    """

    concurrency: int
    ours_ms: float
    cpu_ms: float
    units: float

    @classmethod
    def of(cls, concurrency: int, batch: Batch) -> "Work":
        """Return how a batch of the figures is done, with the template's memory."""
        cpu = batch.cpu_ms * max(1.0, ONE_CPU_MB / MEMORY)
        waited = ANSWER_MS * -(-batch.pages // THREADS)
        turns = min(1.0, HOSTS / batch.pages)
        return cls(concurrency, batch.wait_ms - waited, cpu, batch.write_units - turns)

    def seconds(self, done: dict[int, int], longest: float) -> float:
        """Return how long an invocation takes. done: pages of each host. longest: the longest wait for a turn.

        The pages of one host come one after the other; each is read while another one comes.
        """
        if not done:
            return 0.1
        rounds = max(*done.values(), -(-sum(done.values()) // THREADS))
        coming = longest + rounds * ANSWER_SECONDS
        return self.ours_ms / 1000 + max(coming, sum(done.values()) * self.cpu_ms / 1000) + self.cpu_ms / 1000


@dataclass(order=True, slots=True)
class _Message:
    due: float
    serial: int
    host: int = field(compare=False)
    hops: list[int] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often every host may be asked. delay: seconds from page to page on average. paced: the delay is a
    Crawl-delay. closed: seconds for which all hosts are left alone at first (Retry-After).
    """

    delay: float = 1.0
    paced: bool = False
    closed: float = 0.0


class _Hosts:
    """The turns and lines of all hosts, as politeness/turns.py keeps them."""

    def __init__(self, hosts: int, pace: Pace) -> None:
        self.next, self.line = [pace.closed] * hosts, [0.0] * hosts
        self.delay, self.paced = pace.delay, pace.paced
        self.run = 1 if pace.paced else run_of(pace.delay)
        self.chance = random.Random(7)

    def take(self, host: int, pages: int, now: float) -> tuple[int, float]:
        """Return how many pages have their turn, and how long the last of them waits for it."""
        taken, wait = 0, 0.0
        while pages and self.next[host] - now <= max(MAX_WAIT, taken * ANSWER_SECONDS):
            several = min(pages, self.run)
            asked = now if self.paced else now + taken * ANSWER_SECONDS
            wait = max(0.0, self.next[host] - now)
            self.next[host] = max(self.next[host], asked) + several * self.delay
            taken, pages = taken + several, pages - several
        return taken, wait

    def places(self, host: int, hops: list[int], now: float) -> list[tuple[float, list[int]]]:
        """Return when pages that wait come back, and which of them together."""
        at_once = 1 + int(MAX_WAIT / self.delay) if self.paced else self.run
        floor = max(self.next[host], now)
        found = []
        while hops:
            part = hops[:at_once]
            begin = max(self.line[host], floor)
            if begin + len(part) * self.delay > floor + SQS_MAX_DELAY:
                break
            self.line[host] = begin + len(part) * self.delay
            found.append((begin, part))
            hops = hops[at_once:]
        later = floor + self.chance.uniform(FAR, SQS_MAX_DELAY)
        found += [(later, hops[start : start + MOST_PAGES]) for start in range(0, len(hops), MOST_PAGES)]
        return found


def drain(
    pages: int,
    hosts: int,
    work: Work,
    pace: Pace = Pace(),  # frozen
    *,
    patience: float = 7 * DAY,
) -> Drained:
    """Simulate a burst: ``pages`` URLs of ``hosts`` hosts, shuffled, pushed at once.

    patience: seconds after which a page that would wait again is given up.
    """
    order = [number % hosts for number in range(pages)]
    random.Random(7).shuffle(order)
    queue = [_Message(0.0, number, host, [0]) for number, host in enumerate(order)]
    free, known = [0.0] * work.concurrency, _Hosts(hosts, pace)
    found, serial = Drained(pages), pages
    written: dict[int, float] = defaultdict(float)
    while queue:
        now = max(heapq.heappop(free), queue[0].due)
        ends, batch = now + WINDOW, list[_Message]()
        while queue and len(batch) < BATCH and queue[0].due <= ends:
            batch.append(heapq.heappop(queue))
            now = max(now, batch[-1].due)
        now = now if len(batch) == BATCH else ends
        found.invocations += 1
        found.requests += 2  # received, and deleted
        waiting: dict[int, list[int]] = defaultdict(list)
        for message in batch:
            waiting[message.host] += message.hops
        done: dict[int, int] = {}
        longest = 0.0
        for host, hops in waiting.items():
            taken, wait = known.take(host, min(len(hops), pages_of(pace.delay)), now)
            if taken:
                done[host], longest = taken, max(longest, wait)
                written[int(now + wait)] += taken * work.units + (taken if pace.paced else 1)
                found.asked[host] += [now + wait + number * ANSWER_SECONDS for number in range(taken)]
                found.hops.update(hops[:taken])
            rest = hops[taken:]
            if rest and now >= patience:
                found.given_up += len(rest)
                found.hops.update(rest)
                found.latest = max(found.latest, now)
            elif rest:
                written[int(now)] += 1
                found.first_lines += rest.count(0)
                for back, part in known.places(host, [each + 1 for each in rest], now):
                    serial, found.sent = serial + 1, found.sent + 1
                    found.requests += 1
                    heapq.heappush(queue, _Message(min(back, now + SQS_MAX_DELAY), serial, host, part))
        worked = work.seconds(done, longest)
        found.busy += worked
        found.files += bool(done)
        found.seconds = max(found.seconds, now + worked if done else 0.0)
        heapq.heappush(free, now + worked)
    found.units, found.peak_units = sum(written.values()), max(written.values())
    return found


def span(seconds: float) -> str:
    """Seconds for people."""
    for unit, size in (("days", DAY), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def volumes(batch: Batch) -> str:
    """Return a table of the rates that volumes mean, and how much of each limit these are."""
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
        found = drain(100_000, hosts, Work.of(concurrency, batch))
        rows.append(
            (
                f"{hosts:,}",
                str(concurrency),
                span(found.seconds),
                f"{100_000 / found.seconds:.0f}",
                f"{found.returns() / 100_000:.2f}",
                f"{found.peak_units:,.0f}",
                f"{100_000 / found.files:.1f}",
                f"{found.dollars(batch):.2f}",
            )
        )
    head = (
        "hosts",
        "MaximumConcurrency",
        "drained in",
        "pages/s",
        "returns a page",
        "busiest second, write units",
        "pages a file",
        "$ a million",
    )
    return table(head, rows)


def chains(batch: Batch) -> str:
    """Pages that wait for one host: how often they are sent back, what is given up, files, and dollars."""
    rows = []
    for name, pages, pace in (
        ("100 pages", 100, Pace()),
        ("1,000 pages", 1000, Pace()),
        ("20,000 pages", 20_000, Pace()),
        ("100,000 pages", 100_000, Pace()),
        ("1,000 pages, `HostDelay` 0.2", 1000, Pace(0.2)),
        ("100 pages, `Retry-After` of 4 h", 100, Pace(closed=4 * 3600.0)),
        ("1,000 pages, Crawl-delay 1", 1000, Pace(paced=True)),
        ("1,000 pages, Crawl-delay 30", 1000, Pace(30.0, paced=True)),
        (
            "25,000 pages, Crawl-delay 30: more than a week's work",
            25_000,
            Pace(30.0, paced=True),
        ),
    ):
        found = drain(pages, 1, Work.of(5, batch), pace)
        assert found.hops.total() == pages
        rows.append(
            (
                name,
                span(found.seconds),
                f"{found.returns() / pages:.1f} ({found.sent / pages:.2f})",
                f"{(pages - found.given_up) / found.files:.1f}",
                f"{found.dollars(batch):.2f}",
                f"{pages - found.given_up:,}",
                f"{found.given_up:,}",
                span(found.latest) if found.given_up else "",
            )
        )
    head = (
        "one host, pushed at once",
        "last capture after",
        "returns a page (messages)",
        "pages a file",
        "$ a million",
        "captured",
        "given up",
        "the last of them after",
    )
    return table(head, rows)


def main() -> None:
    found: dict[str, Any] = json.loads(FIGURES.read_text())
    batch = by_default(found)
    seconds = duration_ms(batch, MEMORY) / 1000
    print(
        f"A batch of {batch.pages:.0f}: {seconds:.2f} s at {MEMORY} MB, {batch.write_units:.1f} write units a page\n"
    )
    print(volumes(batch))
    full = PARTITION_WRITES / 10 * seconds
    print(f"\n`by_day` is full at {PARTITION_WRITES:,} pages/s: MaximumConcurrency {full:.0f}\n")
    print(bursts(batch))
    print(f"\n{chains(batch)}")


if __name__ == "__main__":
    main()

"""Pages that kill. What a page does to the process that reads it costs its article and nothing else; a page that kills
the function's own process ends in the dead-letter queue alone, with a row that says why."""

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from tests.queued import identities
from tests.readers import page_that
from tests.reliability import invariant
from tests.reliability.killing import ROOT, Killed, Zygote
from tests.reliability.poisoned import DEADLY
from tests.site import RawSite
from tests.stacks import EVERY_TERM
from tests.world import ARTICLE, World

from pressmark.local import stack as stacks
from pressmark.local.environment import Environments
from pressmark.local.mapping import EventSourceMapping

pytestmark = pytest.mark.slow

REASON = (
    "deliveries of this page, each to be captured alone, never reported an end: "
    "the page may have ended the process (a crash, memory, the function's timeout)"
)


@pytest.fixture
def pages(site: RawSite) -> RawSite:
    """Twenty harmless pages, /0 to /19, and ten that kill, /kills/0 to /kills/9."""
    site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
    for number in range(20):
        site.page(f"/{number}", ARTICLE.format(f"Page {number} of the river. " * 30))
    for number in range(10):
        site.page(f"/kills/{number}", ARTICLE.format(f"Page {number} is deadly. " * 30 + DEADLY))
    return site


def variables(aws: Any, site: RawSite, **changed: str) -> dict[str, str]:
    return aws.stack.process_environment([str(site.port)]) | {
        "PRESSMARK_HOST_DELAY": "0",
        "PRESSMARK_ALLOWED_PORTS": str(site.port),
        **changed,
    }


@pytest.fixture
def zygote(aws: Any, pages: RawSite, deployed: Callable[[Mapping[str, str]], Zygote]) -> Zygote:
    return deployed(variables(aws, pages))


def push(world: World, site: RawSite, harmless: int, deadly: int) -> None:
    """Send pages, the deadly ones among the others."""
    paths = [f"/{number}" for number in range(harmless)]
    for number in range(deadly):
        paths.insert(3 * number + 2, f"/kills/{number}")
    for path in paths:
        world.push(site.url(path))


def drive(world: World, zygote: Zygote, *, rounds: int = 60) -> int:
    """Deliver until nothing is left, each time ten at most, time going by; returns how many processes died."""
    deaths, ahead = 0, 0.0
    for _ in range(rounds):
        if not world.left():
            return deaths
        ahead += 4000.0
        world.jump()
        messages = world.receive()
        if not messages:
            continue  # the queue gave up what it had left
        try:
            world.acknowledge(messages, zygote.invoke(world.event(messages), ahead=ahead)["result"])
        except Killed:
            deaths += 1
    raise AssertionError(f"{world.left()} messages never leave the queue")


def judge(world: World, site: RawSite, harmless: int, deadly: int) -> None:
    """All harmless pages are archived once, all deadly ones given up with row and reason; the promise holds."""
    archive = world.archive()
    invariant.check(archive, world.pushed, world.waiting())
    rows = [row for row in archive.rows if "purpose" not in row]
    captured = Counter(row["url"] for row in rows if "error" not in row)
    assert captured == {site.url(f"/{number}"): 1 for number in range(harmless)}
    failed = sorted((row["url"], row["error"], row["reason"]) for row in rows if "error" in row)
    assert failed == [(site.url(f"/kills/{number}"), "job-failed", REASON) for number in range(deadly)]
    assert sorted(world.dead_letters()) == failed


def test_nine_pages_are_archived_beside_one_that_kills_and_it_ends_with_its_reason(
    aws: Any, pages: RawSite
) -> None:
    """Through the event source mapping and the processes of `make run`."""
    world = World(aws)
    push(world, pages, 9, 1)

    def time_goes_by(_records: Any, failed: set[str]) -> None:
        if failed:
            world.end_leases()
            world.jump()

    source = dataclasses.replace(aws.stack.event_source, window=0.5, maximum_concurrency=1)
    function = Environments(
        "tests.reliability.poisoned.lambda_handler",
        variables(aws, pages),
        function_name="capture",
        timeout=aws.stack.timeout,
        path=(ROOT / "src", ROOT),
    )
    mapping = EventSourceMapping(aws.client("sqs"), aws.queue_url, source, function, on_batch=time_goes_by)
    tally = mapping.run(until_idle=True)
    function.close()
    assert tally.errors == ["the function's process died"] * 3, "once with its batch, twice alone"
    judge(world, pages, 9, 1)


DEEDS = {
    "spins": "it took longer than 5 seconds to read the page",
    "crashes": "the process that read the page died of SIGSEGV",
    "eats memory": "the process that read the page ran out of memory",
    "is killed": "the process that read the page died of SIGKILL",
}


def test_pages_that_kill_their_reader_are_archived_at_their_first_delivery_and_so_are_their_neighbours(
    aws: Any, pages: RawSite
) -> None:
    """Through the event source mapping and the processes of `make run`."""
    world, logged = World(aws), []
    for deed in DEEDS:
        pages.page(f"/{deed.replace(' ', '-')}", ARTICLE.format("A page. " * 30 + page_that(deed)))
        world.push(pages.url(f"/{deed.replace(' ', '-')}"))
    push(world, pages, 5, 0)
    source = dataclasses.replace(aws.stack.event_source, window=0.5, maximum_concurrency=1)
    function = Environments(
        "tests.reliability.poisoned.hostile_to_readers",
        variables(aws, pages),
        function_name="capture",
        timeout=aws.stack.timeout,
        path=(ROOT / "src", ROOT),
        on_line=logged.append,
    )
    tally = EventSourceMapping(aws.client("sqs"), aws.queue_url, source, function).run(until_idle=True)
    function.close()
    assert (tally.errors, world.left(), world.dead_letters()) == ([], 0, [])
    archive = world.archive()
    invariant.check(archive, world.pushed, world.waiting())
    rows = {row["url"].rpartition("/")[2]: row for row in archive.rows if "purpose" not in row}
    assert {row["status"] for row in rows.values()} == {200}
    assert [bool(rows[str(number)].get("title")) for number in range(5)] == [True] * 5
    lines = [json.loads(line) for line in logged if line.startswith("{")]
    lines = [line for line in lines if line.get("outcome")]
    assert {(line["outcome"], line.get("tries", 1)) for line in lines} == {("archived", 1)}
    reasons = {line["url"].rpartition("/")[2]: line.get("extraction_error") for line in lines}
    assert reasons == {deed.replace(" ", "-"): reason for deed, reason in DEEDS.items()} | {
        str(number): None for number in range(5)
    }


def test_two_pages_that_kill_in_one_batch_cost_nobody_else(aws: Any, pages: RawSite, zygote: Zygote) -> None:
    world = World(aws)
    push(world, pages, 8, 2)
    assert drive(world, zygote) == 5, "once together, and twice each alone"
    judge(world, pages, 8, 2)


def test_innocent_pages_outlive_more_deaths_than_the_queue_has_deliveries_for_them(
    aws: Any, pages: RawSite, zygote: Zygote, template: Any
) -> None:
    stack = stacks.create(
        aws.server, f"{aws.stack.name}-twice", {**EVERY_TERM, "MaxReceives": "2"}, template=template
    )
    other = type(aws)(aws.server, {name: aws.client(name) for name in ("s3", "dynamodb", "sqs")}, stack)
    world = World(other)
    push(world, pages, 5, 5)
    zygote.deploy(variables(other, pages))
    assert drive(world, zygote) == 11
    judge(world, pages, 5, 5)


def test_a_batch_of_nothing_but_pages_that_kill_ends(aws: Any, pages: RawSite, zygote: Zygote) -> None:
    world = World(aws)
    push(world, pages, 0, 3)
    assert drive(world, zygote) == 7
    judge(world, pages, 0, 3)


def test_pages_of_its_batch_are_copies_on_the_queue_before_a_page_begins_alone(
    aws: Any, pages: RawSite, zygote: Zygote
) -> None:
    world = World(aws)
    pages.page("/busy", "busy", status="503 Service Unavailable")
    deadly = world.push(pages.url("/kills/0"))
    assert len(world.receive()) == 1, "a delivery that comes to no end"
    world.jump()
    messages = world.receive()
    world.acknowledge(messages, zygote.invoke(world.event(messages))["result"])
    world.jump()
    others = [world.push(pages.url("/0")), world.push(pages.url("/busy"))]
    world.push("no URL")
    with pytest.raises(Killed):
        zygote.invoke(world.event(world.receive()), ahead=4000.0)
    left = [identity for message in world.messages() for identity in identities(message)]
    assert sorted(left) == sorted(each.id for each in (deadly, *others)), "a copy of each, and nothing else"
    assert [body for body, _, _ in world.dead_letters()] == ["no URL"]
    pages.page("/busy", ARTICLE.format("Not busy any more. " * 30))
    assert drive(world, zygote) == 1, "it is its second time alone"
    failed = {row["url"]: row["error"] for row in world.archive().rows if "error" in row}
    assert failed == {pages.url("/kills/0"): "job-failed"}


def test_two_deliveries_of_a_page_that_kills_at_the_same_time_harm_nobody(
    aws: Any, pages: RawSite, zygote: Zygote
) -> None:
    world = World(aws)
    push(world, pages, 3, 1)
    messages = world.receive()
    with pytest.raises(Killed):
        zygote.invoke(world.event(messages))
    world.jump()
    again = world.receive()
    assert {each["Attributes"]["ApproximateReceiveCount"] for each in again} == {"2"}

    def deliver(running: Zygote) -> None:
        with suppress(Killed):
            world.acknowledge(again, running.invoke(world.event(again), ahead=4000.0)["result"])

    with Zygote(variables(aws, pages)) as other, ThreadPoolExecutor(2) as both:
        for done in [both.submit(deliver, each) for each in (zygote, other)]:
            done.result()
    drive(world, zygote)
    archive = world.archive()
    invariant.check(archive, world.pushed, world.waiting())
    captured = Counter(row["url"] for row in archive.rows if "error" not in row and "purpose" not in row)
    assert captured == {pages.url(f"/{number}"): 1 for number in range(3)}
    assert {(url, code) for url, code, _ in world.dead_letters()} == {(pages.url("/kills/0"), "job-failed")}

"""The function is killed (SIGKILL) at every boundary of a batch; nothing is lost, nothing is wrong."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.foreign import Replay, sent
from tests.reliability import invariant
from tests.reliability.killing import Killed, Zygote
from tests.reliability.test_faults import FULL, NEEDS, whole_page
from tests.site import RawSite, response
from tests.world import ARTICLE, World

pytestmark = pytest.mark.slow


@pytest.fixture
def anywhere() -> Iterator[RawSite]:
    """A site at every loopback address, so that each round has hosts that nobody asked before."""
    with RawSite("0.0.0.0") as site:
        site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
        site.page("/page", ARTICLE.format("The river was high. " * 40))
        site.serve("/moved", response(status="301 Moved", headers=[("Location", "/page")]))
        site.page("/gone", "gone", status="404 Not Found")
        site.page("/whole", ARTICLE.format("The river was low. " * 40 + NEEDS))
        whole_page(site)
        site.page("/busy", "busy", status="503 Service Unavailable")
        yield site


def batch(world: World, site: RawSite, number: int) -> list[dict[str, Any]]:
    """Push one of each kind of message and receive them all."""
    host = f"http://127.{number // 250}.{number % 250}.7:{site.port}"
    for path in ("/page", "/moved", "/gone", "/busy"):
        world.push(host + path)
    # The page that the redirect led to, a second time: a revisit.
    world.push(json.dumps({"url": host + "/page?again", "tags": ["twice"]}), url=host + "/page?again")
    world.push(json.dumps({"url": host + "/whole", "requisites": "page"}), url=host + "/whole")
    world.push("not a URL")
    messages = world.receive()
    assert len(messages) == 7
    return messages


def recover(world: World, zygote: Zygote, *, fresh: bool) -> None:
    """Deliver again what is left, time going by, until the queue is empty; fresh: each time to a fresh process.

    Otherwise to one that is kept warm, as Lambda does, and because a fresh one takes 60 ms of processor time. Anything
    that a process only remembers, though the next delivery needs it, is missed after whichever kill: some will do.
    """
    ahead = 0.0
    for _ in range(30):  # each page may have to be captured alone
        if not world.left():
            return
        world.jump()
        ahead += 4000.0
        if messages := world.receive():
            answer = zygote.invoke(world.event(messages), fresh=fresh, ahead=ahead)
            world.acknowledge(messages, answer["result"])
    raise AssertionError(f"{world.left()} messages never leave the queue")


@pytest.fixture
def zygote(aws: Any, anywhere: RawSite, kind: str, deployed: Callable[[Mapping[str, str]], Zygote]) -> Zygote:
    settings = {
        "PRESSMARK_CONCURRENCY": "1",
        "PRESSMARK_HOST_DELAY": "0.001" if kind == A_RUN else "0",
        "PRESSMARK_MAX_RECEIVES": "3",
        "PRESSMARK_ALLOWED_PORTS": str(anywhere.port),
    }
    return deployed(aws.stack.process_environment([str(anywhere.port)]) | settings)


def alone(world: World, site: RawSite, number: int) -> list[dict[str, Any]]:
    """Push a page that is to be captured alone among others, of each kind that goes on as a copy before it."""
    host = f"http://127.{number // 250}.{number % 250}.8:{site.port}"
    world.push(host + "/page?last-delivery")
    # Two deliveries of it come to no end, and the next is its last; one of the others'.
    assert len(world.receive()) == 1
    world.jump()
    world.push(host + "/page?never-ended")
    world.push(host + "/moved?strike", unended_alone=0)
    assert len(world.receive()) == 3
    world.jump()
    world.push(host + "/page")
    world.push(host + "/busy")
    world.push(host + "/moved", unended_alone=0)
    world.push(host + "/page?given-up", unended_alone=2)
    world.push("not a URL")
    messages = world.receive()
    assert len(messages) == 8
    return messages


def given_up(world: World, site: RawSite, number: int) -> list[dict[str, Any]]:
    """Push a page that is given up, and two that go on as copies before that."""
    host = f"http://127.{number // 250}.{number % 250}.9:{site.port}"
    world.push(host + "/page?never-ended")
    assert len(world.receive()) == 1
    world.jump()
    world.push(host + "/page")
    world.push(host + "/page?given-up", unended_alone=2)
    messages = world.receive()
    assert len(messages) == 3
    return messages


def run(world: World, site: RawSite, number: int) -> list[dict[str, Any]]:
    """Send pages of one host that have waited together; behind the one that is busy they go back together."""
    host = f"http://127.{number // 250}.{number % 250}.10:{site.port}"
    world.push_run(*(host + path for path in ("/page", "/moved", "/busy", "/page?a", "/page?b")))
    world.push(host + "/gone")
    messages = world.receive()
    assert len(messages) == 2
    return messages


A_RUN = "a run of one host, in a batch with another of its pages"

BATCHES = {
    "messages that come for the first time": (batch, 25),
    "one that is to be captured alone among others": (alone, 30),
    "one that is given up among others": (given_up, 20),
    A_RUN: (run, 20),
}
"""Each with the boundaries that there are at least, writes apart."""


@pytest.fixture(scope="module")
def pywb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    """One pywb for all kinds: the sites of each have a port of their own."""
    with Replay(tmp_path_factory.mktemp("killed") / "pywb") as running:
        yield running


def boundaries_to_kill_at(names: list[str]) -> list[int]:
    """Numbers, from 1, of the boundaries that leave different things behind; with RELIABILITY=full all of them.

    What outlives a killed process is what AWS heard of it. Nothing of that changes between an answer and the next
    request, or with a write to a file that goes with the process: a kill there leaves what one after the answer
    leaves. Of those every sixteenth is tried all the same, and of the answers every second.
    """
    numbered = list(enumerate(names, 1))
    if os.environ.get("RELIABILITY") == "full":
        return [number for number, _ in numbered]
    telling = [number for number, name in numbered if name.startswith(("after ", "answer"))]
    return telling[::2] + [number for number, _ in numbered if number not in telling][::16]


READS = ("Query", "GetItem", "BatchGetItem", "GET S3", "HEAD S3")
"""How the names of requests end that change nothing; whatever is not named here is taken for a change."""


def changes(names: list[str], number: int) -> int:
    """Return how many answers AWS has given before a boundary to requests that change something.

    Pages go one after the other, so in kills after the same number of changes AWS holds the same.
    """
    return sum(name.startswith("after ") and not name.endswith(READS) for name in names[:number])


@pytest.mark.e2e
@pytest.mark.parametrize("kind", BATCHES)
def test_a_kill_at_any_boundary_loses_nothing(
    aws: Any, anywhere: RawSite, zygote: Zygote, pywb: Replay, tmp_path: Path, kind: str
) -> None:
    world, (make, least) = World(aws), BATCHES[kind]
    messages = make(world, anywhere, 1)
    answer = zygote.invoke(world.event(messages), rehearsal=True)
    world.acknowledge(messages, answer["result"])
    names = answer["boundaries"]
    recover(world, zygote, fresh=True)

    assert len([name for name in names if name != "write"]) > least, names
    recovered = set[int]()
    for number in boundaries_to_kill_at(names):
        messages = make(world, anywhere, number + 1)
        with pytest.raises(Killed):
            zygote.invoke(world.event(messages), kill_at=number)
        missing = world.lost()
        assert not missing, f"after {names[number - 1]}: {missing}"
        done = changes(names, number)
        is_sample = not names[number - 1].startswith(
            "after "
        )  # of what has the same result: so it is looked at
        if done in recovered and not is_sample and not FULL:  # most requests only read
            world.forget_all()
            continue
        recovered.add(done)
        recover(world, zygote, fresh=done % 8 == 0)
    archive = world.archive()
    invariant.check(archive, world.pushed, world.waiting())
    assert replayed(archive, anywhere, pywb, tmp_path) > 2 * len(recovered)


def replayed(archive: invariant.Archive, site: RawSite, pywb: Replay, folder: Path) -> int:
    """Have pywb replay every capture that has a row, and compare it with what the site sent. Return how many."""
    paths = []
    for key, data in archive.files.items():
        paths.append(folder / key.rpartition("/")[2])
        paths[-1].write_bytes(data)
    count = 0
    pywb.add(*paths)
    for row in archive.rows:
        if "status" not in row:
            continue
        there = pywb.get(row["url"], re.sub(r"\D", "", row["captured"])[:14])
        path = "/" + row["url"].split("/", 3)[3].partition("?")[0]
        expected = sent(site.sent[path])
        assert (there.status, there.body) == (expected.status, expected.body), row
        count += 1
    return count

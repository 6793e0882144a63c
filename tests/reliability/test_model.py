"""Anything that can happen, in any order: after every step each message is kept or done, and every row is true."""

import itertools
import json
import math
import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.clock import ticking
from tests.conftest import Aws
from tests.reliability import invariant as promise
from tests.reliability.faults import LASTING, PASSING, done_all_the_same
from tests.reliability.inside import Process, no_waiting
from tests.reliability.poisoned import DEADLY
from tests.reliability.test_faults import NEEDS, OPERATIONS, whole_page
from tests.site import RawSite, response
from tests.stacks import EVERY_TERM
from tests.world import ARTICLE, World

from pressmark.http.exchange import Exchange
from pressmark.local import stack as stacks
from pressmark.queues.message import Delivery
from pressmark.reading.process import Read
from pressmark.requisites.wanted import Level

pytestmark = pytest.mark.slow

FULL = os.environ.get("RELIABILITY") == "full"
PAGES = 4

_numbers = itertools.count(1)

pages = st.integers(0, PAGES - 1)
sizes = st.integers(1, 4)
operations = st.sampled_from(OPERATIONS)
crashes = st.sampled_from(
    (
        *((operation, 1) for operation in OPERATIONS),
        ("dynamodb.Query", 2),
        ("dynamodb.UpdateItem", 2),
        ("dynamodb.BatchWriteItem", 2),
    )
)


def _claims(each: Delivery) -> bool:
    """Whether a delivery makes sure that no other is at work at the same moment."""
    again = each.receive_count > 1 or each.earlier_tries > 0 or each.unended_alone is not None
    return again or "if_not_archived_within" in each.body


class Crash(BaseException):
    """The process is gone: nothing that it was about to do happens any more."""


def nothing(_asked: Any, _operation: str) -> None:
    """What a dead process asks of AWS."""
    raise Crash


class Mortal(Process):
    """One process of the function; dies where it is told, and of a page that kills."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.dead = False
        reader: Any = self.service.reader
        read = reader.read

        def deadly(page: Exchange, seconds: float, level: Level = "none") -> Read:
            if DEADLY.encode() in page.body.head(1_000_000):
                self.faults.rule = lambda _operation: nothing
                raise Crash
            return read(page, seconds, level)

        reader.read = deadly

    def die_at(self, operation: str, number: int, *, after: bool) -> None:
        """Die before the given request to AWS (the second Query, say), or before its answer is heard."""
        seen = itertools.count(1)
        dead = False

        def last_act(asked: Any, _operation: str) -> None:
            if after:
                done_all_the_same(asked)
            raise Crash

        def rule(asked: str) -> Any:
            nonlocal dead
            if dead:
                return nothing
            dead = asked.endswith(operation) and next(seen) == number
            return last_act if dead else None

        self.faults.rule = rule


class Machine(RuleBasedStateMachine):
    """The queue, a site whose pages change, and the function in one process after another."""

    def __init__(self, aws: Aws, site: RawSite) -> None:
        super().__init__()
        self.site, self.clock = site, ticking()
        self.world = World(aws, site, outside=self.clock.outside)
        self.archive: promise.Archive | None = None  # as it is since the last invocation
        self.versions = [0] * PAGES
        self.mishaps = 0
        self.poisons = 0
        self.sent: dict[str, int] = {}
        self.handed_out_twice: set[str] = set()
        self.base = f"/{next(_numbers)}"
        site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
        whole_page(site)
        for page in range(PAGES - 1):
            self._publish(page)
        moved = response(status="301 Moved", headers=[("Location", f"{self.base}/0")])
        site.serve(f"{self.base}/{PAGES - 1}", moved)
        site.page(f"{self.base}/kills", ARTICLE.format(DEADLY))
        self.process = Mortal(self.world)

    def _publish(self, page: int) -> None:
        text = f"Page {page}, version {self.versions[page]}. " * 30 + NEEDS
        self.site.page(
            f"{self.base}/{page}", ARTICLE.format(text), headers=[("ETag", f'"{self.versions[page]}"')]
        )

    def _revive(self) -> None:
        if self.process.dead:
            self._restart()

    def _restart(self) -> None:
        self.process.close()
        self.process = Mortal(self.world)

    def _receive(self, size: int) -> list[dict[str, Any]]:
        """Receive messages; where there are none, send one first, so that no step is in vain."""
        if not (messages := self.world.receive(size)):
            self.push(size % PAGES, within=False, whole=size > 2)
            messages = self.world.receive(size)
        return messages

    def _run(self, process: Mortal, messages: list[dict[str, Any]], acknowledged: bool = True) -> None:
        self.archive = None
        try:
            (process.deliver if acknowledged else process.run)(messages)
        except Crash:
            process.dead = True

    def _push(self, body: str, **said: Any) -> None:
        now = round(1000 * self.clock.now().timestamp())
        self.sent[self.world.push(body, first_sent=now, **said).id] = now

    @rule(page=pages, within=st.booleans(), whole=st.booleans())
    def push(self, page: int, within: bool, whole: bool) -> None:
        url = self.site.url(f"{self.base}/{page}")
        options = {"if_not_archived_within": "2h"} if within else {}
        options |= {"requisites": "page"} if whole else {}
        self._push(json.dumps({"url": url, **options}) if options else url, url=url, within=within)

    @rule(chosen=st.lists(pages, min_size=1, max_size=12), deadly=st.booleans())
    def push_pages_that_have_waited_together(self, chosen: list[int], deadly: bool) -> None:
        now = round(1000 * self.clock.now().timestamp())
        urls = [self.site.url(f"{self.base}/{page}?{place}") for place, page in enumerate(chosen)]
        if deadly and self.poisons < 3:
            self.poisons += 1
            urls[-1] = self.site.url(f"{self.base}/kills")
        for pushed in self.world.push_run(*urls, first_sent=now):
            self.sent[pushed.id] = now

    @precondition(lambda self: self.poisons < 3)
    @rule()
    def push_one_that_kills(self) -> None:
        self.poisons += 1
        self._push(self.site.url(f"{self.base}/kills"))

    @rule(page=st.integers(0, PAGES - 2))
    def page_changes(self, page: int) -> None:
        self.versions[page] += 1
        self._publish(page)

    @rule(size=sizes)
    def deliver(self, size: int) -> None:
        if messages := self._receive(size):
            self._run(self.process, messages)
            self._revive()

    @rule(size=sizes)
    def answer_is_lost(self, size: int) -> None:
        """Lambda did not hear what the function answered: all of it comes again."""
        if messages := self._receive(size):
            self._run(self.process, messages, acknowledged=False)
            self._revive()

    @rule(size=sizes)
    def deliver_twice_at_a_time(self, size: int) -> None:
        if messages := self._receive(size):
            self.handed_out_twice.update(
                each.id for each in self.world.deliveries(messages) if not _claims(each)
            )
            other = Mortal(self.world)
            with ThreadPoolExecutor(2) as both:
                runs = [both.submit(self._run, each, messages) for each in (self.process, other)]
                for run in runs:
                    run.result()
            other.close()
            self._revive()

    @rule(size=sizes, where=crashes, after=st.booleans())
    def crash(self, size: int, where: tuple[str, int], after: bool) -> None:
        if messages := self._receive(size):
            self.mishaps += 1
            self.process.die_at(*where, after=after)
            self._run(self.process, messages)
            self._restart()

    @rule(size=sizes, seed=st.integers(0, 1000))
    def aws_fails_now_and_then(self, size: int, seed: int) -> None:
        if messages := self._receive(size):
            self.mishaps += 1
            self.process.faults.at_random(0.3, random.Random(seed))
            self._run(self.process, messages)
            self._restart()

    @rule(size=sizes, operation=operations, number=st.integers(0, 9))
    def aws_fails_for_good(self, size: int, operation: str, number: int) -> None:
        if messages := self._receive(size):
            self.mishaps += 1
            service = operation.partition(".")[0]
            faults = PASSING[service] + LASTING[service]
            self.process.faults.times(operation, faults[number % len(faults)], math.inf)
            self._run(self.process, messages)
            self._restart()

    @rule(seconds=st.sampled_from((1.0, 200.0, 4000.0, 90_000.0)))
    def time_goes_by(self, seconds: float) -> None:
        self.clock.go(seconds)
        self.world.jump()

    @invariant()
    def nothing_is_lost_or_wrong(self) -> None:
        self.archive = self.archive or self.world.archive()
        promise.check(self.archive, self.world.pushed, self.world.waiting())

    @invariant()
    def every_copy_knows_when_its_message_was_first_sent(self) -> None:
        for message in self.world.messages():
            said = {name: value["StringValue"] for name, value in message.message_attributes.items()}
            if "PressmarkRun" in said:
                for id_, _, _, sent in json.loads(message.body):
                    assert sent == self.sent[id_]
                continue
            assert int(said["PressmarkFirstSent"]) == self.sent[said.get("PressmarkId", message.id)]

    def teardown(self) -> None:
        """In the end, with nothing more going wrong, everything is archived, or given up with its reason."""
        # A page that follows a death is captured alone, one a round. A message may hold a run of pages.
        for _ in range(12 + 6 * self.poisons + 2 * len(self.world.waiting())):
            if not self.world.left():
                break
            self.time_goes_by(4000.0)
            self.deliver(10)
        self.process.close()
        archive = self.world.archive()
        promise.check(archive, self.world.pushed, set())
        deadly = self.site.url(f"{self.base}/kills")
        letters = [(url, code) for url, code, _ in self.world.dead_letters() if code != "waited-too-long"]
        if len(letters) < len(self.world.dead_letters()):
            retention = self.process.service.settings.message_retention_days
            assert self.clock.now().timestamp() - min(self.sent.values()) / 1000 >= 86_400 * retention
        assert {code for _, code in letters} <= {"job-failed"}
        pages = [row for row in archive.rows if "purpose" not in row and "requested" not in row]
        assert not [row for row in pages if row["url"] == deadly and "error" not in row]
        captures = Counter(row["message_id"] for row in pages if row["url"] != deadly)
        if not self.mishaps:  # a process that dies of something else twice looks as if the page had done it
            assert {url for url, _ in letters} <= {deadly}
            several = {message for message, times in captures.items() if times > 1}
            assert several <= self.handed_out_twice, "delivered more than once, archived once"
            assert set(captures.values()) <= {1, 2}, (
                "handed out twice at the same moment, archived twice at most"
            )


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a crash closes nothing
def test_whatever_happens_nothing_is_lost_and_nothing_is_wrong(
    aws: Any, template: Any, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_waiting(monkeypatch)
    used = {name: aws.client(name) for name in ("s3", "dynamodb", "sqs")}

    def machine() -> Machine:
        name = f"model-{next(_numbers)}"
        # A page that is innocent has all the tries that mishaps may cost it.
        stack = stacks.create(aws.server, name, {**EVERY_TERM, "MaxReceives": "50"}, template=template)
        return Machine(Aws(aws.server, used, stack), site)

    made: Callable[[], Machine] = machine
    run_state_machine_as_test(
        made,
        settings=settings(
            max_examples=200 if FULL else 8,
            stateful_step_count=30 if FULL else 15,
            deadline=None,
            derandomize=not FULL,
            database=None,
            phases=(Phase.generate, Phase.shrink) if FULL else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )

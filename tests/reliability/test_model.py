"""Anything that can happen, in any order: after every step each message is kept or done, and every row is true."""

import itertools
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.conftest import Aws
from tests.reliability import invariant as promise
from tests.reliability.faults import Faults
from tests.reliability.inside import Clock, clients, close, delivery, no_waiting, service
from tests.reliability.test_killed_anywhere import ARTICLE
from tests.reliability.world import World
from tests.site import RawSite

from pressmark.local import stack as stacks

FULL = os.environ.get("RELIABILITY") == "full"
PAGES = 4

_numbers = itertools.count(1)

pages = st.integers(0, PAGES - 1)
sizes = st.integers(1, 4)


class Crash(BaseException):
    """The process is gone: nothing that it was about to do happens any more."""


class Process:
    """One process of the function; dies where it is told."""

    def __init__(self, aws: Any, clock: Clock, port: int) -> None:
        self.faults = Faults()
        self.clients = clients(aws.server.endpoint)
        self.faults.watch(self.clients)
        self.service = service(aws, self.clients, clock, allowed_ports=(port,), max_receives=50)

    def die_at(self, request: int, *, after: bool) -> None:
        """Die before the given request to AWS, or before its answer is heard."""
        count = itertools.count(1)
        dead = False

        def fault(asked: Any, operation: str) -> None:
            from tests.reliability.faults import _done_all_the_same

            if after and not dead:
                _done_all_the_same(asked)
            raise Crash

        def rule(_operation: str) -> Any:
            nonlocal dead
            number = next(count)
            if number < request:
                return None
            if number > request:
                dead = True
            return fault

        self.faults.rule = rule

    def close(self) -> None:
        close(self.clients)


class Machine(RuleBasedStateMachine):
    """The queue, a site whose pages change, and the function in one process after another."""

    def __init__(self, aws: Any, site: RawSite) -> None:
        super().__init__()
        self.aws, self.site, self.clock = aws, site, Clock()
        self.world = World(aws)
        self.versions = [0] * PAGES
        self.mishaps = 0
        self.base = f"/{next(_numbers)}"
        site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
        for page in range(PAGES):
            self._publish(page)
        self.process = Process(aws, self.clock, site.port)

    def _publish(self, page: int) -> None:
        text = f"Page {page}, version {self.versions[page]}. " * 30
        self.site.page(
            f"{self.base}/{page}", ARTICLE.format(text), headers=[("ETag", f'"{self.versions[page]}"')]
        )

    def _restart(self) -> None:
        self.process.close()
        self.process = Process(self.aws, self.clock, self.site.port)

    def _run(self, process: Process, messages: list[dict[str, Any]], acknowledged: bool = True) -> None:
        reports = process.service.pipeline.run([delivery(each) for each in messages], remaining=120.0)
        kept = [{"itemIdentifier": each.delivery.message_id} for each in reports if not each.acknowledge]
        if acknowledged:
            self.world.acknowledge(messages, {"batchItemFailures": kept})

    @rule(page=pages, within=st.booleans())
    def push(self, page: int, within: bool) -> None:
        url = self.site.url(f"{self.base}/{page}")
        body = json.dumps({"url": url, "if_not_archived_within": "2h"}) if within else url
        self.world.push(body, url=url, within=within)

    @rule(page=pages)
    def page_changes(self, page: int) -> None:
        self.versions[page] += 1
        self._publish(page)

    @rule(size=sizes)
    def deliver(self, size: int) -> None:
        if messages := self.world.receive(size):
            self._run(self.process, messages)

    @rule(size=sizes)
    def answer_is_lost(self, size: int) -> None:
        """Lambda did not hear what the function answered: all of it comes again."""
        if messages := self.world.receive(size):
            self._run(self.process, messages, acknowledged=False)

    @rule(size=sizes)
    def deliver_twice_at_a_time(self, size: int) -> None:
        if messages := self.world.receive(size):
            other = Process(self.aws, self.clock, self.site.port)
            with ThreadPoolExecutor(2) as both:
                runs = [both.submit(self._run, each, messages) for each in (self.process, other)]
                for run in runs:
                    run.result()
            other.close()

    @rule(size=sizes, request=st.integers(1, 30), after=st.booleans())
    def crash(self, size: int, request: int, after: bool) -> None:
        if messages := self.world.receive(size):
            self.mishaps += 1
            self.process.die_at(request, after=after)
            with suppress(Crash):
                self._run(self.process, messages)
            self._restart()

    @rule(size=sizes, seed=st.integers(0, 1000))
    def aws_fails(self, size: int, seed: int) -> None:
        if messages := self.world.receive(size):
            self.mishaps += 1
            self.process.faults.at_random(0.3, random.Random(seed))
            self._run(self.process, messages)
            self._restart()

    @rule(seconds=st.sampled_from((1.0, 200.0, 4000.0, 90_000.0)))
    def time_goes_by(self, seconds: float) -> None:
        self.clock.go(seconds)
        self.world.jump()

    @invariant()
    def nothing_is_lost_or_wrong(self) -> None:
        promise.check(self.world.archive(), self.world.pushed, self.world.waiting())

    def teardown(self) -> None:
        """In the end, with nothing more going wrong, everything is archived."""
        for _ in range(12):
            if not self.world.left():
                break
            self.time_goes_by(4000.0)
            self.deliver(10)
        self.process.close()
        archive = self.world.archive()
        promise.check(archive, self.world.pushed, set())
        captures = Counter(row["message_id"] for row in archive.rows if "purpose" not in row)
        if not self.mishaps:
            assert set(captures.values()) <= {1}, "delivered more than once, archived once"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a crash closes nothing
def test_whatever_happens_nothing_is_lost_and_nothing_is_wrong(
    aws: Any, template: Any, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_waiting(monkeypatch)
    used = {name: aws.client(name) for name in ("s3", "dynamodb", "sqs")}

    def machine() -> Machine:
        name = f"model-{next(_numbers)}"
        stack = stacks.create(aws.server, name, template=template)
        return Machine(Aws(aws.server, used, stack), site)

    made: Callable[[], Machine] = machine
    run_state_machine_as_test(
        made,
        settings=settings(
            max_examples=200 if FULL else 12,
            stateful_step_count=30 if FULL else 15,
            deadline=None,
            derandomize=not FULL,
            database=None,
            phases=(Phase.generate, Phase.shrink) if FULL else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )

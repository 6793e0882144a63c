"""One table of times: what the documentation shows is what an invocation keeps to."""

import re
import time
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import pytest
from tests.conftest import Aws
from tests.foreign import ROOT
from tests.world import PAGE, World

from pressmark.clock import REAL, Outside
from pressmark.crawl.budget import SECONDS_BEFORE_END, Budget
from pressmark.crawl.service import Clients, Service
from pressmark.http.exchange import FetchResult
from pressmark.http.fetcher import Fetcher
from pressmark.settings import Settings

NOW = 1000.0


def test_the_documentation_shows_the_times_that_are_kept() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    rows = re.findall(r"^\| ([0-9.]+) \| .*\(`(\w+_until)`\) \|$", text, re.MULTILINE)
    assert {name: float(seconds) for seconds, name in rows} == SECONDS_BEFORE_END


def test_each_phase_ends_before_the_next_and_all_before_the_process() -> None:
    assert all(earlier > later > 0 for earlier, later in pairwise(SECONDS_BEFORE_END.values()))


def test_the_times_of_an_invocation_are_counted_back_from_its_end(aws: Aws) -> None:
    budget = asdict(Budget.of(NOW, 120.0, aws.settings))
    assert budget.pop("ends") == NOW + 120.0
    assert (
        budget.pop("start_until") == NOW + 37.0
    )  # the page's 45 s, and 23 around them, before fetching ends
    assert budget == {name: NOW + 120.0 - seconds for name, seconds in SECONDS_BEFORE_END.items()}


@pytest.mark.parametrize(
    ("remaining", "begun_for"),
    [
        (600.0, 517.0),
        (59.0, 4.4),  # a short timeout: a page has nine tenths of the usable time
        (27.0, 1.2),
        (25.0, 0.0),  # with ten seconds for a page nothing is left to begin another in
        (12.0, -13.0),
    ],
)
def test_a_page_is_begun_with_the_time_it_may_need(aws: Aws, remaining: float, begun_for: float) -> None:
    found = Budget.of(NOW, remaining, aws.settings)
    assert found.start_until - NOW == pytest.approx(begun_for)


def test_pages_are_waited_for_a_moment_even_without_time(aws: Aws) -> None:
    budget: Any = Budget.of(NOW, 5.0, aws.settings)
    assert budget.visit_seconds(NOW) == 1.0
    assert Budget.of(NOW, 120.0, aws.settings).visit_seconds(NOW + 10.0) == 100.0


class Noting(Fetcher):
    """Notes until when each URL may be waited for, on a clock that stands still, and asks for it on the real one."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.until: dict[str, float] = {}

    def fetch(self, url: str, *, deadline: float, **options: Any) -> FetchResult:
        self.until[url] = deadline - NOW
        return super().fetch(url, deadline=time.monotonic() + 10.0, **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("remaining", "robots", "page"),
    [
        (600.0, 15.0, 585.0),  # a robots.txt that never comes leaves the page most of the time
        (28.0, 13.0, 13.0),
    ],
)
def test_a_robots_txt_is_waited_for_fifteen_seconds_at_most_and_never_longer_than_a_page(
    world: World, remaining: float, robots: float, page: float
) -> None:
    settings = world.aws.settings_with(robots="obey")
    fetcher = Noting(settings)
    clients: Any = (world.s3, world.dynamodb, world.sqs)
    on = Service(
        settings,
        Clients(*clients),
        outside=Outside(REAL.now, lambda: NOW),
        reader=world.service.reader,
        fetcher=fetcher,
    )
    world.site.page("/robots.txt", "User-agent: *\nDisallow:\n")
    assert (
        world.one(world.site.page("/", PAGE.format(title="x")), remaining=remaining, on=on).outcome
        == "archived"
    )
    assert fetcher.until == {world.site.url("/robots.txt"): robots, world.site.url("/"): page}

"""One table of times: what the documentation shows is what an invocation keeps to."""

import re
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import pytest
from tests.conftest import Aws
from tests.foreign import ROOT

from pressmark.crawl.budget import SECONDS_BEFORE_END, Budget

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

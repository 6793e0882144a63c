"""Which pages the queue need not be told of, as the function's answer says all."""

from unittest.mock import Mock

import pytest

from pressmark.crawl.ending import Endings
from pressmark.crawl.reports import Report
from pressmark.crawl.settle import Settler
from pressmark.crawl.visit import Visit
from pressmark.queues.message import CaptureRequest, Delivery

OUTCOMES = ("archived", "unchanged", "skipped", "failed", "rejected", "postponed", "retry", "error")
URL = "https://paper.example/a"


def visited(outcome: str, *, claimed: bool = False, job: str | None = None) -> Visit:
    request = CaptureRequest(URL, job=job)
    visit = Visit(Report(Delivery("1", URL, "m1")), Mock(), request, claimed=claimed)
    visit.report.outcome = outcome
    visit.page = Mock(hops=[Mock(url=URL, captured="2026-11-28T12:00:00Z", status=200)])
    return visit


@pytest.mark.parametrize("job", [None, "j1"])
@pytest.mark.parametrize("claimed", [False, True])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_request_is_sent_for_a_page_that_is_said_to_need_none(
    outcome: str, claimed: bool, job: str | None
) -> None:
    queue, claims, jobs = Mock(), Mock(), Mock()
    settler = Settler(queue, claims, Endings(jobs, max_tries=3), max_tries=3)
    visit = visited(outcome, claimed=claimed, job=job)
    silent = settler.is_silent([visit])
    settler.settle([visit])
    assert visit.report.acknowledge
    asked = queue.method_calls + claims.method_calls + jobs.method_calls
    assert not (silent and asked)


@pytest.mark.parametrize("outcome", ["archived", "unchanged", "skipped"])
def test_a_page_that_nobody_waits_for_and_nobody_claimed_needs_no_request(outcome: str) -> None:
    assert Settler.is_silent([visited(outcome)])
    assert not Settler.is_silent([visited(outcome), visited(outcome)])

"""Which pages the queue need not be told of, as the function's answer says all."""

from unittest.mock import Mock

import pytest

from pressmark.crawl.ending import Endings
from pressmark.crawl.reports import Report
from pressmark.crawl.settle import Settler
from pressmark.crawl.visit import Visit
from pressmark.errors import ArchiveError
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


def test_pages_that_go_on_as_one_message_give_their_claims_back() -> None:
    queue, claims = Mock(), Mock()
    visits = [visited("postponed", claimed=True), visited("postponed")]
    Settler(queue, claims, Endings(Mock(), max_tries=3), max_tries=3).settle(visits)
    claims.release.assert_called_once_with(URL, holder=visits[0].batch.token)
    queue.postpone_run.assert_called_once_with([each.report.delivery for each in visits], visits[0].wait)
    assert all(each.report.acknowledge for each in visits)


def test_a_page_whose_job_cannot_be_written_is_done_and_its_log_line_says_why() -> None:
    jobs = Mock(**{"end.side_effect": ArchiveError("the state table does not answer: " + "x" * 400)})
    visit = visited("archived", job="j1")
    Settler(Mock(), Mock(), Endings(jobs, max_tries=3), max_tries=3).settle([visit])
    assert visit.report.acknowledge
    assert visit.report.facts["job_error"] == "the state table does not answer: " + "x" * 267


@pytest.mark.parametrize("together", [1, 2])
def test_if_the_queue_fails_nothing_is_acknowledged_and_the_log_line_says_why(together: int) -> None:
    failing = {"side_effect": ArchiveError("x" * 400)}
    queue = Mock(postpone=Mock(**failing), postpone_run=Mock(**failing))
    visits = [visited("postponed") for _ in range(together)]
    Settler(queue, Mock(), Endings(Mock(), max_tries=3), max_tries=3).settle(visits)
    for visit in visits:
        assert not visit.report.acknowledge
        assert visit.report.facts["queue_error"] == f"ArchiveError: {'x' * 286}"

"""The price list applied, and the burst simulated."""

from dataclasses import replace

import pytest
from bench.cost import batch_size
from bench.prices import MILLION, ONE_CPU_MB, Batch, duration_ms, per_million
from bench.run import grown
from bench.scale import DAY, Pace, Work, drain

from pressmark.politeness.turns import RUN_PAGES
from pressmark.queues.capture import SQS_MAX_DELAY

WORK = Work(5, ours_ms=60.0, cpu_ms=50.0, units=5.0)
TEN = Batch(pages=10, cpu_ms=20, wait_ms=300, write_units=4, read_units=1, log_bytes=500)


def test_computing_takes_longer_by_the_share_of_a_processor_and_waiting_does_not() -> None:
    assert duration_ms(TEN, ONE_CPU_MB) == 300 + 10 * 20
    assert duration_ms(TEN, ONE_CPU_MB / 2) == 300 + 2 * 10 * 20
    assert duration_ms(TEN, 2 * ONE_CPU_MB) == 300 + 10 * 20


def test_each_service_costs_what_its_list_price_says() -> None:
    costs = per_million(replace(TEN, log_lines=0), 1024)

    assert costs["S3"] == pytest.approx(100_000 * 5 / MILLION)
    assert costs["DynamoDB"] == pytest.approx(4 * 0.625 + 0.125)
    assert costs["SQS"] == pytest.approx(0.3 * 0.4)


def test_larger_batches_share_one_put_and_wait_for_servers_once_for_each_round_of_threads() -> None:
    assert per_million(batch_size(TEN, 50), 1024)["S3"] == pytest.approx(0.10)
    assert batch_size(TEN, 50).wait_ms == 5 * 300


def test_pages_of_the_same_host_in_a_batch_share_a_turn() -> None:
    assert batch_size(TEN, 20).write_units == TEN.write_units - 0.5
    assert batch_size(TEN, 5).write_units == TEN.write_units


def test_pages_of_one_host_cost_more_than_those_of_many() -> None:
    one, many = (drain(400, hosts, WORK).dollars(TEN) for hosts in (1, 400))

    assert one > many + 1


def test_a_page_grows_by_its_own_content_to_at_least_the_size() -> None:
    page = grown(b"<html><head></head><body class=a><p>Words.</p></body></html>", 1000)

    assert 1000 <= len(page) < 1100
    assert page.count(b"<body") == page.count(b"</body>") == 1


@pytest.mark.slow
def test_a_burst_asks_no_host_for_more_than_a_run_beyond_a_page_a_second_and_drains() -> None:
    found = drain(2000, 20, WORK)

    assert max(in_a_row(times) for times in found.asked.values()) <= RUN_PAGES + 0.001
    assert sum(map(len, found.asked.values())) == 2000
    assert found.seconds >= 2000 / 20 - RUN_PAGES
    assert 2000 / found.files >= 5


def in_a_row(times: list[float]) -> float:
    """Pages beyond one a second, at most, in any stretch of time that begins with a page."""
    return max(
        last - first + 1 - (times[last] - times[first])
        for first in range(len(times))
        for last in range(first, len(times))
    )


def test_more_invocations_at_a_time_drain_a_burst_of_many_hosts_faster() -> None:
    slow, fast = (drain(5000, 5000, replace(WORK, concurrency=each)) for each in (2, 20))

    assert fast.seconds < slow.seconds / 5
    assert fast.peak_units > slow.peak_units


@pytest.mark.slow
@pytest.mark.parametrize("closed", [0.0, 4 * 3600.0])
def test_pages_of_one_host_wait_for_more_returns_than_lambda_would_allow_and_all_are_captured(
    closed: float,
) -> None:
    found = drain(3000, 1, WORK, Pace(5.0, closed=closed))

    assert found.beyond(16) > 0.1
    assert found.sent < 3 * 3000, "as they wait together"
    assert (found.hops.total(), found.given_up) == (3000, 0)
    assert sum(hop * pages for hop, pages in found.hops.items()) == found.returns()


@pytest.mark.slow
def test_a_page_that_waits_for_too_long_is_given_up_at_its_next_return() -> None:
    found = drain(3000, 1, WORK, Pace(30.0, paced=True), patience=DAY / 2)

    assert found.given_up > 1000
    assert found.hops.total() == 3000, "captured or given up, none lost"
    assert DAY / 2 <= found.latest <= DAY / 2 + SQS_MAX_DELAY + 60
    assert found.seconds <= found.latest + SQS_MAX_DELAY, "pages with a place in line have it still"

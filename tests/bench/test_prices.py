"""The price list applied, and the burst simulated."""

from dataclasses import replace

import pytest
from bench.cost import batch_size, one_host
from bench.prices import MILLION, ONE_CPU_MB, Batch, duration_ms, per_million
from bench.run import grown
from bench.scale import DAY, Work, drain

from pressmark.queues.capture import SQS_MAX_DELAY

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


def test_pages_that_wait_their_turn_cost_more() -> None:
    assert sum(per_million(one_host(TEN), 1024).values()) > sum(per_million(TEN, 1024).values())


def test_a_page_grows_by_its_own_content_to_at_least_the_size() -> None:
    page = grown(b"<html><head></head><body class=a><p>Words.</p></body></html>", 1000)

    assert 1000 <= len(page) < 1100
    assert page.count(b"<body") == page.count(b"</body>") == 1


def test_a_burst_asks_no_host_more_than_once_a_second_and_drains() -> None:
    found = drain(2000, 20, Work(5, 0.8, units=6))

    assert found.peak_host == 1
    assert found.seconds >= 2000 / 20 - 1
    assert found.invocations >= 2000 / 10


def test_more_invocations_at_a_time_drain_a_burst_of_many_hosts_faster() -> None:
    slow, fast = (drain(5000, 5000, Work(each, 0.8, units=6)) for each in (2, 20))

    assert fast.seconds < slow.seconds / 5
    assert fast.peak_units > slow.peak_units


@pytest.mark.slow
@pytest.mark.parametrize("closed", [0.0, 4 * 3600.0])
def test_pages_of_one_host_wait_for_more_returns_than_lambda_would_allow_and_all_are_captured(
    closed: float,
) -> None:
    found = drain(3000, 1, Work(5, 0.9, units=5), delay=5.0, closed=closed)

    assert found.beyond(16) > 0.2
    assert (found.hops.total(), found.given_up) == (3000, 0)
    assert sum(hop * pages for hop, pages in found.hops.items()) == found.returns


@pytest.mark.slow
def test_a_page_that_waits_for_too_long_is_given_up_at_its_next_return() -> None:
    found = drain(3000, 1, Work(5, 0.9, units=5), delay=30.0, patience=DAY / 2)

    assert found.given_up > 1000
    assert found.hops.total() == 3000, "captured or given up, none lost"
    assert DAY / 2 <= found.latest <= DAY / 2 + SQS_MAX_DELAY + 60
    assert found.seconds <= found.latest + 60

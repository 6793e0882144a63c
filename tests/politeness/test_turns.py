"""Turns of hosts, on the state table that template.yaml describes, with a clock that tests move."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.clock import Clock

from pressmark.errors import ArchiveError, NotYet
from pressmark.politeness.turns import FAR, MAX_WAIT, Turns, pages_of
from pressmark.queues.capture import SQS_MAX_DELAY


class CountingClient:
    """The DynamoDB client, and how many writes went through it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.writes = 0

    @property
    def exceptions(self) -> Any:
        return self._client.exceptions

    def update_item(self, **request: Any) -> Any:
        self.writes += 1
        return self._client.update_item(**request)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(aws: Any) -> CountingClient:
    return CountingClient(aws.client("dynamodb"))


@pytest.fixture
def turns(aws: Any, client: Any, clock: Clock) -> Turns:
    return Turns(client, aws.state_table, clock.outside)


def test_the_first_page_of_a_host_goes_at_once_and_costs_one_write(
    turns: Turns, client: CountingClient
) -> None:
    assert turns.take("example.com", 2.0) == 0.0
    assert client.writes == 1


def test_hosts_do_not_wait_for_each_other(turns: Turns) -> None:
    assert turns.take("a.example", 2.0) == 0.0
    assert turns.take("b.example", 2.0) == 0.0


def test_turns_of_one_host_are_a_delay_apart(turns: Turns, clock: Clock) -> None:
    assert [turns.take("example.com", 1.0) for _ in range(4)] == [0.0, 1.0, 2.0, 3.0]
    clock.go(10)
    assert turns.take("example.com", 1.0) == 0.0


def test_turns_are_shared_by_all_invocations(aws: Any, client: Any, clock: Clock) -> None:
    one, other = (Turns(client, aws.state_table, clock.outside) for _ in range(2))
    assert [one.take("example.com", 1.0), other.take("example.com", 1.0)] == [0.0, 1.0]
    assert [one.take("example.com", 1.0), other.take("example.com", 1.0)] == [2.0, 3.0]


@pytest.fixture
def two(aws: Any, client: Any, clock: Clock) -> tuple[Turns, Turns]:
    """Turns of two processes: neither sees what the other does but in the table."""
    return Turns(client, aws.state_table, clock.outside), Turns(client, aws.state_table, clock.outside)


def test_a_turn_that_another_process_took_meanwhile_is_not_waited_for_longer_than_one_may(
    two: tuple[Turns, Turns],
) -> None:
    one, other = two
    assert [one.take("example.com", 2.0), other.take("example.com", 2.0)] == [0.0, 2.0]
    assert _sent_back(one, 1, 2.0) == [4.0]


def test_processes_send_pages_back_to_places_of_their_own(two: tuple[Turns, Turns]) -> None:
    one, other = two
    one.backoff("example.com", 60.0)
    assert _sent_back(other, 1) == [60.0]
    assert _sent_back(one, 1) == [61.0]


def test_a_line_that_another_process_filled_is_not_lengthened(aws: Any, two: tuple[Turns, Turns]) -> None:
    one, other = two
    one.backoff("example.com", 60.0)
    assert _sent_back(one, 1, 300.0) == [60.0]
    assert _sent_back(other, 2, 300.0) == [360.0, 660.0]
    full = item_of(aws)["queue_end"]
    (wait,) = _sent_back(one, 1, 300.0)
    assert 60.0 + FAR <= wait <= 60.0 + SQS_MAX_DELAY
    assert item_of(aws)["queue_end"] == full


def test_no_delay_takes_no_turn_and_writes_nothing(turns: Turns, client: CountingClient) -> None:
    assert [turns.take("example.com", 0.0) for _ in range(50)] == [0.0] * 50
    assert client.writes == 0


def item_of(aws: Any) -> dict[str, int]:
    """The instants of the host's item."""
    key = {"pk": {"S": "turn#example.com"}}
    item = aws.client("dynamodb").get_item(TableName=aws.state_table, Key=key)["Item"]
    return {name: int(item[name]["N"]) for name in ("next", "queue_end", "expires") if name in item}


def _sent_back(turns: Turns, pages: int, delay: float = 1.0) -> list[float]:
    waits = []
    for _ in range(pages):
        try:
            turns.take("example.com", delay)
        except NotYet as error:
            waits.append(error.wait)
    return waits


@pytest.mark.slow
def test_a_page_sent_back_takes_no_turn_from_others(turns: Turns, clock: Clock) -> None:
    _sent_back(turns, 100)
    clock.go(MAX_WAIT + 1)
    assert turns.take("example.com", 1.0) == 0.0


@pytest.mark.slow
def test_a_hundred_pages_of_one_host_are_told_to_come_one_by_one(
    turns: Turns, client: CountingClient
) -> None:
    waits = _sent_back(turns, 100)
    assert waits == [4.0 + n for n in range(96)]
    assert client.writes <= 102


@pytest.mark.slow
def test_pages_that_come_back_in_time_get_their_turn_in_one_return_each(turns: Turns, clock: Clock) -> None:
    begin = clock.moment
    asked: list[float] = []
    returns = 0
    agenda = [0.0] * 150
    while agenda:
        agenda.sort()
        at = agenda.pop(0)
        clock.moment = max(clock.moment, begin + timedelta(seconds=at))
        elapsed = (clock.moment - begin).total_seconds()
        try:
            asked.append(elapsed + turns.take("example.com", 1.0))
        except NotYet as error:
            returns += 1
            agenda.append(elapsed + error.wait)
    assert returns <= 150
    assert all(b - a >= 0.999 for a, b in zip(sorted(asked), sorted(asked)[1:], strict=False))
    assert max(asked) < 160


@pytest.mark.slow
def test_more_pages_than_the_line_holds_neither_lengthen_it_nor_leave_the_host_idle(
    turns: Turns, clock: Clock
) -> None:
    """SQS holds a message for 15 minutes at most: pages beyond that come back early and line up again."""
    begin = clock.moment
    served = returns = 0
    longest = 0.0
    agenda = [0.0] * 140
    horizon = 3600.0
    while agenda:
        agenda.sort()
        at = agenda.pop(0)
        if at > horizon:
            break
        clock.moment = max(clock.moment, begin + timedelta(seconds=at))
        elapsed = (clock.moment - begin).total_seconds()
        try:
            turns.take("example.com", 30.0)
            served += 1
        except NotYet as error:
            longest = max(longest, error.wait)
            returns += 1
            agenda.append(elapsed + min(error.wait, SQS_MAX_DELAY))
    assert longest <= SQS_MAX_DELAY + MAX_WAIT + 30
    assert served >= 0.9 * horizon / 30
    assert returns <= 140 * 10


def test_a_host_that_asks_for_a_pause_is_left_alone_until_it_ends(turns: Turns, clock: Clock) -> None:
    assert turns.backoff("example.com", 120.0) == 120.0
    with pytest.raises(NotYet) as caught:
        turns.take("example.com", 1.0)
    assert caught.value.wait == 120.0
    clock.go(120)
    assert turns.take("example.com", 1.0) == 0.0


def test_a_host_that_does_not_say_for_how_long_is_left_alone_for_a_minute(turns: Turns) -> None:
    assert turns.backoff("example.com") == 60.0
    assert _sent_back(turns, 1) == [60.0]


def test_a_shorter_pause_does_not_end_a_longer_one(aws: Any, client: Any, turns: Turns, clock: Clock) -> None:
    turns.backoff("example.com", 120.0)
    turns.backoff("example.com", 5.0)
    with pytest.raises(NotYet) as caught:
        Turns(client, aws.state_table, clock.outside).take("example.com", 1.0)
    assert caught.value.wait == 120.0


def test_a_pause_of_years_is_cut_to_hours(turns: Turns) -> None:
    assert turns.backoff("example.com", 3e8) == 6 * 3600


def test_items_carry_a_time_to_live_beyond_every_instant_in_them(
    aws: Any, client: Any, turns: Turns, clock: Clock
) -> None:
    _sent_back(turns, 5)
    Turns(client, aws.state_table, clock.outside).backoff("example.com", 9e9)
    _sent_back(turns, 1)  # knows nothing of the pause yet
    item = item_of(aws)
    assert item["next"] / 1000 == clock.moment.timestamp() + 6 * 3600
    assert item["expires"] > item["next"] / 1000
    assert item["expires"] > item["queue_end"] / 1000


@pytest.mark.parametrize("turns_taken", [1, 2, 3])
def test_an_items_time_to_live_ends_within_a_day_of_the_turn_it_is_for(
    aws: Any, turns: Turns, turns_taken: int
) -> None:
    for _ in range(turns_taken):
        turns.take("example.com", 1.0)
    item = item_of(aws)
    assert 0 < item["expires"] - item["next"] / 1000 < 86_400


def test_a_lost_table_costs_one_early_request_and_nothing_else(aws: Any, turns: Turns, clock: Clock) -> None:
    _sent_back(turns, 10)
    aws.client("dynamodb").delete_item(TableName=aws.state_table, Key={"pk": {"S": "turn#example.com"}})
    clock.go(5)
    assert [turns.take("example.com", 1.0) for _ in range(3)] == [0.0, 1.0, 2.0]


def test_after_a_loss_a_process_does_not_ask_before_the_time_that_it_knows_of(
    aws: Any, two: tuple[Turns, Turns], clock: Clock
) -> None:
    one, other = two
    assert [one.take("example.com", 1.0) for _ in range(4)] == [0.0, 1.0, 2.0, 3.0]
    aws.client("dynamodb").delete_item(TableName=aws.state_table, Key={"pk": {"S": "turn#example.com"}})
    assert other.take("example.com", 1.0) == 0.0, "the one early request"
    clock.go(2)
    assert _sent_back(one, 1) == [2.0]


def test_a_table_that_does_not_answer_is_an_archive_error(aws: Any, clock: Clock) -> None:
    broken = Turns(aws.client("dynamodb"), "no-such-table", clock.outside)
    with pytest.raises(ArchiveError, match=r"no-such-table.*turn#example.com") as caught:
        broken.take("example.com", 1.0)
    assert isinstance(caught.value.__cause__, ClientError)


def test_a_page_whose_hosts_item_is_gone_while_its_turn_is_near_comes_back(aws: Any, turns: Turns) -> None:
    assert turns.take("example.com", 1.0) == 0.0
    aws.client("dynamodb").delete_item(TableName=aws.state_table, Key={"pk": {"S": "turn#example.com"}})
    with pytest.raises(NotYet, match=r"the turn of example\.com has not come") as caught:
        turns.take("example.com", 1.0)
    assert caught.value.wait == 1.0


@pytest.mark.parametrize(
    ("delay", "pages"), [(0.0, 10), (0.1, 100), (0.3, 33), (0.5, 20), (1.0, 10), (5.0, 10)]
)
def test_an_invocation_asks_a_host_for_what_it_gives_in_ten_seconds_and_for_a_run_at_least(
    delay: float, pages: int
) -> None:
    assert pages_of(delay) == pages

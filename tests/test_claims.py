"""Claims: one delivery at a time works on a URL, and one message makes one capture."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.conftest import Aws

from pressmark.archive.keys import capture_key
from pressmark.claims import MESSAGE_LIFE, Claims
from pressmark.errors import ArchiveError, NotYet

URL = "https://example.com/story"


class World:
    """The state table, a clock that is set, and the rows that the archive table would give."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.now = datetime(2026, 11, 23, tzinfo=UTC)
        self.rows: list[dict[str, Any]] = []
        self.looked = 0
        self.claims = Claims(aws.client("dynamodb"), aws.state_table, self.recent, lambda: self.now)

    def recent(self, url: str) -> list[dict[str, Any]]:
        self.looked += 1
        return [row for row in reversed(self.rows) if row["url"] == url]

    def row(self, message_id: str, token: str, **said: Any) -> None:
        captured = f"2026-11-23T00:00:00.{len(self.rows):06d}Z"
        known = {"url": URL, "message_id": message_id, "token": token}
        self.rows.append({**capture_key(URL, captured), **known, "captured": captured, **said})

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def take(self, message: str, token: str, lease: float = 60) -> bool:
        """Claim; returns whether there is work to do."""
        return not self.claims.take(URL, message_id=message, token=token, lease=lease).duplicate

    def forget(self) -> None:
        """Lose the state table's items."""
        client = self.aws.client("dynamodb")
        for item in client.scan(TableName=self.aws.state_table)["Items"]:
            client.delete_item(TableName=self.aws.state_table, Key={"pk": item["pk"]})


@pytest.fixture
def world(aws: Aws) -> World:
    return World(aws)


def test_the_common_path_is_one_write_and_no_look_at_the_rows(world: World) -> None:
    assert world.take("m1", "t1")
    assert world.looked == 0
    (item,) = world.aws.client("dynamodb").scan(TableName=world.aws.state_table)["Items"]
    assert item["pk"]["S"] == "claim#com,example)/story"
    assert int(item["expires"]["N"]) == int(world.now.timestamp()) + 60 + MESSAGE_LIFE


def test_a_live_holder_is_waited_for_until_its_lease_ends(world: World) -> None:
    world.take("m1", "t1")
    world.later(20)
    with pytest.raises(NotYet) as caught:
        world.take("m2", "t2")
    assert caught.value.wait == pytest.approx(40, abs=0.01)
    world.later(39.9)
    with pytest.raises(NotYet) as caught:
        world.take("m2", "t2")
    assert caught.value.wait == 1.0


def test_a_dead_holders_claim_passes_on_when_its_lease_has_ended(world: World) -> None:
    world.take("m1", "t1")
    world.later(61)
    assert world.take("m1", "t2")
    with pytest.raises(NotYet):
        world.take("m1", "t3")


def test_a_holder_that_is_done_passes_its_claim_on_at_once(world: World) -> None:
    world.take("m1", "t1")
    world.row("m1", "t1")
    assert world.take("m2", "t2")
    with pytest.raises(NotYet):
        world.take("m3", "t3")


def test_a_message_that_made_its_capture_makes_no_other_however_late_it_comes_again(world: World) -> None:
    world.take("m1", "t1")
    world.row("m1", "t1")
    assert not world.take("m1", "t2")
    for days in (0, 1, 13):
        world.later(days * 86400 + 120)
        assert not world.take("m1", f"t{days + 3}"), days


def test_looking_for_a_duplicate_leaves_the_way_free_for_another_message(world: World) -> None:
    world.take("m1", "t1")
    world.row("m1", "t1")
    world.later(120)
    assert not world.take("m1", "t2")
    assert world.take("m2", "t3")


def test_a_duplicate_is_known_although_another_message_failed_in_between(world: World) -> None:
    world.take("m1", "t1")
    world.row("m1", "t1")
    world.later(120)
    claimed = world.claims.take(URL, message_id="m2", token="t2", lease=60)
    world.claims.release(claimed)
    assert not world.take("m1", "t3")


def test_a_failure_that_is_put_back_gets_another_try(world: World) -> None:
    world.take("m1", "t1")
    world.row("m1", "t1", error="read-timeout")
    assert world.take("m1", "t2")


def test_a_released_claim_is_free_at_once_and_a_lost_one_is_nobodys_to_release(world: World) -> None:
    first = world.claims.take(URL, message_id="m1", token="t1", lease=60)
    world.claims.release(first)
    assert world.take("m2", "t2")
    world.claims.release(first)
    with pytest.raises(NotYet):
        world.take("m3", "t3")


def test_a_write_whose_answer_was_lost_meets_itself_and_goes_on(world: World) -> None:
    """botocore sends such a request again; the second finds the first one's item in its way."""
    assert world.take("m1", "t1")
    assert world.take("m1", "t1")
    with pytest.raises(NotYet):
        world.take("m2", "t2")


def test_a_lost_table_loses_no_capture_and_costs_at_most_a_second_one(world: World) -> None:
    claimed = world.claims.take(URL, message_id="m1", token="t1", lease=60)
    world.forget()
    world.claims.release(claimed)
    assert world.take("m1", "t2")


def test_urls_are_claimed_apart_and_spellings_of_one_together(world: World) -> None:
    assert world.take("m1", "t1")
    assert not world.claims.take("https://example.com/other", message_id="m2", token="t2", lease=60).duplicate
    with pytest.raises(NotYet):
        world.claims.take("http://www.example.com/story/", message_id="m3", token="t3", lease=60)


@pytest.mark.parametrize("before", ["nothing", "a dead holder", "a holder that is done"])
def test_of_many_that_claim_at_once_exactly_one_gets_it(world: World, before: str) -> None:
    if before != "nothing":
        world.take("m0", "t0")
    if before == "a dead holder":
        world.later(120)
    if before == "a holder that is done":
        world.row("m0", "t0")
    line = threading.Barrier(8)

    def attempt(number: int) -> bool:
        line.wait()
        try:
            return world.take(f"m{number}", f"t{number}")
        except NotYet:
            return False

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(1, 9)))
    assert won.count(True) == 1


def test_a_table_that_does_not_answer_is_an_error_of_ours(aws: Aws) -> None:
    class Gone:
        exceptions = aws.client("dynamodb").exceptions

        def update_item(self, **_: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    claims = Claims(Gone(), "state", lambda url: [], lambda: datetime.now(UTC))  # type: ignore[arg-type]
    with pytest.raises(ArchiveError, match="UpdateItem on state for claim#com,example"):
        claims.take(URL, message_id="m", token="t", lease=60)

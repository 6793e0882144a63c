"""Claims: of deliveries that must not do the same work twice, one at a time is at work on a URL."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.conftest import Aws

from pressmark.errors import ArchiveError, NotYet
from pressmark.politeness.claims import Claims, claim_key

URL = "https://example.com/story"


class World:
    """The state table, and a clock that is set."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.now = datetime(2026, 11, 23, tzinfo=UTC)
        self.claims = self.another()

    def another(self) -> Claims:
        """The claims of another process of the deployment."""
        return Claims(self.aws.client("dynamodb"), self.aws.state_table, lambda: self.now)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def items(self) -> list[dict[str, Any]]:
        return list(self.aws.client("dynamodb").scan(TableName=self.aws.state_table)["Items"])

    def forget(self) -> None:
        """Lose the state table's items."""
        for item in self.items():
            self.aws.client("dynamodb").delete_item(TableName=self.aws.state_table, Key={"pk": item["pk"]})


@pytest.fixture
def world(aws: Aws) -> World:
    return World(aws)


def test_a_live_holder_is_waited_for_until_its_lease_ends(world: World) -> None:
    world.claims.take(URL, holder="one", lease=60)
    world.later(20)
    with pytest.raises(NotYet, match="another delivery works on") as caught:
        world.another().take(URL, holder="two", lease=60)
    assert (caught.value.wait, caught.value.ours) == (40.0, True)
    world.later(39.9)
    with pytest.raises(NotYet) as caught:
        world.another().take(URL, holder="two", lease=60)
    assert caught.value.wait == 1.0


def test_a_dead_holders_claim_is_free_when_its_lease_has_ended(world: World) -> None:
    world.claims.take(URL, holder="one", lease=60)
    world.later(60)
    world.claims.take(URL, holder="two", lease=60)
    world.later(5)
    with pytest.raises(NotYet):
        world.claims.take(URL, holder="three", lease=60)


def test_a_released_claim_is_free_at_once(world: World) -> None:
    world.claims.take(URL, holder="one", lease=60)
    world.claims.release(URL, holder="one")
    world.claims.take(URL, holder="two", lease=60)


def test_a_claim_taken_over_when_its_lease_had_ended_is_not_its_first_holders_to_release(
    world: World,
) -> None:
    world.claims.take(URL, holder="one", lease=10)
    world.later(11)
    world.claims.take(URL, holder="two", lease=60)
    world.claims.release(URL, holder="one")
    with pytest.raises(NotYet):
        world.claims.take(URL, holder="three", lease=60)


def test_a_write_whose_answer_was_lost_meets_itself_and_goes_on(world: World) -> None:
    """botocore sends such a request again; the second finds the first one's item in its way."""
    world.claims.take(URL, holder="one", lease=60)
    world.claims.take(URL, holder="one", lease=60)
    with pytest.raises(NotYet):
        world.claims.take(URL, holder="two", lease=60)


def test_a_lost_table_leaves_every_url_free_and_nothing_to_release(world: World) -> None:
    world.claims.take(URL, holder="one", lease=60)
    world.forget()
    world.claims.release(URL, holder="one")
    assert world.items() == []
    world.claims.take(URL, holder="two", lease=60)


def test_urls_are_claimed_apart_though_they_share_a_urlkey_and_however_long_they_are(world: World) -> None:
    for url in (URL, "https://example.com/story/", "https://example.com/Story", URL + "?" + "x" * 9000):
        world.claims.take(url, holder=url[-9:], lease=60)
        with pytest.raises(NotYet):
            world.claims.take(url, holder="another", lease=60)


def test_an_items_time_to_live_ends_after_its_lease(world: World) -> None:
    world.claims.take(URL, holder="one", lease=900)
    (item,) = world.items()
    assert item["pk"] == {"S": claim_key(URL)}
    assert int(item["expires"]["N"]) == int(world.now.timestamp()) + 900 + 3600


@pytest.mark.parametrize("before", ["nothing", "a dead holder", "a released claim"])
def test_of_many_that_claim_at_once_exactly_one_gets_it(world: World, before: str) -> None:
    if before != "nothing":
        world.claims.take(URL, holder="before", lease=60)
    if before == "a dead holder":
        world.later(120)
    if before == "a released claim":
        world.claims.release(URL, holder="before")
    line = threading.Barrier(8)

    def attempt(number: int) -> bool:
        claims = world.another()
        line.wait()
        try:
            claims.take(URL, holder=f"holder-{number}", lease=60)
        except NotYet:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(8)))
    assert won.count(True) == 1


def test_a_table_that_does_not_answer_is_an_error_of_ours(aws: Aws) -> None:
    class Gone:
        exceptions = aws.client("dynamodb").exceptions

        def update_item(self, **_: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    claims = Claims(Gone(), "state", lambda: datetime.now(UTC))  # type: ignore[arg-type]
    for ask in (lambda: claims.take(URL, holder="one", lease=60), lambda: claims.release(URL, holder="one")):
        with pytest.raises(ArchiveError, match="UpdateItem on state for claim#"):
            ask()

"""Claims: of deliveries that must not do the same work twice, one at a time is at work on a URL."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.clock import Clock
from tests.conftest import Aws

from pressmark.errors import ArchiveError, NotYet
from pressmark.politeness.claims import Claims, claim_key

URL = "https://example.com/story"


class Processes:
    """Processes of one deployment that claim URLs, and their clock."""

    def __init__(self, aws: Aws) -> None:
        self.aws, self.clock = aws, Clock()
        self.claims = self.another()

    def another(self) -> Claims:
        return Claims(self.aws.client("dynamodb"), self.aws.state_table, self.clock.now)


@pytest.fixture
def processes(aws: Aws) -> Processes:
    return Processes(aws)


def test_a_live_holder_is_waited_for_until_its_lease_ends(processes: Processes) -> None:
    processes.claims.take(URL, holder="one", lease=60)
    processes.clock.go(20)
    with pytest.raises(NotYet, match="another delivery is working on") as caught:
        processes.another().take(URL, holder="two", lease=60)
    assert (caught.value.wait, caught.value.ours) == (40.0, True)
    processes.clock.go(39.9)
    with pytest.raises(NotYet) as caught:
        processes.another().take(URL, holder="two", lease=60)
    assert caught.value.wait == 1.0


def test_a_dead_holders_claim_is_free_when_its_lease_has_ended(processes: Processes) -> None:
    processes.claims.take(URL, holder="one", lease=60)
    processes.clock.go(60)
    processes.claims.take(URL, holder="two", lease=60)
    processes.clock.go(5)
    with pytest.raises(NotYet):
        processes.claims.take(URL, holder="three", lease=60)


@pytest.mark.slow
def test_a_released_claim_is_free_at_once(processes: Processes) -> None:
    processes.claims.take(URL, holder="one", lease=60)
    processes.claims.release(URL, holder="one")
    processes.claims.take(URL, holder="two", lease=60)


def test_a_claim_taken_over_when_its_lease_had_ended_is_not_its_first_holders_to_release(
    processes: Processes,
) -> None:
    processes.claims.take(URL, holder="one", lease=10)
    processes.clock.go(11)
    processes.claims.take(URL, holder="two", lease=60)
    processes.claims.release(URL, holder="one")
    with pytest.raises(NotYet):
        processes.claims.take(URL, holder="three", lease=60)


def test_a_write_whose_answer_was_lost_meets_itself_and_goes_on(processes: Processes) -> None:
    """botocore sends such a request again; the second finds the first one's item in its way."""
    processes.claims.take(URL, holder="one", lease=60)
    processes.claims.take(URL, holder="one", lease=60)
    with pytest.raises(NotYet):
        processes.claims.take(URL, holder="two", lease=60)


def test_a_lost_table_leaves_every_url_free_and_nothing_to_release(processes: Processes) -> None:
    processes.claims.take(URL, holder="one", lease=60)
    processes.aws.forget_state()
    processes.claims.release(URL, holder="one")
    assert processes.aws.state() == []
    processes.claims.take(URL, holder="two", lease=60)


def test_urls_are_claimed_apart_though_they_share_a_urlkey_and_however_long_they_are(
    processes: Processes,
) -> None:
    for url in (URL, "https://example.com/story/", "https://example.com/Story", URL + "?" + "x" * 9000):
        processes.claims.take(url, holder=url[-9:], lease=60)
        with pytest.raises(NotYet):
            processes.claims.take(url, holder="another", lease=60)


def test_an_items_time_to_live_ends_after_its_lease(processes: Processes) -> None:
    processes.claims.take(URL, holder="one", lease=900)
    (item,) = processes.aws.state()
    assert item["pk"] == {"S": claim_key(URL)}
    assert int(item["expires"]["N"]) == int(processes.clock.moment.timestamp()) + 900 + 3600


@pytest.mark.parametrize("before", ["nothing", "a dead holder", "a released claim"])
def test_of_many_that_claim_at_once_exactly_one_gets_it(processes: Processes, before: str) -> None:
    if before != "nothing":
        processes.claims.take(URL, holder="before", lease=60)
    if before == "a dead holder":
        processes.clock.go(120)
    if before == "a released claim":
        processes.claims.release(URL, holder="before")
    line = threading.Barrier(8)

    def attempt(number: int) -> bool:
        claims = processes.another()
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

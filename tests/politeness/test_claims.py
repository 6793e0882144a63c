"""Claims: one delivery at a time works on a URL, and one message makes one capture."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bench.units import item_bytes, write_units
from botocore.exceptions import EndpointConnectionError
from tests.conftest import Aws

from pressmark.archive.keys import capture_key
from pressmark.clock import Outside
from pressmark.errors import ArchiveError, NotYet
from pressmark.politeness.claims import KEPT_SECONDS, SHARED_DELAY, Claims, made_by
from pressmark.politeness.turns import CROWDED, SETTLED_SECONDS, Turns

URL = "https://example.com/story"


class World:
    """The state table, a clock that is set, and the rows that the archive table would give."""

    def __init__(self, aws: Aws, delay: float) -> None:
        self.aws = aws
        self.delay = delay
        self.now = datetime(2026, 11, 23, tzinfo=UTC)
        self.rows: list[dict[str, Any]] = []
        self.looked = self.writes = 0
        self.claims = self.another()

    def another(self) -> Claims:
        """The claims of another process of the deployment."""
        client = self.aws.client("dynamodb")
        client.meta.events.register(
            "before-call.dynamodb.UpdateItem", self._count, unique_id=f"count {id(self)}"
        )
        turns = Turns(client, self.aws.state_table, self.aws.settings, Outside(now=lambda: self.now))
        return Claims(
            client,
            self.aws.state_table,
            turns,
            self.recent,
            lambda: self.now,
            self.of_message,
            shared=self.delay >= SHARED_DELAY,
        )

    def _count(self, **_: Any) -> None:
        self.writes += 1

    def recent(self, url: str) -> list[dict[str, Any]]:
        self.looked += 1
        return [row for row in reversed(self.rows) if row["url"] == url][:5]

    def of_message(self, url: str, message_id: str, since: datetime) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["url"] == url and row["message_id"] == message_id]

    def row(self, message_id: str, token: str, **said: Any) -> None:
        captured = f"2026-11-23T00:00:00.{len(self.rows):06d}Z"
        known = {"url": URL, "message_id": message_id, "token": token}
        self.rows.append({**capture_key(URL, captured), **known, "captured": captured, **said})

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def take(self, message: str, token: str, lease: float = 60, **options: Any) -> bool:
        """Claim; returns whether there is work to do."""
        options = {"url": URL, "claims": self.claims, **options}
        claims, url = options.pop("claims"), options.pop("url")
        claimed = claims.take(url, message_id=message, token=token, lease=lease, delay=self.delay, **options)
        return not claimed.duplicate

    def items(self) -> list[dict[str, Any]]:
        return list(self.aws.client("dynamodb").scan(TableName=self.aws.state_table)["Items"])

    def forget(self) -> None:
        """Lose the state table's items."""
        client = self.aws.client("dynamodb")
        for item in client.scan(TableName=self.aws.state_table)["Items"]:
            client.delete_item(TableName=self.aws.state_table, Key={"pk": item["pk"]})


@pytest.fixture(params=[0.0, 0.5, 1.0], ids=["no turns", "claims apart", "claims with turns"])
def world(aws: Aws, request: pytest.FixtureRequest) -> World:
    return World(aws, request.param)


@pytest.fixture
def together(aws: Aws) -> World:
    """Claims stand in the item of their host."""
    return World(aws, 1.0)


def test_the_common_path_is_one_write_and_no_look_at_the_rows(aws: Aws) -> None:
    for delay, key in ((0.0, "claim#com,example)/story "), (1.0, "turn#example.com")):
        world = World(aws, delay)
        assert world.take("m1", "t1")
        assert (world.writes, world.looked) == (1, 0)
        (item,) = world.items()
        assert item["pk"]["S"].startswith(key)
        assert int(item["expires"]["N"]) >= int(world.now.timestamp()) + 60 + KEPT_SECONDS
        world.forget()


def test_a_live_holder_is_waited_for_until_its_lease_ends(world: World) -> None:
    world.take("m1", "t1")
    world.later(20)
    with pytest.raises(NotYet) as caught:
        world.take("m2", "t2")
    assert caught.value.wait == pytest.approx(40, abs=1)
    world.later(39.9)
    with pytest.raises(NotYet) as caught:
        world.take("m2", "t2")
    assert caught.value.wait == 1.0


def test_a_dead_holders_claim_passes_on_when_its_lease_has_ended(world: World) -> None:
    world.take("m1", "t1")
    world.later(61)
    assert world.take("m1", "t2")
    world.later(5)
    with pytest.raises(NotYet):
        world.take("m1", "t3")


def test_a_holder_that_is_done_passes_its_claim_on_at_once(world: World) -> None:
    world.take("m1", "t1")
    world.row("m1", "t1")
    assert world.take("m2", "t2")
    with pytest.raises(NotYet, match="another delivery works on"):
        world.take("m3", "t3")


def test_a_message_delivered_again_while_its_claim_stands_makes_no_other_capture(world: World) -> None:
    world.take("m1", "t1")
    world.row("m1", "t1")
    assert not world.take("m1", "t2")
    assert not world.take("m1", "t2", claims=world.another())


def test_a_message_known_to_be_delivered_again_makes_no_other_capture_however_late_and_whatever_is_newer(
    world: World,
) -> None:
    world.take("m1", "t1")
    world.row("m1", "t1")
    for number in range(8):
        world.row(f"n{number}", f"u{number}")
    for days in (0, 1, 13):
        world.later(days * 86400 + 120)
        assert not world.take("m1", f"t{days + 3}", repeated=True), days


def test_finding_a_duplicate_leaves_the_way_free_for_another_message(world: World) -> None:
    world.take("m1", "t1")
    world.row("m1", "t1")
    world.later(120)
    assert not world.take("m1", "t2", repeated=True)
    assert world.take("m2", "t3")


def test_a_capture_is_its_messages_only_for_the_url_that_was_asked_for() -> None:
    row = {"message_id": "m1", "url": URL}
    assert made_by("m1", URL, [row])
    assert not made_by("m2", URL, [row])
    assert not made_by("m1", URL, [row | {"url": "http://example.com/story"}])
    assert not made_by("m1", URL, [row | {"error": "read-timeout"}]), "it may be tried again"


def test_a_failure_that_is_put_back_gets_another_try(world: World) -> None:
    world.take("m1", "t1")
    world.row("m1", "t1", error="read-timeout")
    assert world.take("m1", "t2", repeated=True)


def test_a_released_claim_is_free_at_once_and_a_lost_one_is_nobodys_to_release(world: World) -> None:
    first = world.claims.take(URL, message_id="m1", token="t1", lease=60, delay=world.delay)
    world.claims.release(first)
    world.later(2)
    assert world.take("m2", "t2")
    world.claims.release(first)
    with pytest.raises(NotYet, match="another delivery works on"):
        world.take("m3", "t3")


def test_a_write_whose_answer_was_lost_meets_itself_and_goes_on(world: World) -> None:
    """botocore sends such a request again; the second finds the first one's item in its way."""
    assert world.take("m1", "t1")
    assert world.take("m1", "t1")
    with pytest.raises(NotYet):
        world.take("m2", "t2")


def test_a_lost_table_loses_no_capture_and_costs_at_most_a_second_one(world: World) -> None:
    claimed = world.claims.take(URL, message_id="m1", token="t1", lease=60, delay=world.delay)
    world.forget()
    world.claims.release(claimed)
    world.later(2)
    assert world.take("m1", "t2")


def test_urls_are_claimed_apart_though_they_share_a_urlkey(world: World) -> None:
    assert world.take("m1", "t1")
    for number, url in enumerate(
        ("https://example.com/other", "https://example.com/story/", "https://example.com/Story"), 2
    ):
        world.later(2)
        assert world.take(f"m{number}", f"t{number}", url=url)
        world.later(2)
        with pytest.raises(NotYet, match="another delivery works on"):
            world.take(f"again{number}", f"again{number}", url=url)


@pytest.mark.parametrize("before", ["nothing", "a dead holder", "a holder that is done"])
def test_of_many_that_claim_at_once_exactly_one_gets_it(world: World, before: str) -> None:
    if before != "nothing":
        world.take("m0", "t0")
    if before == "a dead holder":
        world.later(120)
    if before == "a holder that is done":
        world.row("m0", "t0")
    line = threading.Barrier(8)
    processes = [world.another() for _ in range(8)]

    def attempt(number: int) -> bool:
        line.wait()
        try:
            return world.take(f"m{number}", f"t{number}", claims=processes[number - 1])
        except NotYet:
            return False

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(1, 9)))
    assert won.count(True) == 1


def test_a_claim_and_a_turn_are_taken_together_or_not_at_all(together: World) -> None:
    together.take("m1", "t1")
    together.later(0.5)
    with pytest.raises(NotYet, match="another delivery works on"):
        together.take("m2", "t2")
    (item,) = together.items()
    assert int(item["next"]["N"]) == 1000 * (int(together.now.timestamp()) + 1), (
        "a refused claim took no turn"
    )
    for number in range(3):
        together.take("m3", "t3", url=f"{URL}/{number}")
    with pytest.raises(NotYet, match=r"the turn of example\.com has not come"):
        together.take("m4", "t4", url=f"{URL}/late")
    together.later(20)
    assert together.take("m5", "t5", url=f"{URL}/late"), "a refused turn left no claim"


def test_a_page_waits_for_its_turn_with_its_claim(together: World) -> None:
    together.take("m1", "t1")
    claimed = together.claims.take(f"{URL}/2", message_id="m2", token="t2", lease=60, delay=1.0)
    assert claimed.wait == 1.0
    with pytest.raises(NotYet, match="another delivery works on"):
        together.take("m3", "t3", url=f"{URL}/2")


def test_a_page_whose_turn_was_taken_for_its_robots_txt_claims_beside_the_turn_and_takes_no_other(
    together: World,
) -> None:
    together.claims._turns.take("example.com", 1.0)
    (before,) = together.items()
    assert together.take("m1", "t1", turn_taken=True)
    assert together.take("m1", "t1", turn_taken=True), "a write whose answer was lost meets itself"
    (item,) = together.items()
    assert (item["next"], item["expires"]) == (before["next"], before["expires"])
    together.later(5)
    with pytest.raises(NotYet, match="another delivery works on"):
        together.take("m2", "t2", claims=together.another())


def test_claims_that_are_over_are_taken_off_their_hosts_item(together: World) -> None:
    for number in range(200):
        together.take(f"m{number}", f"t{number}", url=f"{URL}/{number}", claims=together.another())
        together.later(5)
    (item,) = together.items()
    assert len([name for name in item if name.startswith("c:")]) <= 60 / 5 + CROWDED
    assert together.writes <= 200 * (1 + 1 / CROWDED) + 1


def test_claims_whose_work_is_done_are_taken_off_well_before_their_lease_ends(together: World) -> None:
    for number in range(100):
        claimed = together.claims.take(
            f"{URL}/{number}", message_id=f"m{number}", token=f"t{number}", lease=600, delay=1.0
        )
        together.claims.settled(claimed)
        together.later(1)
    (item,) = together.items()
    left = len([name for name in item if name.startswith("c:")])
    assert SETTLED_SECONDS <= left <= SETTLED_SECONDS + 2, "none before every reader sees its rows"


def test_a_claim_taken_over_meanwhile_is_not_taken_off_for_its_predecessor(together: World) -> None:
    """What a process knows of a host's item may be old; taking off the new holder's claim would let a third in."""
    stale = together.another()
    together.take("m1", "t1", lease=10, claims=stale)
    together.later(11)
    together.take("m2", "t2", claims=together.another())
    together.later(2)
    assert together.take("m3", "t3", url=f"{URL}/other", claims=stale)
    together.later(2)
    with pytest.raises(NotYet, match="another delivery works on"):
        together.take("m4", "t4", claims=together.another())


def test_a_busy_hosts_item_stays_within_one_write_unit(together: World) -> None:
    """Five invocations, a page a second, leases of two minutes: bench/units.py says what DynamoDB bills."""
    processes = [together.another() for _ in range(5)]
    largest = 0
    for number in range(300):
        claims = processes[number % 5]
        claimed = claims.take(
            f"{URL}/{number}", message_id=f"m{number}", token=f"t{number:08x}", lease=120, delay=1.0
        )
        claims.settled(claimed)
        together.later(1)
        largest = max(largest, item_bytes(together.items()[0]))
    assert write_units(largest) == 1


def test_a_table_that_does_not_answer_is_an_error_of_ours(world: World, aws: Aws) -> None:
    class Gone:
        exceptions = aws.client("dynamodb").exceptions

        def update_item(self, **_: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    turns = Turns(Gone(), "state", aws.settings)  # type: ignore[arg-type]
    claims = Claims(Gone(), "state", turns, lambda url: [], lambda: datetime.now(UTC))  # type: ignore[arg-type]
    with pytest.raises(ArchiveError, match=r"UpdateItem on state for (claim#com,example|turn#example)"):
        claims.take(URL, message_id="m", token="t", lease=60, delay=world.delay)

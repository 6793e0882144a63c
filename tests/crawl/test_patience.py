"""A page that has waited for as long as it may is tried once more, and ends with a row and a reason."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.site import response
from tests.world import World

from pressmark.clock import REAL
from pressmark.politeness.claims import Claims
from pressmark.queues.deadletters import DeadLetters
from pressmark.queues.message import Delivery

DAYS = 7
CODE = "waited-too-long"


def old(world: World, url: str, days: float = DAYS + 1, **said: Any) -> Delivery:
    """The delivery of a message that was first sent days ago."""
    return world.delivery(url, first_sent=REAL.now() - timedelta(days=days), **said)


def letters(world: World) -> list[tuple[str, str, str]]:
    dead = DeadLetters(world.sqs, world.aws.dead_letter_queue_url, world.aws.queue_url)  # type: ignore[arg-type]
    return [(each.url or "", each.code, each.reason) for each in dead.read()]


def given_up(world: World, url: str) -> str:
    """Check that a page has its row and its dead letter, and no copy; return the reason."""
    assert world.copies() == []
    (row,) = [row for row in world.rows() if "error" in row]
    assert (row["url"], row["error"]) == (url, CODE)
    assert row["message_id"]
    assert letters(world) == [(url, CODE, row["reason"])]
    return str(row["reason"])


def test_a_page_whose_turn_comes_is_captured_however_long_it_waited(world: World) -> None:
    url = world.site.page("/a", "<p>here</p>")
    assert world.one(old(world, url, days=400)).outcome == "archived"
    assert "error" not in world.rows()[0]


@pytest.mark.slow
def test_a_page_that_would_wait_for_its_host_once_more_is_given_up(world: World) -> None:
    polite = world.another(host_delay=3600.0)
    world.one(world.site.page("/first", "<p>x</p>"), on=polite)
    url = world.site.page("/second", "<p>x</p>")
    report = world.one(old(world, url), on=polite)
    assert (report.outcome, report.code, report.acknowledge) == ("failed", CODE, True)
    assert "7 days" in given_up(world, url)
    assert world.site.asked("/second") == []


@pytest.mark.slow
def test_a_page_that_has_not_waited_so_long_goes_on_as_a_copy(world: World) -> None:
    polite = world.another(host_delay=3600.0)
    world.one(world.site.page("/first", "<p>x</p>"), on=polite)
    url = world.site.page("/second", "<p>x</p>")
    assert world.one(old(world, url, days=DAYS - 0.1), on=polite).outcome == "postponed"
    assert letters(world) == []


@pytest.mark.slow
def test_a_redirect_to_a_host_whose_turn_does_not_come_ends_there(world: World) -> None:
    polite = world.another(host_delay=3600.0)
    world.site.page("/there", "<p>x</p>")
    elsewhere = f"http://localhost:{world.site.port}/there"
    world.one(elsewhere, on=polite)
    url = world.site.serve("/here", response(status="302 Found", headers=[("Location", elsewhere)]))
    assert world.one(old(world, url), on=polite).code == CODE
    given_up(world, url)


@pytest.mark.parametrize("remaining", [600.0, 12.0])
def test_whatever_a_page_waits_for_the_wait_ends(world: World, remaining: float) -> None:
    """Another message of its batch for the same URL; an invocation without time."""
    url = world.site.page("/a", "<p>x</p>")
    reports = world.run(old(world, url, DAYS + 6), old(world, url, DAYS + 6), remaining=remaining)
    assert world.copies() == []
    assert CODE in {report.code for report in reports}
    assert all(report.acknowledge for report in reports)


@pytest.mark.slow
@pytest.mark.parametrize("remaining", [600.0, 12.0])
def test_after_a_pause_no_page_is_given_up_for_what_is_not_its_hosts_doing(
    world: World, remaining: float
) -> None:
    """Another message of its batch for the same URL; an invocation without time: it has not had its try."""
    url = world.site.page("/a", "<p>x</p>")
    reports = world.run(old(world, url), old(world, url, DAYS + 3), remaining=remaining)
    assert {report.outcome for report in reports} <= {"archived", "postponed"}
    assert "postponed" in {report.outcome for report in reports}
    assert letters(world) == []


@pytest.mark.slow
def test_a_page_that_another_delivery_is_at_work_on_has_not_had_its_try(world: World) -> None:
    url = world.site.page("/a", "<p>x</p>")
    claims, there = Claims(world.dynamodb, world.aws.state_table, REAL.now), world.another()  # type: ignore[arg-type]
    claims.take(url, holder="other", lease=600.0)
    assert world.one(replace(old(world, url), earlier_tries=1), on=there).outcome == "postponed"
    assert letters(world) == []


@pytest.mark.slow
def test_a_failure_that_may_pass_is_the_last_one(world: World) -> None:
    url = world.site.page("/busy", "busy", status="503 Busy", headers=[("Retry-After", "14400")])
    report = world.one(old(world, url))
    assert (report.outcome, report.code, report.acknowledge) == ("failed", "service-unavailable", True)
    assert [(each[0], each[1]) for each in letters(world)] == [(url, "service-unavailable")]
    assert world.one(old(world, url, days=1)).outcome == "retry"


@pytest.mark.slow
def test_what_was_given_up_begins_again_when_it_is_put_back(world: World) -> None:
    polite = world.another(host_delay=3600.0)
    world.one(world.site.page("/first", "<p>x</p>"), on=polite)
    world.one(old(world, world.site.page("/second", "<p>x</p>")), on=polite)
    dead = DeadLetters(world.sqs, world.aws.dead_letter_queue_url, world.aws.queue_url)  # type: ignore[arg-type]
    assert dead.redrive(lambda _letter: True) == (1, 0)
    (message,) = world.aws.messages()
    assert message.get("MessageAttributes", {}) == {}


def test_nobody_knows_how_old_a_message_is_that_does_not_say(world: World) -> None:
    url = world.site.page("/a", "<p>x</p>")
    first, second = world.delivery(url), world.delivery(url)
    assert {report.outcome for report in world.run(first, replace(second, first_sent=None))} == {
        "archived",
        "postponed",
    }

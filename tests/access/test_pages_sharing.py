"""A link to one capture that is made for others: it needs no key, ends when it says, and is for that capture only."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.access.asking import ask
from tests.access.captures import NOW
from tests.access.desk import HTML, Desk, low
from tests.access.test_pages import AT, Reading, facts, html
from tests.factories import NOON, PAGE

from pressmark.access.app import Application
from pressmark.access.context import Archive, Mode, Options
from pressmark.access.keys.key import Scope
from pressmark.access.messages import Request, Response
from pressmark.archive.folder import FolderReader
from pressmark.archive.selection import Selection, select
from pressmark.clock import Outside
from pressmark.upkeep.takedown import carry_out_here, plan

SHOWN = "https://replay.example"
SHARE = f"?url={quote(PAGE, safe='')}&at={AT}"


@pytest.fixture
def sharing(archive: Archive) -> Application:
    """The application with another origin for what it shows."""
    return Application(replace(archive, options=Options(replay_url=SHOWN)))


@pytest.fixture
def sharing_desk(desk: Desk) -> Desk:
    """The same, read with a key."""
    desk.options = replace(desk.options, replay_url=SHOWN)
    return desk


def opened(application: Application, link: str, *, at: datetime = NOW, part: str = "") -> Response:
    """What somebody gets who has the link and nothing else. at: when they open it."""
    there = Application(replace(application.archive, clock=Outside(now=lambda: at)))
    assert link.startswith(f"{SHOWN}/replay/")
    return there(Request("GET", link.removeprefix(SHOWN) + part, SHOWN))


def test_whoever_has_the_link_opens_the_capture_without_a_key(sharing_desk: Desk) -> None:
    made = sharing_desk.ask(f"/share.json{SHARE}", authorization=low(sharing_desk.made))
    link = json.loads(made.whole())["url"]
    page = opened(sharing_desk.application, link)
    assert page.status == 200
    assert f'url="{PAGE}"' in page.whole().decode()
    assert opened(sharing_desk.application, link, part="index.cdxj").status == 200


@pytest.mark.parametrize("target", [f"/share{SHARE}", f"/share.json{SHARE}&days=30"])
def test_only_who_may_read_makes_a_link(sharing_desk: Desk, target: str) -> None:
    writer = sharing_desk.add("writer", Scope.WRITE)
    sharing_desk.seconds += 60
    assert sharing_desk.ask(target).status == 401
    assert b"/replay/" not in sharing_desk.ask(target, accept=HTML).whole()
    assert sharing_desk.ask(target, authorization=low(writer)).status == 403
    assert sharing_desk.ask(target, authorization=low(sharing_desk.made)).status == 200
    assert sharing_desk.ask(target, cookie=sharing_desk.session()).status == 200
    sharing_desk.options = replace(sharing_desk.options, read=Mode.PUBLIC)
    assert sharing_desk.ask(target).status == 200


@pytest.mark.parametrize("days", [1, 7, 30, 365, 366])
def test_a_link_works_until_the_second_that_is_told_and_no_longer(sharing: Application, days: int) -> None:
    told = facts(sharing, f"/share.json{SHARE}&days={days}")
    until = datetime.fromisoformat(told["until"])
    assert (until, told["days"]) == (NOW + timedelta(days=days), days)
    assert opened(sharing, told["url"], at=until).status == 200
    assert opened(sharing, told["url"], at=until + timedelta(seconds=1)).status == 410


def test_a_link_works_for_a_week_unless_another_time_is_chosen(sharing: Application) -> None:
    told = facts(sharing, f"/share.json{SHARE}")
    assert told["days"] == 7
    assert told["until"] == "2026-12-10T12:00:00Z"
    assert told["capture"]["url"] == PAGE


def test_a_link_is_for_its_capture_only(sharing: Application) -> None:
    first, other = (
        facts(sharing, f"/share.json?url={quote(PAGE, safe='')}&at={at}")["url"]
        for at in (AT, "20261126120000")
    )
    (line,) = opened(sharing, other, part="index.cdxj").whole().decode().splitlines()
    record = json.loads(line.split(" ", 2)[2])
    begin = int(record["offset"])
    wanted = {"range": f"bytes={begin}-{begin + int(record['length']) - 1}"}

    def status(link: str) -> int:
        target = f"{link.removeprefix(SHOWN)}{record['filename']}"
        return sharing(Request("GET", target, SHOWN, wanted)).status

    assert (status(first), status(other)) == (403, 206)


@pytest.mark.parametrize(
    "days", ["0", "367", "-1", "1.5", "seven", "", "%2B7", "+7", "1e2", "7%00", "٧", "99999999999999999999"]
)
def test_another_number_of_days_is_refused_with_what_is_allowed(sharing: Application, days: str) -> None:
    refused = ask(sharing, f"/share.json{SHARE}&days={quote(days, safe='%+')}")
    assert refused.status == 400
    assert "from 1 to 366" in json.loads(refused.whole())["message"]


def test_the_page_of_a_capture_leads_to_a_page_with_the_link(sharing: Application) -> None:
    capture = html(sharing, f"/capture{SHARE}")
    leads = [each["href"] for each in capture.of("a") if each["href"].startswith("/share?")]
    assert leads == [facts(sharing, f"/capture.json{SHARE}")["links"]["share"]] == [f"/share{SHARE}"]
    page = html(sharing, leads[0])
    assert "10 December 2026, 12:00 UTC" in page.text
    assert page.of("script") == []
    (link,) = (each["value"] for each in page.of("input") if each.get("id") == "link")
    assert link == facts(sharing, f"/share.json{SHARE}")["url"]
    assert opened(sharing, link).status == 200


def test_each_time_that_the_page_offers_is_one_link_away(sharing: Application) -> None:
    page = html(sharing, f"/share{SHARE}")
    offered = [each["href"] for each in page.of("a") if "&days=" in each["href"]][:4]
    assert [int(each.rpartition("=")[2]) for each in offered] == [1, 7, 30, 365]
    for target in offered:
        chosen = html(sharing, target)
        assert [each["href"] for each in chosen.of("a") if each.get("aria-current") == "true"] == [target]
        ends = NOW + timedelta(days=int(target.rpartition("=")[2]))
        assert f"{ends.day} {ends:%B %Y}" in chosen.text


@pytest.mark.parametrize("form", ["", ".json"])
def test_nobody_keeps_a_page_with_a_link(sharing_desk: Desk, form: str) -> None:
    made = sharing_desk.ask(f"/share{form}{SHARE}", authorization=low(sharing_desk.made), accept=HTML)
    assert [value for name, value in made.headers if name == "Cache-Control"] == ["no-store"]


@pytest.mark.parametrize("form", ["", ".json"])
def test_another_time_leads_to_the_nearest_capture_and_keeps_the_days(
    sharing: Application, form: str
) -> None:
    response = ask(sharing, f"/share{form}?url={quote(PAGE, safe='')}&at=2027&days=30")
    there = f"/share{form}?url={quote(PAGE, safe='')}&at=20261126120000&days=30"
    assert (response.status, response.header("Location")) == (302, there)


def test_what_holds_no_answer_cannot_be_shared(sharing: Application) -> None:
    failed = f"?url={quote('https://example.net/', safe='')}&at=20261123120000"
    assert ask(sharing, f"/share.json{failed}").status == 404
    assert "/share?" not in str(html(sharing, f"/capture{failed}").of("a"))
    assert ask(sharing, "/share.json?url=https://example.org/never").status == 404
    assert ask(sharing, "/share.json").status == 400


def test_without_another_origin_there_is_nothing_to_share(application: Application) -> None:
    refused = ask(application, f"/share{SHARE}", accept=HTML)
    assert refused.status == 404
    assert b"links cannot be shared here" in refused.whole()
    capture = html(application, f"/capture{SHARE}")
    assert "/share?" not in str(capture.of("a"))


def test_a_link_of_one_machine_says_that_it_works_there_only(archive: Archive, sharing: Application) -> None:
    local = Application(replace(archive, options=Options(local=True, replay_url=SHOWN)))
    assert "works here" in html(local, f"/share{SHARE}").text
    assert "works here" not in html(sharing, f"/share{SHARE}").text


def test_what_strangers_wrote_does_not_act_in_the_page(sharing: Application) -> None:
    hostile = quote('https://example.com/"><script>alert(1)</script>', safe="")
    answer: Any = ask(sharing, f"/share?url={hostile}&days=%3Cscript%3E", accept=HTML)
    assert answer.status == 400
    assert Reading(answer.whole().decode()).of("script") == []
    assert not re.search(rb"<script>", answer.whole())


def test_a_takedown_ends_a_link_and_no_other_is_made(sharing: Application, folder: Path) -> None:
    link = facts(sharing, f"/share.json{SHARE}&days=366")["url"]
    assert opened(sharing, link).status == 200
    reader = sharing.archive.reader
    assert isinstance(reader, FolderReader)
    row = next(each.item for each in select(reader, Selection(url=PAGE, near=NOON), now=NOW))
    carry_out_here(plan(reader, reader.files, row, reason="by order", now=NOW), folder)
    reader.refresh()
    assert opened(sharing, link).status == 451
    refused = ask(sharing, f"/share{SHARE}", accept=HTML)
    assert (refused.status, b"by order" in refused.whole()) == (451, True)

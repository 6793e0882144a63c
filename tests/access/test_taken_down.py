"""What was taken down is told as such by every protocol, and its bytes are given by none."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.access.asking import ORIGIN, ask
from tests.access.captures import NOW
from tests.factories import PAGE, article_html

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.archive.folder import FolderReader
from pressmark.archive.selection import Selection, select
from pressmark.upkeep.takedown import carry_out_here, plan

REASON = "by order of the court of the harbour"


@pytest.fixture
def first_gone(folder: Path) -> Iterator[Application]:
    """The sample without the page's first capture, which two later ones repeat."""
    yield from _without(folder, [PAGE], 1)


@pytest.fixture
def all_gone(folder: Path) -> Iterator[Application]:
    """The sample without any capture of the page."""
    yield from _without(folder, [PAGE], 4)


def _without(folder: Path, urls: list[str], most: int) -> Iterator[Application]:
    reader = FolderReader(folder)
    rows = [each.item for url in urls for each in select(reader, Selection(url=url), now=NOW)]
    for row in sorted(rows, key=lambda row: str(row["captured"]))[:most]:
        carry_out_here(plan(reader, reader.files, row, reason=REASON, now=NOW), folder)
    reader.close()
    reader = FolderReader(folder)
    yield Application(Archive("", reader, reader.files))
    reader.close()


def test_its_memento_is_451_with_the_reason(first_gone: Application) -> None:
    answer = ask(first_gone, f"/web/20261123120000id_/{PAGE}")

    assert answer.status == 451
    assert REASON in json.loads(answer.whole())["message"]


def test_a_revisit_of_it_is_451_too(first_gone: Application) -> None:
    for day in (24, 25):
        answer = ask(first_gone, f"/web/202611{day}120000id_/{PAGE}")
        assert answer.status == 451
        assert article_html()[200:260].encode() not in answer.whole()


def test_timegate_and_timemap_leave_it_out(first_gone: Application) -> None:
    gate = ask(first_gone, f"/web/{PAGE}", accept_datetime="Mon, 23 Nov 2026 12:00:00 GMT")
    listed = ask(first_gone, f"/web/timemap/link/{PAGE}").whole().decode()

    assert gate.status in (302, 451)
    assert f"{ORIGIN}/web/20261123120000/" not in listed
    assert f"{ORIGIN}/web/20261126120000/" in listed


def test_where_nothing_else_is_left_every_address_says_so(all_gone: Application) -> None:
    assert ask(all_gone, f"/web/{PAGE}").status == 451
    assert ask(all_gone, f"/web/2026id_/{PAGE}").status == 451
    assert ask(all_gone, f"/web/timemap/link/{PAGE}").status == 404


def test_the_cdx_server_says_it_as_the_wayback_machine_does(all_gone: Application) -> None:
    answer = ask(all_gone, f"/cdx/search/cdx?url={PAGE}")

    assert answer.status == 403
    assert b"AdministrativeAccessControlException: Blocked Site Error" in answer.whole()
    assert ask(all_gone, f"/cdx?url={PAGE}").status == 404
    assert json.loads(ask(all_gone, f"/wayback/available?url={PAGE}").whole())["archived_snapshots"] == {}


@pytest.mark.parametrize("day", [23, 24, 25])
def test_its_page_and_those_of_its_revisits_are_451(first_gone: Application, day: int) -> None:
    at = f"202611{day}120000"
    for target in ("capture", "capture.json", "capture.wacz", "share", "share.json"):
        answer = ask(first_gone, f"/{target}?url={PAGE}&at={at}", accept="text/html")
        assert (answer.status, REASON in answer.whole().decode()) == (451, True), target
    answer = ask(first_gone, f"/diff?url={PAGE}&start={at}", accept="text/html")
    assert (answer.status, REASON in answer.whole().decode()) == (451, True)


def test_a_urls_page_says_of_it_that_it_was_taken_down_and_why_and_nothing_else(
    all_gone: Application,
) -> None:
    told = json.loads(ask(all_gone, f"/page.json?url={PAGE}").whole())
    assert {name for each in told["captures"] for name in each} == {
        "url",
        "captured",
        "deleted",
        "reason",
        "change",
    }
    shown = ask(all_gone, f"/page?url={PAGE}", accept="text/html").whole().decode()
    assert "taken down" in shown
    assert "ferry" not in shown
    for target in ("/index.json", "/results.json?site=example.com", "/results.json?author=Jane%20Doe"):
        assert all(
            "ferry" not in json.dumps(each) or each["url"] != PAGE for each in _listed(all_gone, target)
        )


def _listed(application: Application, target: str) -> list[dict[str, str]]:
    told = json.loads(ask(application, target).whole())
    return list(told.get("captures", told.get("newest")))

"""Memento (RFC 7089): TimeMaps."""

import json
import re
from pathlib import Path

import pytest
from tests.access.asking import ORIGIN, ask
from tests.access.mementos import served
from tests.factories import DAY, NOON, PAGE, make_capture

from pressmark.access.app import Application
from pressmark.access.memento import links


def test_a_timemap_lists_every_memento_oldest_first(application: Application) -> None:
    answer = ask(application, f"/web/timemap/link/{PAGE}")
    lines = answer.whole().decode().strip().split(",\n")

    assert answer.header("Content-Type") == "application/link-format"
    assert lines[0] == f'<{PAGE}>; rel="original"'
    assert lines[1] == (
        f'<{ORIGIN}/web/timemap/link/{PAGE}>; rel="self"; type="application/link-format"; '
        'from="Mon, 23 Nov 2026 12:00:00 GMT"; until="Thu, 26 Nov 2026 12:00:00 GMT"'
    )
    assert lines[2] == f'<{ORIGIN}/web/{PAGE}>; rel="timegate"'
    assert lines[3] == (
        f'<{ORIGIN}/web/20261123120000/{PAGE}>; rel="first memento"; datetime="Mon, 23 Nov 2026 12:00:00 GMT"'
    )
    assert [re.findall('rel="([^"]*)"', line)[0] for line in lines[3:]] == [
        *("first memento", "memento", "memento", "last memento")
    ]


def test_a_timemap_in_json_is_as_memgator_has_it(application: Application) -> None:
    told = json.loads(ask(application, f"/web/timemap/json/{PAGE}").whole())

    assert told["original_uri"] == PAGE
    assert len(told["mementos"]["list"]) == 4
    assert told["mementos"]["first"] == {
        "datetime": "2026-11-23T12:00:00Z",
        "uri": f"{ORIGIN}/web/20261123120000/{PAGE}",
    }
    assert told["mementos"]["last"]["uri"] == f"{ORIGIN}/web/20261126120000/{PAGE}"


def test_a_timemap_is_paged(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PAGE", 3)
    found, address = [], f"/web/timemap/link/{PAGE}"
    while address:
        text = ask(application, address).whole().decode()
        found += re.findall(r'<([^>]*)>; rel="[a-z ]*memento"', text)
        following = re.search(r'<([^>]*)>; rel="timemap"', text)
        address = following[1].removeprefix(ORIGIN) if following else ""

    assert found == [f"{ORIGIN}/web/202611{day}120000/{PAGE}" for day in (23, 24, 25, 26)]


def test_a_timemap_keeps_to_the_very_page(tmp_path: Path) -> None:
    captures = [
        make_capture("https://q.example/A"),
        make_capture("http://q.example/A", at=NOON + DAY),
        make_capture("https://q.example/a", at=NOON + 2 * DAY),
    ]
    with served(tmp_path, *captures) as application:
        text = ask(application, "/web/timemap/link/https://q.example/A").whole().decode()
        assert "20261124120000/http://q.example/A" in text
        assert "https://q.example/a>" not in text

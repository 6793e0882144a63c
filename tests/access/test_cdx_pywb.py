"""pywb's dialect of the CDX server API, and ``/wayback/available``."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.access.asking import ORIGIN, ask
from tests.factories import NOON, PAGE, fill_folder, make_capture

from pressmark.access.app import Application
from pressmark.access.cdx import pywb, question
from pressmark.access.context import Archive, Options
from pressmark.archive.folder import FolderReader
from pressmark.archive.selection import Selection, select
from pressmark.export.cdx import cdxj


def lines(application: Application, query: str) -> list[str]:
    answer = ask(application, f"/cdx?{query}")
    assert answer.status == 200, answer.whole()
    return answer.whole().decode().splitlines()


def days(found: list[str]) -> list[int]:
    return [int(line.split(" ")[1][6:8]) for line in found]


def test_lines_are_those_of_the_cdxj_export(application: Application, archive: Archive) -> None:
    rows = [each.item for each in select(archive.reader, Selection(url=PAGE), now=NOON)]

    assert lines(application, f"url={PAGE}") == list(cdxj(rows))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", [23, 24, 25, 26]),
        ("limit=2", [23, 24]),
        ("sort=reverse&limit=1", [26]),
        ("reverse=true", [26, 25, 24, 23]),
        ("closest=20261124130000", [24, 25, 23, 26]),
        ("closest=20261124130000&sort=closest&limit=2", [24, 25]),
        ("from=20261124&to=20261125", [24, 25]),
        ("filter=status:200", [23, 24, 26]),
        ("filter=!statuscode:200", [25]),
        ("filter==mime:text/html", [23, 26]),
        ("filter=mime:revisit", [24, 25]),
        ("filter=~mime:warc/", [24, 25]),
        ("filter=~mime:evisit", []),
        ("filter=!~mime:warc", [23, 26]),
        ("collapseTime=6", [23, 25, 26]),
    ],
)
def test_what_is_wanted_is_said_as_to_pywb(application: Application, query: str, wanted: list[int]) -> None:
    answer = ask(application, f"/cdx?url={PAGE}&{query}")

    assert answer.status == (200 if wanted else 404)
    assert not wanted or days(answer.whole().decode().splitlines()) == wanted


def test_json_is_an_object_a_line(application: Application) -> None:
    first, *_ = map(json.loads, lines(application, f"url={PAGE}&output=json"))

    assert list(first) == "urlkey timestamp url mime status digest length offset filename".split()
    assert json.loads(lines(application, f"url={PAGE}&output=json&fl=url,status,none&limit=1")[0]) == {
        "url": PAGE,
        "status": "200",
    }
    assert lines(application, f"url={PAGE}&output=text&fl=timestamp,statuscode,none&limit=1") == [
        "20261123120000 200 -"
    ]
    assert lines(application, f"url={PAGE}&fields=status,none&limit=1") == [
        'com,example)/news/1 20261123120000 {"status": "200"}'
    ]


def test_revisits_are_resolved_by_fields_of_their_own(application: Application) -> None:
    first, second, *_ = map(json.loads, lines(application, f"url={PAGE}&output=json&resolveRevisits=true"))

    assert second["orig.offset"] == first["offset"]
    assert first["orig.offset"] == "-"


def test_what_is_not_archived_is_404_as_from_pywb(application: Application) -> None:
    answer = ask(application, "/cdx?url=never.example&output=json")

    assert answer.status == 404
    assert json.loads(answer.whole())["message"] == "No Captures found for: never.example"


def test_pages_end_with_400_and_their_number_is_an_object(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question, "PAGE_LINES", 3)
    asked = "url=example.com&matchType=domain&pageSize=1"
    found = [line for number in range(4) for line in lines(application, f"{asked}&page={number}")]

    assert json.loads(lines(application, f"{asked}&showNumPages=true")[0]) == {
        "pages": 4,
        "pageSize": 1,
        "blocks": 4,
    }
    assert found == lines(application, "url=example.com&matchType=domain")
    assert ask(application, f"/cdx?{asked}&page=4").status == 400


@pytest.fixture
def vanished(tmp_path: Path) -> Iterator[Application]:
    """A page that is gone since."""
    captures = [
        make_capture(PAGE),
        make_capture(PAGE, at=NOON.replace(day=27), status=404, error="not-found"),
    ]
    fill_folder(tmp_path / "vanished", captures)
    reader = FolderReader(tmp_path / "vanished")
    yield Application(Archive("", reader, reader.files))
    reader.close()


def test_available_tells_the_nearest_capture_that_succeeded(vanished: Application) -> None:
    closest = json.loads(ask(vanished, f"/wayback/available?url={PAGE}&timestamp=20261128").whole())

    assert closest == {
        "url": PAGE,
        "timestamp": "20261128",
        "archived_snapshots": {
            "closest": {
                "status": "200",
                "available": True,
                "url": f"{ORIGIN}/web/20261123120000/{PAGE}",
                "timestamp": "20261123120000",
            }
        },
    }


@pytest.mark.parametrize("url", ["never.example", "", "%00", "ftp://example.com/", PAGE + "0"])
def test_available_of_what_is_not_archived_is_empty(vanished: Application, url: str) -> None:
    answer = ask(vanished, f"/wayback/available?url={url}")

    if url:
        assert json.loads(answer.whole())["archived_snapshots"] == {}
    else:
        assert answer.status == 400


@pytest.mark.parametrize("limits", [{"max_response": 4096 + 300}, {"max_response": 1 << 20, "max_rows": 2}])
def test_half_an_answer_is_never_given_as_a_whole_one(archive: Archive, limits: dict[str, Any]) -> None:
    small = Application(replace(archive, options=Options(**limits)))

    assert ask(small, f"/cdx?url={PAGE}").status == 400
    assert ask(small, f"/cdx?url={PAGE}&limit=1").status == 200


def test_sorted_by_nearness_an_answer_is_bounded(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pywb, "CLOSEST_LINES", 2)

    for query in ("", "&limit=3"):
        assert days(lines(application, f"url={PAGE}&closest=20261124130000{query}")) == [24, 25]


def test_a_page_as_it_is_now_is_not_its_latest_failure(tmp_path: Path) -> None:
    """A player asks for the newest by the time at which it runs; whoever names the failure's own time gets it."""
    statuses = (200, 200, 503, 404)
    captures = [
        make_capture(
            PAGE, status=status, html=f"{status} {hour}", mime="text/plain", at=NOON + timedelta(hours=hour)
        )
        for hour, status in enumerate(statuses)
    ]
    fill_folder(tmp_path, *([each] for each in captures))
    reader = FolderReader(tmp_path)
    application = Application(Archive("", reader, reader.files))
    hours = {moment: [line.split(" ")[1][8:10] for line in lines(application, f"url={PAGE}&closest={moment}")]
             for moment in ("20270101", "20261123150000")}  # fmt: skip
    reader.close()
    assert hours == {"20270101": ["13", "12"], "20261123150000": ["15", "14", "13", "12"]}

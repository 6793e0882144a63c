"""Requisites over HTTP: the player gets them with their page, and each is found by its own URL."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.access.asking import ask
from tests.access.test_replay import at_replay, index, opened
from tests.requisites import sample as sample_of
from tests.requisites.conftest import NOW, SHOWN
from tests.requisites.sample import CSS, LOGO, LOGO_BYTES, MOVED, ONE, PHOTO, PHOTO_BYTES, STYLE, TWO, Sample
from tests.warc.captures import close_all

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.archive.folder import FolderReader
from pressmark.clock import Outside
from pressmark.warc.stream import read_records

DAY_ONE, DAY_TWO = "20261120120000", "20261123120000"


def test_the_players_index_has_the_requisites_of_the_page_wherever_their_records_stand(
    application: Application, sample: Sample
) -> None:
    lines = index(application, opened(application, DAY_TWO, TWO))
    first, second = sample.first[0].warc, sample.second[0].warc
    assert sorted((line["url"], line["filename"], line["mime"]) for line in lines) == sorted(
        [
            (TWO, second, "text/html"),
            (STYLE, first, "text/css"),
            (LOGO, second, "warc/revisit"),
            (LOGO, first, "image/png"),
            (PHOTO, second, "image/jpeg"),
        ]
    )


def test_the_player_gets_the_bytes_of_each_record_and_no_others(
    application: Application, sample: Sample
) -> None:
    place = opened(application, DAY_TWO, TWO)
    for line in index(application, place):
        first = int(line["offset"])
        last = first + int(line["length"]) - 1
        answer = at_replay(application, place + line["filename"], range=f"bytes={first}-{last}")
        assert answer.status == 206
        (record,) = read_records(BytesIO(answer.whole()), file="x")
        assert record.url == line["url"]
    moved = sample.first[1].hops[1]
    asked = f"bytes={moved.offset}-{moved.offset + moved.length - 1}"
    assert at_replay(application, f"{place}{sample.first[0].warc}", range=asked).status == 403


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (f"/web/{DAY_ONE}id_/{STYLE}", CSS),
        (f"/web/{DAY_ONE}id_/{LOGO}", LOGO_BYTES),
        (f"/web/{DAY_TWO}id_/{LOGO}", LOGO_BYTES),
        (f"/web/{DAY_TWO}id_/{PHOTO}", PHOTO_BYTES),
    ],
    ids=["style", "picture", "revisit", "query"],
)
def test_a_requisite_is_given_byte_for_byte(application: Application, target: str, body: bytes) -> None:
    answer = ask(application, target)
    assert (answer.status, answer.whole()) == (200, body)
    part = ask(application, target, range="bytes=3-9")
    assert (part.status, part.whole()) == (206, body[3:10])


def test_a_time_leads_to_the_nearest_capture_of_a_requisite(application: Application) -> None:
    answer = ask(application, f"/web/20261121id_/{LOGO}")
    assert (answer.header("Location") or "").endswith(f"/web/{DAY_ONE}id_/{LOGO}")
    answer = ask(application, f"/web/2026112218id_/{LOGO}")
    assert (answer.header("Location") or "").endswith(f"/web/{DAY_TWO}id_/{LOGO}")
    # Asked for once, and pointed at three days later.
    answer = ask(application, f"/web/2027id_/{STYLE}")
    assert (answer.header("Location") or "").endswith(f"/web/{DAY_ONE}id_/{STYLE}")


def test_the_timegate_and_the_timemap_know_a_requisite(application: Application) -> None:
    newest = ask(application, f"/web/{LOGO}")
    assert (newest.header("Location") or "").endswith(f"/web/{DAY_TWO}/{LOGO}")
    at = {"accept_datetime": "Fri, 20 Nov 2026 13:00:00 GMT"}
    assert (ask(application, f"/web/{LOGO}", **at).header("Location") or "").endswith(
        f"/web/{DAY_ONE}/{LOGO}"
    )
    lines = ask(application, f"/web/timemap/link/{LOGO}").whole().decode()
    assert [f"/web/{day}/{LOGO}" in lines for day in (DAY_ONE, DAY_TWO)] == [True, True]


def test_a_requisite_that_redirects_leads_on(application: Application) -> None:
    answer = ask(application, f"/web/{DAY_ONE}id_/{MOVED}")
    assert answer.status == 302
    assert (answer.header("Location") or "").endswith(f"/web/{DAY_ONE}id_/{LOGO}")


def cdx(application: Application, query: str) -> list[dict[str, Any]]:
    answer = ask(application, f"/cdx?output=json&{query}")
    return [json.loads(line) for line in answer.whole().decode().splitlines()] if answer.status == 200 else []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"url={LOGO}", [DAY_ONE, DAY_TWO]),
        (f"url={LOGO}&reverse=true", [DAY_TWO, DAY_ONE]),
        (f"url={LOGO}&from=20261122", [DAY_TWO]),
        (f"url={LOGO}&to=20261122", [DAY_ONE]),
        (f"url={LOGO}&closest=20261123&limit=1", [DAY_TWO]),
        (f"url={LOGO}&closest=20261120&limit=1", [DAY_ONE]),
        (f"url={STYLE}", [DAY_ONE]),
        (f"url={LOGO}&filter=mime:revisit", [DAY_TWO]),
        ("url=https://pictures.example.org/never.png", []),
    ],
)
def test_pywbs_index_finds_a_requisite_by_its_url(
    application: Application, query: str, found: list[str]
) -> None:
    assert [line["timestamp"] for line in cdx(application, query)] == found


def test_the_wayback_machines_index_finds_a_requisite_by_its_url(application: Application) -> None:
    lines = ask(application, f"/cdx/search/cdx?url={LOGO}").whole().decode().splitlines()
    assert [line.split()[1] for line in lines] == [DAY_ONE, DAY_TWO]
    assert [line.split()[3] for line in lines] == ["image/png", "warc/revisit"]
    closest = ask(application, f"/cdx/search/cdx?url={LOGO}&sort=closest&closest=20261123&limit=1")
    assert closest.whole().decode().split()[1] == DAY_TWO
    resumed = ask(application, f"/cdx/search/cdx?url={LOGO}&limit=1&showResumeKey=true").whole().decode()
    key = resumed.splitlines()[-1]
    behind = ask(application, f"/cdx/search/cdx?url={LOGO}&resumeKey={key}").whole().decode().splitlines()
    assert [line.split()[1] for line in behind] == [DAY_TWO]
    last = f"{key.replace('2026-11-20', '2026-11-23')}"
    assert ask(application, f"/cdx/search/cdx?url={LOGO}&resumeKey={last}").whole() == b""


def test_a_listing_of_a_host_is_of_its_pages_alone(application: Application) -> None:
    assert [line["url"] for line in cdx(application, "url=news.example/&matchType=prefix")] == [ONE, TWO]
    assert cdx(application, "url=pictures.example.org&matchType=host") == []


def test_the_page_of_a_capture_lists_its_requisites_and_what_was_left_out(application: Application) -> None:
    told = json.loads(ask(application, f"/capture.json?url={ONE}&at={DAY_ONE}").whole())["requisites"]
    assert (told["level"], told["count"], told["pointed_at"]) == ("page", 3, 0)
    assert told["kinds"] == {"image": 2, "style": 1}
    assert told["bytes"] == len(CSS) + len(LOGO_BYTES)
    assert [each["url"] for each in told["list"]] == [STYLE, MOVED, LOGO]
    assert told["left_out"] == [
        {"url": "https://news.example/secret.png", "reason": "robots.txt does not allow it"}
    ]
    page = ask(application, f"/capture?url={ONE}&at={DAY_ONE}").whole().decode()
    assert "Pictures and style" in page
    assert "left out: robots.txt does not allow it" in page
    second = json.loads(ask(application, f"/capture.json?url={TWO}&at={DAY_TWO}").whole())["requisites"]
    assert (second["count"], second["pointed_at"], second["bytes"]) == (3, 1, len(PHOTO_BYTES))


def test_no_listing_of_captures_has_requisites(application: Application) -> None:
    front = json.loads(ask(application, "/index.json").whole())
    assert {each["url"] for each in front["newest"]} == {ONE, TWO}
    results = json.loads(ask(application, "/results.json?site=news.example").whole())
    assert STYLE not in json.dumps(results)


def test_a_list_that_names_another_record_than_is_there_opens_nothing(tmp_path: Path) -> None:
    """Of a file that somebody made: a line of it names the place of a page that is none of its requisites."""
    made = sample_of.make(tmp_path / "archive")
    secret = made.first[0].hops[0]
    line = {
        "url": STYLE,
        "captured": "2026-11-20T12:00:00.000005Z",
        "warc": made.first[0].warc,
        "offset": secret.offset,
        "length": secret.length,
        "status": 200,
        "mime": "text/css",
        "digest": secret.digest,
    }
    sample_of.add_page(tmp_path / "archive", "https://evil.example/", [line])
    reader = FolderReader(tmp_path / "archive")
    shown = Options(local=True, replay_url=SHOWN, player="https://player.example/2")
    application = Application(
        Archive("", reader, reader.files, options=shown, clock=Outside(now=lambda: NOW))
    )
    place = opened(application, "20261123120000", "https://evil.example/")
    asked = f"bytes={secret.offset}-{secret.offset + secret.length - 1}"
    assert at_replay(application, place + made.first[0].warc, range=asked).status == 403
    reader.close()
    close_all()


def test_a_requisite_is_shared_with_its_page_and_not_by_itself(application: Application) -> None:
    query = f"?url={quote(LOGO, safe='')}&at={DAY_ONE}"
    refused = ask(application, f"/share.json{query}")
    assert refused.status == 404
    assert "share a capture of that page" in json.loads(refused.whole())["message"]
    assert "share" not in json.loads(ask(application, f"/capture.json{query}").whole())["links"]


def test_a_browser_that_opens_a_requisite_gets_its_bytes(application: Application) -> None:
    answer = ask(application, f"/web/{DAY_ONE}/{LOGO}", accept="text/html")
    assert (answer.status, answer.whole()) == (200, LOGO_BYTES)

"""Captures in a browser: the player, its index, and the ranges of WARC files that it may read."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from tests.access.asking import ask
from tests.access.captures import NOW
from tests.factories import NOON, PAGE

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.access.messages import Request, Response
from pressmark.access.replay import tokens
from pressmark.archive.folder import FolderReader
from pressmark.archive.selection import Selection, select
from pressmark.clock import Outside
from pressmark.upkeep.takedown import carry_out_here, plan
from pressmark.warc.stream import read_records

SHOWN = "https://replay.example"


@pytest.fixture
def shown(archive: Archive) -> Application:
    """The application with another origin for what it shows."""
    return Application(replace(archive, options=Options(replay_url=SHOWN, player="https://player.example/2")))


def at_replay(application: Application, target: str, **headers: str) -> Response:
    return application(Request("GET", target, SHOWN, headers))


def opened(application: Application, moment: str, url: str) -> str:
    """The path of the player's page for a capture."""
    answer = ask(application, f"/web/{moment}/{url}", accept="text/html")
    assert answer.status == 302, answer.whole()
    location = answer.header("Location") or ""
    assert location.startswith(f"{SHOWN}/replay/")
    assert answer.header("Vary") == "Accept"
    return location.removeprefix(SHOWN)


def index(application: Application, place: str) -> list[dict[str, str]]:
    lines = at_replay(application, f"{place}index.cdxj").whole().decode().splitlines()
    return [json.loads(line.split(" ", 2)[2]) for line in lines]


def test_a_person_is_led_to_the_player_and_a_program_gets_the_bytes(shown: Application) -> None:
    place = opened(shown, "20261123120000", PAGE)
    page = at_replay(shown, place).whole().decode()

    assert f'url="{PAGE}"' in page
    assert 'ts="20261123120000"' in page
    assert 'src="https://player.example/2/ui.js"' in page
    program = ask(shown, f"/web/20261123120000/{PAGE}")
    assert program.header("Content-Location") == f"/web/20261123120000/{PAGE}"
    assert program.header("Memento-Datetime")


def test_without_another_origin_archived_scripts_do_not_run(application: Application) -> None:
    answer = ask(application, f"/web/20261123120000/{PAGE}", accept="text/html")

    assert (answer.status, answer.header("Location")) == (200, None)
    assert (answer.header("Content-Security-Policy") or "").startswith("sandbox;")


@pytest.mark.parametrize(
    ("moment", "url", "count"),
    [
        ("20261123120000", PAGE, 1),
        ("20261124120000", PAGE, 2),
        ("20261125120000", PAGE, 2),
        ("20261124120000", "http://example.com/a", 3),
    ],
)
def test_the_index_holds_a_capture_its_redirects_and_what_it_repeats(
    shown: Application, moment: str, url: str, count: int
) -> None:
    place = opened(shown, moment, url)
    entries = index(shown, place)

    assert len(entries) == count
    for entry in entries:
        first = int(entry["offset"])
        asked = f"bytes={first}-{first + int(entry['length']) - 1}"
        answer = at_replay(shown, f"{place}{entry['filename']}", range=asked)
        assert answer.status == 206
        record = next(read_records(BytesIO(answer.whole()), file=""))
        assert record.url == entry["url"]


def test_nothing_else_of_a_file_can_be_read(shown: Application) -> None:
    place = opened(shown, "20261123120000", PAGE)
    (entry,) = index(shown, place)
    first, size = int(entry["offset"]), int(entry["length"])

    def status(key: str, asked: str | None) -> int:
        return at_replay(shown, f"{place}{key}", **({"range": asked} if asked else {})).status

    assert status(entry["filename"], f"bytes={first}-{first + size}") == 403
    assert status(entry["filename"], f"bytes={first - 1}-{first + size - 1}") == 403
    assert status(entry["filename"], "bytes=0-10") == 403
    assert status(entry["filename"], None) == 416
    assert status(entry["filename"], f"bytes={first}-") == 416
    assert status(entry["filename"], f"bytes={first + 5}-{first + 2}") == 403
    for other in ("../../etc/passwd", "index.sqlite", "..%2F..%2Fetc%2Fpasswd", "warcs/other.warc.gz"):
        assert status(other, f"bytes={first}-{first + size - 1}") == 403


@pytest.mark.parametrize("damage", ["cut", "changed", "other payload", "nonsense"])
def test_a_token_is_whole_or_worth_nothing(shown: Application, damage: str) -> None:
    token = opened(shown, "20261123120000", PAGE).split("/")[2]
    head, _, tail = token.partition(".")
    other = opened(shown, "20261126120000", PAGE).split("/")[2].partition(".")[0]
    wrong = {
        "cut": token[:-4],
        "changed": head[:-2] + ("AA" if head[-2:] != "AA" else "BB") + "." + tail,
        "other payload": f"{other}.{tail}",
        "nonsense": "x" * 60,
    }[damage]

    assert at_replay(shown, f"/replay/{wrong}/").status == 403
    assert at_replay(shown, f"/replay/{wrong}/index.cdxj").status == 403


def test_a_token_of_another_archive_is_worth_nothing(shown: Application, archive: Archive) -> None:
    place = opened(shown, "20261123120000", PAGE)

    assert at_replay(Application(replace(archive, options=Options(replay_url=SHOWN))), place).status == 403


def test_a_link_holds_for_a_time(shown: Application) -> None:
    (row,) = [each for each in _rows(shown.archive) if each["captured"].startswith("2026-11-23")][:1]
    token = tokens.write(shown.archive, row, until=NOW + timedelta(days=30))

    def after(days: float) -> int:
        later = replace(shown.archive, clock=Outside(now=lambda: NOW + timedelta(days=days)))
        return at_replay(Application(later), f"/replay/{token}/").status

    assert (after(29.9), after(30.1)) == (200, 410)


def _rows(archive: Archive) -> Iterator[dict[str, str]]:
    from pressmark.archive.selection import Selection, select

    yield from (each.item for each in select(archive.reader, Selection(url=PAGE), now=NOW))


def test_each_capture_is_opened_with_empty_storage_and_under_a_name_of_its_own(shown: Application) -> None:
    pages = [at_replay(shown, opened(shown, f"202611{day}120000", PAGE)) for day in (23, 24, 26)]
    names = [re.findall(r'coll="capture-([^"]*)"', page.whole().decode())[0] for page in pages]

    assert [page.header("Clear-Site-Data") for page in pages] == ['"storage"'] * 3
    assert len(set(names)) == 3
    assert min(map(len, names)) >= 16


def test_a_takedown_ends_the_links_that_were_given_out(
    shown: Application, archive: Archive, folder: Path
) -> None:
    place = opened(shown, "20261123120000", PAGE)
    (line,) = index(shown, place)
    reader = archive.reader
    assert isinstance(reader, FolderReader)
    row = next(each.item for each in select(reader, Selection(url=PAGE, near=NOON), now=NOW))
    carry_out_here(plan(reader, reader.files, row, reason="by order", now=NOW), folder)
    reader.refresh()

    first = int(line["offset"])
    record = f"bytes={first}-{first + int(line['length']) - 1}"
    for target, headers in (("", {}), ("index.cdxj", {}), (line["filename"], {"range": record})):
        assert at_replay(shown, f"{place}{target}", **headers).status == 451, target


def test_each_origin_answers_its_own_addresses_and_no_others(shown: Application) -> None:
    place = opened(shown, "20261123120000", PAGE)

    for target in (f"/web/20261123120000id_/{PAGE}", f"/cdx?url={PAGE}", "/save", "/"):
        assert at_replay(shown, target).status == 404
    for target in (place, f"{place}index.cdxj", "/player/", "/player/sw.js"):
        assert ask(shown, target).status == 404
        assert at_replay(shown, target).status == 200


def test_the_player_may_load_itself_and_nothing_from_elsewhere(shown: Application) -> None:
    page = at_replay(shown, opened(shown, "20261123120000", PAGE))
    said = page.header("Content-Security-Policy") or ""

    assert "script-src 'self' https://player.example/2/;" in said
    assert "frame-ancestors 'none'" in said
    assert at_replay(shown, "/player/sw.js").whole() == b'importScripts("https://player.example/2/sw.js");\n'
    assert at_replay(shown, "/player/ui.js").status == 404


def test_a_copy_of_the_player_is_served_as_it_is(archive: Archive, tmp_path: Path) -> None:
    for name in ("ui.js", "sw.js", "other.js"):
        (tmp_path / name).write_text(f"// {name}")
    served = Application(replace(archive, options=Options(replay_url=SHOWN, player=str(tmp_path))))

    assert at_replay(served, "/player/ui.js").whole() == b"// ui.js"
    assert at_replay(served, "/player/sw.js").whole() == b"// sw.js"
    assert at_replay(served, "/player/other.js").status == 404
    assert at_replay(served, "/player/..").status == 404


def test_a_record_too_large_for_the_function_is_read_from_the_bucket(archive: Archive) -> None:
    def presign(key: str, first: int, last: int) -> str:
        return f"https://bucket.example/{key}?{first}-{last}"

    options = Options(replay_url=SHOWN, max_response=100)
    small = Application(replace(archive, options=options, presign=presign))
    place = opened(small, "20261123120000", PAGE)
    (entry,) = index(small, place)
    first = int(entry["offset"])
    last = first + int(entry["length"]) - 1
    answer = at_replay(small, f"{place}{entry['filename']}", range=f"bytes={first}-{last}")

    assert answer.status == 307
    assert re.fullmatch(rf"https://bucket.example/warcs/.*\?{first}-{last}", answer.header("Location") or "")


def test_what_holds_no_answer_is_not_shown(shown: Application) -> None:
    assert ask(shown, "/web/20261123120000/https://example.net/", accept="text/html").status == 404


def test_whoever_opens_a_link_that_has_expired_is_told_so_on_a_page_with_its_style_and_no_dead_links(
    shown: Application,
) -> None:
    page = at_replay(shown, f"/replay/{'x' * 30}.{'y' * 30}/", accept="text/html")
    assert page.status == 403
    named = re.findall(r'(?:href|src)="([^"]+)"', page.whole().decode())
    assert named == ["/static/icon.svg", "/static/style.css"]
    assert [at_replay(shown, each).status for each in named] == [200, 200]

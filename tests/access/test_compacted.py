"""The archive over HTTP answers from compacted files as it did from the small ones."""

import json
from datetime import timedelta

import pytest
from tests.access.asking import ask
from tests.conftest import Aws
from tests.factories import NOON
from tests.upkeep.small_files import LATER, compact, small_files

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.access.messages import Request
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.clock import Outside

SHOWN = "https://replay.example"

PAGE = "https://example.com/news/2"

ASKED = [
    f"/web/20261123120002id_/{PAGE}",
    f"/web/20261123120002/{PAGE}",
    f"/web/timemap/link/{PAGE}",
    "/cdx?url=example.com&matchType=domain&output=json",
    f"/web/*/{PAGE}",
    "/search?q=ferry",
]


def answers(aws: Aws) -> dict[str, bytes]:
    reader = TableReader(aws.client("dynamodb"), aws.table, first_day=lambda: NOON.date())
    options = Options(replay_url=SHOWN)
    files = Objects(aws.client("s3"), aws.bucket)
    application = Application(
        Archive("", reader, files, options=options, clock=Outside(now=lambda: LATER + timedelta(days=1)))
    )
    found = {path: ask(application, path) for path in ASKED}
    assert {path for path, answer in found.items() if answer.status >= 400} <= {"/search?q=ferry"}
    said = {path: answer.whole() for path, answer in found.items()}
    shown = ask(application, f"/web/20261123120002/{PAGE}", accept="text/html").header("Location") or ""
    place = shown.removeprefix(SHOWN)

    def at_replay(target: str, **headers: str) -> bytes:
        answer = application(Request("GET", target, SHOWN, headers))
        assert answer.status in (200, 206), answer.whole()
        return answer.whole()

    lines = at_replay(f"{place}index.cdxj").decode().splitlines()
    for fields in (json.loads(line.split(" ", 2)[2]) for line in lines):
        first, length = int(fields["offset"]), int(fields["length"])
        asked = f"bytes={first}-{first + length - 1}"
        said[fields["url"]] = at_replay(f"{place}{fields['filename']}", range=asked)
    assert PAGE in said
    return said


@pytest.mark.slow
def test_pages_mementos_indexes_and_the_player_get_the_same(aws: Aws) -> None:
    small_files(aws)
    before = answers(aws)
    assert compact(aws).into == 1
    assert answers(aws) == before

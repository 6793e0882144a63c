"""Pages captured twice by the function: pywb replays the second capture as the original page, from both files."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import foreign
from tests.hostile.server import HostileServer, Wire

from pressmark.message import Delivery
from pressmark.seams import Seams
from pressmark.service import Clients, Service

pytestmark = pytest.mark.e2e

TEXT = b"<html><head><title>Kept</title></head><body><p>Words of the page that stays.</p></body></html>"
ZIPPED = gzip.compress(TEXT * 20, mtime=0)
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def page(body: bytes, fields: bytes = b"") -> bytes:
    return HTML + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


PLAIN = page(TEXT)
TAGGED = page(ZIPPED, b'Content-Encoding: gzip\r\nETag: "v1"\r\nX-First: yes\r\n')
DATED = page(TEXT, b"Last-Modified: Mon, 23 Nov 2026 08:00:00 GMT\r\n")


def tagged(wire: Wire) -> None:
    same = wire.header("If-None-Match") == '"v1"'
    wire.send(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nX-First: no\r\n\r\n' if same else TAGGED)


def dated(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 304 Not Modified\r\n\r\n" if wire.header("If-Modified-Since") else DATED)


def gated(wire: Wire) -> None:
    """Sets a cookie and redirects to itself; behind that, a page with an ETag."""
    if wire.header("Cookie") != "seen=1":
        head = b"HTTP/1.1 302 Found\r\nLocation: /gated\r\nSet-Cookie: seen=1; Path=/\r\n"
        wire.send(head + b"Content-Length: 0\r\n\r\n")
    else:
        tagged(wire)


PAGES = {"/plain": PLAIN, "/tagged": TAGGED, "/dated": DATED, "/gated": TAGGED}
KINDS = {
    "/plain": "identical-payload-digest",
    "/tagged": "server-not-modified",
    "/dated": "server-not-modified",
    "/gated": "server-not-modified",
}


class Twice:
    """Two captures of each page, an hour apart. rows: of the pages, first and second."""

    def __init__(self, aws: Any, folder: Path) -> None:
        self.clock = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
        self.folder = folder
        clients = Clients(*(aws.server.client(name) for name in ("s3", "dynamodb", "sqs")))
        service = Service(aws.settings_with(robots="ignore"), clients, seams=Seams(now=self._tick))
        with HostileServer() as server:
            self.base = server.base
            server.page("/plain", PLAIN)
            for path, script in (("/tagged", tagged), ("/dated", dated), ("/gated", gated)):
                server.script(path, script)
            for count in (1, 2):
                deliveries = [
                    Delivery(
                        id=f"{path}{count}", body=json.dumps({"url": server.base + path}), message_id=path
                    )
                    for path in PAGES
                ]
                reports = service.pipeline.run(deliveries, remaining=120.0)
                assert [report.outcome for report in reports] == [["archived", "unchanged"][count - 1]] * 4
                self.clock += timedelta(hours=1)
        self.warcs = []
        for key, data in sorted(aws.objects().items()):
            self.warcs.append(folder / key.rsplit("/", 1)[-1])
            self.warcs[-1].write_bytes(data)
        self.rows = sorted((row for row in aws.rows() if "warc" in row), key=lambda row: row["captured"])

    def _tick(self) -> datetime:
        self.clock += timedelta(microseconds=1)
        return self.clock


@pytest.fixture
def twice(aws: Any, tmp_path: Path) -> Twice:
    folder = tmp_path / "files"
    folder.mkdir()
    return Twice(aws, folder)


@pytest.fixture
def replay(twice: Twice, tmp_path: Path) -> Iterator[foreign.Replay]:
    with foreign.Replay(tmp_path / "pywb") as running:
        running.add(*twice.warcs)
        yield running


def test_both_kinds_of_revisit_replay_as_the_original_page(twice: Twice, replay: foreign.Replay) -> None:
    assert len(twice.warcs) == 2
    for warc in twice.warcs:
        foreign.check_warc(warc)
    for path, raw in PAGES.items():
        second = next(
            row
            for row in reversed(twice.rows)
            if row["url"] == twice.base + path and row.get("status") != 302
        )
        assert second["revisit"] == KINDS[path]
        assert second["original_captured"].startswith("2026-11-23T08:"), path
        assert second["title"] == "Kept"
        for hour in ("08", "09"):
            replayed = replay.get(twice.base + path, f"20261123{hour}0000")
            assert replayed == foreign.sent(raw), (path, hour)


def test_a_page_behind_a_cookie_has_a_row_a_hop_and_replays_as_the_page(
    twice: Twice, replay: foreign.Replay
) -> None:
    rows = [row for row in twice.rows if row["url"] == twice.base + "/gated"]
    assert [row["status"] for row in rows] == [302, 200, 302, 304]
    assert not any("error" in row for row in rows)
    assert rows[0]["redirect"] == rows[0]["final"] == twice.base + "/gated"
    assert replay.get(twice.base + "/gated").status == 200

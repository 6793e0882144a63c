"""What was kept of odd and hostile servers, judged by other people's readers and replayed by pywb."""

import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
from backports import zstd
from tests import foreign
from tests.hostile.fixtures import LOCAL, fetch
from tests.hostile.server import HostileServer, Wire

from pressmark.capture import Capture
from pressmark.message import CaptureRequest
from pressmark.warc.writer import WarcFile

pytestmark = pytest.mark.e2e

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
TEXT = b"Words that are said again and again. " * 50


def coded(coding: bytes, body: bytes) -> bytes:
    return OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(body)) + body


# Path: what the server does, and the body that should be replayed.
CASES: dict[str, tuple[bytes | Callable[[Wire], object], bytes]] = {
    "/close": (OK + b"\r\nto the end", b"to the end"),
    "/old": (b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold", b"old"),
    "/interim": (b"HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", b"hi"),
    "/trailers": (CHUNKED + b"2\r\nhi\r\n0;a=b\r\nDigest: x\r\n\r\n", b"hi"),
    "/odd-chunks": (CHUNKED + b"A ;x\r\n0123456789\r\n000\r\n\r\n", b"0123456789"),
    "/short": (OK + b"Content-Length: 50\r\n\r\nshort", b"short"),
    "/long": (OK + b"Content-Length: 2\r\n\r\nhi and more", b"hi"),
    "/two-lengths": (OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nmany", b"many"),
    "/broken-chunks": (CHUNKED + b"2\r\nhi\r\nnonsense\r\n", b"hi"),
    "/endless": (lambda wire: wire.send(OK + b"\r\n").stream(itertools.repeat(b"a" * 65536)), b"a" * 500_000),
    "/latin": (OK + b"X-Name: caf\xe9\r\nX-Name: \xe2\x82\xac\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
    "/folded": (OK + b"X-Fold: one\r\n two\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
    "/gzip": (coded(b"gzip", gzip.compress(TEXT)), gzip.compress(TEXT)),
    "/br": (coded(b"br", brotli.compress(TEXT)), brotli.compress(TEXT)),
    "/zstd": (coded(b"zstd", zstd.compress(TEXT)), zstd.compress(TEXT)),
    "/stacked": (coded(b"gzip, br", brotli.compress(gzip.compress(TEXT))), brotli.compress(gzip.compress(TEXT))),
    "/headers": (lambda wire: wire.send(OK).stream(itertools.repeat(b"X: " + b"y" * 1000 + b"\r\n")), b""),
}  # fmt: skip


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A WARC file of every case, and the server's base URL."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.warc.gz"
    warc = WarcFile(LOCAL, host="test")
    with HostileServer() as server:
        for name, (made, _) in CASES.items():
            url = server.script(name, made) if callable(made) else server.page(name, made)
            result = fetch(url, max_body_bytes=500_000)
            capture = Capture(
                CaptureRequest(url), "message", "token", started=datetime(2026, 11, 23, tzinfo=UTC)
            )
            capture.exchanges, capture.error = result.exchanges, result.error
            warc.add(capture)
            capture.close()
        path.write_bytes(warc.open().read())
        warc.close()
        yield path, server.base


@pytest.fixture(scope="module")
def replay(captured: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[foreign.Replay]:
    with foreign.Replay(tmp_path_factory.mktemp("pywb")) as running:
        running.add(captured[0])
        yield running


def test_other_readers_find_every_case_and_nothing_wrong(captured: tuple[Path, str]) -> None:
    path, base = captured
    # pywb's own warcio: it crashes on brotli bodies where brotli 1.2 is installed beside it, as it is beside ours.
    foreign.run(foreign.require(foreign.TOOLS / "replay" / "bin" / "warcio"), "check", path)
    foreign.run(foreign.OUR_BIN / "fastwarc", "check", "--quiet", "--verify-payloads", path)
    indexed = [json.loads(line.split(" ", 2)[2]) for line in foreign.index_lines([path])]
    pages = {entry["url"].removeprefix(base) for entry in indexed if entry["url"].startswith("http")}
    assert pages == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_pywb_replays_what_came(captured: tuple[Path, str], replay: foreign.Replay, name: str) -> None:
    replayed = replay.get(captured[1] + name)
    assert (replayed.status, replayed.body) == (200, CASES[name][1])

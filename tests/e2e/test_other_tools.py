"""The WARC files of the built function, read by the field's own tools."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import foreign
from tests.e2e.conftest import RunningFunction
from tests.site import RawSite, response

from pressmark.local import folder

pytestmark = pytest.mark.e2e


def record(number: int, body: str) -> dict[str, object]:
    return {
        "messageId": f"10000000-0000-4000-8000-{number:012d}",
        "receiptHandle": str(number),
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:pressmark-local-capturequeue",
        "awsRegion": "us-east-1",
    }


ODD_HEADERS = [
    ("sErVeR", "Press/1"),
    ("Date", "Mon, 23 Nov 2026 21:00:00 GMT"),
    ("X-Twice", "one"),
    ("X-Twice", "two"),
    ("ETag", '"a;b"'),
    ("Last-Modified", "Mon, 23 Nov 2026 20:00:00 GMT"),
    ("Cache-Control", "max-age=60"),
]

ZIPPED = gzip.compress(b"<title>Bread</title>" + b"<p>Loaf after loaf.</p>" * 200, mtime=0)

CHUNKED_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nX-After: kept\r\n\r\n"
)

PAGES = {
    "/tools/plain": response("<title>Plätze frei</title>".encode(), headers=ODD_HEADERS),
    "/tools/latin": response("<title>Gar\xe7on</title>".encode("latin-1"), content_type="text/html"),
    "/tools/empty": response(b"", headers=ODD_HEADERS),
    "/tools/gzip": response(ZIPPED, headers=[("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]),
    "/tools/chunked": CHUNKED_HEAD + b"5\r\nfirst\r\n7;x=y\r\n second\r\n0\r\n\r\n",
    "/tools/cookie": response(b"<p>hm", headers=[("Set-Cookie", "a=b; Path=/"), ("Content-Language", "de")]),
    "/tools/missing": response(b"<p>gone", status="404 Not Found"),
    "/tools/binary": response(bytes(range(256)) * 300, content_type="application/octet-stream"),
}

REPEATED = "/tools/plain"
"""Archived a second time: the site answers the same again, so that a revisit is kept."""


@pytest.fixture(scope="module")
def warcs(
    rie: RunningFunction, e2e_site: RawSite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Path]]:
    """One invocation's file with every page of PAGES, and a second that repeats one of them."""
    for path, raw in PAGES.items():
        e2e_site.serve(path, raw)
    first = [
        record(number, json.dumps({"url": e2e_site.url(path), "capture_all": True}))
        for number, path in enumerate(PAGES)
    ]
    again = json.dumps({"url": e2e_site.url(REPEATED), "note": "again"})
    for records in (first, [record(100, again)]):
        assert rie.invoke({"Records": records}) == {"batchItemFailures": []}, rie.log()
    target = tmp_path_factory.mktemp("warcs")
    folder.save(rie.aws.client("s3"), rie.stack.bucket, target, [])
    return list(folder.files(target))


@pytest.fixture(scope="module")
def replaying(warcs: list[Path], replay: foreign.Replay) -> foreign.Replay:
    replay.add(*warcs)
    return replay


def test_every_warc_passes_warcio_fastwarc_and_is_indexed(warcs: list[Path], e2e_site: RawSite) -> None:
    indexed = foreign.check_warc(*warcs)

    kinds: dict[str, list[str]] = {}
    for entry in indexed:
        kinds.setdefault(entry["url"], []).append(entry["mime"])
    assert {path: kinds.get(e2e_site.url(path)) for path in PAGES} == {
        "/tools/plain": ["text/html", "warc/revisit"],
        "/tools/latin": ["text/html"],
        "/tools/empty": ["text/html"],
        "/tools/gzip": ["text/html"],
        "/tools/chunked": ["text/plain"],
        "/tools/cookie": ["text/html"],
        "/tools/missing": ["text/html"],
        "/tools/binary": ["application/octet-stream"],
    }


def stored(raw: bytes) -> foreign.Replayed:
    """What a replay should serve of a raw response: itself, but for the chunk framing (docs/warc.md)."""
    if not raw.startswith(CHUNKED_HEAD):
        return foreign.sent(raw)
    headers = [
        ("Content-Type", "text/plain"),
        ("X-Crawler-Transfer-Encoding", "chunked"),
        ("X-After", "kept"),
        ("Content-Length", "12"),
    ]
    return foreign.Replayed(200, "OK", headers, b"first second")


@pytest.mark.parametrize("path", PAGES)
def test_replay_equals_what_the_site_sent_headers_too(
    replaying: foreign.Replay, e2e_site: RawSite, path: str
) -> None:
    assert replaying.get(e2e_site.url(path)) == stored(PAGES[path])

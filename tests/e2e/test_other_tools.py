"""The WARC files of the built function, read by the field's own tools."""

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

PAGES = {
    "/tools/plain": response("<title>Plätze frei</title>".encode(), headers=ODD_HEADERS),
    "/tools/latin": response("<title>Gar\xe7on</title>".encode("latin-1"), content_type="text/html"),
    "/tools/empty": response(b"", headers=ODD_HEADERS),
    "/tools/binary": response(bytes(range(256)) * 300, content_type="application/octet-stream"),
}


@pytest.fixture(scope="module")
def warcs(
    rie: RunningFunction, e2e_site: RawSite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Path]]:
    """One invocation's file with every page of PAGES, and a second that repeats one of them."""
    for path, raw in PAGES.items():
        e2e_site.serve(path, raw)
    first = [record(number, e2e_site.url(path)) for number, path in enumerate(PAGES)]
    again = json.dumps({"url": e2e_site.url("/tools/plain"), "note": "again"})
    for records in (first, [record(100, again)]):
        assert rie.invoke({"Records": records}) == {"batchItemFailures": []}, rie.log()
    target = tmp_path_factory.mktemp("warcs")
    folder.save(rie.aws.client("s3"), rie.stack.bucket, target)
    return list(folder.files(target))


def test_every_warc_passes_warcio_fastwarc_and_is_indexed(warcs: list[Path]) -> None:
    indexed = [entry for path in warcs for entry in foreign.check_warc(path)]

    assert len(indexed) >= len(PAGES)


@pytest.mark.parametrize("path", PAGES)
def test_replay_equals_what_the_site_sent_headers_too(
    warcs: list[Path], replay: foreign.Replay, e2e_site: RawSite, path: str
) -> None:
    for warc in warcs:
        replay.add(warc)

    assert replay.get(e2e_site.url(path)) == foreign.sent(PAGES[path])

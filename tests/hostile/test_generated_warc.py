"""Generated responses, fetched over a real socket and found again in the WARC, as its readers read it."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given
from tests.hostile.fixtures import LOCAL
from tests.hostile.server import HostileServer
from tests.hostile.test_generated import CLIENT, FAR, GENERATED, Response, responses
from warcio.archiveiterator import ArchiveIterator

from pressmark.http.exchange import FetchResult
from pressmark.queues.message import CaptureRequest
from pressmark.warc.event import Capture
from pressmark.warc.writer import WarcFile


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


def warc_of(result: FetchResult) -> bytes:
    """A WARC file with the capture; closes the capture."""
    warc = WarcFile(LOCAL, host="test")
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    capture = Capture(CaptureRequest(result.exchanges[0].url), "message", "token", started=moment)
    capture.exchanges, capture.error = result.exchanges, result.error
    warc.add(capture)
    data = warc.open().read()
    warc.close()
    capture.close()
    return data


def blocks(warc: bytes) -> dict[str, bytes]:
    """Each record's block by its type, as warcio reads it, after it has verified all digests."""
    for record in ArchiveIterator(io.BytesIO(warc), check_digests="raise"):
        record.raw_stream.read()
    raw = ArchiveIterator(io.BytesIO(warc), no_record_parse=True)
    return {record.rec_type: record.content_stream().read() for record in raw}


def fields(head: bytes) -> list[bytes]:
    """Header lines but those that chunk framing renames."""
    framing = (b"transfer-encoding:", b"content-length:", b"x-crawler-")
    return [
        line for line in head.replace(b"\r\n", b"\n").split(b"\n") if not line.lower().startswith(framing)
    ]


@pytest.mark.slow
@GENERATED
@given(response=responses())
def test_every_byte_of_a_response_is_found_again_in_the_warc(
    server: HostileServer, response: Response
) -> None:
    result = CLIENT.fetch(server.page("/", response.raw), deadline=FAR)
    request = result.exchanges[0].request
    warc = warc_of(result)
    found = blocks(warc)
    assert found["request"] == request == server.requests[-1]
    if response.framing != "chunked":
        assert found["response"] == response.head + response.body
    else:
        assert found["response"].endswith(response.body)
        head = found["response"][: len(found["response"]) - len(response.body)]
        assert fields(head) == fields(response.head)
    for record in FastIterator(io.BytesIO(warc), parse_http=False):
        assert record.verify_block_digest(), record.record_type
        # FastWARC finds a payload only behind CRLF CRLF; heads that end in bare LF are kept as they came.
        if "WARC-Payload-Digest" in record.headers and response.head.endswith(b"\r\n\r\n"):
            record.parse_http()
            assert record.verify_payload_digest(), record.record_type

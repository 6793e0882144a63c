"""A batch of hostile pages and a good one, through the whole pipeline: each has its row, the good one its title."""

import io
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from tests.hostile.server import HostileServer, Wire
from tests.world import World
from warcio.archiveiterator import ArchiveIterator

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GOOD = (
    b"<html><head><title>The harbour is open</title></head><body><p>Ships came in at noon.</p></body></html>"
)


def endless(start: bytes, part: bytes) -> Callable[[Wire], object]:
    return lambda wire: wire.send(start).stream(itertools.repeat(part))


def sized(body: bytes, fields: bytes = b"") -> bytes:
    return OK + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


Case = tuple[bytes | Callable[[Wire], object], dict[str, Any]]

CASES: dict[str, Case] = {
    "/good": (sized(GOOD), {"status": 200, "title": "The harbour is open", "size": len(GOOD)}),
    "/chunked": (CHUNKED + b"3\r\nabc\r\n0\r\nX: y\r\n\r\n", {"status": 200, "size": 3}),
    "/endless": (endless(OK + b"\r\n", b"a" * 65536), {"status": 200, "size": 1_000_000, "truncated": "length"}),
    "/drip": (lambda wire: wire.send(CHUNKED, b"1\r\na\r\n").until_closed(),
              {"status": 200, "size": 1, "truncated": "time", "error": "read-timeout"}),
    "/half-a-head": (lambda wire: wire.send(b"HTTP/1.1 404 Gone\r\nX: y\r\n").until_closed(),
                    {"status": 404, "size": 0, "truncated": "time", "error": "read-timeout", "capture_all": True}),
    "/silent": (lambda wire: wire.until_closed(), {"status": None, "error": "read-timeout"}),
    "/nothing": (b"", {"status": None, "error": "protocol-error"}),
    "/short": (OK + b"Content-Length: 50\r\n\r\nabc",
               {"status": 200, "size": 3, "truncated": "disconnect", "error": "protocol-error"}),
    "/headers": (endless(OK, b"X: " + b"y" * 1000 + b"\r\n"),
                 {"status": 200, "truncated": "length", "error": "invalid-server-response"}),
    "/ssh": (b"SSH-2.0-OpenSSH\r\n", {"status": None, "error": "invalid-server-response"}),
    "/missing": (b"HTTP/1.1 404 \x1b[31mNo\r\nContent-Length: 2\r\n\r\nno",
                 {"status": 404, "size": 2, "error": "not-found"}),
    "/busy": (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", {"status": 503, "error": "service-unavailable"}),
    "/loop": (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /loop#again\r\n\r\n",
              {"status": 302, "error": "too-many-redirects"}),
    "/inside": (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://169.254.169.254/latest/\r\n\r\n",
                {"status": 302, "error": "blocked-url"}),
    "/badgzip": (sized(b"\x1f\x8b\x08\x00 not gzip at all", b"Content-Encoding: gzip\r\n"), {"status": 200}),
    "/forbidden": (sized(GOOD), {"status": None, "error": "blocked-by-robots"}),
    "/empty": (sized(b""), {"status": 200}),
    "/pdf": (b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 4\r\n\r\n%PDF",
             {"status": 200, "mime": "application/pdf", "size": 4}),
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        running.page("/robots.txt", sized(b"User-agent: *\nDisallow: /forbidden\n"))
        for path, (made, _) in CASES.items():
            if callable(made):
                running.script(path, made)
            else:
                running.page(path, made)
        yield running


@pytest.mark.slow
def test_every_page_of_a_hostile_batch_ends_in_its_row_and_costs_the_others_nothing(
    aws: Any, server: HostileServer
) -> None:
    world = World(aws)
    limits = {"read_timeout": 2.0, "page_timeout": 10.0, "max_body_bytes": 1_000_000}
    service = world.another(robots="obey", **limits)
    deliveries = [
        # The last try of each, so that what may pass is written down, too.
        world.delivery(
            {"url": server.base + path, "capture_all": "capture_all" in expected},
            earlier_tries=service.settings.max_receives - 1,
        )
        for path, (_, expected) in CASES.items()
    ]
    reports = world.run(*deliveries, remaining=120.0, on=service)
    assert [report.acknowledge for report in reports] == [True] * len(CASES)

    rows = {row["url"].removeprefix(server.base): row for row in aws.rows() if "day" in row}
    for path, (_, expected) in CASES.items():
        row = rows.get(path)
        assert row is not None, path
        facts = {"error": None, **expected}
        facts.pop("capture_all", None)
        assert {name: row.get(name) for name in facts} == facts, path

    warcs = aws.objects()
    assert len(warcs) == 1
    (warc,) = warcs.values()
    for record in ArchiveIterator(io.BytesIO(warc), check_digests="raise"):
        record.raw_stream.read()
    for record in FastIterator(io.BytesIO(warc), parse_http=False):
        assert record.verify_block_digest()
        if "WARC-Payload-Digest" in record.headers:
            record.parse_http()
            assert record.verify_payload_digest()
    assert b"\x1b" not in b"".join(json.dumps(report.line()).encode() for report in reports)

"""What a second capture of pages that have not changed costs in bytes, by what the site allows and where the page is.

usage: python -m bench.revisit_bytes

The pages of the development corpus as gzip on the wire, captured twice by the pipeline. "whole": as an archive
without revisits would keep the second; "digest": the site has no validators, the payload is the same; "304": it
has ETags. They are requested by their own URL, and by one that redirects to it (http://site/ to http://www.site/).
Articles are not read: their metadata records and texts are not part of the figures.
"""

import gzip
import json
from dataclasses import replace
from typing import Any

from tests.hostile.server import HostileServer, Wire

from bench.servers import news_pages
from pressmark.crawl.service import Clients, Service
from pressmark.http.fetcher import Fetcher
from pressmark.local import stack
from pressmark.local.server import EmbeddedAws
from pressmark.queues.message import Delivery
from pressmark.reading.process import Read

HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nServer: bench\r\n"
TAG = b'ETag: "v1"\r\n'
BATCH = 10


class Site:
    """The pages, on www.site.example and, moved, on site.example. sent: bytes so far."""

    def __init__(self, server: HostileServer, pages: list[bytes], *, validators: bool) -> None:
        self.sent = 0
        self.server = server
        self.tag = TAG if validators else b""
        for number, body in enumerate(pages):
            server.script(f"/{number}", lambda wire, body=body: self._answer(wire, body))

    def _answer(self, wire: Wire, body: bytes) -> None:
        host = wire.header("Host") or ""
        if not host.startswith("www."):
            there = f"http://www.{host}{wire.path}".encode()
            raw = (
                b"HTTP/1.1 301 Moved\r\nServer: bench\r\nContent-Length: 0\r\nLocation: "
                + there
                + b"\r\n\r\n"
            )
        elif self.tag and wire.header("If-None-Match"):
            raw = b"HTTP/1.1 304 Not Modified\r\nServer: bench\r\n" + self.tag + b"\r\n"
        else:
            raw = HTML + self.tag + b"Content-Length: %d\r\n\r\n" % len(body) + body
        self.sent += len(raw)
        wire.send(raw)


class NothingRead:
    """Stands in for the reader of articles."""

    def start(self) -> None:
        pass

    def read(self, *_: Any) -> Read:
        return Read({}, None, None)

    def close(self) -> None:
        pass


def measure(aws: EmbeddedAws, name: str, pages: list[bytes], case: str, host: str) -> tuple[int, int]:
    """Capture all pages twice; return bytes of WARC and bytes sent of the second time."""
    with HostileServer() as server:
        site = Site(server, pages, validators=case == "304")
        urls = [f"http://{host}:{server.port}/{number}" for number in range(len(pages))]
        stored = (
            0 if case == "whole" else capture(aws, name, urls, 0)
        )  # "whole" knows nothing of a first time
        before = site.sent
        return capture(aws, name, urls, 1) - stored, site.sent - before


_services: dict[str, tuple[Service, Any]] = {}


def capture(aws: EmbeddedAws, name: str, urls: list[str], count: int) -> int:
    """Capture URLs; return the bytes of all WARC files of the stack."""
    if name not in _services:
        made = stack.create(aws, name)
        clients = Clients(*(aws.client(each) for each in ("s3", "dynamodb", "sqs")))
        settings = replace(made.settings(), host_delay=0.0, robots="ignore")
        service = Service(settings, clients, reader=NothingRead())
        worker = service.pipeline._worker
        worker._fetcher = Fetcher(settings, resolver=lambda *_: ["127.0.0.1"])
        _services[name] = service, made
    service, made = _services[name]
    for at in range(0, len(urls), BATCH):
        deliveries = [
            Delivery(f"{url} {count}", json.dumps({"url": url}), f"{url} {count}")
            for url in urls[at : at + BATCH]
        ]
        reports = service.pipeline.run(deliveries, remaining=600.0)
        assert {report.outcome for report in reports} <= {"archived", "unchanged"}, reports
    found = aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=made.bucket, Prefix="warcs/")
    return sum(each["Size"] for page in found for each in page.get("Contents", []))


def main() -> None:
    """Print a Markdown table."""
    pages = [gzip.compress(html, 6) for _, html in news_pages()]
    print(f"| {len(pages)} pages again | bytes the sites send | bytes of WARC |\n|---|---|---|")
    with EmbeddedAws() as aws:
        for place, host in (("by their URL", "www.site.example"), ("behind a redirect", "site.example")):
            base = (0, 0)
            for case in ("whole", "digest", "304"):
                found = measure(aws, f"{case}-{host.split('.')[0]}", pages, case, host)
                base = base if case != "whole" else found
                shares = [f"{now:,} ({100 * now / was:.2f} %)" for now, was in zip(found, base, strict=True)]
                print(f"| {place}: {case} | {shares[1]} | {shares[0]} |", flush=True)


if __name__ == "__main__":
    main()

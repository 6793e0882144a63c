"""What a second capture of pages that have not changed costs, by what the site allows.

    PYTHONPATH=src:. python bench/revisits.py FOLDER

FOLDER: gzip-compressed HTML pages (*.gz), sent as they are with Content-Encoding: gzip by a server on loopback.
Per case: bytes the server sent, and bytes of WARC, for the first capture and for the second. "whole": as an
archive without revisits would keep the second; "digest": no validators, the payload is the same; "304": the
server has ETags. Fetch and WARC only; no AWS, no extraction.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.hostile.server import HostileServer, Wire

from pressmark.capture import Capture, Earlier
from pressmark.exchange import Conditions
from pressmark.fetch import Fetcher
from pressmark.message import CaptureRequest
from pressmark.seams import REAL
from pressmark.settings import Settings
from pressmark.warc.stored import StoredHop
from pressmark.warc.writer import WarcFile

SETTINGS = replace(Settings(bucket="b", table="t", state_table="s"), allow_loopback=True)
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nServer: bench\r\n"


class Site:
    """The pages. sent: bytes so far."""

    def __init__(self, server: HostileServer, folder: Path, validators: bool) -> None:
        self.sent = 0
        self.urls = []
        self._tag = b'ETag: "v1"\r\n' if validators else b""
        for number, path in enumerate(sorted(folder.rglob("*.html.gz"))):
            self.urls.append(server.script(f"/{number}", self._page(path.read_bytes())))

    def _page(self, body: bytes):  # type: ignore[no-untyped-def]  # a script for the server
        def script(wire: Wire) -> None:
            if self._tag and wire.header("If-None-Match"):
                raw = b"HTTP/1.1 304 Not Modified\r\nServer: bench\r\n" + self._tag + b"\r\n"
            else:
                raw = HTML + self._tag + b"Content-Length: %d\r\n\r\n" % len(body) + body
            self.sent += len(raw)
            wire.send(raw)

        return script


def capture(urls: list[str], known: dict[str, StoredHop]) -> tuple[WarcFile, dict[str, StoredHop]]:
    fetcher, warc, hops = Fetcher(SETTINGS), WarcFile(SETTINGS, host="bench"), {}
    for url in urls:
        made = Capture(CaptureRequest(url), "m", "t", started=REAL.now())
        if hop := known.get(url):
            made.earlier = Earlier(url, hop.captured, hop.digest, "w", hop.offset, hop.length, etag='"v1"')
        conditions = Conditions('"v1"') if hop else None
        made.exchanges = fetcher.fetch(url, deadline=time.monotonic() + 30, conditions=conditions).exchanges
        hops[url] = warc.add(made).hops[-1]
        made.close()
    return warc, hops


def main() -> None:
    folder = Path(sys.argv[1])
    print(f"{'case':8} {'pages':>5} {'sent, 1st':>12} {'sent, 2nd':>12} {'WARC, 1st':>12} {'WARC, 2nd':>12}")
    for case in ("whole", "digest", "304"):
        with HostileServer() as server:
            site = Site(server, folder, validators=case == "304")
            first, hops = capture(site.urls, {})
            before = site.sent
            second, _ = capture(site.urls, {} if case == "whole" else hops)
            figures = (before, site.sent - before, first.size, second.size)
            print(f"{case:8} {len(site.urls):5} " + " ".join(f"{figure:12,}" for figure in figures))
            first.close()
            second.close()


if __name__ == "__main__":
    main()

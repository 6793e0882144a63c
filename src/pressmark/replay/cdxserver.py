"""A CDX server over an archive, as much of one as pywb asks for: its remote index.

pywb asks ``?url=...&closest=...&sort=closest&limit=100&matchType=exact``, and after a miss
``matchType=prefix``. It gets CDXJ lines, nearest first. An HTTP error would read as "not archived".
"""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from pressmark import urls
from pressmark.archive.content import Files
from pressmark.archive.outcome import Worth, worth
from pressmark.archive.ranges import Reader
from pressmark.archive.rows import Item
from pressmark.archive.selection import Selection, select, whole_rows
from pressmark.archive.times import parse_span_of_time
from pressmark.callers import OwnCallersOnly
from pressmark.clock import iso_utc
from pressmark.errors import PressmarkError
from pressmark.export.cdx import cdxj_line, is_indexed

MAX_LINES = 1000
"""Of one answer, whatever is asked."""

MAX_RANGE_BYTES = 4 << 30

_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})", re.ASCII)
"""A player asks for one record, of which the index told it offset and length."""


def answer(reader: Reader, query: dict[str, str], *, now: datetime) -> Iterator[str]:
    """Yield the CDXJ lines that answer a query's parameters; a question that makes no sense has none."""
    asked = query.get("limit", "")
    # A number of more digits is above every limit, and Python refuses to read one of 5,000.
    limit = min(int(asked), MAX_LINES) if asked.isdecimal() and len(asked) < 10 else MAX_LINES
    url, match = query.get("url", ""), query.get("matchType") or "exact"
    near = None
    try:
        if match == "exact":
            url = urls.clean(url if "://" in url else f"http://{url}")
            if query.get("closest"):
                near = parse_span_of_time(query["closest"], now=now).start
        elif match not in ("prefix", "host", "domain"):
            return
        selection = Selection(url=url, match=match, near=near)  # type: ignore[arg-type]  # checked above
        found = whole_rows(reader, select(reader, selection, now=now, expect=limit), expect=limit)
        rows: Iterator[Item] = islice((each.item for each in found if is_indexed(each.item)), limit)
        yield from map(cdxj_line, rows if near is None else newest_first_that_succeeded(list(rows), near))
    except (PressmarkError, ValueError):
        return


def newest_first_that_succeeded(rows: list[Item], near: datetime) -> list[Item]:
    """Of a page that is asked for as it is now, leave out the failures since the last capture that succeeded.

    A player asks for the newest by the present time. Whoever asks for the time of a failure gets it.
    """
    if any(row["captured"] >= iso_utc(near) for row in rows):
        return rows
    first = next((number for number, row in enumerate(rows) if worth(row) is Worth.WHOLE), 0)
    return rows[first:]


FILES = "/files/"


class CdxServer:
    """The server while it is entered.

    endpoint: its address, for ``cdx+http://...`` in a pywb configuration. files: where it offers the archive's files
    by their keys, in ranges: those too that stand in a WACZ.
    """

    def __init__(self, reader: Reader, files: Files) -> None:
        lock = threading.Lock()

        class Handler(OwnCallersOnly, BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path.startswith(FILES):
                    self._send_range(unquote(self.path.removeprefix(FILES)))
                    return
                asked = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
                query = {name: values[-1] for name, values in asked.items()}
                with lock:  # a folder's index is one SQLite connection
                    lines = list(answer(reader, query, now=datetime.now(UTC)))
                body = "".join(f"{line}\n" for line in lines).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _send_range(self, key: str) -> None:
                try:
                    asked = _RANGE.fullmatch(self.headers.get("Range", ""))
                    first, last = (int(each) for each in asked.groups()) if asked else (0, MAX_RANGE_BYTES)
                    data = files.get(key, first, min(last - first + 1, MAX_RANGE_BYTES)) if asked else b""
                except PressmarkError:
                    data = b""
                self.send_response(206 if data else 404)
                self.send_header("Content-Type", "application/octet-stream")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}/cdx"
        self.files = f"http://127.0.0.1:{self._server.server_port}{FILES}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="cdx", daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

"""Captures without a network: pages put into a WARC file and the table as the pipeline puts them there."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from pressmark.archive import rows
from pressmark.archive.objects import Objects
from pressmark.archive.table import Table
from pressmark.article import extract
from pressmark.clock import Outside
from pressmark.errors import PermanentError
from pressmark.http.exchange import Body, Exchange
from pressmark.queues.message import CaptureRequest
from pressmark.settings import INDEX_TERMS, Settings
from pressmark.warc.event import Capture, Earlier
from pressmark.warc.stored import StoredCapture
from pressmark.warc.writer import WarcFile

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def article_html(
    title: str = "The ferry is late again",
    *,
    authors: Sequence[str] = ("Jane Doe",),
    published: str | None = "2026-11-20T08:30:00+01:00",
    section: str | None = "Harbour",
    tags: Sequence[str] = ("ferries",),
    text: str = "The morning ferry left the harbour forty minutes late. Passengers were told of fog on the sound.",
) -> str:
    """Return a news page that states these facts about its article."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "author": [{"@type": "Person", "name": name} for name in authors],
        "keywords": list(tags),
    }
    if published:
        data["datePublished"] = published
    if section:
        data["articleSection"] = section
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n"))
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>"
        f'<script type="application/ld+json">{json.dumps(data)}</script></head>'
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )


def make_capture(
    url: str = "https://example.com/news/1",
    *,
    html: str | bytes | None = None,
    status: int = 200,
    at: datetime = NOON,
    mime: str = "text/html; charset=utf-8",
    headers: Sequence[tuple[str, str]] = (),
    error: str | None = None,
    labels: Sequence[str] = (),
    note: str | None = None,
    redirects: Sequence[str] = (),
    message_id: str = "message-1",
    earlier: Earlier | None = None,
) -> Capture:
    """Return a capture event. error: a failure's code; if ``status`` is 0, there was no answer at all.

    redirects: URLs that were asked for before ``url``, in order; the first is the one that was pushed.
    """
    request = CaptureRequest((*redirects, url)[0], tags=tuple(labels), note=note)
    exchanges = [
        _exchange(each, 301, b"", at + timedelta(milliseconds=number), "text/plain", [("Location", there)])
        for number, (each, there) in enumerate(pairwise([*redirects, url]))
    ]
    capture = Capture(request, message_id, "test-token", started=at, exchanges=exchanges)
    if earlier:
        capture.earlier = {earlier.url: earlier}
    if status:
        page = (article_html() if html is None else html) if status != 304 else b""
        body = page.encode() if isinstance(page, str) else page
        started = at + timedelta(milliseconds=len(redirects))
        exchanges.append(_exchange(url, status, body, started, mime, headers))
        if 200 <= status < 300 and mime.startswith("text/html"):
            article = extract(body, url, mime).to_dict()
            capture.text = article.pop("text", None)
            capture.article = article
    if error:
        capture.error = PermanentError(error, f"it was {error}", url=url)
    return capture


def _exchange(
    url: str, status: int, body: bytes, started: datetime, mime: str, headers: Iterable[tuple[str, str]]
) -> Exchange:
    kept = Body()
    kept.write(body)
    path = re.sub(r"^https?://[^/]*", "", url)
    asked = 'If-None-Match: "invented"\r\n' if status == 304 else ""
    lines = [("Content-Type", mime), *headers, ("Content-Length", str(len(body)))]
    head = (
        f"HTTP/1.1 {status} Invented\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
    )
    return Exchange(
        url=url,
        started=started,
        request=f"GET {path} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n{asked}\r\n".encode(),
        head=head.encode("latin-1"),
        status=status,
        headers=[(name.encode(), value.encode("latin-1")) for name, value in lines],
        body=kept,
        ip="192.0.2.1",
        protocols=("http/1.1",),
    )


def earlier_for(stored: StoredCapture) -> Earlier:
    """Return what a later capture of the same URL refers to."""
    hop = stored.hops[-1]
    return Earlier(hop.url, hop.captured, hop.digest, stored.warc, hop.offset, hop.length)


@dataclass
class Filled:
    """What was stored. items: of the table, in order of writing."""

    keys: list[str] = field(default_factory=list)
    stored: list[StoredCapture] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The capture rows, without terms."""
        return [item for item in self.items if "day" in item]


def write_warc(captures: Sequence[Capture], *, serial: int = 0) -> tuple[WarcFile, list[StoredCapture]]:
    """Write captures into one WARC file, with record ids that are the same each time."""
    numbers = iter(range(1_000_000))

    def record_id() -> str:
        digest = hashlib.sha256(f"{serial}/{next(numbers)}".encode()).hexdigest()
        return f"<urn:uuid:{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}>"

    settings = Settings(bucket="bucket", table="table", state_table="state", operator="The testers")
    at = min(capture.started for capture in captures)  # a file is begun before what it holds
    outside = Outside(now=lambda: at + timedelta(milliseconds=serial), record_id=record_id)
    warc = WarcFile(settings, host="tests", outside=outside)
    stored = []
    for capture in captures:
        stored.append(warc.add(capture))
        capture.close()
    return warc, stored


def fill(aws: Any, *batches: Sequence[Capture], index_terms: Sequence[str] = INDEX_TERMS) -> Filled:
    """Put captures into a test's AWS, one WARC file for each batch."""
    filled = Filled()
    objects = Objects(aws.client("s3"), aws.bucket)
    table = Table(aws.client("dynamodb"), aws.table)
    for serial, captures in enumerate(batches):
        warc, stored = write_warc(captures, serial=serial)
        objects.put(warc.key, warc.open())
        items = [
            item for each in stored for item in rows.items(each, bucket=aws.bucket, index_terms=index_terms)
        ]
        table.put(items)
        warc.close()
        filled.keys.append(warc.key)
        filled.stored += stored
        filled.items += items
    return filled


def fill_folder(folder: Path, *batches: Sequence[Capture]) -> list[Path]:
    """Put captures into an archive folder, one WARC file for each batch; return the files."""
    return [_store(folder, write_warc(captures, serial=n)[0]) for n, captures in enumerate(batches)]


def _store(folder: Path, warc: WarcFile) -> Path:
    path = folder / warc.key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(warc.open().read())
    warc.close()
    return path


PAGE = "https://example.com/news/1"
DAY = timedelta(days=1)


def fill_sample(
    folder: Path, first: Sequence[Capture], *, next_day: Sequence[Capture] = (), changed: str
) -> None:
    """Write three WARC files: redirects, revisits of both kinds, and what a test adds.

    first: captures of the first day, PAGE among them; on the fourth it has the title ``changed``.
    """
    warc, stored = write_warc(first)
    earlier = earlier_for(next(each for each in stored if each.hops[-1].url == PAGE))
    moved = make_capture(
        "https://www.example.com/b",
        at=NOON + DAY,
        redirects=["http://example.com/a", "https://example.com/a"],
    )
    second = [make_capture(PAGE, at=NOON + DAY, earlier=earlier), moved, *next_day]
    third = [
        make_capture(PAGE, at=NOON + 2 * DAY, status=304, earlier=earlier),
        make_capture(PAGE, at=NOON + 3 * DAY, html=article_html(changed)),
    ]
    for each in (warc, write_warc(second, serial=1)[0], write_warc(third, serial=2)[0]):
        _store(folder, each)

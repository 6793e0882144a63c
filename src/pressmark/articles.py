"""The article of a page on its way into the archive: read once, on a decoded copy, one page at a time."""

import threading
from datetime import datetime
from typing import Any, Protocol

from pressmark.archive.rows import article_of_row
from pressmark.capture import Capture
from pressmark.exchange import Exchange
from pressmark.reading import html_to_read
from pressmark.reports import Report
from pressmark.seams import REAL, Seams
from pressmark.sniffing import HTML_TYPES as HTML_TYPES
from pressmark.sniffing import html_content_type
from pressmark.warc.records import is_not_modified, is_repeat


class Extractor(Protocol):
    """What reads an article off a page: :func:`pressmark.article.extract`."""

    def __call__(
        self, html: bytes, url: str, content_type: str | None = None, *, crawled: datetime | None = None
    ) -> Any:
        """Return an Article."""


class Articles:
    """Reads the articles of a process's pages; used by many threads."""

    def __init__(self, extract: Extractor, seams: Seams = REAL) -> None:
        self._extract = extract
        self._seams = seams
        # One page's HTML, text and tree at a time: threads would not make it faster (one vCPU), and ten
        # large pages in memory at once are what would end the function.
        self._reading = threading.Lock()

    def forget(self) -> None:
        """Let the next batch read pages although one of the last batch's is still being read, perhaps for good."""
        self._reading = threading.Lock()

    def read(self, capture: Capture, page: Exchange, report: Report, *, deadline: float) -> None:
        """Put the article of ``page``, the capture's last exchange, into the capture.

        deadline: until when to wait for other pages, in seams.monotonic() seconds. Never raises: a page that cannot
        be read is archived all the same, and the report says why it was not.
        """
        earlier = capture.earlier.get(page.url)
        if earlier and (is_not_modified(page, earlier) or is_repeat(page, earlier)):
            capture.article = article_of_row(earlier.article) or None
            capture.read = earlier.article.get("read")
            return
        content_type = html_content_type(page) if 200 <= page.status < 300 and page.body.size else None
        if content_type is None:
            return
        started = self._seams.monotonic()
        if not self._reading.acquire(timeout=max(0.0, deadline - started)):
            report.facts["extraction_error"] = "no time left to read the page"
            return
        try:
            copy = html_to_read(page)
            article = self._extract(copy.html, page.url, content_type, crawled=page.started)
            facts, capture.read = article.to_dict(), copy.read(parsed=article.whole)
            capture.text = facts.pop("text", None)
            capture.article = facts
        except Exception as error:  # noqa: BLE001 - no page may be lost over what is read off it
            report.facts["extraction_error"] = f"{type(error).__name__}: {error}"[:300]
        finally:
            self._reading.release()
        report.ms["extract"] = 1000 * (self._seams.monotonic() - started)

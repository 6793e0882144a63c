"""The article of a page on its way into the archive: read once, on a decoded copy, one page at a time."""

from pressmark.archive.rows import article_of_row
from pressmark.clock import REAL, Outside
from pressmark.crawl.reports import Report
from pressmark.http.exchange import Exchange
from pressmark.http.sniffing import may_be_html
from pressmark.reading.process import ReadingError, Reads
from pressmark.warc.event import Capture
from pressmark.warc.records import is_not_modified, is_repeat


class Articles:
    """Reads the articles of a process's pages; used by many threads."""

    def __init__(self, reader: Reads, outside: Outside = REAL) -> None:
        self._reader = reader
        self._outside = outside

    def read(self, capture: Capture, page: Exchange, report: Report, *, until: float) -> None:
        """Put the article of ``page``, the capture's last exchange, into the capture.

        until: when reading ends, in outside.monotonic() seconds. Never raises: a page that cannot
        be read is archived all the same, and the report says why it was not.
        """
        earlier = capture.earlier.get(page.url)
        if earlier and (is_not_modified(page, earlier) or is_repeat(page, earlier)):
            capture.article = article_of_row(earlier.article) or None
            capture.read = earlier.article.get("read")
            if capture.article:
                return
        if not (200 <= page.status < 300 and page.body.size and may_be_html(page)):
            return
        started = self._outside.monotonic()
        try:
            read = self._reader.read(page, until - started)
            capture.article, capture.text, capture.read = read.article, read.text, read.part
        except ReadingError as error:
            report.facts["extraction_error"] = str(error)
        except Exception as error:  # noqa: BLE001 - no page may be lost over what is read off it
            report.facts["extraction_error"] = f"{type(error).__name__}: {error}"[:300]
        report.ms["extract"] = 1000 * (self._outside.monotonic() - started)

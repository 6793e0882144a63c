"""Reads the article of a page that is being captured: once, from a decoded copy, one page at a time.

The page's requisites are found in the same reading if they are wanted, because a page is parsed only once.
"""

from dataclasses import dataclass

from pressmark.archive.rows import article_of_row
from pressmark.clock import REAL, Outside
from pressmark.crawl.reports import Report
from pressmark.http.exchange import Exchange
from pressmark.http.sniffing import may_be_html
from pressmark.reading.process import Read, ReadingError, Reads
from pressmark.requisites.wanted import Level, Wanted
from pressmark.warc.event import Capture
from pressmark.warc.records import is_not_modified, is_repeat


@dataclass(frozen=True, slots=True)
class Needed:
    """The requisites found in a page. charset: the page's, for style sheets that name none."""

    wanted: list[Wanted]
    charset: str | None = None


class Articles:
    """Reads the articles of a process's pages; used by many threads."""

    def __init__(self, reader: Reads, outside: Outside = REAL) -> None:
        self._reader = reader
        self._outside = outside

    def read(
        self,
        capture: Capture,
        page: Exchange,
        report: Report,
        *,
        until: float,
        level: Level = "none",
        listed: bool = False,
    ) -> Needed | None:
        """Put the article of ``page``, the capture's last exchange, into the capture; return the page's requisites.

        Returns None if requisites are not wanted or not known. until: when reading ends, in outside.monotonic()
        seconds. level: which requisites are wanted. listed: whether an earlier capture has a list of them, which is
        used if the page has not changed. Never raises: a page that cannot be read is archived all the same, and the
        report says why it could not be read.
        """
        earlier = capture.earlier.get(page.url)
        if earlier and (is_not_modified(page, earlier) or is_repeat(page, earlier)):
            capture.article = article_of_row(earlier.article) or None
            capture.read = earlier.article.get("read")
            if capture.article and (listed or level == "none"):
                return None
        if not (200 <= page.status < 300 and page.body.size and may_be_html(page)):
            return None
        started = self._outside.monotonic()
        try:
            read = self._read(page, until - started, level)
            capture.article, capture.text, capture.read = read.article, read.text, read.part
            needed, charset = read.requisites, read.charset
        except ReadingError as error:
            report.facts["extraction_error"] = str(error)
            needed, charset = error.requisites, error.charset
        except Exception as error:  # noqa: BLE001 - a page that cannot be read must not be lost
            report.facts["extraction_error"] = f"{type(error).__name__}: {error}"[:300]
            needed = charset = None
        report.ms["extract"] = 1000 * (self._outside.monotonic() - started)
        return None if needed is None else Needed(needed, charset)

    def _read(self, page: Exchange, seconds: float, level: Level) -> Read:
        if level == "none":
            return self._reader.read(page, seconds)
        return self._reader.read(page, seconds, level)

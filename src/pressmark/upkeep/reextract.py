"""Reads stored pages with today's extractor: the article fields of a capture, from its bytes.

The WARC's metadata record stays as it is: it has what was read from the page on the day of the capture (D5). A row with
re-extracted fields says so in ``extracted_by``; a rebuild without ``--extract`` undoes that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pressmark import __version__
from pressmark.archive import rows
from pressmark.archive.content import Files, response
from pressmark.archive.rows import Item
from pressmark.errors import NotFoundError
from pressmark.http.sniffing import may_be_html
from pressmark.reading.process import Reads
from pressmark.warc.stored import StoredCapture

EXTRACTED_BY = "extracted_by"
"""Attribute of a row whose article fields are not the WARC's: the software that read them."""

SECONDS = 120.0
"""How long a command waits for one page: enough for starting a process, and for a second try in another. The page
itself has :data:`pressmark.reading.reader.READ_SECONDS`."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one capture that is read differently today. None: not there."""

    url: str
    captured: str
    field: str
    before: Any
    now: Any


def reextract(stored: StoredCapture, row: Item, files: Files, reads: Reads) -> StoredCapture | None:
    """Return a capture event with its article read again; None if there is no page to read.

    row: of the event's last hop. Raises NotFoundError if the bytes are not there, ReadingError if the page was not
    read, ArchiveError and WarcError.
    """
    facts = stored.metadata
    last = stored.hops[-1]
    if facts.get("purpose") != "page" or "error" in facts or last.record == "metadata":
        return None
    try:
        there = response(files, row)
    except NotFoundError:
        if last.record == "response":
            raise
        return None  # a revisit of a capture elsewhere: only what was read on the day of the capture is left
    body, page = there.kept, there.exchange()
    page.truncated = row.get("truncated")
    try:
        if not (row.get("status") in (304, None) or 200 <= row["status"] < 300):
            return None
        if not (body.size and may_be_html(page)):
            return None
        page.url, page.status = last.url, row.get("status") or page.status
        read = reads.read(page, SECONDS)
    finally:
        body.close()
    if read.article is None:
        return None
    return replace(stored, metadata=facts | {"article": read.article, "read": read.part})


def changes(before: StoredCapture, now: StoredCapture) -> Iterator[Change]:
    """Yield each article field of the row that differs."""
    then_fields = rows.article_fields(before.metadata.get("article") or {})
    now_fields = rows.article_fields(now.metadata.get("article") or {})
    last = before.hops[-1]
    for name in sorted(then_fields.keys() | now_fields.keys()):
        if then_fields.get(name) != now_fields.get(name):
            yield Change(last.url, last.captured, name, then_fields.get(name), now_fields.get(name))


def mark(row: Item) -> Item:
    """Return a row with the software that read its article fields."""
    return row | {EXTRACTED_BY: f"Pressmark/{__version__}"}

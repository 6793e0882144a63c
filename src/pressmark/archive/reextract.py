"""Today's extractor over yesterday's pages: the article fields of a capture, read off its bytes once more.

What the WARC's metadata record says stays as it is: it is what was read off the page on the day (D5). A row
with re-extracted fields says so in ``extracted_by``; a rebuild without ``--extract`` takes it back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pressmark import __version__
from pressmark.archive import rows
from pressmark.archive.content import Files, response
from pressmark.archive.rows import Item
from pressmark.errors import NotFoundError
from pressmark.reading import html_to_read
from pressmark.sniffing import html_content_type
from pressmark.warc.stored import StoredCapture

EXTRACTED_BY = "extracted_by"
"""Attribute of a row whose article fields are not the WARC's: the software that read them."""

Extract = Callable[..., Any]
"""Reads an Article off a page: :func:`pressmark.article.extract`."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one capture that is read differently today. None: not there."""

    url: str
    captured: str
    field: str
    before: Any
    now: Any


def reextract(stored: StoredCapture, row: Item, files: Files, extract: Extract) -> StoredCapture | None:
    """Return a capture event with its article read anew, None where there is no page to read.

    row: of the event's last hop. Raises NotFoundError where the bytes are not there, ArchiveError, WarcError.
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
        return None  # a revisit of what is not in this archive: what was read on the day is all there is
    body, page = there.kept, there.exchange()
    page.truncated = row.get("truncated")
    try:
        if not (row.get("status") in (304, None) or 200 <= row["status"] < 300):
            return None
        content_type = html_content_type(page) if body.size else None
        if content_type is None:
            return None
        copy = html_to_read(page)
        article = extract(copy.html, last.url, content_type, crawled=page.started)
    finally:
        body.close()
    said = article.to_dict()
    said.pop("text")
    return replace(stored, metadata=facts | {"article": said, "read": copy.read(parsed=article.whole)})


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

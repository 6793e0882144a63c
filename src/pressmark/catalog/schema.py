"""The columns of the open table, and a capture's values in them. docs/catalog.md has the same list."""

from typing import Any

from pressmark.archive import rows
from pressmark.archive.keys import split_capture
from pressmark.archive.rows import Item
from pressmark.urls import host_of
from pressmark.warc.stored import StoredCapture

VERSION = 1
"""Goes up when a column's meaning or type changes, or a column is removed; every file is then written again. An added
column does not count: readers see null where an older file lacks it.
"""

COLUMNS: dict[str, str] = {
    "url": "VARCHAR",
    "captured": "TIMESTAMP",
    "surt": "VARCHAR",
    "host": "VARCHAR",
    "status": "BIGINT",
    "mime": "VARCHAR",
    "size": "BIGINT",
    "digest": "VARCHAR",
    "truncated": "VARCHAR",
    "title": "VARCHAR",
    "titles": "MAP(VARCHAR, VARCHAR)",
    "authors": "VARCHAR[]",
    "published": "VARCHAR",
    "modified": "VARCHAR",
    "section": "VARCHAR",
    "tags": "VARCHAR[]",
    "description": "VARCHAR",
    "kind": "VARCHAR",
    "language": "VARCHAR",
    "site_name": "VARCHAR",
    "words": "BIGINT",
    "read": "VARCHAR",
    "paywalled": "BOOLEAN",
    "canonical": "VARCHAR",
    "image": "VARCHAR",
    "caption": "VARCHAR",
    "credit": "VARCHAR",
    "text": "VARCHAR",
    "error": "VARCHAR",
    "reason": "VARCHAR",
    "requisites": "VARCHAR",
    "requested": "VARCHAR",
    "redirect": "VARCHAR",
    "final": "VARCHAR",
    "revisit": "VARCHAR",
    "original_url": "VARCHAR",
    "original_captured": "TIMESTAMP",
    "original_warc": "VARCHAR",
    "original_offset": "BIGINT",
    "original_length": "BIGINT",
    "labels": "VARCHAR[]",
    "note": "VARCHAR",
    "purpose": "VARCHAR",
    "etag": "VARCHAR",
    "last_modified": "VARCHAR",
    "imported": "VARCHAR",
    "record": "VARCHAR",
    "bucket": "VARCHAR",
    "warc": "VARCHAR",
    "offset": "BIGINT",
    "length": "BIGINT",
    "meta_offset": "BIGINT",
    "meta_length": "BIGINT",
    "message_id": "VARCHAR",
    "token": "VARCHAR",
    "site": "VARCHAR",
    "capture": "VARCHAR",
}
"""Each column of a file, in order, with DuckDB's type. Times are UTC; ``day`` is the folder's name (Hive)."""

PARTITION = "day"
"""The column that no file holds: day of ``captured``, read from the folder's name."""


Row = dict[str, Any]
"""A row of the open table as JSON: a time is a text in UTC, a column without a value is left out."""


def row(item: Item, stored: StoredCapture, text: str | None) -> Row:
    """Return a table row's columns in the open table, with nothing cut.

    item: of :func:`pressmark.archive.rows.items`. stored: the event that it is of. text: the article's, if the row is
    that of the event's last hop.
    """
    is_last = (item["url"], item["captured"]) == (stored.hops[-1].url, stored.hops[-1].captured)
    whole = item | (_whole(stored.metadata) if is_last else {})
    error = stored.metadata.get("error")
    if "error" in item and isinstance(error, dict) and error.get("reason"):
        whole["reason"] = str(error["reason"])
    whole["surt"], _ = split_capture(item["capture"])
    whole["host"] = host_of(item["url"])
    whole["text"] = text if is_last else None
    return {name: whole[name] for name in COLUMNS if _fits(name, whole.get(name))}


def _fits(name: str, value: Any) -> bool:
    """Whether a column can hold a value: a stranger's file may state any number."""
    if COLUMNS[name] == "BIGINT":
        return isinstance(value, int) and -(2**63) <= value < 2**63
    return value is not None


def _whole(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return an article's fields in full length; rows cut them (:data:`pressmark.archive.rows.LIMITS`)."""
    article = metadata.get("article")
    if not article:
        return {}
    image = article.get("image") or {}
    title = article.get("title")
    forms = article.get("titles")
    said = {name: article.get(name) for name in rows.LIMITS if name != "image"}
    said |= {"image": image.get("url"), "caption": image.get("caption"), "credit": image.get("credit")}
    fields: dict[str, Any] = {name: each for name, each in said.items() if isinstance(each, str) and each}
    for name in ("authors", "tags"):
        if values := [str(value) for value in article.get(name) or () if value]:
            fields[name] = list(dict.fromkeys(values))
    if isinstance(forms, dict):
        titles = {
            str(where): form for where, form in forms.items() if isinstance(form, str) and form != title
        }
        fields |= {"titles": titles} if titles else {}
    return fields

"""CDXJ as pywb and cdxj-indexer write it, and CDX-11 as the Wayback Machine does."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from pressmark import surt
from pressmark.archive.outcome import is_answer
from pressmark.archive.rows import Item
from pressmark.archive.times import timestamp14
from pressmark.export.sorting import Sorter
from pressmark.http.media import essence_to_keep

CDX11_HEADER = " CDX N b a m s k r M S V g"
"""Fields: urlkey, timestamp, original URL, media type, status, digest, redirect, meta tags, length, offset, file."""

_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")


def is_indexed(row: Item) -> bool:
    """Whether a row has a response, or a revisit of one; a capture that got no answer has neither."""
    return is_answer(row)


def key_of(url: str) -> str:
    """Return the SURT as cdxj-indexer and pywb write it: an IPv6 address without its brackets."""
    key = surt.surt(url)
    return key.replace("[", "", 1).replace("]", "", 1) if key.startswith("[") else key


def cdxj_line(row: Item, *, filename: str | None = None) -> str:
    """Write a row as a CDXJ line, without line end. filename: instead of the WARC file's key."""
    fields = cdxj_fields(row) | {"filename": filename or row["warc"]}
    return f"{key_of(row['url'])} {timestamp14(row['captured'])} {json.dumps(fields)}"


def cdx11_line(row: Item, *, filename: str | None = None) -> str:
    """Write a row as a line of an 11-field CDX file, without line end; unknown fields are ``-``."""
    return " ".join(columns(row, filename=filename).values())


def columns(row: Item, *, filename: str | None = None) -> dict[str, str]:
    """Return the columns of an 11-field CDX line by the names that the Wayback Machine's CDX server has for them."""
    fields = cdxj_fields(row)
    told = {
        "original": fields["url"],
        "mimetype": fields.get("mime", ""),
        "statuscode": fields.get("status", ""),
        "digest": fields.get("digest", "").rpartition(":")[2],
        "redirect": "",
        "robotflags": "",
        "length": fields["length"],
        "offset": fields["offset"],
        "filename": filename or row["warc"],
    }
    return {"urlkey": key_of(row["url"]), "timestamp": timestamp14(row["captured"])} | {
        name: _column(value) for name, value in told.items()
    }


def _column(value: str) -> str:
    """Return a value that fits into one column: blanks and line ends escaped, ``-`` for nothing."""
    return _BLANK.sub(lambda match: quote(match[0]), value) or "-"


def cdxj(rows: Iterable[Item]) -> Iterator[str]:
    """Yield the CDXJ lines of rows in the order an index needs."""
    yield from _sorted(cdxj_line(row) for row in rows if is_indexed(row))


def cdx11(rows: Iterable[Item]) -> Iterator[str]:
    """Yield the header and the lines of an 11-field CDX file in the order an index needs."""
    yield CDX11_HEADER
    yield from _sorted(cdx11_line(row) for row in rows if is_indexed(row))


def cdxj_fields(row: Item) -> dict[str, str]:
    """Return the fields of a CDXJ line but for the file name, in cdxj-indexer's order; all are texts."""
    revisit = "revisit" in row
    # A row of another tool's WARC, or of an older version, may have all of a Content-Type here.
    mime = essence_to_keep([row["mime"]]) if row.get("mime") else None
    fields: dict[str, Any] = {"url": row["url"], "mime": "warc/revisit" if revisit else mime or None}
    # The record of a page that was not modified holds no status line; the row has it from elsewhere.
    fields["status"] = None if row.get("revisit") == "server-not-modified" else row.get("status")
    fields |= {"digest": row.get("digest"), "length": row["length"], "offset": row["offset"]}
    return {name: str(value) for name, value in fields.items() if value is not None}


def _sorted(lines: Iterable[str]) -> Iterator[str]:
    with Sorter() as sorter:
        for line in lines:
            sorter.add(line)
        for line, _ in sorter:
            yield line

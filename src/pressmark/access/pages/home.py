"""The front page: a box for a URL, the newest captures, and their sites."""

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response
from pressmark.access.pages import listing
from pressmark.access.pages.capture import picture
from pressmark.access.pages.rendering import answer, public
from pressmark.archive.ranges import row_key
from pressmark.archive.rows import Item
from pressmark.archive.same import page as page_of
from pressmark.archive.selection import Selection

LOOKED_AT = 200
"""Captures that the front page is made of: the newest."""

NEWEST = 12
"""Pages that are listed."""

PAGES = ("text/html", "application/xhtml+xml", "text/plain", "application/pdf")
"""Media types of what people read."""

SITES = 16
"""Sites that are named."""


def page(archive: Archive, request: Request) -> Response:
    """Answer with the front page. Raises ArchiveError."""
    rows, more = listing.read(archive, Selection(), limit=LOOKED_AT, whole=False)
    newest: dict[str, Item] = {}
    for row in rows:
        if _is_page(row):
            newest.setdefault(page_of(row["url"]), row)
    sites = Counter(_host(row) for row in newest.values())
    # The days' index does not have a page's language.
    listed = archive.reader.rows([row_key(row) for row in list(newest.values())[:NEWEST]])
    lead = next((row for row in listed if "title" in row and "image" in row), None)
    facts = {
        "title": archive.options.title,
        "newest": [public(row) for row in listed],
        "lead": None if lead is None else _lead(archive, lead),
        "sites": [{"site": site, "pages": number} for site, number in sites.most_common(SITES) if site],
        "looked_at": {
            "captures": len(rows),
            "failures": sum("error" in row for row in rows),
            "all": not more,
            "since": rows[-1]["captured"] if rows else None,
        },
    }
    return answer(archive, request, "home.html", facts)


def _is_page(row: Item) -> bool:
    """Whether a row of the days' index is of a page that succeeded, not of one of its requisites."""
    succeeded = "error" not in row and (row.get("status", 0) < 300 or "revisit" in row)
    return succeeded and ("title" in row or row.get("mime", "text/html") in PAGES)


def _lead(archive: Archive, row: Item) -> dict[str, Any]:
    """Return the row that the front page begins with, and its picture if that is archived."""
    image = {"url": row["image"], "caption": row.get("caption"), "credit": row.get("credit")}
    return {"capture": public(row), "picture": picture(archive, {"image": image}, row)}


def _host(row: Item) -> str:
    try:
        host = urlsplit(row["url"]).hostname or ""
    except ValueError:
        host = ""
    return host.removeprefix("www.")

"""The page of a URL: its captures by year and month, what became of each, and which of them changed it."""

from itertools import groupby
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.memento import addresses
from pressmark.access.messages import Request, Response
from pressmark.access.pages import listing
from pressmark.access.pages.rendering import answer
from pressmark.access.refusals import HttpError
from pressmark.archive.same import Kin, Named
from pressmark.archive.selection import Selection

LISTED = 200
"""Captures of a page of the listing."""


def page(archive: Archive, request: Request) -> Response:
    """Answer with a URL's captures, newest first. Raises HttpError, UrlError, ArchiveError."""
    named = named_by(request)
    rows, after = listing.read(
        archive, Selection(url=named.url), limit=LISTED, after=request.arg("after") if _asks(request) else ""
    )
    if not rows and not (_asks(request) and request.arg("after")):
        raise HttpError(404, f"{named.url} is not in this archive")
    older = None
    if after:
        behind, _ = listing.read(archive, Selection(url=named.url), limit=1, after=after)
        older = behind[0] if behind else None
    captures = listing.told(rows, older)
    title = next((each["title"] for each in captures if each.get("title")), "")
    facts: dict[str, Any] = {
        "url": named.url,
        "title": title,
        "language": next((each["language"] for each in captures if each.get("language")), ""),
        "is_neighbour": bool(rows) and named.kin(rows[0]["url"]) > Kin.SCHEME,
        "captures": captures,
        "after": after,
    }
    years = [
        (year, [(month, list(each)) for month, each in groupby(of_year, lambda one: one["captured"][:7])])
        for year, of_year in groupby(captures, lambda one: one["captured"][:4])
    ]
    return answer(archive, request, "history.html", facts, {"years": years})


def named_by(request: Request) -> Named:
    """Return the URL that a request names, in its path or as ``url``. Raises HttpError, UrlError."""
    if not _asks(request):
        return addresses.url_of(request)
    url = request.arg("url").strip()
    if not url:
        raise HttpError(400, "name a URL: url=https://example.com/")
    if "://" not in url[:10]:
        return Named(f"http://{url.removeprefix('//')}", any_scheme=True)
    return Named(url)


def _asks(request: Request) -> bool:
    """Whether the query is a question to us, not a part of the captured URL."""
    return "url" not in request.parts

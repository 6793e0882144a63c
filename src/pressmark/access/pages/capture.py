"""The page of a capture: what it says, where each fact was found, and where its records stand."""

from datetime import timedelta
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.memento import addresses, finding
from pressmark.access.messages import Request, Response, redirect
from pressmark.access.pages import links
from pressmark.access.pages.history import named_by
from pressmark.access.pages.rendering import answer, public
from pressmark.access.refusals import HttpError
from pressmark.archive import content, ranges
from pressmark.archive.outcome import is_answer
from pressmark.archive.rows import Item
from pressmark.archive.same import Kin, Named
from pressmark.archive.times import timestamp14
from pressmark.errors import NotFoundError, TakenDownError, UrlError
from pressmark.research import compare

MAX_TEXT = 200_000
"""Characters of an article's text that are shown; longer than any article, and a page stays readable."""

DATES = (("published", "Published"), ("modified", "Changed"))
LISTS = (("authors", "By"), ("tags", "Tags"))
TEXTS = (
    ("title", "Headline"),
    ("description", "Summary"),
    ("section", "Section"),
    ("site_name", "Site"),
    ("language", "Language"),
    ("kind", "Kind"),
)
PLACES = (
    ("warc", "WARC file"),
    ("offset", "Offset of the record, in bytes"),
    ("length", "Length of the record, in bytes"),
    ("digest", "Payload digest"),
    ("mime", "Media type"),
    ("size", "Size of the body, in bytes"),
    ("redirect", "Redirect to"),
    ("final", "Led to"),
    ("revisit", "Revisit"),
    ("original_captured", "Repeats the capture of"),
    ("read", "Read by"),
)
"""What is shown of an article and of its record: names of the facts, and what they are called."""


def page(archive: Archive, request: Request) -> Response:
    """Answer with a capture's page, or lead to the nearest capture's. Raises HttpError, UrlError, ArchiveError."""
    row, exact = chosen(archive, named_by(request), request.arg("at"))
    if not exact:
        form = request.parts.get("json", "")
        return redirect(links.capture(row, form)).add("Cache-Control", "no-store")
    check(archive, row)
    version = compare.read(archive.reader, archive.files, row)
    article = {name: value for name, value in version.article.items() if name not in ("text", "sources")}
    facts: dict[str, Any] = {
        "capture": public(row),
        "article": article,
        "sources": version.article.get("sources") or {},
        "text": version.text[:MAX_TEXT],
        "text_is_cut": len(version.text) > MAX_TEXT,
        "lost": version.lost,
        "neighbours": {
            name: public(each)
            for name, each in finding.around(archive, Named(row["url"]), row).items()
            if name in ("prev", "next")
        },
        "picture": _picture(archive, article, row),
    }
    shown = {
        "is_answer": is_answer(row),
        "json_link": links.capture(row, ".json"),
        "dates": DATES,
        "lists": LISTS,
        "texts": TEXTS,
        "places": PLACES,
    }
    return answer(archive, request, "capture.html", facts, shown)


def check(archive: Archive, row: Item) -> None:
    """Raise TakenDownError where a capture, or the one that it repeats, was taken down."""
    if "deleted" in row:
        raise TakenDownError(content.taken_down(row))
    content.original_of(archive.reader, row)


def chosen(archive: Archive, named: Named, digits: str) -> tuple[Item, bool]:
    """Return the row that a time of up to 14 digits names, and whether it is of that very second and page.

    Without a time it is the newest that gives most of the page. Raises HttpError, ArchiveError.
    """
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= 14):
        raise HttpError(400, "write a time as YYYYMMDDhhmmss")
    moment = addresses.moment_of(digits, archive.clock.now())
    row = _failed(archive, named, digits) or finding.nearest(archive, named, moment, newest=len(digits) < 4)
    return row, timestamp14(row["captured"]) == digits and named.kin(row["url"]) <= Kin.SCHEME


def _failed(archive: Archive, named: Named, digits: str) -> Item | None:
    """Return the row of a capture that nothing answered, where that very second is asked for."""
    if len(digits) != 14:
        return None

    second = addresses.moment_of(digits, archive.clock.now()).replace(microsecond=0)
    asked = ranges.of_url(named.url, start=second, end=second + timedelta(seconds=1))
    if finding.of_second(archive, named, second) is not None:
        return None
    rows = archive.reader.page(asked, limit=finding.SECOND).items
    return next((row for row in rows if "error" in row and named.kin(row["url"]) <= Kin.SCHEME), None)


def _picture(archive: Archive, article: dict[str, Any], row: Item) -> dict[str, Any] | None:
    """Return what is known of the article's picture; with ``row`` where this archive has it."""
    image = article.get("image")
    if not isinstance(image, dict) or not isinstance(image.get("url"), str):
        return None
    picture = {name: image.get(name) for name in ("url", "caption", "credit")} | {"captured": None}
    try:
        there = finding.nearest(archive, Named(image["url"]), addresses.instant(row))
    except (HttpError, NotFoundError, UrlError):
        return picture
    is_picture = str(there.get("mime", "")).startswith("image/") and there.get("status") == 200
    if is_picture and there["url"] == image["url"] and "deleted" not in there:
        picture["captured"] = there["captured"]
    return picture

"""The page of a capture: its content, where each fact was found, and where its records are."""

import base64
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.memento import addresses, finding
from pressmark.access.messages import Request, Response, redirect
from pressmark.access.pages import links
from pressmark.access.pages.history import named_by
from pressmark.access.pages.rendering import answer, public
from pressmark.access.refusals import HttpError
from pressmark.archive import content, ranges, requisite_lists
from pressmark.archive.outcome import is_answer
from pressmark.archive.rows import Item
from pressmark.archive.same import Kin, Named
from pressmark.archive.times import timestamp14
from pressmark.errors import NotFoundError, TakenDownError, UrlError, WarcError
from pressmark.research import compare
from pressmark.warc.requisites import PURPOSE

MAX_TEXT = 200_000
"""Characters of an article's text that are shown; longer than any article, and a page stays readable."""

LINKED = 100
"""Addresses that an article links to that are listed."""

TEXTS = (
    ("description", "Summary"),
    ("section", "Section"),
    ("site_name", "Site"),
    ("language", "Language"),
    ("kind", "Kind"),
    ("word_count", "Words"),
    ("copyright", "Copyright"),
    ("licence", "Licence"),
)
PLACES = (
    ("mime", "Media type"),
    ("size", "Size of the body, in bytes"),
    ("redirect", "Redirect to"),
    ("final", "Led to"),
    ("revisit", "Revisit"),
    ("read", "Read by"),
)
"""What is shown of an article and of its record: names of the facts, and what they are called."""

KINDS = {
    "style": "Style sheets",
    "image": "Pictures",
    "icon": "Icons",
    "font": "Fonts",
    "script": "Scripts",
    "media": "Media files",
    "other": "Other files",
    "redirect": "Redirects",
}
"""What the kinds of requisites are called."""

RECORDS = (
    ("", "Response record"),
    ("meta_", "Metadata and text records"),
    ("original_", "Record that it repeats"),
)
"""Records that a row points to: what the names of its attributes begin with, and what they are called."""


def page(archive: Archive, request: Request) -> Response:
    """Answer with a capture's page, or redirect to that of the nearest capture.

    Raises HttpError, UrlError, ArchiveError.
    """
    row, exact = chosen(archive, named_by(request), request.arg("at"))
    if not exact:
        form = request.parts.get("json", "")
        return redirect(links.capture(row, form)).add("Cache-Control", "no-store")
    check(archive, row)
    version = compare.read(archive.reader, archive.files, row)
    article = {name: value for name, value in version.article.items() if name not in ("text", "sources")}
    sources = version.article.get("sources") or {}
    shows = is_answer(row) and "warc" in row
    facts: dict[str, Any] = {
        "capture": public(row),
        "article": article,
        "sources": sources,
        "instants": _instants(row, article, sources),
        "records": _records(row),
        "digest": _digest(row),
        "text": version.text[:MAX_TEXT],
        "text_is_cut": len(version.text) > MAX_TEXT,
        "lost": version.lost,
        "neighbours": {
            name: public(each)
            for name, each in finding.around(archive, Named(row["url"]), row).items()
            if name in ("prev", "next")
        },
        "picture": picture(archive, article, row),
        "links": _links(archive, row) if shows else {},
        "requisites": _requisites(archive, row) if shows else None,
    }
    shown = {
        "shows": shows,
        "json_link": links.capture(row, ".json"),
        "forms": _forms(article.get("titles")),
        "tags_within": {} if "tag" in archive.reader.index_terms else {"site": links.site(row)},
        "texts": TEXTS,
        "places": PLACES,
        "kind_names": KINDS,
        "outlinks": [each for each in article.get("outlinks") or () if isinstance(each, str)][:LINKED],
    }
    return answer(archive, request, "capture.html", facts, shown)


def _requisites(archive: Archive, row: Item) -> dict[str, Any] | None:
    """Return the captured requisites of the page; None if they were not asked for."""
    try:
        listing = requisite_lists.of_page(archive.reader, archive.files, row)
    except (NotFoundError, WarcError):  # verify reports it; the page itself can be shown
        return None
    return requisite_lists.told(listing) if listing else None


def _instants(row: Item, article: dict[str, Any], sources: dict[str, Any]) -> list[dict[str, str]]:
    """Return the known times, each with its source."""
    found = [
        ("Published", article.get("published"), sources.get("published")),
        ("Changed", article.get("modified"), sources.get("modified")),
        ("Last-Modified", _http_date(row.get("last_modified")), "the server"),
        ("Captured", row["captured"], "this archive"),
        ("Repeats the capture of", row.get("original_captured"), "this archive"),
    ]
    return [
        {"name": name, "at": str(value), "source": str(source or "")}
        for name, value, source in found
        if value
    ]


def _forms(titles: Any) -> list[tuple[str, str]]:
    """Return each form of the headline once, and where the page has it."""
    found: dict[str, list[str]] = {}
    for source, form in (titles if isinstance(titles, dict) else {}).items():
        found.setdefault(str(form), []).append(str(source))
    return [(form, ", ".join(sources)) for form, sources in found.items()]


def _http_date(value: Any) -> str | None:
    """Return an HTTP date (RFC 9110 section 5.6.7) in ISO 8601; anything else unchanged."""
    try:
        return parsedate_to_datetime(str(value)).isoformat() if value else None
    except (ValueError, TypeError):
        return str(value)


def _records(row: Item) -> list[dict[str, Any]]:
    """Return in which WARC file and where the records of a capture are. offset, length: bytes, compressed."""
    found = []
    for prefix, name in RECORDS:
        warc = row.get("original_warc") if prefix == "original_" else row.get("warc")
        place = {each: row[f"{prefix}{each}"] for each in ("offset", "length") if f"{prefix}{each}" in row}
        if warc and len(place) == 2 and place["length"]:
            found.append({"name": name, "warc": warc, **place})
    return found


def _digest(row: Item) -> dict[str, str]:
    """Return the payload's digest as in the WARC and, if it is a SHA-1, as sha1sum prints it."""
    said = str(row.get("digest", ""))
    algorithm, _, value = said.partition(":")
    if algorithm.lower() != "sha1" or len(value) != 32:
        return {"warc": said} if said else {}
    try:
        return {"warc": said, "hex": base64.b32decode(value.upper()).hex()}
    except ValueError:
        return {"warc": said}


def _links(archive: Archive, row: Item) -> dict[str, str]:
    found: dict[str, str] = {
        "replay": links.memento(row),
        "bytes": links.raw(row),
        "wacz": links.bundle(row),
        "json": links.capture(row, ".json"),
        "page": links.page(row["url"]),
        "timemap": links.timemap(row["url"]),
    }
    if archive.options.replay_url and row.get("purpose") != PURPOSE:
        found["share"] = links.share(row)
    return found


def check(archive: Archive, row: Item) -> None:
    """Raise TakenDownError if a capture, or the one that it repeats, was taken down."""
    if "deleted" in row:
        raise TakenDownError(content.taken_down(row))
    content.original_of(archive.reader, row)


def chosen(archive: Archive, named: Named, digits: str) -> tuple[Item, bool]:
    """Return the row that a time of up to 14 digits names, and whether it is of exactly that second and page.

    Without a time it is the newest that gives most of the page. Raises HttpError, ArchiveError.
    """
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= 14):
        raise HttpError(400, "write a time as YYYYMMDDhhmmss")
    moment = addresses.moment_of(digits, archive.clock.now())
    row = _failed(archive, named, digits) or finding.nearest(archive, named, moment, newest=len(digits) < 4)
    return row, timestamp14(row["captured"]) == digits and named.kin(row["url"]) <= Kin.SCHEME


def _failed(archive: Archive, named: Named, digits: str) -> Item | None:
    """Return the row of a capture that got no answer, if exactly its second is asked for."""
    if len(digits) != 14:
        return None

    second = addresses.moment_of(digits, archive.clock.now()).replace(microsecond=0)
    asked = ranges.of_url(named.url, start=second, end=second + timedelta(seconds=1))
    if finding.of_second(archive, named, second) is not None:
        return None
    rows = archive.reader.page(asked, limit=finding.SECOND).items
    return next((row for row in rows if "error" in row and named.kin(row["url"]) <= Kin.SCHEME), None)


def picture(archive: Archive, article: dict[str, Any], row: Item) -> dict[str, Any] | None:
    """Return what is known of the article's picture; with ``row`` if this archive has it."""
    image = article.get("image")
    if not isinstance(image, dict) or not isinstance(image.get("url"), str):
        return None
    told: dict[str, Any] = {name: image.get(name) for name in ("url", "caption", "credit", "alt")} | {
        "captured": None
    }
    try:
        there = finding.nearest(archive, Named(image["url"]), addresses.instant(row))
    except (HttpError, NotFoundError, UrlError):
        return told
    is_picture = str(there.get("mime", "")).startswith("image/") and there.get("status") == 200
    if is_picture and there["url"] == image["url"] and "deleted" not in there:
        told["captured"] = there["captured"]
    return told

"""Captures that fit conditions: site, author, tag, section, status, error, time; and those that failed."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response, redirect
from pressmark.access.pages import links, listing
from pressmark.access.pages.meanings import meaning
from pressmark.access.pages.rendering import answer, public
from pressmark.access.refusals import HttpError
from pressmark.archive.selection import Selection
from pressmark.archive.times import parse_span_of_time

LISTED = 50
"""Captures of a page of the listing."""

MAX_CONDITION = 300
"""Characters of a condition."""

FAILED_DAYS = 30
"""Days in which failures are looked for if no time is given."""

MAX_ASKED = 8_000
"""Maximum number of characters in the search box of every page: an address may be long."""

_ADDRESS = re.compile(
    r"https?:/|[^\s/:@\"*]+\.[^\s/.:@\"*]{2,}(?::\d+)?(?:[/?#]\S*)?$|localhost|\S+:\d+/", re.IGNORECASE
)
"""What distinguishes an address from a word: ``example.com/a``."""

TERMS = ("author", "tag", "section", "status", "error")
NAMES = ("words", "site", *TERMS, "from", "to")
FAILURES = ("site", "error", "from", "to")
"""The conditions of both pages, as parameters of their addresses."""


def page(archive: Archive, request: Request) -> Response:
    """Answer with the captures that fit, newest first; of a site alone, the newest of each page, in order of addresses.

    With words, with the pages whose title or text has all of them (:mod:`.wordsearch`).
    Raises HttpError, UrlError, ArchiveError.
    """
    asked = _asked(request, NAMES)
    terms = tuple((name, asked[name]) for name in TERMS if asked[name])
    if asked["status"] and not (asked["status"].isascii() and asked["status"].isdigit()):
        raise HttpError(400, "status: write an HTTP status code, such as 404")
    start, end = _times(archive, asked)
    selection = Selection(
        url=asked["site"] or None,
        match="domain" if asked["site"] else "exact",
        terms=terms,
        start=start,
        end=end,
        latest=bool(asked["site"]) and not terms and not asked["words"],
    )
    if asked["words"]:
        from pressmark.access.pages import wordsearch

        facts = wordsearch.found(archive, asked["words"], selection, request.arg("after"))
    else:
        rows, after = listing.read(archive, selection, limit=LISTED, after=request.arg("after"))
        facts = {"captures": [public(row) for row in rows], "after": after}
    facts = {"asked": {name: value for name, value in asked.items() if value}, **facts}
    return _answer(archive, request, facts, NAMES)


def find(archive: Archive, request: Request) -> Response:
    """Redirect to the page of an address, or to the captures with some words. Raises HttpError."""
    del archive
    asked = request.arg("q").strip()
    if not asked:
        raise HttpError(400, "q: write words, or the address of a page")
    if len(asked) > MAX_ASKED:
        raise HttpError(400, f"q: at most {MAX_ASKED:,} characters")
    where = links.page(asked) if _ADDRESS.match(asked) else links.results(words=asked)
    return redirect(where).add("Cache-Control", "no-store")


def failures(archive: Archive, request: Request) -> Response:
    """Answer with what could not be archived, newest first. Raises HttpError, UrlError, ArchiveError."""
    asked = _asked(request, FAILURES)
    start, end = _times(archive, asked)
    if start is None and not asked["error"]:
        start = archive.clock.now() - timedelta(days=FAILED_DAYS)
    selection = Selection(
        url=asked["site"] or None,
        match="domain" if asked["site"] else "exact",
        terms=(("error", asked["error"]),) if asked["error"] else (),
        start=start,
        end=end,
    )
    rows, after = listing.read(
        archive,
        selection,
        limit=LISTED,
        after=request.arg("after"),
        wanted=None if asked["error"] else lambda row: "error" in row,
    )
    codes = dict.fromkeys(str(row["error"]) for row in rows if "error" in row)
    facts: dict[str, Any] = {
        "asked": {name: value for name, value in asked.items() if value},
        "since": None if start is None else start.isoformat(timespec="seconds"),
        "captures": [public(row) for row in rows],
        "meanings": {code: known._asdict() for code in codes if (known := meaning(code))},
        "after": after,
    }
    return _answer(archive, request, facts, FAILURES)


def _answer(archive: Archive, request: Request, facts: dict[str, Any], names: tuple[str, ...]) -> Response:
    of_failures = names is FAILURES
    write = links.failures if of_failures else links.results
    shown = {
        "names": names,
        "of_failures": of_failures,
        "since": facts.get("since"),
        "words": facts.get("words"),
        "more_link": write(**facts["asked"], after=facts["after"]),
        "json_link": write(".json", **facts["asked"]),
    }
    return answer(archive, request, "results.html", facts, shown)


def _asked(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    asked = {name: request.arg(name).strip() for name in names}
    for name, value in asked.items():
        if len(value) > MAX_CONDITION:
            raise HttpError(400, f"{name}: at most {MAX_CONDITION} characters")
    if "/" in asked["site"]:
        site = asked["site"]
        try:
            asked["site"] = urlsplit(site if "://" in site else f"http://{site}").hostname or ""
        except ValueError as error:
            raise HttpError(400, "site: write a name such as example.com") from error
    return asked


def _times(archive: Archive, asked: dict[str, str]) -> tuple[datetime | None, datetime | None]:
    now = archive.clock.now()
    try:
        start = parse_span_of_time(asked["from"], now=now).start if asked["from"] else None
        end = parse_span_of_time(asked["to"], now=now).end if asked["to"] else None
    except ValueError as error:
        raise HttpError(400, str(error)) from error
    if start is not None and end is not None and start >= end:
        raise HttpError(400, "from is later than the end of to")
    return start, end

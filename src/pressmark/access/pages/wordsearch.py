"""Pages by their words: from this machine's index if it keeps one, else by reading texts, a part at a time."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.pages import listing
from pressmark.access.pages.rendering import public
from pressmark.access.refusals import HttpError
from pressmark.access.words import Told, Words
from pressmark.archive.keys import capture_key
from pressmark.archive.ranges import of_domain
from pressmark.archive.rows import Item
from pressmark.archive.selection import Selection, SelectionError, fits
from pressmark.research.search import Hit, Question
from pressmark.research.snippets import MARKS
from pressmark.research.sweep import Limits, sweep

LISTED = 20
"""Pages that are listed at a time."""

FARTHEST = 1_000
"""How many pages can be reached, list after list; the best come first, so nobody finds anything further on."""

FILTERED = 200
"""How many pages with the words are checked against the other conditions."""

SECONDS = 8.0
"""How long texts are read for one answer if there is no index."""

_MARKED = re.compile(f"{MARKS[0]}([^{MARKS[0]}{MARKS[1]}]*){MARKS[1]}")


def found(archive: Archive, words: str, selection: Selection, after: str) -> dict[str, Any]:
    """Return the facts of a page of results. Raises HttpError, UrlError, ArchiveError.

    ``words`` of it says how they were found. If ``by`` is ``index``, ``pages`` is how many pages have the words, or
    null if other conditions choose among them; ``texts`` is how many texts are indexed, ``is_current`` whether these
    are all. If ``by`` is ``reading``, ``captures`` is how many were looked at, made between ``from`` and ``to``;
    ``texts`` of them were read, and ``ended`` says whether these were all.
    """
    try:
        if archive.words is not None:
            return _indexed(archive, archive.words, words, selection, after)
        return _read(archive, words, selection, after)
    except SelectionError as error:
        raise HttpError(400, str(error)) from error


def _indexed(archive: Archive, index: Words, words: str, selection: Selection, after: str) -> dict[str, Any]:
    first = int(after) if after.isascii() and after.isdigit() and len(after) <= 5 else 0
    if after and (not first or first > FARTHEST):
        raise HttpError(
            400, "after: the list of pages with these words cannot be continued there; use more words"
        )
    partition = of_domain(selection.url)[0].partition if selection.url else None
    author = next((value for kind, value in selection.terms if kind == "author"), None)
    question = Question(
        words=words, partition=partition, start=selection.start, end=selection.end, author=author
    )
    others = [kind for kind, _ in selection.terms if kind != "author"] or selection.url not in (
        None,
        _site(partition),
    )
    told = index.search(question, first=first, most=FILTERED if others else LISTED)
    rows = _rows(archive, told.hits)
    fit = fits(selection)
    listed: list[dict[str, Any]] = []
    passed = 0
    for hit in told.hits:
        passed += 1
        row = rows.get((hit.url, hit.captured))
        if row is not None and fit(row):
            listed.append(_told(row, hit))
            if len(listed) == LISTED:
                break
    more = passed < len(told.hits) or len(told.hits) == (FILTERED if others else LISTED)
    more = more and first + passed < min(FARTHEST, told.pages)
    return {
        "captures": listed,
        "words": _of_index(told, counted=not others),
        "after": str(first + passed) if more else "",
    }


def _site(partition: str | None) -> str | None:
    """Return the name of the site that a partition holds."""
    return None if partition is None else ".".join(reversed(partition.split(",")))


def _of_index(told: Told, *, counted: bool) -> dict[str, Any]:
    return {
        "by": "index",
        "pages": told.pages if counted else None,
        "texts": told.texts,
        "is_current": told.is_current,
    }


def _read(archive: Archive, words: str, selection: Selection, after: str) -> dict[str, Any]:
    looked = listing.Looked(archive, selection, after)
    limits = Limits(seconds=min(SECONDS, archive.options.max_seconds), hits=LISTED)
    seen = sweep(archive.reader, archive.files, words, iter(looked), limits=limits, clock=archive.clock)
    ended = seen.ended and looked.ended
    if not seen.rows and not ended:
        raise HttpError(400, "this would read too much: choose a site, an author, a tag or a shorter time")
    first, last = seen.between
    return {
        "captures": [_told(seen.rows[hit.url, hit.captured], hit) for hit in seen.hits],
        "words": {
            "by": "reading",
            "captures": len(seen.rows),
            "texts": seen.texts,
            "from": first or None,
            "to": last or None,
            "ended": ended,
        },
        "after": "" if ended else seen.token,
    }


def _rows(archive: Archive, hits: Iterable[Hit]) -> dict[tuple[str, str], Item]:
    keys = [capture_key(hit.url, hit.captured) for hit in islice(hits, FILTERED)]
    return {(row["url"], row["captured"]): row for row in archive.reader.rows(keys)}


def _told(row: Item, hit: Hit) -> dict[str, Any]:
    """JSON-ready: the row's facts, and ``snippet``, pieces of the text, each with whether it was found."""
    pieces = [
        {"text": text, "found": number % 2 == 1}
        for number, text in enumerate(_MARKED.split(hit.snippet))
        if text
    ]
    return public(row) | {"snippet": pieces}

"""Finds captures that no key of the table leads to: the open table says which they are, the table has their rows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING

from pressmark.cli.catalog import local_files, tell_undated
from pressmark.cli.target import Archive
from pressmark.clock import now

if TYPE_CHECKING:
    from pathlib import Path

    from pressmark.archive.rows import Item
    from pressmark.archive.selection import Found, Selection

Place = tuple[str, str]
"""Time and sort key of a capture: its place in a listing, which has the newest first."""


def is_unkeyed(archive: Archive, selection: "Selection") -> bool:
    """Whether only look-up items of kinds that the stack does not keep (IndexTerms) could find a selection."""
    from pressmark.forms import INDEX_TERMS

    kinds = {kind for kind, value in selection.terms if kind != "status" or value >= "400"}
    if archive.folder is not None or selection.url is not None or not kinds:
        return False
    return kinds <= set(INDEX_TERMS) - set(archive.reader.index_terms)


def of_open_table(archive: Archive, selection: "Selection", *, after: str | None = None) -> "Iterator[Found]":
    """Yield what a selection finds, the newest first, as whole rows.

    Captures after the last update of the open table are searched row by row, so none is missing. after: a token of such
    a listing. Raises NoOpenTable before anything else; SelectionError, ArchiveError.
    """
    from pressmark.archive.latest import best_of_each
    from pressmark.archive.same import page

    with local_files(archive, selection.start, selection.end) as paths:
        before = _place_behind(archive, selection, after) if after else None
        # Only a listing from the beginning knows which capture of a page is its newest.
        found = _found(archive, selection, paths, None if selection.latest else before)
        if not selection.latest:
            yield from found
        elif selection.best:
            yield from best_of_each(found)
        else:
            seen: set[str] = set()
            for each in found:
                if (key := page(each.item["url"])) not in seen:
                    seen.add(key)
                    if before is None or place_of(each.item) < before:
                        yield each


def _found(
    archive: Archive, selection: "Selection", paths: "list[Path]", before: Place | None
) -> "Iterator[Found]":
    from pressmark.catalog import asking, lookup
    from pressmark.catalog.covered import covered, homes_of

    if not paths:
        yield from _row_by_row(archive, selection, before)
        return
    with asking.opened(paths, start=selection.start, end=selection.end) as database:
        behind = covered(homes_of(database, paths), archive.files, selection.end)
        tell_undated(archive)
        until = behind.until if behind else None
        if until is not None:
            begin = max(until, selection.start) if selection.start else until
            yield from _row_by_row(archive, replace(selection, start=begin), before)
        end = min(filter(None, (selection.end, until)), default=None)
        if selection.start and end and end <= selection.start:
            return
        database.look_at(paths, start=selection.start, end=end)
        for keys in batched(lookup.keys(database, selection, before), 100, strict=False):
            rows = archive.reader.rows([{"site": site, "capture": capture} for site, capture in keys])
            yield from (as_found(row) for row in rows if "deleted" not in row)


def _row_by_row(archive: Archive, selection: "Selection", before: Place | None) -> "Iterator[Found]":
    """Yield what a selection finds among all rows of its period."""
    from pressmark.archive.selection import Selection, fits, select, whole_rows

    wanted = fits(selection)
    period = Selection(start=selection.start, end=selection.end)
    for each in whole_rows(archive.reader, select(archive.reader, period, now=now())):
        if wanted(each.item) and (before is None or place_of(each.item) < before):
            yield as_found(each.item)


def as_found(row: "Item") -> "Found":
    """Return a row as a listing yields it: with the range that holds it."""
    from pressmark.archive import ranges
    from pressmark.archive.walk import Found

    return Found(row, ranges.of_day(row["day"]), row)


def place_of(row: "Item") -> Place:
    """Return a row's place in a listing."""
    return row["captured"], row["capture"]


def _place_behind(archive: Archive, selection: "Selection", token: str) -> Place:
    """Return the place of the last row of the listing that ended with a token. Raises SelectionError."""
    from pressmark.archive import ranges
    from pressmark.archive import token as tokens
    from pressmark.archive.walk import SelectionError

    last = (selection.end or now() + timedelta(hours=1)).date()
    first = selection.start.date() if selection.start else ranges.BEGINNING
    try:
        place = tokens.find(token, map(ranges.of_day, archive.reader.days(first, last)))
    except ValueError as error:
        raise SelectionError("--after: this is not a token from a listing") from error
    if place is None:
        raise SelectionError("this --after token belongs to another listing: repeat that listing's options")
    return place[1]["captured"], place[1]["capture"]

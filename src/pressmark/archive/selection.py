"""Selects captures: turns a question into ranges of keys, and filters what the ranges cannot.

One condition chooses the ranges, the most selective that has keys of its own: a URL, then a term (author, tag, digest
...), then the dates of publication, then the days. The other conditions are compared item by item; docs/table.md says
what that costs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Literal

from pressmark.archive import ranges
from pressmark.archive.keys import fold_term
from pressmark.archive.latest import best_of_each, last_of_each
from pressmark.archive.outcome import worth
from pressmark.archive.ranges import BEGINNING, LAST, Range, Reader, row_key
from pressmark.archive.rows import Item
from pressmark.archive.same import Kin, Named
from pressmark.archive.same import page as page_of
from pressmark.archive.times import lower_bound, upper_bound
from pressmark.archive.walk import PAGE, Found, Leap, NoItemsError, SelectionError, Walk
from pressmark.clock import parse_iso
from pressmark.forms import INDEX_TERMS

__all__ = [
    "PAGE",
    "Found",
    "NoItemsError",
    "Selection",
    "SelectionError",
    "fits",
    "led_to",
    "nearest",
    "select",
    "whole_rows",
]

Match = Literal["exact", "prefix", "host", "domain"]

_LISTS = {"author": "authors", "tag": "tags", "label": "labels"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A question. Conditions that are None or empty do not count.

    url, match: captures of the page that a URL names (:mod:`pressmark.archive.same`), or of all below a prefix, host or
    domain. terms: pairs of kind and value: author, tag, section, label, digest, status, error. start, end: captured at
    or after, and before; aware UTC. With ``published``: published instead. published: articles by date of publication;
    needs match ``domain``. latest: only the newest capture of each page. best: with ``latest``, the newest of those
    that give most of the page (:mod:`.outcome`); it cannot be continued. near: for one URL, nearest to this instant
    first.
    """

    url: str | None = None
    match: Match = "exact"
    terms: tuple[tuple[str, str], ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    published: bool = False
    latest: bool = False
    best: bool = False
    near: datetime | None = None


@dataclass(slots=True)
class _Plan:
    """ranges: in the order of the answer.

    keep: whether an item is wanted. whole: whether keep needs whole rows. leap: which rows in SURT order need not be
    read.
    """

    ranges: Iterator[Range]
    keep: list[Callable[[Item], bool]]
    whole: bool = False
    leap: Leap | None = None


def select(
    reader: Reader,
    selection: Selection,
    *,
    now: datetime,
    after: str | None = None,
    expect: int = PAGE,
    on_neighbour: Callable[[Item], None] | None = None,
) -> Iterator[Found]:
    """Yield what a selection finds, lazily: only items that are taken are asked for.

    Items are whole rows or an index's part of them (see :func:`whole_rows`). If a URL's page was never captured, its
    neighbours' captures are given (:mod:`pressmark.archive.same`), which their URLs show. after: a token to continue
    after. now: aware UTC, the first day to ask for. expect: about how many will be taken; at first no more are read.
    on_neighbour: called for captures that are left out because they are of a neighbour. Raises SelectionError,
    UrlError, ArchiveError.
    """
    if selection.url is None or selection.match != "exact":
        yield from _select(reader, selection, now, after, expect)
        return
    named = Named(selection.url)
    others = 0
    none = True
    for each in _select(reader, selection, now, after, expect):
        if named.kin(each.item["url"]) <= Kin.SCHEME:
            none = False
            yield each
            if selection.latest:
                return
        else:
            others += 1
            if on_neighbour is not None:
                on_neighbour(each.item)
    if none and others:
        neighbours = _select(reader, selection, now, after, expect)
        yield from islice(neighbours, 1 if selection.latest else None)


def _select(
    reader: Reader, selection: Selection, now: datetime, after: str | None, expect: int
) -> Iterator[Found]:
    """As :func:`select`, but with every capture of a URL's urlkey, and ``latest`` is left to the caller."""
    exact = selection.url is not None and selection.match == "exact"
    if selection.near is not None:
        if after is not None:
            raise SelectionError("a listing with --near cannot be continued; use a larger --limit")
        yield from _nearest(reader, selection, expect)
        return
    plan = _plan(reader, selection, now)
    if exact and selection.latest and not selection.best:
        expect = 1
    walk = Walk(reader, max(1, min(PAGE, expect)), plan.leap)
    found = _kept(reader, plan, walk.over(plan.ranges, after))
    if exact and selection.best:
        found = iter(sorted(found, key=lambda each: worth(each.item)))  # newest first, and sorting keeps that
    if exact or not selection.latest:
        yield from found
        return
    if plan.leap is not None:
        yield from found if plan.leap.latest else last_of_each(found, best=selection.best)
        return
    if selection.best:
        yield from best_of_each(found)
        return
    seen: set[str] = set()
    if after is not None:
        # An index does not show which URLs came before, so it is read again.
        first = next(found, None)
        if first is None:
            return
        again = _plan(reader, selection, now)
        for each in _kept(reader, again, walk.over(again.ranges, None)):
            if each.token == first.token:
                break
            seen.add(page_of(each.item["url"]))
        found = chain([first], found)
    for each in found:
        key = page_of(each.item["url"])
        if key in seen:
            continue
        seen.add(key)
        yield each


def _kept(reader: Reader, plan: _Plan, found: Iterator[Found]) -> Iterator[Found]:
    for each in whole_rows(reader, found) if plan.whole else found:
        if all(wanted(each.item) for wanted in plan.keep):
            yield each


def whole_rows(reader: Reader, items: Iterator[Found], *, expect: int = PAGE) -> Iterator[Found]:
    """Replace an index's items by whole rows, a batch at a time. expect: as for :func:`select`."""
    while batch := list(islice(items, max(1, min(PAGE, expect)))):
        lean = [each for each in batch if "warc" not in each.item]
        keys = [row_key(each.item) for each in lean]
        rows = {(row["site"], row["capture"]): row for row in reader.rows(keys)} if keys else {}
        for each in batch:
            key = row_key(each.item)
            whole = rows.get((key["site"], key["capture"]))
            if whole is not None or "warc" in each.item:
                yield replace(each, item=whole or each.item)


def nearest(reader: Reader, url: str, moment: datetime | None) -> Item | None:
    """Return the row of a URL nearest to an instant, or the newest; None if there is none."""
    far = datetime.max.replace(tzinfo=UTC)  # a URL's captures need no clock to be found
    found = next(select(reader, Selection(url=url, near=moment), now=far, expect=1), None)
    return found.item if found else None


def fits(selection: Selection) -> Callable[[Item], bool]:
    """Return a predicate: whether a whole row is below a selection's URL and has its terms; times do not matter."""
    keep = [_has_term(kind, value) for kind, value in selection.terms]
    if selection.url is not None and selection.match != "exact":
        keep.append(_within(selection.url, selection.match))
    return lambda row: all(wanted(row) for wanted in keep)


def led_to(reader: Reader, row: Item) -> Item | None:
    """Return the row of the page that a redirect led to in the same capture; None if there is none."""
    if "final" not in row:
        return None
    place = (row["final"], row.get("warc"), row.get("meta_offset"))
    asked, after = ranges.from_on(row["final"], parse_iso(row["captured"])), None
    for limit in (5, 50):  # it comes next, or after the hops of the chain that share its urlkey
        page = reader.page(asked, limit=limit, after=after)
        for each in page.items:
            if (each["url"], each.get("warc"), each.get("meta_offset")) == place:
                return each
        if (after := page.after) is None:
            break
    return None


# --- how it is done ---------------------------------------------------------------------------------------


_RANGES = {"prefix": ranges.of_prefix, "host": ranges.of_host, "domain": ranges.of_domain}

_IN_DAY = frozenset({"status", "error"})
_IN_PUBLISHED = frozenset({"author", "section"})
_IN_TERM = frozenset({"status"})
"""Conditions that can be compared on an index's items, without fetching their rows."""


def _plan(reader: Reader, selection: Selection, now: datetime) -> _Plan:
    terms = list(selection.terms)
    url, match, times = selection.url, selection.match, (selection.start, selection.end)
    keep: list[Callable[[Item], bool]] = []
    held: frozenset[str] | None = None  # None: everything, the ranges are of whole rows
    term = _indexed(reader, terms)
    asked: Iterator[Range]
    leap: Leap | None = None
    if selection.published:
        if url is None or match != "domain":
            raise SelectionError("--published needs a site: --published --site example.com")
        asked = iter([ranges.published(url, start=times[0], end=times[1])])
        keep.append(_within(url, match))
        held = _IN_PUBLISHED
    elif url is not None and match == "exact":
        asked = iter([ranges.of_url(url, start=times[0], end=times[1])])
    elif url is not None and term is None:
        found = _RANGES[match](url)
        asked = iter(found)
        start, end = times
        leap = Leap(
            lower_bound(start) if start else "",
            upper_bound(end) if end else LAST,
            latest=selection.latest and not terms,  # the newest of a page is the newest that fits them
            best=selection.best,
        )
    elif term is not None:
        terms.remove(term)
        asked = iter([ranges.of_term(*term, start=times[0], end=times[1])])
        keep += [_within(url, match)] if url is not None else []
        held = _IN_TERM
    else:
        if selection.start is None:
            _refuse_without_items(reader, terms)
        asked = _days(reader, selection, now)
        held = _IN_DAY
    keep += [_has_term(kind, value) for kind, value in terms]
    whole = held is not None and (selection.best or any(kind not in held for kind, _ in terms))
    return _Plan(asked, keep, whole, leap)


def _indexed(reader: Reader, terms: list[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the first condition that has look-up items.

    A status below 400 has none, nor has a kind that IndexTerms leaves out.
    """
    for kind, value in terms:
        if kind == "status" and not (value.isdigit() and int(value) >= 400):
            continue
        if kind not in INDEX_TERMS or kind in reader.index_terms:
            return kind, value
    return None


def _refuse_without_items(reader: Reader, terms: Sequence[tuple[str, str]]) -> None:
    """Raise SelectionError if all captures of all time would have to be read for a condition without look-up items."""
    for kind, _ in terms:
        if kind in INDEX_TERMS and kind not in reader.index_terms:
            raise NoItemsError(
                kind,
                f"captures cannot be looked up by {kind} alone: the stack has no index entries for it (IndexTerms). "
                f"Choose a site as well, or the start of a period (--from); or deploy with IndexTerms="
                f"{','.join(each for each in INDEX_TERMS if each == kind or each in reader.index_terms)} and run "
                "`pressmark rebuild`",
            )


def _days(reader: Reader, selection: Selection, now: datetime) -> Iterator[Range]:
    # An hour ahead: the clock that captured may be a little before this one.
    last = (selection.end - timedelta(microseconds=1)) if selection.end else now + timedelta(hours=1)
    first = selection.start.date() if selection.start else BEGINNING
    for day in reader.days(first, last.date()):
        yield ranges.of_day(
            day,
            start=selection.start if selection.start and day == selection.start.date().isoformat() else None,
            end=selection.end if selection.end and day == last.date().isoformat() else None,
        )


def _nearest(reader: Reader, selection: Selection, expect: int) -> Iterator[Found]:
    """Merge the captures before and after an instant by their distance from it."""
    moment = selection.near
    if selection.url is None or selection.match != "exact" or moment is None:
        raise SelectionError("--near needs one URL")
    keep = [_has_term(*term) for term in selection.terms]
    walk = Walk(reader, max(1, min(PAGE, expect)))
    bounds = ranges.of_url(selection.url, start=selection.start, end=selection.end)
    sides = [
        walk.through(replace(side, lower=max(side.lower, bounds.lower), upper=min(side.upper, bounds.upper)))
        for side in (ranges.from_on(selection.url, moment), ranges.before(selection.url, moment))
    ]
    heads = [next(side, None) for side in sides]
    while any(heads):
        at = min(
            (number for number, head in enumerate(heads) if head is not None),
            key=lambda number: abs(_captured(heads[number]) - moment),
        )
        head = heads[at]
        if head is not None and all(wanted(head.item) for wanted in keep):
            yield head
        heads[at] = next(sides[at], None)


def _captured(found: Found | None) -> datetime:
    return parse_iso(found.item["captured"]) if found else datetime.max.replace(tzinfo=UTC)


def _within(url: str, match: Match) -> Callable[[Item], bool]:
    ranges = _RANGES[match](url)

    def inside(item: Item) -> bool:
        key = row_key(item)
        return any(
            each.partition == key["site"] and each.lower <= key["capture"] <= each.upper for each in ranges
        )

    return inside


def _has_term(kind: str, value: str) -> Callable[[Item], bool]:
    if kind in _LISTS:
        wanted = fold_term(value)
        return lambda item: any(fold_term(each) == wanted for each in item.get(_LISTS[kind], ()))
    if kind == "section":
        return lambda item: fold_term(str(item.get("section", ""))) == fold_term(value)
    return lambda item: str(item.get(kind, "")) == value

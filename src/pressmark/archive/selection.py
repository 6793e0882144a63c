"""Which captures: a question put together, the ranges that answer it, and what has to be sorted out by hand.

One condition chooses the ranges, the most selective that has keys of its own: a URL, then a term (author, tag,
digest ...), then the dates of publication, then the days. What is left over is compared item by item; docs/table.md
says what that costs.
"""

import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Literal

from pressmark import urls
from pressmark.archive import queries
from pressmark.archive.keys import fold_term
from pressmark.archive.queries import BEGINNING, Page, Range, Reader, row_key
from pressmark.archive.rows import Item
from pressmark.archive.times import lower_bound, upper_bound
from pressmark.errors import PressmarkError
from pressmark.seams import parse_iso

Match = Literal["exact", "prefix", "host", "domain"]

PAGE = 100
"""Items asked for at a time: whole rows of one Query stay well below its 1 MB."""

AT_A_TIME = 16
"""Days asked for at a time while none of them has a capture."""

_LISTS = {"author": "authors", "tag": "tags", "label": "labels"}


class SelectionError(PressmarkError):
    """The question cannot be answered as it was put; the text says how to put it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A question. What is None or empty does not matter.

    url, match: captures of a URL, or of all below a prefix, a host or a domain.
    terms: pairs of kind and value: author, tag, section, label, digest, status, error.
    start, end: captured at or after, and before; aware UTC. With ``published``: published instead.
    published: articles by date of publication; needs match ``domain``.
    latest: of each URL the newest capture only. near: of one URL, nearest to this instant first.
    """

    url: str | None = None
    match: Match = "exact"
    terms: tuple[tuple[str, str], ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    published: bool = False
    latest: bool = False
    near: datetime | None = None


@dataclass(slots=True)
class _Plan:
    """ranges: in the order of the answer. keep: what of them is wanted. whole: whether keep needs whole rows."""

    ranges: Iterator[Range]
    keep: list[Callable[[Item], bool]]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One item of the answer, and the token that continues behind it."""

    item: Item
    token: str


def select(
    reader: Reader, selection: Selection, *, now: datetime, after: str | None = None
) -> Iterator[Found]:
    """Yield what a selection finds, lazily: what is not taken is not asked for.

    Items are whole rows or what an index holds of them (see :func:`whole_rows`). now: aware UTC, where the days
    begin. after: a token to continue behind. Raises SelectionError, UrlError, ArchiveError.
    """
    if selection.near is not None:
        if after is not None:
            raise SelectionError("a listing by nearness cannot be continued; take more of it with --limit")
        yield from _nearest(reader, selection)
        return
    plan = _plan(reader, selection, now)
    found = _walk(reader, plan, _read_token(after))
    seen: set[str] = set()
    for each in whole_rows(reader, found) if plan.whole else found:
        if not all(wanted(each.item) for wanted in plan.keep):
            continue
        if selection.latest:
            key = _urlkey(each.item)
            if key in seen:
                continue
            seen.add(key)
        yield each
        if selection.latest and selection.url is not None and selection.match == "exact":
            return


def whole_rows(reader: Reader, items: Iterator[Found]) -> Iterator[Found]:
    """Replace what an index holds by whole rows, a batch at a time."""
    while batch := list(islice(items, PAGE)):
        lean = [each for each in batch if "warc" not in each.item]
        keys = [row_key(each.item) for each in lean]
        rows = {(row["site"], row["capture"]): row for row in reader.rows(keys)} if keys else {}
        for each in batch:
            key = row_key(each.item)
            whole = rows.get((key["site"], key["capture"]))
            if whole is not None or "warc" in each.item:
                yield Found(whole or each.item, each.token)


def nearest(reader: Reader, url: str, moment: datetime | None) -> Item | None:
    """Return the row of a URL nearest to an instant, or the newest; None where there is none."""
    if moment is None:
        page = reader.page(queries.of_url(url), limit=1)
        return page.items[0] if page.items else None
    found = next(_nearest(reader, Selection(url=url, near=moment)), None)
    return found.item if found else None


# --- how it is done ---------------------------------------------------------------------------------------


_RANGES = {"prefix": queries.of_prefix, "host": queries.of_host, "domain": queries.of_domain}

_IN_DAY = frozenset({"status", "error"})
_IN_PUBLISHED = frozenset({"author", "section"})
_IN_TERM = frozenset({"status"})
"""What can be compared on the items of an index as they are, without fetching their rows."""


def _plan(reader: Reader, selection: Selection, now: datetime) -> _Plan:
    terms = list(selection.terms)
    url, match, times = selection.url, selection.match, (selection.start, selection.end)
    keep: list[Callable[[Item], bool]] = []
    held: frozenset[str] | None = None  # None: everything, the ranges are of whole rows
    term = _indexed(terms)
    ranges: Iterator[Range]
    if selection.published:
        if url is None or match != "domain":
            raise SelectionError("--published needs a site: --published --site example.com")
        ranges = iter([queries.published(url, start=times[0], end=times[1])])
        keep.append(_within(url, match))
        held = _IN_PUBLISHED
    elif url is not None and match == "exact":
        ranges = iter([queries.of_url(url, start=times[0], end=times[1])])
    elif url is not None and term is None:
        found = _RANGES[match](url)
        ranges = iter(_backward(found) if selection.latest else found)
        keep += _captured_between(*times)
    elif term is not None:
        terms.remove(term)
        ranges = iter([queries.of_term(*term, start=times[0], end=times[1])])
        keep += [_within(url, match)] if url is not None else []
        held = _IN_TERM
    else:
        ranges = _days(reader, selection, now)
        held = _IN_DAY
    keep += [_has_term(kind, value) for kind, value in terms]
    whole = held is not None and any(kind not in held for kind, _ in terms)
    return _Plan(ranges, keep, whole)


def _indexed(terms: list[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the first condition that has entries of its own; a status below 400 has none."""
    for kind, value in terms:
        if kind != "status" or (value.isdigit() and int(value) >= 400):
            return kind, value
    return None


def _days(reader: Reader, selection: Selection, now: datetime) -> Iterator[Range]:
    # An hour ahead: the clock that captured may be a little before this one.
    last = (selection.end - timedelta(microseconds=1)) if selection.end else now + timedelta(hours=1)
    first = selection.start.date() if selection.start else BEGINNING
    for day in reader.days(first, last.date()):
        yield queries.of_day(
            day,
            start=selection.start if selection.start and day == selection.start.date().isoformat() else None,
            end=selection.end if selection.end and day == last.date().isoformat() else None,
        )


def _walk(reader: Reader, plan: _Plan, position: dict[str, Any] | None) -> Iterator[Found]:
    ranges = plan.ranges
    after: dict[str, str] | None = None
    if position is not None:
        for each in ranges:
            if asdict(each) | {"upper": "", "backward": False} == position["range"]:
                break
        else:
            raise SelectionError("the token belongs to another question")
        after = position["after"]
        yield from _range(reader, each, after)
    empty = 0
    while True:
        width = AT_A_TIME if empty > 1 else 1
        batch = list(islice(ranges, width))
        if not batch:
            return
        for asked, page in zip(batch, _first_pages(reader, batch), strict=True):
            if not page.items and page.after is None:
                empty += 1
                continue
            empty = 0
            yield from _range(reader, asked, None, page)


def _first_pages(reader: Reader, ranges: list[Range]) -> list[Page]:
    if len(ranges) == 1:
        return [reader.page(ranges[0], limit=PAGE)]
    with ThreadPoolExecutor(len(ranges)) as threads:
        return list(threads.map(lambda each: reader.page(each, limit=PAGE), ranges))


def _range(
    reader: Reader, asked: Range, after: dict[str, str] | None, page: Page | None = None
) -> Iterator[Found]:
    while True:
        page = page or reader.page(asked, limit=PAGE, after=after)
        for item in page.items:
            yield Found(item, _token(asked, _key_of(asked, item)))
        if page.after is None:
            return
        after, page = page.after, None


def _key_of(asked: Range, item: Item) -> dict[str, str]:
    """Return the key that a request continues behind this item with (ExclusiveStartKey)."""
    names = {"site", "capture", *queries.ATTRIBUTES[asked.index]}
    return {name: item[name] for name in sorted(names)}


def _token(asked: Range, after: dict[str, str]) -> str:
    # Without its upper end, which may be "now" and has moved by the time the token comes back.
    position = {"range": asdict(asked) | {"upper": "", "backward": False}, "after": after}
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def _read_token(token: str | None) -> dict[str, Any] | None:
    if token is None:
        return None
    try:
        position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return {
            "range": dict(position["range"]),
            "after": {str(k): str(v) for k, v in position["after"].items()},
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SelectionError("the token after --after is not one that a listing gave") from error


def _backward(ranges: list[Range]) -> list[Range]:
    return [Range(each.partition, each.lower, each.upper, each.index, True) for each in reversed(ranges)]


def _nearest(reader: Reader, selection: Selection) -> Iterator[Found]:
    """Merge the captures before and after an instant by their distance from it."""
    moment = selection.near
    if selection.url is None or selection.match != "exact" or moment is None:
        raise SelectionError("--near needs one URL")
    sides = [
        _range(reader, side, None)
        for side in (queries.from_on(selection.url, moment), queries.before(selection.url, moment))
    ]
    keep = [_has_term(*term) for term in selection.terms] + _captured_between(selection.start, selection.end)
    heads = [next(side, None) for side in sides]
    while any(heads):
        at = min(
            (number for number, head in enumerate(heads) if head is not None),
            key=lambda number: abs(_captured(heads[number]) - moment),
        )
        head = heads[at]
        heads[at] = next(sides[at], None)
        if head is not None and all(wanted(head.item) for wanted in keep):
            yield head


def _captured(found: Found | None) -> datetime:
    return parse_iso(found.item["captured"]) if found else datetime.max.replace(tzinfo=UTC)


def _urlkey(item: Item) -> str:
    return row_key(item)["capture"].rpartition(" ")[0]


def _captured_between(start: datetime | None, end: datetime | None) -> list[Callable[[Item], bool]]:
    if start is None and end is None:
        return []
    lower, upper = (lower_bound(start) if start else ""), (upper_bound(end) if end else "\x7f")
    return [lambda item: lower <= item["captured"] <= upper]


def _within(url: str, match: Match) -> Callable[[Item], bool]:
    if match == "exact":
        wanted = urls.urlkey(urls.clean(url))
        return lambda item: _urlkey(item) == wanted
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

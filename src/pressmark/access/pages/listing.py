"""Captures in lists: whether each changed its page, with a limit on how much is read."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.pages.rendering import public
from pressmark.access.refusals import HttpError
from pressmark.archive.outcome import is_answer
from pressmark.archive.ranges import Page, Range, Reader
from pressmark.archive.rows import Item
from pressmark.archive.selection import NoItemsError, Selection, SelectionError, select, whole_rows
from pressmark.archive.walk import Found

COMPARED = (
    "title",
    "authors",
    "published",
    "modified",
    "section",
    "description",
    "image",
    "language",
    "status",
    "words",
)
"""Attributes of a row that a reader of the page would see; for an image its address."""

SHOWN = (
    *("site", "capture", "url", "captured", "purpose", "warc"),
    *("deleted", "reason", "error", "revisit", "truncated", "size", "digest", "record", "meta_length"),
    *COMPARED,
)
"""Attributes that a list of one URL's captures needs: the key, the response, and what is compared."""

MAX_REQUESTS = 400
"""How many ranges of the table are read for one page of a listing: more than a year of days without a capture."""


class _EnoughError(Exception):
    """The limit of what one answer may cost is reached."""


class _Through:
    """A reader that passes questions on to another one."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def index_terms(self) -> Collection[str]:
        return self._reader.index_terms

    def page(self, asked: Range, *, limit: int, after: Mapping[str, str] | None = None) -> Page:
        return self._reader.page(asked, limit=limit, after=after)

    def rows(self, keys: Sequence[Mapping[str, str]]) -> list[Item]:
        return self._reader.rows(keys)

    def days(self, start: date, end: date) -> Iterator[str]:
        return self._reader.days(start, end)


class Lean(_Through):
    """A reader that asks a table only for the attributes that lists of one URL's captures show.

    Parsing a row costs the function most of a list's time, and a row has ten more.
    """

    def page(self, asked: Range, *, limit: int, after: Mapping[str, str] | None = None) -> Page:
        """See :class:`pressmark.archive.ranges.Reader`."""
        return super().page(replace(asked, only=SHOWN), limit=limit, after=after)


class _Bounded(_Through):
    """A reader that answers a limited number of ranges."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._left = MAX_REQUESTS

    def page(self, asked: Range, *, limit: int, after: Mapping[str, str] | None = None) -> Page:
        self._left -= 1
        if self._left < 0:
            raise _EnoughError
        return super().page(asked, limit=limit, after=after)


class Looked:
    """Captures of a selection without robots.txt files, as an index has them, until the limit of reading is reached.

    ended: whether these were all.
    """

    def __init__(self, archive: Archive, selection: Selection, after: str) -> None:
        self._archive, self._selection, self._after = archive, selection, after
        self.ended = False

    def __iter__(self) -> Iterator[Found]:
        """Yield them. Raises HttpError 400, UrlError, ArchiveError."""
        reader, now = _Bounded(self._archive.reader), self._archive.clock.now()
        try:
            for each in select(reader, self._selection, now=now, after=self._after or None):
                if each.item.get("purpose") != "robots":
                    yield each
        except SelectionError as error:
            raise _refusal(error) from error
        except _EnoughError:
            return
        self.ended = True


def read(
    archive: Archive,
    selection: Selection,
    *,
    limit: int,
    after: str = "",
    whole: bool = True,
    wanted: Callable[[Item], bool] | None = None,
) -> tuple[list[Item], str]:
    """Return rows of a selection, robots.txt files left out, and the token of the next page, empty at the end.

    If a question reads much but finds little, what was found so far is returned; if nothing was found, the question is
    refused. whole: whether whole rows are needed. wanted: which rows are listed, as the range's index has them. Raises
    HttpError 400, UrlError, ArchiveError.
    """
    reader = _Bounded(archive.reader)
    found: list[Found] = []
    ended = True
    try:
        each = select(reader, selection, now=archive.clock.now(), after=after or None, expect=limit + 1)
        for one in each:
            if one.item.get("purpose") == "robots" or (wanted is not None and not wanted(one.item)):
                continue
            if len(found) == limit:
                ended = False
                break
            found.append(one)
    except SelectionError as error:
        raise _refusal(error) from error
    except _EnoughError as error:
        if not found:
            raise HttpError(
                400, "this would read too much: choose a site, an author, a tag or a shorter time"
            ) from error
        ended = False
    token = "" if ended or not found else found[-1].token
    rows = whole_rows(archive.reader, iter(found), expect=limit) if whole else iter(found)
    return [each.item for each in rows], token


def _refusal(error: SelectionError) -> HttpError:
    if isinstance(error, NoItemsError):  # its own message is for the person who deploys the stack
        return HttpError(
            400,
            f"this archive cannot be asked by {error.kind} alone: choose a site as well, or a time from which on. "
            f"On a computer with Pressmark, `pressmark list --{error.kind}` asks the whole archive",
        )
    return HttpError(400, str(error))


def told(rows: Iterable[Item], older: Item | None = None) -> list[dict[str, Any]]:
    """Return the facts of one URL's captures, newest first, each with ``change``.

    change: ``first``, ``same`` or ``changed``, compared with the last answered capture before it. Then ``before`` names
    that capture, and ``differs`` the attributes other than the bytes that differ. ``none`` if a capture has nothing to
    compare. older: the row behind the last.
    """
    listed = list(rows)
    found: list[dict[str, Any]] = []
    before = older if older is not None and _has_body(older) else None
    for row in reversed(listed):
        one = public(row) | {"change": _change(row, before)}
        if before is not None and one["change"] == "changed":
            one["before"] = {"url": before["url"], "captured": before["captured"]}
            one["differs"] = [name for name in COMPARED if row.get(name) != before.get(name)]
        found.append(one)
        before = row if _has_body(row) else before
    return found[::-1]


def _has_body(row: Item) -> bool:
    return "deleted" not in row and is_answer(row) and ("digest" in row or "revisit" in row)


def _change(row: Item, before: Item | None) -> str:
    if not _has_body(row):
        return "none"
    if "revisit" in row:
        return "same"
    if before is None:
        return "first"
    return "same" if row.get("digest") == before.get("digest") else "changed"

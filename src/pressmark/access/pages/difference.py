"""What changed between two captures of a page: the article's facts and its text, by paragraphs and words."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.memento import finding
from pressmark.access.messages import Request, Response
from pressmark.access.pages import links
from pressmark.access.pages.capture import check, chosen
from pressmark.access.pages.history import named_by
from pressmark.access.pages.names import NAMES
from pressmark.access.pages.rendering import answer, public
from pressmark.access.refusals import HttpError
from pressmark.archive.rows import Item
from pressmark.archive.same import Named
from pressmark.research import compare, wording
from pressmark.research.wording import Paragraph, Piece

MAX_LINES = 2_000
"""How many paragraphs of each text are compared: the cost of a comparison grows with their square."""

MAX_LINE = 20_000
"""Characters of each of them."""

CUT = "[…]"
"""Stands where a text was cut before it was compared."""


def page(archive: Archive, request: Request) -> Response:
    """Answer with the difference of the captures nearest to ``start`` and ``end``.

    Without ``end`` the newest that gives most of the page, without ``start`` the capture before that one.
    Raises HttpError, TakenDownError, UrlError, ArchiveError.
    """
    named = named_by(request)
    new, _ = chosen(archive, named, request.arg("end"))
    if request.arg("start"):
        old, _ = chosen(archive, named, request.arg("start"))
    else:
        found = finding.around(archive, Named(new["url"]), new).get("prev")
        if found is None:
            raise HttpError(404, f"{named.url}: there is no earlier capture to compare with")
        old = found
    old, new = sorted((old, new), key=lambda row: str(row["captured"]))
    for row in (old, new):
        check(archive, row)
    before, after = (_version(archive, row) for row in (old, new))
    found_out = compare.compare(before, after)
    paragraphs = list(wording.paragraphs(before.text, after.text)) if found_out.text else []
    facts: dict[str, Any] = {
        **found_out.to_dict(),
        "paragraphs": [_told(each) for each in paragraphs],
        "old": public(old),
        "new": public(new),
        "lost": list(dict.fromkeys(each.lost for each in (before, after) if each.lost)),
        "text_is_cut": _is_cut(before, after),
    }
    shown = {
        "rows": [
            (NAMES[name], *_values(*pair)) for name, pair in (found_out.fields | found_out.facts).items()
        ],
        "languages": [each.article.get("language") or "" for each in (before, after)],
        "headline": after.article.get("title") or "",
        "json_link": links.diff(old, new, ".json"),
    }
    return answer(archive, request, "diff.html", facts, shown)


def _told(paragraph: Paragraph) -> dict[str, Any]:
    """JSON-ready: kind, and the pieces of both wordings where there are any."""
    return {name: value for name, value in asdict(paragraph).items() if value}


def _values(old: Any, new: Any) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """Return a fact before and after as it is shown: of a text, the words that differ; of a list, its members."""
    if isinstance(old, str) and isinstance(new, str):
        return wording.words(old[:MAX_LINE], new[:MAX_LINE])
    if isinstance(old, list) or isinstance(new, list):
        return _members(old or [], new or []), _members(new or [], old or [])
    return _one(old), _one(new)


def _members(of: list[Any], other: list[Any]) -> list[Piece]:
    pieces: list[Piece] = []
    for each in of:
        pieces += [Piece(", ", False)] if pieces else []
        pieces.append(Piece(str(each), each not in other))
    return pieces


def _one(value: Any) -> list[Piece]:
    return [] if value is None else [Piece(str(value), True)]


def _version(archive: Archive, row: Item) -> compare.Version:
    version = compare.read(archive.reader, archive.files, row)
    lines = version.text.splitlines()
    if len(lines) <= MAX_LINES and all(len(line) <= MAX_LINE for line in lines):
        return version
    return replace(version, text="\n".join([*(line[:MAX_LINE] for line in lines[:MAX_LINES]), CUT]))


def _is_cut(*versions: compare.Version) -> bool:
    return any(each.text.endswith(f"\n{CUT}") for each in versions)

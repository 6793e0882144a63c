"""What changed between two captures of a page: the article's facts and its text, paragraph by paragraph."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.memento import finding
from pressmark.access.messages import Request, Response
from pressmark.access.pages import links
from pressmark.access.pages.capture import check, chosen
from pressmark.access.pages.history import named_by
from pressmark.access.pages.rendering import answer, public
from pressmark.access.refusals import HttpError
from pressmark.archive.rows import Item
from pressmark.archive.same import Named
from pressmark.research import compare

MAX_LINES = 2_000
"""Paragraphs of each text that are compared: what finding a difference costs grows with their square."""

MAX_LINE = 20_000
"""Characters of each of them."""

CUT = "[…]"
"""Stands where a text was cut before it was compared."""

NAMES = {
    "title": "Headline",
    "authors": "By",
    "published": "Published",
    "modified": "Changed",
    "description": "Summary",
    "section": "Section",
    "tags": "Tags",
    "image": "Picture",
    "kind": "Kind",
    "language": "Language",
    "canonical_url": "Canonical address",
    "is_paywalled": "Behind a paywall",
    "copyright": "Copyright",
    "licence": "Licence",
    "comments_url": "Comments",
    "status": "Status",
    "error": "Error",
    "redirect": "Redirect to",
    "digest": "Payload digest",
    "size": "Size of the body, in bytes",
}
"""What each fact is called."""


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
    facts: dict[str, Any] = {
        **found_out.to_dict(),
        "old": public(old),
        "new": public(new),
        "lost": list(dict.fromkeys(each.lost for each in (before, after) if each.lost)),
        "text_is_cut": _is_cut(before, after),
    }
    shown = {
        "rows": [(NAMES[name], pair) for name, pair in (found_out.fields | found_out.facts).items()],
        "lines": list(_lines(found_out.text)),
        "language": after.article.get("language") or "",
        "headline": after.article.get("title") or "",
        "json_link": links.diff(old, new, ".json"),
    }
    return answer(archive, request, "diff.html", facts, shown)


def _version(archive: Archive, row: Item) -> compare.Version:
    version = compare.read(archive.reader, archive.files, row)
    lines = version.text.splitlines()
    if len(lines) <= MAX_LINES and all(len(line) <= MAX_LINE for line in lines):
        return version
    return replace(version, text="\n".join([*(line[:MAX_LINE] for line in lines[:MAX_LINES]), CUT]))


def _is_cut(*versions: compare.Version) -> bool:
    return any(each.text.endswith(f"\n{CUT}") for each in versions)


def _lines(text: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what the lines of a unified diff are (``gone``, ``come``, ``same``, ``gap``), and what they say."""
    kinds = {"-": "gone", "+": "come", "@": "gap"}
    for number, line in enumerate(text):
        kind = kinds.get(line[:1], "same")
        if kind != "gap":
            yield kind, line[1:]
        elif number:
            yield kind, ""

"""Dates in the data that scripts carry: ``"published_at": "2024-07-11T09:28:00Z"``."""

import re
from datetime import datetime

from pressmark.article.dates.claim import DateCandidate, Kind
from pressmark.article.dates.hints import Hints
from pressmark.article.dates.moment import Precision
from pressmark.article.dates.parse import parse_hinted

MAX_CHARACTERS = 1_000_000
"""How much of a page's markup is searched."""

_MAX_FOUND = 12
_WORDS = frozenset({"publish", "published", "modified", "updated"})
# Every name below contains one of these strings: finding them is many times faster than trying a pattern.
_ROOTS = ("ublish", "ubDate", "ub_date", "odified", "pdated", "reated", "isplayDate", "isplay_date")
_NAME = re.compile(
    r"""["']?\b(date_?published|(?:first_?)?publish(?:ed)?_?(?:at|date_?time|date|time|on)?|pub_?date|date_?created"""
    r"""|created_?(?:at|date|time|on)|display_?date|date_?modified|(?:last_?)?modified_?(?:at|date|on)?"""
    r"""|(?:last_?)?updated_?(?:at|date|on)?)\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?([^"'<>;{}\\\n]{6,40})""",
    re.IGNORECASE,
)

_AROUND = 2_000  # characters of an object before a date, and after it
_TITLED = re.compile(r"""["'](?:title|headline)["']\s{0,3}:\s{0,3}["']([^"'\n]{15,300})""")
_BRACES = re.compile(r"[{}]")
_WORD = re.compile(r"[\u0e01-\u0e2e\u3041-\u30ff\u4e00-\u9fff]|\w+")
# What a function that shows a date is called with. Brackets are found many times faster than names.
_SHOWN = re.compile(
    r"\((?=\s{0,3}[\"']((?:19|20)\d\d[-/](?:0\d|1[0-2])[-/][0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-5]\d)?)"
    r"[^\"'\n]{0,20}[\"'])",
    re.ASCII,
)
# Its name, which ends at the bracket; Date itself and Date.parse show nothing.
_SHOWS = re.compile(
    r"\b(?!Date\b)[a-zA-Z_]{0,20}(?:[dD]ate|[tT]ime|[sS]how|[wW]rite)[a-zA-Z_]{0,20}\Z", re.ASCII
)
_LONGEST = 45


def dates_in_scripts(
    html: str, hints: Hints, crawled: datetime | None = None, title: str = ""
) -> list[DateCandidate]:
    """Read the dates after names such as ``publishedAt`` or ``pub_date``, the likeliest first.

    title: the page's. If the object around a date has a title without any of its words, the date is another article's.
    """
    said = _words(title)
    found: list[DateCandidate] = []
    for root in _ROOTS:
        position, tried = 0, 0
        while tried < 40 and (position := html.find(root, position, MAX_CHARACTERS)) >= 0:
            tried += 1
            # The longest beginning of a name before its root: "first_p".
            match = _NAME.search(html, max(0, position - 12), position + 80)
            position += len(root)
            if match is None or not match.start() <= position <= match.end():
                continue
            name = match[1].lower()
            # "Published: 3 May" outside quotes is text for readers, and judged as such.
            if name in _WORDS and match[0][0] not in "\"'":
                continue
            value = parse_hinted(match[2], hints, crawled)
            if value is None or value.precision < Precision.DAY or _is_of_another(html, position, said):
                continue
            kind: Kind = "modified" if "modif" in name or "update" in name else "published"
            confidence = (0.6 if "pub" in name else 0.45) - 0.02 * len(found)
            found.append(DateCandidate(value, kind, "html", f"script {match[1]}", confidence))
            if len(found) >= _MAX_FOUND:
                return found
    return found


def _is_of_another(html: str, position: int, said: frozenset[str]) -> bool:
    """Whether the innermost object around a place has a title without any word of the page's title."""
    before = html[max(0, position - _AROUND) : position]
    within = _opened(before[::-1], "}", "{"), _opened(html[position : position + _AROUND], "{", "}")
    own = before[len(before) - within[0] :] + html[position : position + within[1]]
    title = _TITLED.search(own) if all(within) else None
    return title is not None and bool(said) and not said & _words(title[1])


def _opened(text: str, begins: str, ends: str) -> int:
    """Return where the object around the beginning of a text ends; 0 if its end is not in the text."""
    depth = 0
    for match in _BRACES.finditer(text):
        depth += 1 if match[0] == begins else -1
        if match[0] == ends and depth < 0:
            return match.start()
    return 0


def _words(text: str) -> frozenset[str]:
    """The longer words of a text; in writing systems without spaces between words, each character."""
    return frozenset(
        word for word in _WORD.findall(text.casefold()[:500]) if len(word) > 3 or not word.isascii()
    )


def dates_written_by_scripts(html: str, hints: Hints, crawled: datetime | None = None) -> list[DateCandidate]:
    """Read the date in the page's first call of a function that shows dates: ``showDate("2024/07/11 09:28:00")``."""
    for call in _SHOWN.finditer(html, 0, MAX_CHARACTERS):
        if _SHOWS.search(html, max(0, call.start() - _LONGEST), call.start()):
            value = parse_hinted(call[1], hints, crawled)
            return [DateCandidate(value, "unknown", "html", "script call", 0.2)] if value else []
    return []

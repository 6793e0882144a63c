"""The application state that a page carries for its scripts: Next.js, Nuxt, Apollo, Arc Fusion, data layers …"""

import json
import re
from collections.abc import Iterator
from typing import Any

from pressmark.article.page.document import Document

MAX_STATE = 3_000_000
"""Longest script that is read, in characters."""

_MIN_STATE = 50
_MAX_BROKEN = 50  # rows: the error for each counts all lines before it
_MAX_TRIES = 5  # of one script's assignments
_BEGINNING = 5_000  # characters of a script in which they are looked for
_ASSIGNED = re.compile(r"=\s{0,20}(?:JSON\.parse\(\s{0,20}(?=\")|(?=[{\[]))")
_FLIGHT = "self.__next_f.push("
_ROW = re.compile(r"^[0-9a-f]{1,6}:(?=[\[{])", re.MULTILINE)
_DECODER = json.JSONDecoder(strict=False)


def states(document: Document, *names: str) -> Iterator[Any]:
    """Yield the first JSON value of each script that has one: the whole script, or what it assigns to a variable.

    Of React's rows (Next.js), each value is yielded. JSON-LD is skipped. Nothing here depends on how a framework
    arranges its data. names: if any are given, a script must contain one of them; React's rows count as one script.
    """
    flight: list[str] = []
    for script in document.elements("script"):
        text = (script.text or "")[: MAX_STATE + 1].strip()
        if text.startswith(_FLIGHT):
            flight.append(text)
            continue
        if _MIN_STATE < len(text) <= MAX_STATE and "ld+json" not in (script.get("type") or ""):
            value = _value(text) if not names or any(name in text for name in names) else None
            if value:
                yield value
    rows = _rows(flight) if flight else ""
    broken = 0
    if not names or any(name in rows for name in names):
        for row in _ROW.finditer(rows):
            value = _decoded(rows, row.end())
            broken += value is None
            if value:
                yield value
            if broken >= _MAX_BROKEN:
                break


def _rows(scripts: list[str]) -> str:
    """Join what React sends in pieces, each a string in a script's call: rows of a number, a colon and JSON."""
    pieces: list[str] = []
    size = 0
    for script in scripts:
        piece = _decoded(script, len(_FLIGHT))
        if isinstance(piece, list) and len(piece) > 1 and isinstance(piece[1], str):
            pieces.append(piece[1])
            size += len(piece[1])
        if size > MAX_STATE:
            break
    return "".join(pieces)


def _value(script: str) -> Any:
    if script[0] in "{[":
        return _decoded(script, 0)
    for tries, assigned in enumerate(_ASSIGNED.finditer(script, 0, _BEGINNING)):
        value = _decoded(script, assigned.end()) if tries < _MAX_TRIES else None
        if value or tries >= _MAX_TRIES:
            return value
    return None


def _decoded(script: str, start: int) -> Any:
    try:
        value, _ = _DECODER.raw_decode(script, start)
        if isinstance(value, str):
            value = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None

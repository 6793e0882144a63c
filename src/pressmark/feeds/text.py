"""Decodes the characters of feeds and sitemaps, and parses those that are not XML."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from pressmark.charset.detect import decode, from_header, from_markup, proves_utf_8
from pressmark.charset.encodings import read

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le"))
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"'>]{1,40})["']""")
_ROBOTS = re.compile(
    r"^[^\S\n]*+(?:user-agent|sitemap|disallow|allow|crawl-delay)\s*+:", re.IGNORECASE | re.MULTILINE
)
_ITEMS = re.compile(r'"items"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


def text_of(body: bytes, content_type: str | None) -> str:
    """Decode a feed. A byte order mark, and bytes that are UTF-16 or UTF-8, count before header and declaration."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return read(body[len(mark) :], name)
    for name in ("utf-16le", "utf-16be"):
        if _is_utf_16(body, name):
            return read(body, name)
    if proves_utf_8(body):
        return read(body, "utf-8")
    declared = _DECLARED.search(body[:1024])
    junk = declared.start() if declared else 0
    for label in (from_header(content_type), from_markup(body[junk:]), "utf-8"):
        if label and not label.startswith("utf-16") and "\ufffd" not in (text := read(body, label)):
            return text
    return decode(body)[0]


def _is_utf_16(body: bytes, name: str) -> bool:
    """Whether a document's first characters, which must be ASCII, are ASCII in UTF-16."""
    start = body[:8]
    high, low = (start[1::2], start[::2]) if name == "utf-16le" else (start[::2], start[1::2])
    return len(start) >= 4 and not any(high) and all(low)


def is_robots(text: str, address: str) -> bool:
    """Whether a text is a robots.txt, by its address or its first lines."""
    path = address.partition("?")[0].partition("#")[0]
    return path.endswith("/robots.txt") or path == "robots.txt" or _ROBOTS.search(text[:2000]) is not None


def sitemaps_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the addresses of a robots.txt's Sitemap lines, each with its line number, without comments."""
    for number, line in lines(text):
        name, colon, value = line.partition("#")[0].partition(":")
        if colon and name.strip().lower() in ("sitemap", "site-map", "sitemaps") and value.strip():
            yield number, value.strip()


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text with their numbers, from 1. CR, LF and CR LF end a line."""
    yield from enumerate(re.split(r"\r\n|\r|\n", text), 1)


def json_items(text: str, problem: Callable[[int, str], None]) -> Iterator[dict[str, Any]] | None:
    """Return the items of a JSON Feed (jsonfeed.org, versions 1 and 1.1), None if it is not one.

    problem: called with what was not read: its offset in the text, and why.
    """
    start = _ITEMS.search(text)
    return None if start is None else _items(text, start.end(), problem)


def _items(text: str, at: int, problem: Callable[[int, str], None]) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(strict=False)
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty string, too
        if text.startswith("]", at):
            return
        try:
            item, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            problem(at, "the JSON ends early or is damaged here: the rest is not read")
            return
        if isinstance(item, dict):
            yield item
        else:
            problem(at, "an item that is not an object")

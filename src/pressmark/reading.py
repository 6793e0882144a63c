"""The copy of a page that is read for its article: decoded, and cut to what a parser can be trusted with.

A parsed tree takes a hundred bytes and more for each tag and attribute, whatever few bytes made it: a page of
12 MB can become 2 GB in memory. So the copy ends where it has more of either than any real page. What is
archived is untouched. Real news pages (123 of 38 countries) have 2.2 MB, 8,100 tags, 22,000 equals signs and 46,000
words within tags at most.
"""

import re
from dataclasses import dataclass

from pressmark.decode import decode
from pressmark.exchange import Exchange

MAX_HTML_BYTES = 4 * 1024 * 1024
"""What is read of a page, decoded; twice the longest seen."""

MAX_TAGS = 50_000
"""``<`` in what is read."""

MAX_ATTRIBUTES = 125_000
"""``=`` in what is read."""

MAX_WORDS = 200_000
"""Words within the tags that are read: an attribute needs no ``=``."""

MAX_TAG_BYTES = 256 * 1024
"""The longest tag that is read. Data URIs come near this size in real pages."""

MAX_TAG_ATTRIBUTES = 4_000
"""Attributes of one tag that is read. libxml2 walks along all that a tag has for each one more: 4,000 take it 0.04 s,
130,000 take it 70 s. Real pages have 725 at most, most of those in scripts that look like tags."""

_LEAST = 3
"""Bytes that a tag or an attribute with a value takes, with what parts it from the next."""

# A quoted value may hold ">". Nothing is tried twice: what ends the last part ends the tag.
_TAG = re.compile(rb"<[A-Za-z][^<>=]*+(?:=(?:\"[^\"]*+\"|'[^']*+'|\s++(?:\"[^\"]*+\"|'[^']*+')|)[^<>=]*+)*+")
_QUOTED = re.compile(rb"=\s*+(?:\"[^\"]*+\"|'[^']*+')")


PART = "part"
"""What metadata record and row say of a page (``read``) whose article was read off a part of it."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What an article is read off. whole: whether that is all of the page."""

    html: bytes
    whole: bool

    @property
    def read(self) -> str | None:
        """:data:`PART`, or None for the whole page."""
        return None if self.whole else PART


def html_to_read(page: Exchange) -> Copy:
    """Return as much of a page's body as its article is read from; see :func:`cut`.

    It is not whole either where the body was cut, its content coding is damaged, or the server gave a part (206).
    """
    decoded = decode(page, MAX_HTML_BYTES)
    html = cut(decoded.data)
    return Copy(html, html is decoded.data and not decoded.cut and page.status != 206)


def cut(html: bytes) -> bytes:
    """Return the beginning of a page that is within all limits; the same object where that is all of it."""
    end = len(html)
    for byte, most in ((b"<", MAX_TAGS), (b"=", MAX_ATTRIBUTES)):
        if end > _LEAST * most:
            end = min(end, _nth(html, byte, most))
    if not _may_hold_too_much(html, end):
        return html if end == len(html) else html[:end]
    words = 0
    for match in _TAG.finditer(html, 0, end):
        tag = match[0]
        words += _words(tag)
        if words > MAX_WORDS or _is_too_much(tag):
            end = match.start()
            break
    return html if end == len(html) else html[:end]


def _may_hold_too_much(html: bytes, end: int) -> bool:
    """Whether the tags may be over a limit: nearly all pages are spared the counting of words in all of them.

    A word takes two bytes, with what parts it from the next, and a tag may end without that.
    """
    if end <= min(2 * MAX_WORDS - MAX_TAGS, 2 * MAX_TAG_ATTRIBUTES):
        return False
    tags = _TAG.findall(html, 0, end)
    sizes = list(map(len, tags))
    if sum(sizes) > 2 * MAX_WORDS - MAX_TAGS:
        return True
    return max(sizes, default=0) > 2 * MAX_TAG_ATTRIBUTES and any(map(_is_too_much, tags))


def _is_too_much(tag: bytes) -> bool:
    return len(tag) > MAX_TAG_BYTES or (
        len(tag) > 2 * MAX_TAG_ATTRIBUTES and _words(_QUOTED.sub(b" ", tag)) > MAX_TAG_ATTRIBUTES
    )


def _words(tag: bytes) -> int:
    return len(tag.replace(b"/", b" ").split())  # a slash parts attributes, too


def _nth(data: bytes, byte: bytes, number: int) -> int:
    """Where a byte occurs for the (number + 1)th time, or the end of the data."""
    at, step = 0, 64 * 1024
    while at < len(data):
        here = data.count(byte, at, at + step)
        if here > number:
            for _ in range(number + 1):
                at = data.index(byte, at) + 1
            return at - 1
        number -= here
        at += step
    return len(data)

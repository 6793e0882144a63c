"""The copy of a page that is read for its article: decoded, and cut to what a parser can be trusted with.

A parsed tree takes a hundred bytes or more for each tag and attribute, however few bytes of the page these take: a page
of 12 MB can become 2 GB in memory. So the copy is cut where it has more of either than any real page; attributes
without a value, and many in one tag, are counted by the parser (:mod:`pressmark.article.page.bounds`). What is archived
is unchanged. Real news pages (123 of 38 countries) have 2.2 MB, 8,100 tags and 22,000 equals signs at most.
"""

from dataclasses import dataclass

from pressmark.http.decode import decode
from pressmark.http.exchange import Exchange

MAX_HTML_BYTES = 4 * 1024 * 1024
"""Maximum bytes that are read of a page, decoded; twice the longest seen."""

MAX_TAGS = 50_000
"""Maximum number of ``<`` in what is read."""

MAX_ATTRIBUTES = 125_000
"""Maximum number of ``=`` in what is read."""

_LEAST = 3
"""Minimum bytes of a tag, or of an attribute with a value, including what separates it from the next."""

PART = "part"
"""Value of ``read`` in metadata record and row if the article was read from only a part of the page."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What an article is read from. whole: whether that is all of the page."""

    html: bytes
    whole: bool

    def read(self, *, parsed: bool) -> str | None:
        """Return :data:`PART`, or None for the whole page. parsed: whether all of the copy was (``Article.whole``)."""
        return None if self.whole and parsed else PART


def html_to_read(page: Exchange) -> Copy:
    """Return as much of a page's body as its article is read from; see :func:`cut`.

    It is not whole, either, if the body was cut, its content coding is damaged, or the server sent a part (206).
    """
    decoded = decode(page, MAX_HTML_BYTES)
    html = cut(decoded.data)
    return Copy(html, html is decoded.data and not decoded.cut and page.status != 206)


def cut(html: bytes) -> bytes:
    """Return the beginning of a page that is within all limits; the same object if that is the whole page."""
    end = min(len(html), MAX_HTML_BYTES)
    for byte, most in ((b"<", MAX_TAGS), (b"=", MAX_ATTRIBUTES)):
        if end > _LEAST * most:
            end = min(end, _nth(html, byte, most))
    return html if end == len(html) else html[:end]


def _nth(data: bytes, byte: bytes, number: int) -> int:
    """Return where a byte occurs for the (number + 1)th time, or the end of the data."""
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

"""Finds how much of a page's markup can be given to libxml2 safely.

For each new attribute, libxml2 walks through all attributes that the tag already has: 4,000 take 0.04 s, 130,000 take
70 s. An attribute without a value takes a hundred bytes of memory for two bytes of the page.

This module does not guess where a parser sees a tag: everything that could begin a tag counts as one, even in a script,
a comment or another tag's attribute. Attributes are then separated as the HTML Standard (13.2.5.6 to 13.2.5.39) and
libxml2 do it. Nearly all tags are plain, and one pattern skips them; only the few others are looked at.
"""

import re
from collections.abc import Iterator

MAX_TAG_ATTRIBUTES = 4_000
"""Maximum number of attributes of one tag. 296 real pages have at most 917, in scripts that look like tags."""

MAX_BARE_ATTRIBUTES = 200_000
"""Maximum number of attributes in all tags that are not plain; real pages have at most 13,300. Attributes with a value
have a limit of their own (:data:`pressmark.reading.copy.MAX_ATTRIBUTES`)."""

MAX_TAG_BYTES = 256 * 1024
"""Maximum length of a tag that is not plain; in real pages it is at most 52 KB."""

MAX_LOOKED_AT = 32 * 1024 * 1024
"""Maximum number of bytes in tags that are not plain; tags within other tags count again. Real pages have at most
1.6 MB, all in scripts; a page of 3.9 MB made of the heaviest scripts of 29 of them has 12 MB."""

_LEAST = 2
"""Minimum number of bytes of an attribute, including the separator before the next one."""

# The sets are spelled out: with a class such as \s in it, a set takes Python's engine twice the time. Everything is
# possessive, so that nothing is tried twice. In a plain tag every value is closed, and only quoted ones contain "<".
_GAPS = (b" ", b"\t", b"\n", b"\f", b"\r", b"/")
_GAP = rb"[ \t\n\f\r/]"
_NAME = rb"[^ \t\n\f\r/<>=]++"
_EQUALS = rb"[ \t\n\f\r]*+=[ \t\n\f\r]*+"
_VALUED = _GAP + rb"*+" + _NAME + _EQUALS + rb"(?:\"[^\"]*+\"|'[^']*+'|[^ \t\n\f\r\"'<>][^ \t\n\f\r<>]*+)"
_BARE = _GAP + rb"*+" + _NAME  # no plain name begins with "=", so none with a value is taken for bare
_USUAL = rb"[ \t\n\f\r]" + _NAME + rb"=\"[^\"]*+\""  # as nearly all are written: one gap, double quotes


def odd(run: int, bare: int) -> re.Pattern[bytes]:
    """Return a pattern for the beginning of what may be a tag that is not plain.

    A plain tag has up to ``bare`` attributes without a value, and up to ``run`` others before, between and after them.
    """
    others = rb"(?:" + _VALUED + rb"){0,%d}+" % run
    rest = others + rb"(?:" + _BARE + others + rb"){0,%d}+" % bare + _GAP + rb"*+>"
    plain = rb"[A-Za-z][^ \t\n\f\r/<>]*+(?:" + _USUAL + rb"){0,%d}+(?:>|" % run + rest + rb")"
    return re.compile(rb"<(?=[A-Za-z])(?!" + plain + rb")")


# Small numbers, so that tags that share an end, each begun in a value of the one before, cannot add up.
ODD = odd(run=50, bare=3)

_ATTRIBUTE = (
    rb"(?:=[^ \t\n\f\r/>=]*+|[^ \t\n\f\r/>=]++)"
    rb"(?:" + _EQUALS + rb"(?:\"[^\"]*+\"?+|'[^']*+'?+|[^ \t\n\f\r\"'>][^ \t\n\f\r>]*+)?+)?+"
)
_TAG = re.compile(rb"[A-Za-z][^ \t\n\f\r/>]*+((?:" + _GAP + rb"++|" + _ATTRIBUTE + rb")*+)")
_ATTRIBUTES = re.compile(_ATTRIBUTE)


def end_of_sound(html: bytes) -> int:
    """Return the offset in bytes of the first tag that exceeds a limit; the length of ``html`` if none does.

    html: in UTF-8, without control characters, as the parser gets it.
    """
    looked_at = covered = reached = 0
    for tag in _tags(html):
        start, end = tag.span()
        looked_at += end - start
        # Of tags that lie within each other, a parser sees only one.
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
        if end - start > MAX_TAG_BYTES or looked_at > MAX_LOOKED_AT:
            return _end_of_few(html[: start - 1], covered)
        if end - start > _LEAST * MAX_TAG_ATTRIBUTES and _has_too_many(tag[1]):
            return _end_of_few(html[: start - 1], covered)
    return _end_of_few(html, covered)


def _end_of_few(html: bytes, covered: int) -> int:
    """Return where all attributes together exceed their limit, or the length of ``html``.

    They are counted only if ``covered`` bytes can hold so many.
    """
    bare = 0
    if covered > _LEAST * MAX_BARE_ATTRIBUTES:
        for tag in _tags(html):
            bare += _count(tag[1])
            if bare > MAX_BARE_ATTRIBUTES:
                return tag.start() - 1
    return len(html)


def _tags(html: bytes) -> Iterator[re.Match[bytes]]:
    """Yield what may be a tag that is not plain, from its name on.

    A tag that begins within another tag's name has the same attributes, so it is not looked at again.
    """
    named = 0
    for begun in ODD.finditer(html):
        if begun.end() < named:
            continue
        tag = _TAG.match(html, begun.end())
        assert tag is not None  # noqa: S101 - a letter is there
        named = tag.start(1)
        yield tag


def _has_too_many(attributes: bytes) -> bool:
    # Each attribute begins after a separator, or right after the closing quote of the one before.
    gaps, quotes = sum(map(attributes.count, _GAPS)), sum(map(attributes.count, (b"'", b'"')))
    return gaps + quotes // 2 >= MAX_TAG_ATTRIBUTES and _count(attributes) > MAX_TAG_ATTRIBUTES


def _count(attributes: bytes) -> int:
    return sum(1 for _ in _ATTRIBUTES.finditer(attributes))

"""How much of a page's markup libxml2 can be trusted with.

libxml2 walks along all attributes that a tag has for each one more: 4,000 take it 0.04 s, 130,000 take it 70 s. And an
attribute without a value takes a hundred bytes of memory for two bytes of the page.

Nothing here guesses where a parser sees a tag: everything that could begin one does, in a script, a comment or
another tag's attribute, too. From there on attributes are told apart as the HTML Standard does (13.2.5.6 to 13.2.5.39),
which libxml2 follows. Nearly all tags are plain, and one pattern is done with them; the few others are looked at.
"""

import re
from collections.abc import Iterator

MAX_TAG_ATTRIBUTES = 4_000
"""Attributes of one tag. Real pages (296) have 917 at most, in scripts that look like tags."""

MAX_BARE_ATTRIBUTES = 200_000
"""Attributes of all tags that are not plain; real pages have 13,300 at most. Those with a value have a bound of their
own (:data:`pressmark.reading.copy.MAX_ATTRIBUTES`)."""

MAX_TAG_BYTES = 256 * 1024
"""The longest tag that is not plain; real pages have 52 KB at most."""

MAX_LOOKED_AT = 32 * 1024 * 1024
"""Bytes of tags that are not plain, each as far as it would reach. Real pages have 1.6 MB at most, all in scripts; the
heaviest scripts of 29 of them in one page of 3.9 MB have 12 MB."""

_LEAST = 2
"""Bytes that an attribute takes, with what parts it from the next."""

# Spelled out: a set with a class such as \s in it takes Python's engine twice the time. Everything is possessive, for
# nothing is to be tried twice. A value must end for its tag to be plain, and "<" is in none but quoted ones.
_GAPS = (b" ", b"\t", b"\n", b"\f", b"\r", b"/")
_GAP = rb"[ \t\n\f\r/]"
_NAME = rb"[^ \t\n\f\r/<>=]++"
_EQUALS = rb"[ \t\n\f\r]*+=[ \t\n\f\r]*+"
_VALUED = _GAP + rb"*+" + _NAME + _EQUALS + rb"(?:\"[^\"]*+\"|'[^']*+'|[^ \t\n\f\r\"'<>][^ \t\n\f\r<>]*+)"
_BARE = _GAP + rb"*+" + _NAME  # no plain name begins with "=": what has a value is not taken for one
_USUAL = rb"[ \t\n\f\r]" + _NAME + rb"=\"[^\"]*+\""  # as nearly all are written: one gap, double quotes


def odd(run: int, bare: int) -> re.Pattern[bytes]:
    """What may begin a tag that is not plain. A plain one has up to ``bare`` attributes without a value, and up to
    ``run`` others before, between and after them."""
    others = rb"(?:" + _VALUED + rb"){0,%d}+" % run
    rest = others + rb"(?:" + _BARE + others + rb"){0,%d}+" % bare + _GAP + rb"*+>"
    plain = rb"[A-Za-z][^ \t\n\f\r/<>]*+(?:" + _USUAL + rb"){0,%d}+(?:>|" % run + rest + rb")"
    return re.compile(rb"<(?=[A-Za-z])(?!" + plain + rb")")


# Few enough that tags which share their ends, each begun in a value of the one before, cannot add up.
ODD = odd(run=50, bare=3)

_ATTRIBUTE = (
    rb"(?:=[^ \t\n\f\r/>=]*+|[^ \t\n\f\r/>=]++)"
    rb"(?:" + _EQUALS + rb"(?:\"[^\"]*+\"?+|'[^']*+'?+|[^ \t\n\f\r\"'>][^ \t\n\f\r>]*+)?+)?+"
)
_TAG = re.compile(rb"[A-Za-z][^ \t\n\f\r/>]*+((?:" + _GAP + rb"++|" + _ATTRIBUTE + rb")*+)")
_ATTRIBUTES = re.compile(_ATTRIBUTE)


def end_of_sound(html: bytes) -> int:
    """Where the first tag begins that goes beyond a limit, in bytes; the length of ``html`` where none does.

    html: in UTF-8, without control characters, as it is parsed.
    """
    looked_at = covered = reached = 0
    for tag in _tags(html):
        start, end = tag.span()
        looked_at += end - start
        # Of tags that would lie within each other a parser sees one.
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
        if end - start > MAX_TAG_BYTES or looked_at > MAX_LOOKED_AT:
            return _end_of_few(html[: start - 1], covered)
        if end - start > _LEAST * MAX_TAG_ATTRIBUTES and _has_too_many(tag[1]):
            return _end_of_few(html[: start - 1], covered)
    return _end_of_few(html, covered)


def _end_of_few(html: bytes, covered: int) -> int:
    """Where there are too many attributes in all; they are counted only where so many bytes may have them."""
    bare = 0
    if covered > _LEAST * MAX_BARE_ATTRIBUTES:
        for tag in _tags(html):
            bare += _count(tag[1])
            if bare > MAX_BARE_ATTRIBUTES:
                return tag.start() - 1
    return len(html)


def _tags(html: bytes) -> Iterator[re.Match[bytes]]:
    """Yield what may be a tag that is not plain, from its name on.

    One that begins in another's name has the same attributes as that one, so it is not looked at again.
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
    # Each begins after what parts it from the one before or after the second quote of that one's value.
    gaps, quotes = sum(map(attributes.count, _GAPS)), sum(map(attributes.count, (b"'", b'"')))
    return gaps + quotes // 2 >= MAX_TAG_ATTRIBUTES and _count(attributes) > MAX_TAG_ATTRIBUTES


def _count(attributes: bytes) -> int:
    return sum(1 for _ in _ATTRIBUTES.finditer(attributes))

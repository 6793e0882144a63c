"""Splits feeds and sitemaps into tags and text, whether they are well formed or not.

An XML parser stops at the first raw ``&``, unclosed ``<br>`` or undefined entity, and half a feed is lost. Here, tags
are found one after another, and everything else is text; an end tag closes the open element of its name, and an
undefined entity stays as it is written. Nothing is loaded from elsewhere, the text is walked through once, and memory
is bounded during the walk.
"""

import html.entities
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

MAX_ENTITIES = 1000
"""Maximum number of a document's own entities that are resolved; only those without references in them are."""

MAX_ENTITY = 2000
"""Maximum characters of an entity's text."""

MAX_VALUE = 8192
"""How many characters of an attribute, an address or a date are kept, before and after entities are resolved."""

_MARKUP = re.compile(
    r"""<(?:(?P<comment>!--)|(?P<cdata>!\[CDATA\[)|(?P<pi>\?)|(?P<doctype>!DOCTYPE\b)|(?P<other>!)
    |/(?P<end>[^\s<>/="']++)[^<>]*+>
    |(?P<start>[^\s<>/="'!?][^\s<>/="']*+)(?P<attributes>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>)""",
    re.VERBOSE | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""(?<![^\s=<>"'/])([^\s=<>"'/]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z_][\w.-]{0,100}));")
_ENTITY = re.compile(r"""<!ENTITY\s+([A-Za-z_][\w.-]{0,100})\s+(?:"([^"]*)"|'([^']*)')\s*>""")
_SUBSET = re.compile(r"\[")
_END_OF_SUBSET = re.compile(r"\]\s*>")
_END_OF_COMMENT, _END_OF_INSTRUCTION, _END_OF_DECLARATION = map(re.compile, ("-->", r"\?>", ">"))

Problem = Callable[[int, str], None]
"""Called with where something was not read (an offset in the text) and why."""


class Tag(NamedTuple):
    """name: in lower case, with its prefix. at: its offset in the text. closes: an end tag. empty: ends with ``/>``."""

    name: str
    at: int
    attributes: dict[str, str]
    closes: bool = False
    empty: bool = False


class Text(NamedTuple):
    """A piece of text. start, end: offsets of it; raw: whether it is CDATA, which has no references."""

    start: int
    end: int
    raw: bool = False


class Tags:
    """Walks through a document and yields its tags and pieces of text, in order."""

    def __init__(self, text: str, problem: Problem) -> None:
        self.text = text
        self._problem = problem
        self._entities: dict[str, str] = {}
        self._next: dict[re.Pattern[str], re.Match[str] | None] = {}
        self._told: set[str] = set()

    def __iter__(self) -> Iterator[Tag | Text]:
        text, at, end = self.text, 0, len(self.text)
        while at < end:
            mark = text.find("<", at)
            if mark < 0:
                yield Text(at, end)
                return
            if mark > at:
                yield Text(at, mark)
            match = _MARKUP.match(text, mark)
            kind = match.lastgroup if match else None
            if match is None:
                yield Text(mark, mark + 1)
                at = mark + 1
            elif kind == "attributes":  # every start tag's last group, though it may be empty
                name, attributes = match.group("start", "attributes")
                yield Tag(
                    name.lower(),
                    mark,
                    self._attributes(attributes) if "=" in attributes else {},
                    empty=attributes.endswith("/"),
                )
                at = match.end()
            elif kind == "end":
                yield Tag(match["end"].lower(), mark, {}, closes=True)
                at = match.end()
            elif kind == "cdata":
                close = text.find("]]>", match.end())
                if close < 0:
                    self._problem(mark, "a CDATA section does not end")
                yield Text(match.end(), close if close >= 0 else end, raw=True)
                at = close + 3 if close >= 0 else end
            else:
                at = self._behind(match)

    def _behind(self, match: re.Match[str]) -> int:
        """Return the offset at which a comment, processing instruction or declaration ends."""
        start = match.end()
        if match["doctype"]:
            subset, close = self._find(_SUBSET, start), self._find(_END_OF_DECLARATION, start)
            if subset and close and subset.start() < close.start():
                end = self._find(_END_OF_SUBSET, subset.start())
                if end is None:
                    return self._endless(match, "the document type")
                self._define(self.text[subset.start() : end.start()])
                return end.end()
            return close.end() if close else start
        if match["comment"]:
            end, what = self._find(_END_OF_COMMENT, start), "a comment"
        else:
            end = self._find(_END_OF_INSTRUCTION if match["pi"] else _END_OF_DECLARATION, start)
            what = "a processing instruction" if match["pi"] else "a declaration"
        return end.end() if end else self._endless(match, what)

    def _find(self, pattern: re.Pattern[str], start: int) -> re.Match[str] | None:
        """Return the first match from ``start`` on. Starts only grow, so no text is searched twice for one pattern."""
        known = self._next.get(pattern)
        if pattern not in self._next or (known and known.start() < start):
            known = self._next[pattern] = pattern.search(self.text, start)
        return known

    def _endless(self, match: re.Match[str], what: str) -> int:
        """Return where to continue after the start of something that has no end. Only the first of its kind is
        reported: none of the later ones has an end either."""
        if what not in self._told:
            self._told.add(what)
            self._problem(match.start(), f"{what} does not end")
        return match.end()

    def _define(self, subset: str) -> None:
        for match in _ENTITY.finditer(subset):
            value = match[2] if match[2] is not None else match[3]
            if len(self._entities) < MAX_ENTITIES and len(value) <= MAX_ENTITY and "&" not in value:
                self._entities.setdefault(match[1], value)

    def _attributes(self, text: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(text):
            name, value = match[1].lower(), next(part for part in match.groups()[1:] if part is not None)
            found.setdefault(name, self.plain(value))
        return found

    def plain(self, text: str) -> str:
        """Resolve the references in a text: to characters, to HTML's entities, and to those the document defines.

        An entity may be a thousand times as long as its reference: at most MAX_VALUE characters are read, or returned.
        """
        text = text[:MAX_VALUE]
        return _REFERENCE.sub(self._resolved, text)[:MAX_VALUE] if "&" in text else text

    def _resolved(self, match: re.Match[str]) -> str:
        decimal, hexadecimal, name = match.groups()
        if name is not None:
            return self._entities.get(name) or html.entities.html5.get(f"{name};", match[0])
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return chr(code) if 0x20 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else " "

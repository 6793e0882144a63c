"""What a style sheet makes browsers fetch: imported sheets, pictures, fonts.

Its text is read token by token (CSS Syntax Level 3, section 4.3), by two patterns. These distinguish only tokens that
can hold or hide an address: comments, strings, escapes and addresses, and brackets within a font's block and an
``image-set()``. The time grows only in proportion to the text. (D26) says why no library does it. Rules count whether
they apply to a page or not. An ``@import`` in a place where browsers ignore it is found, too. Names that are written
with escapes are not recognised, except ``url``.
"""

import re
from collections.abc import Iterator
from itertools import islice

from pressmark.charset.detect import from_header
from pressmark.charset.encodings import label_name, read
from pressmark.requisites.addresses import Addresses
from pressmark.requisites.fonts import Font
from pressmark.requisites.wanted import MAX_REFERENCES, MAX_WANTED, Kind, Level, Wanted

MAX_CSS_BYTES = 2 * 1024 * 1024
"""How much of a style sheet is read; addresses after that are not found."""

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le"))
_CHARSET_RULE = re.compile(rb'@charset "([^"]{0,1000})";')
_NEWLINE = re.compile(r"\r\n?|\f")

_COMMENT = r"/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+"
_BLANK = rf"(?:[ \t\n]++|{_COMMENT})*+"
_NAME = r"A-Za-z0-9_\-\x80-\U0010ffff"
_ESCAPE = r"\\(?:[0-9A-Fa-f]{1,6}+[ \t\n]?+|[^\n])"
_IN_STRING = r"\\(?:[0-9A-Fa-f]{1,6}+[ \t\n]?+|.)?+"  # a line may end after the digits, or be escaped
_DOUBLE = rf'(?:[^"\\\n]++|{_IN_STRING})*+'
_SINGLE = rf"(?:[^'\\\n]++|{_IN_STRING})*+"
_PLAIN = rf"(?:[^\"'()\\ \t\n\x00-\x08\x0b\x0e-\x1f\x7f]++|{_ESCAPE})*+"


def _any_case(word: str) -> str:
    return "".join(f"[{each}{each.upper()}]" if each.isalpha() else each for each in word)


def _called(function: str) -> str:
    """Matches after the opening bracket of a function with exactly this name."""
    return rf"(?<={_any_case(function)}\()(?<![{_NAME}#@]{'.' * (len(function) + 1)})"


# One alternative for each kind of token, after its first character. Possessive: nothing is tried twice.
_TOKENS = "|".join(
    [
        rf"(?<=/)(?=\*){_COMMENT[1:]}",
        rf'(?<=")(?P<double>{_DOUBLE})(?:"|\Z)',
        rf"(?<=')(?P<single>{_SINGLE})(?:'|\Z)",
        rf'(?<="){_DOUBLE}',  # a bad string ends with its line
        rf"(?<='){_SINGLE}",
        rf"(?<=\\)(?:{_ESCAPE[2:]})(?:[{_NAME}]++|{_ESCAPE})*+(?P<call>\()?+",
        rf"(?<=@)(?P<font>{_any_case('font-face')}{_BLANK}\{{)",
        rf"(?<=@)(?P<import>{_any_case('import')}(?![{_NAME}\\]){_BLANK})",
        rf"(?<=@)(?P<namespace>{_any_case('namespace')}(?![{_NAME}\\]){_BLANK}"
        rf"(?:(?!{_any_case('url')}\()[{_NAME}]++{_BLANK})?+)",
        rf'{_called("url")}[ \t\n]*+"(?P<url_double>{_DOUBLE})(?:"|\Z)',
        rf"{_called('url')}[ \t\n]*+'(?P<url_single>{_SINGLE})(?:'|\Z)",
        rf"{_called('url')}[ \t\n]*+(?=[\"'])(?P<call_url>)",
        rf"{_called('url')}[ \t\n]*+(?P<url_plain>{_PLAIN})[ \t\n]*+(?:\)|\Z)",
        rf"{_called('url')}(?:[^)\\]++|\\.?+)*+\)?+",  # a bad address ends with its bracket
        rf"{_called('image-set')}(?P<set>)",
        rf"{_called('-webkit-image-set')}(?P<set_webkit>)",
    ]
)
_WITHIN_TOKENS = "|".join(
    [
        _TOKENS,
        rf'{_called("format")}[ \t\n]*+"(?P<format_double>{_DOUBLE})"',
        rf"{_called('format')}[ \t\n]*+'(?P<format_single>{_SINGLE})'",
        rf"{_called('format')}[ \t\n]*+(?P<format_plain>[{_NAME}]++)",
        r"(?<=[({\[])(?P<open>)",
        r"(?<=[)}\]])(?P<close>)",
        r"(?<=;)(?P<end>)",
    ]
)
# Each begins with a set of characters, which the engine looks for fast.
_OUTSIDE = re.compile(rf"[\"'/@\\(](?:{_TOKENS})", re.DOTALL)
_WITHIN = re.compile(rf"[\"'/@\\()\[\]{{}};](?:{_WITHIN_TOKENS})", re.DOTALL)
# For url: few style sheets have one, so few are searched further.
_ESCAPED_LETTER = re.compile(r"\\(?:[uUrRlL]|0{0,4}+(?:[57][25]|[46][cC]))")
# url( with escapes or without, not where its first character is itself escaped by a backslash before it.
_URL = re.compile(
    r"[uU\\](?<!\\.)(?:(?<=[uU])|(?<=\\)(?:[uU]|0{0,4}+[57]5[ \t\n]?+))"
    r"(?:\\?+[rR]|\\0{0,4}+[57]2[ \t\n]?+)(?:\\?+[lL]|\\0{0,4}+[46][cC][ \t\n]?+)(?=\()",
    re.DOTALL,
)
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_ESCAPED = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})[ \t\n]?|\n|(.)|\Z)", re.DOTALL)


def in_css(
    css: bytes, url: str, content_type: str | None, level: Level, *, environment: str = "utf-8"
) -> list[Wanted]:
    """Return what a style sheet makes browsers fetch: sheets first, then fonts, then pictures; each once.

    css: the file's bytes without their content encoding. url: its absolute URL, where redirects ended. content_type:
    the Content-Type header's value, if there was one. environment: WHATWG name of the encoding of the page or style
    sheet that names it, which is its own if it names none.
    """
    text, charset = _decode(css[:MAX_CSS_BYTES], content_type, environment)
    addresses = Addresses(url, charset)
    found: dict[str, Kind] = {}
    named = dict.fromkeys(references(text, level))
    for reference, kind in islice(named, MAX_REFERENCES):
        address = addresses.url(reference)
        if address and address != url and len(found) < MAX_WANTED:
            found.setdefault(address, kind)
    order: list[Kind] = ["style", "font", "image"]
    return sorted(
        (Wanted(each, kind, "css") for each, kind in found.items()), key=lambda one: order.index(one.kind)
    )


def may_refer(css: str) -> bool:
    """Whether there can be an address in a piece of CSS; a quick look."""
    text = css.lower()
    if _ESCAPED_LETTER.search(css):
        return True
    return "url(" in text or "@import" in text or "image-set(" in text


def references(css: str, level: Level) -> Iterator[tuple[str, Kind]]:
    """Yield the references in a style sheet or the content of a ``style`` attribute, as they are written there.

    level: ``all`` yields every format of a font.
    """
    css = _NEWLINE.sub("\n", css) if "\r" in css or "\f" in css else css
    css = css.replace("\0", "\ufffd")
    if _ESCAPED_LETTER.search(css):  # in strings it means the same
        css = _URL.sub(lambda name: unescaped(name[0]), css)
    yield from _Scan(css, level).references()


class _Scan:
    def __init__(self, css: str, level: Level) -> None:
        self._css = css
        self._level = level
        self._closers: list[str] = []  # of brackets that are open, within a font's block or an image-set
        self._sets: list[int] = []  # how many were open where an image-set began
        self._font: Font | None = None
        self._imported = self._named = -1  # where the address of an @import or a @namespace has to begin

    def references(self) -> Iterator[tuple[str, Kind]]:
        at = 0
        while token := (_WITHIN if self._closers else _OUTSIDE).search(self._css, at):
            at = token.end()
            match token.lastgroup:
                case "double" | "single" as group:
                    if token.start() == self._imported:
                        yield unescaped(token[group]), "style"
                    elif self._sets and self._sets[-1] == len(self._closers):
                        yield unescaped(token[group]), "image"
                case "url_double" | "url_single" | "url_plain" as group:
                    begin = token.start() - len("url")
                    if begin == self._imported:
                        yield unescaped(token[group]), "style"
                    elif self._font:
                        self._font.add(unescaped(token[group]))
                    elif begin != self._named:
                        yield unescaped(token[group]), "image"
                    if group != "url_plain":
                        self._open("(")
                case "import":
                    self._imported = at
                case "namespace":
                    self._named = at
                case "font":
                    if not self._closers:
                        self._font = Font()
                    self._closers.append("}")
                case "set" | "set_webkit":
                    self._closers.append(")")
                    self._sets.append(len(self._closers))
                case "format_double" | "format_single" | "format_plain" as group:
                    if self._font:
                        self._font.format(token[group])
                    self._open("(")
                case "call" | "call_url":
                    self._open("(")
                case "open":
                    self._open(token[0])
                case "end":
                    if self._font and len(self._closers) == 1:
                        self._font.end_declaration()
                case "close":
                    yield from self._close(token[0])
        if self._font:
            yield from ((each, "font") for each in self._font.chosen(self._level))

    def _open(self, bracket: str) -> None:
        if self._closers:
            self._closers.append(_CLOSERS[bracket])

    def _close(self, bracket: str) -> Iterator[tuple[str, Kind]]:
        """A bracket closes the one that was opened last, or nothing."""
        if bracket != self._closers[-1]:
            return
        if self._sets and self._sets[-1] == len(self._closers):
            self._sets.pop()
        self._closers.pop()
        if self._font and not self._closers:
            yield from ((each, "font") for each in self._font.chosen(self._level))
            self._font = None


def unescaped(text: str) -> str:
    """The characters that a string or an address stands for (CSS Syntax, section 4.3.7)."""
    return _ESCAPED.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    digits, character = escape.groups()
    if digits is None:
        return character or ""  # none: the string goes on in the next line
    code = int(digits, 16)
    return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"


def _decode(css: bytes, content_type: str | None, environment: str) -> tuple[str, str]:
    """The text and its encoding (CSS Syntax, section 3.2)."""
    for mark, name in _BOMS:
        if css.startswith(mark):
            return read(css[len(mark) :], name), name
    rule = _CHARSET_RULE.match(css)
    named = label_name(rule[1].decode("latin-1")) if rule else None
    if named and named.startswith("utf-16"):
        named = "utf-8"  # in which the rule could not be read
    name = from_header(content_type) or named or environment
    return read(css, name), name

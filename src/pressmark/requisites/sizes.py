"""How wide an image is laid out, by its ``sizes`` attribute (HTML Standard, "parse a sizes attribute")."""

import math
import re
from functools import lru_cache

from pressmark.requisites.media import fits
from pressmark.requisites.screens import Screen, pixels

MAX_CHARACTERS = 8_000
"""A longer attribute is read as if it were not there."""

AUTO = "auto"
"""The first value of ``sizes`` if the layout decides, for images that are loaded when they come into view."""

_MAX_DEPTH = 20
_CONDITION = re.compile(r"\s*+(?:\(|not\b)")  # a media type is not possible here
_LETTERS = "abcdefghijklmnopqrstuvwxyz-"
_COMMENT = re.compile(r"/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+")
_TOKEN = re.compile(r"((?:\d++(?:\.\d++)?+|\.\d++)(?:e[+-]?\d++)?+[a-z%]*+|-?[a-z][a-z-]*+\(?+|[()*/+,-]|\S)")
_NUMBER = re.compile(r"((?:\d++(?:\.\d++)?+|\.\d++)(?:e[+-]?\d++)?+)([a-z%]*+)")


@lru_cache(maxsize=512)
def widths(sizes: str, screen: Screen) -> tuple[float, ...]:
    """The widths in CSS pixels that an image may be laid out with on a screen.

    There is more than one if it is unknown whether a condition fits. ``auto`` is as wide as the window until the page
    is laid out.
    """
    if is_auto(sizes):
        return (float(screen.width),)
    found: list[float] = []
    for part in _parts(_COMMENT.sub(" ", sizes.lower())) if len(sizes) <= MAX_CHARACTERS else ():
        condition, value = _parted(part)
        size = length(value, screen)
        if size is None or (condition.strip() and not _CONDITION.match(condition)):
            continue
        fit = fits(condition, screen)
        if fit is not False:
            found.append(size)
        if fit:
            return tuple(found)
    return (*found, float(screen.width))


def is_auto(sizes: str) -> bool:
    """Whether the layout decides."""
    return sizes.strip().lower().partition(",")[0].rstrip() == AUTO


def length(text: str, screen: Screen) -> float | None:
    """The CSS pixels of a length, ``calc()``, ``min()``, ``max()`` or ``clamp()``; None for others, and below 0."""
    try:
        value, is_length = _Sum(_TOKEN.findall(text), screen).read()
    except (_UnreadableError, ZeroDivisionError, OverflowError, ValueError):
        return None
    return value if 0 <= value < math.inf and (is_length or not value) else None


def _parts(text: str) -> list[str]:
    """The parts between commas that are outside of brackets."""
    parts, depth, begin = [], 0, 0
    for mark in re.finditer(r"[(),]", text):
        if mark[0] == "(":
            depth += 1
        elif mark[0] == ")":
            depth -= 1
        elif depth <= 0:
            parts.append(text[begin : mark.start()])
            begin = mark.end()
    return [*parts, text[begin:]]


def _parted(part: str) -> tuple[str, str]:
    """The condition, and the value after it: a word, or a function with its brackets."""
    part = part.strip()
    if not part.endswith(")"):
        condition, _, value = part.rpartition(" ") if part[-1:] and ")" not in part else part.rpartition(")")
        return (condition + ")" if ")" in part else condition), value
    depth = 0
    for at in range(len(part) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(part[at], 0)
        if not depth:
            begin = len(part[:at].rstrip(_LETTERS))
            return part[:begin], part[begin:]
    return "", part


class _UnreadableError(Exception):
    """The value is not understood."""


class _Sum:
    """Reads a length, or a sum, as the browser's ``calc()``. A value comes with whether it is a length."""

    def __init__(self, tokens: list[str], screen: Screen) -> None:
        self._tokens = [*tokens, ""]
        self._at = 0
        self._screen = screen

    def read(self) -> tuple[float, bool]:
        found = self._one(0)
        if self._tokens[self._at]:
            raise _UnreadableError
        return found

    def _sum(self, depth: int) -> tuple[float, bool]:
        value, is_length = self._product(depth)
        while (sign := self._tokens[self._at]) in ("+", "-"):
            self._at += 1
            other, other_is = self._product(depth)
            if is_length != other_is:
                raise _UnreadableError
            value += other if sign == "+" else -other
        return value, is_length

    def _product(self, depth: int) -> tuple[float, bool]:
        value, is_length = self._one(depth)
        while (sign := self._tokens[self._at]) in ("*", "/"):
            self._at += 1
            other, other_is = self._one(depth)
            if other_is and (is_length or sign == "/"):
                raise _UnreadableError
            value, is_length = (value * other if sign == "*" else value / other), is_length or other_is
        return value, is_length

    def _one(self, depth: int) -> tuple[float, bool]:
        word = self._tokens[self._at]
        self._at += 1
        if depth > _MAX_DEPTH:
            raise _UnreadableError
        if word in ("+", "-"):
            value, is_length = self._one(depth + 1)
            return (value if word == "+" else -value), is_length
        if number := _NUMBER.fullmatch(word):
            if not number[2]:
                return float(number[1]), False
            size = pixels(float(number[1]), number[2], self._screen)
            if size is None:
                raise _UnreadableError
            return size, True
        if word not in ("(", "calc(", "-webkit-calc(", "min(", "max(", "clamp("):
            raise _UnreadableError
        values = [self._sum(depth + 1)]
        while self._tokens[self._at] == ",":
            self._at += 1
            values.append(self._sum(depth + 1))
        if self._tokens[self._at] not in (")", ""):
            raise _UnreadableError
        self._at += 1 if self._tokens[self._at] else 0
        return _result(word, values)


def _result(function: str, values: list[tuple[float, bool]]) -> tuple[float, bool]:
    numbers, kinds = [value for value, _ in values], {is_length for _, is_length in values}
    if len(kinds) > 1:
        raise _UnreadableError
    match function, numbers:
        case "min(", _:
            return min(numbers), kinds.pop()
        case "max(", _:
            return max(numbers), kinds.pop()
        case "clamp(", [least, value, most]:
            return max(least, min(value, most)), kinds.pop()
        case "(" | "calc(" | "-webkit-calc(", [value]:
            return value, kinds.pop()
    raise _UnreadableError

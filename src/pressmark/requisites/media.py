"""Whether a media query fits a screen (Media Queries Level 4).

Conditions on the reader's taste, device or browser (``prefers-color-scheme``, ``hover`` …) are unknown: they may fit or
not. So are queries that cannot be read.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from pressmark.requisites.screens import Screen, pixels

MAX_CHARACTERS = 2_000
"""A longer query is not read."""

_MAX_DEPTH = 20

Fits = bool | None
"""None: unknown."""

_TOKEN = re.compile(
    r"([()]|,|[<>]=?|[=:/]|[+-]?(?:\d++(?:\.\d++)?+|\.\d++)[a-z%]*+|[a-z-][a-z0-9_-]*+|\S)", re.IGNORECASE
)
_VALUE = re.compile(r"([+-]?[\d.]++)([a-z%]*+)")
_SIGNS = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0), "=": (0,)}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_DENSITY = re.compile(r"(?:-webkit-|-moz-|-o-)?(min-|max-)?-?(?:moz-)?device-pixel-ratio")


class _UnreadableError(Exception):
    """The query is not written as the standard has it."""


@lru_cache(maxsize=512)
def fits(query: str, screen: Screen) -> Fits:
    """Whether a list of media queries, as in ``media``, or a single condition, as in ``sizes``, fits a screen."""
    if not query.strip():
        return True
    if len(query) > MAX_CHARACTERS:
        return None
    try:
        return _Query(_TOKEN.findall(query.lower()), screen).read()
    except _UnreadableError:
        return None


def all_of(parts: Iterable[Fits]) -> Fits:
    """Whether all of these fit."""
    found = set(parts)
    return False if False in found else None if None in found else True


def _not(part: Fits) -> Fits:
    return None if part is None else not part


def _any_of(parts: Iterable[Fits]) -> Fits:
    return _not(all_of(_not(part) for part in parts))


class _Query:
    def __init__(self, tokens: list[str], screen: Screen) -> None:
        self._tokens = [*tokens, ""]
        self._at = 0
        self._screen = screen

    def read(self) -> Fits:
        found = [self._query()]
        while self._tokens[self._at] == ",":
            self._at += 1
            found.append(self._query())
        if self._tokens[self._at]:
            raise _UnreadableError
        return _any_of(found)

    def _next(self) -> str:
        token = self._tokens[self._at]
        self._at += 1
        if not token:
            raise _UnreadableError
        return token

    def _query(self) -> Fits:
        """A type followed by conditions, or conditions alone."""
        word, behind = self._tokens[self._at], self._tokens[self._at + 1 :][:1]
        if word == "(" or (word == "not" and behind == ["("]):
            return self._condition(0)
        negated = word == "not"
        if word in ("not", "only"):
            self._at += 1
        fit: Fits = self._next() in ("all", "screen")
        if self._tokens[self._at] == "and":
            self._at += 1
            fit = all_of([fit, self._condition(0)])
        return _not(fit) if negated else fit

    def _condition(self, depth: int) -> Fits:
        if self._tokens[self._at] == "not":
            self._at += 1
            return _not(self._bracket(depth))
        found = [self._bracket(depth)]
        joined = self._tokens[self._at]
        while joined in ("and", "or") and self._tokens[self._at] == joined:
            self._at += 1
            found.append(self._bracket(depth))
        return _any_of(found) if joined == "or" else all_of(found)

    def _bracket(self, depth: int) -> Fits:
        if self._next() != "(" or depth > _MAX_DEPTH:
            raise _UnreadableError
        if self._tokens[self._at] in ("(", "not"):
            fit = self._condition(depth + 1)
            if self._next() != ")":
                raise _UnreadableError
            return fit
        begin = self._at
        while self._next() != ")":
            if self._tokens[self._at] == "(":
                raise _UnreadableError
        return _feature(self._tokens[begin : self._at - 1], self._screen)


def _feature(tokens: list[str], screen: Screen) -> Fits:
    match tokens:
        case [name, ":", *value]:
            if named := _DENSITY.fullmatch(name):
                name = f"{named[1] or ''}resolution"
                value = [f"{value[0]}x"] if len(value) == 1 else value
            if name.startswith("min-"):
                return _compare(name[4:], ">=", value, screen)
            if name.startswith("max-"):
                return _compare(name[4:], "<=", value, screen)
            return _compare(name, "=", value, screen)
        case [low, ("<" | "<=" | ">" | ">=") as first, name, ("<" | "<=" | ">" | ">=") as second, high]:
            return all_of(
                [_compare(name, _MIRRORED[first], [low], screen), _compare(name, second, [high], screen)]
            )
        case [name, sign, *value] if sign in _SIGNS and name[0].isalpha():
            return _compare(name, sign, value, screen)
        case [*value, sign, name] if sign in _SIGNS:
            return _compare(name, _MIRRORED[sign], value, screen)
        case ["width" | "height" | "color" | "orientation" | "resolution" | "aspect-ratio"]:
            return True
    return None


def _compare(name: str, sign: str, value: list[str], screen: Screen) -> Fits:
    if name == "orientation" and sign == "=":
        return value == (["portrait"] if screen.height >= screen.width else ["landscape"])
    there = _measure(name, screen)
    asked = _value(name, value, screen)
    if there is None or asked is None:
        return None
    return (there > asked) - (there < asked) in _SIGNS[sign]


def _measure(name: str, screen: Screen) -> float | None:
    match name:
        case "width" | "device-width":
            return screen.width
        case "height" | "device-height":
            return screen.height
        case "resolution":
            return screen.density
        case "aspect-ratio" | "device-aspect-ratio":
            return screen.width / screen.height
    return None


def _value(name: str, value: list[str], screen: Screen) -> float | None:
    numbers = [_VALUE.fullmatch(each) for each in value if each != "/"]
    match [(float(each[1]), each[2]) for each in numbers if each]:
        case [(number, unit)] if name == "resolution":
            per = {"dppx": 1.0, "x": 1.0, "dpi": 1 / 96, "dpcm": 2.54 / 96}.get(unit)
            return None if per is None else number * per
        case [(number, "")] if name.endswith("aspect-ratio"):
            return number
        case [(number, ""), (other, "")] if other and name.endswith("aspect-ratio"):
            return number / other
        case [(number, unit)]:
            return pixels(number, unit, screen)
    return None

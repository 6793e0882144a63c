"""JSON-LD as it is found in the wild, made into plain nodes.

Publishers' templates break JSON in a handful of ways: comments, CDATA and byte order marks around and in it, raw line
breaks in strings, spare commas, missing values, wrong escapes, HTML entities, several values in a row, a cut-off end.
They are repaired only if the block does not parse as it is. Whatever a block holds, the time that it takes grows no
faster than its length: nothing is searched twice.
"""

import functools
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

JsonNode = dict[str, Any]
_Repair = Callable[[str], str]

MAX_BLOCK = 4_000_000
"""A block longer than this many characters is not read."""

MAX_REPAIRED = 300_000
"""Maximum number of characters of broken blocks that are repaired on one page, which takes a second at most. The rest
is dropped."""

MAX_NODES = 5_000
"""Nodes beyond this number are not listed."""

_MAX_DEPTH = 40
# The closing quote is optional, so that no opening quote is tried twice.
_STRING = r'"(?:[^"\\]++|\\.)*+"?+'
_TOKEN = re.compile(_STRING + r"|/\*|//|#|<!--|<!\[CDATA\[|-->|<!?\]\]>|\]\]>", re.DOTALL)
# A line comment that begins with a wrapper's marker ("//<![CDATA[") ends after it: a minifier may have joined lines.
_WRAPPER = re.compile(r"[\s>]*+(?:<!--|-->|<!\[CDATA\[|<?!?\]\]>)")
_OPEN = re.compile(r"[\[{]")
# What comes before the first bracket if an HTML comment wraps the JSON, but not before a bracket in a comment's prose.
_BEGINS = re.compile(r"(?:\n|<!--|//|\*/|>|#)[ \t\r\ufeff]*+\Z|<!\Z")
_SEEN = 40
_SPARE_COMMA = re.compile(r",(?=\s*+[,}\]])")
_LEADING_COMMA = re.compile(r"([\[{]\s*+),")
_NO_VALUE = re.compile(r":(?=\s*+[,}\]])|:\s*+\b(?:undefined|None)\b")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_BRACKET = re.compile(_STRING + r"|[\[\]{},]", re.DOTALL)
# Characters that a reader sees as white space or not at all, and that are errors to a JSON parser.
_BLANK = str.maketrans(
    dict.fromkeys("\ufeff\u200b\u2060\x00") | dict.fromkeys("\xa0\u2028\u2029\x0b\x0c", " ")
)
_QUOTE = re.compile(r'(?<!\\)"')
_BEFORE_STRING = re.compile(r'(?:^|[{\[]|"\s{0,9}:|(?:["}\]\d]|true|false|null)\s{0,9},)\s{0,9}\Z')
_AFTER_STRING = re.compile(r'\s{0,9}(?:[:}\]]|\Z|,\s{0,9}(?:["{\[}\]\d]|true|false|null|\Z))')
_DECODER = json.JSONDecoder(strict=False)


def read_blocks(blocks: Iterable[str]) -> list[JsonNode]:
    """Every node of the page's JSON-LD blocks, ``@graph`` and arrays opened, ``@id`` references resolved."""
    nodes: list[JsonNode] = []
    repaired = 0
    for block in blocks:
        value, sound = _sound(block)
        if not sound:
            value = _broken(block[: max(0, MAX_REPAIRED - repaired)])
            repaired += len(block)
        nodes.extend(_open(value, 0))
        if len(nodes) >= MAX_NODES:
            break
    nodes = nodes[:MAX_NODES]
    _resolve(nodes)
    return nodes


def loads(text: str) -> Any:
    """Parse a block of JSON, repairing what templates break; None if nothing can be made of it."""
    value, sound = _sound(text)
    return value if sound else _broken(text[:MAX_REPAIRED])


def _broken(text: str) -> Any:
    """Parse a block of broken JSON as far as it can be repaired; None if it cannot."""
    repair = functools.cache(_repair)  # some of the ways read the same text, and repairing it takes the time
    for read in (_repaired, _unescaped, _requoted, _cut_off):
        try:
            return read(text, repair)
        except (ValueError, RecursionError):
            continue
    return None


def _sound(text: str) -> tuple[Any, bool]:
    """The value of a block, and whether it is JSON as it stands."""
    try:
        return (_DECODER.decode(text), True) if len(text) <= MAX_BLOCK else (None, True)
    except (ValueError, RecursionError):
        return None, False


def _repaired(text: str, repair: _Repair) -> Any:
    return _values(repair(text))


def _unescaped(text: str, repair: _Repair) -> Any:
    return _values(repair(html.unescape(text)))


def _requoted(text: str, repair: _Repair) -> Any:
    """Parse a block after escaping the quotation marks that templates print into strings as they are."""
    return _values(
        repair(_QUOTE.sub(lambda mark: mark[0] if _is_syntax(text, mark.start()) else '\\"', text))
    )


def _is_syntax(text: str, at: int) -> bool:
    """Whether a quotation mark begins or ends a string, judged by what is around it."""
    before, after = text[max(0, at - _SEEN) : at], text[at + 1 : at + 1 + _SEEN]
    return _BEFORE_STRING.search(before) is not None or _AFTER_STRING.match(after) is not None


def _cut_off(text: str, repair: _Repair) -> Any:
    """Return what was complete before the block ended early or went on with something else."""
    text = repair(text)
    values, begin = _whole_values(text)
    text = text[begin:]
    closers: list[str] = []
    whole = ""
    end = 0
    for token in _BRACKET.finditer(text):
        mark = token.group()
        if mark in "{[":
            closers.append("}" if mark == "{" else "]")
        elif mark in "}]":
            if not closers or closers.pop() != mark:
                break
        elif mark == "," and len(closers) <= _MAX_DEPTH:
            end, whole = token.start(), "".join(reversed(closers))
    return values + _whole_values(text[:end] + whole)[0]


class _Ahead:
    """Finds where a string occurs next in a text. Callers only move forward, and no part is searched twice for it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[str, int] = {}

    def find(self, what: str, at: int) -> int:
        """Return where ``what`` first occurs at or after a place; the length of the text if nowhere."""
        found = self._found.get(what, -1)
        if found < at:
            found = self._text.find(what, at)
            self._found[what] = found = len(self._text) if found < 0 else found
        return found


def _repair(text: str) -> str:
    """Return the JSON in a text without comments and wrappers, with its escapes and its syntax corrected."""
    pieces: list[str] = []
    between: list[str] = []
    ahead = _Ahead(text)
    at, started = 0, False
    while at < len(text):
        token = _TOKEN.search(text, at)
        plain = text[at : token.start() if token else len(text)]
        if not started and (opening := _OPEN.search(plain)):
            started, plain = True, plain[opening.start() :]
        if started:
            between.append(plain)
        if token is None:
            break
        at = token.end()
        if token.group()[0] == '"':
            if not started:
                raise ValueError("neither an object nor an array")
            pieces += [_repair_between("".join(between)), _BAD_ESCAPE.sub(r"\\\\", token.group())]
            between = []
        else:
            at = _behind(token.group(), text, at, ahead)
    return "".join([*pieces, _repair_between("".join(between))])


def _behind(mark: str, text: str, at: int, ahead: _Ahead) -> int:
    """Return where reading goes on after a comment, or after a mark that only wraps the JSON."""
    if mark == "/*":
        return ahead.find("*/", at) + 2
    if mark in ("//", "#"):
        return at if _WRAPPER.match(text, at) else ahead.find("\n", at)
    if mark == "<!--":
        opening, end = min(ahead.find("{", at), ahead.find("[", at)), ahead.find("-->", at)
        wraps = opening < end and _BEGINS.search(text[max(0, opening - _SEEN) : opening])
        return at if wraps else end + 3
    return at


def _repair_between(text: str) -> str:
    text = text.translate(_BLANK)
    text = _NO_VALUE.sub(":null", text) if ":" in text else text
    return _LEADING_COMMA.sub(r"\1", _SPARE_COMMA.sub("", text))


def _values(text: str) -> Any:
    """Return the value, or a list if there are several in a row. Raises ValueError for none or a broken one."""
    values, end = _whole_values(text)
    if end < len(text) or not values:
        raise ValueError("no value, or a broken one")
    return values[0] if len(values) == 1 else values


def _whole_values(text: str) -> tuple[list[Any], int]:
    """The values in a row, and where the first broken one begins. Between them may be anything but brackets."""
    values: list[Any] = []
    opening = _OPEN.search(text)
    while opening:
        try:
            value, end = _DECODER.raw_decode(text, opening.start())
        except ValueError:
            return values, opening.start()
        values.append(value)
        opening = _OPEN.search(text, end)
    return values, len(text)


def _open(value: Any, depth: int) -> Iterator[JsonNode]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _open(item, depth + 1)
    elif isinstance(value, dict):
        graph = value.get("@graph")
        if isinstance(graph, list | dict):
            yield from _open(graph, depth + 1)
        if not isinstance(graph, list | dict) or "@type" in value:
            yield value


def _resolve(nodes: list[JsonNode]) -> None:
    """Replace every ``{"@id": …}`` that names a node by that node."""
    named: dict[str, JsonNode] = {}
    found: list[tuple[Any, Any, str]] = []
    stack: list[tuple[Any, int]] = [(node, 0) for node in nodes]
    while stack:
        value, depth = stack.pop()
        if depth > _MAX_DEPTH:
            continue
        if isinstance(value, dict):
            name = value.get("@id")
            if isinstance(name, str) and len(value) > 1:
                named.setdefault(name, value)
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in pairs:
            if not isinstance(child, (dict, list)):  # most are not; a tuple is tested faster than a union
                continue
            if len(child) == 1 and isinstance(child, dict) and isinstance(child.get("@id"), str):
                found.append((value, key, child["@id"]))
            else:
                stack.append((child, depth + 1))
    for holder, key, name in found:
        if name in named:
            holder[key] = named[name]

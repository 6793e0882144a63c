"""JSON-LD as it is found in the wild, made into plain nodes.

Publishers' templates break JSON in a handful of ways: comments or CDATA around it, raw line breaks in
strings, trailing commas, wrong escapes, HTML entities, several values in a row, a cut-off end. Each is
mended only where the block does not parse as it is.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

JsonNode = dict[str, Any]

MAX_BLOCK = 4_000_000
"""A block longer than this many characters is not read."""

MAX_NODES = 5_000
"""Nodes beyond this number are not listed."""

_MAX_DEPTH = 40
_OPENING = re.compile(r"\s*+(?:(?://|/\*)\s*+)?(?:<!--|<!\[CDATA\[)\s*+(?:\*/)?")
_CLOSING = re.compile(r"(?://|/\*)?[ \t]*(?:-->|\]\]>)\s*(?:\*/)?[\s;]*\Z")
_STRING = re.compile(
    r'"(?:[^"\\]+|\\.)*+"?', re.DOTALL
)  # the end is optional, so that no start is tried twice
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_SPARE_COMMA = re.compile(r",(?=\s*[,}\]])")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_BRACKET = re.compile(r'"(?:[^"\\]+|\\.)*+"?|[\[\]{},]', re.DOTALL)
_DECODER = json.JSONDecoder(strict=False)


def read_blocks(blocks: Iterable[str]) -> list[JsonNode]:
    """Every node of the page's JSON-LD blocks, ``@graph`` and arrays opened, ``@id`` references resolved."""
    nodes: list[JsonNode] = []
    for block in blocks:
        nodes.extend(_open(loads(block), 0))
        if len(nodes) >= MAX_NODES:
            break
    nodes = nodes[:MAX_NODES]
    _resolve(nodes)
    return nodes


def loads(text: str) -> Any:
    """Parse a block of JSON, mending what templates break; None where nothing can be made of it."""
    if len(text) > MAX_BLOCK:
        return None
    for read in (_as_it_is, _unwrapped, _mended, _unescaped, _cut_off):
        try:
            return read(text)
        except (ValueError, RecursionError):
            continue
    return None


def _as_it_is(text: str) -> Any:
    return _DECODER.decode(text)


def _unwrapped(text: str) -> Any:
    return _values(_strip(text))


def _mended(text: str) -> Any:
    return _values(_mend(_strip(text)))


def _unescaped(text: str) -> Any:
    return _values(_mend(html.unescape(_strip(text))))


def _cut_off(text: str) -> Any:
    """What was complete before the block broke off."""
    text = _mend(_strip(text))
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
    return _values(text[:end] + whole)


def _strip(text: str) -> str:
    # The patterns are anchored or applied to the ends only: a block may be megabytes of anything.
    opening = _OPENING.match(text)
    text = text[opening.end() :] if opening else text
    closing = _CLOSING.search(text, max(0, len(text) - 100))
    return (text[: closing.start()] if closing else text).strip().strip(";").strip()


def _mend(text: str) -> str:
    pieces, last = [], 0
    for string in _STRING.finditer(text):
        pieces += [_mend_between(text[last : string.start()]), _BAD_ESCAPE.sub(r"\\\\", string.group())]
        last = string.end()
    return "".join([*pieces, _mend_between(text[last:])])


def _mend_between(text: str) -> str:
    text = _COMMENT.sub("", text) if "/" in text else text
    return _SPARE_COMMA.sub("", text) if "," in text else text


def _values(text: str) -> Any:
    """One value, or a list of the values that stand in a row."""
    values, at = [], 0
    while at < len(text):
        value, at = _DECODER.raw_decode(text, at)
        values.append(value)
        while at < len(text) and text[at] in " \t\r\n,;":
            at += 1
    if not values:
        raise ValueError("no value")
    return values[0] if len(values) == 1 else values


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
    """Put the node in the place of every ``{"@id": …}`` that names one."""
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
            if isinstance(child, dict) and len(child) == 1 and isinstance(child.get("@id"), str):
                found.append((value, key, child["@id"]))
            elif isinstance(child, dict | list):
                stack.append((child, depth + 1))
    for holder, key, name in found:
        if name in named:
            holder[key] = named[name]

"""The token after an item of a listing: its place in its range, short enough to be copied by hand.

It has the item's key without the parts that follow from the question, compressed with a dictionary of what keys often
contain, and a check by which another question's token, or half a token, is recognised. Nothing is stored for it.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable
from typing import Any

from pressmark import surt
from pressmark.archive.keys import split_capture
from pressmark.archive.ranges import ATTRIBUTES, Range
from pressmark.archive.rows import Item

_FORM = "p"
"""First character of a token; older ones begin with ``ey``: JSON in Base64."""

_LIKELY = (
    b"http:443/:8080/index.php?page=&id=article/story/politics/sport/world/news/2024/2025/.html.htm.asp)/www."
    b"org,gov,net,edu,fr,de,ac,uk,co,com,example)/ 2025-2027-2026-01-02-03-04-05-06-07-08-09-10-11-12-"
    b"T00:00:00.000000Z"
)
"""zlib's dictionary (RFC 1950, section 2.2): text that many keys contain. If it is changed, earlier tokens become
unreadable."""

_MAX_KEY = 1 << 14
"""Characters of a key; DynamoDB takes 2 KB of a partition key and 1 KB of a sort key."""

_CHECK = 3
"""Bytes of the check."""


def write(asked: Range, item: Item) -> str:
    """Return the token that continues after an item of a range."""
    parts = [item["capture"]]
    derived = _after(asked, parts)
    if any(derived.get(name) != item[name] for name in _names(asked)):
        parts += [item["site"], item[ATTRIBUTES[asked.index][1]]]
    text = "\n".join(parts).encode()
    squeezed = zlib.compressobj(9, wbits=-15, zdict=_LIKELY)
    data = _check(asked, text) + squeezed.compress(text) + squeezed.flush()
    return _FORM + base64.urlsafe_b64encode(data).decode().rstrip("=")


def find(token: str, ranges: Iterable[Range]) -> tuple[Range, dict[str, str]] | None:
    """Return the range that a token belongs to, and the key to continue after; None if it belongs to none of them.

    If ``ranges`` is an iterator, it has then been read up to that range. Raises ValueError if it is not a token.
    """
    if token.startswith("ey"):
        return _find_of_before(token, ranges)
    if not token.startswith(_FORM):
        raise ValueError("a token begins otherwise")
    data = base64.b64decode(token[1:] + "=" * (-len(token[1:]) % 4), altchars=b"-_", validate=True)
    loosened = zlib.decompressobj(wbits=-15, zdict=_LIKELY)
    try:
        text = loosened.decompress(data[_CHECK:], _MAX_KEY)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not loosened.eof or loosened.unused_data:
        raise ValueError("a part of it is missing")
    parts = text.decode().split("\n")
    for asked in ranges:
        # A host and its subdomains are two ranges of one partition.
        within = asked.index is not None or "=" in asked.partition or asked.lower <= parts[0] <= asked.upper
        if within and data[:_CHECK] == _check(asked, text):
            return asked, _after(asked, parts)
    return None


def _names(asked: Range) -> set[str]:
    return {"site", "capture", *ATTRIBUTES[asked.index]}


def _after(asked: Range, parts: list[str]) -> dict[str, str]:
    """Return the key that a token stands for.

    parts: sort key, then the parts of site and sort value that do not follow from it.
    """
    partition, sort = ATTRIBUTES[asked.index]
    capture, *more = parts
    key, captured = split_capture(capture)
    site, value = more if len(more) == 2 else (_site(key), captured)
    return {"site": site, sort: value, partition: asked.partition, "capture": capture}


def _site(key: str) -> str:
    try:
        return surt.site(key)
    except ValueError:  # not one of our keys; then the token states the site
        return ""


def _check(asked: Range, text: bytes) -> bytes:
    # Without the range's ends: "now", or "a day ago", have moved by the time the token comes back.
    place = f"{asked.index}\n{asked.partition}\n".encode()
    return hashlib.blake2b(place + text, digest_size=_CHECK).digest()


def _find_of_before(token: str, ranges: Iterable[Range]) -> tuple[Range, dict[str, str]] | None:
    """Read a token in the form that listings printed until November 2026. Raises ValueError."""
    try:
        position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        place: dict[str, Any] = dict(position["range"])
        after = {str(name): str(value) for name, value in position["after"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("it names no place") from error
    for asked in ranges:
        if (asked.index, asked.partition, asked.lower) == tuple(
            place.get(k) for k in ("index", "partition", "lower")
        ):
            return asked, after
    return None

"""Reads what a record states about itself: URL, time, length, where its HTTP head ends.

Other tools write each of these in forms that the standard does not foresee. Whatever can be understood is read here,
in one place, so that index, verify and replay agree.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from pressmark import surt
from pressmark.clock import iso_utc

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,18}))?)?)?)?)?"
    r"\s*(?:[Zz]|UTC|([+-])(\d\d):?(\d\d))?",
    re.ASCII,
)
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", re.ASCII)


_HEAD_START = re.compile(
    rb"(?:\xef\xbb\xbf)?[\r\n \t]*(?:[A-Z]{3,12}/\d|ICY |HTTP(?:/\S{0,40})?[ \t]+\d{3})", re.IGNORECASE
)
_HEAD_END = re.compile(rb"(?<!\r)\r*+\n\r*+\n")
_UNWRITABLE = re.compile(r"[\x00-\x20\x7f]")

MAX_LENGTH_DIGITS = 18
"""Maximum digits of a Content-Length: more bytes than any disk holds; int() refuses thousands of digits."""

MAX_HEAD_BYTES = 1024 * 1024
"""How much of a block is searched for the end of a response's head; fetching keeps heads far shorter."""

MAX_STATUS_LINE_START = 64
"""How many bytes of a block show whether it is HTTP."""

MAX_URL_CHARACTERS = 64 * 1024
"""Maximum length of a capture's URL: rows and index lines name it several times."""


def content_length(text: str | None) -> int | None:
    """Read a Content-Length; None if it is not a number of bytes."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_LENGTH_DIGITS else None


def target_uri(text: str | None) -> str:
    """Return a WARC-Target-URI without angle brackets, its spaces and control characters escaped.

    ISO 28500:2009 prints the brackets in its grammar, and wget writes them; spaces would break every index line.
    """
    text = (text or "").strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1].strip()
    return _UNWRITABLE.sub(lambda found: f"%{ord(found[0]):02X}", text)


def scheme(url: str) -> str:
    """Return a URI's scheme in lower case; empty if it has none, such as the ``host:443`` of a CONNECT."""
    name, colon, _ = url.partition(":")
    return name.lower() if colon and re.fullmatch(r"[A-Za-z][A-Za-z0-9+-]*", name) else ""


def check_url(url: str) -> None:
    """Raise ValueError if an http(s) URL cannot be filed under a urlkey; the text says why."""
    if len(url) > MAX_URL_CHARACTERS:
        raise ValueError(f"the URL has {len(url)} characters, more than {MAX_URL_CHARACTERS}")
    if not (urlsplit(url).hostname or "").strip(".") or not surt.site(surt.urlkey(url)):
        raise ValueError("the URL has no host")


def head_length(block: bytes) -> int | None:
    """Return the length of the HTTP head at the beginning of a response's block; None if the head does not end there.

    0 if the record is not HTTP: ARC files may hold bare documents.
    """
    start = _HEAD_START.match(block)
    if start is None:
        return 0
    end = _HEAD_END.search(block, start.end())
    return end.end() if end else None


def read_head(pieces: Iterable[bytes]) -> tuple[bytes, bytes]:
    """Return the HTTP head at the beginning of a response's block, and what was read after it.

    The head is empty if the block is not HTTP, and all that was read if it has no end.
    """
    seen = b""
    for piece in pieces:
        seen += piece
        length = head_length(seen)
        # A few bytes may still be the beginning of a status line.
        if length or (length == 0 and len(seen) > MAX_STATUS_LINE_START) or len(seen) > MAX_HEAD_BYTES:
            break
    length = head_length(seen)
    return (seen, b"") if length is None else (seen[:length], seen[length:])


def read_facts(text: bytes) -> dict[str, Any]:
    """Read the JSON of a metadata record that Pressmark wrote. Raises ValueError for anything else."""
    try:
        content = json.loads(text)
        if b"\\u" in text:  # a lone surrogate has no UTF-8 form
            content = json.loads(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("lists in lists without end") from error
    if not isinstance(content, dict) or "pressmark" not in content:
        raise ValueError("it says nothing of Pressmark")
    return content


def capture_time(date: str, url: str) -> str:
    """Return a WARC-Date (ISO 28500:2017 section 5.4) as :func:`pressmark.clock.iso_utc` writes times.

    So they sort and compare as text. Tools write it in every precision from the year to the nanosecond, with local
    offsets, or in 14 digits. What is finer than microseconds is cut; a date without an offset is UTC; a coarse date
    means its first instant.

    A date without a fraction is only known to the second, and a page and the redirect to it were often captured in the
    same second: ``http://www.example.com`` and ``https://example.com/`` are filed under one key. To keep these two
    captures, such dates get the microseconds of :func:`_offset`. They depend on the URL alone, so a revisit that names
    URL and date finds what it repeats. Raises ValueError.
    """
    text = date.strip()
    moment = _parse(text)
    if not re.search(r"\d[.,]\d", text):
        moment += timedelta(microseconds=_offset(url))
    return iso_utc(moment)


def _parse(text: str) -> datetime:
    if match := _DIGITS.fullmatch(text):
        text = "{}-{}-{}T{}:{}:{}".format(*match.groups())
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"WARC-Date is not a date: {text[:40]!r}")
    year, month, day, hour, minute, second = (
        int(part or least) for part, least in zip(match.groups()[:6], "011000", strict=True)
    )
    micro = int((match[7] or "").ljust(6, "0")[:6])
    offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
    try:
        # Second 60 is a leap second (RFC 3339 section 5.7), which datetime does not know.
        moment = datetime(year, month, day, hour, minute, 59 if second == 60 else second, micro, UTC)
        return moment + offset if match[8] == "-" else moment - offset
    except (ValueError, OverflowError) as error:
        raise ValueError(f"WARC-Date is not a date: {text[:40]!r}: {error}") from error


@lru_cache(maxsize=1024)
def _offset(url: str) -> int:
    """Return 0 for the plain http form of a urlkey, up to 399 for other http URLs, 400 to 999 for https.

    A redirect leads from http to https, not back.
    """
    hosts, _, rest = surt.surt(url).partition(")")
    plain = f"http://{'.'.join(reversed(hosts.split(',')))}{rest}"
    if url in (plain, f"{plain}/"):
        return 0
    number = crc32(url.encode("utf-8", "replace"))
    return 1 + number % 399 if url[:5].lower() == "http:" else 400 + number % 600

"""Parses the first line of a response as Chromium and curl do.

A status is required; everything else may differ from RFC 9112 section 4. ``ICY 200 OK``, and a page without any
head (HTTP/0.9), do not count as HTTP; nor do they for curl.
"""

import re
from dataclasses import dataclass

MAX_BEFORE = 1024
"""Maximum bytes of white space before a status line."""

UNDECIDED = 9
"""Fewer bytes than this after the white space may still become a status line."""

# Up to four bytes of something else may come before the line, such as a byte order mark, as in Chromium.
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t\r\n]{0,%d}[^\r\n]{0,4}?(?=http[/ \t])" % MAX_BEFORE, re.IGNORECASE
)
# As in Chromium, the status is what follows the first blank; only if no status follows it, the blank itself may be
# missing. So the version's digits in ``HTTP/1.404 200 OK`` are not the status.
_LINE = re.compile(rb"http(?:(/\S*)?[ \t]+|(/\d\.\d))([1-9]\d\d)(?!\d)([^\n]*)\n", re.IGNORECASE)
# A line that only lacks a reason, a version digit or CR, or has blanks too many, is not reported as malformed.
_SOUND = re.compile(rb"HTTP/\d(?:\.\d)?[ ]+\d{3}(?:[ ][^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class StatusLine:
    """status: three digits. end: where the line ends in what was parsed. sound: whether it is well-formed."""

    is_1_0: bool
    status: int
    reason: str
    end: int
    sound: bool


def start(data: bytes | bytearray) -> int | None:
    """Return where the status line begins, after white space and stray bytes; None if there is none."""
    match = _START.match(data)
    return None if match is None else match.end()


def undecided(data: bytes | bytearray) -> bool:
    """Whether too few bytes have come to tell that this is not HTTP."""
    return len(data) <= MAX_BEFORE and len(data.lstrip(b"\xef\xbb\xbf \t\r\n")) < UNDECIDED


def parse(head: bytes) -> StatusLine | None:
    """Read the status line that a head begins with, None if there is none."""
    match = _LINE.match(head)
    if match is None:
        return None
    version, glued, status, reason = match.groups()
    return StatusLine(
        is_1_0=(version or glued) == b"/1.0",
        status=int(status),
        reason=reason.decode("latin-1").strip(),
        end=match.end(),
        sound=_SOUND.match(head) is not None,
    )

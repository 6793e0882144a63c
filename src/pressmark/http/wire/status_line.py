"""The first line of a response, read as Chromium and curl read it.

A status must be there; nothing else need be as RFC 9112 section 4 has it. ``ICY 200 OK``, and a page without any
head (HTTP/0.9), are no HTTP here as they are none to curl.
"""

import re
from dataclasses import dataclass

MAX_BEFORE = 1024
"""White space before a status line, bytes."""

UNDECIDED = 9
"""With fewer bytes after white space, it may still become a status line."""

# Chromium, too, looks for the line behind up to four bytes of something else, such as a byte order mark.
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t\r\n]{0,%d}[^\r\n]{0,4}?(?=http[/ \t])" % MAX_BEFORE, re.IGNORECASE
)
# As in Chromium, the status is what stands behind the first blank; only where none stands there may the blank be
# what is missing. So of ``HTTP/1.404 200 OK`` the version's digits are not the status.
_LINE = re.compile(rb"http(?:(/\S*)?[ \t]+|(/\d\.\d))([1-9]\d\d)(?!\d)([^\n]*)\n", re.IGNORECASE)
# What differs from the standard by a missing reason, digit or CR, or by a blank more, is not worth a word.
_SOUND = re.compile(rb"HTTP/\d(?:\.\d)?[ ]+\d{3}(?:[ ][^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class StatusLine:
    """status: three digits. end: where the line ends in what was parsed. sound: whether it is as HTTP has it."""

    is_1_0: bool
    status: int
    reason: str
    end: int
    sound: bool


def start(data: bytes | bytearray) -> int | None:
    """Where the status line begins behind white space and stray bytes; None if nothing begins one."""
    match = _START.match(data)
    return None if match is None else match.end()


def undecided(data: bytes | bytearray) -> bool:
    """Whether too little has come to tell that it is not HTTP."""
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

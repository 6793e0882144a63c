"""Text for people: numbers, sizes, times and lists in words; strangers' text in a form that a terminal cannot obey.

Nothing here reads or writes anything.
"""

import re

UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, characters that turn the direction of text (Unicode TR36, section 2.1), and lone surrogates."""

_BREAKS = re.compile(r"[\t\r\n\u2028\u2029]+")


def safe(text: object) -> str:
    """Return a text for one line of a terminal: control characters shown as escapes, line ends as spaces."""
    return UNSAFE.sub(_escape, _BREAKS.sub(" ", str(text)))


def safe_lines(text: str) -> str:
    """Return a text of several lines for a terminal."""
    return UNSAFE.sub(_escape, text.replace("\r\n", "\n"))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 row``, ``2 rows``, ``1,000 rows``. noun: one whose plural ends in s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(value: object) -> str:
    """Write a number of bytes: ``335 B``, ``14.1 KB``. Anything else is an empty text."""
    if not isinstance(value, int | float):
        return ""
    amount = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def listed(value: object) -> str:
    """Write a list with commas, anything else as it is; None is an empty text."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def moment(value: object) -> str:
    """Write a time of the table (ISO 8601, UTC) to the minute: ``2026-11-23 20:52``; None is an empty text."""
    return str(value or "")[:16].replace("T", " ")

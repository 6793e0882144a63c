"""Byte ranges (RFC 9110 section 14): one range of a body; any other Range header means the whole body."""


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Read ``bytes=a-b``, ``bytes=a-`` or ``bytes=-n``; None if there is no range, several, or one beyond the end."""
    first, dash, last = header.removeprefix("bytes=").partition("-")
    if not header.startswith("bytes=") or not dash or "," in header:
        return None
    if any(not (number.isdecimal() and number.isascii()) for number in (first, last) if number):
        return None
    start, end = (min(_whole(number), size) for number in (first, last))
    if not first:
        return (size - end, size - 1) if end else None
    end = min(end, size - 1) if last else size - 1
    return (start, end) if start <= end else None


def _whole(digits: str) -> int:
    # Python refuses to read a number of 5,000 digits; one of 20 is beyond the end of every file.
    return int(digits.lstrip("0")[:20] or 0)

"""Regular expressions from requests: matched by RE2, in a time that grows only in proportion to the text.

Python's own engine can be kept busy for hours by ``(a+)+b``. RE2 (google-re2, kept by Google) accepts the syntax that
Java and Python share, except look-around and back references.
"""

from typing import Any

import re2

from pressmark.access.refusals import HttpError

MAX_PATTERN = 1000
"""Maximum number of characters of a pattern."""

_MEMORY = 1 << 20
"""Bytes that RE2 may take for a pattern."""


def compiled(pattern: str) -> Any:
    """Return a pattern with ``fullmatch``, ``match`` and ``search``.

    Raises HttpError for one that RE2 does not accept.
    """
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    if len(pattern) > MAX_PATTERN:
        raise HttpError(400, f"a pattern of more than {MAX_PATTERN:,} characters")
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise HttpError(400, f"filter: {pattern[:100]!r} is not a pattern: {reason[:200]}") from error

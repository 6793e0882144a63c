"""Whether a body whose framing says that a part is missing is whole by its own account.

Servers state the length of a page before it was compressed, count characters, or hang up without the last chunk.
Browsers show what came; so a body that says itself where it ends, and ends there, is all of the page.
"""

import re

from pressmark.errors import CaptureError
from pressmark.exchange import Exchange

_TAIL = 1024
_CLOSING_TAG = re.compile(rb"</html\s*>(?:\s|<!--(?:(?!-->).)*-->|\0)*\Z", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"\+?([0-9]{1,18})(?![0-9])")


def settle(exchange: Exchange, error: CaptureError | None) -> CaptureError | None:
    """Return the error that a response ends with after a second look at a body that seems cut.

    One that is whole after all loses its truncation and its error, and the exchange's ``faults`` say both.
    """
    if exchange.truncated not in ("disconnect", "time") or not exchange.body.size or not exchange.status:
        return error
    account = _account(exchange)
    if account is None:
        return error
    exchange.faults.append(f"{error.reason if error else 'time was up'}; yet {account}")
    exchange.truncated = None
    return None


def _account(exchange: Exchange) -> str | None:
    """What shows that a body is whole, or None."""
    size = exchange.body.size
    numbers = (
        _NUMBER.match(value.strip())
        for each in exchange.header_all("content-length")
        for value in each.split(",")
    )
    if any(number and int(number[1]) == size for number in numbers):
        return f"a length of {size} bytes was stated"
    from pressmark.decode import (
        content_codings,
        decode,
    )  # here: it knows this package, and few bodies end early

    truncated, exchange.truncated = exchange.truncated, None
    decoded = decode(exchange)
    exchange.truncated = truncated
    if content_codings(exchange) and decoded.problem is None:
        return "its content coding is complete"
    if not decoded.cut and _CLOSING_TAG.search(decoded.data[-_TAIL:]):
        return "it ends with </html>"
    return None

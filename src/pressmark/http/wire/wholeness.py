"""Decides whether a body is whole although its framing says that a part is missing.

Some servers state the length of a page before it was compressed, count characters, or hang up without the last chunk.
Browsers show what came. So a body that ends where its own format ends is the whole page. A complete content coding does
not prove that if more bytes were announced: a gzip or zstd stream may have further members.
"""

import re

from pressmark.errors import CaptureError
from pressmark.http.exchange import Exchange
from pressmark.http.wire.response import stated_lengths

_TAIL = 1024
_CLOSING_TAG = re.compile(rb"</html\s*>(?:\s|<!--(?:(?!-->).)*-->|\0)*\Z", re.IGNORECASE | re.DOTALL)
_NO_MARKUP = re.compile(
    rb"<(?:!--|(script|style|title|textarea|iframe|noframes|noembed|xmp)\b)", re.IGNORECASE
)
"""The beginning of a comment, or of an element whose content is text: only its own end tag counts in it."""


def settle(exchange: Exchange, error: CaptureError | None) -> CaptureError | None:
    """Look again at a body that seems cut; return the response's error, or None if the body is whole after all.

    Then the exchange's ``truncated`` is removed as well, and its ``faults`` say what went wrong and why it is whole.
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
    """Return what shows that a body is whole, or None."""
    size, lengths = exchange.body.size, stated_lengths(exchange)
    if size == max(lengths, default=0):
        return f"a length of {size} bytes was stated"
    # Imported here: decode imports this package, and few bodies end early.
    from pressmark.http.decode import content_codings, decode
    from pressmark.http.sniffing import html_content_type

    truncated, exchange.truncated = exchange.truncated, None
    decoded = decode(exchange)
    is_html = html_content_type(exchange) is not None
    exchange.truncated = truncated
    if content_codings(exchange) and decoded.problem is None:
        if len(decoded.data) in lengths:
            return "its content coding is complete, and the length is that of the decoded page"
        if size > max(lengths, default=0) and not exchange.within_chunk:
            return "its content coding is complete"
    if is_html and not decoded.cut and _is_closed(decoded.data):
        return "it ends with </html>"
    return None


def _is_closed(page: bytes) -> bool:
    """Whether a page ends with ``</html>`` that is not part of a comment or script."""
    end = _CLOSING_TAG.search(page, max(0, len(page) - _TAIL))
    if end is None:
        return False
    at = 0
    while (begun := _NO_MARKUP.search(page, at, end.start())) is not None:
        name = begun[1]
        closing = rb"</%s\b" % name if name else rb"-->"
        over = re.compile(closing, re.IGNORECASE).search(page, begun.end() - (0 if name else 2), end.start())
        if over is None:
            return False
        at = over.end()
    return True

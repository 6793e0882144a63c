"""Text compressed on its way, where the client takes it: neither a function URL nor waitress does that by itself.

Archived bytes are never compressed: they are sent as they came, and parts of them by range.
"""

import re
import zlib
from collections.abc import Iterable, Iterator

from pressmark.access.messages import Policy, Request, Response

SMALLEST = 1_000
"""Bytes below which it is not worth it: the header lines alone are as long."""

LEVEL = 4
"""Of zlib: nearly what level 6 saves, in less time (docs/performance.md)."""

_TEXT = re.compile(r"text/|application/(?:json|link-format|openapi\+json)|image/svg\+xml")

_GZIP = 16 + zlib.MAX_WBITS


def compress(request: Request, response: Response) -> None:
    """Compress a response in place where it is text of ours and the client takes gzip (RFC 9110 section 12.5.3).

    Not for a request with cookies: what depends on them and on an address that a stranger has written would be told by
    its compressed length (breachattack.com).
    """
    if response.policy not in (Policy.PAGE, Policy.DATA) or response.status in (204, 206, 304):
        return
    if not _TEXT.match(response.header("Content-Type") or "") or response.header("Content-Encoding"):
        return
    response.add("Vary", "Accept-Encoding")
    body = response.body
    is_small = isinstance(body, bytes) and len(body) < SMALLEST
    if is_small or "cookie" in request.headers or not takes_gzip(request.headers.get("accept-encoding", "")):
        return
    response.headers = [
        (name, f"W/{value}" if name.lower() == "etag" and not value.startswith("W/") else value)
        for name, value in response.headers
        if name.lower() != "content-length"
    ]
    response.add("Content-Encoding", "gzip")
    if isinstance(body, bytes):
        response.body = b"".join(_pieces([body]))
    else:
        response.body = _pieces(body)


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding line takes gzip: by its name, or by ``*`` where it is not named."""
    said: dict[str, bool] = {}
    for each in accepted.lower().split(","):
        name, _, rest = each.partition(";")
        said[name.strip()] = re.fullmatch(r"\s*q=0(?:\.0*)?\s*", rest) is None
    return said.get("gzip", said.get("x-gzip", said.get("*", False)))


def _pieces(body: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(LEVEL, wbits=_GZIP)
    for piece in body:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()

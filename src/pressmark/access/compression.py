"""Compresses text for clients that accept it: neither a function URL nor waitress does that by itself.

Archived bytes are never compressed: they are sent as they came, and parts of them by range.
"""

import re
import zlib
from collections.abc import Iterable, Iterator

from pressmark.access.messages import Policy, Request, Response

SMALLEST = 1_000
"""Below this number of bytes it is not worth it: the header lines alone are as long."""

LEVEL = 4
"""zlib's level: saves nearly as much as level 6, in less time (docs/performance.md)."""

_TEXT = re.compile(r"text/|application/(?:json|link-format|openapi\+json)|image/svg\+xml")

_GZIP = 16 + zlib.MAX_WBITS


def compress(request: Request, response: Response) -> None:
    """Compress a response in place if it is our own text and the client accepts gzip (RFC 9110 section 12.5.3).

    Not for a request with cookies: the compressed length of an answer that depends both on them and on a stranger's
    address would reveal secrets (breachattack.com).
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
    """Whether an Accept-Encoding line accepts gzip: by its name, or by ``*`` if it is not named."""
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

"""The request as it goes over the wire, and the parts of a URL it is made of."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pressmark.http.exchange import Conditions
from pressmark.urls import DEFAULT_PORTS

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ACCEPT_ENCODING = "gzip, deflate, br, zstd"
"""The codings that :mod:`pressmark.http.decode` can remove."""

_MAX_VALIDATOR = 1024


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect to, and what to request.

    host: lower case, IPv6 without brackets. authority: host and non-default port as the Host header has it
    (RFC 9112 section 3.2). path: the origin form of the request target, path and query.
    """

    url: str
    scheme: str
    host: str
    port: int
    authority: str
    path: str


def target(url: str) -> Target:
    """Split a URL that :func:`pressmark.urls.clean` returned."""
    parts = urlsplit(url)
    path = url.partition("://")[2].partition("/")[2]
    return Target(
        url=url,
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        authority=parts.netloc,
        path="/" + path,
    )


def head(to: Target, user_agent: str, conditions: Conditions | None = None, cookie: str = "") -> bytes:
    """Return the whole request: a GET, ended by an empty line.

    It names the crawler, asks for no particular language, and has the connection closed afterwards, so that a
    body without a length has an end. conditions: for a page that is wanted only if it changed (RFC 9110
    section 13.1); a validator that could break out of its header line is left out. cookie: value of the Cookie
    header (:meth:`pressmark.http.wire.cookies.Cookies.header`), empty for none.
    """
    lines = [
        f"GET {to.path} HTTP/1.1",
        f"Host: {to.authority}",
        f"User-Agent: {_printable(user_agent)}",
        f"Accept: {ACCEPT}",
        f"Accept-Encoding: {ACCEPT_ENCODING}",
    ]
    if conditions and _sendable(conditions.etag):
        lines.append(f"If-None-Match: {conditions.etag}")
    if conditions and _sendable(conditions.last_modified):
        lines.append(f"If-Modified-Since: {conditions.last_modified}")
    if cookie:
        lines.append(f"Cookie: {cookie}")
    lines += ["Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _sendable(value: str | None) -> bool:
    return bool(value) and value == _printable(value or "") and len(value) <= _MAX_VALIDATOR


def _printable(text: str) -> str:
    return "".join(c for c in text if 0x20 <= ord(c) < 0x7F or 0xA0 <= ord(c) <= 0xFF)

"""Cookies of one redirect chain: kept while a page is fetched, and then forgotten.

Many sites set a cookie and redirect to the same URL; a client without the cookie is redirected in
circles. So the cookies that a chain sets are sent with its next requests (RFC 6265), and the request records store
them like every other header line. None outlives the chain: each page is fetched as a first-time visitor would.

The rules (domain, path, Secure, Expires, Max-Age) are those of the standard library's cookie jar. This module
bounds what a server can make it hold, and keeps out what could break a header line.
"""

import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.request import Request

from pressmark.http.exchange import Exchange

MAX_COOKIE = 4096
"""Maximum characters of one Set-Cookie line; a longer one is ignored. RFC 6265 section 6.1 asks for at least this."""

MAX_COOKIES = 50
"""Maximum number of cookies of one chain (RFC 6265 section 6.1). The first ones are kept, the rest is ignored."""

MAX_HEADER = 16 * 1024
"""Maximum characters of a Cookie header; if it would be longer, none is sent. Servers refuse such heads anyway."""

# Browsers ignore a line with such a character (RFC 6265bis section 5.6). If it were sent back, a server that is lax
# about line ends would take a lone CR for the beginning of a new header line.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

_AGE = re.compile(r"-?[0-9]+")
_MAX_AGE = 999_999_999
"""Maximum seconds; the library cannot handle much larger numbers."""


class Cookies:
    """The cookies of one redirect chain, none at its start."""

    def __init__(self) -> None:
        self._jar = CookieJar(
            DefaultCookiePolicy(
                strict_domain=True,  # no cookie for all of co.uk
                # A cookie without a Domain goes back to its own host alone (RFC 6265 section 5.3, step 6).
                strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain,
            )
        )

    def learn(self, exchange: Exchange) -> None:
        """Keep the cookies that a response sets, except those that break a rule or a limit."""
        lines = [
            _sound(line)
            for line in exchange.header_all("set-cookie")
            if len(line) <= MAX_COOKIE and not _CONTROL.search(line)
        ]
        said: Any = _Said(lines[: max(0, MAX_COOKIES - len(self._jar))])
        self._jar.extract_cookies(said, Request(exchange.url))  # noqa: S310 - only its parts are looked at

    def header(self, url: str) -> str:
        """The value of the Cookie header of a request (RFC 6265 section 5.4); empty for none."""
        request = Request(url)  # noqa: S310 - only its parts are looked at
        self._jar.add_cookie_header(request)
        value = request.get_header("Cookie") or ""
        return value if len(value) <= MAX_HEADER else ""


class _Said:
    """The part of a response that the cookie jar reads."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def info(self) -> "_Said":
        return self

    def get_all(self, name: str, default: list[str]) -> list[str]:
        return self._lines if name == "Set-Cookie" else default


def _sound(line: str) -> str:
    """Return a Set-Cookie line with only those attributes that the jar needs and that have a valid value.

    RFC 6265 section 5.2 ignores an unknown or malformed attribute; the library would ignore the whole cookie. If an
    attribute occurs twice, the last one counts (section 5.3).
    """
    pair, *rest = line.split(";")
    attributes: dict[str, str] = {}
    for part in rest:
        name, _, value = (piece.strip(" \t") for piece in part.partition("="))
        name = name.lower()
        if name == "max-age" and _AGE.fullmatch(value):
            attributes[name] = (
                "0" if value.startswith("-") else str(min(int(value.lstrip("0")[:10] or "0"), _MAX_AGE))
            )
        elif name == "path":
            attributes[name] = (
                value if value.startswith("/") else ""
            )  # without one, the request's counts (section 5.2.4)
        elif (name in ("domain", "expires") and value) or name == "secure":
            attributes[name] = value if name != "secure" else ""
    said = [
        f"{name}={value}" if value else name
        for name, value in attributes.items()
        if value or name == "secure"
    ]
    return "; ".join([pair, *said])

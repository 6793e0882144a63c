"""Cookies of one redirect chain: kept while a page is fetched, and forgotten with it.

Many sites set a cookie and redirect to where they were asked; who comes back without it is sent round in
circles. So what a chain was given goes back with its next requests, as RFC 6265 has it, and is stored in the
request records like every other line. Nothing outlives the chain: no page is fetched as somebody who was
there before.

The rules (domain, path, Secure, Expires, Max-Age) are those of the standard library's cookie jar. This module
bounds what a server can make it hold, and keeps out what could break a header line.
"""

import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.request import Request

from pressmark.exchange import Exchange

MAX_COOKIE = 4096
"""Characters of one Set-Cookie line; a longer one is passed over. RFC 6265 section 6.1 asks for as much."""

MAX_COOKIES = 50
"""Cookies of one chain (RFC 6265 section 6.1). The first stay: the rest is passed over."""

MAX_HEADER = 16 * 1024
"""Characters of a Cookie header; where there would be more, none is sent. Servers refuse such heads anyway."""

# Browsers drop a line that has one (RFC 6265bis section 5.6). Sent on, a lone CR would begin a new header line
# for a server that is lax about line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

# The library cannot count so far, and drops every cookie of the response, with a traceback on stderr.
_AGES = re.compile(r"(;\s*max-age\s*=\s*[+-]?)[0-9_]{10,}", re.IGNORECASE)

# Nor does it expect an age that is not given at all, which browsers pass over (RFC 6265 section 5.2.2).
_NO_AGE = re.compile(r";\s*max-age\s*(?=;|\Z)", re.IGNORECASE)


class Cookies:
    """The cookies of one redirect chain, none at its start."""

    def __init__(self) -> None:
        self._jar = CookieJar(
            DefaultCookiePolicy(
                strict_domain=True,  # none for all of co.uk
                # A cookie without a Domain goes back to its own host alone (RFC 6265 section 5.3, step 6).
                strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain,
            )
        )

    def learn(self, exchange: Exchange) -> None:
        """Take what a response set; what breaks a rule or a limit is passed over."""
        lines = [
            _NO_AGE.sub("", _AGES.sub(r"\g<1>999999999", line))
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
    """As much of a response as the cookie jar looks at."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def info(self) -> "_Said":
        return self

    def get_all(self, name: str, default: list[str]) -> list[str]:
        return self._lines if name == "Set-Cookie" else default

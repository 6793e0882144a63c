"""Fetches what a person names on the command line, from their own machine and without archiving it."""

import time
from collections.abc import Callable

from pressmark.cli import crawling, exits
from pressmark.http.decode import decode
from pressmark.http.fetcher import Fetcher
from pressmark.http.sniffing import html_content_type
from pressmark.settings import ALLOWED_PORTS
from pressmark.urls import clean, host_of, loopback_address, port_of

MAX_BYTES = 64 * 1024 * 1024
"""Maximum number of bytes of a body, both as sent and decoded."""


class RefusedError(exits.Failure):
    """The guard refused a URL before any request was sent."""


_ASKED: dict[str, float] = {}
"""When this process last took a turn at each host, in seconds of the monotonic clock."""


def fetch(
    url: str, *, named: str | None = "", cut: Callable[[str], object] = str
) -> tuple[bytes, str, str | None]:
    """Return a body without its content encoding, the address it came from in the end, and its Content-Type.

    named: the URL that the person wrote and that led to this one; empty: this one itself; None: strangers had a say in
    it. Only the address of the named URL may be on this machine. cut: called with the reason if the body is longer than
    what is returned. Raises Failure, RefusedError, UrlError.
    """
    url = clean(url)
    own = None if named is None else clean(named or url)
    settings = crawling.settings(
        allow_loopback=tuple(filter(None, [loopback_address(own)])) if own else (),
        allowed_ports=(*ALLOWED_PORTS, port_of(own)) if own else ALLOWED_PORTS,
        max_body_bytes=MAX_BYTES,
    )
    _take_turn(url, settings.host_delay)
    result = Fetcher(settings).fetch(url, deadline=time.monotonic() + settings.page_timeout)
    try:
        if result.error is not None or not result.exchanges:
            refused = not result.exchanges and result.error is not None and result.error.code == "blocked-url"
            kind = RefusedError if refused else exits.Failure
            raise kind(f"{url}: {result.error or 'no answer'}", exits.NOTHING)
        page = result.exchanges[-1]
        if page.status >= 400:
            raise exits.Failure(f"{url}: the server answered {page.status} {page.reason}", exits.NOTHING)
        decoded = decode(page, MAX_BYTES)
        if decoded.cut:
            cut(decoded.problem or "it is longer")
        return decoded.data, page.url, html_content_type(page) or page.content_type
    finally:
        result.close()


def _take_turn(url: str, delay: float) -> None:
    """Wait until ``delay`` seconds after the last turn at a host: a sitemap may list many files of one host.

    For an address of this machine, do not wait.
    """
    host = host_of(clean(url))
    if host not in ("localhost", "127.0.0.1", "::1"):
        time.sleep(max(0.0, _ASKED.get(host, -delay) + delay - time.monotonic()))
    _ASKED[host] = time.monotonic()

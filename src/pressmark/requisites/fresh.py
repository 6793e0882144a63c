"""How long a response may be used without asking its server again (RFC 9111).

The rule is what a browser's own cache would do. ``s-maxage`` is for shared caches and does not count here, and
``private`` allows a browser to keep a response. Nothing is guessed from Last-Modified (RFC 9111 section 4.2.2 would
permit it): if a server states nothing, it is asked again.
"""

import re
from datetime import UTC, datetime, timedelta

from pressmark.clock import parse_http_date
from pressmark.http.exchange import Exchange

LONGEST = timedelta(days=30)
"""A record is used for a month at most, whatever its server says. Some say ten years, and change their files."""

NAMED_BY_CONTENT = timedelta(days=1)
"""A response whose URL has a hash in it, and which may be kept for a day or more, is assumed never to change: its
server gives new content a new name. A hash alone is not enough, because identifiers look the same."""

_LONGEST_SECONDS = 1 << 31
"""RFC 9111 section 1.2.2: a larger number counts as this."""

_DIRECTIVE = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)(?:=("(?:[^"\\]|\\.)*"|[^\s,"]*))?\s*(?:,|$)|\s*,')
_NUMBER = re.compile(r"[0-9]+")
_HASH = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,64}(?![0-9A-Za-z])", re.IGNORECASE
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def fresh_until(exchange: Exchange) -> datetime | None:
    """Return until when the response may be used without a request, aware UTC; None: not at all.

    Only a complete 200 may, and a 304, whose headers apply to the response that it confirms (RFC 9111 section 4.3.4).
    """
    if exchange.status not in (200, 304) or exchange.truncated:
        return None
    said = _cache_control(exchange)
    if said is None or said.keys() & {"no-store", "no-cache"} or "*" in ",".join(exchange.header_all("vary")):
        return None
    lifetime = _lifetime(exchange, said)
    if lifetime <= timedelta(0):
        return None
    date = parse_http_date(exchange.header("date") or "")
    # RFC 9111 section 4.2.3: the caches on the way state its age, and it also follows from the server's clock.
    began = exchange.started - _age(exchange)
    if date is not None and date < began:
        began = date
    if _is_hashed(exchange.url) and ("immutable" in said or lifetime >= NAMED_BY_CONTENT):
        return exchange.started + LONGEST
    until = min(_later(began, lifetime), exchange.started + LONGEST)
    return until.astimezone(UTC) if until > exchange.started else None


def _cache_control(exchange: Exchange) -> dict[str, str] | None:
    """Return the directives by name; None if they contradict each other (RFC 9111 section 4.2.1)."""
    lines = exchange.header_all("cache-control")
    if not lines:
        # For requests, by RFC 9111 section 5.4; but servers also send it in responses, and browsers obey.
        return {"no-cache": ""} if "no-cache" in (exchange.header("pragma") or "").lower() else {}
    found: dict[str, str] = {}
    for name, value in _directives(", ".join(lines)[:2000]):
        if found.setdefault(name, value) != value:
            return None
    return found


def _directives(text: str) -> list[tuple[str, str]]:
    found = []
    at = 0
    while at < len(text):
        match = _DIRECTIVE.match(text, at)
        if match is None or match.end() == at:  # not a directive; the next one begins after a comma
            at = text.find(",", at) + 1
            if not at:
                break
            continue
        if match[1]:
            found.append((match[1].lower(), (match[2] or "").strip('"')))
        at = match.end()
    return found


def _lifetime(exchange: Exchange, said: dict[str, str]) -> timedelta:
    """Return how long it is fresh, from when it was made (RFC 9111 section 4.2.1); 0 if nothing is stated."""
    if "max-age" in said:
        return _seconds(said["max-age"])
    if (expires := exchange.header("expires")) is None:
        return timedelta(0)
    until = parse_http_date(expires)  # anything that is not a date, such as 0, is past (RFC 9111 section 5.3)
    date = parse_http_date(exchange.header("date") or "") or exchange.started
    return timedelta(0) if until is None else until - date


def _age(exchange: Exchange) -> timedelta:
    return _seconds((exchange.header("age") or "").partition(",")[0].strip())


def _seconds(text: str) -> timedelta:
    """Read delta-seconds (RFC 9111 section 1.2.2); anything else is 0."""
    if not _NUMBER.fullmatch(text):
        return timedelta(0)
    return timedelta(seconds=min(int(text[:11]), _LONGEST_SECONDS))


def _later(moment: datetime, span: timedelta) -> datetime:
    try:
        return moment + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _is_hashed(url: str) -> bool:
    """Whether a URL's last segment or its query has what looks like a hash: 8 to 64 hexadecimal digits, both letters
    and figures. A UUID does not count: it names a thing, not its content.
    """
    return _HASH.search(_UUID.sub("", url[url.rfind("/", 0, (url + "?").find("?")) :])) is not None

"""Addresses of mementos, TimeGates and TimeMaps, in the form of the Wayback Machine and pywb: reads and writes them.

``/web/URL`` is the TimeGate, ``/web/TIMESTAMP/URL`` a memento, ``/web/TIMESTAMPid_/URL`` its bytes as they came,
``/web/timemap/link/URL`` and ``/web/timemap/json/URL`` the TimeMaps. The URL is written there unchanged, with its
query.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import unquote

from pressmark import urls
from pressmark.access.messages import Request
from pressmark.access.refusals import HttpError
from pressmark.archive.rows import Item
from pressmark.archive.same import Named
from pressmark.archive.times import parse_span_of_time, timestamp14
from pressmark.errors import UrlError

_ESCAPED = re.compile(r"https?%3a(?:%2f|/){1,2}", re.IGNORECASE)
_ONE_SLASH = re.compile(r"(https?):/(?=[^/])", re.IGNORECASE)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


def url_of(request: Request) -> Named:
    """Return the URL in an address, with its query.

    It may also be escaped as a whole, or have only one slash after the scheme, as some proxies leave it. Raises
    UrlError.
    """
    text = request.parts["url"]
    if "?" in request.target:
        text += "?" + request.query
    if _ESCAPED.match(text):
        text = unquote(text)
    text = _ONE_SLASH.sub(r"\1://", text, count=1)
    if _SCHEME.match(text):
        return Named(text)
    return Named(f"http://{text.removeprefix('//')}", any_scheme=True)


def moment_of(digits: str, now: datetime) -> datetime:
    """Return the instant that a timestamp in an address names: the last second that it covers (``2026`` covers a year).

    Fewer than four digits ask for the newest capture. Raises HttpError.
    """
    if len(digits) < 4:
        return now
    if len(digits) % 2:
        digits = digits[:-1]
    try:
        return parse_span_of_time(digits, now=now).end - timedelta(seconds=1)
    except ValueError as error:
        raise HttpError(400, f"{digits} is not a time; write YYYYMMDDhhmmss") from error


def memento(request: Request, row: Item, modifier: str = "") -> str:
    """Return the address of a capture. modifier: ``id_`` for its bytes."""
    return f"{request.origin}/web/{timestamp14(row['captured'])}{modifier}/{written(row['url'])}"


def timegate(request: Request, url: str) -> str:
    """Return the TimeGate's address for a URL."""
    return f"{request.origin}/web/{written(url)}"


def timemap(request: Request, url: str, form: str = "link", start: str = "") -> str:
    """Return a TimeMap's address.

    form: ``link`` or ``json``. start: the time at which a page of it begins, as digits.
    """
    return f"{request.origin}/web/timemap/{form}/{f'{start}/' if start else ''}{written(url)}"


@lru_cache(maxsize=1024)
def written(url: str) -> str:
    """Return a captured URL in a form that is safe in a path or header.

    Other tools' files have URLs that were never cleaned.
    """
    try:
        return urls.clean(url)
    except (ValueError, UrlError):
        return re.sub(
            r"[^!-~]|[<>\"]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), url
        )


def instant(row: Item) -> datetime:
    """Return when a capture was made, aware UTC."""
    return datetime.fromisoformat(row["captured"]).astimezone(UTC)

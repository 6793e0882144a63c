"""What pywb replays of a page: what it changes is :func:`as_pywb_has_it`, what it cannot replay :data:`BEYOND_PYWB`."""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests import foreign

from pressmark.http.wire import status_line
from pressmark.http.wire.response import parse_fields


@dataclass(frozen=True)
class Page:
    """What was fetched. captured: its WARC-Date; head: as stored."""

    url: str
    captured: str
    status: int
    head: bytes
    body: bytes

    @property
    def timestamp(self) -> str:
        return re.sub(r"\D", "", self.captured)[:14]


def is_replay(page: Page, replayed: foreign.Replayed) -> bool:
    """Whether pywb served the page, or what it serves in its place where it cannot."""
    for limit in BEYOND_PYWB:
        if limit.applies(page):
            return limit.served(page, replayed)
    status, reason, headers = as_pywb_has_it(page)
    served = (replayed.status, replayed.reason, _plain(replayed.headers), replayed.body)
    return served == (status, reason, headers, page.body)


def _plain(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, " ".join(value.split())) for name, value in headers]


def as_pywb_has_it(page: Page) -> tuple[int, str, list[tuple[str, str]]]:
    """Status, reason and header lines as pywb passes on those that are stored.

    A reason that is missing comes as ``None``; a line in UTF-8 is passed on in Latin-1, or not at all where that has
    no such character; a folded line has some white space for the fold; what has no length is sent in chunks.
    """
    line = status_line.parse(page.head)
    assert line is not None, page
    headers = _sendable(page)
    if page.status not in (101, 204, 304) and not any(
        name.lower() == "content-length" for name, _ in headers
    ):
        headers.append(CHUNKED)
    return page.status, line.reason or "None", headers


def _sendable(page: Page) -> list[tuple[str, str]]:
    """Header lines after pywb has taken off, for each that its web server cannot send, the last one of its name."""
    headers = []
    for name, value in parse_fields(page.head.partition(b"\n")[2]):
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            text = value.decode("latin-1")
        headers.append((name.decode("latin-1"), " ".join(text.split())))
    for name, value in headers:  # of a list that it shortens meanwhile, as pywb does
        if max(value, default="") > "\xff":
            last = max(at for at, (other, _) in enumerate(headers) if other.lower() == name.lower())
            del headers[last]
    return headers


MAX_LINE = 48 * 1024
"""Bytes of a header line that its readers take."""

CHUNKED = ("Transfer-Encoding", "chunked")


@dataclass(frozen=True)
class Limit:
    """Something that pywb cannot replay. applies: to which pages; served: whether that is what it serves instead.

    Each is exact, so that a pywb which can do more is noticed.
    """

    why: str
    applies: Callable[[Page], bool]
    served: Callable[[Page, foreign.Replayed], bool]


def _refuses(status: int) -> Callable[[Page, foreign.Replayed], bool]:
    return lambda page, replayed: replayed.status == status and replayed.body != page.body


def _field(page: Page, name: bytes) -> bytes | None:
    return next(
        (value for key, value in parse_fields(page.head.partition(b"\n")[2]) if key.lower() == name), None
    )


def _leads_to_itself(page: Page) -> bool:
    """As pywb compares it: letters of any case, without the scheme."""
    there = (_field(page, b"location") or b"").decode("latin-1").lower().partition("#")[0]
    if there.startswith("/"):
        there = page.url.split("/")[2] + there
    here = page.url.lower().split("://")[-1].rstrip("/")
    return 300 <= page.status < 400 and there.split("://")[-1].rstrip("/") == here


def _has_lone_cr(page: Page) -> bool:
    return any(b"\r" in value.strip() for _, value in parse_fields(page.head.partition(b"\n")[2]))


def _is_shortened(page: Page, replayed: foreign.Replayed) -> bool:
    """All as it should be, but that each long value lacks a part."""
    status, _, headers = as_pywb_has_it(page)
    names = [name for name, _ in headers if name != CHUNKED[0]]
    others = [(name, value) for name, value in headers if len(value) < MAX_LINE]
    long = [len(value) for _, value in headers if len(value) >= MAX_LINE]
    short = [len(value) for name, value in replayed.headers if (name, value) not in [*others, CHUNKED]]
    return (
        (replayed.status, replayed.body) == (status, page.body)
        and [name for name, _ in replayed.headers if name != CHUNKED[0]] == names
        and all(is_short < was for is_short, was in zip(short, long, strict=True))
    )


def _is_coded_otherwise(page: Page) -> bool:
    return (_field(page, b"content-encoding") or b"gzip").decode("latin-1") not in foreign.ACCEPT_ENCODING


def _is_cut_down(page: Page, replayed: foreign.Replayed) -> bool:
    coding = (_field(page, b"content-encoding") or b"").decode("latin-1").lower()
    body = gzip.decompress(page.body) if coding == "gzip" else page.body
    headers = as_pywb_has_it(page)[2]
    if body and headers[-1] != CHUNKED:
        headers.append(CHUNKED)
    return (replayed.status, _plain(replayed.headers), replayed.body) == (page.status, headers, body)


BEYOND_PYWB = [
    Limit(
        "a header line of more than 48 KiB loses what is between its beginning and its end",
        lambda page: max(map(len, page.head.split(b"\n"))) > MAX_LINE,
        _is_shortened,
    ),
    Limit(
        "its web server lets no lone CR into a header",
        _has_lone_cr,
        _refuses(500),
    ),
    Limit(
        "a header line that Latin-1 cannot write stays where a later one has its name: that is taken off instead",
        lambda page: any(max(value, default="") > "\xff" for _, value in _sendable(page)),
        _refuses(500),
    ),
    Limit(
        "its web server sends no 204 or 304 whose Content-Length speaks of a body",
        lambda page: page.status in (204, 304) and _field(page, b"content-length") not in (None, b"0"),
        _refuses(500),
    ),
    Limit(
        "a status line that begins with neither HTTP/1.0 nor HTTP/1.1 is none to its WARC reader",
        lambda page: not page.head.upper().startswith((b"HTTP/1.0", b"HTTP/1.1")),
        _refuses(503),
    ),
    Limit(
        "a status line is cut behind HTTP/1.1 and at blanks, and nothing is sent where no status is left of it",
        lambda page: re.match(rb"http/(?!1\.)|http/1\.\d *\d{3}[ \r\n]", page.head, re.IGNORECASE) is None,
        lambda page, replayed: replayed.status in (0, 500) and replayed.body != page.body,
    ),
    Limit(
        "an escaped line break within a URL's path is one in its own headers",
        lambda page: re.search("%0[ad].", page.url.partition("?")[0].lower()) is not None,
        _refuses(500),
    ),
    Limit(
        "a content coding that a browser does not name letter for letter (GZIP, or two of them) is taken off where "
        "it is known, and the length that is wrong then stays beside the chunks",
        _is_coded_otherwise,
        _is_cut_down,
    ),
    Limit(
        "the port of a Location that is no port is more than it can compare",
        lambda page: (
            re.search(rb"//[^/]*:(-\d|\d{6}|[7-9]\d{4})", _field(page, b"location") or b"") is not None
        ),
        _refuses(400),
    ),
    Limit(
        "a redirect to the same URL is passed over for the next capture, which a cookie once led to",
        _leads_to_itself,
        lambda page, replayed: replayed.status in (200, 400) and replayed.headers != as_pywb_has_it(page)[2],
    ),
]

"""Everything that a hostile test fetches and every WARC file it makes goes through other people's tools.

Nothing has to be done for it: ``conftest.py`` puts each test of this folder under :class:`Watch`, which sees what
every Fetcher brings and every WarcFile holds. After the test, what was fetched is compared with what the
hostile servers sent, and so are the rows that the files make; ``warcio check`` and ``fastwarc check`` read each file,
and a running pywb replays each page. What pywb changes is :func:`as_pywb_has_it`; what it cannot replay at all is
:data:`BEYOND_PYWB`.
"""

import base64
import gzip
import hashlib
import io
import itertools
import json
import os
import re
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fastwarc.cli
from click.testing import CliRunner
from tests import foreign
from tests.hostile import server
from tests.hostile.fixtures import LOCAL

from pressmark.archive import rows as row_maker
from pressmark.clock import iso_utc
from pressmark.http.exchange import Exchange, FetchResult
from pressmark.http.wire import status_line
from pressmark.http.wire.response import parse_fields
from pressmark.queues.message import CaptureRequest
from pressmark.warc.event import Capture
from pressmark.warc.reader import read_captures
from pressmark.warc.records import stored_head
from pressmark.warc.writer import WarcFile

MAX_FETCHES = 60
"""Of one test. Generated responses come by the hundred: the first of them, which are the simplest, and every fifth."""

START = datetime(2001, 1, 1, tzinfo=UTC)


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


class Judge:
    """The foreign tools, started once for all tests."""

    def __init__(self, folder: Path) -> None:
        self._replay = foreign.Replay(folder).__enter__()
        self._folder = folder
        self._names = itertools.count()
        python = foreign.require(foreign.TOOLS / "replay" / "bin" / "python")
        self._tools = subprocess.Popen(
            [python, foreign.ROOT / "tests" / "judge.py"],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def close(self) -> None:
        self._replay.__exit__()
        self._tools.communicate()

    def read(self, warcs: list[bytes]) -> list[dict[str, Any]]:
        """Check WARC files and put them, and nothing else, before pywb; returns the index, an entry a capture."""
        for path in (self._folder / "warcs").iterdir():
            path.unlink()
        lines: list[str] = []
        for data in warcs:
            path = self._folder / "warcs" / f"{next(self._names)}.warc.gz"
            path.write_bytes(data)
            lines += self._check(path)
        new = self._folder / "index.new"
        new.write_text("".join(f"{line}\n" for line in sorted(lines)))
        os.replace(new, self._folder / "index.cdxj")
        return [{"timestamp": line.split(" ")[1], **json.loads(line.split(" ", 2)[2])} for line in lines]

    def _check(self, path: Path) -> list[str]:
        assert self._tools.stdin
        assert self._tools.stdout
        self._tools.stdin.write(f"{path}\n")
        self._tools.stdin.flush()
        answer = json.loads(self._tools.stdout.readline())
        assert answer["code"] == 0, f"warcio check: {answer['said']}"
        done = CliRunner().invoke(fastwarc.cli.check, ["--quiet", str(path)])
        assert done.exit_code == 0, f"fastwarc check: {done.output}"
        lines: list[str] = answer["index"]
        return lines

    def get(self, url: str, timestamp: str) -> foreign.Replayed:
        return self._replay.get(url, timestamp)


class Watch:
    """What one test fetched and wrote."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, str], list[Page]] = {}
        self._warcs: list[bytes] = []
        self._problems: list[str] = []
        self._fetches, self._files, self._seconds = itertools.count(), itertools.count(), itertools.count()
        self._own: WarcFile | None = None
        self._one_at_a_time = threading.Lock()

    def fetched(self, result: FetchResult) -> None:
        """Compare what was fetched with what was sent, and keep it in a WARC file of its own; from any thread."""
        with self._one_at_a_time:
            self._fetched(result)

    def _fetched(self, result: FetchResult) -> None:
        for exchange in result.exchanges:
            self._page(exchange)
        if not result.exchanges or not _chosen(next(self._fetches)):
            return
        for exchange in result.exchanges:
            if not was_sent(
                exchange
            ):  # told when the test is over: here may be a thread whose errors go elsewhere
                self._problems.append(
                    f"{exchange.url}: no server sent {exchange.head[:200]!r} and what follows"
                )
        # A second each: pywb's timestamps tell no less apart.
        again = [
            replace(each, started=START + timedelta(seconds=next(self._seconds))) for each in result.exchanges
        ]
        for exchange in again:
            self._page(exchange)
        capture = Capture(CaptureRequest(again[0].url), "message", "token", started=again[0].started)
        capture.exchanges, capture.error = again, result.error
        self._own = self._own or WarcFile(LOCAL, host="watch")
        self._own.add(capture)

    def _page(self, exchange: Exchange) -> None:
        if exchange.status:
            head, body = stored_head(exchange), exchange.body.open().read()
            page = Page(exchange.url, iso_utc(exchange.started), exchange.status, head, body)
            self._pages.setdefault((page.url, page.timestamp), []).append(page)

    def written(self, data: bytes) -> None:
        """Take a WARC file that the test made."""
        if _chosen(next(self._files)):
            self._warcs.append(data)

    def judge(self, judge: Judge) -> None:
        """Have every WARC file checked and every capture in one replayed."""
        if self._own is not None:
            self._warcs.insert(0, self._own.open().read())
            self._own.captures = 0  # it is here already
            self._own.close()
        assert not self._problems
        self._own, warcs, self._warcs = None, self._warcs, []
        if not warcs:
            return
        entries = [entry for entry in judge.read(warcs) if not entry["url"].startswith("urn:")]
        for entry in entries:
            self._replay(judge, entry)
        for data in warcs:
            self._rows(data)
        indexed = {(entry["url"], entry["timestamp"]) for entry in entries}
        own = {place for place in self._pages if place[1] < "2002"}
        assert own <= indexed, "cdxj-indexer passes over a capture"
        self._pages.clear()

    def _rows(self, data: bytes) -> None:
        """Compare the rows that a WARC file makes with what was sent."""
        for stored in read_captures(io.BytesIO(data), file="watched"):
            for row in row_maker.items(stored, bucket="watched", index_terms=()):
                if "digest" not in row or "revisit" in row:  # no answer; or a payload of an earlier capture
                    continue
                said = (row["status"], row["size"], row["digest"])
                sent = {
                    (page.status, len(page.body), f"sha1:{_sha1(page.body)}")
                    for page in self._pages[row["url"], re.sub(r"\D", "", row["captured"])[:14]]
                }
                assert said in sent, (row, sent)

    def _replay(self, judge: Judge, entry: dict[str, Any]) -> None:
        url, timestamp = entry["url"], entry["timestamp"]
        replayed = judge.get(url, timestamp)
        if entry.get("mime") == "warc/revisit":
            # The page that it refers to, whose payload has the digest that the revisit states.
            assert (replayed.status, f"sha1:{_sha1(replayed.body)}") == (200, entry["digest"]), entry
            return
        # A test's clock may stand still, or a chain come by a URL twice within a second.
        pages = self._pages[url, timestamp]
        if not any(is_replay(page, replayed) for page in pages):
            page = pages[0]
            raise AssertionError(
                f"{url} at {timestamp} is not replayed as {as_pywb_has_it(page)} {page.body[:300]!r} "
                f"({len(page.body)} bytes; stored head {page.head!r}), but as {replayed.status} {replayed.reason!r} "
                f"{replayed.headers} {replayed.body[:300]!r} ({len(replayed.body)} bytes)"
            )


def _sha1(data: bytes) -> str:
    return base64.b32encode(hashlib.sha1(data).digest()).decode()


def _chosen(number: int) -> bool:
    """Whether the so-manieth of a test is looked at."""
    return number < MAX_FETCHES // 2 or (number % 5 == 0 and number < 5 * MAX_FETCHES // 2)


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


def was_sent(exchange: Exchange) -> bool:
    """Whether a hostile server answered this request with these bytes, chunk framing taken off."""
    body = exchange.body.open().read()
    head = exchange.head
    for sent in reversed(server.conversations(exchange.request)):
        at = sent.find(head) if head in sent else sent.find(head[:-2])
        if at < 0:
            continue
        rest = bytes(sent[at + len(head) :])
        if not head and not body.startswith(
            (b"\r", b"\n")
        ):  # of what is no HTTP, too, empty lines mean nothing
            rest = rest.lstrip(b"\r\n")
        if (dechunked(rest, len(body)) if exchange.chunked else rest).startswith(body):
            return True
    return False


_SIZE = re.compile(rb"\s*([0-9A-Fa-f]+)[^\n]*\n")


def dechunked(wire: bytes, most: int) -> bytes:
    """The content of chunks, as far as they are any and until there is as much as is wanted."""
    pieces: list[bytes] = []
    at = size = 0
    while size < most and (match := _SIZE.match(wire, at)) and (length := int(match[1], 16)):
        pieces.append(wire[match.end() : match.end() + length])
        at, size = match.end() + length, size + length
    return b"".join(pieces)

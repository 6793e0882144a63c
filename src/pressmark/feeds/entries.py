"""URLs out of feeds (RSS 0.9 to 2.0, Atom, RDF, JSON Feed) and sitemaps (sitemaps.org 0.9, with Google's extensions).

A document need not be well formed, and its namespaces may have any name or prefix. A part that cannot be read is
reported with its line. Nothing is loaded from elsewhere, so a hostile file costs no more than its own size.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pressmark.clock import parse_http_date
from pressmark.errors import NotFoundError, PressmarkError
from pressmark.feeds import items as markup
from pressmark.feeds.text import is_robots, json_items, lines, sitemaps_of, text_of
from pressmark.http.gunzip import members, sips
from pressmark.references import resolve
from pressmark.text import counted

MAX_BYTES = 64 * 1024 * 1024
"""Files are read up to this size; a sitemap may have 50 MB (sitemaps.org, "Sitemap file requirements")."""

MAX_DEPTH = 5
"""Maximum depth of sitemap indexes; the protocol allows one level, the web has more."""

MAX_FILES = 50_000
"""Maximum number of files of one sitemap index."""


class FeedError(NotFoundError):
    """There is no feed or sitemap, or it cannot be read. The message names its address."""


class NoFeedError(FeedError):
    """The file is neither a feed nor a sitemap. feeds: addresses of feeds that it names, if it is an HTML page."""

    def __init__(self, message: str, feeds: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.feeds = feeds


@dataclass(frozen=True, slots=True)
class Entry:
    """An address in a feed or sitemap. moment: when it was published or changed, aware UTC; None if unknown.

    kind: ``sitemap`` for another file to read.
    """

    url: str
    moment: datetime | None = None
    kind: Literal["page", "sitemap"] = "page"


@dataclass(frozen=True, slots=True)
class Document:
    """A fetched file. body: without its content coding. address: its URL, after redirects. content_type: its
    Content-Type header, or None. cut: why ``body`` is not the whole file, or None.
    """

    body: bytes
    address: str
    content_type: str | None = None
    cut: str | None = None


Get = Callable[[str], Document]
"""Fetches an address. Raises PressmarkError."""

Say = Callable[[str], None]
"""Called with what was not read: a sentence with the file's address and, where known, the line."""


def _silent(_: str) -> None:
    """Say nothing."""


def entries(document: Document, say: Say = _silent) -> Iterator[Entry]:
    """Yield the entries of a feed, a sitemap or its index, a text file of addresses, or a robots.txt (its sitemaps).

    Relative addresses are resolved against the document's own. say: called for each entry or part that was not
    read. Raises NoFeedError if the document is none of these.
    """
    address = document.address

    def cut(reason: str) -> None:
        say(f"{address}: {reason}: what follows was not read")

    if document.cut:
        cut(document.cut)
    text = text_of(_plain(document.body, cut), document.content_type)

    line_of = _Lines(text)

    def problem(at: int, reason: str) -> None:
        say(f"{address}, line {line_of(at)}: {reason}")

    start = text[:2000].lstrip("\ufeff \t\r\n\0")[:1]
    if start in ("{", "[") and (items := json_items(text, problem)) is not None:
        yield from _json_entries(items, address, say)
    elif is_robots(text, address) and start != "<":
        yield from _robots_entries(text, address)
    elif start == "<" or "<" in text[:2000]:
        yield from _xml_entries(text, address, problem)
    else:
        yield from _text_entries(text, address, say)


def sitemap(
    address: str, get: Get, *, on_file: Callable[[str], None] = _silent, say: Say = _silent
) -> Iterator[Entry]:
    """Yield the pages of a feed or sitemap and of the sitemaps it lists; each file is read once.

    address: of a feed, a sitemap, or a robots.txt, whose Sitemap lines are followed (RFC 9309 names them outside of
    its rules). on_file: called with each file's address before it is fetched. say: called with what was not read, and
    why. Raises FeedError, or what ``get`` raises, for the first file; for the others, ``say`` is called.
    """
    seen: set[str] = set()
    waiting = [(address, 0)]
    left_out = 0
    while waiting:
        url, depth = waiting.pop(0)
        if url in seen:
            continue
        if len(seen) >= MAX_FILES:
            left_out += 1
            continue
        seen.add(url)
        on_file(url)
        try:
            for entry in entries(get(url), say):
                if entry.kind == "page":
                    yield entry
                elif depth < MAX_DEPTH and len(waiting) < MAX_FILES:
                    waiting.append((entry.url, depth + 1))
                else:
                    left_out += 1
        except PressmarkError as error:
            if depth == 0:
                raise
            say(f"{url} passed over: {error}")
    if left_out:
        say(
            f"{address}: {counted(left_out, 'sitemap')} beyond {MAX_DEPTH} levels or {MAX_FILES:,} files left out"
        )


def _xml_entries(text: str, address: str, problem: Callable[[int, str], None]) -> Iterator[Entry]:
    reading, any_entry = markup.Reading(), False
    problems: list[tuple[int, str]] = []  # held back: not reported if the file turns out not to be a feed

    def hold(at: int, reason: str) -> None:
        if reading.is_feed:
            problem(at, reason)
        else:
            problems.append((at, reason))

    for found in markup.read(text, address, hold, reading):
        any_entry = True
        if found.url:
            is_sitemap = found.name.rpartition(":")[2] == "sitemap"
            yield Entry(found.url, _best_moment(found.times), "sitemap" if is_sitemap else "page")
        else:
            problem(found.at, f"<{found.name}> names no address")
    if not any_entry and (not reading.is_feed or reading.root == "html"):  # a page's pictures may contain RDF
        raise _no_feed(address, reading)
    for at, reason in problems:
        problem(at, reason)


def _no_feed(address: str, reading: markup.Reading) -> NoFeedError:
    feeds = tuple(reading.feeds)
    if feeds:
        return NoFeedError(f"{address} is a page, not a feed; it names {' and '.join(feeds)}", feeds)
    if reading.root == "html":
        return NoFeedError(f"{address} is neither a feed nor a sitemap: it is a page that names no feed")
    return NoFeedError(f"{address} is neither a feed nor a sitemap")


def _json_entries(items: Iterator[dict[str, Any]], address: str, say: Say) -> Iterator[Entry]:
    for number, item in enumerate(items, 1):
        names = (item.get("url"), item.get("id"), item.get("external_url"))
        usable = [name.strip() for name in names if isinstance(name, str) and name.strip()]
        if item.get("url") not in usable:  # an id names a page only if it is an address
            usable = [name for name in usable if name.startswith(("http://", "https://"))]
        if not usable:
            say(f"{address}, item {number}: names no address")
            continue
        times = {name: str(item.get(name) or "") for name in ("date_published", "date_modified")}
        yield Entry(
            resolve(address, usable[0]), _moment(times["date_published"]) or _moment(times["date_modified"])
        )


def _text_entries(text: str, address: str, say: Say) -> Iterator[Entry]:
    there = [(number, line.strip()) for number, line in lines(text) if line.strip()]
    if not any(line.lower().startswith(("http://", "https://")) for _, line in there):
        raise NoFeedError(f"{address} is neither a feed nor a sitemap")
    for number, line in there:
        if line.lower().startswith(("http://", "https://")):
            yield Entry(line)
        elif not line.startswith("#"):
            say(f"{address}, line {number}: not an address: {line[:100]}")


def _robots_entries(text: str, address: str) -> Iterator[Entry]:
    found = [Entry(resolve(address, value), kind="sitemap") for _, value in sitemaps_of(text)]
    if not found:
        raise NoFeedError(f"{address} names no sitemap")
    yield from found


def _plain(body: bytes, cut: Callable[[str], None]) -> bytes:
    """Unpack a gzip file (sitemap.xml.gz), as far as it can be read; return any other file unchanged."""
    if not body.startswith(b"\x1f\x8b"):
        return body

    def note(reason: str, *, cut: bool = False) -> None:
        if cut:
            told(reason)

    told, pieces, size = cut, [], 0
    for piece in members(sips(iter((body,))), note):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BYTES:
            cut(f"it unpacks to more than {MAX_BYTES:,} bytes")
            break
    return b"".join(pieces)[:MAX_BYTES]


class _Lines:
    """Gives the line number of an offset in a text, counted from the offset before: at most an item lies between."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = "\n" if "\n" in text else "\r"
        self._at, self._line = 0, 1

    def __call__(self, at: int) -> int:
        if at < self._at:
            self._line -= self._text.count(self._end, at, self._at)
        else:
            self._line += self._text.count(self._end, self._at, at)
        self._at = at
        return self._line


def _best_moment(times: dict[str, str]) -> datetime | None:
    found = (_moment(times[name]) for name in markup.TIMES if name in times)
    return next((moment for moment in found if moment), None)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        found = parse_http_date(text)
        if found is None:
            return None
        moment = found
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # 0001-01-01 east of Greenwich
        return None

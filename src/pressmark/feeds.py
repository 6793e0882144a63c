"""URLs out of feeds (RSS 0.9 to 2.0, Atom, RDF) and sitemaps (sitemaps.org 0.9, with Google's news extension).

Whatever a file calls its root or its namespaces, it is read for what it holds; a broken file gives what came before
the break. Entities are not resolved and nothing is loaded from elsewhere, so a hostile file costs its own size.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urljoin

from lxml import etree

from pressmark.errors import NotFoundError, PressmarkError
from pressmark.seams import parse_http_date

MAX_BYTES = 64 * 1024 * 1024
"""A file is read so far; a sitemap may have 50 MB (sitemaps.org, "Sitemap file requirements")."""

MAX_DEPTH = 5
"""Sitemap indexes within sitemap indexes; the protocol knows one level, the web knows more."""

MAX_FILES = 50_000
"""Files of one sitemap: an index lists at most so many."""


class FeedError(NotFoundError):
    """There is no feed or sitemap, or it cannot be read. The message names its address."""


class NoFeedError(FeedError):
    """There is something, and it is neither a feed nor a sitemap."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An address in a feed or sitemap. moment: when it was published or changed, aware UTC, where that is said.

    kind: ``sitemap`` for another file to read.
    """

    url: str
    moment: datetime | None = None
    kind: Literal["page", "sitemap"] = "page"


Get = Callable[[str], bytes]
"""Fetches an address; returns its body without content encoding. Raises PressmarkError."""

_ITEMS = ("item", "entry", "url", "sitemap")
_TIMES = ("publication_date", "pubDate", "published", "date", "updated", "lastmod")
"""What says when, the best first; compared by local name."""


def entries(body: bytes, base: str) -> Iterator[Entry]:
    """Yield the entries of a feed, a sitemap, a sitemap index or a text file of addresses.

    base: the file's own address, against which relative ones are resolved. Raises NoFeedError where it is nothing
    of the kind.
    """
    body = _plain(body)
    start = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"<"):
        yield from _text_entries(body, base)
        return
    found = False
    parser = etree.iterparse(
        io.BytesIO(body),
        events=("end",),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    try:
        for _, element in parser:
            name = _local(element)
            if name in ("rss", "feed", "RDF", "urlset", "sitemapindex"):
                found = True
            if name not in _ITEMS:
                continue
            entry = _entry(element, name, base)
            if entry is not None:
                found = True
                yield entry
            _forget(element)
    except etree.XMLSyntaxError as error:
        if not found:
            raise NoFeedError(f"{base}: no feed and no sitemap: {error}") from error
    if not found:
        raise NoFeedError(f"{base}: no feed and no sitemap")


def sitemap(address: str, get: Get, *, on_file: Callable[[str], None] = lambda _url: None) -> Iterator[Entry]:
    """Yield the pages of a sitemap and of the sitemaps it lists, each file once.

    address: of a sitemap, or of a robots.txt, whose Sitemap lines are followed (RFC 9309 names them outside of its
    rules). on_file: told each file before it is fetched. Raises FeedError, and what ``get`` raises for the first
    file; a listed file that cannot be had is passed over and named to ``on_file`` with the reason.
    """
    seen: set[str] = set()
    waiting = [(address, 0)]
    while waiting:
        url, depth = waiting.pop(0)
        if url in seen or len(seen) >= MAX_FILES:
            continue
        seen.add(url)
        on_file(url)
        read = _robots_entries if url.endswith("/robots.txt") else entries
        try:
            for entry in read(get(url), url):
                if entry.kind == "page":
                    yield entry
                elif depth < MAX_DEPTH and len(waiting) < MAX_FILES:
                    waiting.append((entry.url, depth + 1))
        except PressmarkError as error:
            if depth == 0:
                raise
            on_file(f"{url} passed over: {error}")


def _forget(element: "etree._Element") -> None:
    """Let go of an element that was read, and of those before it: a file's entries are never all in memory."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _entry(element: "etree._Element", name: str, base: str) -> Entry | None:
    address = ""
    times: dict[str, str] = {}
    for child in element.iter():
        if not isinstance(child.tag, str) or child is element:
            continue
        local, text = _local(child), (child.text or "").strip()
        if local in _TIMES:
            times.setdefault(local, text)
        elif child.getparent() is not element:
            continue
        elif name in ("url", "sitemap"):
            address = address or (text if local == "loc" else "")
        elif local == "link":
            href = child.get("href", "")
            address = address or (href if href and child.get("rel", "alternate") == "alternate" else text)
        elif local == "guid" and child.get("isPermaLink", "true") != "false" and text.startswith("http"):
            times.setdefault("guid", text)
    address = address or times.pop("guid", "")
    if not address:
        return None
    moment = next((found for each in _TIMES if each in times and (found := _moment(times[each]))), None)
    # xml:base counts, too (RFC 4287, section 2); lxml has it of the element or of what it stands in.
    return Entry(
        _join(_join(base, element.base or ""), address), moment, "sitemap" if name == "sitemap" else "page"
    )


def _join(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:  # no URL at all: whoever takes it will say so
        return address


def _text_entries(body: bytes, base: str) -> Iterator[Entry]:
    lines = [
        line.strip() for line in body.decode("utf-8", "replace").lstrip("\ufeff").splitlines() if line.strip()
    ]
    if not lines or not lines[0].startswith(("http://", "https://")):
        raise NoFeedError(f"{base}: no feed and no sitemap")
    for line in lines:
        yield Entry(line)


def _robots_entries(body: bytes, base: str) -> Iterator[Entry]:
    for line in body.decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() == "sitemap" and value.strip():
            yield Entry(_join(base, value.strip()), kind="sitemap")


def _plain(body: bytes) -> bytes:
    """Unpack a file that is gzip itself (sitemap.xml.gz), as far as it goes."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            return file.read(MAX_BYTES)
    except (OSError, EOFError, zlib.error):
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MAX_BYTES)


def _local(element: "etree._Element") -> str:
    # By hand: QName refuses what the parser lets pass in a broken file, such as ":".
    return element.tag.rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


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

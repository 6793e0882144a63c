"""Reads the entries of feeds (RSS 0.9 to 2.0, RDF, Atom) and sitemaps, from well-formed markup or not."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pressmark.feeds.tags import MAX_VALUE, Tag, Tags, Text
from pressmark.references import resolve

MAX_OPEN = 2000
"""Maximum depth of open elements; deeper ones are passed over."""

MAX_BASE = 2000
"""Maximum characters of a base address, which each nested ``xml:base`` makes longer."""

MAX_FEEDS = 20
"""How many of the feeds that a page names are kept."""

TIMES = (
    "publication_date", "pubdate", "published", "issued", "date", "updated", "modified", "lastmod", "created",
)  # fmt: skip
"""Elements that state a time, the best first; by local name in lower case."""

_ROOTS = ("rss", "feed", "rdf", "urlset", "sitemapindex", "channel")
_ITEMS = {"item": (), "entry": (), "url": ("urlset", "sitemapindex"), "sitemap": ("urlset", "sitemapindex")}
"""Names of items. Some count only inside one of the elements given with them: a feed's picture has a ``url``, too."""

_PAGES = ("html", "head", "body", "title", "meta", "link", "script")
"""Elements that an HTML page may begin with."""

_HTML = ("text/html", "application/xhtml+xml")
_ALTERNATE = ("alternate", "http://www.iana.org/assignments/relation/alternate")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FEED_TYPES = re.compile(r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)\s*(?:;|$)", re.IGNORECASE)


@dataclass(slots=True)
class Found:
    """An entry. url: absolute, or "" if it names none. times: texts, by name in TIMES. at: its offset in the text."""

    name: str
    at: int
    url: str = ""
    times: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """An open element. parts: pieces of its text, None if its text is not needed."""

    name: str
    at: int
    base: str
    attributes: dict[str, str]
    parts: list[str] | None = None


@dataclass(slots=True)
class _Item:
    """An item that is being read. link: its best address so far, with its rank. silent: skipped if it has none."""

    found: Found
    depth: int
    prefix: str
    link: tuple[int, str] | None = None
    silent: bool = False


@dataclass(slots=True)
class Reading:
    """What was found about a document. root: name of its first element. feeds: URLs of the feeds that a page names."""

    root: str = ""
    is_feed: bool = False
    feeds: list[str] = field(default_factory=list)


def read(text: str, base: str, problem: Callable[[int, str], None], reading: Reading) -> Iterator[Found]:
    """Yield the entries of a document in order; ``reading`` then says what kind of document it was.

    base: the document's own address. problem: called with what was not read: its offset in the text, and why.
    """
    tags = Tags(text, problem)
    walk = _Walk(tags, base, problem, reading)
    for each in tags:
        if isinstance(each, Text):
            walk.text(each)
        elif each.closes:
            yield from walk.close(each.name)
        else:
            yield from walk.open(each)
            if (
                each.empty or "href" in each.attributes
            ):  # a link's attributes say everything, whether it is closed or not
                yield from walk.close(each.name)
    yield from walk.end(len(text))


class _Walk:
    def __init__(self, tags: Tags, base: str, problem: Callable[[int, str], None], reading: Reading) -> None:
        self._tags = tags
        self._base = base
        self._problem = problem
        self._reading = reading
        self._stack: list[_Open] = []
        self._count: Counter[str] = Counter()
        self._item: _Item | None = None
        self._passed_over = False
        self._base_told = False

    def open(self, tag: Tag) -> Iterator[Found]:
        prefix, _, local = tag.name.rpartition(":")
        reading = self._reading
        reading.root = reading.root or local
        reading.is_feed = reading.is_feed or local in _ROOTS
        if local == "link" and reading.root in _PAGES:
            self._alternate(tag)
        item = self._item
        if item is not None and tag.name == item.found.name and len(self._stack) == item.depth and item.link:
            yield from self.close(tag.name)  # the item before was not closed
            item = None
            self._start(tag, prefix, silent=True)
        elif item is None and self._is_item(local):
            self._start(tag, prefix)
        if len(self._stack) >= MAX_OPEN:
            if not self._passed_over:
                self._problem(tag.at, f"more than {MAX_OPEN} nested elements: deeper ones are not read")
            self._passed_over = True
            return
        above = self._stack[-1].base if self._stack else self._base
        stated = tag.attributes.get("xml:base")
        opened = _Open(
            tag.name, tag.at, self._within(above, stated, tag.at) if stated else above, tag.attributes
        )
        if self._item is not None and (local in TIMES or local in ("link", "guid", "id", "loc")):
            opened.parts = []
        self._stack.append(opened)
        self._count[tag.name] += 1

    def _within(self, above: str, stated: str, at: int) -> str:
        """Return the base that an element states; "" if it is too long, so that links relative to it stay relative."""
        base = resolve(above, stated)
        if len(base) <= MAX_BASE:
            return base
        if not self._base_told:
            self._problem(
                at, f"an xml:base of more than {MAX_BASE} characters: links relative to it are not resolved"
            )
        self._base_told = True
        return ""

    def _is_item(self, local: str) -> bool:
        within = _ITEMS.get(local)
        return within is not None and (
            not within or not self._stack or any(self._local_is_open(name) for name in within)
        )

    def _local_is_open(self, local: str) -> bool:
        return any(each.name.rpartition(":")[2] == local for each in self._stack[:10])

    def _start(self, tag: Tag, prefix: str, *, silent: bool = False) -> None:
        self._item = _Item(Found(tag.name, tag.at), len(self._stack) + 1, prefix, silent=silent)
        about = tag.attributes.get("rdf:about", "")
        if about.startswith(("http://", "https://")):
            self._item.link = (5, about[:MAX_VALUE])

    def _alternate(self, tag: Tag) -> None:
        said = tag.attributes
        if "alternate" in said.get("rel", "").lower().split() and _FEED_TYPES.match(said.get("type", "")):
            address = resolve(self._base, said.get("href", ""))
            feeds = self._reading.feeds
            if said.get("href") and address not in feeds and len(feeds) < MAX_FEEDS:
                feeds.append(address)

    def text(self, piece: Text) -> None:
        if not self._stack or (parts := self._stack[-1].parts) is None or len(parts) > 100:
            return
        text = self._tags.text[piece.start : min(piece.end, piece.start + MAX_VALUE)]
        parts.append(text if piece.raw else self._tags.plain(text))

    def close(self, name: str) -> Iterator[Found]:
        """Close the innermost open element with this name, and all elements that are open within it."""
        if not self._count[name]:
            return
        while True:
            opened = self._stack.pop()
            self._count[opened.name] -= 1
            yield from self._closed(opened)
            if opened.name == name:
                return

    def end(self, at: int) -> Iterator[Found]:
        """End the document. The address in an element that is still open may be cut off, and is not used."""
        inside = [each.name for each in self._stack if each.name.rpartition(":")[2] in (*_ROOTS, *_ITEMS)]
        if inside:
            self._problem(at, f"the file ends within <{inside[0]}>")
        while self._stack:
            opened = self._stack.pop()
            if opened.parts is None:
                yield from self._closed(opened)

    def _closed(self, opened: _Open) -> Iterator[Found]:
        item = self._item
        if item is None:
            return
        depth = len(self._stack) + 1
        if depth < item.depth or (depth == item.depth and opened.name == item.found.name):
            self._item = None
            if item.link:
                item.found.url = item.link[1]
            if item.link or not item.silent:
                yield item.found
        elif opened.parts is not None:
            self._learn(item, opened, "".join(opened.parts).strip(), direct=depth == item.depth + 1)

    def _learn(self, item: _Item, opened: _Open, text: str, *, direct: bool) -> None:
        prefix, _, local = opened.name.rpartition(":")
        own = prefix == item.prefix
        if local in TIMES:
            if direct or local == "publication_date":
                item.found.times.setdefault(local, text[:MAX_VALUE])
            return
        rank = _rank(
            local,
            opened,
            own=own,
            direct=direct,
            sitemap=item.found.name.rpartition(":")[2] in ("url", "sitemap"),
        )
        address = opened.attributes.get("href") if local == "link" and opened.attributes.get("href") else text
        if local in ("guid", "id") and not (
            text.startswith(("http://", "https://")) or "ispermalink" in opened.attributes
        ):  # most are ids of the site's own, although RSS says that without isPermaLink they are addresses
            return
        address = _CONTROL.sub("", address or "")[:MAX_VALUE].strip()
        if rank is not None and address and (item.link is None or rank < item.link[0]):
            item.link = (rank, resolve(opened.base, address))


def _rank(local: str, opened: _Open, *, own: bool, direct: bool, sitemap: bool) -> int | None:
    """Rank an element as a source of its item's address, 0 the best; None if it is not one."""
    said = opened.attributes
    if sitemap:
        return None if local != "loc" or not direct else (0 if own else 8)
    if local in ("guid", "id"):
        permanent = said.get("ispermalink", "true").strip().lower() != "false"
        return 4 if direct and own and permanent else None
    if local != "link":
        return None
    if not direct:
        return 9 if own and not said else None  # it comes after something that was not closed
    if said.get("href"):
        if said.get("rel", "alternate").strip().lower() not in _ALTERNATE:
            return None
        kind = said.get("type", "text/html").partition(";")[0].strip().lower()
        return (0 if own else 2) if kind in _HTML else 3
    return 0 if own else 6

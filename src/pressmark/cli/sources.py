"""Where the URLs of a push come from: arguments, files, feeds and sitemaps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pressmark.cli import exits
from pressmark.cli.console import note

if TYPE_CHECKING:
    from pressmark.archive.times import Span
    from pressmark.feeds.entries import Document, Entry
    from pressmark.queues.push import Line

_UTF16 = ("\udcff\udcfe", "\udcfe\udcff")
"""How a file in UTF-16 begins, read as UTF-8 with surrogateescape."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources that were named. since: skip entries of feeds and sitemaps that are dated before it."""

    urls: tuple[str, ...]
    file: Path | None
    feeds: tuple[str, ...]
    sitemaps: tuple[str, ...]
    since: "Span | None"

    def lone_file(self) -> Path | None:
        """Return the file if it is the only source and not standard input: only then can a push be resumed."""
        others = self.urls or self.feeds or self.sitemaps
        return self.file if self.file is not None and str(self.file) != "-" and not others else None

    def lines(self, settled: int, unread: Callable[[str], None]) -> Iterator["Line"]:
        """Yield every URL with its place in its source; from the file, only lines after line ``settled``.

        unread: called with a sentence on each part of feeds and sitemaps that was not read. Raises Failure.
        """
        from pressmark.queues.push import Line

        for number, url in enumerate(self.urls, 1):
            yield Line(number, url, "argument")
        for source, found in self._listed(unread):
            for number, entry in enumerate(_read(found), 1):
                if self.since is None or entry.moment is None or entry.moment >= self.since.start:
                    yield Line(number, entry.url, source)
        if self.file is None:
            return
        with click.open_file(str(self.file), "r", encoding="utf-8", errors="surrogateescape") as stream:
            name = "standard input" if str(self.file) == "-" else str(self.file)
            for number, text in enumerate(stream, 1):
                if number == 1 and (text.startswith(_UTF16) or "\0" in text[:200]):
                    raise exits.Failure(
                        f"{name}: not UTF-8 (apparently UTF-16); save it as UTF-8", exits.USAGE
                    )
                if number > settled:
                    yield Line(number, text, name)

    def _listed(self, unread: Callable[[str], None]) -> "Iterator[tuple[str, Iterator[Entry]]]":
        from pressmark.feeds.entries import sitemap

        for feed in self.feeds:
            yield feed, _feed(feed, unread)
        for address in self.sitemaps:
            yield address, sitemap(address, _Getter(address), on_file=note, say=unread)


def _feed(address: str, unread: Callable[[str], None]) -> "Iterator[Entry]":
    """Yield the entries of a feed. If the address is a page that names just one feed, yield those of that feed."""
    from pressmark.feeds.entries import NoFeedError, sitemap

    get = _Getter(address)
    try:
        yield from sitemap(address, get, say=unread)
    except NoFeedError as error:
        if len(error.feeds) != 1 or not error.feeds[0].startswith(("http://", "https://")):
            raise
        note(f"{address} is a page; reading the feed that it names: {error.feeds[0]}")
        yield from sitemap(error.feeds[0], get, say=unread)


def _read(found: "Iterator[Entry]") -> "Iterator[Entry]":
    """Yield the entries. Raises Failure if the document exists but is neither a feed nor a sitemap."""
    from pressmark.feeds.entries import NoFeedError

    try:
        yield from found
    except NoFeedError as error:
        raise exits.Failure(str(error), exits.USAGE, _choose(error.feeds)) from error


def _choose(feeds: tuple[str, ...]) -> str:
    return "choose one: --feed URL" if len(feeds) > 1 else ""


class _Getter:
    """Reads a feed or sitemap that a person named, and the files that it lists.

    A file of this machine is read only if it is the named one. A server of this machine is asked only if it is the
    named one, and only until a server elsewhere has been asked: its answer could name a service here in order to harm
    it. A URL that the guard refuses does not count, as no request is sent.
    """

    def __init__(self, named: str) -> None:
        self._named = named
        self._trusted = True

    def __call__(self, address: str) -> "Document":
        from pressmark.cli.fetching import RefusedError, fetch
        from pressmark.feeds.entries import Document, FeedError
        from pressmark.urls import clean, loopback_address

        if not _is_url(address):
            if address != self._named:
                raise FeedError(f"{address}: neither a URL nor the file that was named")
            try:
                return Document(Path(address).read_bytes(), address)
            except OSError as error:
                raise exits.Failure(f"{address}: {error.strerror}", exits.USAGE) from error
        url = clean(address)
        home = loopback_address(clean(self._named)) if _is_url(self._named) else None
        trusted = self._trusted and loopback_address(url) == home
        cut: list[str] = []
        try:
            body, reached, content_type = fetch(url, named=self._named if trusted else None, cut=cut.append)
        except exits.Failure as error:
            self._trusted = trusted or (self._trusted and isinstance(error, RefusedError))
            raise FeedError(str(error)) from error
        self._trusted = trusted and loopback_address(reached) == home
        return Document(body, reached, content_type, cut[0] if cut else None)


def _is_url(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))


def where(line: "Line") -> str:
    """Return a line's place in words."""
    if line.source == "argument":
        return f"argument {line.number}"
    return f"{line.source}, {'entry' if '://' in line.source else 'line'} {line.number}"

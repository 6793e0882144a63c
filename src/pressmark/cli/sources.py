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
    from pressmark.feeds import Document, Entry
    from pressmark.push import Line

_UTF16 = ("\udcff\udcfe", "\udcfe\udcff")
"""How a file in UTF-16 begins, read as UTF-8 with surrogateescape."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What was named. since: of feeds and sitemaps, only what is dated then or later, or not dated."""

    urls: tuple[str, ...]
    file: Path | None
    feeds: tuple[str, ...]
    sitemaps: tuple[str, ...]
    since: "Span | None"

    def lone_file(self) -> Path | None:
        """The file, if it is all there is: only that can be gone on with."""
        others = self.urls or self.feeds or self.sitemaps
        return self.file if self.file is not None and str(self.file) != "-" and not others else None

    def lines(self, settled: int, unread: Callable[[str], None]) -> Iterator["Line"]:
        """Yield every URL with where it stood; of the file, what is behind line ``settled``.

        unread: told what was not read of feeds and sitemaps.
        """
        from pressmark.push import Line

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
                        f"{name}: not UTF-8 (UTF-16, it seems); save it as UTF-8", exits.USAGE
                    )
                if number > settled:
                    yield Line(number, text, name)

    def _listed(self, unread: Callable[[str], None]) -> "Iterator[tuple[str, Iterator[Entry]]]":
        from pressmark.feeds import sitemap

        for feed in self.feeds:
            yield feed, _feed(feed, unread)
        for address in self.sitemaps:
            yield address, sitemap(address, _get, on_file=note, say=unread)


def _feed(address: str, unread: Callable[[str], None]) -> "Iterator[Entry]":
    """Yield the entries of a feed; of a page that names one feed, those of that feed."""
    from pressmark.feeds import NoFeedError, sitemap

    try:
        yield from sitemap(address, _get, say=unread)
    except NoFeedError as error:
        if len(error.feeds) != 1 or not error.feeds[0].startswith(("http://", "https://")):
            raise
        note(f"{address} is a page; reading the feed that it names: {error.feeds[0]}")
        yield from sitemap(error.feeds[0], _get, say=unread)


def _read(found: "Iterator[Entry]") -> "Iterator[Entry]":
    """Yield the entries. Raises Failure for what is there and is not a feed or sitemap."""
    from pressmark.feeds import NoFeedError

    try:
        yield from found
    except NoFeedError as error:
        raise exits.Failure(str(error), exits.USAGE, _choose(error.feeds)) from error


def _choose(feeds: tuple[str, ...]) -> str:
    return "choose one: --feed URL" if len(feeds) > 1 else ""


def _get(address: str) -> "Document":
    from pressmark.feeds import Document, FeedError

    if not address.lower().startswith(("http://", "https://")):
        try:
            return Document(Path(address).read_bytes(), address)
        except OSError as error:
            raise exits.Failure(f"{address}: {error.strerror}", exits.USAGE) from error
    from pressmark.cli.fetching import fetch

    cut: list[str] = []
    try:
        body, where_from, content_type = fetch(address, cut=cut.append)
    except exits.Failure as error:
        raise FeedError(str(error)) from error
    return Document(body, where_from, content_type, cut[0] if cut else None)


def where(line: "Line") -> str:
    """Say where a line stood."""
    if line.source == "argument":
        return f"argument {line.number}"
    return f"{line.source}, {'entry' if '://' in line.source else 'line'} {line.number}"

"""Finds the earlier captures that the hops of a redirect chain may repeat, and the conditional headers for asking
again.

Each URL of a chain is compared with the latest capture of the same URL: most pages are requested by a URL that
redirects to another (http to https, a name to its www, a short link), and only the last one has the page. That a
payload is the same, or has not changed since, says something about its own URL only.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pressmark.archive.rows import Item
from pressmark.archive.table import earlier_of
from pressmark.errors import ArchiveError, CaptureError, TransientError
from pressmark.http.exchange import Conditions, FetchResult
from pressmark.surt import urlkey
from pressmark.warc.event import Earlier
from pressmark.warc.records import is_not_modified

if TYPE_CHECKING:
    from pressmark.archive.requisite_lists import Listing


@dataclass(slots=True)
class Repeats:
    """The earlier captures of one chain's URLs.

    url: the URL that was pushed. known: the newest rows of its urlkey, newest first, which are those of its
    http, https and www forms too. recent: returns the newest rows of a URL with another urlkey.
    found: the earlier captures of the URLs that the chain has come to so far, by URL.
    list_of: returns the requisite list of a page's earlier captures, from their rows; None if no requisites are wanted.
    lists: what it returned, by URL.
    """

    url: str
    known: Iterable[Item]
    recent: Callable[[str], Iterable[Item]]
    found: dict[str, Earlier] = field(default_factory=dict)
    list_of: "Callable[[Iterable[Item]], Listing | None] | None" = None
    lists: "dict[str, Listing]" = field(default_factory=dict)

    def conditions(self, url: str) -> Conditions | None:
        """Return the validators for the chain's next request, or None; add its earlier capture to ``found``."""
        if url not in self.found:
            rows = list(self._rows(url))
            earlier = earlier_of(url, rows)
            if earlier is None:
                return None
            self.found[url] = earlier
            if self.list_of is not None and (
                listing := self.list_of(row for row in rows if row["url"] == url)
            ):
                self.lists[url] = listing
        earlier = self.found[url]
        # With validators of another URL, a 304 could not be told from one that nobody asked for. A page whose reading
        # failed is requested whole, and so is one whose requisites are not known: a 304 has no body to read.
        if self.list_of is not None and url not in self.lists:
            return None
        if earlier.url == url and not earlier.unread and (earlier.etag or earlier.last_modified):
            return Conditions(earlier.etag, earlier.last_modified)
        return None

    def unasked(self, result: FetchResult) -> CaptureError | None:
        """Return the error of a 304 that nobody asked for, which has nothing to keep; None for any other page."""
        page = result.exchanges[-1]
        if page.status != 304 or is_not_modified(page, self.found.get(page.url)):
            return None
        reason = "the server answered 304 Not Modified, but there is no earlier capture to compare with"
        return TransientError("invalid-server-response", reason, url=page.url)

    def _rows(self, url: str) -> Iterable[Item]:
        if urlkey(url) == urlkey(self.url):
            return self.known
        try:
            return self.recent(url)
        except ArchiveError:
            return ()  # if a repeat is missed, the page is stored whole once more

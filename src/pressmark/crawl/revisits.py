"""Finds the earlier captures that the hops of a redirect chain may repeat, and the conditional headers for asking
again.

Each URL of a chain is compared with the latest capture of that very URL: most pages are asked for by a URL that
leads to another (http to https, a name to its www, a short link), and it is the last that has the page. Whether a
payload was the same, or has not changed since, says something about its own URL only.
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
    http, https and www forms too. recent: asks for the newest rows of a URL that is filed elsewhere.
    found: the captures that there are, by URL, as far as the chain has come.
    list_of: where requisites are wanted, gives the list of a page's earlier captures by their rows; lists: what it
    gave, by URL.
    """

    url: str
    known: Iterable[Item]
    recent: Callable[[str], Iterable[Item]]
    found: dict[str, Earlier] = field(default_factory=dict)
    list_of: "Callable[[Iterable[Item]], Listing | None] | None" = None
    lists: "dict[str, Listing]" = field(default_factory=dict)

    def conditions(self, url: str) -> Conditions | None:
        """Return what the next URL of the chain is to be asked with, None for nothing; notes its earlier capture."""
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
        # What stands under another URL could not be told from a 304 that nobody asked for. A page whose reading failed
        # is asked for whole, and so is one of which nobody knows what it needs: a 304 has nothing to read.
        if self.list_of is not None and url not in self.lists:
            return None
        if earlier.url == url and not earlier.unread and (earlier.etag or earlier.last_modified):
            return Conditions(earlier.etag, earlier.last_modified)
        return None

    def unasked(self, result: FetchResult) -> CaptureError | None:
        """Return the error of a page that is a 304 nobody asked for: there is nothing in it to keep."""
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

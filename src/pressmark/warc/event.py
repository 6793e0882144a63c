"""One capture event: what was asked, what came, and the article that was read from it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pressmark.errors import CaptureError
from pressmark.http.exchange import Exchange
from pressmark.queues.message import CaptureRequest

if TYPE_CHECKING:  # few pages have any, and a cold start need not load it
    from pressmark.warc.requisites import Listed


@dataclass(frozen=True, slots=True)
class Earlier:
    """The latest capture of the same URL that is a full response: what a revisit refers to.

    url, captured, digest: WARC-Target-URI, WARC-Date and WARC-Payload-Digest of that response.
    warc, offset, length: its place.
    etag, last_modified: its validators, for a conditional request.
    article: the article fields of its row, for a page that has not changed. unread: whether it is HTML and has none.
    elsewhere: whether a response from any URL may be a repeat of it: only its payload is compared. Then ``warc`` is
        empty if it is in the same event as the repeat.
    """

    url: str
    captured: str
    digest: str | None
    warc: str
    offset: int
    length: int
    etag: str | None = None
    last_modified: str | None = None
    article: dict[str, Any] = field(default_factory=dict)
    unread: bool = False
    elsewhere: bool = False


@dataclass(slots=True)
class Capture:
    """Everything that goes into the WARC for one capture event.

    purpose: ``page`` for what was asked for, ``robots`` for a robots.txt fetched on the way, ``requisites`` for what
        a page needs to be seen: then ``requisites`` is not None, and exchanges are of many redirect chains.
    started: when work on it began, aware UTC; the date of a capture that got no answer at all.
    error: why the page is not whole, or None.
    article: ``Article.to_dict()`` without the text. text: the article's text. read: ``part`` if they were
        read from only a part of the page.
    earlier: the captures that its hops may turn out to repeat, each by its URL.
    """

    request: CaptureRequest
    message_id: str
    token: str
    started: datetime
    purpose: Literal["page", "robots", "requisites"] = "page"
    tries: int = 1
    exchanges: list[Exchange] = field(default_factory=list)
    error: CaptureError | None = None
    article: dict[str, Any] | None = None
    text: str | None = None
    read: str | None = None
    earlier: dict[str, Earlier] = field(default_factory=dict)
    requisites: "Listed | None" = None

    def close(self) -> None:
        """Release the memory and disk of the bodies."""
        for exchange in self.exchanges:
            exchange.body.close()

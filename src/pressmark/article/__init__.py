"""What an article says about itself, and its text.

>>> from pressmark.article import extract
>>> article = extract(b"<title>A walk by the sea</title>", "https://example.org/walk")
>>> article.title
'A walk by the sea'
"""

from collections.abc import Callable
from datetime import datetime

from pressmark.article.article import Article, Image, Link
from pressmark.article.choose import weigh
from pressmark.article.page.document import Document
from pressmark.article.page.sniff import require_html

__all__ = ["Article", "Document", "Image", "Link", "extract"]


def extract(
    html: bytes,
    url: str,
    content_type: str | None = None,
    *,
    crawled: datetime | None = None,
    parsed: Callable[[Document], None] | None = None,
) -> Article:
    """Read the article on a page.

    html: the response body without its content encoding; any bytes at all.
    url: the page's absolute URL, against which relative addresses are resolved.
    content_type: the value of the Content-Type header, if there was one; only a byte order mark overrides its charset.
    crawled: when the page was fetched, an aware datetime. A date more than a day later is ignored, and a date without
        a year is the last such day before it.
    parsed: called with the page as soon as it is parsed, for other uses of it.
    Raises :class:`pressmark.errors.ExtractionError` if the body is plainly not HTML (a PDF, an image, a feed, JSON …),
    TypeError for text in place of bytes, ValueError if crawled is naive. Memory and time are bounded for whatever
    :func:`pressmark.reading.copy.cut` leaves of a body.
    """
    if not isinstance(html, bytes):
        raise TypeError(f"html is {type(html).__name__}; give the bytes of the page as they were served")
    if crawled is not None and crawled.utcoffset() is None:
        raise ValueError("crawled has no offset from UTC; give an aware datetime")
    require_html(html, url, content_type)
    document = Document.parse(html, url, content_type)
    if parsed:
        parsed(document)
    return weigh(document, crawled)

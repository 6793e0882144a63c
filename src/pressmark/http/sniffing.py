"""Decides which responses are HTML, so that articles may be read from them (WHATWG MIME Sniffing).

A response whose Content-Type is missing or cannot be read is sniffed: if its body begins like HTML, it is HTML.
"""

import re

from pressmark.charset.detect import from_header
from pressmark.http.decode import decode
from pressmark.http.exchange import Exchange
from pressmark.http.media import UNKNOWN, extract

HTML_TYPES = ("text/html", "application/xhtml+xml")

SNIFFED_BYTES = 1445
"""How many bytes are sniffed: the standard's "resource header"."""

# MIME Sniffing, section 7.1: how HTML without a type begins, after white space. Browsers require a blank or ">" after
# the name, and no byte order mark or XML declaration before it; a page that has these counts as HTML here.
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!--|(?:!doctype\s+html|html|head|script|iframe|h1|div|font|table|a"
    rb"|style|title|b|body|br|p|meta|link|article)[\s/>])",
    re.IGNORECASE,
)


def may_be_html(page: Exchange) -> bool:
    """Whether a response is HTML or has to be sniffed, by its header lines alone."""
    essence = _essence(page)
    return essence in HTML_TYPES or essence in UNKNOWN


def _essence(page: Exchange) -> str:
    found = extract(page.header_all("content-type"))
    return found.essence if found else page.media_type


def html_content_type(page: Exchange) -> str | None:
    """Return the Content-Type to read a page with, None if it is not HTML.

    ``nosniff`` is about code that would run; none runs here, so a page with it is sniffed, too.
    """
    values = page.header_all("content-type")
    found = extract(values)
    essence = found.essence if found else page.media_type
    if essence in UNKNOWN:
        essence = "text/html" if _HTML.match(decode(page, SNIFFED_BYTES).data) else ""
    if essence not in HTML_TYPES:
        return None
    charset = (found and found.charset) or from_header(", ".join(values))
    return f"{essence}; charset={charset}" if charset else essence

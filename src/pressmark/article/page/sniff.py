"""Tells HTML from what is plainly something else."""

import re

from pressmark.errors import ExtractionError

# WHATWG MIME Sniffing Standard, section 6: the patterns of what news sites serve besides HTML.
_MAGIC = (
    (b"%PDF-", "PDF"), (b"\x89PNG\r\n", "PNG"), (b"GIF87a", "GIF"), (b"GIF89a", "GIF"), (b"\xff\xd8\xff", "JPEG"),
    (b"PK\x03\x04", "ZIP"), (b"\x1f\x8b", "gzip"), (b"OggS", "Ogg"), (b"ID3", "MP3"), (b"wOFF", "font"),
    (b"wOF2", "font"), (b"\x00\x00\x01\x00", "icon"), (b"RIFF", "RIFF"), (b"BM", "BMP"), (b"\x1aE\xdf\xa3", "WebM"),
)  # fmt: skip
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})
_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|div|article|p|h1|table|!--)[\s>/]?", re.IGNORECASE
)
# Root elements of other formats that have titles and paragraphs, too: SVG, feeds (RSS 2.0, RFC 4287, RDF), sitemaps.
_OTHER_ROOT = re.compile(
    rb"(?:<\?xml[^>]{0,300}\?>|<!--.{0,600}?-->|<!doctype\s+svg[^>]{0,300}>|\s++){0,20}+"
    rb"<(svg|rss|feed|rdf:rdf|urlset|sitemapindex|opml)[\s>]",
    re.IGNORECASE | re.DOTALL,
)


def require_html(body: bytes, url: str, content_type: str | None = None) -> None:
    """Raise ExtractionError unless the body is, or may pass for, HTML.

    A Content-Type of HTML is believed, and a missing one accepted, unless the bytes have another format's signature or
    root element. Any other type is accepted only if the first kilobyte has HTML markup.
    """
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\0") if body[:1] != b"\0" else body[:1024]
    marked = _MARKUP.search(start) is not None
    for magic, name in _MAGIC:
        if body.startswith(magic) and not marked:
            raise ExtractionError(f"the body is {name}, not HTML", url=url)
    named = (content_type or "").split(";", 1)[0].strip().lower()
    if other := _OTHER_ROOT.match(start):
        root = other[1].decode().lower()
        if root != "svg" or named not in _HTML_TYPES:  # a fragment of a page may begin with its drawings
            raise ExtractionError(f"the body is {root}, not HTML", url=url)
    if not named or named in _HTML_TYPES or marked:
        return
    if named in ("text/plain", "application/octet-stream", "unknown/unknown") and not start:
        return
    raise ExtractionError(f"Content-Type is {named[:100]!r}, not HTML", url=url)

"""What the article's text links to: in its paragraphs, and in the "read more" lines between them."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from pressmark.article.page.addresses import is_plain
from pressmark.article.text.column import is_linked
from pressmark.article.text.model import Page, ReadMore
from pressmark.article.text.words import visible_size

MAX_OUTLINKS = 200
MAX_READ_MORE = 50
MAX_URL = 2_000
_PROMISES = frozenset(
    {
        "",
        "related",
        "recommend",
        "recirc",
        "teaser",
        "read-more",
        "readmore",
        "see-also",
        "read-also",
        "more-from",
        "aside",
    }
)
_SHARING = ("/sharer", "/share?", "/intent/", "share-offsite", "wa.me/", "t.me/share", "whatsapp.com/send")


def absolute(href: str, base: str) -> str | None:
    """An http(s) URL without fragment, or None if it is not the address of another page."""
    if not href or href.startswith("#") or len(href) > MAX_URL:
        return None
    if is_plain(href):
        return href.partition("#")[0]
    try:
        url = urljoin(base, href)
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or any(ch.isspace() for ch in url):
        return None
    return url.partition("#")[0]


def outlinks(page: Page, kept: Iterable[int], base: str) -> tuple[str, ...]:
    """Distinct addresses linked from the article's own paragraphs, in order; at most ``MAX_OUTLINKS``."""
    found: dict[str, None] = {}
    own = base.partition("#")[0]
    for i in kept:
        for link in page.blocks[i].links:
            url = absolute(link.href, base)
            if url and url != own:
                found[url] = None
                if len(found) >= MAX_OUTLINKS:
                    return tuple(found)
    return tuple(found)


def read_more(page: Page, chosen: int, kept: list[int], base: str) -> tuple[ReadMore, ...]:
    """Links to other articles on lines of their own between the paragraphs; at most ``MAX_READ_MORE``."""
    if not kept or chosen < 0:
        return ()
    text = set(kept)
    own = base.partition("#")[0]
    found: dict[str, ReadMore] = {}
    for i in range(kept[0], min(page.nodes[chosen].last, kept[-1] + 8)):
        block = page.blocks[i]
        if i in text or not is_linked(block) or not 1 <= len(block.links) <= 2:
            continue
        if any(page.nodes[k].flag not in _PROMISES for k in page.ancestors(block.node) if k > chosen):
            continue
        link = max(block.links, key=lambda item: len(item.text))
        url = absolute(link.href, base)
        if (
            url is None
            or url == own
            or not _says_something(link.text)
            or any(mark in url for mark in _SHARING)
        ):
            continue
        found.setdefault(url, ReadMore(link.text[:500], url))
        if len(found) >= MAX_READ_MORE:
            break
    return tuple(found.values())


def _says_something(text: str) -> bool:
    """Whether a link's text is a headline and not a label ("View more")."""
    return len(text.split()) > 3 or visible_size(text) > 30

"""The table's items of an event of requisites: one for the page's list, and none for each requisite.

A page has dozens of requisites. A row for each would cost ten times what the page costs, so the table only says where
their list is (:mod:`pressmark.warc.requisites`): under the site of the page, at its time, with a short hash of each
URL. If pages of one site use something on another, one *link* item says so for good. So whoever looks for a URL knows
which sites' lists may have it. docs/table.md shows the queries.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pressmark import surt
from pressmark.archive.keys import capture_key, term_key
from pressmark.warc import requisites

if TYPE_CHECKING:
    from pressmark.warc.stored import StoredCapture

KIND = "requisites"
"""Items of lists stand in the partition ``requisites=SITE``, of the page's site."""

LINKS = "requisites-on="
"""Links stand in the partition ``requisites-on=SITE``, of the requisites' site; the sort key is the pages' site."""

HASH_BYTES = 3
"""Bytes of each URL's hash: one of 16 million other URLs makes a reader open a list in vain."""

MANY, MANY_HASH_BYTES = 120, 2
"""If there are more URLs, hashes are shorter, so that nine of ten items take one write unit (1 KB); then it is one of
65,536."""

MOST_HASHES = 450
"""With more URLs an item has no hashes: any URL may be in the list. Pressmark's own lists have fewer."""

MOST_LINKS = 50
"""Sites that one page is linked from, those with most of its requisites. On 123 news pages, 8 is the most."""

Item = dict[str, Any]


def partition(url: str) -> str:
    """Return the partition with the items of lists of pages on a URL's site."""
    return f"{KIND}={_site(url)}"


def key_of(page: Mapping[str, Any]) -> dict[str, str]:
    """Return the primary key of the item that leads to the list of a page. page: its row."""
    return term_key(KIND, _site(page["url"]), capture_key(page["url"], page["captured"]))


def items(stored: "StoredCapture") -> list[Item]:
    """Return the items of an event of requisites: that of its list, then the links.

    Raises ValueError if it does not name its page.
    """
    found = requisites.read(stored.metadata, warc=stored.warc, offset=stored.meta_offset)
    page: Item = {"url": found.page.url, "captured": found.page.captured}
    told = {
        "count": len(found.lines),
        "bytes": sum(line.get("size", 0) for line in found.lines if "before" in line),
        "left_out": found.left_out_count,
    }
    place = {"warc": stored.warc, "offset": stored.meta_offset, "length": stored.meta_length}
    item = page | key_of(page) | place | {name: value for name, value in told.items() if value}
    item |= packed(line["url"] for line in found.lines)
    here = _site(page["url"])
    there = Counter(site for line in found.lines if (site := _site(line["url"])) != here)
    return [item, *({"site": LINKS + site, "capture": here} for site, _ in there.most_common(MOST_LINKS))]


def is_link(item: Mapping[str, Any]) -> bool:
    """Whether an item is a link. It belongs to no single page: any number of pages share it, and it is never wrong."""
    return str(item["site"]).startswith(LINKS)


def links_to(url: str) -> str:
    """Return the partition with the sites whose pages have something on a URL's site."""
    return LINKS + _site(url)


def linked(link: Mapping[str, Any]) -> str:
    """Return the partition of the lists that a link leads to."""
    return f"{KIND}={link['capture']}"


def packed(urls: Iterable[str]) -> Item:
    """Return the attributes that say which URLs a list has. URLs with the same urlkey count once."""
    digests = {_digest(url) for url in urls}
    if not digests or len(digests) > MOST_HASHES:
        return {}
    size = HASH_BYTES if len(digests) <= MANY else MANY_HASH_BYTES
    hashes = b"".join(sorted({digest[:size] for digest in digests}))
    found: Item = {"hashes": base64.b64encode(hashes).decode("ascii")}
    return found if size == HASH_BYTES else found | {"hash_bytes": size}


def may_have(item: Item, url: str) -> bool:
    """Whether the list that an item leads to may have a line for a URL with the same urlkey."""
    if "hashes" in item:
        hashes, size = item["hashes"], item.get("hash_bytes", HASH_BYTES)
    elif (
        "urls" in item
    ):  # an item from before there were links: then each site had one, with its own URLs only
        hashes, size = item["urls"], HASH_BYTES
    else:
        return "count" in item
    known, wanted = base64.b64decode(hashes), _digest(url)[:size]
    return any(known[at : at + size] == wanted for at in range(0, len(known), size))


def _site(url: str) -> str:
    return surt.site(surt.urlkey(url))


def _digest(url: str) -> bytes:
    return hashlib.sha1(surt.urlkey(url).encode(), usedforsecurity=False).digest()

"""The table's items of an event of requisites: one for each site that they are on, and none for each of them.

A page has dozens of requisites. A row for each would cost ten times what the page costs, so the table only says where
their list is (:mod:`pressmark.warc.requisites`): under the site of their URLs, at the time of the page, with three
bytes of a hash of each URL. docs/table.md shows the queries.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pressmark import surt
from pressmark.archive.keys import capture_key, term_key
from pressmark.warc import requisites

if TYPE_CHECKING:
    from pressmark.warc.stored import StoredCapture

KIND = "requisites"
"""Items of this kind stand in the partition ``requisites=SITE``."""

HASH_BYTES = 3
"""Of each URL: whoever looks for one opens a list in vain for one of 16 million others."""

Item = dict[str, Any]


def partition(url: str) -> str:
    """Return the partition with the items that may know of a requisite, or of a page's requisites."""
    return f"{KIND}={surt.site(surt.urlkey(url))}"


def key_of(page: Mapping[str, Any]) -> dict[str, str]:
    """Return the primary key of the item that leads to the list of a page. page: its row."""
    return term_key(KIND, surt.site(surt.urlkey(page["url"])), capture_key(page["url"], page["captured"]))


def items(stored: "StoredCapture") -> list[Item]:
    """Return the items of an event of requisites: for the site of the page and for each that a line is on.

    Raises ValueError where it does not say of which page.
    """
    found = requisites.read(stored.metadata, warc=stored.warc, offset=stored.meta_offset)
    page: Item = {"url": found.page.url, "captured": found.page.captured}
    sites: dict[str, list[requisites.Line]] = {surt.site(surt.urlkey(page["url"])): []}
    for line in found.lines:
        sites.setdefault(surt.site(surt.urlkey(line["url"])), []).append(line)
    row = capture_key(page["url"], page["captured"])
    result = []
    for site, lines in sites.items():
        item = page | term_key(KIND, site, row)
        item |= {"warc": stored.warc, "offset": stored.meta_offset, "length": stored.meta_length}
        own = [line for line in lines if "before" in line]
        told = {
            "count": len(lines),
            "bytes": sum(line.get("size", 0) for line in own),
            "urls": packed(line["url"] for line in lines),
            "left_out": found.left_out_count,
        }
        result.append(item | {name: value for name, value in told.items() if value})
    return result


def packed(urls: Iterable[str]) -> str:
    """Return the hashes of URLs as text, each once. URLs with the same urlkey have the same."""
    return base64.b64encode(b"".join(sorted({_hash(url) for url in urls}))).decode("ascii")


def may_have(item: Item, url: str) -> bool:
    """Whether the list that an item leads to may have a line for a URL with the same urlkey."""
    hashes = base64.b64decode(item.get("urls", ""))
    wanted = _hash(url)
    return any(hashes[at : at + HASH_BYTES] == wanted for at in range(0, len(hashes), HASH_BYTES))


def _hash(url: str) -> bytes:
    return hashlib.sha1(surt.urlkey(url).encode(), usedforsecurity=False).digest()[:HASH_BYTES]

"""Pictures that a page names for search engines and social networks; it may not show them itself."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_LD_CHARACTERS = 1024 * 1024
"""A longer block of JSON-LD is not read."""

_NAMES = frozenset(["og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"])


def in_meta(meta: "Element") -> str | None:
    """The reference of OpenGraph's or Twitter's image, if the element names it."""
    name = meta.get("property") or meta.get("name")
    return meta.get("content") if name and name.strip().lower() in _NAMES else None


def in_json_ld(text: str) -> Iterator[str]:
    """Yield the references of the images of a block's nodes. A block that is not JSON names nothing."""
    if '"image"' not in text or len(text) > MAX_LD_CHARACTERS:
        return
    try:
        block = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return
    for node in block if isinstance(block, list) else [block]:
        for each in _with_graph(node):
            yield from _images(each.get("image") if isinstance(each, dict) else None)


def _with_graph(node: Any) -> list[Any]:
    graph = node.get("@graph") if isinstance(node, dict) else None
    return [node, *graph] if isinstance(graph, list) else [node]


def _images(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        address = each.get("url") or each.get("contentUrl") if isinstance(each, dict) else each
        if isinstance(address, str):
            yield address

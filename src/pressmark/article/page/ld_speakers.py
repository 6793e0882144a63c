"""Selects the JSON-LD nodes that describe the page itself, not the other articles that it lists.

These are nodes whose ``url``, ``@id`` or ``mainEntityOfPage`` is the page's own address, and nodes without any address,
articles before everything else. Other articles that a page lists have other addresses.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from pressmark.article.page.ld_blocks import JsonNode

_OTHERS = {"webpage": 3, "itempage": 3, "videoobject": 4, "imagegallery": 2, "mediagallery": 2, "recipe": 2,
           "podcastepisode": 3, "creativework": 3, "collectionpage": 5, "liveblogposting": 0, "claimreview": 2,
           "review": 2, "report": 1, "event": 4, "faqpage": 4, "question": 5, "discussionforumposting": 2,
           "profilepage": 5,
           "audioobject": 4, "searchresultspage": 5, "photograph": 3, "medicalwebpage": 3}  # fmt: skip
_MAX_ITEMS = 200


def types_of(node: JsonNode) -> set[str]:
    """The node's types in lower case, without a vocabulary's address."""
    return {
        t.rsplit("/", 1)[-1].rsplit(":", 1)[-1].rsplit("#", 1)[-1].lower() for t in strings(node.get("@type"))
    }


def rank(types: set[str]) -> int:
    """How well a node of these types describes an article page: 0 best, 9 not at all."""
    ranks = [_OTHERS.get(t, 1 if t.endswith(("article", "posting")) else 9) for t in types]
    return min(ranks, default=9)


def speakers(nodes: Iterable[JsonNode], url: str, canonical: str | None) -> list[JsonNode]:
    """Return up to ten nodes that describe the page, best first. url: the page's; canonical: as the page states it."""
    page = _path(url)
    pages = {page, _path(canonical)} if canonical else {page}
    found: list[tuple[int, int, int, JsonNode]] = []
    seen: set[int] = set()
    for order, node in enumerate(_with_main_entities(nodes)):
        level = rank(types_of(node))
        if level == 9 or id(node) in seen:
            continue
        seen.add(id(node))
        addresses = {_path(a) for a in addresses_of(node)} - {""}
        own = 0 if addresses & pages else 1 if not addresses else 2
        # An article that names another address is another article, unless it is the only one there is.
        found.append((own * 10 + level if own == 2 else level, own, order, node))
    found.sort(key=lambda item: item[:3])
    if not found:
        return []
    strangers = [item for item in found if item[1] == 2]
    others = [item for item in found if item[1] < 2]
    if not any(item[0] <= 2 for item in others):
        articles = [item for item in strangers if item[0] % 10 <= 2]
        others = articles[:1] + others if len(articles) == 1 else others + strangers[:1]
    return [item[3] for item in others[:10]]


def _with_main_entities(nodes: Iterable[JsonNode]) -> Iterator[JsonNode]:
    for node in nodes:
        yield node
        for key in ("mainEntity", "mainEntityOfPage", "subjectOf", "about"):
            for value in as_list(node.get(key))[:3]:
                if not isinstance(value, dict) or "@type" not in value:
                    continue
                if key != "about" or rank(types_of(value)) <= 1:
                    yield value


def addresses_of(node: JsonNode) -> Iterator[str]:
    """The addresses by which a node names itself or its page."""
    for key in ("url", "mainEntityOfPage", "@id"):
        for value in as_list(node.get(key))[:3]:
            if isinstance(value, dict):
                value = value.get("@id") or value.get("url")
            if isinstance(value, str) and len(value) > 1:
                yield value


def _path(url: str | None) -> str:
    """What two addresses of one page share: the path, without host, query, fragment and trailing slash."""
    try:
        return urlsplit((url or "").strip()).path.rstrip("/").lower()
    except ValueError:
        return ""


def as_list(value: Any) -> list[Any]:
    """Return the items of a list; of another value, the value alone; of None, nothing."""
    return value if isinstance(value, list) else [] if value is None else [value]


def strings(value: Any) -> list[str]:
    """The texts in a value that may be a text, a language-tagged text, or a list of these."""
    found = []
    for item in as_list(value)[:_MAX_ITEMS]:
        text = item.get("@value") if isinstance(item, dict) else item
        if isinstance(text, str) and text.strip():
            found.append(text)
        elif isinstance(text, float) and not math.isfinite(text):
            continue  # NaN and Infinity, which JSON does not have, say nothing
        elif isinstance(text, int | float) and not isinstance(text, bool):
            found.append(str(text))
    return found

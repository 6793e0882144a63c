"""Reads the page's JSON-LD: schema.org's Article and its relatives, WebPage, BreadcrumbList, VideoObject.

Which node speaks for the page: the one whose ``url``, ``@id`` or ``mainEntityOfPage`` is the page's own
address, articles before everything else; a list of other articles on the page has other addresses.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from pressmark.article.candidates import JSON_LD, Candidate
from pressmark.article.document import Document
from pressmark.article.ld_blocks import JsonNode

_OTHERS = {"webpage": 3, "itempage": 3, "videoobject": 4, "imagegallery": 2, "mediagallery": 2, "recipe": 2,
           "podcastepisode": 3, "creativework": 3, "collectionpage": 5, "liveblogposting": 0, "claimreview": 2,
           "review": 2, "report": 1, "event": 4, "faqpage": 4, "question": 5, "discussionforumposting": 2,
           "profilepage": 5,
           "audioobject": 4, "searchresultspage": 5, "photograph": 3, "medicalwebpage": 3}  # fmt: skip
_MAX_ITEMS = 200


def read(document: Document) -> Iterator[Candidate]:
    """Candidates from the nodes that speak for the page, the best node first."""
    nodes = speakers(document)
    for node in nodes:
        yield from _node(node)
    for node in document.json_ld:
        types = types_of(node)
        if "breadcrumblist" in types:
            yield from _breadcrumbs(node)
        elif types & {"website"} and (name := _text(node.get("name"))):
            yield Candidate("site_name", name, JSON_LD, "WebSite.name")
    for node in nodes:
        if isinstance(trail := node.get("breadcrumb"), dict):
            yield from _breadcrumbs(trail)


def types_of(node: JsonNode) -> set[str]:
    """The node's types in lower case, without a vocabulary's address."""
    return {
        t.rsplit("/", 1)[-1].rsplit(":", 1)[-1].rsplit("#", 1)[-1].lower()
        for t in _strings(node.get("@type"))
    }


def rank(types: set[str]) -> int:
    """How well a type speaks for an article page: 0 best, 9 not at all."""
    ranks = [_OTHERS.get(t, 1 if t.endswith(("article", "posting")) else 9) for t in types]
    return min(ranks, default=9)


def speakers(document: Document) -> list[JsonNode]:
    """The nodes that describe this page, best first."""
    page = _path(document.url)
    canonical = document.canonical
    pages = {page, _path(canonical)} if canonical else {page}
    found: list[tuple[int, int, int, JsonNode]] = []
    seen: set[int] = set()
    for order, node in enumerate(_with_main_entities(document.json_ld)):
        level = rank(types_of(node))
        if level == 9 or id(node) in seen:
            continue
        seen.add(id(node))
        addresses = {_path(a) for a in _addresses(node)} - {""}
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


def _with_main_entities(nodes: list[JsonNode]) -> Iterator[JsonNode]:
    for node in nodes:
        yield node
        for key in ("mainEntity", "mainEntityOfPage", "subjectOf", "about"):
            for value in _list(node.get(key))[:3]:
                if not isinstance(value, dict) or "@type" not in value:
                    continue
                if key != "about" or rank(types_of(value)) <= 1:
                    yield value


def _addresses(node: JsonNode) -> Iterator[str]:
    for key in ("url", "mainEntityOfPage", "@id"):
        for value in _list(node.get(key))[:3]:
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


def _node(node: JsonNode) -> Iterator[Candidate]:
    types = types_of(node)
    level = rank(types)
    article = level <= 2
    for key in ("headline", "name", "alternativeHeadline"):
        for text in _strings(node.get(key))[:2]:
            # A WebPage's name is its <title>; a video's name may be any video's.
            yield Candidate("title", text, JSON_LD, key if article else f"{min(types)}.{key}")
    for key in ("author", "creator", "contributor"):
        yield from _people(node.get(key), key if article else f"{min(types)}.{key}")
    for key in ("datePublished", "dateCreated", "uploadDate"):
        for text in _strings(node.get(key))[:2]:
            yield Candidate("published", text, JSON_LD, key if article else f"{min(types)}.{key}")
    for text in _strings(node.get("dateModified"))[:2]:
        yield Candidate("modified", text, JSON_LD, "dateModified")
    for text in _strings(node.get("description"))[:1]:
        yield Candidate(
            "description", text, JSON_LD, "description" if article else f"{min(types)}.description"
        )
    yield from _more(node, types, article)


def _more(node: JsonNode, types: set[str], article: bool) -> Iterator[Candidate]:
    for text in _strings(node.get("articleSection"))[:20]:
        yield Candidate("section", text, JSON_LD, "articleSection")
    if article:
        for key in ("keywords", "about", "mentions"):
            for value in _list(node.get(key))[:_MAX_ITEMS]:
                text = _text(value)
                if text:
                    yield Candidate("tag", text, JSON_LD, key, kind=_kind(value))
    for key in ("image", "primaryImageOfPage", "thumbnailUrl", "associatedMedia"):
        yield from _images(node.get(key), key if article else f"{min(types)}.{key}")
    for value in _list(node.get("inLanguage"))[:1]:
        text = value if isinstance(value, str) else _named(value, "identifier", "alternateName", "name")
        if text:
            yield Candidate("language", text, JSON_LD, "inLanguage")
    for key in ("publisher", "sourceOrganization", "copyrightHolder", "isPartOf"):
        for value in _list(node.get(key))[:1]:
            if (text := _named(value, "name")) and (key != "isPartOf" or "website" in types_of(value)):
                yield Candidate("site_name", text, JSON_LD, key)
    for address in [a for a in _addresses(node) if a.startswith("http")][:1]:
        yield Candidate("canonical_url", address, JSON_LD, "url")
    for kind in sorted(types):
        yield Candidate("kind", kind, JSON_LD, "@type")
    for key in ("copyrightNotice", "copyrightHolder", "license", "usageInfo", "discussionUrl"):
        for value in _list(node.get(key))[:1]:
            text = _text(value) or (_named(value, "url", "@id") if isinstance(value, dict) else "")
            if text:
                yield Candidate(_FIELDS[key], text, JSON_LD, key)
    free = node.get("isAccessibleForFree")
    if isinstance(free, bool | str | int):
        yield Candidate("free", str(free), JSON_LD, "isAccessibleForFree")
    for part in _list(node.get("hasPart"))[:5]:
        if isinstance(part, dict) and isinstance(free := part.get("isAccessibleForFree"), bool | str):
            yield Candidate("free", str(free), JSON_LD, "hasPart.isAccessibleForFree")


_FIELDS = {"copyrightNotice": "copyright", "copyrightHolder": "copyright", "license": "licence", "usageInfo": "licence",
           "discussionUrl": "comments_url"}  # fmt: skip


def _people(value: Any, name: str) -> Iterator[Candidate]:
    for person in _list(value)[:50]:
        if isinstance(person, str):
            yield Candidate("author", person, JSON_LD, name)
        elif isinstance(person, dict):
            text = _named(person, "name") or " ".join(
                part for part in (_named(person, "givenName"), _named(person, "familyName")) if part
            )
            for one in _strings(person.get("name"))[:20] or [text]:
                yield Candidate("author", one, JSON_LD, name, kind=_kind(person))


def _images(value: Any, name: str) -> Iterator[Candidate]:
    for image in _list(value)[:20]:
        if isinstance(image, str):
            yield Candidate("image", image, JSON_LD, name)
        elif isinstance(image, dict) and not types_of(image) & {"videoobject", "audioobject"}:
            more = {
                "caption": _named(image, "caption", "description", "name"),
                "credit": _named(
                    image, "creditText", "creator", "author", "copyrightNotice", "copyrightHolder"
                ),
                "width": str(image.get("width", "")),
            }
            for url in (
                _strings(image.get("url")) or _strings(image.get("contentUrl")) or _strings(image.get("@id"))
            )[:3]:
                yield Candidate("image", url, JSON_LD, name, more={k: v for k, v in more.items() if v})


def _breadcrumbs(node: JsonNode) -> Iterator[Candidate]:
    steps: list[tuple[float, str, str]] = []
    for order, step in enumerate(_list(node.get("itemListElement"))[:20]):
        if isinstance(step, dict):
            item = step.get("item")
            text = _named(step, "name") or (_named(item, "name") if isinstance(item, dict) else "")
            url = (
                item
                if isinstance(item, str)
                else _named(item, "@id", "url")
                if isinstance(item, dict)
                else ""
            )
            position = step.get("position")
            try:
                at = float(position) if isinstance(position, str | int | float) else float(order)
            except (ValueError, OverflowError):
                at = float(order)
            if text:
                steps.append((at, text, url))
    for _, text, url in sorted(steps, key=lambda step: step[0]):
        yield Candidate("breadcrumb", text, JSON_LD, "BreadcrumbList", more={"url": url})


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _strings(value: Any) -> list[str]:
    """The texts in a value that may be a text, a language-tagged text, or a list of these."""
    found = []
    for item in _list(value)[:_MAX_ITEMS]:
        text = item.get("@value") if isinstance(item, dict) else item
        if isinstance(text, str) and text.strip():
            found.append(text)
        elif isinstance(text, int | float) and not isinstance(text, bool):
            found.append(str(text))
    return found


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return _named(value, "name", "@value", "headline", "termCode")
    return next(iter(_strings(value)), "")


def _named(value: Any, *keys: str) -> str:
    """The first text under one of the keys, looking into a nested node's name."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    for key in keys:
        inner = value.get(key)
        if isinstance(inner, dict | list) and key != "name":
            inner = next((x.get("name") if isinstance(x, dict) else x for x in _list(inner)[:1]), None)
        text = next(iter(_strings(inner)), "")
        if text:
            return text
    return ""


def _kind(value: Any) -> str:
    return min(types_of(value), default="") if isinstance(value, dict) else ""

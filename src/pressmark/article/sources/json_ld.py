"""Reads the page's JSON-LD: schema.org's Article and its relatives, WebPage, BreadcrumbList, VideoObject."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from pressmark.article.page.candidate import JSON_LD, Candidate
from pressmark.article.page.document import Document
from pressmark.article.page.ld_blocks import JsonNode
from pressmark.article.page.ld_speakers import addresses_of, as_list, rank, strings, types_of

_MAX_ITEMS = 200


def read(document: Document) -> Iterator[Candidate]:
    """Yield candidates from the nodes that describe the page, the best node first."""
    nodes = document.speakers
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


def _node(node: JsonNode) -> Iterator[Candidate]:
    types = types_of(node)
    level = rank(types)
    article = level <= 2
    for key in ("headline", "name", "alternativeHeadline"):
        for text in strings(node.get(key))[:2]:
            # A WebPage's name is its <title>; a video's name may be any video's.
            yield Candidate("title", text, JSON_LD, key if article else f"{min(types)}.{key}")
    for key in ("author", "creator", "contributor"):
        yield from _people(node.get(key), key if article else f"{min(types)}.{key}")
    for key in ("datePublished", "dateCreated", "uploadDate"):
        for text in strings(node.get(key))[:2]:
            yield Candidate("published", text, JSON_LD, key if article else f"{min(types)}.{key}")
    for text in strings(node.get("dateModified"))[:2]:
        yield Candidate("modified", text, JSON_LD, "dateModified")
    for text in strings(node.get("description"))[:1]:
        yield Candidate(
            "description", text, JSON_LD, "description" if article else f"{min(types)}.description"
        )
    yield from _more(node, types, article)


def _more(node: JsonNode, types: set[str], article: bool) -> Iterator[Candidate]:
    for text in strings(node.get("articleSection"))[:20]:
        yield Candidate("section", text, JSON_LD, "articleSection")
    if article:
        for key in ("keywords", "about", "mentions"):
            for value in as_list(node.get(key))[:_MAX_ITEMS]:
                text = _text(value)
                if text:
                    yield Candidate("tag", text, JSON_LD, key, kind=_kind(value))
    for key in ("image", "primaryImageOfPage", "thumbnailUrl", "associatedMedia"):
        yield from _images(node.get(key), key if article else f"{min(types)}.{key}")
    for value in as_list(node.get("inLanguage"))[:1]:
        text = value if isinstance(value, str) else _named(value, "identifier", "alternateName", "name")
        if text:
            yield Candidate("language", text, JSON_LD, "inLanguage")
    for key in ("publisher", "sourceOrganization", "copyrightHolder", "isPartOf"):
        for value in as_list(node.get(key))[:1]:
            if (text := _named(value, "name")) and (key != "isPartOf" or "website" in types_of(value)):
                yield Candidate("site_name", text, JSON_LD, key)
    for address in [a for a in addresses_of(node) if a.startswith("http")][:1]:
        yield Candidate("canonical_url", address, JSON_LD, "url")
    for kind in sorted(types):
        yield Candidate("kind", kind, JSON_LD, "@type")
    for key in ("copyrightNotice", "copyrightHolder", "license", "usageInfo", "discussionUrl"):
        for value in as_list(node.get(key))[:1]:
            text = _text(value) or (_named(value, "url", "@id") if isinstance(value, dict) else "")
            if text:
                yield Candidate(_FIELDS[key], text, JSON_LD, key)
    free = node.get("isAccessibleForFree")
    if isinstance(free, bool | str | int):
        yield Candidate("free", str(free), JSON_LD, "isAccessibleForFree")
    for part in as_list(node.get("hasPart"))[:5]:
        if isinstance(part, dict) and isinstance(free := part.get("isAccessibleForFree"), bool | str):
            yield Candidate("free", str(free), JSON_LD, "hasPart.isAccessibleForFree")


_FIELDS = {"copyrightNotice": "copyright", "copyrightHolder": "copyright", "license": "licence", "usageInfo": "licence",
           "discussionUrl": "comments_url"}  # fmt: skip


def _in_role(person: Any, name: str) -> list[Any]:
    """The people in a Role (schema.org: it repeats the property that it is the value of), or the person itself."""
    inner = person.get(name) if isinstance(person, dict) and "role" in types_of(person) else None
    return as_list(inner)[:50] or [person]


def _people(value: Any, name: str) -> Iterator[Candidate]:
    people = (one for each in as_list(value)[:50] for one in _in_role(each, name))
    for person in islice(people, 50):
        if isinstance(person, str):
            yield Candidate("author", person, JSON_LD, name)
        elif isinstance(person, dict):
            text = _named(person, "name") or " ".join(
                part for part in (_named(person, "givenName"), _named(person, "familyName")) if part
            )
            for one in strings(person.get("name"))[:20] or [text]:
                yield Candidate("author", one, JSON_LD, name, kind=_kind(person))


def _images(value: Any, name: str) -> Iterator[Candidate]:
    for image in as_list(value)[:20]:
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
                strings(image.get("url")) or strings(image.get("contentUrl")) or strings(image.get("@id"))
            )[:3]:
                yield Candidate("image", url, JSON_LD, name, more={k: v for k, v in more.items() if v})


def _breadcrumbs(node: JsonNode) -> Iterator[Candidate]:
    steps: list[tuple[float, str, str]] = []
    for order, step in enumerate(as_list(node.get("itemListElement"))[:20]):
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


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return _named(value, "name", "@value", "headline", "termCode")
    return next(iter(strings(value)), "")


def _named(value: Any, *keys: str) -> str:
    """The first text under one of the keys, looking into a nested node's name."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    for key in keys:
        inner = value.get(key)
        if isinstance(inner, dict | list) and key != "name":
            inner = next((x.get("name") if isinstance(x, dict) else x for x in as_list(inner)[:1]), None)
        text = next(iter(strings(inner)), "")
        if text:
            return text
    return ""


def _kind(value: Any) -> str:
    return min(types_of(value), default="") if isinstance(value, dict) else ""

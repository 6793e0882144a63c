"""Reads the data a page's own program starts from: Next.js, Nuxt, Apollo, Arc Fusion and their like.

Only used if the page has no JSON-LD article: the state is big, it holds other articles, too, and each system
has its own names. The object with most of an article's properties is taken as the article.
"""

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from pressmark.article.page.candidate import STATE, Candidate
from pressmark.article.page.document import Document
from pressmark.article.page.ld_speakers import rank, types_of

MAX_STATE = 3_000_000
"""Longest script that is read, in characters."""

_MAX_OBJECTS = 20_000
_ENOUGH = 3
_MARK = re.compile(
    r"(?:__NEXT_DATA__|__NUXT__|__APOLLO_STATE__|__INITIAL_STATE__|__PRELOADED_STATE__|__INITIAL_DATA__|__DATA__|"
    r"Fusion\.globalContent|__STATE__|__APP_STATE__|initialState)\s*=\s*(?:JSON\.parse\(\s*)?(?=[{\"\[])"
)
_KEYS = {
    "headline": "title", "title": "title", "headlines": "title",
    "byline": "author", "authors": "author", "author": "author", "credits": "author", "contributors": "author",
    "datepublished": "published", "publishedat": "published", "publisheddate": "published", "publishdate": "published",
    "firstpublished": "published", "publicationdate": "published", "displaydate": "published",
    "firstpublishdate": "published", "publishedtime": "published", "published": "published",
    "datemodified": "modified", "updatedat": "modified", "lastupdateddate": "modified", "modifiedat": "modified",
    "lastmodified": "modified", "description": "description", "summary": "description", "standfirst": "description",
    "subheadline": "description", "subheadlines": "description", "section": "section", "primarysection": "section",
    "tags": "tag", "topics": "tag", "keywords": "tag", "body": "body", "articlebody": "body",
}  # fmt: skip
_PLAIN = re.compile(r"[^a-z]")
_TEXT_KEYS = ("name", "title", "text", "label", "basic", "headline", "displayName", "slug")


def read(document: Document) -> Iterator[Candidate]:
    """Candidates from the likeliest object of the page's state; none where JSON-LD has an article."""
    if any(rank(types_of(node)) <= 2 for node in document.speakers):
        return
    best: dict[str, Any] = {}
    score = _ENOUGH - 1
    for state in _states(document):
        for thing in _objects(state):
            fields = {_KEYS[plain] for key in thing if (plain := _PLAIN.sub("", key.lower())) in _KEYS}
            if len(fields) > score and {"title"} < fields and fields & {"published", "body", "author"}:
                best, score = thing, len(fields)
    for key, value in best.items():
        field = _KEYS.get(_PLAIN.sub("", key.lower()))
        if field and field != "body":
            for text in _texts(value, 0):
                yield Candidate(field, text[:10_000], STATE, "tags" if field == "tag" else key)


def _states(document: Document) -> Iterator[Any]:
    for script in document.elements("script"):
        text = script.text or ""
        if not 50 < len(text) <= MAX_STATE:
            continue
        if script.get("id") in ("__NEXT_DATA__", "__NUXT_DATA__"):
            yield _decoded(text.strip())
        elif "src" not in script.attrib and (mark := _MARK.search(text)):
            yield _decoded(text[mark.end() :])


def _decoded(text: str) -> Any:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text)
        if isinstance(value, str):
            value = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return value


def _objects(state: Any) -> Iterator[dict[str, Any]]:
    """The objects of the state, the outer before the inner."""
    queue: deque[Any] = deque([state])
    for _ in range(_MAX_OBJECTS):
        if not queue:
            return
        value = queue.popleft()
        if isinstance(value, dict):
            yield value
            queue.extend(inner for inner in value.values() if isinstance(inner, dict | list))
        elif isinstance(value, list):
            queue.extend(inner for inner in value[:200] if isinstance(inner, dict | list))


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, list) and depth < 3:
        for item in value[:50]:
            yield from _texts(item, depth + 1)
    elif isinstance(value, dict) and depth < 3:
        named = next((value[key] for key in _TEXT_KEYS if isinstance(value.get(key), str)), None)
        if named:
            yield named
        elif "by" in value:  # Arc: credits.by
            yield from _texts(value["by"], depth + 1)

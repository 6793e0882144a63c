"""Reads the application state that a page carries for its scripts: Next.js, Nuxt, Apollo, Arc Fusion, data layers …

It is used only if the page has no JSON-LD article: the state is large, it holds other articles, too, and each system
has its own names. The object with the most properties of an article is taken if its title is the page's.
"""

import re
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pressmark.article.page.candidate import STATE, Candidate
from pressmark.article.page.document import Document
from pressmark.article.page.ld_speakers import rank, types_of
from pressmark.article.page.placement import text_of
from pressmark.article.page.state import states

_MAX_OBJECTS = 20_000
_ENOUGH = 3
_KEYS = {
    "headline": "title", "title": "title", "headlines": "title",
    "byline": "author", "authors": "author", "author": "author", "credits": "author", "contributors": "author",
    "authorname": "author",
    "datepublished": "published", "publishedat": "published", "publisheddate": "published", "publishdate": "published",
    "firstpublished": "published", "publicationdate": "published", "displaydate": "published",
    "firstpublishdate": "published", "publishedtime": "published", "published": "published",
    "datemodified": "modified", "updatedat": "modified", "lastupdateddate": "modified", "modifiedat": "modified",
    "lastmodified": "modified", "description": "description", "summary": "description", "standfirst": "description",
    "subheadline": "description", "subheadlines": "description", "section": "section", "primarysection": "section",
    "tags": "tag", "topics": "tag", "keywords": "tag", "body": "body", "articlebody": "body",
}  # fmt: skip
_WORD = re.compile(r"\w+")
_MAX_HEADS = 5
_LONGEST_KEY = 40
# Prefixes in data layers: "pageAuthor". Their title is that of the title bar, and their date often lacks the time.
_OF_PAGE = re.compile(r"^(?:page|article|content|post|story)(?!body)", re.IGNORECASE)
_DATES = frozenset({"published", "modified"})
_DAY_ONLY = re.compile(r"\d{4}-\d\d-\d\d")
_NOT_OF_PAGE = _DATES | {"title"}
_PLAIN = re.compile(r"[^a-z]")
_TEXT_KEYS = (
    "name",
    "title",
    "text",
    "label",
    "basic",
    "headline",
    "main",
    "rendered",
    "displayName",
    "slug",
)


def read(document: Document) -> Iterator[Candidate]:
    """Yield candidates from the likeliest object of the application state; nothing if JSON-LD has an article."""
    if any(rank(types_of(node)) <= 2 for node in document.speakers):
        return
    heads = [*document.elements("title")[:1], *document.elements("h1")[:_MAX_HEADS]]
    said = {word for head in heads for word in _words(text_of(head))}
    best: dict[str, Any] = {}
    score = _ENOUGH - 1
    for state in states(document, "itle", "eadline"):
        for thing in _objects(state):
            if len(thing) <= score:
                continue
            fields = {field for key in thing if (field := _field(key))}
            article = {"title"} < fields and fields & {"published", "body", "author"}
            if len(fields) > score and article and _is_said(thing, said):
                best, score = thing, len(fields)
    for key, value in best.items():
        field = _field(key)
        if field and field != "body" and (field not in _NOT_OF_PAGE or not _OF_PAGE.match(key)):
            for text in _texts(value, 0):
                if field in _DATES and _DAY_ONLY.fullmatch(text):
                    continue  # the page itself may show the time, and is searched only if no date is stated
                yield Candidate(field, text[:10_000], STATE, "tags" if field == "tag" else key)


@lru_cache(maxsize=2048)
def _field(key: str) -> str:
    """The field that a key of the application state stands for, or "". Cached, since all objects have the same keys."""
    plain = _PLAIN.sub("", key[:_LONGEST_KEY].lower())
    return _KEYS.get(plain) or _KEYS.get(_OF_PAGE.sub("", plain), "")


def _is_said(thing: dict[str, Any], said: set[str]) -> bool:
    """Whether the page's headings have most words of a title of this object, or have no words at all."""
    titles = (value for key, value in thing.items() if _field(key) == "title")
    words = [_words(text) for value in titles for text in _texts(value, 0)]
    return not said or any(len(said & each) * 2 > len(each) for each in words)


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text[:1_000])}


def _objects(state: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of the state, the outer before the inner."""
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

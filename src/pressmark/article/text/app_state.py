"""Article text from the application state that a page carries for its scripts.

Used only if the visible page has no text: on pages that a browser builds from ``__NEXT_DATA__``, Nuxt, Apollo,
Fusion or similar JSON. Nothing here depends on how a framework arranges its data: the paragraphs are the strings of
prose at one place of the structure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pressmark.article.page.state import states
from pressmark.article.text.hints import plain
from pressmark.article.text.words import has_sentence, words_of

if TYPE_CHECKING:
    from pressmark.article.page.document import Document

MAX_VALUES = 300_000
MIN_PROSE = 60  # characters
_CODE = re.compile(r"^(?:https?:|[{\[/])|=>|function\s?\(|\bvar |;\n|\{\{|\}\}")
MOSTLY = 0.7


def state_text(document: Document, about: str = "") -> str:
    """Return paragraphs joined by newlines; "" if no script holds prose on the page's subject.

    ``about``: the page's title and descriptions. A third of their longer words must occur in the text; otherwise the
    strings belong to another article, or to the page's program.
    """
    best, most = "", 0
    wanted = {word for word in words_of(about) if len(word) > 4 or not word.isascii()}
    for state in states(document):
        if len(text := prose(state)) <= most:
            continue
        if wanted and len(wanted.intersection(words_of(text))) * 3 < len(wanted):
            continue
        best, most = text, len(text)
    return best


def prose(data: Any) -> str:
    """Return the strings at the place of a structure with most prose, in order. All items of a list are one place."""
    sizes: dict[tuple[str, ...], int] = defaultdict(int)
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    weights: dict[tuple[str, ...], int] = defaultdict(int)
    stack: list[tuple[Any, tuple[str, ...]]] = [(data, ())]
    for _ in range(MAX_VALUES):
        if not stack:
            break
        value, path = stack.pop()
        if isinstance(value, dict):
            stack.extend((item, (*path[-12:], str(key))) for key, item in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((item, (*path[-12:], "*")) for item in reversed(value))
        elif isinstance(value, str) and len(value) > 1:
            if "<" in value or "&" in value:
                value = plain(value)
            groups[path].append(value)
            sizes[path] += len(value)
            if len(value) >= MIN_PROSE and has_sentence(value) and not _CODE.search(value):
                weights[path] += len(value)
    likely = [path for path, weight in weights.items() if weight > MOSTLY * sizes[path]]
    if not likely:
        return ""
    path = max(likely, key=lambda key: weights[key])
    seen: dict[str, None] = {}
    for value in groups[path]:
        seen.setdefault(value.strip())
    return "\n".join(seen)

"""What the page's metadata say about its text: title, descriptions, whole bodies in structured data."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from pressmark.article.text.model import TextHints

if TYPE_CHECKING:
    from pressmark.article.page.document import Document

MAX_BODY = 300_000
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_BREAKS = re.compile(r"<(?:/?p|br|/?div|/?li|/?h[1-6]|/?ul|/?ol|/?blockquote)\b[^<>]{0,2000}>", re.IGNORECASE)
_META = frozenset(
    {"description", "og:description", "twitter:description", "dc.description", "sailthru.description"}
)


def plain(markup: str) -> str:
    """Return a text from structured data as lines: tags and entities resolved, blank lines dropped."""
    if "&" in markup:
        markup = html.unescape(markup)
    if "<" in markup:
        markup = _TAG.sub("", _BREAKS.sub("\n", markup))
    lines = (" ".join(line.split()) for line in markup.splitlines())
    return "\n".join(line for line in lines if line)


def read_hints(document: Document) -> TextHints:
    """Collect the hints from JSON-LD and the meta elements."""
    bodies: list[str] = []
    descriptions: list[str] = []
    titles: list[str] = []
    for node in document.json_ld:
        body = node.get("articleBody")
        if isinstance(body, str) and body.strip():
            bodies.append(plain(body[:MAX_BODY]))
        if "headline" in node or body:
            for key, values in (("description", descriptions), ("headline", titles)):
                value = node.get(key)
                if isinstance(value, str) and value.strip():
                    values.append(plain(value[:2000]))
    for meta in document.elements("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower()
        content = meta.get("content")
        if not content:
            continue
        if name in _META:
            descriptions.append(content[:2000])
        elif name == "og:title":
            titles.append(content[:500])
    titles += [(bar.text or "")[:500] for bar in document.elements("title")[:1]]
    return TextHints(
        title="\n".join(dict.fromkeys(titles)),
        descriptions=tuple(dict.fromkeys(descriptions)),
        bodies=tuple(bodies),
    )

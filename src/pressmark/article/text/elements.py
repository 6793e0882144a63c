"""HTML elements by what they do to text."""

from __future__ import annotations

# fmt: off
SKIPPED = frozenset({
    "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "video", "audio", "canvas", "map",
    "select", "button", "textarea", "rt", "rp", "annotation", "annotation-xml", "input", "label", "dialog", "menu",
    "nav", "footer", "head", "option", "datalist", "progress", "meter", "source", "track", "picture",
})
"""Elements whose content is never the text of an article."""

BLOCKS = frozenset({
    "html", "body", "address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li",
    "main", "ol", "p", "pre", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "ul", "caption", "colgroup",
})
"""Elements that begin a new paragraph."""
# fmt: on

DRAWN = frozenset({"nav", "footer", "menu", "label", "object", "video", "audio", "canvas", "map"})
"""The skipped elements that may have any content, and are read if they hold the article (``walk.py``)."""

FIGURES = frozenset({"figure"})
EMPHASIS = frozenset({"b", "strong", "em", "i"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
TEXT_TAGS = HEADINGS | {"p", "li", "blockquote"}
"""Elements that usually hold text themselves, while others hold elements."""

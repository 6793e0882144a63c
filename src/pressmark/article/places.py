"""Where on the page an element stands, judged from its ancestors' tags and class names."""

import re
from collections.abc import Collection

from pressmark.article.document import Element

_MAX_CLIMB = 14
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_APART = frozenset({"nav", "aside", "footer", "blockquote", "template"})
_FIGURES = frozenset({"figure", "figcaption"})
_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:comments?|related|teasers?|cards?|bio|sidebar|footer|recommend\w*|newsletter|promo\w*|menu|"
    r"nav\w*|most-?read|popular|trending|headlines|latest|carousel|slider|swiper|more-?(?:on|from|stories|news)|"
    r"outbrain|taboola|widget\w*|modal|breadcrumbs?|river|feed|ticker)(?:$|[\s_-])",
    re.IGNORECASE,
)


def label(element: Element) -> str:
    """The element's class names, id and test id as words, at most 400 characters."""
    words = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('data-testid') or ''}"
    if (role := element.get("data-role")) is not None:
        words = f"{words} {role}"
    return _CAMEL.sub("-", words[:400])


def elsewhere(element: Element, around: Collection[Element], *, figures: bool = True) -> bool:
    """Whether the element stands in a part of the page that is another's: navigation, teasers, comments.

    around: the elements around the headline (:attr:`Document.around_headline`); what holds the headline too is the
        article's, whatever its name. figures: whether a ``figure`` counts as elsewhere.
    """
    parent = element.getparent()
    for _ in range(_MAX_CLIMB):
        if parent is None or parent.tag in ("body", "main", "html") or parent in around:
            return False
        tag = parent.tag
        if tag in _APART or (figures and tag in _FIGURES):
            return True
        if parent.tag != "article" and _OTHERS.search(label(parent)):
            return True
        parent = parent.getparent()
    return False


def text_of(element: Element) -> str:
    """The element's text with a blank wherever a tag stands, so that neighbours do not grow together."""
    pieces = []
    size = 0
    for piece in element.itertext():
        if piece.strip():
            pieces.append(piece)
            size += len(piece)
            if size > 5_000:
                break
    return " ".join(" ".join(pieces).split())

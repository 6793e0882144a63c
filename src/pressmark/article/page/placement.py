"""Where on the page an element is, judged by its ancestors' tags and class names."""

import re
from collections.abc import Callable, Collection
from functools import lru_cache

from lxml import etree

from pressmark.article.page.document import Element

_MAX_CLIMB = 14
_NAMELESS = "  "
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_APART = frozenset({"nav", "aside", "footer", "blockquote", "template"})
_FIGURES = frozenset({"figure", "figcaption"})
_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:comments?|related|teasers?|cards?|bio|(?<!post.)(?<!entry.)(?<!article.)footer|recommend\w*|newsletter|promo\w*|menu|"
    r"nav\w*|most-?read|popular|trending|headlines|latest|carousel|slider|swiper|more-?(?:on|from|stories|news)|"
    r"outbrain|taboola|modal|breadcrumbs?|river|feed|ticker)(?:$|[\s_-])"
)

_ARTICLE = re.compile(r"(?:^|[\s_-])(?:article|post|entry)(?:$|[\s_-])")
_COLUMNS = re.compile(r"(?:^|[\s_-])(?:sidebar|widget\w*)(?:$|[\s_-])")


def named(pattern: re.Pattern[str]) -> Callable[[Element], bool]:
    """Return a test whether a pattern occurs in an element's class names, id or ``data-testid``.

    The names are searched in lower case, with a hyphen between the words of camel case; the first 400 characters count.
    Results are remembered, since a page repeats its names many times.
    """

    @lru_cache(maxsize=1024)
    def occurs(names: str) -> bool:
        return pattern.search(names if names.islower() else _CAMEL.sub("-", names).lower()) is not None

    def test(element: Element) -> bool:
        get = element.get
        names = f"{get('class') or ''} {get('id') or ''} {get('data-testid') or ''}"
        return names != _NAMELESS and occurs(names[:400])

    return test


_LINES = frozenset("a address br dd div dl dt h2 h3 h4 h5 h6 li ol p section td tr ul".split())
_UNSPOKEN = frozenset({"time", "button", "sup", "svg", "script", "style", "noscript"})
_MAX_LINES = 5_000
_is_others = named(_OTHERS)
_is_column = named(_COLUMNS)
_is_article = named(_ARTICLE)


def elsewhere(
    element: Element, around: Collection[Element], *, figures: bool = True, columns: bool = True
) -> bool:
    """Whether an element is in a part of the page that is not the article's: navigation, teasers, comments.

    around: the ancestors of the headline (:attr:`Document.around_headline`), which belong to the article, whatever
        their names. figures: whether a ``figure`` counts as elsewhere. columns: whether a sidebar or a widget does.
    """
    parent = element.getparent()
    for _ in range(_MAX_CLIMB):
        if parent is None or parent.tag in ("body", "main", "html") or parent in around:
            return False
        tag = parent.tag
        if (tag in _APART and not _is_own_footer(parent, around)) or (figures and tag in _FIGURES):
            return True
        if (
            tag != "article"
            and (_is_others(parent) or (columns and _is_column(parent)))
            and not _is_own_footer(parent, around)
        ):
            return True
        parent = parent.getparent()
    return False


def _is_own_footer(element: Element, around: Collection[Element]) -> bool:
    """Whether an element is the article's own footer (HTML Standard, 4.3.9), which may name its author.

    An element of the class ``footer`` is one if its parent is named article, post or entry and holds the headline.
    """
    if element.tag != "footer":
        parent = element.getparent()
        if parent is None or parent not in around:
            return False
        return element.get("class") == "footer" and _is_article(parent)
    article = next(element.iterancestors("article"), None)
    return article is not None and article in around


def text_of(element: Element) -> str:
    """The element's text with a space at each tag, so that words of neighbouring elements stay apart."""
    pieces = []
    size = 0
    for piece in element.itertext():
        if piece.strip():
            pieces.append(piece)
            size += len(piece)
            if size > 5_000:
                break
    return " ".join(" ".join(pieces).split())


def lines_of(element: Element) -> str:
    """The element's text with a line break wherever a reader sees one; times and buttons are left out.

    Links are put on lines of their own, too, and so are elements with nothing between them, as style sheets mostly do.
    """
    pieces: list[str] = []
    size = 0
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walker:
        if event == "start":
            elder = inner.getprevious() if inner is not element else None
            if inner.tag in _LINES or (elder is not None and not elder.tail):
                pieces.append("\n")
            if inner.tag in _UNSPOKEN:
                pieces.append("\n")
                walker.skip_subtree()
            elif text := inner.text:
                pieces.append(text.replace("\n", " "))
                size += len(text)
            continue
        if inner.tag in _LINES:
            pieces.append("\n")
        if inner is not element and (tail := inner.tail):
            pieces.append(tail.replace("\n", " "))
            size += len(tail)
        if size > _MAX_LINES:
            break
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n") if line)
    return "\n".join(line for line in lines if line)

"""Reads the list of topics above or below an article: links to the publisher's pages about topics, or their names."""

import re
from collections.abc import Iterator
from itertools import islice

from pressmark.article.page.candidate import HTML, Candidate
from pressmark.article.page.document import Document, Element
from pressmark.article.page.placement import elsewhere, named, text_of

_PATH = re.compile(  # not joined with _QUERY: a pattern that begins with one certain character is several times faster
    r"/(?:tags?|topics?|keywords?|themen?|themes?|themas?|thematiques?|temas?|temat|temy|emner?|[aä]mne|etiquetas?|"
    r"etiket|etichette|konu|aihe|avainsanat|dossiers?|sujets?|stichwort|schlagwort|schlagworte|argomenti?|"
    r"onderwerp(?:en)?|cimk[eé]k?|tunnisteet|stit(?:ek|ky)|oznak[ae]|term|teg|hashtag)(?:s)?(?:[/?=.]|$)"
)
_QUERY = re.compile(r"[?&](?:tag|topic)=")
_is_labelled = named(
    re.compile(
        r"(?:^|[\s_-])(?:tags?|tag-?list|topics?|keywords?|themen?|temas?|etiquetas?|schlagw\w+|stichw\w+|taxonomy|"
        r"labels)(?:$|[\s_-])"
    )
)
_ALL = re.compile(
    r"/(?:tags?|topics?|themen?|temas?|themes?|dossiers?|argomenti|alle-themen)/?(?:index\.html?)?$"
)
_MAX_LINKS = 3_000
_MAX_CLUSTERS = 30
_MAX_TOPICS = 25
_ENOUGH = 2.0
_WORDS = (
    r"tags?|tagged(?: (?:with|as))?|key ?words?|schlagw(?:orte?|örter)|stichw(?:orte?|örter)|mots[- ]cl[ée]s?|"
    r"etiquetas|"
    r"palabras clave|palavras[- ]chave|parole chiave|trefwoorden|emneord|nyckelord|słowa kluczowe|klíčová slova|"
    r"теги|ключевые слова|ключові слова|キーワード|タグ|关键词|關鍵詞|关键字|标签|標籤|태그|키워드"
)
_LABEL = re.compile(rf"\s{{0,20}}+(?:{_WORDS})\s{{0,3}}(?:[:：]|$)", re.IGNORECASE)
_LISTING = re.compile(rf"\s{{0,20}}+(?:{_WORDS})\s{{0,3}}[:：]\s{{0,20}}(?=\S)", re.IGNORECASE)
_PARTED = re.compile(r"[,;、，；|·•]")
_MAY_LIST = ("p", "div", "li", "span", "strong", "b", "em", "i", "td", "font")
_INLINE = frozenset({"strong", "b", "em", "i", "span", "font"})
_MAX_LINES = 5_000
_LONGEST_LINE = 300
_MAX_WORDS = 5
_A_TERM = 3  # words
_ASKED = ("?", "!", "？", "！")
_is_menu = named(
    re.compile(
        r"(?:^|[\s_-])(?:menu|submenu|navbar|navigation|teasers?|related|popular|trending|most-?read|headlines|carousel|"
        r"tag-?cloud|tag_cloud|breadcrumbs?|(?<!post.)(?<!entry.)(?<!article.)footer|authors?|comments?|recommend\w*)(?:$|[\s_-])"
    )
)


def read(document: Document) -> Iterator[Candidate]:
    """Yield the topics of the article's list, in page order."""
    clusters: dict[Element, list[Element]] = {}
    under_headline = not document.elements("h1")
    for count, element in enumerate(document.root.iter("a", "h1")):
        if count >= _MAX_LINKS:
            break
        if element.tag == "h1":
            under_headline = under_headline or bool(text_of(element))
            continue
        if not under_headline or not _is_topic(element):
            continue
        home = _container(element)
        if home is not None and (home in clusters or len(clusters) < _MAX_CLUSTERS):
            clusters.setdefault(home, []).append(element)
    # The article's own list comes first; later lists are the site's popular topics.
    first = next((home for home, anchors in clusters.items() if _score(home, anchors) >= _ENOUGH), None)
    if first is None:
        return
    for home, anchors in clusters.items():
        # Topics, places and people may be in lists of their own, near each other and of one class.
        if home is first or (
            first.get("class") and home.get("class") == first.get("class") and _near(home, first)
        ):
            for anchor in anchors:
                yield Candidate("tag", text_of(anchor), HTML, "topics")


def spoken(document: Document) -> Iterator[Candidate]:
    """Yield the topics of a line that lists them in words, "Keywords: bees; hives", for pages without another list."""
    for element in islice(document.root.iter(*_MAY_LIST), _MAX_LINES):
        label = _LABEL.match(element.text or "")
        if label is None:
            continue
        inline = element.tag in _INLINE
        line = f"{element.text}{element.tail or ''}" if inline else text_of(element)
        label = _LISTING.match(line[:_LONGEST_LINE])
        if label is None or len(line) > _LONGEST_LINE or elsewhere(element, document.around_headline):
            continue
        listed = line[label.end() :].rstrip()
        topics = [topic.strip(" .") for topic in _PARTED.split(listed)]
        longest = max(len(topic.split()) for topic in topics)
        if listed.endswith(_ASKED) or (longest > _A_TERM and (listed.endswith(".") or len(topics) == 1)):
            continue  # a sentence
        if 0 < len(topics) <= _MAX_TOPICS and longest <= _MAX_WORDS:
            for topic in filter(None, topics):
                yield Candidate("tag", topic, HTML, "label")
            return


def _near(one: Element, other: Element) -> bool:
    above = [a for a, _ in zip(one.iterancestors(), range(2), strict=False)]
    return any(a in above for a, _ in zip(other.iterancestors(), range(2), strict=False))


def _is_topic(anchor: Element) -> bool:
    href = (anchor.get("href") or "")[:300]
    if href.startswith("#") or not href.strip():
        return False  # a button
    # The page of all topics is not a topic.
    return (_leads_to_topic(href) or _is_marked(anchor)) and not _ALL.search(href)


def _leads_to_topic(href: str) -> bool:
    href = href.lower()
    return _PATH.search(href) is not None or ("=" in href and _QUERY.search(href) is not None)


def _rel(anchor: Element) -> list[str]:
    return (anchor.get("rel") or "").lower().split()


def _is_marked(anchor: Element) -> bool:
    if _is_labelled(anchor) or "tag" in _rel(anchor):
        return True
    item = anchor.getparent()
    return item is not None and _is_labelled(item)


def _container(anchor: Element) -> Element | None:
    """The list that a link is in: the first ancestor with another link; None within running text."""
    element = anchor.getparent()
    for _ in range(4):
        if element is None or element.tag in ("body", "main", "article"):
            break
        if element.tag == "p" and len(text_of(element)) > 3 * len(text_of(anchor)) + 40:
            return None
        if element.tag != "li" and sum(1 for _ in zip(element.iter("a"), range(2), strict=False)) > 1:
            return element
        element = element.getparent()
    return anchor.getparent()


def _in_a_menu(anchor: Element) -> bool:
    return any(_is_menu(above) for above, _ in zip(anchor.iterancestors(), range(4), strict=False))


def _score(home: Element, anchors: list[Element]) -> float:
    """How much an element is like the article's list of topics: mostly short topic links, named so, and not a menu."""
    if len(anchors) > _MAX_TOPICS or _in_a_menu(anchors[0]):
        return 0.0
    texts = [text for anchor in anchors if (text := text_of(anchor))]
    if not texts or any(len(text) > 80 for text in texts):
        return 0.0
    links = sum(1 for _ in home.iter("a"))
    share = len(anchors) / max(links, 1)
    if share < 0.6:
        return 0.0
    above = home.getparent()
    labelled = _is_labelled(home) or (above is not None and _is_labelled(above))
    paths = sum(
        _leads_to_topic((anchor.get("href") or "")[:300]) or _rel(anchor) == ["tag"] for anchor in anchors
    )
    return share + min(len(texts), 6) / 6 + (1.0 if labelled else 0.0) + paths / len(anchors)

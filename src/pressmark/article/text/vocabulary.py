"""Names that publishers' page templates give to what is, and what is not, the article.

Class names and ids are written in English nearly everywhere, whatever the language of the page; the few words of
other languages are those that content management systems of several publishers share.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement

from pressmark.article.text.tags import TEXT_TAGS

_FURNITURE = r"""
    related|recommend|recirc|newsletter|(?<![a-z])promo|advert|(?<![a-z])ads?(?![a-z])|adslot|sponsor|share|sharing|social
    |outbrain|taboola|cookie|consent|gdpr|signup|sign-up|most-?read|trending|read-?more|read-?also|see-?also|more-?from
    |more-?on(?![a-z])|byline|copyright|photo-?credit|image-?credit|caption|donat(?:e|ion)|disclaimer|author(?!i)|print-?only
    |visually-?hidden|screen-?reader|sr-only
"""
_PLACES = r"""
    (?P<comment>comment(?!ary|ator)|kommentar|comentario|forum-(?:message|texte|fil)|disqus|reacties)|sidebar|footer|(?<![a-z])nav(?![a-z])|navbar|navigation|menu|breadcrumb|(?<![a-z])tags?(?![a-z])|tag-?list|tagbox
    |credit|subscri|login|registration|widget|teaser|popular|(?<![a-z])polls?(?![a-z])|quiz|podcast|video-?player|gallery
    |slideshow|carousel|toolbar|pagination|pager|banner|modal|popup|overlay|lightbox|tooltip|rating|feedback|timestamp
    |dateline|publish-|pub-?date|(?<![a-z])meta(?![a-z])|kicker|eyebrow|info-?box|fact-?box|pull-?quote|correction
    |follow-|embed-?consent|audio-?player|paywall__|expandable
"""
_ON_TEXT = re.compile(_FURNITURE + "|(?P<comment>comment-(?:text|body|content))", re.VERBOSE | re.IGNORECASE)
_ON_BOXES = re.compile(_FURNITURE + "|" + _PLACES, re.VERBOSE | re.IGNORECASE)
_STANDFIRST = re.compile(
    r"""standfirst|(?<![a-z])lead(?![a-z])|(?<![a-z])lede|(?<![a-z])dek(?![a-z])|deck(?![a-z])|sub-?title|sub-?head|summary
    |excerpt|intro(?![a-z])|chapo|vorspann|sapo|entradilla|bajada|ingress|manchet|perex|abstract|synopsis|description|preface
    |preamble|teaser""",
    re.VERBOSE | re.IGNORECASE,
)
# The codes that social networks hand out for embedding one of their posts in somebody else's page.
_EMBED = re.compile(
    r"twitter-(?:tweet|video)|instagram-media|tiktok-embed|bluesky-embed|fb-post|reddit-embed|mastodon-embed"
)
# What a post is filed under, as WordPress and others write it into the class of the article itself.
_TAXONOMY = re.compile(
    r"(?<!\S)(?:tag|category|post|type|status|format|term|topic|section|has|no|without)-\S+"
)
_DISPLAY_NONE = re.compile(r"display\s{0,9}:\s{0,9}none")


@lru_cache(maxsize=8192)
def _furniture(label: str, on_text: bool) -> str:
    if _EMBED.search(label):
        return "embed"
    label = _TAXONOMY.sub("", label)
    found = (_ON_TEXT if on_text else _ON_BOXES).search(label)
    if found is None:
        return ""
    return "comment" if found["comment"] else found.group().lower()


@lru_cache(maxsize=8192)
def names_standfirst(label: str) -> bool:
    """Whether a class or id names the paragraph under the headline."""
    return _STANDFIRST.search(label) is not None


def flag_of(tag: str, label: str, element: HtmlElement) -> str:
    """Why an element is probably not the article's text, or an empty string."""
    if tag == "aside":
        return "aside"
    if tag in ("html", "body", "main"):
        return ""
    on_text = tag in TEXT_TAGS
    if label and (name := _furniture(label, on_text)):
        return name
    if element.get("hidden") is not None or (not on_text and element.get("aria-hidden") == "true"):
        return "hidden"
    style = element.get("style")
    if style and "none" in style and _DISPLAY_NONE.search(style):
        return "hidden"
    return ""

"""Names that publishers' page templates give to what is, and what is not, the article."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement

_NEGATIVE = re.compile(
    r"""related|recommend|newsletter|(?<![a-z])promo|advert|(?<![a-z])ads?(?![a-z])|adslot|sponsor|share|sharing|social
    |comment|sidebar|footer|(?<![a-z])nav(?![a-z])|navbar|navigation|menu|breadcrumb|byline|author|(?<![a-z])tags?(?![a-z])
    |caption|credit|copyright|outbrain|taboola|cookie|consent|gdpr|subscri|signup|sign-up|login|registration|widget|teaser
    |most-?read|trending|popular|read-?more|read-?also|see-?also|more-?from|more-?on|poll(?![a-z])|quiz|podcast|video-?player
    |gallery|slideshow|carousel|toolbar|pagination|pager|banner|modal|popup|overlay|lightbox|tooltip|print-?only
    |screen-?reader|sr-only|visually-?hidden|disclaimer|rating|feedback|timestamp|dateline|publish|meta(?![a-z])|kicker|eyebrow
    |infobox|factbox|fact-box|pull-?quote|correction|donat|contribut|follow""",
    re.VERBOSE | re.IGNORECASE,
)
_STANDFIRST = re.compile(
    r"""standfirst|(?<![a-z])lead(?![a-z])|(?<![a-z])lede|(?<![a-z])dek(?![a-z])|deck|sub-?title|sub-?head|summary|excerpt|intro|chapo|vorspann
    |sapo|entradilla|bajada|ingress|manchet|perex|abstract|synopsis|description|spot""",
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _negative(label: str) -> str:
    found = _NEGATIVE.search(label)
    return found.group().lower() if found else ""


@lru_cache(maxsize=4096)
def is_standfirst_name(label: str) -> bool:
    """Whether a class or id names the paragraph under the headline."""
    return _STANDFIRST.search(label) is not None


def flag_of(tag: str, label: str, element: HtmlElement) -> str:
    """Why an element is probably not the article's text, or an empty string."""
    if tag == "aside":
        return "aside"
    if tag in ("html", "body", "main"):
        return ""
    if label != " " and (name := _negative(label)):
        return name
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return "hidden"
    style = element.get("style")
    if style and "none" in style and re.search(r"display\s*:\s*none", style):
        return "hidden"
    return ""

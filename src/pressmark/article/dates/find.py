"""Dates in the visible page, its attributes, its scripts and its address, for pages whose metadata gives none.

One XPath query collects, in page order, what may hold a date; each find is weighed by what the markup and the
words beside it call it, by how near the headline it stands, and by whether it belongs to something else on the
page (comments, teasers, footers).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import lxml.etree

from pressmark.article.dates.candidate import DateCandidate, Kind
from pressmark.article.dates.folding import fold
from pressmark.article.dates.hints import Hints
from pressmark.article.dates.labels import class_kind, elsewhere, label_kind
from pressmark.article.dates.parse import MAX_CHARACTERS, find_in_text, parse_hinted
from pressmark.article.dates.partial import PartialDate, Precision
from pressmark.article.dates.url import date_in_url
from pressmark.article.document import Document

MAX_SPOTS = 600
"""How many places of a page are looked at; a date beyond the first so many is not found."""

_MAX_SCRIPT = 2_000_000
_ANCESTORS = 12
_ELEMENTS_ELSEWHERE = frozenset({"footer", "nav", "aside", "select", "option"})

# Text that may hold a date: a year of this century or the last in the digits of some script, or d.m.y with
# short years.
_YEARS = ("20", "19", "٢٠", "२०", "২০", "๒๕", "۲۰", "۱۴", "25", "年", "년")
_DATED = " or ".join(f"contains(., '{year}')" for year in _YEARS)
_SHORT = "translate(., '0123456789/', '##########.')"
_SPOTS = lxml.etree.XPath(
    "//h1 | //h2 | //time | //abbr[@title]"
    " | //*[starts-with(@itemprop, 'date') or contains(@property, 'date') or @pubdate]"
    " | //body//*[@data-timestamp or @data-time or @data-date or @data-datetime or @data-published or @data-utime"
    " or @data-pubdate or @data-publish-date or @data-publishdate or @data-published-date or @data-epoch or"
    " @data-created or @data-modified or @data-updated]"
    " | //body//*[contains(@class, 'date') or contains(@class, 'Date') or contains(@class, 'publi') or"
    " contains(@id, 'date') or contains(@class, 'time') or contains(@class, 'byline') or contains(@class, 'datum') or"
    " contains(@class, 'fecha') or contains(@class, 'posted') or contains(@class, 'Time')]"
    f" | //body//text()[string-length(.) < 2000 and not(parent::script or parent::style) and ({_DATED}"
    f" or contains({_SHORT}, '##.##.##'))]",
)
_DATA = (
    "data-published", "data-publish-date", "data-publishdate", "data-published-date", "data-pubdate", "data-created",
    "data-datetime", "data-timestamp", "data-date", "data-time", "data-utime", "data-epoch", "data-modified", "data-updated",
)  # fmt: skip
_SCRIPTED = re.compile(
    r"""["']?\b(date_?published|published_?(?:at|date|time|on)?|publish_?(?:date|time|ed_?at)|pub_?date|first_?published(?:_?at|_?date)?"""
    r"""|publication_?date|article_?date|date_?created|created_?(?:at|date|time)|creation_?date|display_?date|posted_?(?:at|on|date)"""
    r"""|date_?modified|modified_?(?:at|date)?|updated_?(?:at|date)?|last_?modified)["']?\s{0,3}[:=]\s{0,3}["']?([^"'<>;{}\n]{6,40})""",
    re.IGNORECASE,
)


def find_dates(document: Document, *, crawled: datetime | None = None) -> list[DateCandidate]:
    """Every date of the page that could be the article's, the likeliest first.

    crawled: aware time of the capture; what lies more than a day after it is not listed.
    """
    hints = page_hints(document)
    candidates = [*_visible(document, hints, crawled), *_scripted(document, hints, crawled)]
    in_url = date_in_url(document.url)
    if in_url is not None:
        day = in_url.precision is Precision.DAY
        candidates.append(DateCandidate(in_url, "published", "url", "path", 0.7 if day else 0.2))
    kept = [c for c in candidates if plausible(c.value, crawled)]
    return sorted(kept, key=lambda c: -c.confidence)


def page_hints(document: Document) -> Hints:
    """Language and country of a page, from its html element and its address."""
    return Hints.of([document.language] if document.language else [], document.url)


def plausible(value: PartialDate, crawled: datetime | None) -> bool:
    """Whether a page on the web can bear this date: from 1990 on, and at most a day after the capture."""
    if value.moment.year < 1990:
        return False
    return crawled is None or (value.utc() - crawled).total_seconds() <= 86_400


def _visible(document: Document, hints: Hints, crawled: datetime | None) -> Iterator[DateCandidate]:
    spots: list[Any] = _SPOTS(document.root)
    headline = _headline(document, spots)
    own = document.url.split("#")[0].rstrip("/")
    seen: set[Any] = set()
    after = 0
    contexts: dict[Any, float] = {}
    for index, spot in enumerate(spots[:MAX_SPOTS]):
        if isinstance(spot, str):
            parent = spot.getparent()
            element = parent.getparent() if spot.is_tail and parent is not None else parent
            reading = None if element is None or element in seen else _read_text(spot, parent, hints, crawled)
        else:
            element = spot
            reading = _read_element(spot, hints, crawled)
            if reading:
                seen.add(spot)
                seen.update(spot.iterdescendants())
        if reading is None:
            continue
        value, kind, source, where, confidence = reading
        confidence += _context(element, own, contexts)
        if headline is not None:
            if index > headline:
                confidence += max(0.0, 0.15 - 0.04 * after)
                after += 1
            elif index < headline - 6:
                confidence -= 0.1
        yield DateCandidate(value, kind, source, where, max(0.01, min(1.0, confidence - index * 1e-5)))


_Reading = tuple[PartialDate, Kind, str, str, float]


def _read_element(element: Any, hints: Hints, crawled: datetime | None) -> _Reading | None:
    tag = element.tag
    if tag in ("h1", "h2"):
        return None
    names = _names(element)
    prop = (element.get("itemprop") or element.get("property") or "").lower()
    for attribute in ("datetime", "content", "title", *_DATA):
        text = element.get(attribute)
        if not text or len(text) > MAX_CHARACTERS:
            continue
        value = parse_hinted(text, hints, crawled)
        if value is None or value.precision < Precision.DAY:
            continue
        kind, confidence = _kind(f"{prop} {names} {attribute[5:] if attribute.startswith('data-') else ''}")
        if prop.startswith("date"):
            return (
                value,
                kind,
                "microdata",
                f"{tag}[itemprop={prop}]",
                0.8 if kind == "published" else confidence,
            )
        if kind == "unknown" or confidence < 0.5:
            label = label_kind(_text_before(element))
            kind, confidence = _labelled(label, kind, confidence)
        if tag == "time":
            confidence += 0.1
        return _with_visible_offset(value), kind, "html", f"{tag}[{attribute}]", confidence
    text = _short_text(element)
    if not text:
        return None
    found = find_in_text(text, hints, crawled)
    if not found:
        return None
    first = found[0]
    folded = fold(text)
    kind, confidence = _kind(f"{prop} {names}")
    label = label_kind(folded[: first.start]) or label_kind(_text_before(element))
    kind, confidence = _labelled(label, kind, confidence)
    if tag == "time":
        confidence += 0.1
    rest = len(folded) - (first.end - first.start)
    if rest > 60:
        confidence -= 0.1
    return first.value, kind, "html", f"{tag}.{names.split(' ')[0]}" if names else tag, confidence


def _read_text(text: Any, parent: Any, hints: Hints, crawled: datetime | None) -> _Reading | None:
    stripped = text.strip()
    if len(stripped) < 6:
        return None
    long = len(stripped) > MAX_CHARACTERS
    found = [f for f in find_in_text(stripped, hints, crawled) if not (f.loose and len(stripped) > 30)]
    if not found:
        return None
    first = found[0]
    folded = fold(stripped[:MAX_CHARACTERS])
    label = label_kind(folded[: first.start]) or label_kind(_text_before(parent) if not text.is_tail else "")
    kind, confidence = _labelled(label, "unknown", 0.35)
    rest = len(stripped) - (first.end - first.start)
    if long or rest > 60:
        confidence = min(confidence, 0.3) - 0.1
    return first.value, kind, "text", parent.tag if isinstance(parent.tag, str) else "text", confidence


def _kind(names: str) -> tuple[Kind, float]:
    match class_kind(names.lower()):
        case "published":
            return "published", 0.65
        case "modified":
            return "modified", 0.5
        case "date":
            return "unknown", 0.5
    return "unknown", 0.35


def _labelled(label: str | None, kind: Kind, confidence: float) -> tuple[Kind, float]:
    if label == "published":
        return "published", max(confidence, 0.65)
    if label == "modified":
        return "modified", max(confidence, 0.5)
    if label == "other":
        return kind, 0.1
    return kind, confidence


def _with_visible_offset(value: PartialDate) -> PartialDate:
    return value


def _names(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()[:300]


def _short_text(element: Any) -> str:
    """The element's text with single spaces, or "" where it is more than a date and its label."""
    parts, length = [], 0
    for part in element.itertext():
        length += len(part.strip())
        if length > MAX_CHARACTERS:
            return ""
        parts.append(part)
    return " ".join(" ".join(parts).split())


def _text_before(element: Any) -> str:
    """The folded text right before an element: its elder sibling's tail or text, or its parent's beginning."""
    elder = element.getprevious()
    if elder is not None:
        text = elder.tail or ""
        if not text.strip() and len(elder) < 4:
            text = "".join(elder.itertext())[-60:] if isinstance(elder.tag, str) else ""
    else:
        parent = element.getparent()
        text = (parent.text or "") if parent is not None else ""
    return fold(text[-60:])


def _context(element: Any, own: str, known: dict[Any, float]) -> float:
    """How much to trust a place less (or more) for what it stands in."""
    total, steps, path = 0.0, 0, []
    node = element
    while node is not None and steps < _ANCESTORS:
        if node in known:
            total = known[node]
            break
        path.append(node)
        node, steps = node.getparent(), steps + 1
    for node in reversed(path):
        tag = node.tag
        if tag in ("html", "body"):
            continue
        if tag in _ELEMENTS_ELSEWHERE:
            total -= 0.3
        elif tag == "article":
            total += 0.03
        elif tag == "a":
            target = (node.get("href") or "").split("#")[0].rstrip("/")
            if target and own.endswith(target.removeprefix("https:").removeprefix("http:")):
                total += 0.2
            elif len(_short_text(node)) > 40 or not _short_text(node):
                total -= 0.3
        elif elsewhere(_names(node).lower()) and tag != "article":
            total -= 0.25
        known[node] = max(total, -0.6)
    return max(total, -0.6)


def _headline(document: Document, spots: list[Any]) -> int | None:
    """Where among the spots the article's headline stands: the heading most like the page's title."""
    title = fold("".join(document.root.xpath("string(//head/title)"))[:500])
    first = None
    for index, spot in enumerate(spots):
        if isinstance(spot, str) or spot.tag not in ("h1", "h2"):
            continue
        text = fold(_short_text(spot))
        if len(text) >= 8 and text[:60] in title:
            return index
        if first is None and spot.tag == "h1" and text:
            first = index
    return first


def _scripted(document: Document, hints: Hints, crawled: datetime | None) -> Iterator[DateCandidate]:
    """Dates in the data of scripts: ``"published_at": "2024-07-11T…"``."""
    for number, match in enumerate(_SCRIPTED.finditer(document.html, 0, _MAX_SCRIPT)):
        if number >= 20:
            return
        value = parse_hinted(match[2], hints, crawled)
        if value is None or value.precision < Precision.DAY:
            continue
        name = match[1].lower()
        kind: Kind = "modified" if "mod" in name or "update" in name else "published"
        yield DateCandidate(value, kind, "html", f"script {match[1]}", 0.6 - 0.02 * number)

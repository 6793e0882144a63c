"""Dates in the visible page, its attributes, its scripts and its address, for pages whose metadata gives none.

One walk over the page collects, in page order, what may hold a date. The confidence in each date depends on what
the markup and the words next to it call it, on how near the headline it is, and on whether it belongs to something
else on the page (comments, teasers, footers).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from math import inf
from typing import Any

from pressmark.article.dates.claim import DateCandidate, Kind
from pressmark.article.dates.folding import fold
from pressmark.article.dates.hints import Hints
from pressmark.article.dates.labels import class_kind, elsewhere, label_kind, of_readers
from pressmark.article.dates.moment import PartialDate, Precision
from pressmark.article.dates.near import dates_near
from pressmark.article.dates.parse import MAX_CHARACTERS, find_in_text, parse_hinted
from pressmark.article.dates.relative import relative_day
from pressmark.article.dates.scripts import dates_in_scripts, dates_written_by_scripts
from pressmark.article.dates.spots import DATA_ATTRIBUTES, find_spots, names_of, short_text
from pressmark.article.dates.url import date_in_url
from pressmark.article.page.document import Document

_ANCESTORS = 12
_TITLE_PARTS = re.compile(r"\s[-|–—·•:]\s|(?:(?<!\s)\s++)?+[|(\[]\s*+")
_LISTED = 0.25
_ENOUGH_FOR_LABEL = 20
_A_HEADLINE = 4  # words
_DATELINE = 40  # characters before the date
_STROKE = re.compile(r"[\s).,]{0,3}(?:[-–—/|:(]|$)")
_OTHERS_DATE = -0.1  # with what a place near the headline adds, it is still doubtful (choose.DOUBTFUL)
_A_PARAGRAPH = 80  # characters
_A_BODY = 350
_SMALL = 8  # texts in an element that can be the label of a date
# Types of schema.org for things inside an article that have dates of their own.
_OTHER_THINGS = re.compile(r"Video|Audio|Image|Media|Comment|Event|Review|Product|Person|Offer|Rating")
_NEVER = -inf  # the date of a comment, of a review or of an embedded post is never the page's
_YEAR = re.compile(r"\d{4}")
_ENOUGH = 0.6  # with a date of this confidence, scripts are not searched
_DOUBTED = 0.3  # without a date above this confidence, days that need the time of the capture are looked for
_TITLES = frozenset({"h1", "title"})
_ELEMENTS_ELSEWHERE = frozenset(
    {"footer", "nav", "aside", "select", "option", "blockquote", "figure", "figcaption"}
)


def find_dates(document: Document, *, crawled: datetime | None = None) -> list[DateCandidate]:
    """Every date on the page that could be the article's, the likeliest first.

    crawled: aware time of the capture; dates more than a day after it are left out.
    """
    hints = page_hints(document)
    candidates = [*_visible(document, hints, crawled), *_in_title(document, hints, crawled)]
    if not any(c.confidence >= _ENOUGH and c.kind == "published" for c in candidates):
        candidates += dates_in_scripts(
            document.html, hints, crawled, document.root.findtext("head/title") or ""
        )
    candidates = _without_listings(_agreeing(candidates))
    headline = document.headline
    if crawled and headline is not None and not any(c.confidence > _DOUBTED for c in candidates):
        candidates += dates_near(headline, hints, crawled)
    if not candidates:
        candidates += dates_written_by_scripts(document.html, hints, crawled)
    in_url = date_in_url(document.url)
    if in_url is not None:
        candidates = [_with_url(c, in_url) for c in candidates]
        confidence = {Precision.DAY: 0.7, Precision.MONTH: 0.02}.get(in_url.precision, 0.01)
        candidates.append(DateCandidate(in_url, "published", "url", "path", confidence))
    kept = [c for c in candidates if plausible(c.value, crawled)]
    return sorted(kept, key=lambda c: -c.confidence)


def _in_title(document: Document, hints: Hints, crawled: datetime | None) -> Iterator[DateCandidate]:
    """Yield dates that are a part of their own in the page's title: ``A headline | 11.07.2024``."""
    title = (document.root.findtext("head/title") or "")[-MAX_CHARACTERS:]
    for part in _TITLE_PARTS.split(title)[1:]:
        found = find_in_text(part, hints, crawled)
        if found and len(part.strip()) - (found[0].end - found[0].start) <= 10:
            yield DateCandidate(found[0].value, "unknown", "html", "title", 0.55)


def _agreeing(candidates: list[DateCandidate]) -> list[DateCandidate]:
    """Call a date of unknown kind modified if another place calls the same moment so."""
    published = {c.value.utc() for c in candidates if c.kind == "published"}
    modified = {c.value.utc() for c in candidates if c.kind == "modified" and c.value.has_time} - published
    return [
        replace(c, kind="modified") if c.kind == "unknown" and c.value.utc() in modified else c
        for c in candidates
    ]


def _without_listings(candidates: list[DateCandidate]) -> list[DateCandidate]:
    """Lower the confidence in dates of a place that has three or more days: it belongs to a list of articles."""
    days: dict[str, set[object]] = {}
    for c in candidates:
        if c.source == "html" and not c.where.startswith("script"):
            days.setdefault(c.where, set()).add(c.value.moment.date())
    return [
        replace(c, confidence=max(0.01, c.confidence - _LISTED)) if len(days.get(c.where, ())) >= 3 else c
        for c in candidates
    ]


def _with_url(candidate: DateCandidate, in_url: PartialDate) -> DateCandidate:
    """Raise the confidence in a date that the address agrees with; lower it if the address has another date."""
    ours, theirs = candidate.value.moment, in_url.moment
    if in_url.precision is Precision.YEAR:
        agrees = ours.year == theirs.year
    elif in_url.precision is Precision.MONTH:
        agrees = (ours.year, ours.month) == (theirs.year, theirs.month)
    else:
        agrees = abs(ours.date() - theirs.date()).days <= 1
    gain = 0.1 if agrees else -0.1
    return replace(candidate, confidence=min(1.0, max(0.03, candidate.confidence + gain)))


def page_hints(document: Document) -> Hints:
    """Language and country of a page, from its html element and its address."""
    return Hints.of([document.language] if document.language else [], document.url)


def plausible(value: PartialDate, crawled: datetime | None, *, since: int = 1990) -> bool:
    """Whether a page on the web can have this date: from 1990 on, and at most a day after the capture.

    since: another first year, for dates in the page's data: archives of newspapers are on the web, too.
    """
    if value.moment.year < since:
        return False
    return crawled is None or (value.utc() - crawled).total_seconds() <= 86_400


def _visible(document: Document, hints: Hints, crawled: datetime | None) -> Iterator[DateCandidate]:
    spots = find_spots(document.root, document.headline)
    places = (
        i for i, (element, text, _) in enumerate(spots) if element is document.headline and text is None
    )
    headline = next(places, None)
    own = document.url.split("#")[0].rstrip("/")
    seen: set[Any] = set()
    after = 0
    contexts: dict[Any, float] = {}
    prose = _prose_before(document.root, {element for element, _, _ in spots})
    start = prose.get(spots[headline][0], 0) if headline is not None else 0
    for index, (element, text, elder) in enumerate(spots):
        if text is None:
            reading = _read_element(element, hints, crawled) if element is not document.headline else None
            if reading:
                seen.add(element)
        elif _inside(element, seen):
            continue
        else:
            reading = _read_text(text, element, elder, hints, crawled)
        if reading is None:
            continue
        value, kind, source, where, confidence = reading
        context = _context(element, own, contexts)
        if context == _NEVER:
            continue
        # "Last updated" or "published on" in a footer is about the page.
        confidence += (
            context / 2 if kind == "modified" or (source == "text" and kind != "unknown") else context
        )
        if headline is not None:
            if kind == "unknown" and prose.get(element, 0) - start > _A_BODY:
                confidence -= _LISTED  # below the article, dates are of other things
            elif index > headline:
                confidence += max(0.0, 0.15 - 0.04 * after)
                after += 1
            elif headline - 2 <= index < headline:
                confidence += 0.1
        yield DateCandidate(value, kind, source, where, max(0.01, min(1.0, confidence - index * 1e-5)))


def _prose_before(root: Any, wanted: set[Any]) -> dict[Any, int]:
    """For some elements, how many characters of paragraphs come before them on the page."""
    found: dict[Any, int] = {}
    total = 0
    # lxml finds no element by a name that is not allowed in XML: "<p\uffff>".
    names = {each.tag for each in wanted if each.tag.isprintable()}
    for element in root.iter("p", *names):
        if len(found) == len(wanted):
            break
        if element in wanted:
            found[element] = total
        if element.tag == "p":
            size = sum(len(text) for text in islice(element.itertext(), _SMALL * 4))
            total += size if size >= _A_PARAGRAPH else 0
    return found


_Reading = tuple[PartialDate, Kind, str, str, float]


def _read_element(element: Any, hints: Hints, crawled: datetime | None) -> _Reading | None:
    tag = element.tag
    if tag in ("h1", "h2"):
        return None
    names = names_of(element)
    prop = (element.get("itemprop") or element.get("property") or "").lower()
    for attribute in ("datetime", "content", "title", *DATA_ATTRIBUTES):
        text = element.get(attribute)
        if not text or len(text) > MAX_CHARACTERS:
            continue
        if not _YEAR.search(text) and _YEAR.search(short_text(element)):
            continue  # "Mar 5", which the element's text says in full
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
        return value, kind, "html", f"{tag}[{attribute}].{names[:60]}", confidence
    text = short_text(element)
    found = find_in_text(text, hints, crawled)
    if not found:
        told = relative_day(text, crawled)
        return (told, *_kind(f"{prop} {names}")[:1], "html", f"{tag}.{names[:60]}", 0.4) if told else None
    first = found[0]
    folded = fold(text)
    kind, confidence = _kind(f"{prop} {names}")
    label = label_kind(folded[: first.start]) or label_kind(_text_before(element))
    kind, confidence = _labelled(label, kind, confidence)
    if tag == "time":
        confidence += 0.1
    return first.value, kind, "html", f"{tag}.{names[:60]}", confidence


def _read_text(
    text: str, element: Any, elder: Any, hints: Hints, crawled: datetime | None
) -> _Reading | None:
    stripped = text.strip()
    if element.tag in _TITLES and len(stripped) > MAX_CHARACTERS // 10:
        return None  # a day that the headline is about
    long = len(stripped) > MAX_CHARACTERS
    found = [f for f in find_in_text(stripped, hints, crawled) if not (f.loose and len(stripped) > 30)]
    if not found:
        if label_kind(fold(stripped[:_ENOUGH_FOR_LABEL])) != "published":
            return None
        told = relative_day(stripped, crawled)
        return (told, "published", "text", "text", 0.5) if told else None
    folded = fold(stripped[:MAX_CHARACTERS])
    before = _text_before(element) if elder is None else _ending(elder)
    starts = [0, *(each.end for each in found)]
    labels = [label_kind(folded[start : each.start]) for start, each in zip(starts, found, strict=False)]
    which = labels.index("published") if "published" in labels else 0
    first, label = found[which], labels[which] or label_kind(before if not which else "")
    rest = len(stripped) - (first.end - first.start)
    kind, confidence = _labelled(label, "unknown", 0.35 if rest <= 10 else 0.3)
    if long or rest > 60:
        confidence = min(confidence, 0.3) - 0.1
        if label is None and not _is_dateline(folded, first.start, first.end):
            confidence = _OTHERS_DATE  # a day that the sentence is about
    return first.value, kind, "text", "text", confidence


def _is_dateline(folded: str, start: int, end: int) -> bool:
    """Whether a date opens a report: "Larkholm, 3 March 2019 – ", "Larkholm (3 March 2019). "."""
    if start > _DATELINE:
        return False
    if folded[:start].rstrip().endswith("("):
        return folded[end:].lstrip().startswith(")")
    return _STROKE.match(folded, end) is not None


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
        return kind, _OTHERS_DATE
    return kind, confidence


def _text_before(element: Any) -> str:
    """The folded text right before an element: its elder sibling's tail or text, or its parent's beginning."""
    elder = element.getprevious()
    if elder is None:
        parent = element.getparent()
        return fold((parent.text or "")[-60:]) if parent is not None else ""
    tail = elder.tail or ""
    return fold(tail[-60:]) if tail.strip() else _ending(elder)


def _ending(element: Any) -> str:
    """The folded end of a small element's text."""
    parts = list(islice(element.itertext(), _SMALL + 1))
    return fold("".join(parts)[-60:]) if len(parts) <= _SMALL else ""


def _inside(element: Any, read: set[Any]) -> bool:
    """Whether an element or one close above it was read already."""
    for _ in range(_ANCESTORS):
        if element is None or element in read:
            break
        element = element.getparent()
    return element in read


def _tells_of_another(item: Any, own: str) -> bool:
    """Whether an item of a list is a headline that links to another page, with its date."""
    anchor = next((inner for inner in islice(item.iter("*"), _SMALL * 2) if inner.tag == "a"), None)
    if anchor is None or len(short_text(anchor).split()) < _A_HEADLINE:
        return False
    target = (anchor.get("href") or "#").split("#")[0].rstrip("/")
    return bool(target) and not own.endswith(target.removeprefix("https:").removeprefix("http:"))


def _context(element: Any, own: str, known: dict[Any, float]) -> float:
    """What the elements around a place add to the confidence in its date: mostly less than 0, ``_NEVER`` at worst."""
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
            embedded = tag == "blockquote" and of_readers(names_of(node).lower())
            total = _NEVER if embedded else total - 0.3
        elif tag == "article":
            total += 0.03
        elif tag == "a":
            if len(short_text(node)) > 40 or not short_text(node):
                total -= 0.3
        elif tag == "li" and _tells_of_another(node, own):
            total -= 0.6
        elif "itemscope" in node.attrib and _OTHER_THINGS.search(node.get("itemtype") or ""):
            total -= 0.5
        elif of_readers(names_of(node).lower()) and next(node.iter("h1"), None) is None:
            total = _NEVER
        elif elsewhere(names_of(node).lower()) and tag != "article":
            total -= 0.25
        known[node] = total = max(total, -0.6) if total > _NEVER else total
    return total

"""Days next to the headline that only the time of the capture makes whole: "5 hours ago", "8 July, 10:25"."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice
from typing import Any

from pressmark.article.dates.claim import DateCandidate, Kind
from pressmark.article.dates.folding import fold
from pressmark.article.dates.hints import Hints
from pressmark.article.dates.labels import class_kind, elsewhere, label_kind
from pressmark.article.dates.moment import Precision
from pressmark.article.dates.parse import parse_hinted
from pressmark.article.dates.relative import relative_day
from pressmark.article.dates.spots import names_of

_A_LINE = 60  # characters
_A_PARAGRAPH = 80
_BEFORE, _AFTER = 6, 30  # elements
_CONFIDENCE = 0.4
_A_HEADLINE = 4  # words
_OTHERS = frozenset({"a", "h2", "h3", "h4"})  # which tell of other articles, or begin the text


def dates_near(headline: Any, hints: Hints, crawled: datetime) -> Iterator[DateCandidate]:
    """Read the lines around a headline up to the first paragraph or the next headline.

    crawled: aware time of the capture.
    """
    above = islice(headline.itersiblings("*", preceding=True), _BEFORE)
    lines = ((element, element.text) for element in above)
    for element, written in chain(lines, islice(_following(headline), _AFTER)):
        text = " ".join((written or "").split())
        if len(text) > _A_PARAGRAPH or (element.tag in _OTHERS and len(text.split()) >= _A_HEADLINE):
            break
        names = f"{names_of(element)} {names_of(element.getparent())}".lower()
        label = label_kind(fold(text))
        if not 0 < len(text) <= _A_LINE or label == "other" or elsewhere(names):
            continue
        value = relative_day(text, crawled)
        if value is None and (label or class_kind(names)):  # "8 July" by itself may be the day of an event
            value = parse_hinted(text, hints, crawled)
        if value is not None and value.precision >= Precision.DAY:
            kind: Kind = "published" if label == "published" else "modified" if label else "unknown"
            yield DateCandidate(value, kind, "html", f"{element.tag} near the headline", _CONFIDENCE)


def _following(element: Any) -> Iterator[tuple[Any, str | None]]:
    """The texts after an element in page order, each with the element that it stands in."""
    while (parent := element.getparent()) is not None:
        for sibling in element.itersiblings("*"):
            for inner in sibling.iter("*"):
                yield inner, inner.text
                yield inner.getparent(), inner.tail
        element = parent

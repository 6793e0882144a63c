"""Days next to the headline that need the time of the capture to be complete: "5 hours ago", "8 July, 10:25"."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, islice, takewhile
from typing import Any

from pressmark.article.dates.claim import DateCandidate, Kind
from pressmark.article.dates.folding import fold
from pressmark.article.dates.hints import Hints
from pressmark.article.dates.labels import class_kind, elsewhere, label_kind, of_readers
from pressmark.article.dates.moment import PartialDate, Precision
from pressmark.article.dates.parse import parse_hinted
from pressmark.article.dates.relative import relative_day
from pressmark.article.dates.spots import names_of

_A_LINE = 60  # characters
_A_PARAGRAPH = 80
_BEFORE, _AFTER = 6, 30  # elements
_CONFIDENCE = 0.4
_A_HEADLINE = 4  # words
_HALF_A_YEAR = timedelta(days=183)
_A_NAME = 2  # words
_SMALL_WORD = 3  # letters: "by", "von"
_SEPARATORS = (",", "|", "·", "•", ":", "：", "-", "–", "—", "/", ")")
_NEARLY = frozenset({"about", "vor", "etwa", "environ", "circa"})
_OTHERS = frozenset({"a", "h2", "h3", "h4"})  # these announce other articles, or begin the text


def dates_near(headline: Any, hints: Hints, crawled: datetime) -> Iterator[DateCandidate]:
    """Yield the days in the lines around a headline, up to the first paragraph or the next headline.

    crawled: aware time of the capture.
    """
    around = frozenset(headline.iterancestors())
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
        said = bool(label or class_kind(names))
        value = relative_day(text, crawled)
        if value is not None and not said and not _begins_or_follows_a_name(text, crawled):
            continue
        if value is None and said:  # "8 July" by itself may be the day of an event
            value = _this_year(text, hints, crawled)
        if value is not None and value.precision >= Precision.DAY and not _is_of_readers(element, around):
            kind: Kind = "published" if label == "published" else "modified" if label else "unknown"
            yield DateCandidate(value, kind, "html", f"{element.tag} near the headline", _CONFIDENCE)


def _begins_or_follows_a_name(text: str, crawled: datetime) -> bool:
    """Whether "5 hours ago" begins a line or follows a name: not "Seller last seen 5 hours ago" or "Open today"."""
    words = text.split()
    before = max(at for at in range(len(words)) if relative_day(" ".join(words[at:]), crawled))
    lead = [word for word in words[:before] if word.casefold() not in _NEARLY]
    if not lead or lead[-1].endswith(_SEPARATORS):
        return True
    return len(lead) >= _A_NAME and not any(word[0].islower() and len(word) > _SMALL_WORD for word in lead)


def _is_of_readers(element: Any, around: frozenset[Any]) -> bool:
    boxes = takewhile(lambda box: box not in around, chain([element], element.iterancestors()))
    return any(of_readers(names_of(box).lower()) for box in boxes)


def _this_year(text: str, hints: Hints, crawled: datetime) -> PartialDate | None:
    """A day without a year, as the last such day before the capture.

    None if the next such day is nearer: it may be the day of an event.
    """
    if parse_hinted(text, hints) is not None:
        return None  # complete by itself, and found already
    value = parse_hinted(text, hints, crawled)
    if value is None or crawled.replace(tzinfo=None) - value.moment.replace(tzinfo=None) > _HALF_A_YEAR:
        return None
    return value


def _following(element: Any) -> Iterator[tuple[Any, str | None]]:
    """Yield the texts after an element in page order, each with the element that it is in."""
    while (parent := element.getparent()) is not None:
        for sibling in element.itersiblings("*"):
            for inner in sibling.iter("*"):
                yield inner, inner.text
                yield inner.getparent(), inner.tail
        element = parent

"""A date that a page states, and what the page says it is the date of."""

from dataclasses import dataclass
from typing import Literal

from pressmark.article.dates.moment import PartialDate

Kind = Literal["published", "modified", "unknown"]


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """One date, what it is the date of, and how certain that is.

    value: the date as it was written.
    kind: what it is the date of; ``unknown`` if the page does not say.
    source: ``json-ld``, ``opengraph``, ``microdata``, ``rdfa``, ``meta``, ``html``, ``url`` or ``text``.
    where: which element, attribute or name it was read from, for a person to look up.
    confidence: from 0 to 1, for comparing the candidates of one page.
    """

    value: PartialDate
    kind: Kind
    source: str
    where: str
    confidence: float

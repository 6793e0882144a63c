"""A date that a page states, and what it is said to be the date of."""

from dataclasses import dataclass
from typing import Literal

from pressmark.article.dates.moment import PartialDate

Kind = Literal["published", "modified", "unknown"]


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """One date and its standing.

    value: the date as it was written.
    kind: what it is the date of; ``unknown`` where nothing says.
    source: ``json-ld``, ``opengraph``, ``microdata``, ``rdfa``, ``meta``, ``html``, ``url`` or ``text``.
    where: which element, attribute or name it was read from, for a person to look up.
    confidence: 0 to 1, to compare candidates of one page with.
    """

    value: PartialDate
    kind: Kind
    source: str
    where: str
    confidence: float

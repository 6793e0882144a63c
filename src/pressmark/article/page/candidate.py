"""What a reader yields: a value that it found, and where.

A reader is a function ``read(document) -> Iterator[Candidate]`` in a file of its own. It yields the likelier
values of a field first. Only :mod:`pressmark.article.choose` decides between the values of several readers.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

JSON_LD = "json-ld"
OPENGRAPH = "opengraph"
MICRODATA = "microdata"
RDFA = "rdfa"
META = "meta"
HTML = "html"
STATE = "state"
URL = "url"
TEXT = "text"

NOTHING: Mapping[str, str] = MappingProxyType({})


class Candidate(NamedTuple):
    """One value as it stands on the page, not yet cleaned.

    field: the field of the article it is for, in the singular (``title``, ``author``, ``tag`` …).
    value: the text, a URL still relative, a date as written.
    source: one of the constants of this module.
    name: what the source calls it (``headline``, ``og.title``, ``h1`` …).
    kind: the type that the page states, in lower case (``person``, ``organization``), or "".
    more: further facts about the value (an image's caption, credit, alt).
    """

    field: str
    value: str
    source: str
    name: str
    kind: str = ""
    more: Mapping[str, str] = NOTHING


class Candidates:
    """Everything that the readers found, by field, in the order of the readers."""

    def __init__(self) -> None:
        self._by_field: dict[str, list[Candidate]] = {}
        self._count = 0

    def add(self, candidate: Candidate) -> None:
        """Keep a candidate; blank values and what comes after the first :data:`MAX_CANDIDATES` are dropped."""
        if candidate.value.strip() and self._count < MAX_CANDIDATES:
            self._by_field.setdefault(candidate.field, []).append(candidate)
            self._count += 1

    def of(self, name: str) -> list[Candidate]:
        """The candidates for a field."""
        return self._by_field.get(name, [])

    def named(self, name: str, *names: str) -> Iterator[Candidate]:
        """The candidates for a field that are called one of ``names``, in the order of ``names``."""
        for wanted in names:
            yield from (c for c in self.of(name) if c.name == wanted)


MAX_CANDIDATES = 5_000
"""Only hostile pages have more."""

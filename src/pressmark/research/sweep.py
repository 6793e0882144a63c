"""Captures looked through for words, a bounded part at a time: a search where nobody keeps an index.

What is read is put into an index in memory, so words mean here what they mean to ``pressmark search``.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import batched

from pressmark.archive.content import Files
from pressmark.archive.ranges import Reader
from pressmark.archive.rows import Item
from pressmark.archive.selection import whole_rows
from pressmark.archive.walk import Found
from pressmark.clock import Outside
from pressmark.research.search import Hit, Index, Question

BATCH = 32
"""Captures that are looked at between two looks at the limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one look may cost. captures: that are looked at. texts: that are read, each a ranged GET. seconds: that it
    takes. hits: pages after which it is enough.
    """

    captures: int = 2_000
    texts: int = 300
    seconds: float = 8.0
    hits: int = 50


@dataclass(slots=True)
class Seen:
    """What a look found. hits: pages, the best first. rows: of the captures that were looked at, by URL and time.

    token: to go on behind what was looked at. ended: whether nothing is left behind it.
    """

    hits: list[Hit] = field(default_factory=list)
    rows: dict[tuple[str, str], Item] = field(default_factory=dict)
    texts: int = 0
    token: str = ""
    ended: bool = False

    @property
    def between(self) -> tuple[str, str]:
        """When the first and the last of the captures were made that were looked at; two empty texts where none was."""
        times = [captured for _, captured in self.rows]
        return min(times, default=""), max(times, default="")


def sweep(
    reader: Reader,
    files: Files,
    words: str,
    captures: Iterator[Found],
    *,
    limits: Limits,
    clock: Outside,
) -> Seen:
    """Look through captures for the pages that hold all the words, until a limit is met.

    Raises SearchError, ArchiveError.
    """
    seen = Seen()
    end = clock.monotonic() + limits.seconds
    with closing(Index.once()) as index:
        question = Question(words)
        index.count(question)  # raises for words that cannot be searched for, before anything is read
        for batch in batched(captures, BATCH, strict=False):
            rows = [each.item for each in whole_rows(reader, iter(batch))]
            seen.rows |= {(row["url"], row["captured"]): row for row in rows}
            seen.texts += index.take(reader, files, rows)
            seen.token = batch[-1].token
            enough = (
                len(seen.rows) >= limits.captures
                or seen.texts >= limits.texts
                or clock.monotonic() >= end
                or index.count(question) >= limits.hits
            )
            if enough:
                break
        else:
            seen.ended = True
        seen.hits = list(index.search(question, limit=limits.captures))
    return seen

"""Searches captures for words, a bounded part at a time, if nobody keeps an index.

The texts are put into an index in memory, so words mean here what they mean to ``pressmark search``.
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
"""Number of captures that are searched between two checks of the limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sweep may cost. captures: how many are searched. texts: how many are read, each with a ranged GET.
    seconds: how long it takes. hits: after how many pages found it ends.
    """

    captures: int = 2_000
    texts: int = 300
    seconds: float = 8.0
    hits: int = 50


@dataclass(slots=True)
class Seen:
    """What a sweep found. hits: pages, the best first. rows: of the captures that were searched, by URL and time.

    texts: how many were read. token: for another sweep to continue after these captures. ended: whether none is left.
    """

    hits: list[Hit] = field(default_factory=list)
    rows: dict[tuple[str, str], Item] = field(default_factory=dict)
    texts: int = 0
    token: str = ""
    ended: bool = False

    @property
    def between(self) -> tuple[str, str]:
        """Times of the first and the last of the captures that were searched; two empty texts if none was."""
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
    """Search captures for the pages that hold all the words, until a limit is reached.

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

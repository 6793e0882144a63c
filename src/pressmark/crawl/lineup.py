"""The requisites of a page that are still to be asked for: which is next, and whose host may be asked."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pressmark.requisites.wanted import Wanted

AT_A_TIME_A_HOST = 6
"""Requests under way to one host: what browsers keep to with HTTP/1.1, so what every server is used to."""

RANKS = {"style": 0, "font": 1}
"""Style sheets first, as they name what else is needed; then fonts, which only they name; then all else."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A requisite on its way. deep: style sheets it was found through. hops: redirects that led to it."""

    what: Wanted
    deep: int = 0
    hops: int = 0

    @property
    def host(self) -> str:
        """The host and port that is asked."""
        return urlsplit(self.what.url).netloc


class LineUp:
    """Requisites in the order in which they are asked for; used by one thread."""

    def __init__(self) -> None:
        self._waiting: tuple[deque[Asked], ...] = (deque(), deque(), deque())
        self._under_way: Counter[str] = Counter()
        self._refused: set[str] = set()

    def __len__(self) -> int:
        return sum(map(len, self._waiting))

    def __iter__(self) -> Iterator[Asked]:
        for waiting in self._waiting:
            yield from waiting

    def add(self, asked: Asked) -> None:
        """Have a requisite wait."""
        self._waiting[RANKS.get(asked.what.kind, 2)].append(asked)

    def next(self) -> Asked | None:
        """Take the next one whose host can take another request; None if there is none."""
        for waiting in self._waiting:
            for asked in waiting:
                if self._under_way[asked.host] < AT_A_TIME_A_HOST:
                    waiting.remove(asked)
                    return asked
        return None

    def begun(self, asked: Asked) -> None:
        """A request was sent."""
        self._under_way[asked.host] += 1

    def ended(self, asked: Asked) -> None:
        """It has come to an end."""
        self._under_way[asked.host] -= 1

    def refuse(self, host: str) -> None:
        """A host is not to be asked again."""
        self._refused.add(host)

    def is_refused(self, asked: Asked) -> bool:
        """Whether the host of a requisite is not to be asked again."""
        return asked.host in self._refused

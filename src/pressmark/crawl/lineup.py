"""Queues the requisites of a page that are still to be fetched, with a limit of requests to each host."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pressmark.requisites.wanted import Wanted

AT_A_TIME_A_HOST = 6
"""Maximum number of requests to one host at a time: that of browsers with HTTP/1.1, which every server is used to."""

RANKS = {"style": 0, "font": 1}
"""Style sheets first, as they name what else is needed; then fonts, which only they name; then all else."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A requisite to fetch. deep: how many style sheets or scripts led to it. hops: how many redirects led to it."""

    what: Wanted
    deep: int = 0
    hops: int = 0

    @property
    def host(self) -> str:
        """The host and port that the request goes to."""
        return urlsplit(self.what.url).netloc


class LineUp:
    """Requisites in the order in which they are fetched; used by one thread."""

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
        """Add a requisite to those that wait."""
        self._waiting[RANKS.get(asked.what.kind, 2)].append(asked)

    def next(self) -> Asked | None:
        """Take out the next requisite whose host can take another request; None if there is none."""
        for waiting in self._waiting:
            for asked in waiting:
                if self._under_way[asked.host] < AT_A_TIME_A_HOST:
                    waiting.remove(asked)
                    return asked
        return None

    def begun(self, asked: Asked) -> None:
        """Count a request that was sent."""
        self._under_way[asked.host] += 1

    def ended(self, asked: Asked) -> None:
        """Count a request that has ended."""
        self._under_way[asked.host] -= 1

    def refuse(self, host: str) -> None:
        """Note that a host must not be asked again."""
        self._refused.add(host)

    def is_refused(self, asked: Asked) -> bool:
        """Whether the host of a requisite must not be asked again."""
        return asked.host in self._refused

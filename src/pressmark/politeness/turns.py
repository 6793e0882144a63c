"""Turns: limit how often a host is asked, across all invocations of a deployment.

One item for each host on the state table holds two instants that only ever move forward:

- ``next``: when the host may be asked next. Taking a turn moves it forward by the delay. That is the virtual
  scheduling form of the leaky bucket (ITU-T I.371's generic cell rate algorithm with no burst), and one
  conditional write decides it among any number of invocations.
- ``queue_end``: the last instant at which a page was told to come back.

**A turn is for a run of pages** (D28): up to :func:`run_of` pages are fetched one after the other, and the host
is left alone for as many delays as there were pages, counted from the run's beginning. So a host is asked for at most
one page per delay, on average; ten pages share one write, one invocation and one WARC file.
A host whose robots.txt states a Crawl-delay is asked for one page a turn.

A run whose turn is close enough to wait for takes it, and sleeps. Any other is sent back and **takes no
turn**: a turn taken for later is lost when its pages come late, or not at all, and a hundred pages taking
turns would move ``next`` hours ahead of the work. It gets a place in line instead, behind the run before
it, so that runs come back one at a time as turns open, and not all at once only to be sent away
again. A place in line reserves nothing. A run that comes back late finds ``next`` in the past and goes at once;
one that finds the turn taken lines up again.

The line ends :data:`SQS_MAX_DELAY` after the next turn, which is as long as SQS can hold a message back
(DelaySeconds). Pages beyond it come back at random within the last fifth of it, so that the line neither
grows without end, nor runs empty for long while pages still wait, nor fills with the places of pages that had to
come back before their time. The later pages come back, the fewer times they do: bench/scale.py measures the cost.

Both instants only grow, so what a process has seen of them is a lower bound. It keeps that in memory: a page
that cannot have its turn yet gets its place in line without an attempt to take the turn, and nearly every turn
costs exactly one write. If the table is lost, each host may get one request too early.
"""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pressmark.aws import asking
from pressmark.clock import REAL, Outside
from pressmark.errors import NotYet
from pressmark.http.fetcher import MAX_RETRY_AFTER
from pressmark.queues.capture import SQS_MAX_DELAY

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_WAIT = 3.0
"""Maximum seconds a page waits for its turn: waiting longer costs more Lambda time than coming back costs."""

FAR = 0.8 * SQS_MAX_DELAY
"""Minimum seconds after which pages come back that have found no room in line."""

DEFAULT_BACKOFF = 60.0
"""Seconds for which a host is left alone if it answers 429 or 503 without Retry-After."""

RUN_PAGES = 10
"""Maximum pages of one host that are fetched one after the other, before it is left alone for as many delays."""

RUN_SECONDS = 10.0
"""A run has no more pages than the host may be asked for in this time: two if the delay is 5 s, one from 10 s on."""

TURN_KEPT_SECONDS = 8 * 3600
"""How long an item outlives the instant last written, longer than any backoff; then the table's TTL deletes it."""

_REMEMBERED = 10_000

# Each DynamoDB condition has a name and a sentence. Instants are whole milliseconds since 1970.
FREE = "attribute_not_exists(#next) OR #next <= :now"
"""Nobody has asked the host for the length of a delay: go now."""

SOON = "#next BETWEEN :now AND :latest"
"""The next turn is close enough to wait for."""

LATER = "attribute_not_exists(#next) OR #next < :until"
"""The host is not already left alone for longer."""

NOBODY_IN_LINE = "attribute_not_exists(#queue_end) OR #queue_end < :floor"
"""Nobody is in line after the next turn: a line begins there."""

ROOM_IN_LINE = "#queue_end <= :end"
"""There is room at the end of the line."""


@dataclass(slots=True)
class _Seen:
    """What is known of a host's item: lower bounds of its instants, in milliseconds since 1970."""

    next: int = 0
    queue_end: int = 0


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an update of a host's item found. written: whether its condition held."""

    written: bool
    next: int
    queue_end: int


class Turns:
    """The turns of one deployment; used by any number of threads."""

    def __init__(self, client: "DynamoDBClient", table: str, outside: Outside = REAL) -> None:
        self._client = client
        self._table = table
        self._outside = outside
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def take(self, host: str, delay: float) -> float:
        """Take a turn for one page; return the seconds to wait, 0 to :data:`MAX_WAIT`, before asking the host.

        delay: seconds between two requests to this host; 0 takes no turn at all.
        If the wait is longer, takes nothing and raises NotYet with the seconds after which to come back. Raises
        ArchiveError if the table does not answer.
        """
        wait = self.take_now(host, delay)
        if wait is None:
            (place,) = self.line_up(host, delay, [1])
            raise NotYet(place, not_come(host))
        return wait

    def take_now(
        self, host: str, delay: float, pages: int = 1, *, patience: float = MAX_WAIT
    ) -> float | None:
        """Take a turn for a run of pages; return the seconds to wait, at most ``patience``, before the first of them.

        If the wait is longer, takes nothing and returns None. delay: as in :meth:`take`. pages: at most what
        :func:`run_of` allows. Raises ArchiveError if the table does not answer.
        """
        step = round(1000 * delay) * pages
        if step <= 0:
            return 0.0
        seen = self._remember(host)
        now = self._now()
        latest = now + round(1000 * max(0.0, patience))
        for _ in range(3):
            if seen.next > latest:
                break
            if seen.next <= now:
                # Most pages are the first of their host for a while.
                wait_until = now
                answer = self._update(host, seen, {"next": now + step}, FREE, {":now": now})
            else:
                soon = {":now": now, ":latest": latest}
                answer = self._update(host, seen, {"next": step}, SOON, soon, add=True)
                wait_until = answer.next - step
            if answer.written:
                return max(0, wait_until - now) / 1000
        return None

    def line_up(self, host: str, delay: float, runs: Sequence[int]) -> list[float]:
        """Give runs of pages places in line, one behind the other; return the seconds after which each comes back.

        runs: the number of pages of each; the next run's place is a delay later for each of them. Runs for which
        there is no room in the line come back together. Raises ArchiveError.
        """
        seen, now, step = self._remember(host), self._now(), round(1000 * delay)
        lengths = [step * pages for pages in runs]
        place, fitting = self._take_places(host, seen, now, lengths)
        places = [place + sum(lengths[:number]) for number in range(fitting)]
        if fitting < len(runs):
            floor = max(seen.next, now)
            later = random.uniform(FAR, SQS_MAX_DELAY)  # noqa: S311 - no secret
            places += [floor + round(1000 * later)] * (len(runs) - fitting)
        return [max(1.0, (each - now) / 1000) for each in places]

    def backoff(self, host: str, retry_after: float | None = None) -> float:
        """Leave a host alone that answered 429 or 503; return for how many seconds.

        retry_after: seconds that it asked for, obeyed up to :data:`MAX_RETRY_AFTER`. Raises ArchiveError.
        """
        pause = DEFAULT_BACKOFF if retry_after is None else min(max(0.0, retry_after), MAX_RETRY_AFTER)
        until = self._now() + round(1000 * pause)
        self._update(host, self._remember(host), {"next": until}, LATER, {":until": until})
        return pause

    def _take_places(self, host: str, seen: _Seen, now: int, lengths: Sequence[int]) -> tuple[int, int]:
        """Take places in the waiting line; return the instant of the first, and how many runs got one.

        lengths: milliseconds that the line grows by with each run.
        """
        for _ in range(2):
            floor = max(seen.next, now)
            end = floor + 1000 * SQS_MAX_DELAY
            begin = max(seen.queue_end, floor)
            fitting = sum(begin + length <= end for length in accumulate(lengths))
            if not fitting:
                break
            length = sum(lengths[:fitting])
            if seen.queue_end < floor:
                if self._update(
                    host, seen, {"queue_end": floor + length}, NOBODY_IN_LINE, {":floor": floor}
                ).written:
                    return floor, fitting
            else:
                room = {":end": end - length}
                answer = self._update(host, seen, {"queue_end": length}, ROOM_IN_LINE, room, add=True)
                if answer.written:
                    return answer.queue_end - length, fitting
        return 0, 0

    def _remember(self, host: str) -> _Seen:
        with self._lock:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            return self._seen.setdefault(host, _Seen())

    def _now(self) -> int:
        return round(1000 * self._outside.now().timestamp())

    def _update(
        self,
        host: str,
        seen: _Seen,
        change: dict[str, int],
        condition: str,
        values: dict[str, int],
        *,
        add: bool = False,
    ) -> _Answer:
        """Set an instant, or add to it, if the condition holds. In either case, ``seen`` learns the item's instants."""
        ((name, amount),) = change.items()
        reach = values.get(":latest") or values.get(":end") or amount
        expires = (reach + (amount if add else 0)) // 1000 + TURN_KEPT_SECONDS
        value = f"#{name} + :amount" if add else ":amount"
        numbers = {":amount": amount, ":expires": expires, **values}
        with asking(f"UpdateItem on {self._table} for {turn_key(host)}"):
            try:
                answer = self._client.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": turn_key(host)}},
                    UpdateExpression=f"SET #{name} = {value}, #expires = :expires",
                    ConditionExpression=condition,
                    ExpressionAttributeNames={f"#{name}": name, "#expires": "expires"},
                    ExpressionAttributeValues={key: {"N": str(number)} for key, number in numbers.items()},
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException as error:
                found: Any = error.response.get("Item") or {}
                return self._learn(seen, found, written=False)
        return self._learn(seen, answer.get("Attributes") or {}, written=True)

    def _learn(self, seen: _Seen, item: dict[str, Any], *, written: bool) -> _Answer:
        known = {name: int(item[name]["N"]) if name in item else 0 for name in ("next", "queue_end")}
        answer = _Answer(written, known["next"], known["queue_end"])
        with self._lock:
            seen.next = max(seen.next, answer.next)
            seen.queue_end = max(seen.queue_end, answer.queue_end)
        return answer


def run_of(delay: float) -> int:
    """Return how many pages of a host may be fetched one after the other in one turn. delay: seconds for each."""
    return RUN_PAGES if delay <= 0 else max(1, min(RUN_PAGES, int(RUN_SECONDS / delay + 1e-9)))


def pages_of(delay: float) -> int:
    """Return how many pages of a host one invocation may ask for, in as many turns as it takes.

    With a short delay that is more than a run: as many as the host may be asked for in :data:`RUN_SECONDS`.
    """
    return RUN_PAGES if delay <= 0 else max(RUN_PAGES, int(RUN_SECONDS / delay + 1e-9))


def not_come(host: str) -> str:
    """Return the reason why a page waits."""
    return f"the turn of {host} has not come"


def turn_key(host: str) -> str:
    """Return the key of a host's item on the state table."""
    return f"turn#{host}"

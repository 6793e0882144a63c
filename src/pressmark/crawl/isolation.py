"""Suspects: a page that kills the process costs no page but itself.

What an exception or the clock can end, ends for its page alone. A process that runs out of memory, crashes in a C
library or spins beyond the function's timeout ends for all pages of its batch, and nobody says which of them it
was: no message is acknowledged, all come again. So a message some earlier delivery of which **never ended** is a
suspect, and a suspect is captured alone, when all else is stored, indexed and off the queue.

The evidence costs nothing on the common path. Only a delivery that is not the first is looked up, and only one that
ended and stays on the queue (it is to be tried again) leaves a mark that it ended. One item a message on the state
table holds two sets of numbers, which are receive counts:

- ``ended``: deliveries that came to an end;
- ``alone``: deliveries begun alone, written before they begin. Those that reported no end may be what the page did.

That no end was reported is all that is known, and all that is said: a process can also be unable to write. A suspect
that ends in order and cannot leave its mark goes on as a copy, so that its next delivery is not mistaken
(:mod:`pressmark.crawl.settle`).

Sets, because adding to them twice changes nothing: a write whose answer was lost is sent again by the SDK, and two
deliveries at the same time may write in any order. A copy that waits its turn takes along what is known, as a message
attribute, since it is a new message to SQS. The table may be lost at any time: then a message that is tried again is
taken for a suspect, which costs it a WARC file of its own, or a page that kills gets another try.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pressmark.archive.outcome import is_capture_of
from pressmark.archive.table import Table
from pressmark.clock import REAL, Outside
from pressmark.crawl.visit import Visit
from pressmark.errors import ArchiveError, NotYet, PermanentError
from pressmark.politeness.claims import Claims
from pressmark.queues.capture import MESSAGE_LIFE
from pressmark.queues.message import Delivery
from pressmark.warc.event import Capture
from pressmark.warc.writer import WarcFile

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STRIKES = 2
"""So many captures of a page, each with nothing else at work, may report no end. One process may have died of
something else: an instance that failed, a deployment."""


class How(Enum):
    """What is done with a group of deliveries, in the order in which it is done."""

    HAND_ON = "handed on"
    """Suspects that SQS gives no further delivery: they go on as copies, whose count begins anew, before anything
    begins that could kill the process and leave them to the redrive policy."""
    GIVE_UP = "given up"
    """Suspects with :data:`STRIKES`: a row that says why, and the dead-letter queue."""
    STAND_BACK = "standing back"
    """The others, beside a suspect that an invocation had no time for: they go back, or slow ones could put it off
    for ever."""
    TOGETHER = "together"
    """All that are no suspects."""
    ALONE = "alone"
    """A suspect, nothing else being at work."""


@dataclass(frozen=True, slots=True)
class Group:
    """Deliveries that share a WARC file, and end before the next group begins."""

    how: How
    deliveries: list[Delivery]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the state table says of a message: receive counts of its deliveries."""

    ended: frozenset[int] = frozenset()
    alone: frozenset[int] = frozenset()


class Suspects:
    """Tells suspects from the others, and keeps count; used by any number of threads."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        claims: Claims,
        archive: Table,
        *,
        max_receives: int,
        outside: Outside = REAL,
    ) -> None:
        self._client = client
        self._table = table
        self._claims = claims
        self._archive = archive
        self._max_receives = max_receives
        self._outside = outside

    def groups(self, deliveries: Sequence[Delivery]) -> list[Group]:
        """Part a batch: one group, and no request, where all of it is delivered for the first time.

        Suspects never begun alone come before those that were, so that a page that kills is met last. Never
        raises: with no answer from the table, what was delivered before is taken for a suspect.
        """
        known = self._look_up({each.message_id for each in deliveries if each.receive_count > 1})
        parts: dict[How, list[Delivery]] = {how: [] for how in How}
        for each in deliveries:
            told = None if known is None else known.get(each.message_id, _Known())
            how, delivery = self._judge(each, told)
            parts[how].append(delivery)
        alone = sorted(parts.pop(How.ALONE), key=lambda each: each.unended_alone or 0)
        if any(each.put_off for each in alone):
            parts[How.STAND_BACK] = parts.pop(How.TOGETHER)
            alone = [replace(each, put_off=False) for each in alone]
        groups = [Group(how, found) for how, found in parts.items() if found]
        return groups + [Group(How.ALONE, [each]) for each in alone]

    def _judge(self, delivery: Delivery, known: _Known | None) -> tuple[How, Delivery]:
        """known: None where the table did not answer."""
        said = known or _Known()
        unended = set(range(1, delivery.receive_count)) - said.ended
        if not unended and delivery.unended_alone is None:
            return How.TOGETHER, delivery
        strikes = (delivery.unended_alone or 0) + len(said.alone - said.ended)
        # Deliveries that reported no end are no tries of the page.
        lost = len(unended) if known is not None else 0
        delivery = replace(
            delivery,
            unended_alone=strikes,
            earlier_tries=delivery.earlier_tries - min(lost, delivery.tries - 1),
        )
        if strikes >= STRIKES:
            return How.GIVE_UP, delivery
        # Deliveries that reported no end are given back, those that failed in good order are not: what fails for good
        # still ends.
        if known is not None and unended and delivery.receive_count >= self._max_receives:
            return How.HAND_ON, delivery
        return How.ALONE, delivery

    def begin(self, delivery: Delivery) -> None:
        """Write that a suspect is begun alone. Raises ArchiveError; then it must not be begun."""
        self._add(delivery, "alone")

    def ended(self, delivery: Delivery) -> bool:
        """Leave the mark of a delivery that ended though its message stays on the queue; whether it is written."""
        try:
            self._add(delivery, "ended")
        except ArchiveError:
            return False
        return True

    def give_up(self, visit: Visit, *, token: str, lease: float, warc: WarcFile) -> None:
        """Conclude a visit with a row that says what is known of its page; it is not fetched again.

        Not where its last delivery made the capture and died afterwards, nor while another is at work on it.
        Raises ArchiveError.
        """
        request, delivery, report = visit.request, visit.report.delivery, visit.report
        assert request is not None  # noqa: S101 - the pipeline parsed it before it called
        try:
            self._claims.take(request.url, holder=token, lease=lease)
            visit.claimed_by = token
        except NotYet as error:
            visit.postpone(error.wait, error.reason)
            return
        made = self._archive.of_message(request.url, delivery.id, self._outside.now() - MESSAGE_LIFE)
        if any(is_capture_of(row, delivery.id, request.url) for row in made):
            visit.skip("this message made its capture already")
            return
        cause = PermanentError(
            "job-failed",
            "captures of this page, each with nothing else at work, never reported an end: "
            "the page may have ended the process (a crash, memory, the function's timeout)",
            url=request.url,
        )
        capture = Capture(
            request, delivery.id, token, started=self._outside.now(), tries=delivery.tries, error=cause
        )
        visit.stored.append(warc.add(capture))
        visit.gave_up = True
        report.outcome, report.code, report.reason = "failed", cause.code, cause.reason

    def _look_up(self, message_ids: Iterable[str]) -> dict[str, _Known] | None:
        """Return what is known of messages, in one request for a batch (at most 100); None without an answer."""
        keys = [{"pk": {"S": _key(each)}} for each in message_ids]
        if not keys:
            return {}
        try:
            answer = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}}
            )
        except (ClientError, BotoCoreError):
            return None
        if answer.get("UnprocessedKeys"):
            return None
        return {
            item["pk"]["S"].partition("#")[2]: _Known(_numbers(item, "ended"), _numbers(item, "alone"))
            for item in answer["Responses"].get(self._table, [])
        }

    def _add(self, delivery: Delivery, what: str) -> None:
        expires = int((self._outside.now() + MESSAGE_LIFE).timestamp())
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": _key(delivery.message_id)}},
                UpdateExpression="ADD #what :count SET #expires = :expires",
                ExpressionAttributeNames={"#what": what, "#expires": "expires"},
                ExpressionAttributeValues={
                    ":count": {"NS": [str(delivery.receive_count)]},
                    ":expires": {"N": str(expires)},
                },
            )
        except (ClientError, BotoCoreError) as error:
            raise ArchiveError(
                f"UpdateItem on {self._table} for {_key(delivery.message_id)}: {error}"
            ) from error


def _key(message_id: str) -> str:
    return f"delivery#{message_id}"


def _numbers(item: Any, name: str) -> frozenset[int]:
    return frozenset(int(number) for number in item.get(name, {}).get("NS", ()))

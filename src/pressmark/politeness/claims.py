"""Claims: one delivery at a time works on a URL, and one message makes one capture.

SQS delivers at least once, also to two invocations at the same time. A claim says who works on a URL and until
when (its lease), and is taken by one conditional write that costs nothing of its own: where the host is asked
in turns, it is the write that takes the turn (:mod:`pressmark.politeness.riders`). No row is read for it.
What can stand in the way:

- somebody works on the URL: if a row already carries their token they are done, and the claim passes on;
  otherwise the page waits until their lease ends;
- this very message made its capture before. Its row is seen among the URL's newest, which are read for every
  page (:func:`made_by`); a message that is known to be delivered again looks for its row first, however many are
  newer.

The state table may be lost at any time. Then two deliveries at the same time make two captures, which is
visible and harmless; nothing is lost.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pressmark.archive.rows import Item
from pressmark.errors import ArchiveError, NotYet
from pressmark.politeness.riders import NAME, Held, Ride, Rider, claims_of, met, release
from pressmark.politeness.turns import Turns, turn_key
from pressmark.urls import turn_host, urlkey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MESSAGE_LIFE = 15 * 86400
"""Seconds after which no message of the queue can come again: SQS keeps one at most 14 days."""

SHARED_DELAY = 1.0
"""HostDelay, seconds, from which on claims stand in their host's item. Of a host that is asked more often, more pages
are under way than a write unit holds, and each claim has an item of its own."""

KEPT_SECONDS = 3600
"""How long a claim's own item outlives its lease; then the table's TTL takes it away."""

_TOKEN = 8
"""Characters of a holder's token that its claim holds: the end of it, which is random."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim that was taken. wait: seconds until the host may be asked. duplicate: this very message made its
    capture already; there is no claim, and nothing to do.
    """

    url: str
    rider: Rider
    shared: bool = False
    wait: float = 0.0
    duplicate: bool = False


def made_by(message_id: str, url: str, rows: Iterable[Item]) -> bool:
    """Whether one of the rows says that the message made its capture of the URL.

    The row of the URL that was asked for is written last, so it says that everything else is there; a redirect
    from http to https leaves two rows under one urlkey. A row with an error ends nothing: whoever puts a dead
    letter back wants another try.
    """
    return any(
        row.get("message_id") == message_id and row["url"] == url and "error" not in row for row in rows
    )


class Claims:
    """The claims of one deployment."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        turns: Turns,
        recent: Callable[[str], Iterable[Item]],
        now: Callable[[], datetime],
        of_message: Callable[[str, str, datetime], Iterable[Item]] | None = None,
        *,
        shared: bool = False,
    ) -> None:
        """recent: returns the newest rows of a URL; of_message: those that a message made since an instant.

        Both are asked on the uncommon path only. shared: whether claims stand in their host's item; the same for all
        processes of a deployment, as each must find the others'.
        """
        self._shared = shared
        self._client = client
        self._table = table
        self._turns = turns
        self._recent = recent
        self._now = now
        self._of_message = of_message

    def take(
        self,
        url: str,
        *,
        message_id: str,
        token: str,
        lease: float,
        delay: float = 0.0,
        turn_taken: bool = False,
        repeated: bool = False,
    ) -> Claimed:
        """Claim a URL for ``lease`` seconds, and take its host's turn. token: unique to this work on it.

        delay: seconds between two requests to the host; 0 takes no turn. turn_taken: the host's turn was taken
        before, as its robots.txt had to be asked for. repeated: the message was delivered
        before, so its row may be there. Raises NotYet while another works on the URL or the turn has not come,
        ArchiveError when the table does not answer.
        """
        now = self._now()
        rider = Rider(
            name=NAME + _digest(url),
            value=f"{_whole_seconds(now + timedelta(seconds=lease))}{_mark(token)}",
            over=_whole_seconds(now),
        )
        claimed = Claimed(url, rider, shared=self._shared)
        if repeated and made_by(message_id, url, self._rows(url, message_id)):
            return replace(claimed, duplicate=True)
        delay = 0.0 if turn_taken else delay
        if not claimed.shared:
            claimed = replace(claimed, wait=self._turns.take(turn_host(url), delay))
        try:
            return self._write(claimed, delay)
        except Held as held:
            standing = held.value
        rows = self._rows(url, message_id if repeated else None)
        if made_by(message_id, url, rows):
            return replace(claimed, duplicate=True)
        ends, holder = standing[: len(rider.over)], standing[len(rider.over) :]
        if any(_mark(row["token"]) == holder and row["url"] == url for row in rows if "token" in row):
            try:
                return self._write(replace(claimed, rider=replace(rider, passing=standing)), delay)
            except Held as held:
                ends = held.value[: len(rider.over)]
        raise NotYet(max(1.0, int(ends) - now.timestamp()), f"another delivery works on {url}", ours=True)

    def settled(self, claimed: Claimed) -> None:
        """Say that the work of a claim is done and its rows are stored; costs nothing."""
        if claimed.shared:
            self._turns.settled(turn_host(claimed.url), claimed.rider)

    def release(self, claimed: Claimed) -> None:
        """End a claim, so that the next try need not wait for its lease to end; raises ArchiveError."""
        if claimed.shared:
            self._turns.release(turn_host(claimed.url), claimed.rider)
        else:
            release(self._client, self._table, _pk(claimed.url), claimed.rider)

    def _rows(self, url: str, message_id: str | None) -> list[Item]:
        rows = list(self._recent(url))
        if message_id is not None and self._of_message is not None:
            rows += self._of_message(url, message_id, self._now() - timedelta(seconds=MESSAGE_LIFE))
        return rows

    def _write(self, claimed: Claimed, delay: float) -> Claimed:
        """Write the claim, a shared one with its turn. Raises Held where another's is in the way, NotYet, too."""
        if claimed.shared and delay > 0:
            wait = self._turns.take(turn_host(claimed.url), delay, rider=claimed.rider)
            return replace(claimed, wait=wait)
        self._write_alone(claimed)
        return claimed

    def _write_alone(self, claimed: Claimed) -> None:
        """Write a claim without a turn: into an item of its own, or that of its host."""
        rider = claimed.rider
        pk = turn_key(turn_host(claimed.url)) if claimed.shared else _pk(claimed.url)
        ride = Ride.of(rider)
        # A host's item is kept for its turns, and longer than for any claim.
        expiry = "if_not_exists(#expires, :expires)" if claimed.shared else ":expires"
        expires = int(rider.value[: len(rider.over)]) + KEPT_SECONDS
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": pk}},
                UpdateExpression=f"SET #expires = {expiry}{ride.sets}",
                ConditionExpression=" AND ".join(ride.conditions),
                ExpressionAttributeNames={"#expires": "expires", **ride.names},
                ExpressionAttributeValues={":expires": {"N": str(expires)}, **ride.values},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            item: Any = error.response.get("Item") or {}  # with ReturnValuesOnConditionCheckFailure
            if not met(rider, claims_of(item)):
                # Whoever stood in the way is gone since: so is the reason to go on without a claim.
                raise NotYet(1.0, f"another delivery works on {claimed.url}", ours=True) from error
        except (ClientError, BotoCoreError) as error:
            raise ArchiveError(f"UpdateItem on {self._table} for {pk}: {error}") from error


def _pk(url: str) -> str:
    return f"claim#{urlkey(url)} {_digest(url)}"


def _digest(url: str) -> str:
    """Name a URL among those of its host: 60 bits of SHA-256, in ten characters."""
    return urlsafe_b64encode(hashlib.sha256(url.encode()).digest())[:10].decode()


def _mark(token: str) -> str:
    return str(token)[-_TOKEN:]


def _whole_seconds(moment: datetime) -> str:
    return f"{int(moment.timestamp()):010d}"

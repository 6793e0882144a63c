"""Claims: one delivery at a time works on a URL, and one message makes one capture.

SQS delivers at least once, also to two invocations at the same time. A claim is one conditional write on
the state table, and on the common path the only thing it costs: no read. It says who works on the URL and
until when (its lease). Three things can meet it:

- nobody was there within the time a message can live: go on;
- somebody was, long ago: their rows are looked up for this very message, which may be delivered again;
- somebody is, now: if a row already carries their token they are done, and the claim passes on; otherwise
  the page waits.

The state table may be lost at any time. Then a message that is delivered twice makes two captures, which
is visible and harmless; nothing is lost.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pressmark.archive.rows import Item
from pressmark.errors import ArchiveError, NotYet
from pressmark.urls import urlkey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MESSAGE_LIFE = 15 * 86400
"""Seconds after which no message of the queue can come again: SQS keeps one at most 14 days."""

# Each DynamoDB condition has a name and a sentence.
FREE = "attribute_not_exists(pk) OR #lease < :now"
"""Nobody has ever claimed the URL, or whoever did is past their lease: dead, or long done."""

HELD_BY = "#token = :holder"
"""The claim is still the one that was looked at: nobody else took it in between."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim that was taken. duplicate: this very message has a row already; there is nothing to do."""

    key: str
    token: str
    duplicate: bool = False


class Claims:
    """The claims of one deployment."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        recent: Callable[[str], Iterable[Item]],
        now: Callable[[], datetime],
        of_message: Callable[[str, str, datetime], Iterable[Item]] | None = None,
    ) -> None:
        """recent: returns the newest rows of a URL; of_message: those that a message made since an instant.

        Both are asked on the uncommon path only.
        """
        self._client = client
        self._table = table
        self._recent = recent
        self._now = now
        self._of_message = of_message

    def take(self, url: str, *, message_id: str, token: str, lease: float, repeated: bool = False) -> Claimed:
        """Claim a URL for ``lease`` seconds. token: unique to this work on it.

        repeated: the message was delivered before, so its row may be there, however many are newer.
        Raises NotYet while another works on the URL, ArchiveError when the table does not answer.
        """
        key = f"claim#{urlkey(url)}"
        now = self._now().timestamp()
        values = {
            ":token": {"S": token},
            ":message": {"S": message_id},
            ":lease": {"N": f"{now + lease:.3f}"},
            ":expires": {"N": str(int(now + lease + MESSAGE_LIFE))},
        }
        before, holds = self._update(key, values | {":now": {"N": f"{now:.3f}"}}, FREE)
        if holds and not before:
            return Claimed(key, token)
        holder = before.get("token", {}).get("S", "")
        # A write whose answer was lost is sent again by the SDK, and then meets itself.
        holds = holds or holder == token
        rows = [row for row in self._recent(url) if "token" in row]
        if repeated and self._of_message is not None:
            rows += self._of_message(url, message_id, self._now() - timedelta(seconds=MESSAGE_LIFE))
        # The row of the URL that was asked for is written last, so it says that everything else is there; a
        # redirect from http to https leaves two rows under one urlkey. A row with an error ends nothing:
        # whoever puts a dead letter back wants another try.
        if any(
            row.get("message_id") == message_id and row["url"] == url and "error" not in row for row in rows
        ):
            if holds:
                self.release(Claimed(key, token))
            return Claimed(key, token, duplicate=True)
        if holds:
            return Claimed(key, token)
        if any(row["token"] == holder and row["url"] == url for row in rows):
            _, holds = self._update(key, values | {":holder": {"S": holder}}, HELD_BY)
            if holds:
                return Claimed(key, token)
        wait = float(before.get("lease", {}).get("N", now)) - now
        raise NotYet(max(1.0, wait), f"another delivery works on {url}")

    def release(self, claimed: Claimed) -> None:
        """End a claim's lease, so that the next try need not wait for it; raises ArchiveError.

        The item stays: that somebody was there is what makes the next one look for rows of its message.
        """
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": claimed.key}},
                UpdateExpression="SET #lease = :over",
                ConditionExpression=HELD_BY,
                ExpressionAttributeNames={"#token": "token", "#lease": "lease"},
                ExpressionAttributeValues={":holder": {"S": claimed.token}, ":over": {"N": "0"}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return  # another has it by now: their lease outlived ours
        except (ClientError, BotoCoreError) as error:
            raise ArchiveError(f"UpdateItem on {self._table} for {claimed.key}: {error}") from error

    def _update(self, key: str, values: dict[str, Any], condition: str) -> tuple[dict[str, Any], bool]:
        """Write the claim if the condition holds; returns what stood there before, and whether it held."""
        names = {"#token": "token", "#message": "message", "#lease": "lease", "#expires": "expires"}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": key}},
                UpdateExpression="SET #token = :token, #message = :message, #lease = :lease, #expires = :expires",
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            item: Any = error.response.get("Item") or {}  # with ReturnValuesOnConditionCheckFailure
            return dict(item), False
        except (ClientError, BotoCoreError) as error:
            raise ArchiveError(f"UpdateItem on {self._table} for {key}: {error}") from error
        return dict(answer.get("Attributes") or {}), True

"""How many pages were saved with a key today: an item of the state table for each key and day of UTC.

Counting is one conditional write, so that of any number of simultaneous requests only as many pass as are left. If the
state table does not answer, none passes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pressmark.aws import asking

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=2)
"""How long a day's item stays after its end; then the table's TTL removes it."""

SLOTS = 16
"""How many of a key's latest jobs an item remembers: so it stays below the kilobyte of one write unit."""


@dataclass(frozen=True, slots=True)
class Used:
    """What was saved with a key today. jobs: ids of approximately the latest."""

    count: int = 0
    jobs: tuple[str, ...] = ()


class Quota:
    """The daily limits of one deployment; safe for any number of threads."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def take(self, key: str, limit: int, *, job: str) -> str | None:
        """Count a page to be saved with a key; return a receipt for :meth:`give_back`, None if the limit is reached.

        Raises ArchiveError.
        """
        place = self._place(key)
        with asking(f"UpdateItem on {self._table} for key {key}"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": place}},
                    UpdateExpression="ADD #count :one SET #expires = :expires, #slot = :job",
                    ConditionExpression="attribute_not_exists(#count) OR #count < :limit",
                    ExpressionAttributeNames={
                        "#count": "count",
                        "#expires": "expires",
                        "#slot": f"job{int(job[-4:], 16) % SLOTS}",
                    },
                    ExpressionAttributeValues={
                        ":one": {"N": "1"},
                        ":limit": {"N": str(limit)},
                        ":expires": {"N": str(int((self._midnight() + KEPT).timestamp()))},
                        ":job": {"S": job},
                    },
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return None
        return place

    def give_back(self, place: str) -> None:
        """Undo the count of a page that did not get onto the queue. Raises ArchiveError."""
        with asking(f"UpdateItem on {self._table} for {place}"):
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": place}},
                UpdateExpression="ADD #count :one",
                ExpressionAttributeNames={"#count": "count"},
                ExpressionAttributeValues={":one": {"N": "-1"}},
            )

    def used(self, key: str) -> Used:
        """Return what was saved with a key today. Raises ArchiveError."""
        with asking(f"GetItem on {self._table} for key {key}"):
            answer = self._client.get_item(
                TableName=self._table, Key={"pk": {"S": self._place(key)}}, ConsistentRead=True
            )
        item = answer.get("Item")
        if item is None:
            return Used()
        return Used(
            max(0, int(item["count"]["N"])),
            tuple(value["S"] for name, value in item.items() if name.startswith("job")),
        )

    def seconds_left(self) -> int:
        """Return the seconds until the limits begin again: to midnight, UTC."""
        return math.ceil((self._midnight() - self._now()).total_seconds())

    def _midnight(self) -> datetime:
        """Return the end of today."""
        day = self._now().astimezone(UTC).date() + timedelta(days=1)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)

    def _place(self, key: str) -> str:
        return f"quota#{key}#{self._now().astimezone(UTC).date()}"

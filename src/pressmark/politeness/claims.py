"""Claims: keep two deliveries that must not do the same work from working on one URL at the same time.

Most pages need no claim. SQS may deliver a message twice, even to two invocations at the same moment, but seldom does;
then a page is captured twice, which can be seen and harms nobody. Two kinds of delivery must avoid that, and claim
their URL: one of a page that failed before or is to be captured alone, as there may be two copies of it; and one whose
sender wants nothing if the URL was captured lately. A claim is an item of its own on the state table, which says who
holds it and until when (its lease). It ends with the work; if the process died, with the lease.

A claim does not say what was done before it: its holder looks for rows after taking it, with consistent reads.

The state table may be lost at any time: that costs a second capture at most.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pressmark.aws import asking
from pressmark.errors import NotYet

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CLAIM_KEPT_SECONDS = 3600
"""How long a claim's item outlives its lease; then the table's TTL deletes it."""

# Each DynamoDB condition has a name and a sentence. Instants are whole milliseconds since 1970.
UNCLAIMED = "attribute_not_exists(#ends) OR #ends <= :now OR #holder = :holder"
"""No claim, one past its lease, or our own: the SDK repeats a write whose answer was lost."""

MINE = "#holder = :holder"
"""The claim is still ours: nobody took it over when its lease had ended."""


class Claims:
    """The claims of one deployment; used by any number of threads."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def take(self, url: str, *, holder: str, lease: float) -> None:
        """Claim a URL for ``lease`` seconds. holder: unique to this work on it.

        Raises NotYet while another delivery works on the URL, with the seconds until its lease ends; ArchiveError if
        the table does not answer.
        """
        now = round(1000 * self._now().timestamp())
        ends = now + round(1000 * lease)
        numbers = {":now": now, ":ends": ends, ":expires": ends // 1000 + CLAIM_KEPT_SECONDS}
        with asking(f"UpdateItem on {self._table} for {claim_key(url)}"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": claim_key(url)}},
                    UpdateExpression="SET #holder = :holder, #ends = :ends, #expires = :expires",
                    ConditionExpression=UNCLAIMED,
                    ExpressionAttributeNames={"#holder": "holder", "#ends": "ends", "#expires": "expires"},
                    ExpressionAttributeValues={
                        ":holder": {"S": holder},
                        **{name: {"N": str(number)} for name, number in numbers.items()},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException as error:
                standing: Any = error.response.get("Item")  # with ReturnValuesOnConditionCheckFailure
                wait = max(1.0, (int(standing["ends"]["N"]) - now) / 1000)
                raise NotYet(wait, f"another delivery is working on {url}", ours=True) from error

    def release(self, url: str, *, holder: str) -> None:
        """End a claim before its lease, for others that wait, unless another holds it by now. Raises ArchiveError."""
        with asking(f"UpdateItem on {self._table} for {claim_key(url)}"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": claim_key(url)}},
                    UpdateExpression="REMOVE #holder, #ends",
                    ConditionExpression=MINE,
                    ExpressionAttributeNames={"#holder": "holder", "#ends": "ends"},
                    ExpressionAttributeValues={":holder": {"S": holder}},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return


def claim_key(url: str) -> str:
    """Return the key of a URL's claim on the state table: a digest, as a URL may be longer than a key."""
    return f"claim#{hashlib.sha256(url.encode()).hexdigest()}"

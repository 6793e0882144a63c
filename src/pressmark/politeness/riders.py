"""Claims as attributes of an item: how one is written, met, and taken off again.

A claim stands in the item of its host, beside the host's turn and with the claims on the host's other URLs, or
in an item of its own. Either way it is one attribute: its name is made from the URL, its value from when its
lease ends and who holds it. So one conditional write takes a turn and a claim, or neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pressmark.errors import ArchiveError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NAME = "c:"
"""How names of claims begin, among the attributes of an item."""

SWEPT = 10
"""Claims that one write takes off at most; each is a condition of its own (DynamoDB's expressions end at 4 KB)."""

# Each DynamoDB condition has a name and a sentence.
UNCLAIMED = "(attribute_not_exists(#claim) OR #claim < :over OR #claim = :passing)"
"""Nobody works on the URL: no claim, one past its lease, or one whose holder is known to be done."""

UNCHANGED = "(attribute_not_exists(#swept{0}) OR #swept{0} = :swept{0})"
"""The claim that is taken off is still the one that was seen to be over."""

MINE = "#claim = :mine"
"""The claim is still ours: nobody took it over when its lease had ended."""


@dataclass(frozen=True, slots=True)
class Rider:
    """A claim to be written.

    name, value: of the attribute. Values begin with the instant the lease ends, so that they compare as times do.
    over: a value below this is a claim that is over. passing: another's claim that may be taken over all the
    same, its holder being done.
    """

    name: str
    value: str
    over: str
    passing: str = "-"


class Held(Exception):  # noqa: N818 - it is not an error: the page waits, or finds that there is nothing to do
    """Another's claim stands in the way, and nothing was written. value: that claim's."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


@dataclass(slots=True)
class Ride:
    """What a claim adds to an UpdateItem that sets something else: parts of expressions, names and values."""

    sets: str = ""
    removes: str = ""
    conditions: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rider: Rider) -> "Ride":
        """Write a claim."""
        values = {":claim": rider.value, ":over": rider.over, ":passing": rider.passing}
        return cls(
            sets=", #claim = :claim",
            conditions=[UNCLAIMED],
            names={"#claim": rider.name},
            values={name: {"S": value} for name, value in values.items()},
        )

    def sweep(self, claims: Mapping[str, str]) -> "Ride":
        """Take claims (names and values) off as well, as many as one write can."""
        gone = [claim for claim in claims.items() if claim[0] not in self.names.values()][:SWEPT]
        for number, (name, value) in enumerate(gone):
            self.conditions.append(UNCHANGED.format(number))
            self.names[f"#swept{number}"] = name
            self.values[f":swept{number}"] = {"S": value}
        if gone:
            self.removes = "REMOVE " + ", ".join(f"#swept{number}" for number in range(len(gone)))
        return self


def claims_of(item: Mapping[str, Any]) -> dict[str, str]:
    """Return the claims of an item as DynamoDB's API spells it: names and values."""
    return {name: str(value["S"]) for name, value in item.items() if name.startswith(NAME)}


def met(rider: Rider, claims: Mapping[str, str]) -> bool:
    """Whether a write that was refused had been done already; ``claims``: those of the item it met.

    A write whose answer was lost is sent again by the SDK, and then meets itself. Raises Held where what it
    met is another's claim; returns False where no claim was in the way.
    """
    standing = claims.get(rider.name, "")
    if standing == rider.value:
        return True
    if standing >= rider.over and standing != rider.passing:
        raise Held(standing)
    return False


def release(client: "DynamoDBClient", table: str, pk: str, rider: Rider) -> None:
    """Take a claim off its item, unless another has it by now. Raises ArchiveError."""
    try:
        client.update_item(
            TableName=table,
            Key={"pk": {"S": pk}},
            UpdateExpression="REMOVE #claim",
            ConditionExpression=MINE,
            ExpressionAttributeNames={"#claim": rider.name},
            ExpressionAttributeValues={":mine": {"S": rider.value}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return
    except (ClientError, BotoCoreError) as error:
        raise ArchiveError(f"UpdateItem on {table} for {pk}: {error}") from error

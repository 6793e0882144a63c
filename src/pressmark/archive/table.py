"""The archive table: writes captures, and finds the latest one again."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pressmark.archive.rows import Item
from pressmark.aws import asking
from pressmark.clock import iso_utc
from pressmark.errors import ArchiveError
from pressmark.surt import site, urlkey
from pressmark.text import counted

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from pressmark.warc.event import Earlier

ITEMS_A_BATCH = 25
"""Items a BatchWriteItem takes (Amazon DynamoDB API reference)."""

KEYS_A_BATCH = 100
"""Keys a BatchGetItem takes (Amazon DynamoDB API reference)."""

RECENT = 20
"""How many rows are read to find the capture that a new one may repeat: ten captures of a page that redirects from http
to https. At most 25 kilobytes, 3 read units; most URLs have fewer."""

FURTHER, MOST = 100, 320
"""If captures of other URLs share the urlkey: how many rows each further Query reads, and all together."""

ARTICLE_ATTRIBUTES = (
    "title titles description section site_name language authors tags published modified image caption credit kind "
    "words paywalled canonical read"
).split()


def marshal(value: Any) -> dict[str, Any]:
    """Write a value the way DynamoDB's API spells it. Takes str, bool, int, float, list and dict."""
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": str(value)}
    if isinstance(value, list | tuple):
        return {"L": [marshal(each) for each in value]}
    if isinstance(value, Mapping):
        return {"M": {name: marshal(each) for name, each in value.items()}}
    raise TypeError(f"no DynamoDB type for {type(value).__name__}")


def unmarshal(value: Mapping[str, Any]) -> Any:
    """Read a value as DynamoDB's API spells it; whole numbers come back as int."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "N":
            return int(content) if content.lstrip("-").isdigit() else float(content)
        case "L":
            return [unmarshal(each) for each in content]
        case "M":
            return {name: unmarshal(each) for name, each in content.items()}
        case "NULL":
            return None
    raise TypeError(f"Pressmark writes no DynamoDB type {kind}")


def to_item(row: Item) -> dict[str, Any]:
    """Marshal a whole item."""
    return {name: marshal(value) for name, value in row.items()}


def from_item(item: Mapping[str, Any]) -> Item:
    """Unmarshal a whole item."""
    return {name: unmarshal(value) for name, value in item.items()}


class Table:
    """The archive table behind one DynamoDB client."""

    def __init__(
        self, client: "DynamoDBClient", name: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self.name = name
        self._sleep = sleep

    def put(self, items: Iterable[Item], *, tries: int = 8) -> None:
        """Write items, 25 a request; what DynamoDB leaves unprocessed is sent again, ever more slowly.

        Writing an item twice leaves it once, so a repeat after a crash is harmless. Raises ArchiveError if something is
        still unprocessed after ``tries``, RefusedError if an item breaks DynamoDB's rules; then some of the items may
        have been written.
        """
        self._write([{"PutRequest": {"Item": to_item(item)}} for item in unique(items)], tries)

    def put_new(self, items: Iterable[Item]) -> None:
        """Write items whose keys the table does not have, one by one. Raises ArchiveError, RefusedError."""
        for item in items:
            with (
                asking(f"PutItem on {self.name}"),
                suppress(self._client.exceptions.ConditionalCheckFailedException),
            ):
                self._client.put_item(
                    TableName=self.name,
                    Item=to_item(item),
                    ConditionExpression="attribute_not_exists(site)",
                )

    def missing(self, items: Sequence[Item]) -> list[Item]:
        """Return those items whose keys the table does not have; one that was written just now may be among them.

        Half a read unit each. Items that DynamoDB leaves unread count as missing. Raises ArchiveError.
        """
        there: set[tuple[str, str]] = set()
        for start in range(0, len(items), KEYS_A_BATCH):
            keys = [
                to_item({"site": item["site"], "capture": item["capture"]})
                for item in items[start : start + KEYS_A_BATCH]
            ]
            with asking(f"BatchGetItem on {self.name}"):
                answer = self._client.batch_get_item(
                    RequestItems={self.name: {"Keys": keys, "ProjectionExpression": "site, capture"}}
                )
            found = map(from_item, answer["Responses"].get(self.name, ()))
            there |= {(each["site"], each["capture"]) for each in found}
        return [item for item in items if (item["site"], item["capture"]) not in there]

    def delete(self, items: Iterable[Item], *, tries: int = 8) -> None:
        """Delete items by their primary keys; a missing item is not an error. Raises ArchiveError, RefusedError."""
        keys = [{"site": item["site"], "capture": item["capture"]} for item in unique(items)]
        self._write([{"DeleteRequest": {"Key": to_item(key)}} for key in keys], tries)

    def _write(self, waiting: list[Any], tries: int) -> None:
        failures = 0
        while waiting:
            batch, waiting = waiting[:ITEMS_A_BATCH], waiting[ITEMS_A_BATCH:]
            with asking(f"BatchWriteItem on {self.name}"):
                answer = self._client.batch_write_item(RequestItems={self.name: batch})
            left: list[Any] = list(answer.get("UnprocessedItems", {}).get(self.name, []))
            if left:
                failures += 1
                if failures >= tries:
                    raise ArchiveError(
                        f"BatchWriteItem on {self.name}: {counted(len(left), 'item')} unprocessed after {tries} tries"
                    )
                self._sleep(random.uniform(0, min(5.0, 0.05 * 2**failures)))  # noqa: S311 - jitter, not a secret
                waiting = left + waiting
            else:
                failures = 0

    def recent(self, url: str, *, limit: int = RECENT, consistent: bool = True) -> list[Item]:
        """Return the newest rows of a URL's urlkey, newest first: usually ``limit``, in one Query.

        As long as less than a quarter of them are of exactly this URL, more are read, up to MOST: a redirect from http
        to https and on to a name's www leaves a row for each, and a neighbour (:mod:`pressmark.archive.same`) may be
        captured far more often. Without ``consistent`` it costs half, and rows of the last second may be missing.
        Raises ArchiveError.
        """
        key = urlkey(url)
        options: dict[str, Any] = {"Limit": limit}
        found: list[Item] = []
        while True:
            with asking(f"Query on {self.name} for {url}"):
                answer = self._client.query(
                    TableName=self.name,
                    KeyConditionExpression="site = :site AND begins_with(#capture, :urlkey)",
                    ExpressionAttributeNames={"#capture": "capture"},
                    ExpressionAttributeValues={":site": {"S": site(key)}, ":urlkey": {"S": key + " "}},
                    ScanIndexForward=False,
                    ConsistentRead=consistent,
                    **options,
                )
            found += [from_item(item) for item in answer["Items"]]
            own = sum(row["url"] == url for row in found)
            if "LastEvaluatedKey" not in answer or 4 * own >= limit or len(found) >= MOST:
                return found
            options = {"Limit": FURTHER, "ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def of_message(self, url: str, message_id: str, since: datetime) -> list[Item]:
        """Return the rows of a URL that a message caused at or after an instant (aware), with a consistent read."""
        key = urlkey(url)
        options: dict[str, Any] = {}
        found: list[Item] = []
        while True:
            with asking(f"Query on {self.name} for {url}"):
                answer = self._client.query(
                    TableName=self.name,
                    KeyConditionExpression="site = :site AND #capture BETWEEN :first AND :last",
                    FilterExpression="message_id = :message",
                    ExpressionAttributeNames={"#capture": "capture"},
                    ExpressionAttributeValues={
                        ":site": {"S": site(key)},
                        ":first": {"S": f"{key} {iso_utc(since)}"},
                        ":last": {"S": f"{key} \x7f"},
                        ":message": {"S": message_id},
                    },
                    ConsistentRead=True,
                    **options,
                )
            found += [from_item(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return found
            options = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def unique(items: Iterable[Item]) -> list[Item]:
    """Keep the last item of each key: BatchWriteItem refuses a request that names one key twice."""
    return list({(item["site"], item["capture"]): item for item in items}.values())


def earlier_of(url: str, rows: Iterable[Item]) -> "Earlier | None":
    """Return the capture that a new one of the URL may repeat: its newest complete, successful response.

    rows: the newest rows of the URL, newest first. A revisit passes on the capture that it stands for, but
    only while that capture is among the rows: one that was taken down must not be referred to again, and a
    page that never changes is kept whole once in a while.
    """
    from pressmark.http.sniffing import HTML_TYPES
    from pressmark.warc.event import Earlier

    rows = list(rows)
    standing = {
        (row["url"], row["captured"]): row for row in rows if "deleted" not in row and "revisit" not in row
    }
    for row in rows:
        # A revisit passes on the capture it stands for: revisits never refer to revisits.
        revisit = "revisit" in row
        if (
            row["url"] != url
            or "deleted" in row
            # A 304 that is not a revisit answered nothing; of a chain, only the first row has the error.
            or row.get("status") not in ((200, 203, 304) if revisit else (200, 203))
            or "error" in row
            or "truncated" in row
        ):
            continue
        original = (str(row.get("original_url", row["url"])), row.get("original_captured"))
        if revisit and ("original_warc" not in row or original not in standing):
            continue
        # A 304 need not say again what has not changed (RFC 9110 section 15.4.5).
        said = standing[original] if row["status"] == 304 else row
        article = {name: row[name] for name in ARTICLE_ATTRIBUTES if name in row}
        return Earlier(
            url=original[0] if revisit else url,
            captured=row["original_captured"] if revisit else row["captured"],
            digest=row.get("digest"),
            warc=row["original_warc"] if revisit else row["warc"],
            offset=row["original_offset"] if revisit else row["offset"],
            length=row["original_length"] if revisit else row["length"],
            etag=row.get("etag") or said.get("etag"),
            last_modified=row.get("last_modified") or said.get("last_modified"),
            article=article,
            unread=not article and said.get("mime") in HTML_TYPES,
        )
    return None

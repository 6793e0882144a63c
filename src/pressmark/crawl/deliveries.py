"""A record of an SQS event, read as a delivery (AWS Lambda developer guide, "Using Lambda with Amazon SQS")."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pressmark.crawl.isolation import STRIKES
from pressmark.crawl.patience import LONGEST_WAIT
from pressmark.http.fetcher import MAX_RETRY_AFTER
from pressmark.queues.message import (
    ATTRIBUTE_FIRST_SENT,
    ATTRIBUTE_ID,
    ATTRIBUTE_SUSPECT,
    ATTRIBUTE_TRIES,
    ATTRIBUTE_WAIT,
    Delivery,
)


def delivery_of(record: Mapping[str, Any]) -> Delivery:
    """Read a record of an event.

    Whoever may send messages may send the attributes of a copy, too: they can say what a copy of ours might say, and
    nothing beyond that. What makes no sense is passed over.
    """
    # A plain dictionary: Powertools' classes for events load those of every service, a tenth of a cold start.
    said, system = record.get("messageAttributes", {}), record.get("attributes", {})
    strikes = _number(_attribute(said, ATTRIBUTE_SUSPECT))
    sent = _instant(str(system.get("SentTimestamp", "")))
    first = _instant(_attribute(said, ATTRIBUTE_FIRST_SENT))
    count = str(system.get("ApproximateReceiveCount", "1"))
    return Delivery(
        id=_attribute(said, ATTRIBUTE_ID)[:100] or record["messageId"],
        body=record["body"],
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        receive_count=max(1, int(count)) if count.isdecimal() else 1,
        earlier_tries=_number(_attribute(said, ATTRIBUTE_TRIES)) or 0,
        wait=min(_number(_attribute(said, ATTRIBUTE_WAIT), digits=5) or 0, MAX_RETRY_AFTER),
        unended_alone=None if strikes is None else min(strikes, STRIKES),
        # No younger than SQS says it is, and no older than any copy.
        first_sent=first if sent and first and sent - LONGEST_WAIT < first < sent else sent,
    )


def _attribute(said: Mapping[str, Any], name: str) -> str:
    return str(said.get(name, {}).get("stringValue") or "")


def _number(text: str, digits: int = 4) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def _instant(text: str) -> datetime | None:
    """Read milliseconds since 1970, as in SQS's SentTimestamp."""
    milliseconds = _number(text, digits=14)
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)

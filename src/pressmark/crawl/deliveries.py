"""A record of an SQS event, read as a delivery (AWS Lambda developer guide, "Using Lambda with Amazon SQS")."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pressmark.crawl.isolation import STRIKES
from pressmark.crawl.patience import LONGEST_WAIT
from pressmark.http.fetcher import MAX_RETRY_AFTER
from pressmark.queues import runs
from pressmark.queues.message import (
    ATTRIBUTE_FIRST_SENT,
    ATTRIBUTE_ID,
    ATTRIBUTE_SUSPECT,
    ATTRIBUTE_TRIES,
    ATTRIBUTE_WAIT,
    Delivery,
)
from pressmark.queues.runs import ATTRIBUTE_RUN

MOST_ID = 100
"""Maximum characters of a message's identity; it is cut there."""

MOST_TRIES = 9999


def deliveries_of(record: Mapping[str, Any]) -> list[Delivery]:
    """Read a record of an event: one delivery, or one for each page of a run (pressmark.queues.runs).

    Anybody who may send messages can also send the attributes that our own copies have. So values are limited to those
    that a copy could have, and invalid ones are ignored.
    """
    # A plain dictionary: Powertools' event classes load those of all services, which is a tenth of a cold start.
    said, system = record.get("messageAttributes", {}), record.get("attributes", {})
    strikes = _number(_attribute(said, ATTRIBUTE_SUSPECT))
    sent = _instant(str(system.get("SentTimestamp", "")))
    count = str(system.get("ApproximateReceiveCount", "1"))
    message = Delivery(
        id=_attribute(said, ATTRIBUTE_ID)[:MOST_ID] or record["messageId"],
        body=record["body"],
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        receive_count=max(1, int(count)) if count.isdecimal() else 1,
        earlier_tries=_number(_attribute(said, ATTRIBUTE_TRIES)) or 0,
        wait=min(_number(_attribute(said, ATTRIBUTE_WAIT), digits=5) or 0, MAX_RETRY_AFTER),
        unended_alone=None if strikes is None else min(strikes, STRIKES),
        first_sent=_first_sent(_attribute(said, ATTRIBUTE_FIRST_SENT), sent),
    )
    if not _attribute(said, ATTRIBUTE_RUN):
        return [message]
    try:
        pages = runs.read(message.body)
    except ValueError:
        return [message]  # it is then rejected, as it is not a capture request
    return [
        replace(
            message,
            id=page.id[:MOST_ID],
            body=page.body,
            earlier_tries=min(page.tries, MOST_TRIES),
            first_sent=_first_sent(str(page.sent), sent),
            place=place,
            unended_alone=None,  # its pages are acknowledged together, so that none of them can be captured alone
        )
        for place, page in enumerate(pages)
    ]


def _first_sent(said: str, sent: datetime | None) -> datetime | None:
    """Return when a message was first sent: ``said`` if less than LONGEST_WAIT before ``sent``, otherwise ``sent``."""
    first = _instant(said)
    return first if sent and first and sent - LONGEST_WAIT < first < sent else sent


def _attribute(said: Mapping[str, Any], name: str) -> str:
    return str(said.get(name, {}).get("stringValue") or "")


def _number(text: str, digits: int = 4) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def _instant(text: str) -> datetime | None:
    """Read milliseconds since 1970, as in SQS's SentTimestamp."""
    milliseconds = _number(text, digits=14)
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)

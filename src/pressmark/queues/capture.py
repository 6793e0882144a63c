"""The capture queue, seen from a worker: what happens to a message that is not just done.

- ``postpone``: its turn has not come. A copy goes on the queue with a delay and the message is done, so that
  waiting never counts as a try. The copy says when the first message was sent: see :mod:`pressmark.crawl.patience`.
- ``postpone_run``: the same of several pages of one host, which go on as one message (:mod:`pressmark.queues.runs`).
- ``retry``: it failed in a way that may pass. A copy comes after a growing delay, and counts as another try.
- ``delete``: it is done, and what comes next may kill the process before the function can answer.
- ``give_up``: it failed for good, or is not a capture request. It goes to the dead-letter queue at once, with
  the reason, rather than after four more deliveries.

No message is made visible again: see :mod:`pressmark.crawl.isolation`.
"""

import random
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from pressmark.aws import asking
from pressmark.errors import ArchiveError, cut
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

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SQS_MAX_DELAY = 900
"""Seconds a message can be delayed when it is sent (Amazon SQS API reference, DelaySeconds)."""

MESSAGE_LIFE = timedelta(days=15)
"""After this time no message is delivered again: SQS keeps one for 14 days at most (Amazon SQS API reference,
SetQueueAttributes, MessageRetentionPeriod)."""

DELETED_AT_ONCE = 10
"""Maximum number of messages of one request (Amazon SQS API reference, DeleteMessageBatch)."""

FIRST_BACKOFF = 30.0
MAX_BACKOFF = 3600.0
"""Seconds: a failed page is tried again after about 30 s, 1, 2, 4 ... minutes, at most an hour."""

CODE_ATTRIBUTE = "PressmarkError"
REASON_ATTRIBUTE = "PressmarkReason"


def backoff(tries: int) -> float:
    """Return the seconds to wait after a number of tries: exponential, with full jitter in its upper half."""
    ceiling = min(MAX_BACKOFF, FIRST_BACKOFF * 2.0 ** min(tries - 1, 16))
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311 - jitter, not a secret


class Queue:
    """The capture queue and its dead-letter queue behind one SQS client."""

    def __init__(self, client: "SQSClient", url: str, dead_letter_url: str) -> None:
        self._client = client
        self.url = url
        self.dead_letter_url = dead_letter_url

    def postpone(self, delivery: Delivery, wait: float) -> None:
        """Send a copy that comes after ``wait`` seconds; the original is then done.

        The copy is sent before the original is acknowledged: a crash in between leaves two. The later one does nothing
        if it finds the capture that the other has made. Raises ArchiveError.
        """
        self._send_copy(delivery, wait, tries=delivery.earlier_tries)

    def postpone_run(self, deliveries: Sequence[Delivery], wait: float) -> None:
        """Send pages of one host as one message, which comes after ``wait`` seconds. Raises ArchiveError."""
        attributes = {ATTRIBUTE_RUN: _text(str(len(deliveries)))}
        self._send_later(runs.write(deliveries), attributes, wait)

    def retry(self, delivery: Delivery, wait: float) -> None:
        """Send a copy of a message that failed; as :meth:`postpone`, but this delivery counts as a try."""
        self._send_copy(delivery, wait, tries=delivery.tries)

    def _send_copy(self, delivery: Delivery, wait: float, *, tries: int) -> None:
        attributes = {ATTRIBUTE_ID: _text(delivery.id), ATTRIBUTE_TRIES: _text(str(tries))}
        if delivery.first_sent is not None:
            attributes[ATTRIBUTE_FIRST_SENT] = _text(str(round(1000 * delivery.first_sent.timestamp())))
        if delivery.unended_alone is not None:  # a wait does not clear the page of the suspicion
            attributes[ATTRIBUTE_SUSPECT] = _text(str(delivery.unended_alone))
        self._send_later(delivery.body, attributes, wait)

    def _send_later(self, body: str, attributes: dict[str, Any], wait: float) -> None:
        seconds = ceil(max(0.0, wait))
        if seconds > SQS_MAX_DELAY:
            attributes[ATTRIBUTE_WAIT] = _text(str(seconds - SQS_MAX_DELAY))
        self._send(self.url, body, attributes, delay=min(SQS_MAX_DELAY, seconds))

    def delete(self, deliveries: Iterable[Delivery]) -> None:
        """Take messages off the queue that are done, ten a request; no request for none. Raises ArchiveError.

        One that is deleted already counts as deleted (Amazon SQS API reference, DeleteMessage).
        """
        handles = list(dict.fromkeys(each.receipt_handle for each in deliveries))
        for start in range(0, len(handles), DELETED_AT_ONCE):
            part = handles[start : start + DELETED_AT_ONCE]
            with asking(f"DeleteMessageBatch on {self.url}"):
                answer = self._client.delete_message_batch(
                    QueueUrl=self.url,
                    Entries=[{"Id": str(number), "ReceiptHandle": each} for number, each in enumerate(part)],
                )
            if failed := answer.get("Failed"):
                raise ArchiveError(f"DeleteMessageBatch on {self.url}: {failed[0].get('Code')}")

    def give_up(self, delivery: Delivery, code: str, reason: str) -> None:
        """Put a message on the dead-letter queue with its reason; the original is then done. Raises ArchiveError."""
        attributes = {
            ATTRIBUTE_ID: _text(delivery.id),
            CODE_ATTRIBUTE: _text(code),
            REASON_ATTRIBUTE: _text(cut(_printable(reason))),
        }
        # SQS refuses a message without a body, and one with characters that XML cannot hold.
        self._send(self.dead_letter_url, _printable(delivery.body) or " ", attributes)

    def _send(self, url: str, body: str, attributes: dict[str, Any], delay: int = 0) -> None:
        with asking(f"SendMessage to {url}"):
            self._client.send_message(
                QueueUrl=url, MessageBody=body, MessageAttributes=attributes, DelaySeconds=delay
            )


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value or " "}


_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that SQS does not accept in a body (Amazon SQS API reference, SendMessage)."""


def _printable(text: str) -> str:
    return _REFUSED.sub(lambda found: ascii(found[0])[1:-1], text)

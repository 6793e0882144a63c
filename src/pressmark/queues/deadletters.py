"""The dead-letter queue: pages that could not be archived after all tries, and messages that are not requests."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pressmark.aws import asking
from pressmark.errors import MessageError
from pressmark.queues import runs
from pressmark.queues.capture import CODE_ATTRIBUTE, REASON_ATTRIBUTE
from pressmark.queues.message import ATTRIBUTE_SUSPECT, parse
from pressmark.queues.runs import ATTRIBUTE_RUN

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

LOOKED_AT_SECONDS = 60
"""How long a message that was read is hidden from others, unless it is left to them before."""

POLL_SECONDS = 1
"""Seconds of a long poll. A short poll asks only some of SQS's servers, and may find nothing in a queue that holds
messages."""

UNENDED = "job-failed"
"""Code of a page that was given up because its captures, each alone in its process, never reported an end."""

MOVED_BY_SQS = "tried-too-often"
"""Code of a message without a reason: the queue itself gave it up (redrive policy)."""


DISCARDED = "discarded/"
"""Prefix in the bucket of dead letters that were discarded, by the day of discarding."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message on the dead-letter queue. url: what it asked for, or None if it is not a capture request.

    pages: how many pages a run has, which only SQS itself puts there; url is that of the first. Otherwise 0.
    """

    body: str
    code: str
    reason: str
    url: str | None
    sent: str
    message_id: str
    receipt_handle: str
    pages: int = 0


class DeadLetters:
    """The dead-letter queue behind one SQS client."""

    def __init__(self, client: "SQSClient", dead_letter_url: str, queue_url: str) -> None:
        self._client = client
        self.url = dead_letter_url
        self.queue_url = queue_url

    def read(self) -> Iterator[DeadLetter]:
        """Yield the messages of the queue, each once; they stay. Raises ArchiveError.

        SQS hands out a sample at a time. A long poll asks all its servers: once it brings nothing new, all messages
        have been seen.
        """
        seen: set[str] = set()
        while True:
            with asking(f"ReceiveMessage from {self.url}"):
                answer = self._client.receive_message(
                    QueueUrl=self.url,
                    MaxNumberOfMessages=10,
                    WaitTimeSeconds=POLL_SECONDS,
                    VisibilityTimeout=LOOKED_AT_SECONDS,
                    MessageAttributeNames=["All"],
                    MessageSystemAttributeNames=["SentTimestamp"],
                )
            messages = answer.get("Messages", [])
            fresh = [message for message in messages if message["MessageId"] not in seen]
            if not fresh:
                return
            for message in fresh:
                seen.add(message["MessageId"])
                yield _dead_letter(message)

    def put_back(self, letter: DeadLetter) -> None:
        """Put a message on the capture queue again, as a new one with all its tries, and take it off this queue.

        A page that was captured alone is captured alone this time, too (see pressmark.crawl.isolation). The message is
        sent before it is deleted: a crash in between leaves two, never none. Raises ArchiveError.
        """
        attributes: dict[str, Any] = {}
        if letter.pages:
            attributes[ATTRIBUTE_RUN] = {"DataType": "String", "StringValue": str(letter.pages)}
        if letter.code == UNENDED:
            attributes[ATTRIBUTE_SUSPECT] = {"DataType": "String", "StringValue": "0"}
        with asking(f"redrive from {self.url} to {self.queue_url}"):
            self._client.send_message(
                QueueUrl=self.queue_url, MessageBody=letter.body, MessageAttributes=attributes
            )
            self._client.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt_handle)

    def leave(self, letter: DeadLetter) -> None:
        """Make a message visible to others again at once. Raises ArchiveError."""
        with asking(f"ChangeMessageVisibility on {self.url}"):
            self._client.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=letter.receipt_handle, VisibilityTimeout=0
            )

    def redrive(self, wanted: Callable[[DeadLetter], bool], *, limit: int | None = None) -> tuple[int, int]:
        """Put the wanted messages back; return how many were, and how many stay. Raises ArchiveError."""
        return self._take(wanted, self.put_back, limit)

    def discard(
        self, wanted: Callable[[DeadLetter], bool], reason: str, *, s3: "S3Client", bucket: str, now: datetime
    ) -> tuple[int, int]:
        """Take the wanted messages off the queue for good; return how many were, and how many stay.

        Each is first stored in the bucket under :data:`DISCARDED`, as JSON with the reason, so that a record stays of
        what was asked for and not captured. now: aware UTC. Raises ArchiveError.
        """

        def take_off(letter: DeadLetter) -> None:
            said = asdict(letter)
            del said["receipt_handle"]
            said |= {"discarded": f"{now:%Y-%m-%dT%H:%M:%SZ}", "discarded_because": reason}
            with asking(f"discarding {letter.message_id} from {self.url}"):
                s3.put_object(
                    Bucket=bucket,
                    Key=f"{DISCARDED}{now:%Y/%m/%d}/{letter.message_id}.json",
                    Body=json.dumps(said, ensure_ascii=False, indent=1).encode("utf-8"),
                    ContentType="application/json",
                )
                self._client.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt_handle)

        return self._take(wanted, take_off)

    def _take(
        self,
        wanted: Callable[[DeadLetter], bool],
        take: Callable[[DeadLetter], None],
        limit: int | None = None,
    ) -> tuple[int, int]:
        """Apply an action to each wanted message, leave the others; return how many of both there were."""
        moved = 0
        left: list[DeadLetter] = []
        for letter in self.read():
            if wanted(letter) and (limit is None or moved < limit):
                take(letter)
                moved += 1
            else:
                left.append(letter)
        for letter in left:
            self.leave(letter)
        return moved, len(left)


def _dead_letter(message: Any) -> DeadLetter:
    attributes = message.get("MessageAttributes", {})
    body = message["Body"]
    url: str | None = None
    reason = attributes.get(REASON_ATTRIBUTE, {}).get("StringValue", "")
    pages = _pages(body) if ATTRIBUTE_RUN in attributes else []
    if len(pages) > 1:
        reason = reason or f"{len(pages)} pages of one host, which waited together"
    try:
        url = parse(pages[0].body if pages else body).url
    except MessageError as error:
        reason = reason or error.reason
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    return DeadLetter(
        body=body,
        code=attributes.get(CODE_ATTRIBUTE, {}).get("StringValue", MOVED_BY_SQS),
        reason=reason,
        url=url,
        sent=sent.strftime("%Y-%m-%dT%H:%M:%SZ"),
        message_id=message["MessageId"],
        receipt_handle=message["ReceiptHandle"],
        pages=len(pages),
    )


def _pages(body: str) -> list[runs.Waiting]:
    try:
        return runs.read(body)
    except ValueError:
        return []

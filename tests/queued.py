"""What is on a stack's queues, in any state. The emulator's clock cannot be moved, but its messages' times can."""

import itertools
import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends
from tests.conftest import Aws
from tests.reliability.invariant import Pushed

from pressmark.crawl.deliveries import deliveries_of
from pressmark.local.account import REGION
from pressmark.local.mapping import failed_ids, record
from pressmark.queues.capture import CODE_ATTRIBUTE, REASON_ATTRIBUTE
from pressmark.queues.message import ATTRIBUTE_FIRST_SENT, ATTRIBUTE_ID, ATTRIBUTE_SUSPECT, Delivery


def attributes_of(message: dict[str, Any]) -> dict[str, str]:
    """Return the attributes that a received message was sent with."""
    return {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}


def identities(message: Any) -> list[str]:
    """Return a message's identities: those of all pages of a run (pressmark.queues.runs), read without Pressmark."""
    if "PressmarkRun" in message.message_attributes:
        return [page[0] for page in json.loads(message.body)]
    return [message.message_attributes.get(ATTRIBUTE_ID, {}).get("StringValue") or message.id]


class Queues:
    """The queues of one stack, and what a test sent; ``aws`` is the fixture of tests/conftest.py."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.pushed: list[Pushed] = []
        self.sqs = aws.client("sqs")
        backend = sqs_backends[DEFAULT_ACCOUNT_ID][REGION]
        self._capture = backend.queues[aws.queue_url.rsplit("/", 1)[1]]
        self._dead = backend.queues[aws.dead_letter_queue_url.rsplit("/", 1)[1]]

    def push(
        self,
        body: str,
        *,
        url: str | None = None,
        within: bool = False,
        unended_alone: int | None = None,
        first_sent: int | None = None,
    ) -> Pushed:
        """Send a message as any producer does; unended_alone: as the copy of a suspect (pressmark.crawl.isolation).

        first_sent: when, in milliseconds since 1970, by another clock than the emulator's.
        """
        says = {ATTRIBUTE_SUSPECT: unended_alone, ATTRIBUTE_FIRST_SENT: first_sent}
        answer = self.sqs.send_message(
            QueueUrl=self.aws.queue_url,
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": str(value)}
                for name, value in says.items()
                if value is not None
            },
        )
        pushed = Pushed(answer["MessageId"], url or body, within)
        self.pushed.append(pushed)
        return pushed

    def push_run(self, *bodies: str, first_sent: int | None = None, tries: int = 0) -> list[Pushed]:
        """Send pages of one host as the message that they become after waiting together (pressmark.queues.runs)."""
        sent = [] if first_sent is None else [first_sent]
        pages = [[str(uuid.uuid4()), body, tries, *sent] for body in bodies]
        self.sqs.send_message(
            QueueUrl=self.aws.queue_url,
            MessageBody=json.dumps(pages),
            MessageAttributes={"PressmarkRun": {"DataType": "String", "StringValue": str(len(pages))}},
        )
        pushed = [Pushed(str(page[0]), str(page[1])) for page in pages]
        self.pushed += pushed
        return pushed

    def receive(self, limit: int = 10) -> list[dict[str, Any]]:
        """Receive messages as the event source mapping does."""
        found: list[dict[str, Any]] = []
        while asked := min(10, limit - len(found)):
            found += (got := self.aws.messages(limit=asked))
            if len(got) < asked:  # the emulator keeps nothing back
                break
        return found

    def event(self, messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the SQS event of received messages."""
        return {"Records": [record(message, "arn:aws:sqs:::capture") for message in messages]}

    def deliveries(self, messages: Sequence[dict[str, Any]]) -> list[Delivery]:
        """Return received messages as the handler passes them on; ``first_sent`` never is the emulator's time."""
        found = []
        for message in messages:
            said = attributes_of(message)
            of_run = json.loads(message["Body"]) if "PressmarkRun" in said else [[]]
            for each in (made for it in self.event([message])["Records"] for made in deliveries_of(it)):
                at = next(iter(of_run[each.place or 0][3:]), said.get(ATTRIBUTE_FIRST_SENT))
                first = datetime.fromtimestamp(int(at) / 1000, UTC) if at else None
                found.append(replace(each, first_sent=first))
        return found

    def acknowledge(self, messages: Sequence[dict[str, Any]], answer: Any) -> None:
        """Delete what a partial batch response does not name."""
        failed = failed_ids(answer, [message["MessageId"] for message in messages])
        done = [message["ReceiptHandle"] for message in messages if message["MessageId"] not in failed]
        for ten in itertools.batched(done, 10, strict=False):
            entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(ten)]
            deleted = self.sqs.delete_message_batch(QueueUrl=self.aws.queue_url, Entries=entries)
            assert not deleted.get("Failed"), deleted

    def jump(self) -> None:
        """Make all messages visible, as if enough time had gone by."""
        for message in self.messages():
            message.visible_at = message.delayed_until = 0.0

    def forget_all(self) -> None:
        """Empty the capture queue, and expect nothing more of what was on it."""
        gone = self.waiting()
        self.pushed = [each for each in self.pushed if each.id not in gone]
        self.jump()
        self.acknowledge(self.receive(1000), {})

    def messages(self) -> list[Any]:
        """Return what is on the capture queue, as the emulator keeps it."""
        return list(self._capture._messages)

    def waiting(self) -> set[str]:
        """Return the identities of all messages on either queue, in any state."""
        return {
            identity
            for queue in (self._capture, self._dead)
            for message in list(queue._messages)
            for identity in identities(message)
        }

    def left(self) -> int:
        """Return how many messages are on the capture queue."""
        return len(self.messages())

    def dead_letters(self) -> list[tuple[str, str, str]]:
        """Return what is on the dead-letter queue: body, code, reason."""
        return [
            (
                message.body,
                *(
                    str(message.message_attributes.get(name, {}).get("StringValue", ""))
                    for name in (CODE_ATTRIBUTE, REASON_ATTRIBUTE)
                ),
            )
            for message in list(self._dead._messages)
        ]

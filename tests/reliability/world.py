"""The world around the function: a queue whose clock can jump, deliveries, and who was killed when."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends
from tests.reliability.invariant import Archive, Pushed, lost

from pressmark.local.environment import NOT_PASSED_ON
from pressmark.local.mapping import failed_ids, record
from pressmark.local.server import REGION
from pressmark.queues.capture import CODE_ATTRIBUTE, REASON_ATTRIBUTE
from pressmark.queues.message import ATTRIBUTE_FIRST_SENT, ATTRIBUTE_SUSPECT

ROOT = Path(__file__).parents[2]


class Killed(Exception):  # noqa: N818 - what happened, not what went wrong
    """The function's process was killed."""


class World:
    """One stack with its queue; ``aws`` is the fixture of tests/conftest.py."""

    def __init__(self, aws: Any) -> None:
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

        first_sent: when, in milliseconds since 1970, where another clock than the emulator's says so.
        """
        said: dict[str, Any] = {}
        if unended_alone is not None:
            said[ATTRIBUTE_SUSPECT] = {"DataType": "String", "StringValue": str(unended_alone)}
        if first_sent is not None:
            said[ATTRIBUTE_FIRST_SENT] = {"DataType": "String", "StringValue": str(first_sent)}
        answer = self.sqs.send_message(QueueUrl=self.aws.queue_url, MessageBody=body, MessageAttributes=said)
        pushed = Pushed(answer["MessageId"], url or body, within)
        self.pushed.append(pushed)
        return pushed

    def receive(self, limit: int = 10) -> list[dict[str, Any]]:
        """Receive messages as the event source mapping does."""
        found: list[dict[str, Any]] = []
        while len(found) < limit:
            got = self.sqs.receive_message(
                QueueUrl=self.aws.queue_url,
                MaxNumberOfMessages=min(10, limit - len(found)),
                WaitTimeSeconds=0,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not got:
                break
            found += got
        return found

    def event(self, messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The SQS event of received messages."""
        return {"Records": [record(message, "arn:aws:sqs:::capture") for message in messages]}

    def acknowledge(self, messages: Sequence[dict[str, Any]], answer: Any) -> None:
        """Delete what a partial batch response does not name."""
        failed = failed_ids(answer, [message["MessageId"] for message in messages])
        for message in messages:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.aws.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def jump(self) -> None:
        """Let so much time go by that no message is held back any more."""
        for message in list(self._capture._messages):
            message.visible_at = message.delayed_until = 0.0

    def waiting(self) -> set[str]:
        """The identities of all messages on either queue, in whatever state."""
        return {
            message.message_attributes.get("PressmarkId", {}).get("StringValue") or message.id
            for queue in (self._capture, self._dead)
            for message in list(queue._messages)
        }

    def end_leases(self) -> None:
        """Let the claims of whoever was killed run out, as they have when a message comes back by itself."""
        dynamodb = self.aws.client("dynamodb")
        for item in dynamodb.scan(TableName=self.aws.state_table)["Items"]:
            if item["pk"]["S"].startswith("claim#"):
                dynamodb.delete_item(TableName=self.aws.state_table, Key={"pk": item["pk"]})

    def dead_letters(self) -> list[tuple[str, str, str]]:
        """What is on the dead-letter queue: body, code, reason."""
        return [
            (
                message.body,
                message.message_attributes.get(CODE_ATTRIBUTE, {}).get("StringValue", ""),
                message.message_attributes.get(REASON_ATTRIBUTE, {}).get("StringValue", ""),
            )
            for message in list(self._dead._messages)
        ]

    def messages(self) -> list[Any]:
        """What is on the capture queue, as the emulator keeps it."""
        return list(self._capture._messages)

    def left(self) -> int:
        """How many messages are on the capture queue."""
        return len(self._capture._messages)

    def archive(self) -> Archive:
        """All there is, read by boto3."""
        return Archive.read(
            self.aws.client("s3"), self.aws.client("dynamodb"), self.aws.bucket, self.aws.table
        )

    def lost(self) -> list[str]:
        """The messages that are neither on a queue nor have a row."""
        return lost(Archive.answers(self.aws.client("dynamodb"), self.aws.table), self.pushed, self.waiting())


class Zygote:
    """The process of tests/reliability/zygote.py."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(NOT_PASSED_ON)}
        answers, child_end = os.pipe()
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by __exit__
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.zygote", str(child_end)],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=[child_end],
            cwd=ROOT,
            env={**inherited, **environment, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            text=True,
        )
        os.close(child_end)
        self._answers = os.fdopen(answers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._answers.close()
        self._log.close()

    def invoke(self, event: dict[str, Any], **job: Any) -> dict[str, Any]:
        """Invoke the handler in a fresh process; raises Killed. Returns ``result`` and ``boundaries``."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"event": event, **job}) + "\n")
        self._process.stdin.flush()
        line = self._answers.readline()
        answer = json.loads(line) if line else {"killed": False, "status": "the zygote died"}
        if "result" in answer:
            return answer
        if answer["killed"]:
            raise Killed
        self._log.seek(0)
        raise AssertionError(f"the handler's process ended with {answer['status']}:\n{self._log.read()}")

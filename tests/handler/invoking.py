"""What Lambda hands to the capture function, and what that prints."""

import io
import json
from types import ModuleType
from typing import Any

import pytest

from pressmark.errors import ArchiveError
from pressmark.queues.capture import Queue

NOW_MS = "1795860000000"  # 2026-11-28T10:00Z


class Context:
    """What Lambda tells a handler of its invocation."""

    aws_request_id = "11111111-2222-3333-4444-555555555555"
    function_name = "capture"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:capture"

    def __init__(self, seconds: float = 600) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * self._seconds)


def record(body: str, number: int = 1, receives: int = 1, **attributes: str) -> dict[str, Any]:
    """A message as the event source mapping delivers it."""
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "messageAttributes": {
            name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()
        },
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:capture",
        "awsRegion": "eu-central-1",
    }


def invoke(app: ModuleType, *records: dict[str, Any], seconds: float = 600) -> list[str]:
    """Ids of the messages that stay on the queue."""
    answer = app.lambda_handler({"Records": list(records)}, Context(seconds))
    assert json.loads(json.dumps(answer)) == answer
    assert answer.keys() == {"batchItemFailures"}
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def lines(printed: io.StringIO) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was printed: log lines, and metrics in the embedded format. Every line is JSON."""
    found = [json.loads(line) for line in printed.getvalue().splitlines()]
    return [each for each in found if "_aws" not in each], [each for each in found if "_aws" in each]


def no_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the queue take no copies of pages that failed."""

    def broken(*_: object) -> None:
        raise ArchiveError("SQS is gone")

    monkeypatch.setattr(Queue, "retry", broken)

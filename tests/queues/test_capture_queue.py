"""The capture queue: waiting, trying again, giving up."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.conftest import Aws

from pressmark.errors import MAX_REASON, ArchiveError
from pressmark.queues.capture import Queue, backoff
from pressmark.queues.message import Delivery

BODY = '{"url": "https://example.com/ü\U0001f600"}'


@pytest.fixture
def queue(aws: Aws) -> Queue:
    return Queue(aws.client("sqs"), aws.queue_url, aws.dead_letter_queue_url)


def received(aws: Aws, body: str = BODY) -> Delivery:
    """A message sent and received for real."""
    aws.client("sqs").send_message(QueueUrl=aws.queue_url, MessageBody=body)
    (message,) = aws.messages()
    return Delivery("first-id", message["Body"], message["MessageId"], message["ReceiptHandle"], 1, 2)


def attributes(message: dict[str, object]) -> dict[str, str]:
    found: dict[str, dict[str, str]] = message.get("MessageAttributes", {})  # type: ignore[assignment]
    return {name: value["StringValue"] for name, value in found.items()}


def test_a_postponed_message_goes_on_as_a_copy_that_knows_who_it_is(aws: Aws, queue: Queue) -> None:
    queue.postpone(received(aws), 0.0)
    (copy,) = aws.messages()
    assert copy["Body"] == BODY
    # This delivery did not fail: only the two before it count.
    assert attributes(copy) == {"PressmarkId": "first-id", "PressmarkTries": "2"}


def test_a_copy_knows_when_the_first_message_was_sent(aws: Aws, queue: Queue) -> None:
    sent = datetime(2026, 11, 20, 10, 0, 0, 250_000, tzinfo=UTC)
    queue.postpone(replace(received(aws), first_sent=sent), 0.0)
    (copy,) = aws.messages()
    assert attributes(copy)["PressmarkFirstSent"] == "1795168800250"


def test_the_copy_of_a_suspect_is_one_too(aws: Aws, queue: Queue) -> None:
    queue.postpone(replace(received(aws), unended_alone=1), 0.0)
    (copy,) = aws.messages()
    assert attributes(copy)["PressmarkSuspect"] == "1"


@pytest.mark.slow
def test_messages_are_deleted_ten_a_request_and_once_each(aws: Aws, queue: Queue) -> None:
    deliveries = [received(aws, f"https://example.com/{number}") for number in range(12)]
    queue.delete([*deliveries, deliveries[0]])
    attribute = "ApproximateNumberOfMessagesNotVisible"
    said = aws.client("sqs").get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=[attribute])
    assert said["Attributes"][attribute] == "0"
    queue.delete(deliveries)  # deleted already


def test_a_message_that_sqs_does_not_delete_is_an_error(aws: Aws, queue: Queue) -> None:
    with pytest.raises(ArchiveError, match="ReceiptHandleIsInvalid"):
        queue.delete([Delivery("i", BODY, "m", "no such receipt")])


def test_deleting_nothing_asks_nothing() -> None:
    nobody: Any = None
    Queue(nobody, "q", "d").delete([])


@pytest.mark.parametrize(
    ("wait", "expected"), [(-5.0, 0), (0.0, 0), (0.2, 1), (1.0, 1), (899.5, 900), (1e9, 900)]
)
def test_a_copy_is_delayed_by_whole_seconds_never_less_than_asked_and_at_most_900(
    wait: float, expected: int
) -> None:
    class Client:
        sent: dict[str, object]

        def send_message(self, **request: object) -> None:
            self.sent = request

    client = Client()
    Queue(client, "q", "d").postpone(Delivery("i", BODY, "m"), wait)  # type: ignore[arg-type]
    assert client.sent["DelaySeconds"] == expected
    assert client.sent["QueueUrl"] == "q"


def test_a_failed_message_goes_on_as_a_copy_with_one_more_try(aws: Aws, queue: Queue) -> None:
    queue.retry(received(aws), 0.0)
    (copy,) = aws.messages()
    assert attributes(copy) == {"PressmarkId": "first-id", "PressmarkTries": "3"}


@pytest.mark.parametrize(
    ("wait", "rest"), [(900.0, None), (900.2, "1"), (7000.0, "6100"), (21_600.0, "20700")]
)
def test_what_has_to_wait_longer_than_sqs_can_delay_it_carries_the_rest_along(
    wait: float, rest: str | None
) -> None:
    class Client:
        sent: dict[str, Any]

        def send_message(self, **request: Any) -> None:
            self.sent = request

    client = Client()
    Queue(client, "q", "d").retry(Delivery("i", BODY, "m"), wait)  # type: ignore[arg-type]
    assert client.sent["DelaySeconds"] == 900
    assert attributes(client.sent).get("PressmarkWait") == rest


def test_what_is_given_up_lies_in_the_dead_letter_queue_with_its_reason(aws: Aws, queue: Queue) -> None:
    queue.give_up(received(aws), "bad-request", "no url\x1b[31m " + "r" * 2000)
    (dead,) = aws.messages(aws.dead_letter_queue_url)
    assert dead["Body"] == BODY
    said = attributes(dead)
    assert said["PressmarkId"] == "first-id"
    assert said["PressmarkError"] == "bad-request"
    assert said["PressmarkReason"].startswith("no url\\x1b[31m rrr")
    assert len(said["PressmarkReason"]) == MAX_REASON


@pytest.mark.parametrize(
    ("body", "expected"),
    [("", " "), ("a\x00b\x0c", "a\\x00b\\x0c"), ("\ud800", "\\ud800"), ("\uffff", "\\uffff")],
)
def test_a_body_that_sqs_refuses_is_written_so_that_it_takes_it(
    aws: Aws, queue: Queue, body: str, expected: str
) -> None:
    queue.give_up(Delivery("i", body, "m"), "", "")
    (dead,) = aws.messages(aws.dead_letter_queue_url)
    assert dead["Body"] == expected


@pytest.mark.parametrize(
    ("tries", "longest"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (9, 3600), (100_000, 3600)]
)
def test_the_wait_doubles_with_each_try_up_to_an_hour(tries: int, longest: float) -> None:
    waits = [backoff(tries) for _ in range(200)]
    assert all(longest / 2 <= wait <= longest for wait in waits)
    assert max(waits) > min(waits), "pages that failed together do not come back together"


@pytest.mark.parametrize("what", ["postpone", "retry", "give_up"])
def test_a_queue_that_does_not_answer_is_an_error_of_ours(aws: Aws, what: str) -> None:
    queue = Queue(aws.client("sqs"), aws.queue_url + "-gone", aws.dead_letter_queue_url + "-gone")
    delivery = Delivery("i", BODY, "m", "receipt")
    with pytest.raises(ArchiveError, match=f"{aws.stack.name}|-gone"):
        {
            "postpone": lambda: queue.postpone(delivery, 1),
            "retry": lambda: queue.retry(delivery, 1),
            "give_up": lambda: queue.give_up(delivery, "c", "r"),
        }[what]()

"""The event source mapping does to a queue what Lambda's does."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from pressmark.local.context import Context
from pressmark.local.mapping import EventSourceMapping, failed_ids, in_this_process
from pressmark.local.run import dead_letters, push

Handler = Callable[[dict[str, Any], Any], Any]


def drive(aws: Any, handler: Handler, **source: Any) -> EventSourceMapping:
    mapping = EventSourceMapping(
        aws.client("sqs"),
        aws.queue_url,
        replace(aws.stack.event_source, window=0.0, **source),
        in_this_process(handler, lambda: Context("function", 30)),
    )
    mapping.run(until_idle=True)
    return mapping


def bodies(event: dict[str, Any]) -> list[str]:
    return [record["body"] for record in event["Records"]]


@pytest.mark.slow
def test_what_the_function_took_is_deleted(aws: Any) -> None:
    push(aws.client("sqs"), aws.queue_url, [f"m{number}" for number in range(25)])
    seen: list[str] = []

    mapping = drive(aws, lambda event, _: seen.extend(bodies(event)))

    assert sorted(seen) == sorted(f"m{number}" for number in range(25))
    assert mapping.backlog() == (0, 0)
    assert mapping.tally.deleted == 25


@pytest.mark.slow
def test_a_batch_holds_at_most_the_batch_size(aws: Any) -> None:
    push(aws.client("sqs"), aws.queue_url, [str(number) for number in range(25)])
    sizes: list[int] = []

    drive(aws, lambda event, _: sizes.append(len(event["Records"])), batch_size=12, maximum_concurrency=2)

    assert sum(sizes) == 25
    assert max(sizes) == 12


def test_the_event_is_the_one_lambda_sends(aws: Any) -> None:
    aws.client("sqs").send_message(
        QueueUrl=aws.queue_url,
        MessageBody="https://example.com/",
        MessageAttributes={"PressmarkTries": {"DataType": "Number", "StringValue": "3"}},
    )
    events: list[dict[str, Any]] = []

    drive(aws, lambda event, _: events.append(event))

    ((record,),) = (event["Records"] for event in events)
    assert record["body"] == "https://example.com/"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == aws.stack.event_source.queue_arn
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["PressmarkTries"]["stringValue"] == "3"
    assert {"messageId", "receiptHandle", "md5OfBody", "awsRegion"} <= set(record)


def test_only_reported_failures_stay_on_the_queue(aws: Any) -> None:
    push(aws.client("sqs"), aws.queue_url, ["good", "bad", "good too"])

    def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
        return {
            "batchItemFailures": [
                {"itemIdentifier": record["messageId"]}
                for record in event["Records"]
                if record["body"] == "bad"
            ]
        }

    mapping = drive(aws, handler)

    assert (mapping.tally.deleted, mapping.tally.kept) == (2, 1)
    assert mapping.backlog() == (0, 1)


def test_a_function_that_raises_deletes_nothing(aws: Any) -> None:
    push(aws.client("sqs"), aws.queue_url, ["one", "two"])

    def handler(event: dict[str, Any], _: Any) -> None:
        raise RuntimeError("out of ink")

    mapping = drive(aws, handler)

    assert mapping.tally.deleted == 0
    assert mapping.tally.errors == ["RuntimeError: out of ink"]
    assert mapping.backlog() == (0, 2)


@pytest.mark.slow
def test_it_waits_for_another_try_as_long_as_it_is_told_to(aws: Any) -> None:
    push(aws.client("sqs"), aws.queue_url, ["one"])
    mapping = EventSourceMapping(
        aws.client("sqs"),
        aws.queue_url,
        replace(aws.stack.event_source, window=0.0),
        in_this_process(
            lambda _event, _context: {"batchItemFailures": [{}]}, lambda: Context("function", 30)
        ),
    )
    idle: list[float] = []

    def keep_waiting(seconds: float) -> bool:
        idle.append(seconds)
        return len(idle) < 3

    mapping.run(until_idle=True, keep_waiting=keep_waiting)

    assert len(idle) == 3
    assert 0 <= idle[0] <= idle[1] <= idle[2]
    assert mapping.backlog() == (0, 1)


def test_what_goes_wrong_after_an_invocation_ends_the_run(aws: Any) -> None:
    push(aws.client("sqs"), aws.queue_url, ["one"])

    def on_batch(_records: Any, _failed: Any) -> None:
        raise OSError("disk full")

    mapping = EventSourceMapping(
        aws.client("sqs"),
        aws.queue_url,
        replace(aws.stack.event_source, window=0.0),
        in_this_process(lambda _event, _context: None, lambda: Context("function", 30)),
        on_batch=on_batch,
    )

    with pytest.raises(OSError, match="disk full"):
        mapping.run()


@pytest.mark.slow
def test_a_message_that_keeps_failing_ends_in_the_dead_letter_queue(aws: Any) -> None:
    sqs = aws.client("sqs")
    push(sqs, aws.queue_url, ["poison"])
    tries: list[str] = []

    def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
        (record,) = event["Records"]
        tries.append(record["attributes"]["ApproximateReceiveCount"])
        sqs.change_message_visibility(
            QueueUrl=aws.queue_url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0
        )
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}

    drive(aws, handler)

    assert tries == ["1", "2", "3", "4", "5"]
    assert [message["Body"] for message in dead_letters(sqs, aws.dead_letter_queue_url)] == ["poison"]


def test_invocations_run_side_by_side_up_to_the_maximum(aws: Any) -> None:
    push(aws.client("sqs"), aws.queue_url, [str(number) for number in range(6)])
    together = threading.Barrier(3, timeout=10)
    running, most, lock = 0, 0, threading.Lock()

    def handler(event: dict[str, Any], _: Any) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait()  # passes only when three invocations are at work at the same time
        with lock:
            running -= 1

    mapping = drive(aws, handler, batch_size=1, maximum_concurrency=3)

    assert (mapping.tally.deleted, most) == (6, 3)


@pytest.mark.parametrize("messages", [["one"], []], ids=["the end of an invocation", "being stopped"])
def test_what_happens_meanwhile_ends_the_pause_after_a_look_at_an_empty_queue(
    aws: Any, messages: list[str]
) -> None:
    sqs = aws.client("sqs")
    push(sqs, aws.queue_url, messages)
    looks, looked = iter(range(10**6)), threading.Event()

    class Watched:
        def __getattr__(self, name: str) -> Any:
            if name == "receive_message" and next(looks) == len(messages):
                looked.set()
            return getattr(sqs, name)

    mapping = EventSourceMapping(
        Watched(),
        aws.queue_url,
        replace(aws.stack.event_source, batch_size=1),
        in_this_process(lambda _event, _context: looked.wait(10) and None, lambda: Context("function", 30)),
        pause=3600.0,
    )
    running = threading.Thread(target=partial(mapping.run, until_idle=bool(messages)), daemon=True)
    running.start()
    assert looked.wait(10)
    if not messages:
        mapping.stop()
    running.join(10)
    assert not running.is_alive()
    assert mapping.tally.deleted == len(messages)


def test_the_context_counts_down_to_the_timeout() -> None:
    context = Context("function", 30)

    remaining = context.get_remaining_time_in_millis()

    assert 0 < remaining <= 30_000
    assert Context("function", 0).get_remaining_time_in_millis() == 0
    assert context.aws_request_id != Context("function", 30).aws_request_id


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}])
def test_answers_that_mean_success(answer: Any) -> None:
    assert failed_ids(answer, ["a", "b"]) == set()


@pytest.mark.parametrize(
    "answer",
    [
        "done",
        ["a"],
        {"batchItemFailures": "a"},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"id": "a"}]},
        {"batchItemFailures": [{"itemIdentifier": "nobody"}]},
        {"batchItemFailures": ["a"]},
    ],
)
def test_answers_that_fail_the_whole_batch(answer: Any) -> None:
    assert failed_ids(answer, ["a", "b"]) == {"a", "b"}

"""The event source mapping: what AWS runs between an SQS queue and a Lambda function.

The rules are those of the Lambda developer guide, "Using Lambda with Amazon SQS":
- a batch goes out when it is full, when the window since its first message is over, or at 6 MB;
- at most MaximumConcurrency invocations run at a time, and no message is received without a free one;
- a function that fails deletes nothing; one that answers deletes all but what batchItemFailures names;
- a message that is not deleted comes back after its visibility timeout, and the queue itself moves what came back too
  often to the dead-letter queue (redrive policy).
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pressmark.local.account import REGION

if TYPE_CHECKING:
    from pressmark.local.stack import EventSource

log = logging.getLogger(__name__)

BATCH_BYTES = 6 * 1024 * 1024
"""A synchronous invocation's payload limit; a batch stays below it."""

RECEIVE_LIMIT = 10
"""ReceiveMessage returns at most 10 messages, DeleteMessageBatch takes as many."""


class InvocationError(Exception):
    """The function raised, was ended at its timeout, or its process died."""


class Function(Protocol):
    """Something that takes an event and returns the handler's answer (both plain JSON)."""

    def __call__(self, event: dict[str, Any], /) -> Any:
        """Raise InvocationError if there is no answer."""


@dataclass(slots=True)
class Tally:
    """What the mapping has done so far."""

    received: int = 0
    deleted: int = 0
    kept: int = 0
    """Messages left on the queue for another try (each time counts)."""
    invocations: int = 0
    errors: list[str] = field(default_factory=list)


def record(message: dict[str, Any], queue_arn: str) -> dict[str, Any]:
    """Return the entry of ``Records`` that Lambda makes from a received message."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def failed_ids(answer: Any, sent: Sequence[str]) -> set[str]:
    """Return which of the ``sent`` message ids an answer reports as failed.

    Lambda's rules: null, an empty object or an empty list is success; an entry without a proper identifier,
    or with one that was not in the batch, fails the whole batch.
    """
    failures = (answer or {}).get("batchItemFailures") if isinstance(answer, dict | None) else ...
    if failures is None:
        return set()
    if not isinstance(failures, list):
        return set(sent)
    failed: set[str] = set()
    for failure in failures:
        identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        if not isinstance(identifier, str) or identifier not in sent:
            return set(sent)
        failed.add(identifier)
    return failed


class EventSourceMapping:
    """Feeds a queue's messages to a function until told to stop.

    sqs: a boto3 SQS client. on_batch: called after every invocation, with the records and the failed ids. pause:
    seconds until the next look at a queue that was empty, unless an invocation ends sooner.
    """

    def __init__(
        self,
        sqs: Any,
        queue_url: str,
        source: "EventSource",
        function: Function,
        *,
        on_batch: Callable[[list[dict[str, Any]], set[str]], None] = lambda _records, _failed: None,
        pause: float = 0.1,
    ) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._source = source
        self._function = function
        self._on_batch = on_batch
        self.pause = pause
        self._free = threading.Semaphore(source.maximum_concurrency)
        self._lock = threading.Lock()
        self._running: set[Future[None]] = set()
        self._stop = threading.Event()
        self._news = threading.Event()
        self._defect: BaseException | None = None
        self.tally = Tally()

    def stop(self) -> None:
        """Receive no more; ``run`` returns when the invocations under way are done."""
        self._stop.set()
        self._news.set()

    @property
    def busy(self) -> bool:
        """Whether an invocation is under way."""
        return bool(self._running)

    def settle(self, timeout: float) -> None:
        """Wait for the invocations under way, at most ``timeout`` seconds."""
        with self._lock:
            running = list(self._running)
        wait(running, timeout)

    def run(
        self, *, until_idle: bool = False, keep_waiting: Callable[[float], bool] = lambda _idle: False
    ) -> Tally:
        """Poll and invoke until stopped; raise what ``on_batch`` or the deletion of a batch's messages raised.

        until_idle: also return when the queue is empty, or when only messages that wait for another try are left
        and ``keep_waiting`` returns False. It gets the seconds since there was last something to do.
        A KeyboardInterrupt leaves the invocations under way to the caller: end the function, then ``settle``.
        """
        pool = ThreadPoolExecutor(self._source.maximum_concurrency, thread_name_prefix="invocation")
        try:
            self._poll(pool, until_idle, keep_waiting)
        except KeyboardInterrupt:
            self.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()
        if self._defect is not None:
            raise self._defect
        return self.tally

    def _poll(
        self, pool: ThreadPoolExecutor, until_idle: bool, keep_waiting: Callable[[float], bool]
    ) -> None:
        last_work = time.monotonic()
        while not self._stop.is_set():
            if not self._free.acquire(timeout=0.1):
                continue
            messages = self._collect()
            if messages:
                last_work = time.monotonic()
                future = pool.submit(self._invoke, messages)
                with self._lock:
                    self._running.add(future)
                future.add_done_callback(self._done)
                continue
            self._free.release()
            if self._running:
                last_work = time.monotonic()
            elif until_idle:
                ready, waiting = self.backlog()
                if not ready and not (waiting and keep_waiting(time.monotonic() - last_work)):
                    break

    def backlog(self) -> tuple[int, int]:
        """Return how many messages can be received now, and how many are delayed or not visible yet."""
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        found = self._sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=list(names))[
            "Attributes"
        ]
        ready, hidden, delayed = (int(found[name]) for name in names)
        return ready, hidden + delayed

    def _done(self, future: Future[None]) -> None:
        if not future.cancelled() and (defect := future.exception()) is not None:
            self._defect = self._defect or defect
            self.stop()
        with self._lock:
            self._running.discard(future)
        self._free.release()
        self._news.set()

    def _collect(self) -> list[dict[str, Any]]:
        """Return one batch; it is empty if there was nothing to receive for a moment."""
        batch: list[dict[str, Any]] = []
        size = 0
        end = 0.0
        while len(batch) < self._source.batch_size and size < BATCH_BYTES and not self._stop.is_set():
            received = self._sqs.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=min(RECEIVE_LIMIT, self._source.batch_size - len(batch)),
                WaitTimeSeconds=0,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not batch:
                end = time.monotonic() + self._source.window
            batch += received
            size += sum(len(message["Body"]) for message in received)
            if not received:
                # A long poll would do this at the server, where it cannot be stopped.
                self._news.wait(self.pause)
                self._news.clear()
                if not batch or time.monotonic() >= end:
                    break
        return batch

    def _invoke(self, messages: list[dict[str, Any]]) -> None:
        records = [record(message, self._source.queue_arn) for message in messages]
        ids = [message["MessageId"] for message in messages]
        problem = None
        try:
            answer = self._function({"Records": records})
            failed = failed_ids(answer, ids) if self._source.reports_failures else set()
        except InvocationError as error:
            failed, problem = set(ids), str(error)
            if not self._stop.is_set():
                log.warning("invocation failed: %s", error)
        done = [message for message in messages if message["MessageId"] not in failed]
        for start in range(0, len(done), RECEIVE_LIMIT):
            part = done[start : start + RECEIVE_LIMIT]
            self._sqs.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(part)
                ],
            )
        with self._lock:
            self.tally.invocations += 1
            self.tally.received += len(messages)
            self.tally.deleted += len(done)
            self.tally.kept += len(failed)
            if problem:
                self.tally.errors.append(problem)
        self._on_batch(records, failed)


def in_this_process(
    handler: Callable[[dict[str, Any], Any], Any], make_context: Callable[[], Any]
) -> Callable[[dict[str, Any]], Any]:
    """Make a Function of a handler in this process; event and answer pass through JSON, as on Lambda."""

    def invoke(event: dict[str, Any]) -> Any:
        try:
            return json.loads(json.dumps(handler(json.loads(json.dumps(event)), make_context())))
        except Exception as error:
            raise InvocationError(f"{type(error).__name__}: {error}") from error

    return invoke

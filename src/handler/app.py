"""The Lambda function: an SQS event in, a partial batch response out. All it does is connect and report."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

# AWS_ENDPOINT_URL is in the template so that sam can set it for local runs; left empty it means AWS itself,
# which boto3 expresses by the variable not being there.
if not os.environ.get("AWS_ENDPOINT_URL", "unset"):
    del os.environ["AWS_ENDPOINT_URL"]

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

from pressmark import json_text
from pressmark.crawl.isolation import STRIKES
from pressmark.crawl.patience import LONGEST_WAIT
from pressmark.crawl.reports import Report
from pressmark.crawl.service import Clients, Service
from pressmark.http.fetcher import MAX_RETRY_AFTER
from pressmark.queues.capture import Queue
from pressmark.queues.message import (
    ATTRIBUTE_FIRST_SENT,
    ATTRIBUTE_ID,
    ATTRIBUTE_SUSPECT,
    ATTRIBUTE_TRIES,
    ATTRIBUTE_WAIT,
    Delivery,
)
from pressmark.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

NAMESPACE = "Pressmark"

START_AGAIN_SECONDS = 900.0
"""Until pages come back that a function which cannot start has put off: the longest that SQS delays a message."""

_REPEATED = frozenset({"service", "xray_trace_id"})


def _entry(fields: dict[str, Any]) -> str:
    """A log entry without what CloudWatch or its other fields say: logs are paid by the byte.

    CloudWatch keeps the time of each entry, the log group names the service, and tracing is not on. Of a page's line
    the message is its outcome.
    """
    left_out = _REPEATED | {"message"} if "outcome" in fields else _REPEATED
    kept = {name: value for name, value in fields.items() if name not in left_out}
    return json_text.dumps(kept, default=str, separators=(",", ":"), ensure_ascii=False)


logger = Logger(service="pressmark", location=None, timestamp=None, json_serializer=_entry)
# The service is the stack's name (POWERTOOLS_SERVICE_NAME in template.yaml): several stacks of a region share the
# namespace, and each one's alarms and dashboard watch its own figures.
metrics = Metrics(namespace=NAMESPACE, service=os.environ.get("POWERTOOLS_SERVICE_NAME") or "pressmark")


# Made once a process: a warm invocation finds everything ready. What is in the way is raised by the first invocation,
# which has messages to put off.
service: Service | None = None
with suppress(Exception):
    service = Service(Settings.from_environment(os.environ))


def _ready() -> Service:
    global service
    if service is None:
        service = Service(Settings.from_environment(os.environ))
    service.prepare()
    return service


def lambda_handler(event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Capture a batch of SQS messages.

    event: an SQS event (AWS Lambda developer guide, "Using Lambda with Amazon SQS"). Returns the partial
    batch response: the ids of the messages that stay on the queue. Raises what keeps the function from starting, after
    its messages have been put off: the alarm on errors rings, and no page loses a try over it.
    """
    logger.set_correlation_id(context.aws_request_id)
    deliveries = [_delivery(record) for record in event["Records"]]
    try:
        ready = _ready()
    except Exception:
        _put_off(deliveries)
        raise
    ready.warm_up()
    remaining = context.get_remaining_time_in_millis() / 1000
    reports = ready.pipeline.run(deliveries, remaining=remaining, invocation=context.aws_request_id)
    try:
        for report in reports:
            _log(report)
        _measure(reports)
    except Exception:
        # The answer matters more: without it every page of the batch would be fetched again.
        logger.exception("the batch could not be reported")
    return {
        "batchItemFailures": [
            {"itemIdentifier": report.delivery.message_id} for report in reports if not report.acknowledge
        ]
    }


def _put_off(deliveries: Sequence[Delivery]) -> None:
    """Send a copy of each message and take the message off the queue, so that this delivery counts as no try.

    Lambda counts a receive whatever comes of it: without this, a deployment that cannot work would drive everything on
    the queue into the dead-letter queue within the hour.
    """
    try:
        queue = Queue(Clients.connect().sqs, os.environ["PRESSMARK_QUEUE_URL"], "")
        for delivery in deliveries:
            queue.postpone(delivery, START_AGAIN_SECONDS)
            queue.delete([delivery])
    except Exception:
        logger.exception("not every message could be put off")


def _delivery(record: Mapping[str, Any]) -> Delivery:
    # A plain dictionary: Powertools' classes for events load those of every service, a tenth of a cold start.
    def attribute(name: str) -> str:
        found = record.get("messageAttributes", {}).get(name, {})
        return str(found.get("stringValue") or "")

    # Whoever may send messages may send these attributes, too: they can say what a copy of ours might, and no more.
    def number(text: str, digits: int = 4) -> int | None:
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None

    def instant(text: str) -> datetime | None:
        # Milliseconds since 1970, as SQS's SentTimestamp.
        known = text.isascii() and text.isdecimal() and len(text) < 15
        return datetime.fromtimestamp(int(text) / 1000, UTC) if known else None

    system = record.get("attributes", {})
    count = str(system.get("ApproximateReceiveCount", "1"))
    strikes = number(attribute(ATTRIBUTE_SUSPECT))
    sent, first = instant(str(system.get("SentTimestamp", ""))), instant(attribute(ATTRIBUTE_FIRST_SENT))
    return Delivery(
        id=attribute(ATTRIBUTE_ID)[:100] or record["messageId"],
        body=record["body"],
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        receive_count=max(1, int(count)) if count.isdecimal() else 1,
        earlier_tries=number(attribute(ATTRIBUTE_TRIES)) or 0,
        wait=min(number(attribute(ATTRIBUTE_WAIT), 5) or 0, MAX_RETRY_AFTER),
        unended_alone=None if strikes is None else min(strikes, STRIKES),
        # No younger than SQS says it is, and no older than any copy.
        first_sent=first if sent and first and sent - LONGEST_WAIT < first < sent else sent,
    )


def _log(report: Report) -> None:
    """Write one line a page, which tells its whole story."""
    write = {"rejected": logger.warning, "failed": logger.warning, "error": logger.error}
    write.get(report.outcome, logger.info)("", extra=report.line())


def _measure(reports: Sequence[Report]) -> None:
    """Write the batch's figures in CloudWatch's embedded metric format: sums, times to fetch, and the longest wait.

    CloudWatch bills each name with each value of a dimension: few of them, the log has the rest (docs/operations.md).
    """
    if sent := [report.delivery.first_sent for report in reports if report.delivery.first_sent]:
        # Of all copies together: the queue's own age of its oldest message begins again with each.
        age = (datetime.now(UTC) - min(sent)).total_seconds()
        metrics.add_metric("MessageAge", MetricUnit.Seconds, max(0, round(age)))
    archived = [report for report in reports if report.outcome in ("archived", "unchanged")]
    if archived:
        metrics.add_metric("PagesArchived", MetricUnit.Count, len(archived))
    if postponed := sum(report.outcome == "postponed" for report in reports):
        metrics.add_metric("PagesPostponed", MetricUnit.Count, postponed)
    for report in reports:
        if "fetch" in report.ms:
            metrics.add_metric("Fetch", MetricUnit.Milliseconds, round(report.ms["fetch"]))
    if metrics.metric_set:
        metrics.flush_metrics()
    failed = Counter(report.group for report in reports if _is_failure(report))
    for group, count in failed.items():
        with single_metric("PagesFailed", MetricUnit.Count, count, namespace=NAMESPACE) as metric:
            metric.add_dimension("service", metrics.service)
            metric.add_dimension("why", group)


def _is_failure(report: Report) -> bool:
    return report.outcome in ("failed", "rejected", "retry", "error")

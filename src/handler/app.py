"""The Lambda function: an SQS event in, a partial batch response out. All it does is connect and report."""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

# AWS_ENDPOINT_URL is in the template so that sam can set it for local runs; left empty it means AWS itself,
# which boto3 expresses by the variable not being there.
if not os.environ.get("AWS_ENDPOINT_URL", "unset"):
    del os.environ["AWS_ENDPOINT_URL"]

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

from pressmark.message import (
    ATTRIBUTE_FIRST_SENT,
    ATTRIBUTE_ID,
    ATTRIBUTE_PUT_OFF,
    ATTRIBUTE_SUSPECT,
    ATTRIBUTE_TRIES,
    Delivery,
)
from pressmark.reports import Report
from pressmark.service import Service
from pressmark.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

NAMESPACE = "Pressmark"

_REPEATED = frozenset({"service", "xray_trace_id"})


def _entry(fields: dict[str, Any]) -> str:
    """A log entry without what CloudWatch or its other fields say: logs are paid by the byte.

    CloudWatch keeps the time of each entry, the log group names the service, and tracing is not on. Of a page's line
    the message is its outcome.
    """
    left_out = _REPEATED | {"message"} if "outcome" in fields else _REPEATED
    kept = {name: value for name, value in fields.items() if name not in left_out}
    return json.dumps(kept, default=str, separators=(",", ":"), ensure_ascii=False)


logger = Logger(service="pressmark", location=None, timestamp=None, json_serializer=_entry)
metrics = Metrics(namespace=NAMESPACE, service="pressmark")

# Made once a process: a bad setting stops the start, and a warm invocation finds everything ready.
service = Service(Settings.from_environment(os.environ))


def lambda_handler(event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Capture a batch of SQS messages.

    event: an SQS event (AWS Lambda developer guide, "Using Lambda with Amazon SQS"). Returns the partial
    batch response: the ids of the messages that stay on the queue.
    """
    logger.set_correlation_id(context.aws_request_id)
    service.warm_up()
    deliveries = [_delivery(record) for record in event["Records"]]
    remaining = context.get_remaining_time_in_millis() / 1000
    reports = service.pipeline.run(deliveries, remaining=remaining, invocation=context.aws_request_id)
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


def _delivery(record: Mapping[str, Any]) -> Delivery:
    # A plain dictionary: Powertools' classes for events load those of every service, a tenth of a cold start.
    def attribute(name: str) -> str:
        found = record.get("messageAttributes", {}).get(name, {})
        return str(found.get("stringValue") or "")

    def number(text: str) -> int | None:
        return int(text) if text.isdecimal() and len(text) < 5 else None

    def instant(text: str) -> datetime | None:
        # Milliseconds since 1970, as SQS's SentTimestamp.
        return datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdecimal() and len(text) < 15 else None

    system = record.get("attributes", {})
    count = str(system.get("ApproximateReceiveCount", "1"))
    sent = (attribute(ATTRIBUTE_FIRST_SENT), str(system.get("SentTimestamp", "")))
    return Delivery(
        id=attribute(ATTRIBUTE_ID)[:100] or record["messageId"],
        body=record["body"],
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        receive_count=max(1, int(count)) if count.isdecimal() else 1,
        earlier_tries=number(attribute(ATTRIBUTE_TRIES)) or 0,
        killed_alone=number(attribute(ATTRIBUTE_SUSPECT)),
        put_off=bool(attribute(ATTRIBUTE_PUT_OFF)),
        # The earlier, so that a copy's attribute can only make it older than SQS says it is.
        first_sent=min(filter(None, map(instant, sent)), default=None),
    )


def _log(report: Report) -> None:
    """Write one line a page, which tells its whole story."""
    write = {"rejected": logger.warning, "failed": logger.warning, "error": logger.error}
    write.get(report.outcome, logger.info)("", extra=report.line())


def _measure(reports: Sequence[Report]) -> None:
    """Write the batch's figures in CloudWatch's embedded metric format: sums, durations, and the longest wait."""
    if sent := [report.delivery.first_sent for report in reports if report.delivery.first_sent]:
        # Of all copies together: the queue's own age of its oldest message begins again with each.
        age = (datetime.now(UTC) - min(sent)).total_seconds()
        metrics.add_metric("MessageAge", MetricUnit.Seconds, max(0, round(age)))
    archived = [report for report in reports if report.outcome in ("archived", "unchanged")]
    if archived:
        metrics.add_metric("PagesArchived", MetricUnit.Count, len(archived))
        metrics.add_metric(
            "Bytes", MetricUnit.Bytes, sum(report.facts.get("bytes", 0) for report in archived)
        )
    if postponed := sum(report.outcome == "postponed" for report in reports):
        metrics.add_metric("PagesPostponed", MetricUnit.Count, postponed)
    for report in reports:
        if "fetch" in report.ms:
            metrics.add_metric("Fetch", MetricUnit.Milliseconds, round(report.ms["fetch"]))
        if "extract" in report.ms:
            metrics.add_metric("Extract", MetricUnit.Milliseconds, round(report.ms["extract"]))
    if metrics.metric_set:
        metrics.flush_metrics()
    failed = Counter(report.code or report.outcome for report in reports if _is_failure(report))
    for code, count in failed.items():
        with single_metric("PagesFailed", MetricUnit.Count, count, namespace=NAMESPACE) as metric:
            metric.add_dimension("service", "pressmark")
            metric.add_dimension("code", code)


def _is_failure(report: Report) -> bool:
    return report.outcome in ("failed", "rejected", "retry", "error")

"""The function's log and metrics: one line for each page, and a few metrics for each batch. Only the function loads
this module."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

from pressmark import json_text
from pressmark.crawl.reports import Report

NAMESPACE = "Pressmark"

_REPEATED = frozenset({"service", "xray_trace_id"})


def _entry(fields: dict[str, Any]) -> str:
    """Return a log entry without what CloudWatch or other fields say already: logs are paid by the byte.

    CloudWatch keeps the time of each entry, the log group names the service, and tracing is not on. The line of a page
    has an outcome and needs no message.
    """
    left_out = _REPEATED | {"message"} if "outcome" in fields else _REPEATED
    kept = {name: value for name, value in fields.items() if name not in left_out}
    return json_text.dumps(kept, default=str, separators=(",", ":"), ensure_ascii=False)


_OF_REQUISITES = (
    ("RequisitesArchived", "requisites", MetricUnit.Count),
    ("RequisitesLeftOut", "requisites_left_out", MetricUnit.Count),
    ("RequisiteBytes", "requisites_bytes", MetricUnit.Bytes),
)
"""Metrics of requisites, and the facts of reports that each adds up. A metric with the sum 0 is not sent."""


class Telemetry:
    """Log and metrics of one process.

    stack: the name of the stack (POWERTOOLS_SERVICE_NAME in template.yaml). Several stacks of a region share the
    namespace, and each one's alarms and dashboard watch its own figures. everything: whether all metrics are sent;
    otherwise only MessageAge, and only from ``age`` seconds on, when an alarm is about to ring. CloudWatch bills each
    metric by the hour in which it is sent, and the log has the same facts.
    """

    def __init__(self, stack: str, *, everything: bool = True, age: float = 0.0) -> None:
        self._everything = everything
        self._age = age
        self.logger = Logger(service="pressmark", location=None, timestamp=None, json_serializer=_entry)
        self.metrics = Metrics(namespace=NAMESPACE, service=stack)

    def report(self, reports: Sequence[Report]) -> None:
        """Write a log line for each page, which tells its whole story, and the batch's metrics. Never raises."""
        try:
            for report in reports:
                if report.is_told:
                    self._log(report)
            self._measure(reports)
        except Exception:
            # The function's answer matters more: without it every page of the batch would be fetched again.
            self.logger.exception("the batch could not be reported")

    def _log(self, report: Report) -> None:
        logger = self.logger
        write = {"rejected": logger.warning, "failed": logger.warning, "error": logger.error}
        write.get(report.outcome, logger.info)("", extra=report.line())

    def _measure(self, reports: Sequence[Report]) -> None:
        """Write the batch's figures in CloudWatch's embedded metric format: sums, fetch times, the longest wait.

        CloudWatch bills each name with each value of a dimension, so there are only a few; the log has the rest
        (docs/operations.md).
        """
        if sent := [report.delivery.first_sent for report in reports if report.delivery.first_sent]:
            # Over all copies of a message: the queue's own age of its oldest message begins again with each copy.
            age = (datetime.now(UTC) - min(sent)).total_seconds()
            if self._everything or age >= self._age:
                self.metrics.add_metric("MessageAge", MetricUnit.Seconds, max(0, round(age)))
        if self._everything:
            self._count(reports)
        elif self.metrics.metric_set:
            self.metrics.flush_metrics()

    def _count(self, reports: Sequence[Report]) -> None:
        archived = [report for report in reports if report.outcome in ("archived", "unchanged")]
        if archived:
            self.metrics.add_metric("PagesArchived", MetricUnit.Count, len(archived))
        if postponed := sum(report.outcome == "postponed" for report in reports):
            self.metrics.add_metric("PagesPostponed", MetricUnit.Count, postponed)
        for name, fact, unit in _OF_REQUISITES:
            if count := sum(report.facts.get(fact) or 0 for report in reports):
                self.metrics.add_metric(name, unit, count)
        for report in reports:
            if "fetch" in report.ms:
                self.metrics.add_metric("Fetch", MetricUnit.Milliseconds, round(report.ms["fetch"]))
        if self.metrics.metric_set:
            self.metrics.flush_metrics()
        failed = Counter(report.group for report in reports if _is_failure(report))
        for group, count in failed.items():
            with single_metric("PagesFailed", MetricUnit.Count, count, namespace=NAMESPACE) as metric:
                metric.add_dimension("service", self.metrics.service)
                metric.add_dimension("why", group)


def _is_failure(report: Report) -> bool:
    return report.outcome in ("failed", "rejected", "retry", "error")

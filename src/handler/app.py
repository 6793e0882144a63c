"""The capture function: an SQS event in, a partial batch response out.

It passes messages to :mod:`pressmark.crawl`, and reports. While it cannot start, it puts off every message that comes.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any

# AWS_ENDPOINT_URL is in the template so that sam can set it for local runs. If it is empty, AWS itself is meant,
# for which boto3 needs the variable to be absent.
if not os.environ.get("AWS_ENDPOINT_URL", "unset"):
    del os.environ["AWS_ENDPOINT_URL"]

from pressmark.crawl.deliveries import deliveries_of
from pressmark.crawl.service import Clients, Service
from pressmark.crawl.telemetry import Telemetry
from pressmark.queues.capture import SQS_MAX_DELAY, Queue
from pressmark.queues.message import Delivery
from pressmark.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Made once a process: a warm invocation finds everything ready. An error is suppressed here, and raised by the first
# invocation, which has messages to put off.
telemetry = Telemetry(
    os.environ.get("POWERTOOLS_SERVICE_NAME") or "pressmark",
    everything=os.environ.get("METRICS") == "all",
    age=float(os.environ.get("METRICS_AGE_FROM") or 0),
)
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
    batch response: the ids of the messages that stay on the queue. If the function cannot start, it puts off the
    messages and raises the error: the alarm on errors rings, and no page loses a try.
    """
    telemetry.logger.set_correlation_id(context.aws_request_id)
    deliveries = [each for record in event["Records"] for each in deliveries_of(record)]
    try:
        ready = _ready()
    except Exception:
        _put_off(deliveries)
        raise
    ready.warm_up()
    remaining = context.get_remaining_time_in_millis() / 1000
    reports = ready.pipeline.run(deliveries, remaining=remaining, invocation=context.aws_request_id)
    telemetry.report(reports)
    # A message of several pages is done when all of them are.
    failed = dict.fromkeys(report.delivery.message_id for report in reports if not report.acknowledge)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _put_off(deliveries: Sequence[Delivery]) -> None:
    """Send a delayed copy of each message and delete the message, so that this delivery does not count as a try.

    SQS counts every receive, whatever comes of it: without this, a deployment that cannot work would move all messages
    to the dead-letter queue within an hour.
    """
    try:
        with closing(Clients.connect()) as clients:
            queue = Queue(clients.sqs, os.environ["PRESSMARK_QUEUE_URL"], "")
            for _, pages in groupby(deliveries, key=lambda each: each.receipt_handle):
                message = list(pages)
                if message[0].place is None:
                    queue.postpone(message[0], SQS_MAX_DELAY)
                else:
                    queue.postpone_run(message, SQS_MAX_DELAY)
                queue.delete(message[:1])
    except Exception:
        telemetry.logger.exception("not every message could be sent back with a delay")

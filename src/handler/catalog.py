"""The scheduled function that adds what was captured since its last run to the open table (docs/catalog.md)."""

import os
from typing import TYPE_CHECKING, Any

if not os.environ.get("AWS_ENDPOINT_URL", "unset"):  # as in handler.app
    del os.environ["AWS_ENDPOINT_URL"]

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from pressmark.archive.objects import Objects
from pressmark.catalog import stones
from pressmark.catalog.run import run
from pressmark.catalog.shelf import BucketShelf
from pressmark.catalog.writer import Catalog
from pressmark.clock import now
from pressmark.crawl.service import Clients
from pressmark.errors import ArchiveError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_MS = 90_000
"""Time to sort, compress and store what was read of a group; with less time left, nothing more is read."""

logger = Logger(service="pressmark-catalog", use_rfc3339=True)
metrics = Metrics(namespace="Pressmark", service=os.environ.get("POWERTOOLS_SERVICE_NAME") or "pressmark")

bucket = os.environ["PRESSMARK_BUCKET"]
minutes = int(os.environ.get("CATALOG_MINUTES") or "60")
clients = Clients.connect()


def lambda_handler(event: Any, context: "LambdaContext") -> dict[str, Any]:
    """Write the groups that are complete and not written yet, as many as there is time for; the next run continues.

    event: not used. Returns how much was done. The number of groups for which there was no time is the metric
    CatalogLeft. Raises ArchiveError if a group could not be written, so that the alarm on the function's errors rings.
    """
    del event
    logger.set_correlation_id(context.aws_request_id)
    catalog = Catalog(
        files=Objects(clients.s3, bucket),
        shelf=BucketShelf(clients.s3, bucket),
        stones=stones.of_bucket(clients.s3, bucket),
        bucket=bucket,
        minutes=minutes,
    )

    def written(group: str, rows: int) -> None:
        logger.info("written", extra={"group": group, "rows": rows})

    done = run(
        catalog, now(), go_on=lambda: context.get_remaining_time_in_millis() > SPARE_MS, on_group=written
    )
    for damage in done.damaged[:100]:
        logger.warning("damaged", extra={"reason": str(damage)})
    for group, reason in done.failed.items():
        logger.error("not written", extra={"group": group, "reason": reason})
    for group, warcs in done.kept.items():
        logger.error(
            "left as it is: its WARC files have lost captures", extra={"group": group, "warcs": warcs}
        )
    facts = {
        "groups": done.groups,
        "written": done.written,
        "rows": done.rows,
        "deleted": done.deleted,
        "left": len(done.left),
        "kept": len(done.kept),
        "failed": len(done.failed),
        "damaged": len(done.damaged),
    }
    logger.info("updated", extra=facts)
    if done.left:  # 0 is not sent: a metric is billed by the hours in which it has a value
        metrics.add_metric("CatalogLeft", MetricUnit.Count, len(done.left))
        metrics.flush_metrics()
    if done.failed:
        raise ArchiveError(f"{len(done.failed)} groups of the open table could not be written: see the log")
    return facts

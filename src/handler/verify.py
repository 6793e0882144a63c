"""The scheduled function that reads a sample of the archive again, and raises an alarm if it has changed."""

import os
from typing import TYPE_CHECKING, Any

if not os.environ.get("AWS_ENDPOINT_URL", "unset"):  # as in handler.app
    del os.environ["AWS_ENDPOINT_URL"]

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from pressmark.archive import tombstones
from pressmark.archive.items import Indexing
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.crawl.service import Clients
from pressmark.settings import Settings
from pressmark.upkeep import sweep
from pressmark.upkeep.problems import Problem
from pressmark.upkeep.verify import Verifier

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_MS = 30_000
"""Time to read and compare the largest file; with less time left, no further one is begun."""

logger = Logger(service="pressmark-verify", use_rfc3339=True)
metrics = Metrics(namespace="Pressmark", service=os.environ.get("POWERTOOLS_SERVICE_NAME") or "pressmark")

settings = Settings.from_environment(os.environ)
sample_size = max(1, int(os.environ.get("VERIFY_SAMPLE") or "20"))
clients = Clients.connect()


def lambda_handler(event: Any, context: "LambdaContext") -> dict[str, Any]:
    """Verify VERIFY_SAMPLE files and as many rows, chosen at random, as far as there is time.

    event: not used. Returns how much was checked and the problems by kind; each is a line of the log, and
    their number is the metric VerifyProblems.
    """
    del event
    logger.set_correlation_id(context.aws_request_id)

    def found(problem: Problem) -> None:
        logger.error("problem", extra=problem.to_dict())

    objects = Objects(clients.s3, settings.bucket)
    reader = TableReader(clients.dynamodb, settings.table)
    stones = tombstones.Tombstones(tombstones.load(clients.s3, settings.bucket))
    indexing = Indexing(bucket=settings.bucket, terms=settings.index_terms, tombstones=stones)
    verifier = Verifier(objects, reader, indexing, on_problem=found)
    sweep.sample(verifier, sample_size, go_on=lambda: context.get_remaining_time_in_millis() > SPARE_MS)
    verifier.unread(map(str, stones.damaged))
    done = verifier.done.to_dict()
    logger.info("verified", extra=done)
    metrics.add_metric("VerifyProblems", MetricUnit.Count, sum(verifier.done.problems.values()))
    metrics.add_metric("VerifiedFiles", MetricUnit.Count, verifier.done.files)
    metrics.flush_metrics()
    return done

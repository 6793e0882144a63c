"""The scheduled function that joins small WARC files of past days into a few large ones (D30)."""

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if not os.environ.get("AWS_ENDPOINT_URL", "unset"):  # as in handler.app
    del os.environ["AWS_ENDPOINT_URL"]

from aws_lambda_powertools import Logger

from pressmark.clock import now
from pressmark.crawl.service import Clients
from pressmark.upkeep.compacting import AT_A_TIME, Compacted, Compaction

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_MS = 180_000
"""Time to read, compare and delete a thousand small files; with less time left, no further file is begun."""

logger = Logger(service="pressmark-compact", use_rfc3339=True)

bucket = os.environ["PRESSMARK_BUCKET"]
days = max(2, int(os.environ.get("COMPACT_AFTER_DAYS") or "30"))
clients = Clients.connect(connections=AT_A_TIME)


def lambda_handler(event: Any, context: "LambdaContext") -> dict[str, Any]:
    """Compact what is COMPACT_AFTER_DAYS old, as far as there is time; the next run continues.

    event: not used. Returns how much was done. Raises ArchiveError, so that the alarm on the function's errors rings.
    """
    del event
    logger.set_correlation_id(context.aws_request_id)

    def told(done: Compacted) -> None:
        logger.info("compacted", extra={"files": done.files, "bytes": done.bytes, "into": done.into})

    compaction = Compaction(
        clients.s3,
        bucket,
        now(),
        go_on=lambda: context.get_remaining_time_in_millis() > SPARE_MS,
        on_file=told,
    )
    done = compaction.run(now().date() - timedelta(days=days - 1)).to_dict()
    logger.info("done", extra=done)
    return done

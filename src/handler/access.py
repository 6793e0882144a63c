"""The access function: an event of a function URL or an HTTP API in, the archive's answer out."""

import os
from typing import TYPE_CHECKING, Any

if not os.environ.get("AWS_ENDPOINT_URL", "unset"):  # as in handler.app
    del os.environ["AWS_ENDPOINT_URL"]

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.access.lambda_events import MAX_BYTES, to_answer, to_request
from pressmark.access.options import from_environment
from pressmark.archive.days import first_day
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.clock import REAL

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def _archive() -> Archive:
    from pressmark.access.clients import connect

    s3, dynamodb = connect()
    bucket, table = os.environ["PRESSMARK_BUCKET"], os.environ["PRESSMARK_TABLE"]
    reader = TableReader(dynamodb, table, first_day=lambda: first_day(s3, bucket, today=REAL.now().date()))
    return Archive(
        label=table,
        reader=reader,
        files=Objects(s3, bucket),
        # With the range in what is signed, so that the address leads to these bytes and to no others.
        presign=lambda key, first, last: s3.generate_presigned_url(
            "get_object",
            Params={"Bucket": bucket, "Key": key, "Range": f"bytes={first}-{last}"},
            ExpiresIn=300,
        ),
        options=from_environment(os.environ, max_response=MAX_BYTES),
    )


application = Application(_archive())


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer a request (payload format 2.0); see :mod:`pressmark.access.lambda_events`."""
    del context
    options = application.archive.options
    return to_answer(
        application(to_request(event, public_url=options.public_url, replay_url=options.replay_url))
    )

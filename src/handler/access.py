"""The access function: an event of a function URL or an HTTP API in, the archive's answer out."""

import os
from typing import TYPE_CHECKING, Any

if not os.environ.get("AWS_ENDPOINT_URL", "unset"):  # as in handler.app
    del os.environ["AWS_ENDPOINT_URL"]

from pressmark.access.app import Application
from pressmark.access.clients import connect, connect_queue, saving
from pressmark.access.context import Archive, Saving
from pressmark.access.keys.keyfile import BucketKeyFile, Keys
from pressmark.access.lambda_events import MAX_BYTES, to_answer, to_request
from pressmark.access.options import from_environment
from pressmark.archive.days import first_day
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader, kept_terms
from pressmark.clock import REAL

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

PRESIGNED_SECONDS = 300
"""How long a signed address is valid: a browser follows the redirect to it at once."""

options = from_environment(os.environ, max_response=MAX_BYTES)
bucket, table = os.environ["PRESSMARK_BUCKET"], os.environ["PRESSMARK_TABLE"]
s3, dynamodb = connect()


def _presign(key: str, first: int, last: int) -> str:
    # The range is signed, too, so that the address returns these bytes and no others.
    asked = {"Bucket": bucket, "Key": key, "Range": f"bytes={first}-{last}"}
    return s3.generate_presigned_url("get_object", Params=asked, ExpiresIn=PRESIGNED_SECONDS)


def _saving() -> Saving | None:
    queue, state = os.environ.get("PRESSMARK_QUEUE_URL"), os.environ.get("PRESSMARK_STATE_TABLE")
    return saving(connect_queue(), queue, dynamodb, state) if queue and state else None


application = Application(
    Archive(
        label=table,
        reader=TableReader(
            dynamodb,
            table,
            first_day=lambda: first_day(s3, bucket, today=REAL.now().date()),
            index_terms=kept_terms(os.environ.get("PRESSMARK_INDEX_TERMS")),
        ),
        files=Objects(s3, bucket),
        saving=_saving(),
        keys=Keys(BucketKeyFile(s3, bucket), monotonic=REAL.monotonic) if options.takes_keys else None,
        presign=_presign,
        options=options,
    )
)


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer a request (payload format 2.0); see :mod:`pressmark.access.lambda_events`."""
    del context
    request = to_request(event, public_url=options.public_url, replay_url=options.replay_url)
    return to_answer(application(request))

"""The AWS clients of the access function: it reads a table and a bucket."""

from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from pressmark import __version__

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


def connect() -> tuple["S3Client", "DynamoDBClient"]:
    """Make the clients from the environment's region, credentials and AWS_ENDPOINT_URL.

    A person waits for the answer: few tries, short timeouts.
    """
    config = Config(
        user_agent=f"pressmark/{__version__}",
        connect_timeout=2,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    # The older signature, which some regions would get, leaves the range of a signed address to whoever has it.
    signed = config.merge(Config(signature_version="s3v4"))
    session = botocore.session.get_session()
    return (
        cast("S3Client", session.create_client("s3", config=signed)),
        cast("DynamoDBClient", session.create_client("dynamodb", config=config)),
    )

"""The AWS clients of the access function: it reads a table and a bucket, and sends to a queue."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from pressmark import __version__
from pressmark.access.context import Saving
from pressmark.access.keys.quota import Quota
from pressmark.aws import asking
from pressmark.clock import REAL
from pressmark.queues.jobs import Jobs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


def connect() -> tuple["S3Client", "DynamoDBClient"]:
    """Make the clients from the environment's region, credentials and AWS_ENDPOINT_URL.

    A person waits for the answer: few tries, short timeouts.
    """
    config = _config()
    # The older signature, which some regions would use, leaves the range out: whoever has the address could change it.
    signed = config.merge(Config(signature_version="s3v4"))
    session = botocore.session.get_session()
    return (
        cast("S3Client", session.create_client("s3", config=signed)),
        cast("DynamoDBClient", session.create_client("dynamodb", config=config)),
    )


def connect_queue() -> "SQSClient":
    """Make the client of the capture queue, as :func:`connect`."""
    return cast("SQSClient", botocore.session.get_session().create_client("sqs", config=_config()))


def _config() -> Config:
    return Config(
        user_agent=f"pressmark/{__version__}",
        connect_timeout=2,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 3},
    )


class Queue:
    """The capture queue, for senders."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Mapping[str, object]) -> None:
        """Send a capture request. Raises ArchiveError."""
        with asking(f"SendMessage to {self._url}"):
            self._client.send_message(
                QueueUrl=self._url, MessageBody=json.dumps(message, separators=(",", ":"))
            )

    def waiting(self) -> int:
        """Return about how many messages are on the queue, including those in flight and those with a delay.

        Raises ArchiveError.
        """
        names = ("", "NotVisible", "Delayed")
        with asking(f"GetQueueAttributes of {self._url}"):
            answer = self._client.get_queue_attributes(
                QueueUrl=self._url,
                AttributeNames=[f"ApproximateNumberOfMessages{name}" for name in names],  # type: ignore[misc]
            )
        return sum(map(int, answer["Attributes"].values()))


def saving(sqs: "SQSClient", queue_url: str, dynamodb: "DynamoDBClient", state_table: str) -> Saving:
    """Return the object that saves pages into a stack."""
    return Saving(
        Queue(sqs, queue_url),
        Jobs(dynamodb, state_table, REAL.now),
        Quota(dynamodb, state_table, REAL.now),
    )

"""Puts one process together: settings in, a pipeline out.

The function and the local stack both start here, and differ by an endpoint URL and nothing else (D9).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from pressmark import __version__
from pressmark.archive.objects import Objects
from pressmark.archive.table import Table
from pressmark.clock import REAL, Outside
from pressmark.crawl.budget import Deadline
from pressmark.crawl.courtesy import Politeness
from pressmark.crawl.ending import Endings
from pressmark.crawl.pipeline import Pipeline
from pressmark.crawl.settle import Settler
from pressmark.crawl.store import Store
from pressmark.crawl.worker import PageWorker, Past
from pressmark.http.fetcher import Fetcher
from pressmark.http.hosts import HostLists
from pressmark.politeness.claims import Claims
from pressmark.politeness.robots import Robots
from pressmark.politeness.turns import Turns
from pressmark.queues.capture import Queue
from pressmark.queues.jobs import Jobs
from pressmark.reading.process import Reads
from pressmark.reading.reader import Reader
from pressmark.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from pressmark.crawl.known import Lists


@dataclass(frozen=True, slots=True)
class Clients:
    """The AWS clients of a process; thread-safe (boto3 guide, "Low-level clients")."""

    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"

    @classmethod
    def connect(cls, *, connections: int = 10) -> "Clients":
        """Make the clients from the environment's region, credentials and AWS_ENDPOINT_URL.

        connections: how many requests may be under way at a time. Timeouts are short compared with the function's
        and there are several tries, so that a lost connection is noticed and replaced well before the
        deadline; "standard" retries back off with jitter and recognise throttling errors (AWS SDKs
        reference, "Retry behavior"). docs/reliability.md has the reason for each number.
        """
        quick = Config(
            user_agent=f"pressmark/{__version__}",  # otherwise, botocore builds one for each request
            connect_timeout=2,
            read_timeout=5,
            retries={"mode": "standard", "total_max_attempts": 5},
            max_pool_connections=connections,
        )
        # S3 answers a PUT after the last byte has arrived and is stored, which takes longer than writing a row.
        patient = quick.merge(Config(read_timeout=10))
        # Items are made here, not by users, and DynamoDB checks them. Validation costs a seventh of sending a row.
        unchecked = quick.merge(Config(parameter_validation=False))
        # boto3's clients are botocore's; boto3 adds resources and transfers, which the function does not use
        # but every cold start would load.
        session = botocore.session.get_session()
        return cls(
            s3=cast("S3Client", session.create_client("s3", config=patient)),
            dynamodb=cast("DynamoDBClient", session.create_client("dynamodb", config=unchecked)),
            sqs=cast("SQSClient", session.create_client("sqs", config=quick)),
        )

    def close(self) -> None:
        """Close their connections."""
        for client in (self.s3, self.dynamodb, self.sqs):
            client.close()


def _lists(clients: Clients, settings: Settings) -> "Lists":
    from pressmark.archive.ranges import TableReader
    from pressmark.crawl.known import Lists

    return Lists(TableReader(clients.dynamodb, settings.table), Objects(clients.s3, settings.bucket))


class Service:
    """One process of the archive. pipeline: captures batches of messages. reader: reads their articles."""

    def __init__(
        self,
        settings: Settings,
        clients: Clients | None = None,
        *,
        outside: Outside = REAL,
        reader: Reads | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        """reader: instead of a process that reads articles. fetcher: instead of one made from the settings."""
        clients = clients or Clients.connect(connections=settings.concurrency + 2)
        self.reader: Reads = reader or Reader()
        deadline = Deadline(outside.monotonic)
        for client in (clients.s3, clients.dynamodb, clients.sqs):
            deadline.watch(client)
        table = Table(clients.dynamodb, settings.table, sleep=outside.sleep)
        turns = Turns(clients.dynamodb, settings.state_table, outside)
        claims = Claims(clients.dynamodb, settings.state_table, outside.now)
        self._hosts = HostLists(settings, clients.s3, outside.monotonic)
        fetcher = fetcher or Fetcher(settings, outside=outside, hosts=self._hosts)
        robots = Robots(fetcher, clients.dynamodb, settings.state_table, settings, outside)
        jobs = Jobs(clients.dynamodb, settings.state_table, outside.now)
        queue = Queue(clients.sqs, settings.queue_url, settings.dead_letter_queue_url)
        self.settings = settings
        self.clients = clients
        self.pipeline = Pipeline(
            settings,
            worker=PageWorker(
                settings,
                fetcher=fetcher,
                politeness=Politeness(robots, turns, claims),
                past=Past(table, lambda: _lists(clients, settings)),
                reader=self.reader,
                outside=outside,
            ),
            store=Store(settings, Objects(clients.s3, settings.bucket), table, outside),
            settler=Settler(
                queue,
                claims,
                Endings(jobs, max_tries=settings.max_receives),
                max_tries=settings.max_receives,
            ),
            deadline=deadline,
            outside=outside,
        )

    def prepare(self) -> None:
        """Prepare for a batch: check whether the lists of hosts have changed. Raises ArchiveError; then no page may
        be begun.
        """
        self._hosts.refresh()

    def warm_up(self) -> None:
        """Start the process that reads articles, so that it loads while the first batch waits for servers."""
        self.reader.start()

    def close(self) -> None:
        """End the process that reads articles; a later batch starts another."""
        self.reader.close()

"""The AWS clients of a process."""

from contextlib import closing

import pytest
from tests.conftest import Aws

from pressmark import __version__
from pressmark.crawl.service import Clients


def test_requests_to_aws_name_pressmark_and_nothing_made_anew_each_time(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.stack.process_environment().items():
        monkeypatch.setenv(name, value)
    clients = Clients.connect()
    named: set[bytes] = set()
    for client in (clients.s3, clients.dynamodb, clients.sqs):
        client.meta.events.register(
            "before-send", lambda request, **_: named.add(request.headers["User-Agent"])
        )
    with closing(clients):
        clients.s3.list_buckets()
        clients.dynamodb.list_tables()
        clients.sqs.list_queues()
    # Powertools adds its name to the clients of any process that has loaded it, as other tests may have.
    assert {agent.partition(b" PT/")[0] for agent in named} == {f"pressmark/{__version__}".encode()}

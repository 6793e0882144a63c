"""The function inside this process, with clients that can be made to fail."""

import functools
import types
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import boto3
import botocore.endpoint
import pytest
from botocore.config import Config
from tests.readers import InProcess
from tests.reliability.faults import Faults
from tests.world import World

from pressmark.crawl.reports import Report
from pressmark.crawl.service import Clients
from pressmark.local.account import CREDENTIALS, REGION


@functools.cache
def _session() -> boto3.Session:
    # It keeps the services' descriptions, which take longer to read than all else.
    return boto3.Session(
        CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], region_name=REGION
    )


def clients(endpoint: str) -> Clients:
    """Clients as Clients.connect makes them, for an endpoint, and more patient.

    A busy machine may take long to answer, and what was given up would be done all the same: after the test went on.
    """
    patient = Config(
        user_agent="pressmark",
        retries={"mode": "standard", "total_max_attempts": 5},
        connect_timeout=60,
        read_timeout=60,
    )
    unchecked = patient.merge(Config(parameter_validation=False))
    configs = {"s3": patient, "dynamodb": unchecked, "sqs": patient}
    made: dict[str, Any] = {
        name: _session().client(name, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]
        for name, config in configs.items()
    }
    return Clients(**made)


class Process(AbstractContextManager["Process"]):
    """One process of the function. Its clients are its own and can be made to fail; it reads articles itself."""

    def __init__(self, world: World, **settings: Any) -> None:
        self.world, self.faults = world, Faults()
        self.clients = clients(world.aws.server.endpoint)
        self.faults.watch(self.clients)
        self.service = world.another(InProcess(), self.clients, **{"robots": "obey", **settings})

    def run(self, messages: Sequence[dict[str, Any]]) -> list[Report]:
        """Hand it received messages, in an invocation that may take 120 seconds."""
        return self.world.run(*self.world.deliveries(messages), remaining=120.0, on=self.service)

    def deliver(self, messages: Sequence[dict[str, Any]] | None = None) -> list[Report]:
        """Hand it messages, or what can be received, and acknowledge as it says."""
        messages = self.world.receive() if messages is None else messages
        reports = self.run(messages)
        kept = [{"itemIdentifier": each.delivery.message_id} for each in reports if not each.acknowledge]
        self.world.acknowledge(messages, {"batchItemFailures": kept})
        return reports

    def close(self) -> None:
        """Close its connections."""
        self.clients.close()

    def __exit__(self, *_: object) -> None:
        self.close()


def no_waiting(
    monkeypatch: pytest.MonkeyPatch, slept: Callable[[float], None] = lambda _seconds: None
) -> None:
    """Have botocore not wait between its attempts."""
    monkeypatch.setattr(botocore.endpoint, "time", types.SimpleNamespace(sleep=slept))

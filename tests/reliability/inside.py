"""The function inside this process, with clients that can be made to fail, and a clock that can jump."""

import functools
import threading
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import botocore.endpoint
import pytest
from botocore.config import Config
from tests.readers import InProcess

from pressmark.clock import Outside
from pressmark.crawl.service import Clients, Service
from pressmark.local.server import CREDENTIALS, REGION
from pressmark.queues.message import (
    ATTRIBUTE_FIRST_SENT,
    ATTRIBUTE_ID,
    ATTRIBUTE_SUSPECT,
    ATTRIBUTE_TRIES,
    ATTRIBUTE_WAIT,
    Delivery,
)


@dataclass
class Clock:
    """Wall clock and stopwatch in one; sleeping moves it."""

    moment: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    elapsed: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sleep(self, seconds: float) -> None:
        self.go(seconds)

    def go(self, seconds: float) -> None:
        """Let time go by."""
        self.moment += timedelta(seconds=seconds)
        self.elapsed += seconds

    def now(self) -> datetime:
        # No two readings are the same instant, as on any real clock with microseconds.
        with self._lock:
            self.moment += timedelta(microseconds=1)
            return self.moment

    @property
    def outside(self) -> Outside:
        return Outside(now=self.now, monotonic=lambda: self.elapsed, sleep=self.sleep)


@functools.cache
def _session() -> boto3.Session:
    # It keeps the services' descriptions, which take longer to read than all else.
    return boto3.Session(
        CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], region_name=REGION
    )


def clients(endpoint: str) -> Clients:
    """Clients as Clients.connect makes them, for an endpoint."""
    session = _session()
    config = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=2, read_timeout=5)
    made = {
        name: session.client(name, endpoint_url=endpoint, config=config) for name in ("s3", "dynamodb", "sqs")
    }
    return Clients(**made)


def close(made: Clients) -> None:
    """Close the connections of clients."""
    for client in (made.s3, made.dynamodb, made.sqs):
        client.close()


def delivery(message: dict[str, Any]) -> Delivery:
    """A received message as the handler hands it on."""
    attributes = message.get("MessageAttributes", {})
    strikes = attributes.get(ATTRIBUTE_SUSPECT, {}).get("StringValue")
    sent = attributes.get(ATTRIBUTE_FIRST_SENT, {}).get(
        "StringValue"
    )  # by this world's clock, not the emulator's
    return Delivery(
        id=attributes.get(ATTRIBUTE_ID, {}).get("StringValue") or message["MessageId"],
        body=message["Body"],
        message_id=message["MessageId"],
        receipt_handle=message["ReceiptHandle"],
        receive_count=int(message["Attributes"]["ApproximateReceiveCount"]),
        earlier_tries=int(attributes.get(ATTRIBUTE_TRIES, {}).get("StringValue", "0")),
        unended_alone=None if strikes is None else int(strikes),
        wait=float(attributes.get(ATTRIBUTE_WAIT, {}).get("StringValue", "0")),
        first_sent=None if sent is None else datetime.fromtimestamp(int(sent) / 1000, UTC),
    )


def no_waiting(
    monkeypatch: pytest.MonkeyPatch, slept: Callable[[float], None] = lambda _seconds: None
) -> None:
    """Have botocore not wait between its attempts."""
    monkeypatch.setattr(botocore.endpoint, "time", types.SimpleNamespace(sleep=slept))


def service(aws: Any, made: Clients, clock: Clock, **settings: Any) -> Service:
    """A process of the function; the pages' own site is asked without delay. Articles are read in this process."""
    return Service(aws.settings_with(**settings), made, outside=clock.outside, reader=InProcess())

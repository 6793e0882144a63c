"""Every way in which AWS documents that it may not do what it was asked, put in front of the embedded AWS."""

import io
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.httpsession import URLLib3Session

from pressmark.crawl.service import Clients


class _Raw(io.BytesIO):
    """What urllib3 would hand over."""

    def stream(self, *_: Any, **__: Any) -> Iterable[bytes]:
        yield self.read()


def answer(request: Any, status: int, body: bytes, headers: dict[str, str] | None = None) -> AWSResponse:
    """A response that no server sent."""
    return AWSResponse(request.url, status, headers or {}, _Raw(body))


Fault = Callable[[Any, str], AWSResponse | None]
"""Gets the request and the operation's name; answers in AWS's place, raises, or returns None to let it pass."""


def error(status: int, code: str) -> Fault:
    """An error answer, in the form of the service that is asked."""

    def fault(request: Any, operation: str) -> AWSResponse:
        if ".s3." in operation:
            text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>as asked for</Message></Error>"
            return answer(request, status, text.encode())
        body = json.dumps({"__type": f"com.amazonaws#{code}", "message": "as asked for"})
        return answer(request, status, body.encode(), {"x-amzn-query-error": f"{code};Sender"})

    fault.__name__ = f"{status} {code}"
    return fault


def no_connection(request: Any, _operation: str) -> AWSResponse | None:
    raise EndpointConnectionError(endpoint_url=request.url)


def no_handshake(request: Any, _operation: str) -> AWSResponse | None:
    raise ConnectTimeoutError(endpoint_url=request.url)


def reset(request: Any, _operation: str) -> AWSResponse | None:
    raise ConnectionClosedError(endpoint_url=request.url)


def done_all_the_same(request: Any) -> None:
    """Have AWS do it, and keep the answer back."""
    session = URLLib3Session()
    try:
        session.send(request).content  # noqa: B018 - reads it
    finally:
        session.close()
    request.reset_stream()


def answer_lost(request: Any, _operation: str) -> AWSResponse | None:
    """AWS did it, but nobody heard."""
    done_all_the_same(request)
    raise ReadTimeoutError(endpoint_url=request.url)


def error_though_done(request: Any, operation: str) -> AWSResponse | None:
    """AWS did it and answered 500."""
    done_all_the_same(request)
    return error(500, "InternalError")(request, operation)


def unprocessed(request: Any, _operation: str) -> AWSResponse | None:
    """DynamoDB does some of a batch's writes and gives the others back."""
    asked = json.loads(request.body)
    ((table, writes),) = asked["RequestItems"].items()
    half = len(writes) // 2
    if half:
        request.body = json.dumps({"RequestItems": {table: writes[:half]}}).encode()
        request.headers["Content-Length"] = str(len(request.body))
        session = URLLib3Session()
        try:
            session.send(request).content  # noqa: B018 - reads it
        finally:
            session.close()
    return answer(request, 200, json.dumps({"UnprocessedItems": {table: writes[half:]}}).encode())


NETWORK: tuple[Fault, ...] = (no_connection, no_handshake, reset, answer_lost)

PASSING: dict[str, tuple[Fault, ...]] = {
    "s3": (
        error(503, "SlowDown"),
        error(500, "InternalError"),
        error(503, "ServiceUnavailable"),
        error(400, "RequestTimeout"),
        error(409, "ConditionalRequestConflict"),
        error_though_done,
        *NETWORK,
    ),
    "dynamodb": (
        error(400, "ProvisionedThroughputExceededException"),
        error(400, "ThrottlingException"),
        error(400, "RequestLimitExceeded"),
        error(500, "InternalServerError"),
        error(503, "ServiceUnavailable"),
        error_though_done,
        *NETWORK,
    ),
    "sqs": (
        error(400, "RequestThrottled"),
        error(403, "ThrottlingException"),
        error(500, "InternalFailure"),
        error(503, "ServiceUnavailable"),
        *NETWORK,
    ),
}
"""What is over after a moment: errors that the service's API reference marks as such, and the network's."""

LASTING: dict[str, tuple[Fault, ...]] = {
    "s3": (
        error(403, "AccessDenied"),
        error(400, "ExpiredToken"),
        error(403, "RequestTimeTooSkewed"),
        error(404, "NoSuchBucket"),
        error(400, "BadDigest"),
    ),
    "dynamodb": (
        error(400, "AccessDeniedException"),
        error(400, "ExpiredTokenException"),
        error(400, "UnrecognizedClientException"),
        error(400, "ResourceNotFoundException"),
        error(400, "ItemCollectionSizeLimitExceededException"),
    ),
    "sqs": (
        error(403, "AccessDenied"),
        error(403, "ExpiredToken"),
        error(400, "AWS.SimpleQueueService.NonExistentQueue"),
        error(400, "OverLimit"),
        error(400, "KmsDisabled"),
    ),
}
"""What another try a moment later meets again."""


@dataclass
class Faults:
    """Stands before each request of some clients. ``rule`` decides which fault it meets, if any."""

    rule: Callable[[str], Fault | None] = lambda _operation: None
    asked: list[str] = field(default_factory=list)

    def watch(self, clients: Clients) -> None:
        for client in (clients.s3, clients.dynamodb, clients.sqs):
            client.meta.events.register_first("before-send", self._meet)

    def _meet(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        self.asked.append(event_name)
        fault = self.rule(event_name)
        return fault(request, event_name) if fault else None

    def times(self, operation: str, fault: Fault, count: float) -> None:
        """Let an operation (``dynamodb.Query``) meet a fault so many times."""
        met = 0

        def rule(event_name: str) -> Fault | None:
            nonlocal met
            if not event_name.endswith(operation) or met >= count:
                return None
            met += 1
            return fault

        self.rule = rule

    def at_random(self, share: float, choose: random.Random) -> None:
        """Let so many of all requests meet some fault that passes."""

        def rule(event_name: str) -> Fault | None:
            if choose.random() >= share:
                return None
            service = event_name.split(".")[1]
            known = PASSING[service] + ((unprocessed,) if event_name.endswith("BatchWriteItem") else ())
            return choose.choice(known)

        self.rule = rule

    def none(self) -> None:
        """Let everything pass."""
        self.rule = lambda _operation: None

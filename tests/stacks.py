"""Stacks for tests: one is created from template.yaml, and each test is given a copy of it under a name of its own."""

import io
import itertools
import pickle
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pressmark.local import stack as stacks
from pressmark.local.account import ACCOUNT, REGION
from pressmark.local.server import EmbeddedAws
from pressmark.local.stack import Stack

_ORIGINAL = "test-00000"


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> str | None:
        return "a lock" if isinstance(obj, threading.Condition) else None


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, _: Any) -> threading.Condition:
        return threading.Condition()


@dataclass
class _Resources:
    """What moto keeps of a stack. Each attribute: name and state."""

    stack: Stack
    buckets: dict[str, Any]
    tables: dict[str, Any]
    queues: dict[str, Any]

    @classmethod
    def of(cls, stack: Stack) -> "_Resources":
        buckets, tables, queues = _backends()
        names = [url.rpartition("/")[2] for url in (stack.queue_url, stack.dead_letter_queue_url)]
        return cls(
            stack,
            {stack.bucket: buckets[stack.bucket]},
            {name: tables[name] for name in (stack.table, stack.state_table)},
            {name: queues[name] for name in names},
        )


EVERY_TERM = {"IndexTerms": "author,section,tag,digest"}
"""So that tests of looking up have something to look up; what the default leaves out is tested by itself."""


class Copies:
    """Copies of a stack that no test is given itself: a copy is as empty as that is.

    CloudFormation takes some 60 ms of processor time for a stack, a copy takes one. CloudFormation does not know of
    copies: a test that asks it takes the fixture `known_aws`. Each has its own name, so that what one
    test left running does not reach the stack of the next.
    """

    def __init__(self, aws: EmbeddedAws, template: Mapping[str, Any]) -> None:
        kept = io.BytesIO()
        _Pickler(kept).dump(_Resources.of(stacks.create(aws, _ORIGINAL, EVERY_TERM, template=template)))
        self._kept = kept.getvalue()
        self._numbers = itertools.count(1)

    def another(self) -> Stack:
        """Return a stack with nothing in it."""
        name = (
            f"test-{next(self._numbers):05}"  # as long as the name that it replaces: pickle counts characters
        )
        made: _Resources = _Unpickler(
            io.BytesIO(self._kept.replace(_ORIGINAL.encode(), name.encode()))
        ).load()
        for backend, resources in zip(_backends(), (made.buckets, made.tables, made.queues), strict=True):
            backend.update(resources)
        return made.stack


def forget(stack: Stack) -> None:
    """Have moto drop a stack and all that is in it: hundreds of them are most of what a test run has in memory."""
    buckets, tables, queues = _backends()
    bucket = buckets.pop(stack.bucket, None)  # a test may have lost it
    for key in bucket.keys.values() if bucket else ():
        if hasattr(key, "dispose"):  # the mark of a deleted object has nothing to dispose of
            key.dispose()
    for table in (stack.table, stack.state_table):
        tables.pop(table, None)
    for url in (stack.queue_url, stack.dead_letter_queue_url):
        queues.pop(url.rpartition("/")[2], None)


def _backends() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return moto's buckets, tables and queues, by name."""
    from moto.dynamodb.models import dynamodb_backends
    from moto.s3.models import s3_backends
    from moto.sqs.models import sqs_backends

    return (
        s3_backends[ACCOUNT]["aws"].buckets,
        dynamodb_backends[ACCOUNT][REGION].tables,
        sqs_backends[ACCOUNT][REGION].queues,
    )

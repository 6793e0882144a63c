"""Stacks for tests: one is created from template.yaml, and each test gets a copy of it under a name of its own."""

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
    """What moto keeps of a stack: the state of its resources, by name."""

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
"""All kinds of look-up items, for tests that look something up; what the default leaves out has its own tests."""


_numbers = itertools.count(1)


class Copies:
    """Makes copies of a stack that no test uses itself: a copy holds what the stack held when this object was made.

    CloudFormation takes some 60 ms of processor time for a stack, a copy takes one. CloudFormation does not know of
    copies: a test that asks it takes the fixture `known_aws`. Each has its own name, so that what one
    test left running does not reach the stack of the next. Of an object with several versions, the newest is copied.
    """

    def __init__(self, stack: Stack) -> None:
        kept = io.BytesIO()
        _Pickler(kept).dump(_Resources.of(stack))
        self._stack, self._kept = stack, kept.getvalue()

    @classmethod
    def of_template(cls, aws: EmbeddedAws, template: Mapping[str, Any]) -> "Copies":
        """Return the copies of an empty stack."""
        return cls(stacks.create(aws, _ORIGINAL, EVERY_TERM, template=template))

    def another(self) -> Stack:
        """Return a copy."""
        name = f"test-{next(_numbers):05}"
        assert len(name) == len(self._stack.name), "pickle counts characters"
        return _put(self._kept.replace(self._stack.name.encode(), name.encode()))

    def put_back(self) -> None:
        """Restore in the stack itself what it held when this object was made, and nothing else."""
        forget(self._stack)
        _put(self._kept)


def _put(kept: bytes) -> Stack:
    """Put a pickled stack into moto."""
    made: _Resources = _Unpickler(io.BytesIO(kept)).load()
    for backend, resources in zip(_backends(), (made.buckets, made.tables, made.queues), strict=True):
        backend.update(resources)
    return made.stack


def objects(stack: Stack) -> dict[str, bytes]:
    """Return everything in a stack's bucket, by key, without the requests that this would take."""
    keys = _backends()[0][stack.bucket].keys
    # The mark of a deleted object has no value.
    return {name: key.value for name, key in sorted(keys.items()) if hasattr(key, "value")}


def forget_items(table: str, prefix: str) -> None:
    """Delete the items of a table without a sort key whose key begins with a prefix, without requests."""
    items = _backends()[1][table].items
    for key in [key for key in items if key.value.startswith(prefix)]:
        del items[key]


def forget(stack: Stack) -> None:
    """Make moto drop a stack with all that is in it: hundreds of stacks would be most of a test run's memory."""
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

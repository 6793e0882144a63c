"""moto's DynamoDB without what makes it take the square of the time, for tests and benchmarks that fill tables."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models.table import Table


@contextmanager
def quick() -> Iterator[None]:
    """Have Query take a partition from its dictionary, and answers take attribute values as they are.

    moto walks and sorts the whole table for every Query, of which each page makes one; and it tries several spellings
    of each of ten type names for every value of an item.
    """
    whole, ask, asked = Table.all_items, Table.query, threading.local()
    pick = ResponseSerializer.get_value

    def query(self: Any, hash_key: Any, *rest: Any, **options: Any) -> Any:
        index = rest[6] if len(rest) > 6 else options.get("index_name")
        asked.partition = None if index else hash_key
        try:
            return ask(self, hash_key, *rest, **options)
        finally:
            asked.partition = None

    def all_items(self: Any) -> Any:
        key = getattr(asked, "partition", None)
        if key is None or not self.range_key_attr:
            return whole(self)
        return list(self.items.get(key, {}).values())

    def get_value(self: Any, value: Any, key: str, shape: Any) -> Any:
        if shape.parent.name == "AttributeValue" and isinstance(value, dict):
            return value.get(key)
        return pick(self, value, key, shape)

    Table.query, Table.all_items, ResponseSerializer.get_value = query, all_items, get_value
    try:
        yield
    finally:
        Table.query, Table.all_items, ResponseSerializer.get_value = ask, whole, pick

"""moto's DynamoDB, made to find a partition in its dictionary."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models.table import Table


@contextmanager
def looked_up() -> Iterator[None]:
    """Have moto's Query take a partition from its dictionary.

    It walks and sorts the whole table for every Query, of which each page makes one: thousands of pages would take
    the square of the time.
    """
    whole, ask, asked = Table.all_items, Table.query, threading.local()

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

    Table.query, Table.all_items = query, all_items
    try:
        yield
    finally:
        Table.query, Table.all_items = ask, whole

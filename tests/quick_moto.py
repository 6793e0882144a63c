"""moto without what makes its time grow with the square, for tests and benchmarks that fill tables and queues."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import moto.sqs.models
import pytest
from moto.core.serialize import BaseJSONSerializer, ResponseSerializer
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.moto_server import werkzeug_app

OWN = {
    (where, name): vars(where)[name]
    for where, name in (
        (Table, "query"),
        (Table, "all_items"),
        (Item, "__init__"),
        (Item, "size"),
        (Item, "project"),
        (DynamoType, "cast_value"),
        (ResponseSerializer, "get_value"),
        (BaseJSONSerializer, "_serialize_type_structure"),
        (moto.sqs.models, "unix_time_millis"),
    )
}
"""What is replaced, as moto has it."""


@contextmanager
def quick() -> Iterator[None]:
    """Make Query look at its partition alone, compute an item's size once, and return values as they are.

    Servers that are made within the block allow no page of another site, as pressmark.local.server refuses all of
    them, and look for no mistakes of Flask's users.

    moto walks and sorts the whole table for every Query, of which each page makes one, and turns a whole item into
    plain values for each attribute that an index projects; it computes an item's size again for each attribute that it
    is made of, and those of all items of a partition for each Query; and it tries each of ten types, in several
    spellings, on every value of an item. For each message that is sent it asks six times per message of the queue what
    time it is, by way of two dates.
    """
    whole, ask, asked = Table.all_items, Table.query, threading.local()
    pick, project = ResponseSerializer.get_value, Item.project
    structure = BaseJSONSerializer._serialize_type_structure
    cast = DynamoType.cast_value.fget

    def query(self: Any, hash_key: Any, *rest: Any, **options: Any) -> Any:
        index = rest[6] if len(rest) > 6 else options.get("index_name")
        asked.key, asked.index = hash_key, index
        try:
            return ask(self, hash_key, *rest, **options)
        finally:
            asked.key = None

    def all_items(self: Any) -> Any:
        key = getattr(asked, "key", None)
        if key is None or key.type != "S" or not self.range_key_attr:
            return whole(self)
        if not asked.index:
            return list(self.items.get(key, {}).values())
        schema = self.get_index(asked.index).schema
        name = next(each["AttributeName"] for each in schema if each["KeyType"] == "HASH")
        every = (item for partition in self.items.values() for item in partition.values())
        return [item for item in every if name in item.attrs and item.attrs[name].value == key.value]

    def make(self: Any, hash_key: Any, range_key: Any, attrs: Any) -> None:
        self.hash_key, self.range_key = hash_key, range_key
        self.attrs = LimitedSizeDict({name: DynamoType(value) for name, value in attrs.items()})
        if self.size() > 405_000:  # as LimitedSizeDict has it
            raise ItemSizeTooLarge

    def size(self: Any) -> int:
        plain = [each.value for each in self.attrs.values() if each.type in ("S", "N")]
        others = [each.size() for each in self.attrs.values() if each.type not in ("S", "N")]
        return len("".join((*self.attrs, *plain)).encode()) + sum(others)

    def cast_value(self: Any) -> Any:
        return self.value if self.type == "S" else cast(self)

    def project_whole_attributes(self: Any, paths: Any) -> Any:
        if not all(len(path) == 1 and path[0].isidentifier() for path in paths):
            return project(self, paths)
        kept = {path[0]: self.attrs[path[0]] for path in paths if path[0] in self.attrs}
        return Item(self.hash_key, self.range_key, kept)

    def get_value(self: Any, value: Any, key: str, shape: Any) -> Any:
        if shape.parent.name == "AttributeValue" and isinstance(value, dict):
            return value.get(key)
        return pick(self, value, key, shape)

    def attribute_value(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if (
            shape.name == "AttributeValue"
            and isinstance(value, dict)
            and value.keys() <= {"S", "N", "BOOL", "NULL"}
        ):
            serialized[self.get_serialized_name(shape, key)] = value
        else:
            structure(self, serialized, value, shape, key)

    def unix_time_millis() -> float:
        return time.time() * 1000

    create = werkzeug_app.create_backend_app

    def create_backend_app(service: Any) -> Any:
        made = create(service)
        made.debug = False
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(werkzeug_app, "DISABLE_GLOBAL_CORS", True)
        patch.setattr(werkzeug_app, "create_backend_app", create_backend_app)
        patch.setattr(moto.sqs.models, "unix_time_millis", unix_time_millis)
        patch.setattr(Table, "query", query)
        patch.setattr(Table, "all_items", all_items)
        patch.setattr(Item, "__init__", make)
        patch.setattr(Item, "size", size)
        patch.setattr(Item, "project", project_whole_attributes)
        patch.setattr(DynamoType, "cast_value", property(cast_value))
        patch.setattr(ResponseSerializer, "get_value", get_value)
        patch.setattr(BaseJSONSerializer, "_serialize_type_structure", attribute_value)
        yield

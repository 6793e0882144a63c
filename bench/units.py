"""What DynamoDB bills for a write, by its documented rules; the benchmarks compare them with what a server reports.

Amazon DynamoDB developer guide: "DynamoDB item sizes and formats", "Read and write operations" (a write unit is
1 KB, each write rounded up by itself), "Global secondary indexes" (an index copy holds the index's keys, the
table's keys and the projected attributes, and is written and billed again; an item without the index's keys is
not in it).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
Item = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB's API spells it."""


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index. keys: its key attributes. projected: what else it copies; None for everything."""

    name: str
    keys: tuple[str, ...]
    projected: frozenset[str] | None


def value_bytes(value: Mapping[str, Any]) -> int:
    """Return a value's size: text in UTF-8; numbers a byte for two digits and one more; lists 3, and 1 per element."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(str(content).encode("utf-8"))
        case "B":
            return len(content)
        case "N":
            digits = content.lstrip("-").replace(".", "").strip("0")
            return (len(digits) + 1) // 2 + 1 + int(content.startswith("-"))
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + value_bytes(each) for each in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + value_bytes(each) for name, each in content.items())
    raise TypeError(f"Pressmark writes no DynamoDB type {kind}")


def item_bytes(item: Item) -> int:
    """Return the size of an item: names and values."""
    return sum(len(name.encode("utf-8")) + value_bytes(value) for name, value in item.items())


def write_units(size: int) -> int:
    """Return the units for one write of ``size`` bytes."""
    return max(1, -(-size // WRITE_UNIT_BYTES))


def read_units(size: int, *, consistent: bool) -> float:
    """Return the units for one Query or GetItem that read ``size`` bytes; half if eventually consistent."""
    return max(1, -(-size // READ_UNIT_BYTES)) * (1.0 if consistent else 0.5)


def index_copy(item: Item, index: Index, table_keys: Iterable[str]) -> Item | None:
    """Return the part of an item that an index holds; None if the item is not in it."""
    if any(key not in item for key in index.keys):
        return None
    if index.projected is None:
        return item
    kept = index.projected | set(index.keys) | set(table_keys)
    return {name: value for name, value in item.items() if name in kept}


def indexes_of(table: Mapping[str, Any]) -> list[Index]:
    """Return the indexes of a table in the template (AWS::DynamoDB::Table, Properties)."""
    found = []
    for index in table.get("GlobalSecondaryIndexes", ()):
        projection = index["Projection"]
        names = {
            "ALL": None,
            "KEYS_ONLY": frozenset[str](),
            "INCLUDE": frozenset(projection.get("NonKeyAttributes", ())),
        }[projection["ProjectionType"]]
        keys = tuple(key["AttributeName"] for key in index["KeySchema"])
        found.append(Index(index["IndexName"], keys, names))
    return found


def put_units(item: Item, indexes: Iterable[Index], table_keys: Iterable[str]) -> dict[str, int]:
    """Return the units for putting a new item: under ``table``, and under the name of each index that copies it."""
    units = {"table": write_units(item_bytes(item))}
    for index in indexes:
        if (copy := index_copy(item, index, table_keys)) is not None:
            units[index.name] = write_units(item_bytes(copy))
    return units

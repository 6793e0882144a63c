"""Puts items into the index of an archive folder. Two files of a folder may hold the same capture."""

import json
import sqlite3
from collections.abc import Sequence

from pressmark.archive.items import Faults
from pressmark.archive.requisites import is_link
from pressmark.archive.rows import Item, terms
from pressmark.errors import WarcError
from pressmark.settings import INDEX_TERMS


def insert(
    database: sqlite3.Connection, key: str, items: Sequence[Item], *, part: bool, on_fault: Faults
) -> int:
    """Put an event's items into the index; return for how many of its captures another record's row stays.

    The record with Pressmark's metadata has precedence, otherwise the one read last. part: the event may lack records
    because of damage next to it; then a row that is there already stays.
    """
    hidden: set[tuple[str, str]] = set()
    for row in items:
        if "day" not in row:
            continue
        found = database.execute(
            "SELECT item FROM items WHERE site = ? AND capture = ?", (row["site"], row["capture"])
        ).fetchone()
        there: Item = json.loads(found[0]) if found else {}
        if not there:
            continue
        if there.get("warc") != key:
            database.execute("UPDATE files SET shadowed = 1 WHERE key = ?", (there.get("warc"),))
        if part or (there.get("meta_length") and not row.get("meta_length")) or _is_other(there, row):
            hidden.add((row["captured"], row["url"]))
        if _is_other(there, row):
            reason = f"not listed: the record at {there['offset']} has the same URL and time"
            on_fault(WarcError(reason, file=key, offset=row["offset"], url=row["url"]))
    database.executemany(
        "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            _entry(item, key)
            for item in items
            if is_link(item) or (item["captured"], item["url"]) not in hidden
        ],
    )
    return len(hidden)


def rewrite(database: sqlite3.Connection, row: Item) -> bool:
    """Replace a row and its look-up items, if they come from the same record.

    Return whether the index has a row of that record: another file's copy may have taken its place since.
    """
    found = database.execute(
        "SELECT item FROM items WHERE site = ? AND capture = ?", (row["site"], row["capture"])
    ).fetchone()
    there: Item = json.loads(found[0]) if found else {}
    if not is_of_one_record(there, row):
        return False
    database.executemany(
        "DELETE FROM items WHERE site = ? AND capture = ?",
        [(term["site"], term["capture"]) for term in terms(there, INDEX_TERMS)],
    )
    database.executemany(
        "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)",
        [_entry(item, row["warc"]) for item in [row, *terms(row, INDEX_TERMS)]],
    )
    return True


def is_of_one_record(there: Item, row: Item) -> bool:
    """Whether two rows are of the same record of the same file."""
    return all(there.get(name) == row.get(name) for name in ("warc", "offset", "deleted"))


def _is_other(there: Item, row: Item) -> bool:
    """Whether two records of one file with the same URL and time are captures of different pages."""
    return (
        there.get("warc") == row["warc"]
        and there["offset"] != row["offset"]
        and (there.get("digest"), there.get("status")) != (row.get("digest"), row.get("status"))
    )


def _entry(item: Item, key: str) -> tuple[str | None, ...]:
    # Terms repeat times of the row they point to; only the row is in the indexes.
    is_row = "day" in item
    return (
        item["site"],
        item["capture"],
        item["day"] if is_row else None,
        item["captured"] if is_row else None,
        item.get("published") if is_row else None,
        None if is_link(item) else key,  # other files may need the same link, so it is removed with none
        json.dumps(item, ensure_ascii=False, separators=(",", ":")),
    )

"""Archive tables of any size in dynalite, an implementation of DynamoDB by other people, its data on disk (LevelDB).

They are made once and kept: a folder whose table is loaded is used as it is.
"""

import contextlib
import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from bench import captures
from bench.servers import DYNALITE, free_port, running
from pressmark.archive.table import Table, to_item
from pressmark.local import template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "archive"

THROUGH_HTTP = 1000
"""Captures up to which the archive's own code loads the table through HTTP; beyond, dynalite's own functions do."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator["DynamoDBClient"]:
    """Run dynalite on a folder; yield a client of it. Raises SystemExit if node or dynalite is not installed."""
    node = shutil.which("node")
    if node is None or not DYNALITE.exists():
        raise SystemExit("this needs node and dynalite: make .tools/dynalite/.installed")
    port = free_port()
    command = [node, str(DYNALITE), "--host", "127.0.0.1", "--port", str(port), "--path", str(folder)]
    with running([*command, "--createTableMs", "0"], port, stdout=subprocess.DEVNULL):
        yield boto3.client(
            "dynamodb",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(read_timeout=600, retries={"max_attempts": 5}),
        )


def load(folder: Path, count: int, *, seconds: float = math.inf) -> dict[str, int]:
    """Make the template's archive table of ``count`` captures in a folder, if it does not exist.

    seconds: how long to load; the table is what was loaded by then. Returns how many captures and items that were.
    """
    loaded = folder / "loaded.json"
    if loaded.exists():
        found: dict[str, int] = json.loads(loaded.read_text())
        return found
    database = folder / "leveldb"
    shutil.rmtree(database, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    with served(database) as client:
        _create(client)
        if count <= THROUGH_HTTP:
            items = list(captures.items(range(count), count))
            Table(client, TABLE).put(items)
    if count <= THROUGH_HTTP:
        found = {"captures": count, "items": len(items)}
    else:
        found = _straight(database, count, time.monotonic() + seconds)
    loaded.write_text(json.dumps(found))
    return found


def _create(client: "DynamoDBClient") -> None:
    properties = template.load()["Resources"]["ArchiveTable"]["Properties"]
    taken = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    client.create_table(TableName=TABLE, **{name: properties[name] for name in taken})
    while client.describe_table(TableName=TABLE)["Table"]["TableStatus"] != "ACTIVE":
        time.sleep(0.05)


def _straight(database: Path, count: int, until: float) -> dict[str, int]:
    script = Path(__file__).with_name("dynalite_load.js")
    loader = subprocess.Popen(
        ["node", str(script), str(DYNALITE.parent), str(database), TABLE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert loader.stdin
    assert loader.stdout
    started, total, number = time.monotonic(), 0, 0
    while number < count and time.monotonic() < until:
        for item in captures.items(range(number, number + 1), count):
            loader.stdin.write(json.dumps(to_item(item)) + "\n")
            total += 1
        number += 1
        if number % 20_000 == 0:
            spent = time.monotonic() - started
            print(f"{number:,} captures, {total:,} items in {spent:,.0f} s", file=sys.stderr, flush=True)
    loader.stdin.close()
    loaded = loader.stdout.read().strip()
    if loader.wait() or loaded != str(total):
        raise SystemExit(f"{total} items, and {loaded or 'nobody knows how many'} were loaded")
    return {"captures": number, "items": total}


def bytes_of(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(os.stat(path).st_size for path in folder.rglob("*") if path.is_file())

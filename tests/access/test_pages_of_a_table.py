"""The pages say the same of an archive in AWS as of the same archive in a folder."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.access.asking import ask
from tests.access.conftest import NOW
from tests.conftest import Aws
from tests.factories import NOON, PAGE

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.archive.items import Indexing, items_of_file
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.archive.table import Table
from pressmark.archive.tombstones import Tombstones
from pressmark.clock import Outside
from pressmark.settings import INDEX_TERMS


@pytest.fixture
def stack(folder: Path, aws: Aws) -> Application:
    """The sample in a bucket and a table."""
    indexing = Indexing(bucket=aws.bucket, terms=INDEX_TERMS, tombstones=Tombstones())
    objects, table = Objects(aws.client("s3"), aws.bucket), Table(aws.client("dynamodb"), aws.table)
    for path in sorted(folder.rglob("*.warc.gz")):
        key = path.relative_to(folder).as_posix()
        with path.open("rb") as file:
            objects.put(key, file)
        with path.open("rb") as file:
            for _, items in items_of_file(file, key, indexing):
                table.put(items)
    reader = TableReader(aws.client("dynamodb"), aws.table, first_day=lambda: NOON.date())
    return Application(Archive("", reader, objects, clock=Outside(now=lambda: NOW)))


def test_every_page_has_the_same_facts(application: Application, stack: Application) -> None:
    for target in (
        "/index.json",
        f"/page.json?url={quote(PAGE)}",
        f"/capture.json?url={quote(PAGE)}&at=20261124120000",
        f"/diff.json?url={quote(PAGE)}",
        "/results.json?site=example.com",
        "/results.json?author=Jane%20Doe&from=2026-11-24",
        "/failures.json",
    ):
        here, there = (json.loads(ask(each, target).whole()) for each in (application, stack))
        assert here == there, target
        assert "error" not in here

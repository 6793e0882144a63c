"""The queries against a DynamoDB of other hands (ministack): the same answers, whatever the table's size."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import batched, islice
from pathlib import Path
from typing import Any

import pytest
from tests import foreign
from tests.archive.test_ranges import NOW, QUESTIONS, captures
from tests.factories import NOON, fill_folder, write_warc

from pressmark.archive import rows
from pressmark.archive.folder import FolderReader
from pressmark.archive.ranges import TableReader
from pressmark.archive.selection import Selection, select, whole_rows
from pressmark.archive.table import Table, to_item
from pressmark.settings import INDEX_TERMS

pytestmark = pytest.mark.e2e

ASKED: list[dict[str, Any]] = [
    *QUESTIONS,
    {"url": "https://example.com/news/1", "near": NOON + timedelta(hours=20)},
    {"url": "https://example.com/news/", "match": "prefix"},
    {"url": "news.example.com", "match": "domain"},
    {"start": NOON, "end": NOON + timedelta(days=1)},
    {"terms": (("status", "404"),)},
    {"terms": (("error", "invalid-host-resolution"),)},
    {"terms": (("tag", "ships"), ("author", "jane doe"))},
]


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with foreign.ministack("dynamodb", tmp_path_factory.mktemp("dynamodb")) as client:
        yield client


def create(client: Any, template: dict[str, Any], name: str) -> None:
    """Create the archive table as template.yaml defines it."""
    wanted = template["Resources"]["ArchiveTable"]["Properties"]
    names = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    client.create_table(TableName=name, **{key: wanted[key] for key in names})


def test_both_answer_the_same(dynamodb: Any, template: dict[str, Any], tmp_path: Path) -> None:
    create(dynamodb, template, "same")
    fill_folder(tmp_path, *captures())
    folder = FolderReader(tmp_path)
    table = Table(dynamodb, "same")
    for serial, batch in enumerate(captures()):
        warc, stored = write_warc(batch, serial=serial)
        table.put(
            item for each in stored for item in rows.items(each, bucket="folder", index_terms=INDEX_TERMS)
        )
        warc.close()
    reader = TableReader(dynamodb, "same", first_day=lambda: NOON.date())
    for question in ASKED:
        theirs = [each.item for each in whole_rows(reader, select(reader, Selection(**question), now=NOW))]
        ours = [each.item for each in whole_rows(folder, select(folder, Selection(**question), now=NOW))]
        assert theirs == ours, question
        assert ours, question
    folder.close()


class Metered:
    """A client that counts requests, and the items that DynamoDB had to look at for them."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.requests = self.looked_at = 0

    def query(self, **options: Any) -> Any:
        answer = self._client.query(**options)
        self.requests += 1
        self.looked_at += answer["ScannedCount"]
        return answer


def grow(client: Any, name: str, count: int) -> None:
    """Put so many captures of one site into a table: rows with what the keys and indexes need, and terms."""
    items = []
    for number in range(count):
        captured = (NOON - timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
        key = f"com,example)/{number % (count // 5):06d}"
        shared = {"url": f"https://example.com/{number % (count // 5):06d}", "captured": captured}
        row = shared | {"site": "com,example", "capture": f"{key} {captured}", "day": captured[:10]}
        items.append(row | {"published": captured[:19] + "Z", "warc": "w", "status": 200})
        items.append(shared | {"site": "author=jane doe", "capture": f"{captured} {key}"})
    for batch in batched(items, 25, strict=False):
        client.batch_write_item(
            RequestItems={name: [{"PutRequest": {"Item": to_item(item)}} for item in batch]}
        )


def test_a_page_of_results_costs_the_same_whatever_the_size_of_the_table(
    dynamodb: Any, template: dict[str, Any]
) -> None:
    """What DynamoDB bills is what it looks at; ten times the rows do not make it look at one more."""
    costs = []
    for name, count in (("small", 120), ("large", 1_200)):
        create(dynamodb, template, name)
        grow(dynamodb, name, count)
        cost = {}
        for question in (
            {},
            {"url": "https://example.com/000007"},
            {"url": "https://example.com/000007", "near": NOON},
            {"url": "https://example.com/0", "match": "prefix"},
            {"url": "example.com", "match": "domain"},
            {"url": "example.com", "match": "domain", "published": True},
            {"terms": (("author", "Jane Doe"),)},
        ):
            metered = Metered(dynamodb)
            selection = Selection(**question)  # type: ignore[arg-type]  # a table of keyword arguments
            reader = TableReader(metered, name)  # type: ignore[arg-type]  # a stand-in
            found = len(list(islice(select(reader, selection, now=NOON + timedelta(seconds=1)), 100)))
            cost[str(question)] = (found, metered.requests, metered.looked_at)
        costs.append(cost)
    small, large = costs
    assert small == large
    assert all(found == looked_at and requests <= 3 for found, requests, looked_at in large.values()), large

"""docs/table.md: every attribute is there, and every query works as printed."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Aws

from pressmark.archive.requisites import key_of
from pressmark.archive.table import ARTICLE_ATTRIBUTES
from pressmark.export.tables import COLUMNS

DOCS = (Path(__file__).parents[2] / "docs" / "table.md").read_text(encoding="utf-8")

QUERIES = re.findall(r"^    (aws dynamodb query .*)$", DOCS, re.MULTILINE)

REQUISITES = {
    "site": {"S": "requisites=com,example"},
    "capture": {"S": "2026-11-23T12:00:00.000000Z com,example)/news/1"},
}
"""Of a page that the archive of these tests captured without any."""

LINK = {"site": {"S": "requisites-on=com,example"}, "capture": {"S": "com,example"}}


def test_every_attribute_is_described() -> None:
    described = set(re.findall(r"`([a-z_]+)`", DOCS))
    assert set(COLUMNS) | set(ARTICLE_ATTRIBUTES) <= described


def test_keys_and_projections_are_those_of_the_template(template: dict[str, Any]) -> None:
    for index in template["Resources"]["ArchiveTable"]["Properties"]["GlobalSecondaryIndexes"]:
        line = next(line for line in DOCS.splitlines() if line.startswith(f"| index `{index['IndexName']}`"))
        assert [key["AttributeName"] for key in index["KeySchema"]] == re.findall(r"`([a-z_]+)` \|", line)[1:]
        assert f"`{' '.join(index['Projection']['NonKeyAttributes'])}`" in line


@pytest.mark.slow
@pytest.mark.parametrize("line", QUERIES)
def test_the_queries_work_as_printed(line: str, deployed: Aws) -> None:
    words = shlex.split(line.replace("$TABLE", deployed.table))[3:]
    given: dict[str, Any] = {"ScanIndexForward": True}
    names = {
        "--table-name": "TableName",
        "--index-name": "IndexName",
        "--key-condition-expression": "KeyConditionExpression",
        "--expression-attribute-names": "ExpressionAttributeNames",
        "--expression-attribute-values": "ExpressionAttributeValues",
        "--max-items": "Limit",
    }
    while words:
        word = words.pop(0)
        if word == "--no-scan-index-forward":
            given["ScanIndexForward"] = False
            continue
        value = words.pop(0)
        given[names[word]] = (
            json.loads(value) if value.startswith("{") else int(value) if word == "--max-items" else value
        )
    for item in (REQUISITES, LINK) if "requisites" in line else ():
        deployed.client("dynamodb").put_item(TableName=deployed.table, Item=item)
    assert deployed.client("dynamodb").query(**given)["Items"]


def test_the_requisites_of_a_page_have_the_key_that_is_printed() -> None:
    found = re.search(r"^    aws dynamodb get-item .*--key '(.*)'$", DOCS, re.MULTILINE)
    assert found
    page = {"url": "https://example.com/news/1", "captured": "2026-11-23T12:00:00.000000Z"}
    key = {name: value["S"] for name, value in json.loads(found[1]).items()}
    assert key == {name: value["S"] for name, value in REQUISITES.items()} == key_of(page)

"""The pages say the same of an archive in AWS as of the same archive in a folder."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.access.asking import ask
from tests.access.captures import fill_stack
from tests.access.conftest import NOW
from tests.conftest import Aws
from tests.factories import NOON, PAGE

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.clock import Outside


@pytest.fixture
def stack(folder: Path, aws: Aws) -> Application:
    """The sample in a bucket and a table."""
    fill_stack(aws, folder)
    objects = Objects(aws.client("s3"), aws.bucket)
    reader = TableReader(aws.client("dynamodb"), aws.table, first_day=lambda: NOON.date())
    return Application(Archive("", reader, objects, clock=Outside(now=lambda: NOW)))


@pytest.mark.slow
def test_every_page_has_the_same_facts(application: Application, stack: Application) -> None:
    for target in (
        "/index.json",
        f"/page.json?url={quote(PAGE)}",
        f"/capture.json?url={quote(PAGE)}&at=20261124120000",
        f"/diff.json?url={quote(PAGE)}",
        "/results.json?site=example.com",
        "/results.json?author=Jane%20Doe&from=2026-11-24",
        "/failures.json",
        f"/page.json?url={quote(PAGE)}&on=2026-11-24",
        "/results.json?words=ferry",
        "/results.json?words=ferry&author=jane%20doe&tag=ferries&from=2026-11-24",
        "/results.json?words=ferry&site=example.com",
    ):
        here, there = (json.loads(ask(each, target).whole()) for each in (application, stack))
        assert here == there, target
        assert "error" not in here

"""What `sam build` made, behind the Lambda runtime API, with the files in events/."""

import importlib.util
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from tests import foreign
from tests.e2e.conftest import Artifact, RunningFunction
from tests.site import RawSite
from tests.template.iam import permissions
from tests.template.resolving import resolved_resources

from pressmark.local.run import dead_letters
from pressmark.local.stack import Stack
from pressmark.local.template import ROOT

pytestmark = pytest.mark.e2e

EVENTS = sorted(path for path in (ROOT / "events").glob("*.json") if path.name != "env.json")

STORY = b"<!doctype html><title>Harbour wall holds</title><p>The wall held through the night.</p>"


def event_for(site: RawSite, name: str) -> tuple[dict[str, Any], list[str]]:
    """An event file with its public pages at our own site instead, and the URLs in it."""
    text = (ROOT / "events" / name).read_text()
    urls = []
    for host in ("https://example.com/", "https://example.org/"):
        if host in text:
            urls.append(site.page(f"/{name}/{host.split('.')[1][:3]}", STORY))
            text = text.replace(host, urls[-1])
    return json.loads(text), urls


def test_every_module_of_the_packages_is_compiled_for_the_runtime(artifact: Artifact) -> None:
    """Without byte code each cold start compiles it again; Lambda ignores that of another Python."""
    for package in (artifact.folder, artifact.access, artifact.layer):
        modules = list(package.rglob("*.py"))
        assert modules
        for module in modules:
            head = Path(importlib.util.cache_from_source(str(module))).read_bytes()[:8]
            assert head == importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little"), module


def test_a_package_fits_and_tells_nothing_of_the_machine_that_built_it(artifact: Artifact) -> None:
    files = [path for path in artifact.access.rglob("*") if path.is_file()]
    layer = [path for path in artifact.layer.rglob("*") if path.is_file()]

    assert (
        sum(path.stat().st_size for path in files + layer) < 75_000_000
    )  # Lambda takes 250 MB, layers included
    places = [os.fsencode(path) for path in (artifact.folder.parent, foreign.OUR_BIN)]
    assert [path for path in files + layer for place in places if place in path.read_bytes()] == []


@pytest.mark.parametrize("name", [path.name for path in EVENTS])
def test_every_event_file_becomes_rows_of_its_pages(
    rie: RunningFunction, e2e_site: RawSite, name: str
) -> None:
    event, urls = event_for(e2e_site, name)

    answer = rie.invoke(event)

    assert answer == {"batchItemFailures": []}, rie.log()
    dynamodb = rie.aws.client("dynamodb")
    found = dynamodb.scan(TableName=rie.stack.table)["Items"]
    titles = {item["url"]["S"]: item["title"]["S"] for item in found if "warc" in item and "title" in item}
    assert urls
    assert {url: titles.get(url) for url in urls} == dict.fromkeys(urls, "Harbour wall holds")


def test_a_message_that_is_no_url_lands_in_the_dead_letter_queue_whole(
    rie: RunningFunction, e2e_site: RawSite
) -> None:
    event, _ = event_for(e2e_site, "batch-with-bad-message.json")
    (bad,) = (record["body"] for record in event["Records"] if "http" not in record["body"])

    rie.invoke(event)

    bodies = [
        message["Body"] for message in dead_letters(rie.aws.client("sqs"), rie.stack.dead_letter_queue_url)
    ]
    assert bad in bodies


def permitted(template: dict[str, Any], stack: Stack) -> set[tuple[str, str]]:
    """What the role of template.yaml permits, resources by the names of a stack; of S3 the bucket alone."""
    (policy,) = resolved_resources(template)["CaptureRole"]["Policies"]
    found = permissions(policy["PolicyDocument"]["Statement"])
    logical = {
        (action, re.split("[:/]", re.sub(r"/(warcs|config)/\*$", "", resource))[-1])
        for action, resource in found
    }
    return {(action, f"{stack.name}-{name}".lower()) for action, name in logical}


def test_the_role_permits_every_request_that_the_function_makes(
    rie: RunningFunction, e2e_site: RawSite, template: dict[str, Any]
) -> None:
    for name in ("single-url.json", "batch-with-bad-message.json"):
        event, _ = event_for(e2e_site, name)
        for number, record in enumerate(event["Records"]):
            record["messageId"] = f"20000000-0000-4000-8000-{len(name):06d}{number:06d}"
        rie.invoke(event)
    broken = dict(event["Records"][0], body=e2e_site.serve("/broken", b"not http at all"), messageId="3")

    rie.invoke({"Records": [broken]})

    # Something that is done, and beside it a message whose first delivery came to no end.
    said = event["Records"][0]["attributes"] | {"ApproximateReceiveCount": "2"}
    suspect = dict(event["Records"][0], messageId="4", attributes=said)
    rie.invoke({"Records": [dict(event["Records"][0], body="no URL", messageId="5"), suspect]})

    expected = {"s3:PutObject", "dynamodb:BatchWriteItem", "sqs:SendMessage"}
    expected |= {"dynamodb:UpdateItem", "sqs:DeleteMessage"}
    assert expected <= {action for action, _ in rie.used}
    assert rie.used - permitted(template, rie.stack) == set()


def test_the_package_stays_below_75_megabytes(artifact: Artifact) -> None:
    size = sum(path.stat().st_size for path in artifact.folder.rglob("*") if path.is_file())

    assert size <= 75_000_000


def test_the_package_holds_nothing_that_only_the_command_line_needs(artifact: Artifact) -> None:
    present = {path.name for path in artifact.folder.iterdir()}

    assert {"handler", "pressmark", "boto3", "lxml"} <= present
    assert not {"click", "rich", "moto", "yaml", "pytest"} & present

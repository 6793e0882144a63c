"""The real template, deployed with `sam deploy` to an emulator of other hands, fed through its own queue."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests import foreign
from tests.e2e.conftest import Deployment
from tests.site import RawSite

from pressmark.queues.schedules import Schedules

pytestmark = pytest.mark.e2e

STORY = "<!doctype html><title>{}</title><article><p>The ferry is back in service.</p></article>"


def rows(deployment: Deployment, urls: list[str]) -> list[dict[str, Any]]:
    items = deployment.client("dynamodb").scan(TableName=deployment.outputs["TableName"])["Items"]
    return [item for item in items if item.get("url", {}).get("S") in urls and "warc" in item]


def push(deployment: Deployment, *bodies: str) -> None:
    deployment.client("sqs").send_message_batch(
        QueueUrl=deployment.outputs["QueueUrl"],
        Entries=[{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)],
    )


def test_urls_on_the_queue_become_warc_files_and_rows(
    deployment: Deployment, e2e_site: RawSite, tmp_path: Path
) -> None:
    urls = [e2e_site.page(f"/deployed/{name}", STORY.format(name)) for name in ("ferry", "market", "school")]

    push(deployment, *urls)
    found = deployment.wait_for(lambda: (r := rows(deployment, urls)) and len(r) == len(urls) and r)

    assert sorted(row["title"]["S"] for row in found) == ["ferry", "market", "school"]
    s3 = deployment.client("s3")
    for number, key in enumerate({row["warc"]["S"] for row in found}):
        warc = tmp_path / f"{number}.warc.gz"
        warc.write_bytes(s3.get_object(Bucket=deployment.outputs["BucketName"], Key=key)["Body"].read())
        indexed = {(entry["url"], entry["offset"], entry["length"]) for entry in foreign.check_warc(warc)}
        for row in found:
            if row["warc"]["S"] == key:
                assert (row["url"]["S"], row["offset"]["N"], row["length"]["N"]) in indexed


def test_the_queue_is_empty_when_all_is_archived(deployment: Deployment, e2e_site: RawSite) -> None:
    url = e2e_site.page("/deployed/once", STORY.format("once"))

    push(deployment, url)
    deployment.wait_for(lambda: rows(deployment, [url]))

    def empty() -> bool:
        attributes = deployment.client("sqs").get_queue_attributes(
            QueueUrl=deployment.outputs["QueueUrl"], AttributeNames=["All"]
        )["Attributes"]
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return all(attributes[name] == "0" for name in names)

    assert deployment.wait_for(empty)


def test_what_is_no_url_reaches_the_dead_letter_queue(deployment: Deployment) -> None:
    push(deployment, "no address at all")

    def dead() -> list[str]:
        received = deployment.client("sqs").receive_message(
            QueueUrl=deployment.outputs["DeadLetterQueueUrl"], VisibilityTimeout=0
        )
        return [message["Body"] for message in received.get("Messages", [])]

    assert deployment.wait_for(dead) == ["no address at all"]


def test_watching_a_page_makes_a_schedule_with_the_stacks_group_role_and_queue(
    deployment: Deployment,
) -> None:
    scheduler = deployment.client("scheduler")
    outputs = deployment.outputs
    group = outputs["WatchGroupName"]
    schedules = Schedules(
        scheduler, group=group, role_arn=outputs["WatchRoleArn"], queue_arn=outputs["QueueArn"]
    )

    schedules.watch({"url": "https://example.com/"}, "6h")

    assert [(each.url, each.every) for each in schedules.watched()] == [
        ("https://example.com/", "rate(6 hours)")
    ]
    (entry,) = scheduler.list_schedules(GroupName=group)["Schedules"]
    target = scheduler.get_schedule(Name=entry["Name"], GroupName=group)["Target"]
    assert (target["Arn"], target["RoleArn"]) == (outputs["QueueArn"], outputs["WatchRoleArn"])
    assert schedules.stop("https://example.com/")
    assert list(schedules.watched()) == []


def test_a_watched_page_is_captured_when_its_schedule_fires(
    deployment: Deployment, e2e_site: RawSite
) -> None:
    """Nobody pushes: the emulator runs the schedule, its target is the queue, and the function takes it from there."""
    url = e2e_site.page("/deployed/watched", STORY.format("watched"))
    outputs = deployment.outputs
    schedules = Schedules(
        deployment.client("scheduler"),
        group=outputs["WatchGroupName"],
        role_arn=outputs["WatchRoleArn"],
        queue_arn=outputs["QueueArn"],
    )

    now = datetime.now(UTC).replace(tzinfo=None)
    schedules.watch({"url": url, "tags": ["front"]}, f"at({now.isoformat(timespec='seconds')})")

    (row,) = deployment.wait_for(lambda: rows(deployment, [url]))
    assert (row["title"]["S"], row["labels"]) == ("watched", {"L": [{"S": "front"}]})
    schedules.stop(url)

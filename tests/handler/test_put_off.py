"""A capture function that cannot work puts its messages off, and loses none."""

import importlib
from types import ModuleType
from typing import Any

import pytest
from tests.conftest import Aws
from tests.handler.invoking import Context, invoke, record
from tests.queued import Queues
from tests.site import RawSite

from pressmark.errors import ArchiveError, SettingsError
from pressmark.queues.capture import Queue


@pytest.fixture
def on_the_queue(aws: Aws, site: RawSite) -> list[dict[str, Any]]:
    """Two messages as Lambda hands them on; the second was tried four times, and an earlier delivery never ended."""
    sqs = aws.client("sqs")
    for name in ("one", "two"):
        sqs.send_message(QueueUrl=aws.queue_url, MessageBody=site.page(f"/{name}", "<p>text</p>"))
    received = aws.messages()
    assert len(received) == 2
    records = [
        record(each["Body"], number, receives, PressmarkTries=tries)
        for number, receives, tries, each in zip((1, 2), (1, 2), ("0", "4"), received, strict=True)
    ]
    for each, message in zip(records, received, strict=True):
        each["receiptHandle"] = message["ReceiptHandle"]
    return records


def start_again(app: ModuleType) -> None:
    """A new process, with the environment as it is now."""
    if app.service is not None:
        app.service.clients.close()
    importlib.reload(app)


def put_off(aws: Aws, bodies: list[str]) -> None:
    """Nothing is left of the deliveries but a copy each, which comes later and has all its tries."""
    sqs = aws.client("sqs")
    counted = sqs.get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=["All"])["Attributes"]
    assert counted["ApproximateNumberOfMessagesDelayed"] == str(len(bodies))
    assert counted["ApproximateNumberOfMessages"] == counted["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert aws.messages(aws.dead_letter_queue_url) == []
    assert aws.rows() == []


def test_with_a_bad_setting_every_delivery_is_put_off_and_the_error_rings(
    app: ModuleType, aws: Aws, on_the_queue: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSMARK_ROBOTS", "maybe")
    start_again(app)

    with pytest.raises(SettingsError, match="PRESSMARK_ROBOTS"):
        app.lambda_handler({"Records": on_the_queue}, Context())

    put_off(aws, [each["body"] for each in on_the_queue])
    monkeypatch.setenv("PRESSMARK_ROBOTS", "ignore")
    assert invoke(app, *on_the_queue) == [], "mended, the very same process works"


def test_a_message_that_was_put_off_keeps_its_identity_and_the_tries_it_really_had(
    app: ModuleType, aws: Aws, on_the_queue: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSMARK_CONCURRENCY", "many")
    start_again(app)

    with pytest.raises(SettingsError):
        app.lambda_handler({"Records": on_the_queue}, Context())

    sent = Queues(aws).messages()
    said = [{name: value["StringValue"] for name, value in each.message_attributes.items()} for each in sent]
    assert [each.body for each in sent] == [each["body"] for each in on_the_queue]
    assert [each["PressmarkId"] for each in said] == ["message-1", "message-2"]
    assert [each["PressmarkTries"] for each in said] == ["0", "4"]
    assert {round((each.delayed_until - each.sent_timestamp) / 1000) for each in sent} == {900}


@pytest.mark.slow
def test_a_list_of_hosts_that_cannot_be_read_fetches_nothing_and_loses_nothing(
    app: ModuleType,
    aws: Aws,
    site: RawSite,
    on_the_queue: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PRESSMARK_ALLOW_HOSTS", "@config/allow-hosts.txt")
    start_again(app)

    with pytest.raises(ArchiveError, match=r"config/allow-hosts\.txt"):
        app.lambda_handler({"Records": on_the_queue}, Context())

    assert site.requests == []
    put_off(aws, [each["body"] for each in on_the_queue])
    aws.client("s3").put_object(Bucket=aws.bucket, Key="config/allow-hosts.txt", Body=b"127.0.0.1\n")
    (first,) = [each for each in on_the_queue if each["attributes"]["ApproximateReceiveCount"] == "1"]
    assert invoke(app, first) == []
    assert [row["url"] for row in aws.rows() if "warc" in row] == [first["body"]]


def test_a_message_whose_copy_cannot_be_sent_stays_on_the_queue(
    app: ModuleType, aws: Aws, on_the_queue: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSMARK_ROBOTS", "maybe")
    start_again(app)

    def broken(*_: object) -> None:
        raise ArchiveError("SQS is gone")

    monkeypatch.setattr(Queue, "postpone", broken)

    with pytest.raises(SettingsError):
        app.lambda_handler({"Records": on_the_queue}, Context())

    counted = aws.client("sqs").get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=["All"])[
        "Attributes"
    ]
    assert counted["ApproximateNumberOfMessagesNotVisible"] == "2"


def test_an_empty_endpoint_means_aws_itself(app: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    start_again(app)
    assert app.service.clients.sqs.meta.endpoint_url.endswith(".amazonaws.com")

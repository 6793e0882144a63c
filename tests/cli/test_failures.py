"""failures and redrive, as a user runs them."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run, sample
from tests.conftest import Aws
from tests.factories import fill

from pressmark.queues.capture import Queue
from pressmark.queues.message import Delivery


@pytest.fixture(autouse=True)
def _letters(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three dead letters: one that failed, one that SQS gave up, one that is no message."""
    aws.lead_here(monkeypatch)
    monkeypatch.setattr("pressmark.queues.deadletters.LOOKED_AT_SECONDS", 1)
    queue = Queue(aws.client("sqs"), aws.queue_url, aws.dead_letter_queue_url)
    queue.give_up(Delivery("1", "https://example.com/slow", "1"), "read-timeout", "it said nothing for 20 s")
    queue.give_up(Delivery("2", "rubbish", "2"), "invalid-url-syntax", "the URL has no scheme")
    aws.client("sqs").send_message(
        QueueUrl=aws.dead_letter_queue_url, MessageBody='{"url": "https://example.org/", "tags": ["a"]}'
    )


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.slow
def test_failures_are_rows_and_dead_letters(run: Run, aws: Aws) -> None:
    fill(aws, *sample())
    found = lines(run("failures").stdout)
    assert sorted((each["where"], each["error"], each["url"]) for each in found) == [
        ("queue", "invalid-url-syntax", "rubbish"),
        ("queue", "read-timeout", "https://example.com/slow"),
        ("queue", "tried-too-often", "https://example.org/"),
        ("row", "invalid-host-resolution", "https://example.net/"),
        ("row", "not-found", "https://example.com/gone"),
    ]
    assert [each["url"] for each in lines(run("failures", "--error", "not-found").stdout)] == [
        "https://example.com/gone"
    ]
    assert [each["url"] for each in lines(run("failures", "--site", "example.net").stdout)] == [
        "https://example.net/"
    ]
    summary = lines(run("failures", "--summary").stdout)
    assert {"where": "queue", "error": "read-timeout", "count": 1} in summary
    assert len(lines(run("failures").stdout)) == 5  # looking takes nothing away


def test_failures_of_a_folder_are_its_rows(run: Run, folder: Path) -> None:
    found = lines(run("failures", "--archive", folder).stdout)
    assert [each["error"] for each in found] == ["invalid-host-resolution", "not-found"]


def test_a_page_that_killed_its_process_is_put_back_as_one_to_be_captured_alone(run: Run, aws: Aws) -> None:
    queue = Queue(aws.client("sqs"), aws.queue_url, aws.dead_letter_queue_url)
    queue.give_up(Delivery("4", "https://example.com/kills", "4", unended_alone=2), "job-failed", "it died")
    assert run("redrive", "--error", "job-failed").stderr == "1 put back, 3 left\n"
    (message,) = aws.messages()
    said = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (message["Body"], said) == ("https://example.com/kills", {"PressmarkSuspect": "0"})


@pytest.mark.slow
def test_redrive_puts_the_chosen_back_as_new_messages(run: Run, aws: Aws) -> None:
    dry = run("redrive", "--error", "read-timeout", "--dry-run")
    assert (dry.exit_code, dry.stderr) == (0, "1 would be put back\n")
    result = run("redrive", "--error", "read-timeout")
    assert (result.exit_code, result.stderr) == (0, "1 put back, 2 left\n")
    (message,) = aws.messages()
    assert (message["Body"], message.get("MessageAttributes", {})) == ("https://example.com/slow", {})
    assert run("redrive", "example.org").stderr == "1 put back, 1 left\n"
    (message,) = [each for each in aws.messages() if "tags" in each["Body"]]
    assert json.loads(message["Body"])["tags"] == ["a"]
    nothing = run("redrive", "--all")
    assert (nothing.exit_code, nothing.stderr) == (1, "0 put back, 1 left\n")
    dry = run("redrive", "--all", "--dry-run")
    assert (dry.exit_code, dry.stderr) == (1, "0 would be put back\n")


def test_redrive_of_a_url_leaves_the_dead_letters_of_its_neighbours(run: Run, aws: Aws) -> None:
    queue = Queue(aws.client("sqs"), aws.queue_url, aws.dead_letter_queue_url)
    for number, url in enumerate(["https://example.com/Slow", "https://www.example.com/slow"]):
        queue.give_up(Delivery(f"n{number}", url, f"n{number}"), "read-timeout", "it said nothing for 20 s")
    assert run("redrive", "https://example.com/slow").stderr == "1 put back, 4 left\n"
    (message,) = aws.messages()
    assert message["Body"] == "https://example.com/slow"


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_without_dead_letters_redrive_says_so(run: Run, aws: Aws, more: tuple[str, ...]) -> None:
    aws.client("sqs").purge_queue(QueueUrl=aws.dead_letter_queue_url)
    result = run("redrive", "--all", *more)
    assert result.exit_code == 1
    assert "there are no dead letters, and redrive puts back only these" in result.stderr


def test_redrive_must_be_told_which(run: Run) -> None:
    assert run("redrive").exit_code == 2


def discarded(aws: Aws) -> list[dict[str, Any]]:
    s3 = aws.client("s3")
    keys = [
        each["Key"] for each in s3.list_objects_v2(Bucket=aws.bucket, Prefix="discarded/").get("Contents", ())
    ]
    return [json.loads(s3.get_object(Bucket=aws.bucket, Key=key)["Body"].read()) for key in keys]


@pytest.mark.slow
def test_a_dead_letter_is_discarded_and_what_it_was_is_kept_with_the_reason(run: Run, aws: Aws) -> None:
    result = run("failures", "--error", "invalid-url-syntax", "--discard", "a slip of the pen")
    assert (result.exit_code, result.stderr) == (
        0,
        f"1 discarded, 2 left; what they were is in s3://{aws.bucket}/discarded/\n",
    )
    (kept,) = discarded(aws)
    assert (kept["body"], kept["code"], kept["reason"], kept["discarded_because"]) == (
        "rubbish",
        "invalid-url-syntax",
        "the URL has no scheme",
        "a slip of the pen",
    )
    assert {"sent", "discarded", "message_id"} <= kept.keys()
    assert "receipt_handle" not in kept
    assert len(lines(run("failures").stdout)) == 2
    again = run("failures", "--error", "invalid-url-syntax", "--discard", "x")
    assert (again.exit_code, again.stderr) == (1, "0 discarded, 2 left\n")


@pytest.mark.slow
def test_a_dead_letter_is_discarded_by_its_message_id_alone(run: Run, aws: Aws) -> None:
    by_url = {each["url"]: each["message_id"] for each in lines(run("failures", "--json").stdout)}
    result = run("failures", "--discard", "no longer wanted", "--message-id", by_url["https://example.org/"])
    assert result.stderr.startswith("1 discarded, 2 left")
    assert [each["body"] for each in discarded(aws)] == ['{"url": "https://example.org/", "tags": ["a"]}']


def test_nothing_is_discarded_that_could_not_be_kept(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSMARK_BUCKET", "no-such-bucket")
    assert run("failures", "--error", "read-timeout", "--discard", "x").exit_code == 4
    found = aws.client("sqs").get_queue_attributes(
        QueueUrl=aws.dead_letter_queue_url, AttributeNames=["All"]
    )["Attributes"]
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    assert sum(int(found[name]) for name in names) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("--discard", "x"),
        ("--message-id", "x"),
        ("--error", "not-found", "--discard", ""),
        ("--discard", "x", "--site", "a"),
        ("--discard", "x", "--error", "read-timeout", "--site", "example.org"),
        ("--discard", "x", "--error", "read-timeout", "--label", "a"),
        ("--discard", "x", "--error", "read-timeout", "--from", "2026"),
        ("--discard", "x", "--error", "read-timeout", "--summary"),
    ],
)
def test_discarding_must_be_told_which_and_why(run: Run, words: tuple[str, ...]) -> None:
    assert run("failures", *words).exit_code == 2


@pytest.mark.slow
def test_what_the_queue_itself_gave_up_can_be_chosen_by_its_code(run: Run) -> None:
    assert run("redrive", "--error", "tried-too-often", "--dry-run").stderr == "1 would be put back\n"

"""The Lambda function: SQS events in, partial batch responses, log lines and metrics out."""

import contextlib
import importlib
import io
import json
import logging
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.conftest import Aws
from tests.handler.metrics import reported_metrics, watched_metrics
from tests.site import RawSite, response

from pressmark.crawl import telemetry
from pressmark.crawl.deliveries import delivery_of
from pressmark.errors import ArchiveError, SettingsError
from pressmark.queues.capture import Queue

EVENTS = Path(__file__).parents[2] / "events"


class Context:
    """What Lambda tells a handler of its invocation."""

    aws_request_id = "11111111-2222-3333-4444-555555555555"
    function_name = "capture"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:capture"

    def __init__(self, seconds: float = 600) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * self._seconds)


def record(body: str, number: int = 1, receives: int = 1, **attributes: str) -> dict[str, Any]:
    """A message as the event source mapping delivers it."""
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "messageAttributes": {
            name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()
        },
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:capture",
        "awsRegion": "eu-central-1",
    }


@pytest.fixture
def printed() -> Iterator[io.StringIO]:
    """What the function writes to stdout: log lines and metrics."""
    with io.StringIO() as stream:
        yield stream


@pytest.fixture
def app(
    aws: Aws, site: RawSite, monkeypatch: pytest.MonkeyPatch, printed: io.StringIO
) -> Iterator[ModuleType]:
    """The module as a new process of the function would import it."""
    logging.Logger.manager.loggerDict.pop("pressmark", None)
    for name, value in aws.stack.process_environment([str(site.port)]).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PRESSMARK_ALLOWED_PORTS", str(site.port))
    monkeypatch.setenv("PRESSMARK_ROBOTS", "ignore")
    monkeypatch.setenv("PRESSMARK_HOST_DELAY", "0")
    sys.modules.pop("handler.app", None)
    with contextlib.redirect_stdout(printed):
        module = importlib.import_module("handler.app")
    real = module.lambda_handler

    def handle(event: Any, context: Any) -> Any:
        with contextlib.redirect_stdout(printed):
            return real(event, context)

    module.lambda_handler = handle  # type: ignore[attr-defined]
    yield module
    sys.modules.pop("handler.app")
    if module.service is not None:
        for client in (
            module.service.clients.s3,
            module.service.clients.dynamodb,
            module.service.clients.sqs,
        ):
            client.close()


def invoke(app: ModuleType, *records: dict[str, Any], seconds: float = 600) -> list[str]:
    """Ids of the messages that stay on the queue."""
    answer = app.lambda_handler({"Records": list(records)}, Context(seconds))
    assert json.loads(json.dumps(answer)) == answer
    assert answer.keys() == {"batchItemFailures"}
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def lines(printed: io.StringIO) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was printed: log lines, and metrics in the embedded format. Every line is JSON."""
    found = [json.loads(line) for line in printed.getvalue().splitlines()]
    return [each for each in found if "_aws" not in each], [each for each in found if "_aws" in each]


def test_a_message_becomes_a_capture_and_one_line(
    app: ModuleType, aws: Aws, site: RawSite, printed: io.StringIO
) -> None:
    url = site.page("/a", "<title>A page</title><p>text</p>")
    assert invoke(app, record(url)) == []
    (row,) = [row for row in aws.rows() if "warc" in row]
    assert row["message_id"] == "message-1"
    log, metrics = lines(printed)
    (line,) = log
    assert line["level"] == "INFO"
    assert line["correlation_id"] == Context.aws_request_id
    assert (line["message_id"], line["url"], line["outcome"], line["status"]) == (
        "message-1",
        url,
        "archived",
        200,
    )
    assert (line["warc"], line["offset"]) == (row["warc"], row["offset"])
    assert {"bytes", "length", "ms"} <= line.keys()
    (metric,) = metrics
    (directive,) = metric["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Pressmark"
    assert directive["Dimensions"] == [["service"]]
    assert {"PagesArchived", "Fetch"} <= {each["Name"] for each in directive["Metrics"]}
    assert metric["PagesArchived"] == [1.0]


def test_a_line_says_nothing_twice_and_nothing_that_cloudwatch_adds(
    app: ModuleType, site: RawSite, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")
    invoke(app, record(site.page("/a", "<title>A page</title><p>text</p>")))
    ((line,), (metric,)) = lines(printed)
    assert not line.keys() & {
        "message",
        "service",
        "timestamp",
        "location",
        "xray_trace_id",
        "title",
        "tries",
    }
    assert len([value for value in line.values() if value == line["outcome"]]) == 1
    assert metric["PagesArchived"] == [1.0]


def test_what_is_no_page_keeps_its_message(
    app: ModuleType, site: RawSite, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.telemetry.metrics, "add_metric", lambda *_: 1 / 0)
    invoke(app, record(site.page("/a", "<p>text</p>")))
    log, _ = lines(printed)
    assert log[-1]["message"] == "the batch could not be reported"
    assert "ZeroDivisionError" in log[-1]["exception"]


def no_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the queue take no copies of pages that failed."""

    def broken(*_: object) -> None:
        raise ArchiveError("SQS is gone")

    monkeypatch.setattr(Queue, "retry", broken)


def test_only_what_is_not_done_stays_on_the_queue(
    app: ModuleType, aws: Aws, site: RawSite, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_copies(monkeypatch)
    good = site.page("/good", "<p>here</p>")
    busy = site.page("/busy", "busy", status="503 Busy")
    gone = site.page("/gone", "gone", status="404 Not Found")
    bodies = [good, "hello", busy, gone]
    assert invoke(app, *(record(body, number) for number, body in enumerate(bodies))) == ["message-2"]
    log, metrics = lines(printed)
    assert [(line["level"], line["outcome"]) for line in log] == [
        ("INFO", "archived"),
        ("WARNING", "rejected"),
        ("INFO", "retry"),
        ("WARNING", "failed"),
    ]
    assert log[1]["reason"].startswith("the URL has no scheme")
    failed = {each["why"]: each["PagesFailed"] for each in metrics if "PagesFailed" in each}
    assert failed == {"refused": [1.0], "server": [1.0], "site": [1.0]}
    assert [each["Body"] for each in aws.messages(aws.dead_letter_queue_url)] == ["hello"]


def test_a_copy_is_the_message_it_was_made_of_and_remembers_its_tries(
    app: ModuleType, aws: Aws, site: RawSite
) -> None:
    url = site.page("/", "busy", status="503 Busy")
    copy = record(url, 9, PressmarkId="first-id", PressmarkTries="4")
    assert invoke(app, copy) == []
    (row,) = [row for row in aws.rows() if "warc" in row]
    assert (row["message_id"], row["error"]) == ("first-id", "service-unavailable")


@pytest.mark.parametrize("strikes", ["2", "9999"])
def test_a_copy_of_a_page_that_twice_never_reported_an_end_is_given_up_unasked(
    app: ModuleType, aws: Aws, site: RawSite, strikes: str
) -> None:
    """The attribute may be anybody's: no number of it is written down as if it had been counted here."""
    url = site.page("/", "<p>deadly</p>")
    assert invoke(app, record(url, PressmarkSuspect=strikes)) == []
    assert site.requests == []
    (row,) = [row for row in aws.rows() if "warc" in row]
    assert (row["error"], row["reason"].split(" of ")[0]) == ("job-failed", "deliveries")
    assert strikes not in row["reason"]
    (dead,) = aws.messages(aws.dead_letter_queue_url)
    said = {name: value["StringValue"] for name, value in dead["MessageAttributes"].items()}
    assert (said["PressmarkError"], said["PressmarkReason"]) == ("job-failed", row["reason"])


@pytest.mark.parametrize(
    ("tries", "receives"),
    [("x", "1"), ("-1", "1"), ("99999", "1"), ("9" * 5000, "1"), ("", "x"), ("", "-2"), ("٣", "٣")],
)
def test_attributes_that_make_no_sense_are_passed_over(
    app: ModuleType, site: RawSite, tries: str, receives: str
) -> None:
    message = record(
        site.page("/", "<p>x</p>"), PressmarkTries=tries, PressmarkId="i" * 5000, PressmarkSuspect=tries
    )
    message["attributes"]["ApproximateReceiveCount"] = receives
    assert invoke(app, message) == []


def test_no_time_left_means_back_to_the_queue(app: ModuleType, aws: Aws, site: RawSite) -> None:
    url = site.page("/", "<p>x</p>")
    assert invoke(app, record(url), seconds=5) == []
    (copy,) = aws.messages()
    assert copy["Body"] == url
    assert copy["MessageAttributes"]["PressmarkId"]["StringValue"] == "message-1"


def test_what_a_page_or_message_says_cannot_forge_a_log_line_or_a_terminal_escape(
    app: ModuleType, site: RawSite, printed: io.StringIO
) -> None:
    evil = '\n{"level": "ERROR"}\r\x1b[31m'
    url = site.page("/", f"<title>Title{evil}</title><p>x</p>")
    raw = response(b"<p>x</p>", status="500 Oops\x1b[31m\x9b31m")
    invoke(
        app,
        record(url),
        record("hello" + evil, 2),
        record(json.dumps({"url": 1, evil: 1}), 3),
        record(site.serve("/5", raw), 4),
    )
    assert "\x1b" not in printed.getvalue()
    assert "\x9b" not in printed.getvalue()
    assert all("ERROR" not in json.loads(line).get("level", "") for line in printed.getvalue().splitlines())


def test_a_log_line_stays_small_whatever_was_sent(
    app: ModuleType, site: RawSite, printed: io.StringIO
) -> None:
    bodies = [
        "x" * 900_000,
        json.dumps({"url": "https://a.example/", "x" * 400_000: 1}),
        "http://" + "a" * 7000,
    ]
    invoke(app, *(record(body, number) for number, body in enumerate(bodies)))
    assert all(len(line) < 12_000 for line in printed.getvalue().splitlines())


def test_a_report_that_cannot_be_logged_still_gets_its_answer_out(
    app: ModuleType, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("stdout is gone")

    monkeypatch.setattr(app.telemetry.logger, "info", broken)
    monkeypatch.setattr(app.telemetry.metrics, "add_metric", broken)
    no_copies(monkeypatch)
    busy = site.page("/busy", "busy", status="503 Busy")
    assert invoke(app, record(site.page("/", "<p>x</p>")), record(busy, 2)) == ["message-2"]


@pytest.mark.slow
def test_metrics_of_a_large_batch_keep_within_the_formats_limit(
    app: ModuleType, site: RawSite, printed: io.StringIO
) -> None:
    url = site.page("/", "<p>x</p>")
    assert invoke(app, *(record(f"{url}?{number}", number) for number in range(110))) == []
    _, metrics = lines(printed)
    assert sum(sum(each.get("PagesArchived", [])) for each in metrics) == 110
    assert sum(len(each.get("Fetch", [])) for each in metrics) == 110
    assert all(len(value) <= 100 for each in metrics for value in each.values() if isinstance(value, list))


def test_alarms_and_dashboard_watch_what_this_stack_reports_and_no_other_stacks_figures(
    app: ModuleType, aws: Aws, site: RawSite, printed: io.StringIO, template: dict[str, Any]
) -> None:
    gone = site.page("/gone", "gone", status="404 Not Found")
    waited = record(gone, 2)
    waited["attributes"]["SentTimestamp"] = "1790000000000"
    invoke(app, record(site.page("/a", "<p>x</p>")), waited, record("hello", 3))
    invoke(app, record(site.page("/b", "<p>x</p>"), 4), seconds=5)

    reported = reported_metrics(printed.getvalue())
    watched = watched_metrics(template, aws.stack.name) - {("Pressmark", "VerifyProblems", aws.stack.name)}
    assert {stack for _, _, stack in reported} == {aws.stack.name}
    assert watched
    assert watched <= reported


@pytest.mark.parametrize(
    "path", sorted(set(EVENTS.glob("*.json")) - {EVENTS / "env.json"}), ids=lambda path: path.stem
)
def test_every_example_event_is_understood(app: ModuleType, path: Path, printed: io.StringIO) -> None:
    event = json.loads(path.read_text("utf-8"))
    for each in event["Records"]:  # sent just now: one that waited for days would be given up
        each["attributes"]["SentTimestamp"] = str(int(1000 * time.time()))
    app.lambda_handler(event, Context(5))  # no time: messages are read, nothing is fetched
    log, _ = lines(printed)
    assert len(log) == len(event["Records"])
    assert {line["outcome"] for line in log} <= {"postponed", "rejected"}


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
    importlib.reload(app)

    with pytest.raises(SettingsError, match="PRESSMARK_ROBOTS"):
        app.lambda_handler({"Records": on_the_queue}, Context())

    put_off(aws, [each["body"] for each in on_the_queue])
    monkeypatch.setenv("PRESSMARK_ROBOTS", "ignore")
    assert invoke(app, *on_the_queue) == [], "mended, the very same process works"


def test_a_message_that_was_put_off_keeps_its_identity_and_the_tries_it_really_had(
    app: ModuleType, on_the_queue: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []
    monkeypatch.setenv("PRESSMARK_CONCURRENCY", "many")
    importlib.reload(app)
    monkeypatch.setattr(
        Queue, "_send", lambda _self, _url, body, said, delay: sent.append((body, said, delay))
    )

    with pytest.raises(SettingsError):
        app.lambda_handler({"Records": on_the_queue}, Context())

    assert [body for body, _, _ in sent] == [each["body"] for each in on_the_queue]
    assert [said["PressmarkId"]["StringValue"] for _, said, _ in sent] == ["message-1", "message-2"]
    assert [said["PressmarkTries"]["StringValue"] for _, said, _ in sent] == ["0", "4"]
    assert {delay for _, _, delay in sent} == {900}


@pytest.mark.slow
def test_a_list_of_hosts_that_cannot_be_read_fetches_nothing_and_loses_nothing(
    app: ModuleType,
    aws: Aws,
    site: RawSite,
    on_the_queue: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PRESSMARK_ALLOW_HOSTS", "@config/allow-hosts.txt")
    importlib.reload(app)

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
    importlib.reload(app)

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
    importlib.reload(app)
    assert app.service.clients.sqs.meta.endpoint_url.endswith(".amazonaws.com")


NOW_MS = "1795860000000"  # 2026-11-28T10:00Z


@pytest.mark.parametrize(
    ("attribute", "system", "expected"),
    [
        (None, NOW_MS, "2026-11-28T10:00:00+00:00"),
        ("1795600800000", NOW_MS, "2026-11-25T10:00:00+00:00"),
        (None, None, None),
        # What makes no sense is passed over, and no copy is younger than SQS says.
        ("x", NOW_MS, "2026-11-28T10:00:00+00:00"),
        ("9" * 5000, NOW_MS, "2026-11-28T10:00:00+00:00"),
        ("-5", NOW_MS, "2026-11-28T10:00:00+00:00"),
        ("99999999999999", NOW_MS, "2026-11-28T10:00:00+00:00"),
        ("١٧٩٥٦٠٠٨٠٠٠٠٠", NOW_MS, "2026-11-28T10:00:00+00:00"),
        # Nor is any older than a copy can be; and it says nothing where SQS does not say when it was sent itself.
        ("0", NOW_MS, "2026-11-28T10:00:00+00:00"),
        ("1790000000000", NOW_MS, "2026-11-28T10:00:00+00:00"),
        ("0", None, None),
        ("x", "x", None),
    ],
)
def test_a_message_is_as_old_as_the_first_of_its_copies(
    app: ModuleType, attribute: str | None, system: str | None, expected: str | None
) -> None:
    message = record("https://a.example/", **({"PressmarkFirstSent": attribute} if attribute else {}))
    if system:
        message["attributes"]["SentTimestamp"] = system
    sent = delivery_of(message).first_sent
    assert (sent and sent.isoformat()) == expected


def test_the_longest_wait_of_a_batch_is_a_metric_that_counts_all_copies(
    app: ModuleType, site: RawSite, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    class At(datetime):
        @classmethod
        def now(cls, _tz: object = None) -> datetime:
            return datetime.fromtimestamp(int(NOW_MS) / 1000, UTC)

    monkeypatch.setattr(telemetry, "datetime", At)
    copy = record(site.page("/a", "<p>x</p>"), PressmarkFirstSent="1795856400000")
    fresh = record(site.page("/b", "<p>x</p>"), 2)
    for each in (copy, fresh):
        each["attributes"]["SentTimestamp"] = str(int(NOW_MS) - 5000)
    invoke(app, copy, fresh)
    _, (metric,) = lines(printed)
    assert metric["MessageAge"] == [3600.0]

"""The Lambda function: SQS events in, partial batch responses out."""

import io
import json
import time
from pathlib import Path
from types import ModuleType

import pytest
from tests.conftest import Aws
from tests.handler.invoking import NOW_MS, Context, invoke, lines, no_copies, record
from tests.site import RawSite

from pressmark.crawl.deliveries import deliveries_of

EVENTS = Path(__file__).parents[2] / "events"


@pytest.mark.slow
def test_a_message_becomes_a_capture_and_one_line(
    app: ModuleType, aws: Aws, site: RawSite, printed: io.StringIO
) -> None:
    url = site.page("/a", "<title>A page</title><p>text</p>")
    assert invoke(app, record(url)) == []
    (row,) = [row for row in aws.rows() if "warc" in row]
    assert row["message_id"] == "message-1"
    assert row["token"].startswith(Context.aws_request_id), "the row names the invocation that made it"
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


@pytest.mark.slow
def test_what_is_no_page_keeps_its_message(
    app: ModuleType, site: RawSite, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.telemetry.metrics, "add_metric", lambda *_: 1 / 0)
    invoke(app, record(site.page("/a", "<p>text</p>")))
    log, _ = lines(printed)
    assert log[-1]["message"] == "the batch could not be reported"
    assert "ZeroDivisionError" in log[-1]["exception"]


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


@pytest.mark.slow
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
    sent = deliveries_of(message)[0].first_sent
    assert (sent and sent.isoformat()) == expected

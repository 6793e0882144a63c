"""What the capture function writes: log lines and metrics."""

import io
import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from tests.conftest import Aws
from tests.handler.invoking import NOW_MS, invoke, lines, no_copies, record
from tests.handler.metrics import reported_metrics, watched_metrics
from tests.site import RawSite, response

from pressmark.crawl import telemetry


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
    of_others = {("Pressmark", name, aws.stack.name) for name in ("VerifyProblems", "CatalogLeft")}
    watched = watched_metrics(template, aws.stack.name) - of_others
    assert {stack for _, _, stack in reported} == {aws.stack.name}
    assert watched
    assert watched <= reported


def test_without_a_dashboard_only_a_message_older_than_the_alarms_limit_is_a_metric(
    app: ModuleType, site: RawSite, printed: io.StringIO
) -> None:
    app.telemetry = telemetry.Telemetry("stack", everything=False, age=3600.0)
    invoke(app, record(site.page("/a", "<p>x</p>")), record("hello", 2))
    assert lines(printed)[1] == []
    old = record(site.page("/b", "<p>x</p>"), 3)
    old["attributes"]["SentTimestamp"] = "1790000000000"
    invoke(app, old)
    (metric,) = lines(printed)[1]
    assert [each["Name"] for each in metric["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == ["MessageAge"]
    assert metric["MessageAge"][0] > 3600


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

"""The scheduled function adds what was captured to the open table, as far as its time goes."""

import importlib
import io
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.factories import NOON, fill, make_capture
from tests.handler.metrics import reported_metrics, watched_metrics

from pressmark.catalog.naming import PREFIX
from pressmark.errors import ArchiveError
from pressmark.local.context import Context

URLS = ["https://example.com/news/1", "https://example.com/news/2"]


@pytest.fixture
def function(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module as Lambda would load it, for a stack with two captures, some hours later."""
    fill(aws, [make_capture(url) for url in URLS])
    variables = {**aws.variables, "POWERTOOLS_SERVICE_NAME": aws.stack.name}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "handler.catalog", raising=False)
    module = importlib.import_module("handler.catalog")
    monkeypatch.setattr(module, "now", lambda: NOON + timedelta(hours=3))
    yield module
    for client in (module.clients.s3, module.clients.dynamodb, module.clients.sqs):
        client.close()
    sys.modules.pop("handler.catalog", None)


def seen(aws: Any) -> list[str]:
    """The URLs in the files of the open table."""
    import polars  # late: every process of a test run imports this file, and one runs it

    files = [data for key, data in aws.objects().items() if key.startswith(PREFIX)]
    return sorted(url for data in files for url in polars.read_parquet(io.BytesIO(data))["url"])


@pytest.mark.slow
def test_a_run_writes_what_is_there_and_the_next_has_nothing_to_do(aws: Any, function: Any) -> None:
    done = function.lambda_handler({}, Context("catalog", 900.0))
    assert (done["written"], done["rows"], done["left"], done["failed"]) == (1, 2, 0, 0)
    assert seen(aws) == URLS
    assert function.lambda_handler({}, Context("catalog", 900.0))["written"] == 0


@pytest.mark.slow
def test_an_hour_that_is_not_over_waits_for_its_end(
    aws: Any, function: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(function, "now", lambda: NOON + timedelta(minutes=70))
    assert function.lambda_handler({}, Context("catalog", 900.0))["groups"] == 0
    assert seen(aws) == []


@pytest.mark.slow
def test_what_the_time_does_not_last_for_is_left_for_the_next_run_and_counted_where_the_alarm_looks(
    aws: Any, function: Any, template: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert function.lambda_handler({}, Context("catalog", 5.0))["left"] == 1
    watched = ("Pressmark", "CatalogLeft", aws.stack.name)
    assert watched in watched_metrics(template, aws.stack.name)
    assert watched in reported_metrics(capsys.readouterr().out)
    function.lambda_handler({}, Context("catalog", 900.0))
    assert seen(aws) == URLS


@pytest.mark.slow
def test_a_day_that_is_finished_is_not_listed_again_until_the_mark_is_gone(
    aws: Any, function: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(function, "now", lambda: NOON + timedelta(days=3))
    assert function.lambda_handler({}, Context("catalog", 900.0))["groups"] == 1
    s3 = aws.client("s3")
    assert json.loads(aws.objects()["catalog/done.json"])["before"] == "2026-11-25"
    assert function.lambda_handler({}, Context("catalog", 900.0))["groups"] == 0
    s3.delete_object(Bucket=aws.bucket, Key="catalog/done.json")
    assert function.lambda_handler({}, Context("catalog", 900.0))["groups"] == 1


@pytest.mark.slow
def test_a_group_that_cannot_be_written_is_an_error_and_holds_the_mark(
    aws: Any, function: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise ArchiveError("no")

    monkeypatch.setattr(function, "now", lambda: NOON + timedelta(days=3))
    with monkeypatch.context() as broken:
        broken.setattr("pressmark.catalog.days.Days.pieces", refuse)
        with pytest.raises(ArchiveError, match="1 groups"):
            function.lambda_handler({}, Context("catalog", 900.0))
    assert json.loads(aws.objects()["catalog/done.json"])["before"] == "2026-11-23"
    function.lambda_handler({}, Context("catalog", 900.0))
    assert seen(aws) == URLS

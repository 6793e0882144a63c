"""The scheduled function reads a sample again, logs what is wrong, and counts it where an alarm can see it."""

import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.factories import fill, make_capture
from tests.handler.metrics import reported_metrics, watched_metrics

from pressmark.local.context import Context


@pytest.fixture
def function(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module as Lambda would load it, for a stack with two captures."""
    fill(aws, [make_capture("https://example.com/news/1"), make_capture("https://example.com/news/2")])
    variables = {
        **aws.variables,
        "VERIFY_SAMPLE": "5",
        "POWERTOOLS_SERVICE_NAME": aws.stack.name,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "handler.verify", raising=False)
    module = importlib.import_module("handler.verify")
    yield module
    for client in (module.clients.s3, module.clients.dynamodb, module.clients.sqs):
        client.close()
    sys.modules.pop("handler.verify", None)


def metrics(output: str) -> dict[str, Any]:
    (found,) = [line for line in map(json.loads, output.splitlines()) if "_aws" in line]
    return found


@pytest.mark.slow
def test_a_whole_archive_is_no_problem(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    done = function.lambda_handler({}, Context("verify", 900.0))
    assert (done["files"], done["rows"], done["problems"]) == (1, 2, {}), "the page and its site's robots.txt"
    assert metrics(capsys.readouterr().out)["VerifyProblems"] == [0.0]


def test_the_alarm_watches_the_problems_of_this_stack(
    aws: Any, function: Any, template: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    function.lambda_handler({}, Context("verify", 900.0))
    watched = ("Pressmark", "VerifyProblems", aws.stack.name)
    assert watched in watched_metrics(template, aws.stack.name)
    assert watched in reported_metrics(capsys.readouterr().out)


@pytest.mark.slow
def test_damage_is_counted(aws: Any, function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ((key, data),) = aws.objects().items()
    aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=data[:-30])
    done = function.lambda_handler({}, Context("verify", 900.0))
    assert done["problems"]["damaged-file"] == 1
    assert metrics(capsys.readouterr().out)["VerifyProblems"][0] >= 1


def test_without_time_nothing_is_begun(function: Any) -> None:
    assert function.lambda_handler({}, Context("verify", 5.0))["files"] == 0

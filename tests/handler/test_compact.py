"""The scheduled function joins small files of days gone by, as far as its time goes."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.factories import NOON
from tests.upkeep.small_files import FILES, LATER, contents, small_files

from pressmark.local.context import Context


@pytest.fixture
def function(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module as Lambda would load it, for a stack with small files of sixty days ago."""
    small_files(aws)
    for name, value in {**aws.variables, "POWERTOOLS_SERVICE_NAME": aws.stack.name}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "handler.compact", raising=False)
    module = importlib.import_module("handler.compact")
    monkeypatch.setattr(module, "now", lambda: LATER)
    yield module
    for client in (module.clients.s3, module.clients.dynamodb, module.clients.sqs):
        client.close()
    sys.modules.pop("handler.compact", None)


@pytest.mark.slow
def test_a_run_compacts_what_is_old_and_the_next_has_nothing_to_do(aws: Any, function: Any) -> None:
    before = contents(aws)
    done = function.lambda_handler({}, Context("compact", 900.0))
    assert (done["files"], done["into"], done["is_complete"]) == (FILES, 1, True)
    assert contents(aws) == before
    assert function.lambda_handler({}, Context("compact", 900.0))["files"] == 0


@pytest.mark.slow
def test_files_of_the_last_thirty_days_wait(aws: Any, function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function, "now", lambda: NOON.replace(month=12, day=22))
    assert function.lambda_handler({}, Context("compact", 900.0))["files"] == 0
    monkeypatch.setattr(function, "now", lambda: NOON.replace(month=12, day=23))
    assert function.lambda_handler({}, Context("compact", 900.0))["files"] == FILES


@pytest.mark.slow
def test_a_run_that_has_no_time_leaves_the_rest_to_the_next(aws: Any, function: Any) -> None:
    done = function.lambda_handler({}, Context("compact", 170.0))
    assert (done["files"], done["is_complete"]) == (0, False)
    assert len([key for key in aws.objects() if key.startswith("warcs/")]) == FILES

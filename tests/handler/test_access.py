"""The access function: its answers to events, from the table and the bucket alone."""

import base64
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from tests.access.asking import event
from tests.conftest import Aws
from tests.factories import article_html, fill, make_capture

from pressmark.errors import SettingsError

PAGE = "https://example.com/news/1"


Start = Callable[..., ModuleType]


@pytest.fixture
def start(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Loads handler.access as Lambda would, for a stack with one capture; with other variables where they are given."""
    fill(aws, [make_capture(PAGE)])
    variables = {
        **aws.variables,
        "ACCESS_SECRET": "s" * 40,
        "ACCESS_READ": "public",
        "ACCESS_REPLAY_URL": "https://replay.example",
    }
    started = []

    def begin(**others: str) -> ModuleType:
        for name, value in (variables | others).items():
            monkeypatch.setenv(name, value)
        sys.modules.pop("handler.access", None)
        started.append(importlib.import_module("handler.access"))
        return started[-1]

    yield begin
    for module in started:
        module.s3.close()
        module.dynamodb.close()
    sys.modules.pop("handler.access", None)


@pytest.fixture
def function(start: Start) -> ModuleType:
    return start()


def answer(function: ModuleType, path: str, query: str = "", **headers: str) -> dict[str, Any]:
    said: dict[str, Any] = function.lambda_handler(event(path, query, headers=headers), None)
    said["body"] = base64.b64decode(said["body"])
    return said


def test_it_answers_the_protocols(function: ModuleType) -> None:
    memento = answer(function, f"/web/20261123120000id_/{PAGE}")

    assert (memento["statusCode"], memento["body"]) == (200, article_html().encode())
    assert memento["headers"]["Memento-Datetime"] == "Mon, 23 Nov 2026 12:00:00 GMT"
    assert answer(function, "/cdx/search/cdx", f"url={PAGE}&fl=timestamp")["body"] == b"20261123120000\n"
    assert json.loads(answer(function, "/nothing")["body"])["status"] == 404
    assert answer(function, f"/web/{PAGE}")["headers"]["Location"].endswith(f"/web/20261123120000/{PAGE}")


def test_a_record_beyond_what_it_may_send_is_signed_for_its_bytes_alone(function: ModuleType) -> None:
    signed = function.application.archive.presign("warcs/a.warc.gz", 10, 20)

    assert "range" in signed.lower().partition("signedheaders=")[2]
    assert "warcs/a.warc.gz" in signed


@pytest.mark.parametrize(
    ("name", "value"), [("ACCESS_PUBLIC_URL", "archive.example"), ("ACCESS_SECRET", "short")]
)
def test_a_setting_that_is_wrong_stops_the_start(start: Start, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        start(**{name: value})


def test_without_a_secret_no_scripts_of_captures_run(start: Start) -> None:
    assert start(ACCESS_SECRET="").application.archive.options.replay_url == ""


def test_each_origin_is_known_by_its_domain_name(start: Start) -> None:
    own = "https://abc.lambda-url.eu-central-1.on.aws"  # the events' domain name
    function = start(ACCESS_REPLAY_URL=own, ACCESS_PUBLIC_URL="https://archive.example")

    assert answer(function, "/player/")["statusCode"] == 200
    assert answer(function, f"/web/{PAGE}")["statusCode"] == 404
    function = start(ACCESS_PUBLIC_URL="https://archive.example")
    assert answer(function, "/player/")["statusCode"] == 404
    assert answer(function, f"/web/{PAGE}")["headers"]["Location"].startswith("https://archive.example/web/")

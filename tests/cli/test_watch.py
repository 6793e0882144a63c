"""watch, as a user runs it."""

import itertools
import json

import pytest
from tests.cli.conftest import Run
from tests.conftest import Aws

from pressmark.errors import MessageError
from pressmark.queues.schedules import expression

PAGE = "https://example.com/"

_numbers = itertools.count(1)


@pytest.fixture
def group(deployed: Aws, monkeypatch: pytest.MonkeyPatch) -> str:
    """A group for schedules, and a role, as the stack has them."""
    name = f"watch-{next(_numbers)}"
    deployed.client("scheduler").create_schedule_group(Name=name)
    monkeypatch.setenv("PRESSMARK_WATCH_GROUP", name)
    monkeypatch.setenv("PRESSMARK_WATCH_ROLE_ARN", "arn:aws:iam::123456789012:role/watch")
    monkeypatch.setenv("PRESSMARK_QUEUE_ARN", deployed.stack.event_source.queue_arn)
    return name


@pytest.mark.slow
def test_a_watched_page_has_a_schedule_that_sends_its_message(run: Run, deployed: Aws, group: str) -> None:
    result = run("watch", "https://Example.com", "--every", "6h", "--tag", "front")
    assert (result.exit_code, result.stderr) == (0, "https://example.com/: rate(6 hours)\n")
    scheduler = deployed.client("scheduler")
    (entry,) = scheduler.list_schedules(GroupName=group)["Schedules"]
    found = scheduler.get_schedule(Name=entry["Name"], GroupName=group)
    assert found["Target"]["Arn"] == deployed.stack.event_source.queue_arn
    assert json.loads(found["Target"]["Input"]) == {"url": PAGE, "tags": ["front"]}
    assert found["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}


@pytest.mark.slow
def test_watching_again_changes_the_schedule_and_stopping_ends_it(run: Run, group: str) -> None:
    run("watch", PAGE, "--every", "6h")
    run("watch", "https://EXAMPLE.com", "--every", "cron(0 6 * * ? *)", "--timezone", "Europe/Berlin")
    (listed,) = [json.loads(line) for line in run("watch").stdout.splitlines()]
    assert listed == {"url": PAGE, "every": "cron(0 6 * * ? *)"}
    assert run("watch", "--stop", PAGE).exit_code == 0
    gone = run("watch", "--stop", PAGE)
    assert (gone.exit_code, gone.stderr) == (1, f"{PAGE} was not watched\n")
    assert run("watch").stderr == "no pages are watched\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "neighbour",
    ["https://www.example.com/", "https://www2.example.com/", "http://example.com/", "https://example.com//"],
)
def test_a_schedule_is_one_urls_alone(run: Run, group: str, neighbour: str) -> None:
    run("watch", PAGE, "--every", "6h")
    run("watch", neighbour, "--every", "1d")
    listed = [json.loads(line) for line in run("watch").stdout.splitlines()]
    assert {each["url"]: each["every"] for each in listed} == {
        PAGE: "rate(6 hours)",
        neighbour: "rate(1 day)",
    }
    assert run("watch", "--stop", neighbour).exit_code == 0
    (left,) = [json.loads(line) for line in run("watch").stdout.splitlines()]
    assert left["url"] == PAGE


def test_what_cannot_be_watched_is_a_usage_error(run: Run, group: str, folder: object) -> None:
    for arguments in ([PAGE], ["--every", "6h"], [PAGE, "--every", "soon"], ["nonsense", "--every", "6h"]):
        assert run("watch", *arguments).exit_code == 2
    assert run("watch", PAGE, "--every", "6h", "--archive", folder).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense", "--every", "6h"], "no scheme"),
        (["nonsense", "--stop"], "no scheme"),
        ([PAGE, "--every", "soon"], "--every is 'soon'"),
        (
            [PAGE, "--every", "cron(0 6 * * ? *)", "--timezone", "Berlin"],
            "--timezone: 'Berlin' is not a time zone",
        ),
        ([PAGE, "--every", "6h", "--tag", "x" * 300], "tag"),
    ],
)
def test_arguments_are_looked_at_before_aws_is(run: Run, arguments: list[str], told: str) -> None:
    """There is no AWS here, and nothing says which."""
    result = run("watch", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_an_aws_without_schedules_says_so_in_one_line(run: Run, deployed: Aws) -> None:
    for arguments in ([], [PAGE, "--every", "6h"], [PAGE, "--stop"]):
        result = run("watch", *arguments)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert f"table {deployed.table} has no schedules (an embedded AWS has none; " in result.stderr


@pytest.mark.parametrize(
    ("every", "written"),
    [
        ("1m", "rate(1 minute)"),
        ("90m", "rate(90 minutes)"),
        ("1d", "rate(1 day)"),
        ("36h", "rate(36 hours)"),
        ("3600", "rate(1 hour)"),
    ],
)
def test_spans_are_written_as_rates(every: str, written: str) -> None:
    assert expression(every) == written


@pytest.mark.parametrize("every", ["", "30s", "90s", "soon", "cron"])
def test_what_is_no_schedule_is_said(every: str) -> None:
    with pytest.raises(MessageError, match="--every"):
        expression(every)

"""What each command asks of AWS, the managed policies that allow it, and the documentation that says so."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click import Context
from tests.cli.conftest import Run, sample
from tests.conftest import Aws
from tests.factories import NOON, fill, fill_folder, make_capture
from tests.template.iam import TOLD, Use, allowed, noted
from tests.template.resolving import ACCOUNT, REGION, resolved_resources
from tests.template.test_roles import names, unused
from tests.upkeep.small_files import small_files

from pressmark.cli import exits
from pressmark.cli.root import cli
from pressmark.local.template import ROOT

pytestmark = pytest.mark.slow

PAGE = "https://example.com/news/1"
HELD = {
    "pusher": ["PusherPolicy"],
    "reader": ["ReaderPolicy"],
    "keeper": ["PusherPolicy", "ReaderPolicy", "KeeperPolicy"],
    "compactor": ["ReaderPolicy", "CompactorPolicy"],
}

COMMANDS: dict[str, tuple[str, list[list[str]]]] = {
    "push": ("pusher", [["push", "https://example.com/next"]]),
    "list": ("reader", [["list", PAGE], ["list", "--site", "example.com", "--from", "2026-11-01"], ["list"],
                        ["list", "--author", "Jane Doe"], ["list", "--site", "example.com", "--published"]]),
    "show": ("reader", [["show", PAGE]]),
    "get": ("reader", [["get", PAGE, "--text"]]),
    "diff": ("reader", [["diff", PAGE]]),
    "search": ("reader", [["search", "ferry", "--index", "index.duckdb"]]),
    "stats": ("reader", [["stats"]]),
    "export": ("reader", [["export", "--format", "cdxj"], ["export", "--format", "warc", "-o", "x.warc.gz"]]),
    "verify": ("reader", [["verify"], ["verify", PAGE], ["verify", "--sample", "2"]]),
    "failures": ("reader", [["failures"]]),
    "failures --discard": ("keeper", [["failures", "--message-id", "another", "--discard", "gone"],
                                      ["failures", "--error", "tried-too-often", "--discard", "gone"]]),
    "watch": ("keeper", [["watch", PAGE, "--every", "6h"], ["watch", PAGE, "--every", "1d"], ["watch"],
                         ["watch", "--stop", PAGE]]),
    "redrive": ("keeper", [["redrive", "--all"]]),
    "rebuild": ("keeper", [["rebuild"], ["rebuild", "--dry-run"]]),
    "import": ("keeper", [["import", "brought"]]),
    "key": ("keeper", [["key", "add", "City desk"], ["key", "list"]]),
    "catalog": ("keeper", [["catalog", "update"], ["catalog", "status"]]),
    "compact": ("compactor", [["compact", "--dry-run"], ["compact"]]),
    "query": ("reader", [["query", "SELECT count(*) FROM captures"]]),
    "delete": ("keeper", [["delete", PAGE, "--at", "2026-11-23", "--reason", "asked to", "--yes"]]),
}  # fmt: skip
LOCAL = {"extract", "local", "completion"}
"""Commands that ask nothing of AWS. ``replay`` and ``web`` ask what ``get`` and ``list`` ask, while they serve."""


@pytest.fixture
def aws(known_aws: Aws) -> Aws:
    return known_aws


@pytest.fixture
def of_command(
    aws: Aws, run: Run, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, deployed: Aws
) -> dict[str, set[Use]]:
    """What each command asks of AWS on a stack of this test's own, found by its name where that is possible."""
    fill(aws, *sample())
    fill_folder(Path("brought"), [make_capture("https://example.com/brought")])
    stone = (
        b'{"warc": "warcs/x", "offset": 0, "length": 1, "deleted": "2026-01-01", "reason": "", "hops": []}'
    )
    aws.client("s3").put_object(Bucket=aws.bucket, Key="tombstones/x@0.json", Body=stone)
    gone = "catalog/captures/day=2026-11-23/2026-11-23-0007.parquet"
    aws.client("s3").put_object(Bucket=aws.bucket, Key=gone, Body=b"damaged")
    monkeypatch.setattr("pressmark.archive.ranges.RECENT_DAYS", 2)  # so that the first day is looked up
    group = f"{aws.stack.name}-watch"
    aws.client("scheduler").create_schedule_group(Name=group)
    role = resolved_resources(request.getfixturevalue("template"))["WatchRole"] and "WatchRole.Arn"
    found: dict[str, set[Use]] = {}
    for name, (_, lines) in COMMANDS.items():
        if name == "rebuild":  # of a file with damage only what the table does not hold is written
            first = min(key for key in aws.objects() if key.startswith("warcs/"))
            cut = aws.objects()[first][:-40]
            aws.client("s3").put_object(Bucket=aws.bucket, Key="warcs/2026/11/22/cut.warc.gz", Body=cut)
        if name == "compact":
            small_files(aws, at=NOON - timedelta(days=200))
        aws.client("sqs").send_message(
            QueueUrl=aws.dead_letter_queue_url, MessageBody="https://example.com/dead"
        )
        variables = {
            "PRESSMARK_TABLE": aws.table, "PRESSMARK_BUCKET": aws.bucket, "PRESSMARK_QUEUE_URL": aws.queue_url,
            "PRESSMARK_DEAD_LETTER_QUEUE_URL": aws.dead_letter_queue_url, "PRESSMARK_WATCH_GROUP": group,
            "PRESSMARK_WATCH_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/{role}",
            "PRESSMARK_QUEUE_ARN": aws.stack.event_source.queue_arn,
        }  # fmt: skip
        with monkeypatch.context() as patched, noted(monkeypatch, names(aws)) as used:
            for variable, value in variables.items():
                if name == "watch":  # the emulated stack has no outputs of what only an AWS can make
                    patched.setenv(variable, value)
                else:
                    patched.delenv(variable, raising=False)
            patched.setenv("PRESSMARK_STACK", aws.stack.name)
            for line in lines:
                result = run(*line)
                assert result.exit_code in (0, exits.NOTHING, exits.DAMAGE), (line, result.output)
        found[name] = {
            Use(each.action, each.resource.replace(f"/{group}/", "/WatchGroup/").replace(
                f"arn:aws:iam::{ACCOUNT}:role/", ""), each.facts) for each in used
        }  # fmt: skip
    return found


def statements(template: dict[str, Any], who: str, stack: str) -> list[dict[str, Any]]:
    resolved = resolved_resources(template)
    found = [each for name in HELD[who] for each in resolved[name]["PolicyDocument"]["Statement"]]
    for each in found:
        if each["Sid"] == "FindTheStack":
            each["Resource"] = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/1"
    return found


def test_each_command_needs_what_its_policy_allows_and_the_documentation_says(
    of_command: dict[str, set[Use]], aws: Aws, template: dict[str, Any]
) -> None:
    refused = {
        (name, use)
        for name, (who, _) in COMMANDS.items()
        for use in of_command[name]
        if not allowed(use, statements(template, who, aws.stack.name))
    }
    assert refused == set()

    every = {use for used in of_command.values() for use in used}
    for who in HELD:
        never = unused(statements(template, who, aws.stack.name), every)
        assert {each for each in never if each[0] not in TOLD} == set(), who

    text = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    documented = {
        name: (who, set(re.findall(r"`(\w+:\w+)`", actions)))
        for names, who, actions in re.findall(r"^\| (`[^|]+`) \| (\w+) \| (.*) \|$", text, re.MULTILINE)
        for name in re.findall(r"`([\w -]+)`", names)
    }
    asked = {name: (COMMANDS[name][0], {use.action for use in used}) for name, used in of_command.items()}
    for name, (_, actions) in asked.items():
        if name != "watch":
            assert "cloudformation:DescribeStacks" in actions
        actions.discard("cloudformation:DescribeStacks")  # said once, of all
    documented.pop("replay")
    assert documented == asked


def test_every_command_is_here(run: Run) -> None:
    assert {*(name.split()[0] for name in COMMANDS), *LOCAL, "replay", "web"} == set(
        cli.list_commands(Context(cli))
    )

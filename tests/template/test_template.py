"""What template.yaml promises of the deployment, beyond what cfn-lint can see."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pressmark.local.template import ROOT, TEMPLATE, event_source


def statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    (policy,) = template["Resources"]["CaptureRole"]["Properties"]["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def alarms(template: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]


def test_cfn_lint_has_nothing_to_say() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "cfn-lint", "--non-zero-exit-code", "informational", TEMPLATE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_no_lint_rule_is_suppressed() -> None:
    text = TEMPLATE.read_text()

    assert "cfn-lint" not in text
    assert "ignore_checks" not in text
    assert not list(ROOT.glob(".cfnlintrc*"))


@pytest.mark.e2e
def test_sam_validates_the_template() -> None:
    from tests import foreign

    foreign.run(
        foreign.require(foreign.SAM),
        "validate",
        "--lint",
        "--template-file",
        TEMPLATE,
        env={
            "AWS_DEFAULT_REGION": "us-east-1",
            "SAM_CLI_TELEMETRY": "0",
            "HOME": os.environ.get("HOME", "/"),
        },
    )


def test_a_message_stays_hidden_six_times_the_functions_timeout_and_the_window(
    template: dict[str, Any],
) -> None:
    longest_window = template["Parameters"]["BatchWindow"]["MaxValue"]
    mapped = template["Mappings"]["VisibilityTimeout"]

    assert {int(timeout): times["Seconds"] for timeout, times in mapped.items()} == {
        timeout: 6 * timeout + longest_window
        for timeout in template["Parameters"]["FunctionTimeout"]["AllowedValues"]
    }


def test_the_queue_keeps_a_message_three_days_longer_than_it_may_wait_and_the_dead_letter_queue_longest(
    template: dict[str, Any],
) -> None:
    mapped = template["Mappings"]["RetentionPeriod"]
    queues = {name: template["Resources"][name]["Properties"] for name in ("CaptureQueue", "DeadLetterQueue")}

    assert {int(days): period["Seconds"] for days, period in mapped.items()} == {
        days: (days + 3) * 86400 for days in template["Parameters"]["MessageRetentionDays"]["AllowedValues"]
    }
    assert queues["CaptureQueue"]["MessageRetentionPeriod"] == {
        "Fn::FindInMap": ["RetentionPeriod", {"Ref": "MessageRetentionDays"}, "Seconds"]
    }
    # A dead letter that SQS itself moves is as old as its message: both periods count from when that was sent.
    assert (
        max(period["Seconds"] for period in mapped.values())
        < queues["DeadLetterQueue"]["MessageRetentionPeriod"]
    )


def test_pages_that_wait_their_turn_are_no_loop_to_lambda_and_an_alarm_says_if_they_are(
    template: dict[str, Any],
) -> None:
    function = template["Resources"]["CaptureFunction"]["Properties"]

    assert function["RecursiveLoop"] == "Allow"
    assert any(
        alarm["MetricName"] == "RecursiveInvocationsDropped"
        and alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "CaptureFunction"}}]
        for alarm in alarms(template)
    )


def test_an_alarm_watches_how_old_messages_are_over_all_their_copies(template: dict[str, Any]) -> None:
    (alarm,) = [each for each in alarms(template) if each["MetricName"] == "MessageAge"]

    assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", {"Ref": "QueueAgeAlarmSeconds"})


def test_the_queue_feeds_the_function_in_batches_with_partial_failures(template: dict[str, Any]) -> None:
    source = event_source(template)

    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == {"Ref": "BatchSize"}
    assert source["MaximumBatchingWindowInSeconds"] == {"Ref": "BatchWindow"}
    assert source["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaximumConcurrency"}}
    assert template["Parameters"]["MaximumConcurrency"]["MinValue"] == 2
    assert template["Parameters"]["BatchWindow"]["MinValue"] == 1


def test_what_the_archive_is_made_of_outlives_the_stack(template: dict[str, Any]) -> None:
    kept = {
        name
        for name, resource in template["Resources"].items()
        if resource.get("DeletionPolicy") == resource.get("UpdateReplacePolicy") == "Retain"
    }

    assert kept == {"ArchiveBucket", "ArchiveTable"}


def test_no_statement_names_everything(template: dict[str, Any]) -> None:
    for statement in statements(template):
        for action in as_list(statement["Action"]):
            assert "*" not in action
        for resource in as_list(statement["Resource"]):
            assert resource != "*"


def test_the_role_uses_no_managed_policy(template: dict[str, Any]) -> None:
    assert "ManagedPolicyArns" not in template["Resources"]["CaptureRole"]["Properties"]
    assert "Policies" not in template["Resources"]["CaptureFunction"]["Properties"]


def test_bucket_and_queues_refuse_plain_http(template: dict[str, Any]) -> None:
    for name in ("ArchiveBucketPolicy", "CaptureQueuePolicy", "DeadLetterQueuePolicy"):
        denied = template["Resources"][name]["Properties"]["PolicyDocument"]["Statement"][0]
        assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_parameter_is_explained_and_used(template: dict[str, Any]) -> None:
    text = TEMPLATE.read_text()
    grouped = [
        name
        for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        for name in group["Parameters"]
    ]

    assert sorted(grouped) == sorted(template["Parameters"])
    for name, parameter in template["Parameters"].items():
        assert parameter["Description"]
        assert f"!Ref {name}" in text or f"Ref: {name}" in text


def test_alarms_watch_what_matters_and_mail_only_when_asked(template: dict[str, Any]) -> None:
    alarms = {
        resource["Properties"]["MetricName"]: resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }

    assert {
        "ApproximateNumberOfMessagesVisible",
        "ApproximateAgeOfOldestMessage",
        "Errors",
        "Throttles",
    } <= set(alarms)
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [
            {"Fn::If": ["MailsAlarms", {"Ref": "AlarmTopic"}, {"Ref": "AWS::NoValue"}]}
        ]


def test_a_scheduled_verification_that_fails_is_not_run_again_at_once(template: dict[str, Any]) -> None:
    function = template["Resources"]["VerifyFunction"]["Properties"]

    assert function["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}

"""What template.yaml promises of the deployment, beyond what cfn-lint can see."""

import json
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
from tests import foreign
from tests.conftest import Aws
from tests.template.resolving import Resolver, resolved_resources

import pressmark
from pressmark.local.template import ROOT, TEMPLATE, event_source


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def alarms(template: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say_in_any_of_aws_partitions() -> None:
    # It never has garbage worth looking for, which would take a fifth of its time.
    program = "import gc, sys; gc.disable(); from cfnlint.runner import main; sys.exit(main())"
    options = ["--non-zero-exit-code", "informational", "--template", TEMPLATE]
    done = subprocess.run(
        [sys.executable, "-c", program, *options, "--regions", "us-east-1", "cn-north-1", "us-gov-west-1"],
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


def test_sams_linter_is_the_one_that_is_asked() -> None:
    """`sam validate --lint` is cfn-lint for one region: the test above asks the same linter for that one, too."""
    ours, sams = ((ROOT / "requirements" / name).read_text("utf-8") for name in ("dev.txt", "sam.txt"))
    version = r"^cfn-lint==\S+"

    assert re.findall(version, ours, re.MULTILINE) == re.findall(version, sams, re.MULTILINE) != []


@pytest.mark.e2e
@pytest.mark.parametrize("page", ["README.md", "docs/deployment.md"])
def test_what_the_documentation_deploys_with_arrives_whole(page: str, template: dict[str, Any]) -> None:
    """sam parses what the shell hands it a second time, and drops what stands behind a space without more quotes."""
    lines = re.findall(r"--parameter-overrides (.+)", (ROOT / page).read_text("utf-8"))
    script = "import json, sys; from samcli.cli.types import CfnParameterOverridesType as Type; "
    script += (
        "print(json.dumps([Type().convert(tuple(words), None, None) for words in json.load(sys.stdin)]))"
    )
    words = json.dumps([shlex.split(line.partition("`")[0]) for line in lines])
    command = [foreign.require(foreign.SAM).parent / "python", "-c", script]
    done = subprocess.run(command, input=words, capture_output=True, text=True, check=True)
    arrived = {name: value for each in json.loads(done.stdout) for name, value in each.items()}

    assert arrived["Operator"] == "The Example Archive"
    assert set(arrived) <= set(template["Parameters"])
    for name, value in arrived.items():
        pattern = template["Parameters"][name].get("AllowedPattern", ".*")
        values = value.split(",") if template["Parameters"][name]["Type"] == "CommaDelimitedList" else [value]
        assert all(re.fullmatch(pattern, each) for each in values) or value.isupper(), name


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
        name: resource["DeletionPolicy"]
        for name, resource in template["Resources"].items()
        if resource.get("UpdateReplacePolicy") == "Retain"
    }

    assert kept == {
        "ArchiveBucket": "RetainExceptOnCreate",
        "ArchiveBucketPolicy": "RetainExceptOnCreate",
        "ArchiveTable": "Retain",
    }
    protected = template["Resources"]["ArchiveTable"]["Properties"]["DeletionProtectionEnabled"]
    assert protected, (
        "which is why a rollback could not delete the table: RetainExceptOnCreate would end in an error"
    )


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


def test_alarms_watch_what_matters(template: dict[str, Any]) -> None:
    assert {
        "ApproximateNumberOfMessagesVisible",
        "ApproximateAgeOfOldestMessage",
        "Errors",
        "Throttles",
    } <= {alarm["MetricName"] for alarm in alarms(template)}


def test_a_scheduled_verification_that_fails_is_not_run_again_at_once(template: dict[str, Any]) -> None:
    function = template["Resources"]["VerifyFunction"]["Properties"]

    assert function["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}


def test_every_alarm_goes_to_the_topic_given_or_to_one_that_mails_or_nowhere(
    aws: Aws, template: dict[str, Any]
) -> None:
    every = {
        str(action): action
        for properties in alarms(template)
        for name in ("AlarmActions", "OKActions")
        for action in properties.get(name, ())
    }
    # Those of the open table are made only where one of the two topics is.
    conditional = {"Fn::If": ["HasTopic", {"Ref": "AlarmTopicArn"}, {"Ref": "AlarmTopic"}]}
    assert every.pop(str(conditional)) == conditional
    (action,) = every.values()
    given = "arn:aws:sns:eu-central-1:123456789012:pager"

    def told(**parameters: str) -> Any:
        return Resolver(template, aws.stack.name, parameters).value(action)

    assert told() is None
    assert told(AlarmTopicArn=given) == told(AlarmTopicArn=given, AlarmEmail="a@example.com") == given
    assert told(AlarmEmail="a@example.com") == "AlarmTopic"


def test_a_dashboard_is_made_only_where_it_is_wanted(template: dict[str, Any]) -> None:
    dashboards = [
        each for each in template["Resources"].values() if each["Type"] == "AWS::CloudWatch::Dashboard"
    ]

    assert [each["Condition"] for each in dashboards] == ["ShowsDashboard"]
    assert template["Parameters"]["DashboardWanted"]["Default"] == "no"


def test_nothing_is_encrypted_with_a_key_that_is_paid_for_unless_it_is_given(
    template: dict[str, Any],
) -> None:
    """AWS's own keys are free; SSESpecification without a key would bill KMS requests (DynamoDB developer guide)."""
    text = json.dumps(resolved_resources(template))

    assert "KMS" not in text.upper().replace("USETHEKEY", "")
    assert "SSESpecification" not in text


def test_with_a_key_everything_that_is_kept_is_encrypted_with_it(template: dict[str, Any]) -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234"
    made = resolved_resources(template, KmsKeyArn=key)

    (rule,) = made["ArchiveBucket"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert rule["BucketKeyEnabled"] is True
    for table in ("ArchiveTable", "StateTable"):
        assert made[table]["SSESpecification"] == {
            "SSEEnabled": True,
            "SSEType": "KMS",
            "KMSMasterKeyId": key,
        }
    for queue in ("CaptureQueue", "DeadLetterQueue"):
        assert made[queue]["KmsMasterKeyId"] == key
        assert "SqsManagedSseEnabled" not in made[queue]
    assert made["CaptureLogGroup"]["KmsKeyId"] == made["VerifyLogGroup"]["KmsKeyId"] == key
    for name in ("CaptureRole", "VerifyRole", "CatalogRole", "WatchRole"):
        (policy,) = made[name]["Policies"]
        assert policy["PolicyDocument"]["Statement"][-1]["Resource"] == key


def test_every_role_has_the_boundary_that_is_asked_for(template: dict[str, Any]) -> None:
    boundary = "arn:aws:iam::123456789012:policy/edge"
    roles = [name for name, each in template["Resources"].items() if each["Type"] == "AWS::IAM::Role"]
    without, within = (
        resolved_resources(template),
        resolved_resources(template, PermissionsBoundaryArn=boundary),
    )

    assert len(roles) == 7
    assert all("PermissionsBoundary" not in without[name] for name in roles)
    assert all(within[name]["PermissionsBoundary"] == boundary for name in roles)


def test_a_bucket_without_a_retention_is_told_so_outright(template: dict[str, Any]) -> None:
    """S3 keeps a default retention until it is given a configuration without one (PutObjectLockConfiguration)."""
    none = resolved_resources(template)["ArchiveBucket"]
    locked = resolved_resources(template, ObjectLock="GOVERNANCE", ObjectLockDays="7")["ArchiveBucket"]

    assert none["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
    assert locked["ObjectLockConfiguration"]["Rule"] == {
        "DefaultRetention": {"Mode": "GOVERNANCE", "Days": "7"}
    }
    assert none["ObjectLockEnabled"] is locked["ObjectLockEnabled"] is True


def test_in_a_network_of_ones_own_the_function_is_there_and_its_code_has_no_hand_in_it(
    template: dict[str, Any],
) -> None:
    made = resolved_resources(template, SubnetIds="subnet-1,subnet-2", SecurityGroupIds="sg-1", Ipv6="true")

    assert "VpcConfig" not in resolved_resources(template)["CaptureFunction"]
    assert made["CaptureFunction"]["VpcConfig"] == {
        "SubnetIds": ["subnet-1", "subnet-2"],
        "SecurityGroupIds": ["sg-1"],
        "Ipv6AllowedForDualStack": "true",
    }
    (denied,) = made["NotByTheFunction"]["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Action"]) == ("Deny", "ec2:*")
    assert set(denied["Condition"]["ArnEquals"]) == {"lambda:SourceFunctionArn"}


def test_the_repository_application_is_this_version_with_its_licence(template: dict[str, Any]) -> None:
    application = template["Metadata"]["AWS::ServerlessRepo::Application"]

    assert application["SemanticVersion"] == pressmark.__version__
    assert "Apache License" in (ROOT / application["LicenseUrl"]).read_text("utf-8")
    assert (ROOT / application["ReadmeUrl"]).is_file()
    assert application["SpdxLicenseId"] == "Apache-2.0"


def test_new_dead_letters_ring_while_old_ones_are_still_there(template: dict[str, Any]) -> None:
    dead = {"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]}}
    first, more = (
        template["Resources"][name]["Properties"] for name in ("DeadLetterAlarm", "NewDeadLettersAlarm")
    )

    assert (first["MetricName"], first["Dimensions"]) == ("ApproximateNumberOfMessagesVisible", [dead])
    assert (more["MetricName"], more["Dimensions"], more["Statistic"]) == (
        "NumberOfMessagesSent",
        [dead],
        "Sum",
    )

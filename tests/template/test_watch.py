"""What template.yaml has for ``pressmark watch``."""

from typing import Any

from tests.template.resolving import resolved_resources


def test_the_outputs_name_the_group_and_role_that_watch_asks_for(template: dict[str, Any]) -> None:
    outputs = template["Outputs"]

    assert outputs["WatchGroupName"]["Value"] == {"Ref": "WatchGroup"}
    assert outputs["WatchRoleArn"]["Value"] == {"Fn::GetAtt": ["WatchRole", "Arn"]}
    assert template["Resources"]["WatchGroup"]["Type"] == "AWS::Scheduler::ScheduleGroup"


def test_only_schedules_of_the_group_take_the_role_and_only_to_send_to_the_queue(
    template: dict[str, Any],
) -> None:
    role = template["Resources"]["WatchRole"]["Properties"]

    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            "aws:SourceArn": {"Fn::GetAtt": ["WatchGroup", "Arn"]},
        }
    }
    (policy,) = resolved_resources(template)["WatchRole"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Resource"].endswith(":CaptureQueue")
    assert "ManagedPolicyArns" not in role

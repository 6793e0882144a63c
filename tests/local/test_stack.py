"""The embedded stack is template.yaml's."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pressmark.local import stack as stacks


def test_queue_and_tables_have_the_templates_properties(aws: Any, template: dict[str, Any]) -> None:
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=["All"])[
        "Attributes"
    ]
    table = aws.client("dynamodb").describe_table(TableName=aws.table)["Table"]
    wanted = template["Resources"]["ArchiveTable"]["Properties"]

    assert attributes["VisibilityTimeout"] == str(template["Mappings"]["VisibilityTimeout"]["120"]["Seconds"])
    assert '"maxReceiveCount": 5' in attributes["RedrivePolicy"]
    assert table["KeySchema"] == wanted["KeySchema"]
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {
        index["IndexName"] for index in wanted["GlobalSecondaryIndexes"]
    }


def test_parameters_reach_the_function(aws: Any, template: dict[str, Any]) -> None:
    stack = stacks.create(aws.server, "with-parameters", {"HostDelay": "2.5", "BatchSize": "3"}, template)

    assert stack.settings().host_delay == 2.5
    assert stack.event_source.batch_size == 3


def test_a_parameter_that_the_template_lacks_is_refused(aws: Any, template: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="HostDelays"):
        stacks.create(aws.server, "mistyped", {"HostDelays": "2"}, template)


@pytest.mark.slow
def test_of_many_conditional_writes_one_wins(aws: Any) -> None:
    dynamodb = aws.client("dynamodb")

    def claim(number: int) -> bool:
        try:
            dynamodb.put_item(
                TableName=aws.state_table,
                Item={"pk": {"S": "claim"}, "who": {"N": str(number)}},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(40))) == 1


def test_the_stack_has_the_outputs_that_the_command_line_asks_for(known_aws: Any) -> None:
    stack = known_aws.stack
    (described,) = known_aws.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    assert outputs["BucketName"] == stack.bucket
    assert outputs["TableName"] == stack.table
    assert outputs["StateTableName"] == stack.state_table
    assert outputs["QueueArn"] == stack.event_source.queue_arn
    assert outputs["QueueUrl"].rsplit("/", 1)[1] == stack.queue_url.rsplit("/", 1)[1]
    assert outputs["IndexTerms"] == ",".join(stack.settings().index_terms)
    assert "FunctionName" not in outputs  # there is none

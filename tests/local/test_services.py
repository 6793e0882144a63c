"""The embedded AWS starts with the services it is asked for, and can be asked for others all the same."""

import subprocess
import sys

import pytest

PROGRAM = """
import gc, sys
gc.disable()  # it never has garbage worth looking for, which would take a fifth of its time
from pressmark.local.server import EmbeddedAws
from pressmark.local.stack import create
with EmbeddedAws() as aws:
    create(aws)
    for_nothing = {"moto.ec2.models", "moto.rds", "moto.sns", "moto.stepfunctions"}
    assert not for_nothing & set(sys.modules)
    assert aws.client("cloudformation").describe_stacks()["Stacks"][0]["StackName"] == "pressmark"
    aws.client("cloudformation").create_stack(
        StackName="in-yaml", TemplateBody="Resources:\\n  Waiting:\\n    Type: AWS::SQS::Queue\\n"
    )
    assert any("in-yaml-Waiting" in url for url in aws.client("sqs").list_queues()["QueueUrls"])
    assert aws.client("sns").create_topic(Name="other")["TopicArn"].endswith(":other")
    from moto import ec2
    assert ec2.models.ec2_backends.service_name == "ec2"
"""


@pytest.mark.slow
def test_services_that_nothing_here_asks_for_are_imported_when_they_are_asked_and_not_before() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr

"""The stack of template.yaml inside the embedded AWS."""

import json
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pressmark.local import template as templates
from pressmark.local.account import ACCOUNT, CREDENTIALS, REGION
from pressmark.local.server import EmbeddedAws
from pressmark.settings import PREFIX, Settings


@dataclass(frozen=True, slots=True)
class EventSource:
    """How the queue feeds the function (AWS::Lambda::EventSourceMapping)."""

    queue_arn: str
    batch_size: int
    window: float
    """Seconds to wait for a batch to fill."""
    maximum_concurrency: int
    reports_failures: bool
    """Whether the function's answer names the messages that failed (ReportBatchItemFailures)."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A created stack: names, and the environment the function gets."""

    name: str
    endpoint: str
    environment: Mapping[str, str] = field(repr=False)
    """Every variable that template.yaml declares for the function, resolved."""
    event_source: EventSource
    handler: str
    """Dotted name of the function's handler."""
    timeout: float
    """Seconds an invocation may take."""

    @property
    def bucket(self) -> str:
        """Name of the bucket of WARC files."""
        return self.environment["PRESSMARK_BUCKET"]

    @property
    def table(self) -> str:
        """Name of the table of captures."""
        return self.environment["PRESSMARK_TABLE"]

    @property
    def state_table(self) -> str:
        """Name of the table of claims and turns."""
        return self.environment["PRESSMARK_STATE_TABLE"]

    @property
    def queue_url(self) -> str:
        """URL of the capture queue."""
        return self.environment["PRESSMARK_QUEUE_URL"]

    @property
    def dead_letter_queue_url(self) -> str:
        """URL of the dead-letter queue."""
        return self.environment["PRESSMARK_DEAD_LETTER_QUEUE_URL"]

    def settings(self) -> Settings:
        """The function's settings."""
        environment = self.process_environment()
        return Settings.from_environment({k: v for k, v in environment.items() if k.startswith(PREFIX)})

    def process_environment(self, loopback: Iterable[str] = ()) -> dict[str, str]:
        """Return the environment variables that Lambda would set for the function's process, but for this AWS.

        loopback: addresses of this machine that a person named (PRESSMARK_ALLOW_LOOPBACK). Only local runs set that
        variable: no deployment may fetch from itself (template.yaml has no such parameter).
        """
        return {
            **self.environment,
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_LAMBDA_FUNCTION_NAME": f"{self.name}-{templates.FUNCTION}",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "PRESSMARK_ALLOW_LOOPBACK": ",".join(loopback),
        }


def create(
    aws: EmbeddedAws,
    name: str = "pressmark",
    parameters: Mapping[str, str] | None = None,
    template: Mapping[str, Any] | None = None,
) -> Stack:
    """Create the data resources of template.yaml, and resolve the function's environment and event source.

    parameters: overrides of the template's parameters. Raises ValueError for one that the template does not have.
    The embedded CloudFormation resolves every value, so this needs no second way to do it.
    """
    template = templates.load() if template is None else template
    if unknown := set(parameters or ()) - set(template["Parameters"]):
        raise ValueError(f"template.yaml has no parameter {', '.join(sorted(unknown))}")
    function = template["Resources"][templates.FUNCTION]["Properties"]
    variables = templates.function_environment(template)
    source = templates.event_source(template)
    wanted: dict[str, Any] = {
        "QueueArn": source["Queue"],
        "BatchSize": source["BatchSize"],
        "Window": source["MaximumBatchingWindowInSeconds"],
        "MaximumConcurrency": source["ScalingConfig"]["MaximumConcurrency"],
        "Timeout": function["Timeout"],
        # Output keys must be alphanumeric, so variables are numbered.
        **{f"Variable{number}": value for number, value in enumerate(variables.values())},
    }
    cloudformation = aws.client("cloudformation")
    with warnings.catch_warnings():
        # The emulator warns of what it leaves out (lifecycle rules, TTL); nothing local depends on those.
        warnings.simplefilter("ignore")
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=json.dumps(templates.data_stack(template, name, wanted)),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()
            ],
        )
    (described,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    return Stack(
        name=name,
        endpoint=aws.endpoint,
        environment={
            variable: outputs[f"Variable{number}"].replace(
                f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}", f"{aws.endpoint}/{ACCOUNT}"
            )
            for number, variable in enumerate(variables)
        },
        event_source=EventSource(
            queue_arn=outputs["QueueArn"],
            batch_size=int(outputs["BatchSize"]),
            window=float(outputs["Window"]),
            maximum_concurrency=int(outputs["MaximumConcurrency"]),
            reports_failures="ReportBatchItemFailures" in source.get("FunctionResponseTypes", ()),
        ),
        handler=function["Handler"],
        timeout=float(outputs["Timeout"]),
    )

"""What IAM calls the requests that botocore makes, and what a policy of template.yaml says to them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pytest
from botocore.client import BaseClient
from tests.template.resolving import ACCOUNT, REGION

ACTIONS = {
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
}
"""Operations of S3 whose permission has another name (Amazon S3 user guide, "Required permissions")."""

TOLD = {"s3:GetObjectRetention", "s3:GetObjectLegalHold"}
"""Permissions that no request asks for: with them S3 adds to its answers whether an object is locked (API reference,
GetObject)."""


@dataclass(frozen=True)
class Use:
    """One permission that a request needs. resource: its ARN, with the logical ids of template.yaml as names.

    facts: the condition keys that policies here ask about.
    """

    action: str
    resource: str
    facts: tuple[tuple[str, str], ...] = ()


@contextmanager
def noted(monkeypatch: pytest.MonkeyPatch, names: Mapping[str, str]) -> Iterator[set[Use]]:
    """Note what every request of this process needs. names: logical ids of buckets, tables and queues by name."""
    found: set[Use] = set()
    call = BaseClient._make_api_call

    def make(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        found.update(uses(self.meta.service_model.service_name, operation, parameters, names))
        return call(self, operation, parameters)

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", make)
        yield found


def uses(service: str, operation: str, parameters: dict[str, Any], names: Mapping[str, str]) -> Iterator[Use]:
    """The permissions of one request."""

    def arn(place: str) -> str:
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{place}"

    def logical(name: str) -> str:
        return names.get(name, f"unknown {name}")

    match service:
        case "s3":
            bucket = f"arn:aws:s3:::{logical(parameters['Bucket'])}"
            facts = (
                [("s3:if-none-match", "*")]
                if "IfNoneMatch" in parameters and operation == "PutObject"
                else []
            )
            if "Prefix" in parameters:
                facts.append(("s3:prefix", parameters["Prefix"]))
            resource = f"{bucket}/{parameters['Key']}" if "Key" in parameters else bucket
            yield Use(f"s3:{ACTIONS.get(operation, operation)}", resource, tuple(facts))
        case "sqs":
            queue = logical(parameters["QueueUrl"].rpartition("/")[2])
            yield Use(f"sqs:{operation.removesuffix('Batch')}", arn(queue))
        case "dynamodb":
            for name in parameters.get("RequestItems") or [parameters["TableName"]]:
                index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
                yield Use(f"dynamodb:{operation}", arn(f"table/{logical(name)}{index}"))
        case "scheduler":
            group, name = parameters.get("GroupName"), parameters.get("Name")
            yield Use(f"scheduler:{operation}", arn(f"schedule/{group}/{name}") if name else "*")
            if "Target" in parameters:
                passed = ("iam:PassedToService", "scheduler.amazonaws.com")
                yield Use("iam:PassRole", parameters["Target"]["RoleArn"], (passed,))
        case "cloudformation":
            yield Use(f"cloudformation:{operation}", arn(f"stack/{parameters['StackName']}/1"))
        case _:
            raise AssertionError(f"no permission is known for {service} {operation}")


def allowed(use: Use, statements: list[dict[str, Any]]) -> bool:
    """Whether one of the statements allows it; nothing denies here."""
    return any(_says(use, statement) for statement in statements)


def _says(use: Use, statement: dict[str, Any]) -> bool:
    assert statement["Effect"] == "Allow"
    facts = dict(use.facts)
    for kind, keys in statement.get("Condition", {}).items():
        for key, wanted in keys.items():
            patterns = wanted if isinstance(wanted, list) else [wanted]
            if kind == "Null":
                if (key not in facts) != (wanted == "true"):
                    return False
            elif not any(fnmatchcase(facts.get(key, ""), pattern) for pattern in patterns):
                return False
    return use.action in as_list(statement["Action"]) and any(
        fnmatchcase(use.resource, pattern) for pattern in as_list(statement["Resource"])
    )


def permissions(statements: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Each action with each resource that is permitted."""
    return {
        (action, resource)
        for statement in statements
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def as_list(value: Any) -> list[Any]:
    """IAM writes a list of one as its element."""
    return value if isinstance(value, list) else [value]

"""Finds a stack in AWS by samconfig.toml, variables and CloudFormation, and makes clients of AWS's services."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from pressmark.cli.exits import NO_ACCESS, Failure


def samconfig() -> dict[str, str]:
    """Read what sam would use from ./samconfig.toml: stack_name, region, profile."""
    import tomllib

    found: dict[str, str] = {}
    with suppress(OSError, tomllib.TOMLDecodeError):
        with Path("samconfig.toml").open("rb") as file:
            environment = tomllib.load(file).get("default", {})
        for section in ("global", "deploy"):
            parameters = environment.get(section, {}).get("parameters", {})
            found |= {
                name: parameters[name]
                for name in ("stack_name", "region", "profile")
                if isinstance(parameters.get(name), str)
            }
    return found


def session_of(profile: str | None, region: str | None, sam: dict[str, str]) -> Any:
    """Return the boto3 session of the profile and region that were given, else of the environment, else of sam."""
    import boto3

    profile = profile or (None if "AWS_PROFILE" in os.environ else sam.get("profile"))
    region = region or os.environ.get("AWS_REGION")  # the aws command obeys it, boto3 does not
    session = boto3.Session(profile_name=profile, region_name=region)
    if session.region_name is None and sam.get("region"):
        session = boto3.Session(profile_name=profile, region_name=sam["region"])
    return session


def from_variables() -> dict[str, str] | None:
    """Return the stack's outputs from the function's own variables; None if they do not name table and bucket."""
    variables = {
        "TableName": "PRESSMARK_TABLE",
        "BucketName": "PRESSMARK_BUCKET",
        "QueueUrl": "PRESSMARK_QUEUE_URL",
        "DeadLetterQueueUrl": "PRESSMARK_DEAD_LETTER_QUEUE_URL",
        "StateTableName": "PRESSMARK_STATE_TABLE",
        "QueueArn": "PRESSMARK_QUEUE_ARN",
        "WatchGroupName": "PRESSMARK_WATCH_GROUP",
        "WatchRoleArn": "PRESSMARK_WATCH_ROLE_ARN",
    }
    found = {output: os.environ[name] for output, name in variables.items() if os.environ.get(name)}
    return found if "TableName" in found and "BucketName" in found else None


def terms_of_variables() -> tuple[str, ...]:
    """Return the kinds of look-up items to be found by key: those of the variable, or of the default if it is unset."""
    from pressmark.archive.ranges import kept_terms
    from pressmark.forms import DEFAULT_INDEX_TERMS

    return kept_terms(os.environ.get("PRESSMARK_INDEX_TERMS") or ",".join(DEFAULT_INDEX_TERMS))


def outputs_of(session: Any, stack: str) -> dict[str, str]:
    """Return the outputs of a stack by name. Raises Failure if it does not exist."""
    from botocore.exceptions import ClientError

    try:
        (described,) = client_of(session, "cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            raise Failure(
                f"no stack {stack!r} in {session.region_name}",
                NO_ACCESS,
                "deploy it with 'sam deploy', use --stack or --region, or --archive DIR",
            ) from error
        raise
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())}


def client_of(session: Any, service: str) -> Any:
    """Return a client, which is closed at the end of the command. Raises Failure if its endpoint is not a URL."""
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    config = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 5},
        max_pool_connections=32,
    )
    try:
        client = session.client(service, config=config)
    except ValueError as error:
        if isinstance(error, BotoCoreError) or "endpoint" not in str(error).lower():
            raise
        variables = (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL")
        profile = f"endpoint_url of the AWS profile {session.profile_name!r}"
        said = next((name for name in variables if os.environ.get(name)), profile)
        raise Failure(
            f"{said} is not an address such as http://localhost:5000: {error}", NO_ACCESS
        ) from error
    when_done(client.close)
    return client


def when_done(close: Callable[[], None]) -> None:
    """Call ``close`` at the end of the command."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(close)

"""The roles against what the functions really ask of AWS: nothing missing, nothing more."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from tests.conftest import Aws
from tests.factories import fill, make_capture
from tests.site import RawSite
from tests.sources import nodes
from tests.template.iam import TOLD, Use, allowed, as_list, noted, permissions
from tests.template.resolving import ACCOUNT, REGION, resolved_resources
from tests.upkeep.small_files import LATER, small_files
from tests.world import PAGE, World

import pressmark
from pressmark.local.context import Context

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:CaptureQueue"

BY_LAMBDA = {
    # Event source mapping and logs (AWS Lambda developer guide, "Execution role permissions").
    ("sqs:ReceiveMessage", QUEUE),
    ("sqs:DeleteMessage", QUEUE),
    ("sqs:GetQueueAttributes", QUEUE),
}


def role(template: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """What a role permits, without its logs."""
    (policy,) = resolved_resources(template)[name]["Policies"]
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return [each for each in statements if each["Sid"] != "WriteLogs"]


def names(aws: Aws) -> dict[str, str]:
    """Logical ids of template.yaml by the names of a test's stack."""
    return {
        aws.bucket: "ArchiveBucket",
        aws.table: "ArchiveTable",
        aws.state_table: "StateTable",
        aws.queue_url.rpartition("/")[2]: "CaptureQueue",
        aws.dead_letter_queue_url.rpartition("/")[2]: "DeadLetterQueue",
    }


def unused(statements: list[dict[str, Any]], used: set[Use]) -> set[tuple[str, str]]:
    """Permissions that no request needed."""
    return {
        (action, resource)
        for action, resource in permissions(statements)
        if not any(
            allowed(use, [{"Effect": "Allow", "Action": action, "Resource": resource}]) for use in used
        )
    }


@pytest.fixture
def captured(aws: Aws, site: RawSite, monkeypatch: pytest.MonkeyPatch) -> set[Use]:
    """Everything that capturing asks of AWS, in every way it can end."""
    world = World(aws, site)
    aws.client("s3").put_object(Bucket=aws.bucket, Key="config/deny.txt", Body=b"denied.example")
    options = {"robots": "obey", "host_delay": 0.01, "deny_hosts": ("@config/deny.txt",), "max_receives": 2}
    service = world.another(**options)
    site.serve("/robots.txt", b"HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n")
    good, moved = (
        site.page("/good", PAGE.format(title="Good")),
        site.page("/moved", PAGE.format(title="Moved")),
    )
    whole = site.page("/whole", PAGE.format(title="Whole") + '<img src="/moved">', headers=[("ETag", '"1"')])
    busy = site.page("/busy", "busy", status="503 Busy")

    def put_twice(**parameters: Any) -> Any:
        """As if the first answer were lost: the repeat finds the file there."""
        aws.client("s3").put_object(**parameters)
        parameters["Body"].seek(0)
        return aws.client("s3").put_object(**parameters)

    rounds = [
        *[[world.delivery({"url": whole, "requisites": "page"})] for _ in range(2)],
        [world.delivery(good), world.delivery(good), world.delivery("no URL")],
        [world.delivery({"url": good, "if_not_archived_within": "1d"})],
        [world.delivery(busy), world.delivery("http://denied.example/")],
        [world.delivery(busy, earlier_tries=1)],
        [world.delivery("no URL"), world.delivery(moved, receive_count=2)],
        [world.delivery(moved, unended_alone=2)],
    ]

    def compacted(**parameters: Any) -> Any:
        """As if the small file were a part of a compacted one."""
        if parameters["Key"].startswith("warcs/"):
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "invented"}}, "GetObject")
        return aws.client("s3").get_object(**parameters)

    last = world.delivery({"url": whole, "requisites": "page"})
    world.s3.instead["put_object"] = put_twice
    with noted(monkeypatch, names(aws)) as used:
        service.prepare()
        for deliveries in rounds:
            world.run(*deliveries, on=service)
        world.s3.instead["get_object"] = compacted
        world.run(last, on=world.another(**{**options, "host_delay": 0.0}))
    return used


@pytest.mark.slow
def test_the_function_may_do_what_it_does(captured: set[Use], template: dict[str, Any]) -> None:
    statements = role(template, "CaptureRole")

    assert {use for use in captured if not allowed(use, statements)} == set()


@pytest.mark.slow
def test_the_function_may_do_nothing_more(captured: set[Use], template: dict[str, Any]) -> None:
    assert unused(role(template, "CaptureRole"), captured) - BY_LAMBDA == set()


@pytest.mark.slow
def test_no_call_in_the_functions_code_is_left_out_of_this(captured: set[Use]) -> None:
    """Every call of an AWS client in a module that the function loads was made above, or is another's."""
    script = (
        "import sys, pressmark.crawl.service; print(*[n for n in sys.modules if n.startswith('pressmark')])"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    written = set()
    for name in loaded.stdout.split():
        path = Path(pressmark.__file__).parent.parent / Path(*name.split("."))
        source = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
        written |= {(name, operation) for operation in operations(source)}
    by_others = {  # commands, and the archive over HTTP
        ("pressmark.archive.table", "put_item"),
        ("pressmark.queues.jobs", "batch_get_item"),
    }

    made = {xform_name(use.action.partition(":")[2]) for use in captured}
    made |= {"head_object", "delete_message_batch", "list_objects_v2"}  # which IAM knows by other names
    assert {operation for _, operation in written - by_others} <= made
    assert by_others <= written


def operations(source: Path) -> set[str]:
    session = botocore.session.get_session()
    known = {
        xform_name(each)
        for service in ("s3", "sqs", "dynamodb")
        for each in session.get_service_model(service).operation_names
    }
    return {
        node.func.attr
        for node in nodes(source)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in known
        and ast.unparse(node.func.value).endswith("client")
    }


def s3(action: str, key: str, **facts: str) -> Use:
    said = tuple((f"s3:{name.replace('_', '-')}", value) for name, value in facts.items())
    return Use(f"s3:{action}", f"arn:aws:s3:::ArchiveBucket/{key}", said)


@pytest.mark.parametrize(
    "use",
    [
        s3("PutObject", "warcs/2026/11/23/a.warc.gz"),  # without If-None-Match it would replace a file
        s3("PutObject", "tombstones/2026/11/23/a.warc.gz@0.json", if_none_match="*"),
        s3("PutObject", "config/allow-hosts.txt", if_none_match="*"),
        s3("DeleteObject", "warcs/2026/11/23/a.warc.gz"),
        s3("DeleteObjectVersion", "warcs/2026/11/23/a.warc.gz"),
        s3("PutObjectRetention", "warcs/2026/11/23/a.warc.gz"),
        s3("GetObject", "tombstones/2026/11/23/a.warc.gz@0.json"),
        Use("s3:ListBucket", "arn:aws:s3:::ArchiveBucket", (("s3:prefix", "warcs/2026/11/23/"),)),
        Use("s3:ListBucket", "arn:aws:s3:::ArchiveBucket", (("s3:prefix", "tombstones/"),)),
        Use("dynamodb:DeleteItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ArchiveTable"),
        Use("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ArchiveTable"),
        Use("dynamodb:UpdateItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ArchiveTable"),
        Use("dynamodb:Query", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ArchiveTable/index/by_day"),
        Use("dynamodb:Scan", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ArchiveTable"),
        Use("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:DeadLetterQueue"),
        Use("sqs:PurgeQueue", QUEUE),
    ],
    ids=lambda use: f"{use.action} {use.resource.rpartition(':')[2]}",
)
def test_what_a_page_that_takes_the_function_over_cannot_do(use: Use, template: dict[str, Any]) -> None:
    assert not allowed(use, role(template, "CaptureRole"))


@pytest.fixture
def verified(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[Use]]:
    """Everything that the scheduled verification asks of AWS."""
    fill(aws, [make_capture("https://example.com/news/1"), make_capture("https://example.com/news/2")])
    stone = (
        b'{"warc": "warcs/x", "offset": 0, "length": 1, "deleted": "2026-01-01", "reason": "", "hops": []}'
    )
    aws.client("s3").put_object(Bucket=aws.bucket, Key="tombstones/x@0.json", Body=stone)
    for name, value in (aws.stack.process_environment() | {"VERIFY_SAMPLE": "9"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "handler.verify", raising=False)
    module = importlib.import_module("handler.verify")
    with noted(monkeypatch, names(aws)) as used:
        module.lambda_handler({}, Context("verify", 900.0))
    yield used
    for client in (module.clients.s3, module.clients.dynamodb, module.clients.sqs):
        client.close()
    sys.modules.pop("handler.verify", None)


def test_verification_may_do_what_it_does_and_nothing_more(
    verified: set[Use], template: dict[str, Any]
) -> None:
    statements = role(template, "VerifyRole")

    assert {use for use in verified if not allowed(use, statements)} == set()
    assert unused(statements, verified) == set()


WITHOUT_RESOURCE = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcs",
    "scheduler:ListSchedules",
}
"""Actions that know no resource, or none before it is made (AWS service authorization reference)."""


def test_no_policy_names_everything_where_aws_knows_a_resource(template: dict[str, Any]) -> None:
    kinds = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    resolved = resolved_resources(template)
    checked = 0
    for name, resource in template["Resources"].items():
        if resource["Type"] not in kinds:
            continue
        properties = resolved[name]
        assert "ManagedPolicyArns" not in properties
        for policy in properties.get("Policies", [properties]):
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Deny":
                    continue
                checked += 1
                for action in as_list(statement["Action"]):
                    assert "*" not in action
                    assert "*" not in as_list(statement["Resource"]) or action in WITHOUT_RESOURCE
    assert checked > 20
    assert "Policies" not in template["Resources"]["CaptureFunction"]["Properties"]


@pytest.fixture
def catalogued(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[Use]]:
    """Everything that keeping the open table asks of AWS: files written, looked at, and deleted."""
    fill(aws, [make_capture("https://example.com/news/1")])
    s3 = aws.client("s3")
    stone = (
        b'{"warc": "warcs/x", "offset": 0, "length": 1, "deleted": "2026-01-01", "reason": "", "hops": []}'
    )
    s3.put_object(Bucket=aws.bucket, Key="tombstones/x@0.json", Body=stone)
    gone = "catalog/captures/day=2026-11-23/2026-11-23-0007.parquet"
    s3.put_object(Bucket=aws.bucket, Key=gone, Body=b"damaged")
    for name, value in aws.stack.process_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "handler.catalog", raising=False)
    module = importlib.import_module("handler.catalog")
    with noted(monkeypatch, names(aws)) as used:
        for _ in range(2):
            module.lambda_handler({}, Context("catalog", 900.0))
    yield used
    for client in (module.clients.s3, module.clients.dynamodb, module.clients.sqs):
        client.close()
    sys.modules.pop("handler.catalog", None)


def test_keeping_the_open_table_may_do_what_it_does_and_nothing_more(
    catalogued: set[Use], template: dict[str, Any]
) -> None:
    statements = role(template, "CatalogRole")

    assert {use for use in catalogued if not allowed(use, statements)} == set()
    assert unused(statements, catalogued) == set()


@pytest.fixture
def compacted(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[Use]]:
    """Everything that the scheduled compaction asks of AWS."""
    small_files(aws)
    for name, value in aws.stack.process_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "handler.compact", raising=False)
    module = importlib.import_module("handler.compact")
    monkeypatch.setattr(module, "now", lambda: LATER)
    with noted(monkeypatch, names(aws)) as used:
        assert module.lambda_handler({}, Context("compact", 900.0))["into"] == 1
    yield used
    for client in (module.clients.s3, module.clients.dynamodb, module.clients.sqs):
        client.close()
    sys.modules.pop("handler.compact", None)


def test_compaction_may_do_what_it_does_and_nothing_more(
    compacted: set[Use], template: dict[str, Any]
) -> None:
    statements = role(template, "CompactRole")

    assert {use for use in compacted if not allowed(use, statements)} == set()
    assert {each for each in unused(statements, compacted) if each[0] not in TOLD} == set()
    permitted = {action for action, _ in permissions(statements)}
    assert permitted > TOLD
    assert not any("Version" in action or "Bypass" in action for action in permitted)

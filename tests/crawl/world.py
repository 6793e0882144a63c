"""A batch's whole way: loopback site, the template's stack, nothing in between replaced."""

import io
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError
from tests.conftest import Aws
from tests.readers import shared
from tests.reliability.world import World as Queues
from tests.site import RawSite
from tests.warc.validator import members, validate

from pressmark.archive import rows
from pressmark.archive.table import from_item
from pressmark.clock import REAL
from pressmark.crawl.reports import Report
from pressmark.crawl.service import Clients, Service
from pressmark.queues.message import Delivery
from pressmark.reading.process import Reads
from pressmark.warc.reader import read_captures

PAGE = """<!doctype html><html lang="en"><head><title>{title}</title>
<meta property="og:title" content="{title}"><meta name="author" content="Ada Writer">
<meta property="article:published_time" content="2026-11-20T10:00:00+01:00">
<meta property="article:section" content="Harbour"><meta property="article:tag" content="Boats"></head>
<body><article><h1>{title}</h1><p>The harbour master opened the old lock on Friday, and forty boats went out.</p>
<p>Nobody had expected the second gate to hold, said the people who had come to watch it from the bridge.</p>
</article></body></html>"""

_ids = itertools.count(1)


class Client:
    """A boto3 client some of whose operations do something else first."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.instead: dict[str, Callable[..., Any]] = {}

    def __getattr__(self, name: str) -> Any:
        if name in self.instead:
            return self.instead[name]
        return getattr(self._real, name)


def error(code: str) -> Callable[..., Any]:
    """An operation that always fails."""

    def fail(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "made up"}}, "Operation")

    return fail


class World:
    """A stack, a site, and functions that share the stack."""

    def __init__(self, aws: Aws, site: RawSite) -> None:
        self.aws = aws
        self.site = site
        self.s3, self.dynamodb, self.sqs = (Client(aws.client(name)) for name in ("s3", "dynamodb", "sqs"))
        self.slept: list[float] = []
        self.service = self.another()

    def another(self, reader: Reads | None = None, **settings: Any) -> Service:
        """Another process of the same deployment. reader: in place of the one that all tests share."""
        changed = {"allowed_ports": (self.site.port,), "robots": "ignore", **settings}
        clients = Clients(self.s3, self.dynamodb, self.sqs)  # type: ignore[arg-type]
        return Service(
            self.aws.settings_with(**changed),
            clients,
            outside=replace(REAL, sleep=self.slept.append),
            reader=reader or shared(),
        )

    def delivery(self, body: str | dict[str, Any], **said: Any) -> Delivery:
        text = body if isinstance(body, str) else json.dumps(body)
        number = next(_ids)
        self.sqs.send_message(QueueUrl=self.aws.queue_url, MessageBody=text or " ")
        received = self.aws.messages()[0]
        return Delivery(**{
            "id": f"message-{number}", "body": text, "message_id": f"sqs-{number}",
            "receipt_handle": received["ReceiptHandle"], **said,
        })  # fmt: skip

    def run(
        self, *deliveries: Delivery | str | dict[str, Any], remaining: float = 600, on: Service | None = None
    ) -> list[Report]:
        made = [each if isinstance(each, Delivery) else self.delivery(each) for each in deliveries]
        return (on or self.service).pipeline.run(made, remaining=remaining, invocation="invocation-1")

    def one(self, body: Delivery | str | dict[str, Any], **options: Any) -> Report:
        (report,) = self.run(body, **options)
        return report

    def table(self) -> list[dict[str, Any]]:
        found = self.aws.client("dynamodb").scan(TableName=self.aws.table)["Items"]
        return sorted(map(from_item, found), key=lambda item: (item["site"], item["capture"]))

    def rows(self) -> list[dict[str, Any]]:
        """Capture rows, oldest first."""
        return sorted((row for row in self.table() if "warc" in row), key=lambda row: row["captured"])

    def dead(self) -> list[dict[str, Any]]:
        return self.aws.messages(self.aws.dead_letter_queue_url)

    def copies(self) -> list[dict[str, str]]:
        """Bodies and attributes of copies that can be received now."""
        return [
            {
                "body": each["Body"],
                **{k: v["StringValue"] for k, v in each.get("MessageAttributes", {}).items()},
            }
            for each in self.aws.messages()
            if "PressmarkId" in each.get("MessageAttributes", {})
        ]


def copies(world: World) -> list[tuple[str, dict[str, str]]]:
    """What is on the queue, whether it can be received by now or not."""
    queues = Queues(world.aws)
    queues.jump()
    return [
        (
            message["Body"].removeprefix(world.site.base),
            {name: value["StringValue"] for name, value in message["MessageAttributes"].items()},
        )
        for message in queues.receive()
        if message.get("MessageAttributes")
    ]


def check(world: World) -> None:
    """After each test: every WARC keeps every rule, and the table is what a rebuild of them would make."""
    objects = world.aws.objects()
    wanted = {}
    for key, data in objects.items():
        validate(data, filename=key.rsplit("/", 1)[-1])
        for stored in read_captures(io.BytesIO(data), file=key):
            for item in rows.items(
                stored, bucket=world.aws.bucket, index_terms=world.service.settings.index_terms
            ):
                wanted[item["site"], item["capture"]] = item
    for item in world.table():
        assert item == wanted[item["site"], item["capture"]]
    if not {"batch_write_item", "put_object"} & world.dynamodb.instead.keys():
        assert len(wanted) == len(world.table())
    for row in world.rows():
        at = next(r for r in members(objects[row["warc"]]) if r.offset == row["offset"])
        assert at.length == row["length"]
        assert at.get("WARC-Payload-Digest") == row.get("digest")

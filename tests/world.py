"""A deployment and what is around it: the template's stack, a site, and processes of the function.

No part between site and archive is replaced. Three small parts can be used without the rest: the clock that tests move
(tests/clock.py), the queues seen from within (tests/queued.py), and processes of the function whose requests to AWS can
fail (tests/reliability/inside.py).
"""

import functools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError
from moto.dynamodb.models import dynamodb_backends
from tests.conftest import Aws
from tests.queued import Queues, attributes_of
from tests.readers import shared
from tests.reliability.invariant import Archive, lost
from tests.site import RawSite

from pressmark.archive.table import from_item
from pressmark.clock import REAL, Outside
from pressmark.crawl.reports import Report
from pressmark.crawl.service import Clients, Service
from pressmark.http.fetcher import Fetcher
from pressmark.local.server import ACCOUNT, REGION
from pressmark.queues import runs
from pressmark.queues.message import ATTRIBUTE_ID, ATTRIBUTE_TRIES, Delivery
from pressmark.reading.process import Reads

PAGE = """<!doctype html><html lang="en"><head><title>{title}</title>
<meta property="og:title" content="{title}"><meta name="author" content="Ada Writer">
<meta property="article:published_time" content="2026-11-20T10:00:00+01:00">
<meta property="article:section" content="Harbour"><meta property="article:tag" content="Boats"></head>
<body><article><h1>{title}</h1><p>The harbour master opened the old lock on Friday, and forty boats went out.</p>
<p>Nobody had expected the second gate to hold, said the people who had come to watch it from the bridge.</p>
</article></body></html>"""

ARTICLE = """<!doctype html><html lang="en"><head><title>Bridge over the Lune reopens</title>
<meta name="author" content="Ines Ferro"><meta property="article:section" content="Region">
<meta property="article:tag" content="bridges"><meta property="og:type" content="article"></head>
<body><article><h1>Bridge over the Lune reopens</h1><p>{}</p></article></body></html>"""


class Client:
    """A boto3 client. instead: functions that replace operations, by name."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.instead: dict[str, Callable[..., Any]] = {}

    def __getattr__(self, name: str) -> Any:
        if name in self.instead:
            return self.instead[name]
        return getattr(self._real, name)


def error(code: str) -> Callable[..., Any]:
    """Return an operation that always fails with a code."""

    def fail(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "made up"}}, "Operation")

    return fail


class World(Queues):
    """A stack, a site, and processes that share both. outside: by default the real clock, but sleeps take no time."""

    def __init__(self, aws: Aws, site: RawSite | None = None, *, outside: Outside | None = None) -> None:
        super().__init__(aws)
        self._site = site
        self._outside = outside or replace(REAL, sleep=lambda _seconds: None)
        self.s3, self.dynamodb, self.sqs = (Client(aws.client(name)) for name in ("s3", "dynamodb", "sqs"))

    @functools.cached_property
    def service(self) -> Service:
        return self.another()

    @property
    def site(self) -> RawSite:
        assert self._site, "this world was made without a site"
        return self._site

    def another(
        self,
        reader: Reads | None = None,
        clients: Clients | None = None,
        fetcher: Fetcher | None = None,
        **settings: Any,
    ) -> Service:
        """Return another process of the same deployment. reader: instead of the one that all tests share."""
        ports = {"allowed_ports": (self._site.port,)} if self._site else {}
        changed = {"robots": "ignore", **ports, **settings}
        return Service(
            self.aws.settings_with(**changed),
            clients or Clients(self.s3, self.dynamodb, self.sqs),  # type: ignore[arg-type]
            outside=self._outside,
            reader=reader or shared(),
            fetcher=fetcher,
        )

    def delivery(self, body: str | dict[str, Any], **said: Any) -> Delivery:
        """Send a message and receive it. said: attributes to change in its delivery."""
        text = body if isinstance(body, str) else json.dumps(body)
        pushed = self.push(text or " ")
        (message,) = (each for each in self.aws.messages() if each["MessageId"] == pushed.id)
        return replace(self.deliveries([message])[0], body=text, **said)

    def run(
        self, *deliveries: Delivery | str | dict[str, Any], remaining: float = 600, on: Service | None = None
    ) -> list[Report]:
        made = [each if isinstance(each, Delivery) else self.delivery(each) for each in deliveries]
        return (on or self.service).pipeline.run(made, remaining=remaining, invocation="invocation-1")

    def one(self, body: Delivery | str | dict[str, Any], **options: Any) -> Report:
        (report,) = self.run(body, **options)
        return report

    def copies(self) -> list[tuple[str, dict[str, str]]]:
        """Return paths and attributes of all copies on the queue, whether they can be received yet or not.

        For a page of a run: those that its copy would have.
        """
        self.jump()
        found: list[tuple[str, dict[str, str]]] = []
        for message in self.receive():
            said = attributes_of(message)
            if "PressmarkRun" in said:
                for page in runs.read(message["Body"]):
                    of_page = {ATTRIBUTE_ID: page.id, ATTRIBUTE_TRIES: str(page.tries)}
                    found.append((page.body, of_page))
            elif ATTRIBUTE_ID in said:
                found.append((message["Body"], said))
        return [(body.removeprefix(self.site.base), said) for body, said in found]

    def table(self) -> list[dict[str, Any]]:
        found = self.aws.client("dynamodb").scan(TableName=self.aws.table)["Items"]
        return sorted(map(from_item, found), key=lambda item: (item["site"], item["capture"]))

    def rows(self, url: str | None = None) -> list[dict[str, Any]]:
        """Capture rows, or those of one URL, oldest first."""
        rows = (row for row in self.table() if "warc" in row and url in (None, row["url"]))
        return sorted(rows, key=lambda row: row["captured"])

    def archive(self) -> Archive:
        """Return the whole archive."""
        return Archive.read(self.aws.client("dynamodb"), self.aws.table, self.aws.objects())

    def lost(self) -> list[str]:
        """Return the messages that are neither on a queue nor have a row, by what the emulator has in memory."""
        partitions = dynamodb_backends[ACCOUNT][REGION].tables[self.aws.table].items.values()
        rows = [
            {
                name: value.value
                for name, value in item.attrs.items()
                if name in ("message_id", "url", "error")
            }
            for partition in partitions
            for item in partition.values()
            if "message_id" in item.attrs
        ]
        return lost(Archive(rows), self.pushed, self.waiting())

    def end_leases(self) -> None:
        """End the claims of killed processes: they have run out when a message comes back by itself."""
        self.aws.forget_state("claim#")

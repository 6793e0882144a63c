"""An archive with captures of every kind, made by the function itself."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from tests.clock import ticking
from tests.reliability.inside import Process
from tests.site import RawSite, response
from tests.world import ARTICLE, World

from pressmark.archive import tombstones
from pressmark.archive.days import first_day
from pressmark.archive.items import Indexing
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.archive.table import Table
from pressmark.archive.tombstones import Tombstones
from pressmark.settings import INDEX_TERMS
from pressmark.upkeep import sweep, takedown
from pressmark.upkeep.problems import Problem
from pressmark.upkeep.rebuild import FileRebuilder
from pressmark.upkeep.verify import Verifier

NOW = datetime(2026, 12, 24, 10, 0, tzinfo=UTC)


def reader_of(aws: Any) -> TableReader:
    """The table, asked from the archive's first day on, as the commands ask it."""
    day = partial(first_day, aws.client("s3"), aws.bucket, today=NOW.date())
    return TableReader(aws.client("dynamodb"), aws.table, first_day=day)


class Filled:
    """A stack with captures of every kind, made by the function itself."""

    def __init__(self, aws: Any, site: RawSite) -> None:
        self.aws, self.site, self.clock = aws, site, ticking()
        self.world = World(aws, site, outside=self.clock.outside)
        self.s3, self.dynamodb = aws.client("s3"), aws.client("dynamodb")
        self.objects = Objects(self.s3, aws.bucket)
        self.table = Table(self.dynamodb, aws.table)
        self.reader = reader_of(aws)
        site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
        site.page("/page", ARTICLE.format("The river was high. " * 40), headers=[("ETag", '"1"')])
        site.serve("/moved", response(status="301 Moved", headers=[("Location", "/page")]))
        site.page("/gone", "gone", status="404 Not Found")
        with Process(self.world) as running:
            for paths in (("/page", "/moved", "/gone"), ("/page",), ("/page", "/moved")):
                for path in paths:
                    self.world.push(site.url(path))
                assert all(report.acknowledge for report in running.deliver())
                self.clock.go(86400.0)

    def items(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(item["site"], item["capture"]): _plain(item) for item in self.aws.rows()}

    def rows(self, path: str) -> list[dict[str, Any]]:
        """The rows of a page, oldest first."""
        wanted = self.site.url(path)
        found = [row for row in self.items().values() if row["url"] == wanted and "=" not in row["site"]]
        return sorted(found, key=lambda row: row["captured"])

    def empty(self) -> None:
        self.table.delete(self.items().values())
        assert self.items() == {}

    def indexing(self) -> Indexing:
        stones = Tombstones(tombstones.load(self.s3, self.aws.bucket))
        return Indexing(bucket=self.aws.bucket, terms=INDEX_TERMS, tombstones=stones)

    def whole(self, row: dict[str, Any]) -> dict[str, Any]:
        return self.reader.rows([row])[0]

    def verify(self, **options: Any) -> list[Problem]:
        """Everything that is not as it should be."""
        found: list[Problem] = []
        self.verifier = Verifier(
            self.objects,
            self.reader,
            self.indexing(),
            on_problem=found.append,
        )
        sweep.everything(self.verifier, today=date(2026, 11, 26), **options)
        return found

    def take_down(self, row: dict[str, Any]) -> takedown.Takedown:
        planned = takedown.plan(self.reader, self.objects, self.whole(row), reason="court order", now=NOW)
        takedown.carry_out(planned, client=self.s3, bucket=self.aws.bucket, table=self.table)
        return planned

    def rebuilder(self, **options: Any) -> FileRebuilder:
        return FileRebuilder(self.objects, self.table, self.indexing(), self.reader, **options)

    def files(self) -> list[str]:
        return [key for key, _ in self.objects.keys()]  # noqa: SIM118 - a listing, not a dict


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: int(value) if isinstance(value, Decimal) else value for name, value in item.items()}


@pytest.fixture
def filled(aws: Any, site: RawSite) -> Iterator[Filled]:
    return Filled(aws, site)

"""The stack and the site that the tests of the pipeline share."""

import io
from collections.abc import Iterator

import pytest
from tests.conftest import Aws
from tests.site import RawSite
from tests.warc.validator import members, validate
from tests.world import World

from pressmark.archive import rows
from pressmark.warc.reader import read_captures


@pytest.fixture
def world(aws: Aws, site: RawSite) -> Iterator[World]:
    made = World(aws, site)
    yield made
    check(made)


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

"""A capture taken down, and what is left of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.reliability.inside import Process
from tests.upkeep.conftest import NOW, Filled

from pressmark.archive import tombstones
from pressmark.archive.objects import Objects
from pressmark.archive.tombstones import Tombstone
from pressmark.errors import NotFoundError
from pressmark.upkeep import takedown
from pressmark.upkeep.rebuild import rebuild


@pytest.mark.slow
def test_a_takedown_leaves_a_tombstone_and_nothing_that_points_to_the_page(filled: Filled) -> None:
    row = filled.rows("/page")[1]
    takedown = filled.take_down(row)
    stone = filled.rows("/page")[1]
    assert {**stone} == {
        "site": row["site"],
        "capture": row["capture"],
        "url": row["url"],
        "captured": row["captured"],
        "deleted": "2026-12-24T10:00:00.000000Z",
        "reason": "court order",
        "tombstone": takedown.tombstone.key,
    }
    pointing = [
        item
        for item in filled.items().values()
        if "=" in item["site"] and (item["url"], item["captured"]) == (row["url"], row["captured"])
    ]
    assert pointing == []
    assert len(takedown.dependents) == 3, "the later captures that found the page unchanged"
    assert takedown.others > 0


@pytest.mark.slow
def test_a_takedown_takes_the_whole_redirect_chain(filled: Filled) -> None:
    final = next(row for row in filled.rows("/page") if "requested" in row)
    assert final["requested"] == filled.site.url("/moved")
    takedown = filled.take_down(final)
    assert [hop.url for hop in takedown.tombstone.hops] == [
        filled.site.url("/moved"),
        filled.site.url("/page"),
    ]
    assert "deleted" in filled.rows("/moved")[0]


@pytest.mark.slow
def test_a_tombstone_survives_the_loss_of_the_table(filled: Filled) -> None:
    filled.take_down(filled.rows("/page")[0])
    before = filled.items()
    filled.empty()
    rebuild(filled.objects, filled.table, filled.indexing())
    assert filled.items() == before
    assert filled.verify() == []


@pytest.mark.slow
def test_a_takedown_that_broke_off_is_finished_by_the_next(filled: Filled) -> None:
    row = filled.whole(filled.rows("/page")[0])
    planned = takedown.plan(filled.reader, filled.objects, row, reason="court order", now=NOW)
    tombstones.store(filled.s3, filled.aws.bucket, planned.tombstone)
    again = filled.take_down(row)
    assert again.tombstone.key == planned.tombstone.key
    assert "deleted" in filled.rows("/page")[0]
    with pytest.raises(NotFoundError, match="taken down"):
        takedown.plan(filled.reader, filled.objects, filled.rows("/page")[0], reason="again", now=NOW)


@pytest.mark.slow
def test_a_page_that_was_taken_down_does_not_count_as_archived(filled: Filled) -> None:
    for row in filled.rows("/gone") + filled.rows("/page") + filled.rows("/moved"):
        if "warc" in filled.whole(row):
            filled.take_down(row)
    filled.world.push(json.dumps({"url": filled.site.url("/page"), "if_not_archived_within": "30d"}))
    with Process(filled.world) as running:
        (report,) = running.deliver()
    assert report.outcome == "archived", report.line()


def test_a_tombstone_reads_what_it_wrote() -> None:
    hop = tombstones.Hop("com,example", "com,example)/ 2026", "https://example.com/", "2026")
    stone = Tombstone("warcs/2026/11/23/a.warc.gz", 7, 9, "2026-12-24", "größer", (hop,))
    assert Tombstone.from_json(stone.to_json()) == stone
    assert stone.key == "tombstones/2026/11/23/a.warc.gz@7.json"
    with pytest.raises(ValueError, match="not a tombstone"):
        Tombstone.from_json('{"warc": "x"}')


@pytest.mark.slow
def test_everything_works_in_a_bucket_under_object_lock(filled: Filled) -> None:
    """Each PUT carries a checksum, which S3 asks for where a default retention is set."""
    bucket = f"{filled.aws.bucket}-locked"
    filled.s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    filled.s3.put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}},
        },
    )
    sent: list[Any] = []
    filled.s3.meta.events.register(
        "before-send.s3.PutObject", lambda request, **_: sent.append(request.headers)
    )
    from io import BytesIO
    from zlib import crc32

    objects, data = Objects(filled.s3, bucket), filled.aws.objects()[filled.files()[0]]
    objects.put("warcs/a.warc.gz", BytesIO(data), crc32=crc32(data))
    objects.put("warcs/a.warc.gz", BytesIO(data), crc32=crc32(data))  # an answer that was lost
    objects.put("warcs/b.warc.gz", BytesIO(data))
    hop = tombstones.Hop("com,example", "com,example)/ 2026", "https://example.com/", "2026")
    tombstones.store(filled.s3, bucket, Tombstone("warcs/a.warc.gz", 7, 9, "2026", "why", (hop,)))
    assert all("x-amz-checksum-crc32" in {name.lower() for name in headers} for headers in sent)
    kept = filled.s3.head_object(Bucket=bucket, Key="warcs/a.warc.gz")
    assert kept["ObjectLockMode"] == "GOVERNANCE"
    assert kept["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=29)

"""The table made anew from the files, the files checked against the table, and a capture taken down."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.reliability.inside import Clock, clients, close, delivery, service
from tests.reliability.test_killed_anywhere import ARTICLE
from tests.reliability.world import World
from tests.site import RawSite, response

from pressmark.archive import delete, sweep, tombstones
from pressmark.archive.objects import Objects
from pressmark.archive.queries import TableReader
from pressmark.archive.rebuild import Job, rebuild
from pressmark.archive.table import Table
from pressmark.archive.tombstones import Tombstone, Tombstones
from pressmark.archive.verify import Problem, Verifier
from pressmark.article import extract
from pressmark.errors import NotFoundError
from pressmark.settings import INDEX_TERMS

NOW = datetime(2026, 12, 24, 10, 0, tzinfo=UTC)


class Filled:
    """A stack with captures of every kind, made by the function itself."""

    def __init__(self, aws: Any, site: RawSite) -> None:
        self.aws, self.site, self.world, self.clock = aws, site, World(aws), Clock()
        self.s3, self.dynamodb = aws.client("s3"), aws.client("dynamodb")
        self.objects = Objects(self.s3, aws.bucket)
        self.table = Table(self.dynamodb, aws.table)
        self.reader = TableReader(self.dynamodb, aws.table)
        site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
        site.page("/page", ARTICLE.format("The river was high. " * 40), headers=[("ETag", '"1"')])
        site.serve("/moved", response(status="301 Moved", headers=[("Location", "/page")]))
        site.page("/gone", "gone", status="404 Not Found")
        made = clients(aws.server.endpoint)
        try:
            running = service(aws, made, self.clock, allowed_ports=(site.port,))
            for paths in (("/page", "/moved", "/gone"), ("/page",), ("/page", "/moved")):
                for path in paths:
                    self.world.push(site.url(path))
                messages = self.world.receive()
                reports = running.pipeline.run([delivery(each) for each in messages], remaining=120.0)
                assert all(report.acknowledge for report in reports)
                self.world.acknowledge(messages, {})
                self.clock.go(86400.0)
        finally:
            close(made)

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

    def stones(self) -> Tombstones:
        return Tombstones(tombstones.load(self.s3, self.aws.bucket))

    def whole(self, row: dict[str, Any]) -> dict[str, Any]:
        return self.reader.rows([row])[0]

    def verify(self, **options: Any) -> list[Problem]:
        """Everything that is not as it should be."""
        found: list[Problem] = []
        self.verifier = Verifier(
            self.objects,
            self.reader,
            bucket=self.aws.bucket,
            index_terms=INDEX_TERMS,
            tombstones=self.stones(),
            on_problem=found.append,
        )
        sweep.everything(self.verifier, self.objects, self.reader, today=date(2026, 11, 26), **options)
        return found

    def take_down(self, row: dict[str, Any]) -> delete.Takedown:
        takedown = delete.plan(self.reader, self.objects, self.whole(row), reason="court order", now=NOW)
        delete.carry_out(takedown, client=self.s3, bucket=self.aws.bucket, table=self.table)
        return takedown

    def job(self, **options: Any) -> Job:
        return Job(self.objects, self.table, INDEX_TERMS, self.stones(), self.reader, **options)

    def files(self) -> list[str]:
        return [key for key, _ in self.objects.keys()]  # noqa: SIM118 - a listing, not a dict


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: int(value) if isinstance(value, Decimal) else value for name, value in item.items()}


@pytest.fixture
def filled(aws: Any, site: RawSite) -> Iterator[Filled]:
    return Filled(aws, site)


def test_a_lost_table_comes_back_item_for_item(filled: Filled) -> None:
    before = filled.items()
    filled.empty()
    done = rebuild(filled.objects, filled.table, index_terms=INDEX_TERMS)
    assert filled.items() == before
    assert done.items == len(before)
    assert done.files == 3


def test_a_rebuild_can_be_broken_off_and_gone_on_with(filled: Filled) -> None:
    before, keys = filled.items(), filled.files()
    filled.empty()
    told: list[str] = []
    rebuild(
        filled.objects,
        filled.table,
        index_terms=INDEX_TERMS,
        after=keys[0],
        on_file=lambda key, _: told.append(key),
    )
    assert told == keys[1:]
    assert 0 < len(filled.items()) < len(before)
    first = filled.job()(keys[0])
    assert first.after == keys[0]
    assert filled.items() == before


def test_a_dry_run_writes_nothing_and_counts_what_is_wrong(filled: Filled) -> None:
    row, other = filled.rows("/page")[:2]
    filled.table.delete([row])
    filled.table.put([filled.whole(other) | {"title": "Something else"}])
    before = filled.items()
    done = [filled.job(dry_run=True)(key) for key in filled.files()]
    assert sum(each.missing for each in done) == 1
    assert sum(each.different for each in done) == 1
    assert filled.items() == before


def test_reading_anew_changes_rows_says_what_and_can_be_taken_back(filled: Filled) -> None:
    def better(html: bytes, url: str, content_type: str | None = None, **options: Any) -> Any:
        return replace(extract(html, url, content_type, **options), authors=["Somebody Else"])

    before = filled.items()
    done = [filled.job(extract=better)(key) for key in filled.files()]
    assert [text for each in done for text in each.unread] == []
    assert sum(each.changed["authors"] for each in done) == 5  # each capture of the page, revisits too
    after = filled.items()
    assert [row["authors"] for row in filled.rows("/page")] == [["Somebody Else"]] * 5
    assert all(row["extracted_by"].startswith("Pressmark/") for row in filled.rows("/page"))
    assert any(site == "author=somebody else" for site, _ in after)
    assert not any(site == "author=ines ferro" for site, _ in after), "what pointed to the old author is gone"
    assert not filled.verify() or {problem.kind for problem in filled.verify()} == {"no-term"}
    rebuild(filled.objects, filled.table, index_terms=INDEX_TERMS)
    restored = filled.items()
    assert {key: restored[key] for key in before} == before


def test_damage_in_one_file_leaves_the_others_alone(filled: Filled) -> None:
    before, keys = filled.items(), filled.files()
    data = filled.aws.objects()[keys[1]]
    filled.s3.put_object(Bucket=filled.aws.bucket, Key=keys[1], Body=data[: len(data) // 2])
    done = rebuild(filled.objects, filled.table, index_terms=INDEX_TERMS)
    assert [error.file for error in done.damaged] == [keys[1]]
    assert filled.items() == before, "half a capture does not replace the row of the whole one"
    filled.empty()
    rebuild(filled.objects, filled.table, index_terms=INDEX_TERMS)
    assert {item["warc"] for item in filled.items().values() if "warc" in item} >= {keys[0], keys[2]}


def test_damage_within_a_file_costs_the_capture_it_hits_and_no_other(filled: Filled) -> None:
    before, keys = filled.items(), filled.files()
    row = filled.rows("/page")[0]
    key, at = row["warc"], row["offset"] + 30
    data = filled.aws.objects()[key]
    filled.s3.put_object(Bucket=filled.aws.bucket, Key=key, Body=data[:at] + b"\0" * 40 + data[at + 40 :])
    done = rebuild(filled.objects, filled.table, index_terms=INDEX_TERMS)
    assert [(error.file, error.offset) for error in done.damaged] == [(key, row["offset"])]
    assert "reading goes on at" in str(done.damaged[0])
    assert filled.items() == before, "half a capture does not replace the row of the whole one"
    assert [(each.kind, each.offset) for each in filled.verify() if each.kind == "damaged-file"] == [
        ("damaged-file", row["offset"])
    ]
    filled.empty()
    rebuild(filled.objects, filled.table, index_terms=INDEX_TERMS)
    after = filled.items()
    lost = {name for name, item in before.items() if "warc" in item and after.get(name) != item}
    assert len(keys) == 3
    assert {before[name]["message_id"] for name in lost} == {row["message_id"]}


def test_a_whole_archive_has_no_problems(filled: Filled) -> None:
    assert filled.verify() == []
    done = filled.verifier.done
    assert (done.files, done.rows) == (3, len([row for row in filled.items().values() if "warc" in row]))
    assert done.records > 10


def test_a_changed_byte_is_found(filled: Filled) -> None:
    key = filled.files()[0]
    row = filled.rows("/page")[0]
    data = bytearray(filled.aws.objects()[key])
    data[row["offset"] + row["length"] // 2] ^= 1
    filled.s3.put_object(Bucket=filled.aws.bucket, Key=key, Body=bytes(data))
    assert {"damaged-file"} <= {problem.kind for problem in filled.verify()}
    found: list[Problem] = []
    verifier = Verifier(
        filled.objects,
        filled.reader,
        bucket=filled.aws.bucket,
        index_terms=INDEX_TERMS,
        on_problem=found.append,
    )
    verifier.url(filled.site.url("/page"))
    assert {problem.kind for problem in found} <= {"wrong-bytes", "wrong-digest", "no-bytes"}
    assert any(problem.captured == row["captured"] for problem in found)


def test_a_record_rewritten_with_its_length_is_found_by_its_digest(filled: Filled) -> None:
    import gzip

    key = filled.files()[0]
    row = filled.rows("/gone")[0]
    start, end = row["offset"], row["offset"] + row["length"]
    data = filled.aws.objects()[key]
    member = gzip.compress(gzip.decompress(data[start:end]).replace(b"\r\n\r\ngone", b"\r\n\r\nhere"))
    filled.s3.put_object(Bucket=filled.aws.bucket, Key=key, Body=data[:start] + member + data[end:])
    assert "wrong-digest" in {problem.kind for problem in filled.verify()}


def test_rows_without_bytes_and_bytes_without_rows_are_found(filled: Filled) -> None:
    gone, kept = filled.files()[1], filled.files()[0]
    lost = [row for row in filled.items().values() if row.get("warc") == gone]
    filled.s3.delete_object(Bucket=filled.aws.bucket, Key=gone)
    row = filled.rows("/gone")[0]
    assert row["warc"] == kept
    filled.table.delete([row])
    problems = filled.verify()
    assert [p.captured for p in problems if p.kind == "no-bytes"] == [row["captured"] for row in lost]
    assert [(p.kind, p.url) for p in problems if p.kind == "no-row"] == [("no-row", filled.site.url("/gone"))]
    assert json.dumps([problem.to_dict() for problem in problems])


def test_verify_since_a_day_looks_at_no_earlier_one(filled: Filled) -> None:
    filled.s3.delete_object(Bucket=filled.aws.bucket, Key=filled.files()[0])
    assert {problem.kind for problem in filled.verify()} >= {"no-bytes"}
    assert [p for p in filled.verify(since=date(2026, 11, 24)) if "original" not in p.detail] == []


@pytest.mark.parametrize("count", [1, 2, 5, 1000])
def test_a_sample_is_of_so_many_files_and_rows_or_as_many_as_there_are(filled: Filled, count: int) -> None:
    verifier = Verifier(filled.objects, filled.reader, bucket=filled.aws.bucket, index_terms=INDEX_TERMS)
    every = [(row["site"], row["capture"]) for row in filled.items().values() if "=" not in row["site"]]
    drawn: list[tuple[str, str]] = []
    check = verifier.row
    verifier.row = lambda row, **known: drawn.append((row["site"], row["capture"])) or check(row, **known)  # type: ignore[method-assign]
    sweep.sample(
        verifier, filled.objects, filled.reader, count, choose=random.Random(7), today=date(2026, 11, 26)
    )
    assert verifier.done.files == min(count, 3)
    assert len(set(drawn)) == len(drawn) == verifier.done.rows == min(count, len(every))
    assert set(drawn) <= set(every)
    assert not verifier.done.problems


def test_a_sample_ends_when_it_is_told_to(filled: Filled) -> None:
    verifier = Verifier(filled.objects, filled.reader, bucket=filled.aws.bucket, index_terms=INDEX_TERMS)
    done = verifier.done
    sweep.sample(verifier, filled.objects, filled.reader, 9, go_on=lambda: done.files + done.rows < 5)
    assert (done.files, done.rows) == (3, 2)
    sweep.sample(verifier, filled.objects, filled.reader, 9, go_on=lambda: False)
    assert (done.files, done.rows) == (3, 2)


def test_a_sample_reads_few_rows_to_no_purpose(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    page = filled.reader.page
    monkeypatch.setattr(
        filled.reader, "page", lambda *asks, **how: asked.append(how["limit"]) or page(*asks, **how)
    )
    verifier = Verifier(filled.objects, filled.reader, bucket=filled.aws.bucket, index_terms=INDEX_TERMS)
    sweep.sample(verifier, filled.objects, filled.reader, 3, choose=random.Random(7))
    assert verifier.done.rows == 3
    assert sum(asked) <= 3 * (1 + 4 + 1), "not a whole page for each"


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


def test_a_takedown_takes_the_whole_redirect_chain(filled: Filled) -> None:
    final = next(row for row in filled.rows("/page") if "requested" in row)
    assert final["requested"] == filled.site.url("/moved")
    takedown = filled.take_down(final)
    assert [hop.url for hop in takedown.tombstone.hops] == [
        filled.site.url("/moved"),
        filled.site.url("/page"),
    ]
    assert "deleted" in filled.rows("/moved")[0]


def test_a_tombstone_survives_the_loss_of_the_table(filled: Filled) -> None:
    filled.take_down(filled.rows("/page")[0])
    before = filled.items()
    filled.empty()
    rebuild(filled.objects, filled.table, index_terms=INDEX_TERMS, tombstones=filled.stones())
    assert filled.items() == before
    assert filled.verify() == []


def test_a_takedown_that_broke_off_is_finished_by_the_next(filled: Filled) -> None:
    row = filled.whole(filled.rows("/page")[0])
    takedown = delete.plan(filled.reader, filled.objects, row, reason="court order", now=NOW)
    tombstones.store(filled.s3, filled.aws.bucket, takedown.tombstone)
    again = filled.take_down(row)
    assert again.tombstone.key == takedown.tombstone.key
    assert "deleted" in filled.rows("/page")[0]
    with pytest.raises(NotFoundError, match="taken down"):
        delete.plan(filled.reader, filled.objects, filled.rows("/page")[0], reason="again", now=NOW)


def test_a_page_that_was_taken_down_does_not_count_as_archived(filled: Filled, aws: Any) -> None:
    for row in filled.rows("/gone") + filled.rows("/page") + filled.rows("/moved"):
        if "warc" in filled.whole(row):
            filled.take_down(row)
    filled.world.push(json.dumps({"url": filled.site.url("/page"), "if_not_archived_within": "30d"}))
    made = clients(aws.server.endpoint)
    try:
        running = service(aws, made, filled.clock, allowed_ports=(filled.site.port,))
        (report,) = running.pipeline.run([delivery(each) for each in filled.world.receive()], remaining=120.0)
    finally:
        close(made)
    assert report.outcome == "archived", report.line()


def test_a_tombstone_reads_what_it_wrote() -> None:
    hop = tombstones.Hop("com,example", "com,example)/ 2026", "https://example.com/", "2026")
    stone = Tombstone("warcs/2026/11/23/a.warc.gz", 7, 9, "2026-12-24", "größer", (hop,))
    assert Tombstone.from_json(stone.to_json()) == stone
    assert stone.key == "tombstones/2026/11/23/a.warc.gz@7.json"
    with pytest.raises(ValueError, match="no tombstone"):
        Tombstone.from_json('{"warc": "x"}')


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

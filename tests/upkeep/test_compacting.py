"""What compaction joins, what it leaves alone, and that whoever reads sees what was there before."""

import gzip
import io
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Aws
from tests.factories import NOON, fill
from tests.hostile.replaying import Judge
from tests.stacks import Copies
from tests.upkeep.small_files import (
    FILES,
    LATER,
    Between,
    compact,
    contents,
    indexing,
    page,
    problems,
    small_files,
    stored,
    take_down,
)
from warcio.archiveiterator import ArchiveIterator

from pressmark.archive.folder import FolderReader
from pressmark.archive.folder_files import FolderFiles
from pressmark.archive.objects import Objects
from pressmark.archive.table import Table
from pressmark.errors import ArchiveError
from pressmark.upkeep.importing import FolderStore
from pressmark.upkeep.rebuild import rebuild


@pytest.mark.slow
def test_every_file_is_listed_and_read_under_its_old_key_and_its_old_size(aws: Aws) -> None:
    small_files(aws)
    before, sizes = contents(aws), list(Objects(aws.client("s3"), aws.bucket).keys())
    done = compact(aws)
    assert (done.files, done.into, done.deleted, done.left.total()) == (FILES, 1, FILES, 0)
    (only,) = stored(aws)
    assert contents(aws) == before
    objects = Objects(aws.client("s3"), aws.bucket)
    assert list(objects.keys()) == sizes
    assert objects.level("warcs/2026/11/23/")[1] == sorted(before)
    for key, data in before.items():
        assert objects.get(key, 100, 50) == data[100:150]
        with pytest.raises(ArchiveError, match="expected"):
            objects.get(key, len(data) - 10, 11)
        with pytest.raises(ArchiveError, match="expected"):
            objects.get(key, len(data) + 10, 1)
    assert aws.objects()[only].endswith(b"".join(before[key] for key in sorted(before)))


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 3, FILES - 1])
def test_a_listing_goes_on_behind_any_old_key(aws: Aws, after: int) -> None:
    keys = small_files(aws).keys
    compact(aws)
    objects = Objects(aws.client("s3"), aws.bucket)
    assert [key for key, _ in objects.keys(after=keys[after])] == keys[after + 1 :]
    assert [key for key, _ in objects.keys("warcs/2026/11/23/", after=keys[after])] == keys[after + 1 :]
    assert [key for key, _ in objects.keys(keys[after])] == [keys[after]]


@pytest.mark.slow
def test_the_archive_is_right_afterwards_and_the_table_can_be_made_of_the_files_alone(aws: Aws) -> None:
    small_files(aws)
    rows = aws.rows()
    compact(aws)
    assert problems(aws) == []
    Table(aws.client("dynamodb"), aws.table).delete(rows)
    rebuild(Objects(aws.client("s3"), aws.bucket), Table(aws.client("dynamodb"), aws.table), indexing(aws))
    assert sorted(aws.rows(), key=str) == sorted(rows, key=str)


@pytest.mark.slow
def test_a_compacted_file_is_a_warc_file_to_others(aws: Aws) -> None:
    small_files(aws)
    before = contents(aws)
    compact(aws)
    data = aws.objects()[stored(aws)[0]]
    found = [(record.rec_type, record.rec_headers.get_header("WARC-Record-ID"))
             for record in ArchiveIterator(io.BytesIO(data), check_digests="raise")
             if record.content_stream().read() is not None]  # fmt: skip
    single = [
        (record.rec_type, record.rec_headers.get_header("WARC-Record-ID"))
        for key in sorted(before)
        for record in ArchiveIterator(io.BytesIO(before[key]))
    ]
    assert found[0][0] == "warcinfo"
    assert found[1:] == single


@pytest.mark.e2e
@pytest.mark.slow
def test_other_tools_read_a_compacted_file_and_pywb_replays_its_pages(aws: Aws, judge: Judge) -> None:
    """warcio, FastWARC and cdxj-indexer read it; the index is that of the small files, moved."""
    rows = small_files(aws).rows
    before = contents(aws)
    compact(aws)
    (key,) = stored(aws)
    entries = judge.read([aws.objects()[key]])
    index = {entry["url"]: entry for entry in entries if entry["mime"] == "text/html"}
    assert sorted(index) == sorted(row["url"] for row in rows)
    objects = Objects(aws.client("s3"), aws.bucket)
    for row in rows:
        part = objects.compacted(row["warc"])
        assert part is not None
        assert int(index[row["url"]]["offset"]) == part.offset + row["offset"]
        assert int(index[row["url"]]["length"]) == row["length"]
    for row in rows:
        again = next(
            record.content_stream().read()
            for record in ArchiveIterator(io.BytesIO(before[row["warc"]]))
            if record.rec_type == "response"
        )
        assert judge.get(row["url"]).body == again


def test_a_second_run_finds_nothing_to_do(aws: Aws) -> None:
    small_files(aws)
    compact(aws)
    there = aws.objects()
    assert compact(aws).to_dict() | {"left": {}} == {
        "files": 0, "bytes": 0, "into": 0, "deleted": 0, "left": {}, "is_complete": True,
    }  # fmt: skip
    assert aws.objects() == there


def test_a_dry_run_counts_and_changes_nothing(aws: Aws) -> None:
    small_files(aws)
    there = aws.objects()
    done = compact(aws, dry_run=True)
    assert (done.files, done.into, done.deleted) == (FILES, 1, 0)
    assert done.bytes == sum(map(len, contents(aws).values()))
    assert aws.objects() == there


@pytest.mark.slow
def test_a_file_of_128_kb_stays(aws: Aws) -> None:
    small_files(aws)
    large = page(90, kilobytes=131)
    (key,) = fill(aws, [large]).keys
    there = aws.objects()
    assert len(there[key]) >= 128 * 1024
    compact(aws)
    assert aws.objects()[key] == there[key]


@pytest.mark.slow
def test_files_of_the_last_days_stay(aws: Aws) -> None:
    small_files(aws, at=LATER - timedelta(days=30))
    there = aws.objects()
    assert compact(aws).files == 0
    assert aws.objects() == there


def test_a_day_with_little_in_small_files_stays(aws: Aws) -> None:
    small_files(aws, count=2)
    there = aws.objects()
    assert compact(aws).left == {"too few": 2}
    assert aws.objects() == there


@pytest.mark.slow
def test_a_damaged_file_and_one_that_is_not_of_members_stay_and_the_others_are_compacted(aws: Aws) -> None:
    keys = small_files(aws, count=6).keys
    s3, there = aws.client("s3"), aws.objects()
    s3.put_object(Bucket=aws.bucket, Key=keys[2], Body=there[keys[2]][:-5])
    s3.put_object(Bucket=aws.bucket, Key=keys[4], Body=gzip.decompress(there[keys[4]])[:90_000])
    before = contents(aws)
    done = compact(aws)
    assert (done.files, done.left) == (4, {"damaged": 2})
    assert contents(aws) == before
    assert {keys[2], keys[4]} < set(stored(aws))


def test_a_file_of_which_something_was_taken_down_stays(aws: Aws) -> None:
    filled = small_files(aws, count=6)
    take_down(aws, filled.rows[3])
    done = compact(aws)
    assert (done.files, done.left) == (5, {"taken down": 1})
    assert filled.keys[3] in stored(aws)


@pytest.mark.slow
def test_a_takedown_after_compaction_does_what_it_did_before(aws: Aws) -> None:
    filled = small_files(aws)
    compact(aws)
    row = filled.rows[3]
    planned = take_down(aws, row)
    assert (planned.tombstone.warc, planned.others, planned.damage) == (row["warc"], 0, None)
    rebuild(Objects(aws.client("s3"), aws.bucket), Table(aws.client("dynamodb"), aws.table), indexing(aws))
    there = {each["url"]: each for each in aws.rows() if "=" not in each["site"]}
    assert "deleted" in there[row["url"]]
    assert sum("deleted" in each for each in there.values()) == 1
    assert problems(aws) == []


@pytest.mark.slow
@pytest.mark.parametrize("locked", [0, 3])
@pytest.mark.parametrize("hold", [True, False])
def test_a_day_with_a_locked_file_stays(aws: Aws, locked: int, hold: bool) -> None:
    s3 = aws.client("s3")
    versioned(aws)
    possible = {"ObjectLockEnabled": "Enabled"}
    s3.put_object_lock_configuration(Bucket=aws.bucket, ObjectLockConfiguration=possible)
    keys = small_files(aws).keys
    if hold:
        s3.put_object_legal_hold(Bucket=aws.bucket, Key=keys[locked], LegalHold={"Status": "ON"})
    else:
        until = {"Mode": "COMPLIANCE", "RetainUntilDate": LATER + timedelta(days=1)}
        s3.put_object_retention(Bucket=aws.bucket, Key=keys[locked], Retention=until)
    there = aws.objects()
    done = compact(aws)
    assert (done.files, done.left) == (0, {"locked": FILES})
    assert aws.objects() == there


def test_a_lock_that_has_ended_is_none(aws: Aws) -> None:
    versioned(aws)
    possible = {"ObjectLockEnabled": "Enabled"}
    aws.client("s3").put_object_lock_configuration(Bucket=aws.bucket, ObjectLockConfiguration=possible)
    keys = small_files(aws).keys
    until = {"Mode": "COMPLIANCE", "RetainUntilDate": LATER - timedelta(seconds=1)}
    aws.client("s3").put_object_retention(Bucket=aws.bucket, Key=keys[0], Retention=until)
    assert compact(aws).files == FILES


def versioned(aws: Aws) -> None:
    """Have the bucket keep versions, as the template's does; moto's CloudFormation does not."""
    aws.client("s3").put_bucket_versioning(Bucket=aws.bucket, VersioningConfiguration={"Status": "Enabled"})


@pytest.mark.slow
def test_a_deleted_file_is_a_version_that_can_be_put_back(aws: Aws) -> None:
    versioned(aws)
    keys = small_files(aws).keys
    before = contents(aws)
    compact(aws)
    s3 = aws.client("s3")
    told = s3.list_object_versions(Bucket=aws.bucket, Prefix=keys[0])
    s3.delete_object(Bucket=aws.bucket, Key=keys[0], VersionId=told["DeleteMarkers"][0]["VersionId"])
    assert aws.objects()[keys[0]] == before[keys[0]]
    assert contents(aws) == before
    assert compact(aws).deleted == 1


@pytest.mark.slow
def test_a_file_that_was_replaced_is_not_deleted_and_counts_before_its_copy(aws: Aws) -> None:
    keys = small_files(aws).keys
    compact(aws)
    aws.client("s3").put_object(Bucket=aws.bucket, Key=keys[0], Body=b"another")
    assert compact(aws).left == {"changed": 1}
    assert contents(aws)[keys[0]] == b"another"
    assert dict(Objects(aws.client("s3"), aws.bucket).keys())[keys[0]] == 7


class Flipping(Between):
    """An S3 that did not keep what was written into a compacted file."""

    def __getattr__(self, name: str) -> Any:
        call = super().__getattr__(name)

        def flipped(**options: Any) -> Any:
            answer = call(**options)
            if name == "get_object" and "0.compacted-" in options["Key"] and "Range" not in options:
                data = bytearray(answer["Body"].read())
                data[-30] ^= 1
                answer["Body"] = io.BytesIO(bytes(data))
            return answer

        return flipped


def test_nothing_is_deleted_whose_copy_is_not_what_was_read(aws: Aws) -> None:
    small_files(aws)
    before = aws.objects()
    with pytest.raises(ArchiveError, match="nothing was deleted"):
        compact(aws, Flipping(aws.client("s3"), 0, lambda: None))
    assert {key: data for key, data in aws.objects().items() if "0.compacted-" not in key} == before


@pytest.mark.slow
def test_nothing_is_deleted_where_another_file_has_the_name(aws: Aws) -> None:
    small_files(aws)
    kept, before = Copies(aws.stack), aws.objects()
    compact(aws)
    (key,) = stored(aws)
    kept.put_back()
    aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=b"another")
    with pytest.raises(ArchiveError, match="nothing was deleted"):
        compact(aws)
    assert aws.objects() == before | {key: b"another"}


@pytest.mark.slow
def test_small_files_of_which_the_copy_differs_stay(aws: Aws) -> None:
    """As after bytes were taken out of the compacted file for a takedown, while a small file was still there."""
    small_files(aws)
    kept, before = Copies(aws.stack), contents(aws)
    compact(aws)
    (key,) = stored(aws)
    data = bytearray(aws.objects()[key])
    kept.put_back()
    data[-30] ^= 1
    aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=bytes(data))
    done = compact(aws)
    assert (done.deleted, done.left) == (FILES - 1, {"changed": 1})
    assert contents(aws) == before


def copied(aws: Aws, folder: Path) -> None:
    """Copy the bucket into a folder, as `aws s3 sync --delete` does."""
    for path in folder.rglob("*.warc.gz"):
        path.unlink()
    for key, data in aws.objects().items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(data)


@pytest.mark.slow
def test_a_folders_index_stays_the_same_when_the_bucket_that_it_is_a_copy_of_was_compacted(
    aws: Aws, tmp_path: Path
) -> None:
    filled = small_files(aws)
    copied(aws, tmp_path)
    keys = [{"site": row["site"], "capture": row["capture"]} for row in filled.rows]
    with closing(FolderReader(tmp_path)) as reader:
        before = reader.rows(keys)
    compact(aws)
    copied(aws, tmp_path)
    with closing(FolderReader(tmp_path)) as reader:
        assert reader.rows(keys) == before
        assert len(before) == FILES
        assert (list(reader.lost()), reader.damaged) == ([], [])


def test_an_import_does_not_take_the_name_of_a_file_that_was_compacted(aws: Aws, tmp_path: Path) -> None:
    key = small_files(aws).keys[0]
    compact(aws)
    copied(aws, tmp_path)
    assert FolderStore(FolderFiles(tmp_path)).holds(key)
    assert not FolderStore(FolderFiles(tmp_path)).holds(key.replace("/23/", "/24/"))


@pytest.mark.slow
def test_a_damaged_list_is_told_of_and_its_small_files_can_be_cut_out_by_the_names_in_their_records(
    aws: Aws,
) -> None:
    small_files(aws)
    before = contents(aws)
    compact(aws)
    (key,) = stored(aws)
    data = bytearray(aws.objects()[key])
    data[60:68] = b"\x00" * 8
    aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=bytes(data))
    assert {(each.kind, each.warc) for each in problems(aws, files=1)} >= {("damaged-file", key)}
    starts = {data.index(each): name for name, each in before.items()}
    records = ArchiveIterator(io.BytesIO(bytes(data[min(starts) :])))
    named = [
        (records.get_record_offset() + min(starts), record.rec_headers.get_header("WARC-Filename"))
        for record in records
        if record.rec_type == "warcinfo"
    ]
    assert named == [(at, name.rpartition("/")[2]) for at, name in sorted(starts.items())]
    for (start, name), (end, _) in pairwise([*named, (len(data), "")]):
        whole = f"{key.rpartition('/')[0]}/{name}"
        aws.client("s3").put_object(Bucket=aws.bucket, Key=whole, Body=bytes(data[start:end]))
    assert {name: each for name, each in contents(aws).items() if name != key} == before


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_listing_is_in_order_whichever_files_are_left_and_however_long_its_pages_are(
    aws: Aws, size: int
) -> None:
    filled = small_files(aws, count=7)
    for number in (0, 3, 6):
        take_down(aws, filled.rows[number])
    assert compact(aws).files == 4
    s3 = aws.client("s3")
    s3.put_object(Bucket=aws.bucket, Key="warcs/2026/11/24/x.warc.gz", Body=b"x")
    s3.put_object(Bucket=aws.bucket, Key="warcs/2026/11/23/a.warc.gz", Body=b"x")

    class Short(Between):
        def list_objects_v2(self, **options: Any) -> Any:
            return super().__getattr__("list_objects_v2")(MaxKeys=size, **options)

    listed = list(Objects(Short(s3, 0, lambda: None), aws.bucket).keys())  # type: ignore[arg-type]
    wanted = [*filled.keys, "warcs/2026/11/24/x.warc.gz", "warcs/2026/11/23/a.warc.gz"]
    assert [key for key, _ in listed] == sorted(wanted)


@pytest.mark.slow
def test_a_folder_that_the_bucket_is_copied_to_reads_the_same(aws: Aws, tmp_path: Path) -> None:
    small_files(aws)
    before = contents(aws)
    compact(aws)
    for key, data in aws.objects().items():
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(data)
    files = FolderFiles(tmp_path)

    def read(key: str) -> bytes:
        with files.open(key) as file:
            return file.read()

    listed = list(files.keys())
    assert {key: read(key) for key, _ in listed} == before
    assert (
        [(each.key, each.size) for each in files.entries()]
        == listed
        == sorted((key, len(data)) for key, data in before.items())
    )
    assert files.level("warcs/2026/11/23/")[1] == sorted(before)
    key = min(before)
    assert files.get(key, 100, 50) == before[key][100:150]
    with pytest.raises(ArchiveError, match="expected"):
        files.get(key, len(before[key]) - 5, 6)
    with files.open(key) as whole:
        whole.seek(-7, io.SEEK_END)
        assert whole.read() == before[key][-7:]
    (tmp_path / key).write_bytes(b"another")  # a file that exists counts
    assert read(key) == b"another"
    assert dict(files.keys())[key] == 7


@pytest.mark.slow
def test_a_day_of_more_files_than_one_compacted_file_takes_gets_several(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.upkeep.compacting.MOST_BYTES", 250_000)
    small_files(aws, count=8)
    before = contents(aws)
    done = compact(aws)
    assert (done.into, done.files) == (2, 8)
    assert contents(aws) == before


@pytest.mark.slow
def test_no_files_but_those_of_days_are_looked_at(aws: Aws) -> None:
    s3 = aws.client("s3")
    for key in ("warcs/x.warc.gz", "warcs/2026/x.warc.gz", "warcs/a/b/c/d.warc.gz"):
        s3.put_object(Bucket=aws.bucket, Key=key, Body=b"x")
    small_files(aws, at=NOON - timedelta(days=400))
    assert compact(aws).files == FILES

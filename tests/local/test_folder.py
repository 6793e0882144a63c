"""The archive folder holds the bucket's WARC files under their keys."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Aws
from tests.upkeep.small_files import compact, contents, small_files

from pressmark.archive.folder_files import FolderFiles
from pressmark.errors import ArchiveError
from pressmark.local import folder


def test_files_go_in_and_come_out_under_the_same_keys(aws: Any, tmp_path: Path) -> None:
    (tmp_path / "warcs" / "2026").mkdir(parents=True)
    (tmp_path / "warcs" / "2026" / "a.warc.gz").write_bytes(b"one")
    (tmp_path / "run.log").write_text("not an archive file")
    s3 = aws.client("s3")

    keys = folder.load(s3, aws.bucket, tmp_path)
    s3.put_object(Bucket=aws.bucket, Key="warcs/2027/b.warc.gz", Body=b"two")
    written: list[Path] = []
    folder.save(s3, aws.bucket, tmp_path, written)

    assert keys == ["warcs/2026/a.warc.gz"]
    assert written == [tmp_path / "warcs" / "2027" / "b.warc.gz"]
    assert written[0].read_bytes() == b"two"
    assert not list(tmp_path.rglob("*.part"))


def test_no_folder_is_an_empty_one(aws: Any, tmp_path: Path) -> None:
    assert folder.load(aws.client("s3"), aws.bucket, tmp_path / "nowhere") == []


def test_a_key_never_leads_out_of_the_folder(aws: Any, tmp_path: Path) -> None:
    aws.client("s3").put_object(Bucket=aws.bucket, Key="a/../../../b.warc.gz", Body=b"x")

    with pytest.raises(ValueError, match="outside"):
        folder.save(aws.client("s3"), aws.bucket, tmp_path / "archive", [])


def test_tombstones_go_into_the_bucket_and_are_no_warc_files(aws: Any, tmp_path: Path) -> None:
    stone = tmp_path / "tombstones" / "2026" / "a.warc.gz@7.json"
    stone.parent.mkdir(parents=True)
    stone.write_text("{}")

    assert folder.load(aws.client("s3"), aws.bucket, tmp_path) == []
    assert aws.objects() == {"tombstones/2026/a.warc.gz@7.json": b"{}"}


def test_a_folder_is_made_and_nothing_is_left_of_the_trial(tmp_path: Path) -> None:
    folder.prepare(tmp_path / "new" / "archive")

    assert [path.name for path in (tmp_path / "new" / "archive").iterdir()] == ["run.log"]


@pytest.mark.parametrize(
    ("occupied", "reason"),
    [
        ("archive", "it is a file"),
        ("archive/warcs", "Not a directory"),
        ("archive/run.log/x", "Is a directory"),
    ],
)
def test_what_cannot_be_written_is_said_at_once(tmp_path: Path, occupied: str, reason: str) -> None:
    (tmp_path / occupied).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / occupied).write_text("in the way")

    with pytest.raises(ArchiveError, match=f"archive cannot be written: {reason}"):
        folder.prepare(tmp_path / "archive")


def test_a_file_that_cannot_be_written_is_an_error_that_counts_every_file_saved_before_it(
    aws: Any, tmp_path: Path
) -> None:
    s3 = aws.client("s3")
    saved: list[Path] = []
    s3.put_object(Bucket=aws.bucket, Key="first/a.warc.gz", Body=b"x")
    folder.save(s3, aws.bucket, tmp_path, saved)
    for key in ("second/b.warc.gz", "warcs/c.warc.gz"):
        s3.put_object(Bucket=aws.bucket, Key=key, Body=b"x")
    (tmp_path / "warcs").write_text("in the way")

    with pytest.raises(
        ArchiveError, match=r"c\.warc\.gz cannot be written: .*; 2 files of this run saved before"
    ):
        folder.save(s3, aws.bucket, tmp_path, saved)
    assert saved == [tmp_path / "first" / "a.warc.gz", tmp_path / "second" / "b.warc.gz"]


@pytest.mark.slow
def test_what_is_compacted_between_a_listing_and_its_reading_is_saved_all_the_same(
    aws: Aws, tmp_path: Path
) -> None:
    small_files(aws)
    there = contents(aws)
    s3 = aws.client("s3")

    folder.save(_Compacting(s3, lambda: compact(aws)), aws.bucket, tmp_path, [])

    saved = FolderFiles(tmp_path)
    listed = list(saved.keys())
    assert {key: saved.open(key).read() for key, _ in listed} == there


class _Compacting:
    """An S3 client whose first read comes after all that is small was compacted."""

    def __init__(self, real: Any, compacting: Any) -> None:
        self._real = real
        self._once = [compacting]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def get_object(self, **options: Any) -> Any:
        if self._once:
            self._once.pop()()
        return self._real.get_object(**options)


def test_the_open_table_of_the_bucket_is_not_saved_since_its_files_change(aws: Any, tmp_path: Path) -> None:
    s3 = aws.client("s3")
    for key in ("catalog/captures/day=2026-11-28/2026-11-28-0000.parquet", "catalog/done.json"):
        s3.put_object(Bucket=aws.bucket, Key=key, Body=b"x")

    folder.save(s3, aws.bucket, tmp_path, [])

    assert list(tmp_path.iterdir()) == []

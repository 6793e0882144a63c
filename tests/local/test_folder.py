"""The archive folder holds the bucket's WARC files under their keys."""

from pathlib import Path
from typing import Any

import pytest

from pressmark.local import folder


def test_files_go_in_and_come_out_under_the_same_keys(aws: Any, tmp_path: Path) -> None:
    (tmp_path / "warcs" / "2026").mkdir(parents=True)
    (tmp_path / "warcs" / "2026" / "a.warc.gz").write_bytes(b"one")
    (tmp_path / "run.log").write_text("not an archive file")
    s3 = aws.client("s3")

    keys = folder.load(s3, aws.bucket, tmp_path)
    s3.put_object(Bucket=aws.bucket, Key="warcs/2027/b.warc.gz", Body=b"two")
    written = folder.save(s3, aws.bucket, tmp_path)

    assert keys == ["warcs/2026/a.warc.gz"]
    assert written == [tmp_path / "warcs" / "2027" / "b.warc.gz"]
    assert written[0].read_bytes() == b"two"
    assert not list(tmp_path.rglob("*.part"))


def test_no_folder_is_an_empty_one(aws: Any, tmp_path: Path) -> None:
    assert folder.load(aws.client("s3"), aws.bucket, tmp_path / "nowhere") == []


def test_a_key_never_leads_out_of_the_folder(aws: Any, tmp_path: Path) -> None:
    aws.client("s3").put_object(Bucket=aws.bucket, Key="a/../../../b.warc.gz", Body=b"x")

    with pytest.raises(ValueError, match="outside"):
        folder.save(aws.client("s3"), aws.bucket, tmp_path / "archive")

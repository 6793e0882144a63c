"""A bucket's open table is asked from copies on this machine, which are those that the bucket has now."""

from datetime import date
from pathlib import Path

import pytest
from tests.conftest import Aws
from tests.open_table import page, write

from pressmark.catalog import asking, local
from pressmark.catalog.local import Copies, Days, InFolder
from pressmark.catalog.naming import PREFIX
from pressmark.catalog.shelf import BucketShelf, ChangedError
from pressmark.errors import ArchiveError


def put(aws: Aws, folder: Path) -> None:
    for path in folder.rglob("*.parquet"):
        key = path.relative_to(folder).as_posix()
        aws.client("s3").put_object(Bucket=aws.stack.bucket, Key=key, Body=path.read_bytes())


def copies(aws: Aws, tmp_path: Path) -> Copies:
    return Copies(aws.client("s3"), aws.stack.bucket, tmp_path / "cache")


def urls(paths: list[Path]) -> list[str]:
    with asking.opened(paths) as database:
        return [
            url for batch in database.ask("select url from captures order by url").batches for (url,) in batch
        ]


@pytest.mark.slow
def test_the_files_of_a_period_are_fetched_once(aws: Aws, tmp_path: Path) -> None:
    write(tmp_path / "made", [page(1), page(2, day=24), page(3, day=25)])
    put(aws, tmp_path / "made")
    fetched: list[tuple[int, int]] = []
    asked = Copies(
        aws.client("s3"), aws.stack.bucket, tmp_path / "cache", on_bytes=lambda *told: fetched.append(told)
    )
    days = Days(date(2026, 11, 24), date(2026, 11, 25))
    assert urls(asked.paths(days)) == ["https://example.com/2", "https://example.com/3"]
    assert [done == total for done, total in fetched] == [False, True]
    assert urls(asked.paths(days)) == ["https://example.com/2", "https://example.com/3"]
    assert len(fetched) == 2
    assert len(urls(asked.paths(Days()))) == 3
    assert len(fetched) == 3


@pytest.mark.slow
def test_a_file_that_was_replaced_or_deleted_is_so_here(aws: Aws, tmp_path: Path) -> None:
    write(tmp_path / "made", [page(1), page(2, day=24)])
    put(aws, tmp_path / "made")
    asked = copies(aws, tmp_path)
    assert len(urls(asked.paths(Days()))) == 2
    write(tmp_path / "made", [page(7)])
    put(aws, tmp_path / "made")
    assert urls(asked.paths(Days())) == ["https://example.com/2", "https://example.com/7"]
    aws.client("s3").delete_object(
        Bucket=aws.stack.bucket, Key=f"{PREFIX}day=2026-11-24/2026-11-24-0000.parquet"
    )
    assert urls(asked.paths(Days())) == ["https://example.com/7"]
    assert len(list((tmp_path / "cache").rglob("*.parquet"))) == 1, "what was taken down is not kept"


def test_a_file_that_is_replaced_between_listing_and_fetching_is_listed_again(
    aws: Aws, tmp_path: Path
) -> None:
    write(tmp_path / "made", [page(1)])
    put(aws, tmp_path / "made")
    client = aws.client("s3")
    replaced: list[int] = []

    class Meanwhile:
        list_objects_v2 = client.list_objects_v2

        @staticmethod
        def get_object(**how: str) -> object:
            if not replaced:
                replaced.append(1)
                write(tmp_path / "made", [page(8)])
                put(aws, tmp_path / "made")
            return client.get_object(**how)

    asked = Copies(Meanwhile, aws.stack.bucket, tmp_path / "cache")  # type: ignore[arg-type]
    assert urls(asked.paths(Days())) == ["https://example.com/8"]


def test_what_is_too_large_is_refused_before_anything_is_fetched(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "made", [page(1)])
    put(aws, tmp_path / "made")
    monkeypatch.setattr(local, "MAX_CACHE_BYTES", 100)
    with pytest.raises(ArchiveError, match=r"choose a period with --from and --to, or ask Athena"):
        copies(aws, tmp_path).paths(Days())
    assert list((tmp_path / "cache").rglob("*")) == []


def test_what_was_not_used_for_longest_gives_way(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    write(tmp_path / "made", [page(number, day=20 + number) for number in (1, 2, 3)])
    put(aws, tmp_path / "made")
    asked = copies(aws, tmp_path)
    for number in (1, 2):
        (path,) = asked.paths(Days(date(2026, 11, 20 + number), date(2026, 11, 20 + number)))
        os.utime(path, (number, number))
    monkeypatch.setattr(local, "MAX_CACHE_BYTES", int(2.5 * path.stat().st_size))
    asked.paths(Days(date(2026, 11, 23), date(2026, 11, 23)))
    assert {path.parent.name for path in (tmp_path / "cache").rglob("*.parquet")} == {
        "day=2026-11-22",
        "day=2026-11-23",
    }


def test_only_files_that_the_writer_writes_and_a_takedown_looks_at_are_asked(
    aws: Aws, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    (ours,) = write(made, [page(1)])
    strangers = (
        ours.with_name("backup.parquet"),
        ours.parents[1] / "day=2026-02-30" / "2026-02-30-0000.parquet",
        ours.parents[1] / "day=2026-12-24" / ours.name,
    )
    for stranger in strangers:
        stranger.parent.mkdir(exist_ok=True)
        stranger.write_bytes(ours.read_bytes())
    put(aws, made)
    ours.with_name("d.parquet").mkdir()
    ours.with_name("2026-11-23-0001.parquet").mkdir()
    assert InFolder(made).paths(Days()) == [ours]
    assert urls(copies(aws, tmp_path).paths(Days())) == ["https://example.com/1"]
    ours.unlink()
    aws.client("s3").delete_object(Bucket=aws.stack.bucket, Key=ours.relative_to(made).as_posix())
    assert not InFolder(made).there()
    assert not copies(aws, tmp_path).there()


def test_a_file_in_a_bucket_is_deleted_only_as_it_was_seen(aws: Aws, tmp_path: Path) -> None:
    shelf = BucketShelf(aws.client("s3"), aws.bucket)
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("one")
    other.write_text("other")
    key = f"{PREFIX}day=2026-11-23/2026-11-23-0000.parquet"
    shelf.put(key, one)
    tag = shelf.fetch(key, tmp_path / "copy")
    shelf.put(key, other)
    with pytest.raises(ChangedError):
        shelf.delete(key, tag=tag)
    assert aws.objects()[key] == b"other"
    shelf.delete(key, tag=shelf.fetch(key, tmp_path / "copy"))
    assert key not in aws.objects()
    shelf.delete(key, tag=tag)

"""The open table in an S3 of other hands (ministack): written, replaced, cleared of what is gone, and compared."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import foreign
from tests.catalog.conftest import Folder, page

from pressmark.archive.objects import Objects
from pressmark.catalog import stones
from pressmark.catalog.check import Checker, Discrepancy
from pressmark.catalog.files import list_parts
from pressmark.catalog.naming import PREFIX
from pressmark.catalog.shelf import NEW, BucketShelf, ChangedError
from pressmark.catalog.updating import bring_up_to_date
from pressmark.catalog.writer import Catalog

pytestmark = pytest.mark.e2e


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[Any]:
    with foreign.ministack("s3", tmp_path) as client:
        client.create_bucket(Bucket="archive")
        yield client


def test_an_s3_of_other_hands_holds_the_same_open_table(s3: Any, folder: Folder) -> None:
    catalog = Catalog(
        files=Objects(s3, "archive"),
        shelf=BucketShelf(s3, "archive"),
        stones=stones.of_bucket(s3, "archive"),
        bucket="archive",
    )

    def seen() -> list[int]:
        import polars  # late: every process of a test run imports this file, and one runs it

        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="archive", Prefix=PREFIX)["Contents"]]
        files = [s3.get_object(Bucket="archive", Key=key)["Body"].read() for key in keys]
        return sorted(
            int(url.rpartition("/")[2])
            for data in files
            for url in polars.read_parquet(io.BytesIO(data))["url"]
        )

    for number in (1, 2):
        key = folder.warc([page(number)])
        s3.put_object(Bucket="archive", Key=key, Body=(folder.path / key).read_bytes())
        assert bring_up_to_date(catalog).written == 1
    assert seen() == [1, 2]
    assert bring_up_to_date(catalog).written == 0
    shelf, copy = catalog.shelf, folder.path / "copy"
    (part,) = list_parts(shelf)
    tag = shelf.fetch(part.key, copy)
    shelf.put(part.key, copy, tag=tag)
    for stale in (NEW, '"0123456789abcdef0123456789abcdef"'):
        with pytest.raises(ChangedError):
            shelf.put(part.key, copy, tag=stale)
    s3.put_object(Bucket="archive", Key=f"{PREFIX}day=2026-11-23/2026-11-23-0007.parquet", Body=b"gone")
    found: list[Discrepancy] = []
    Checker(catalog, on_problem=found.append).everything()
    assert [each.kind for each in found] == ["damaged-catalog-file"]
    assert bring_up_to_date(catalog).deleted == 1
    assert seen() == [1, 2]

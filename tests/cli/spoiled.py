"""A bucket whose open table can be spoiled, the ways in which that happens, and how to have it whole again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from tests.conftest import Aws
from tests.stacks import Copies

from pressmark.catalog.as_rows import footers_of


def catalog_files(aws: Aws) -> dict[str, bytes]:
    """Return the files of a stack's open table."""
    return {key: data for key, data in aws.objects().items() if key.startswith("catalog/")}


@dataclass
class Bucket:
    """An open table, to be spoiled. wanted: what is said without it; whole: its files; kept: the stack with them."""

    aws: Aws
    wanted: list[Any]
    whole: dict[str, bytes]
    kept: Copies

    def there(self) -> dict[str, bytes]:
        """Return the open table's files as they are now."""
        return catalog_files(self.aws)

    def restore(self) -> None:
        """Have the stack be what it was before a test changed it."""
        self.kept.put_back()

    def drop_table(self) -> None:
        """Delete the open table."""
        for key in self.there():
            self.aws.client("s3").delete_object(Bucket=self.aws.bucket, Key=key)

    def files(self) -> list[str]:
        """The files with rows, the newest day first."""
        return sorted((key for key in self.whole if key.endswith(".parquet")), reverse=True)

    def get(self, key: str) -> bytes:
        return self.whole[key]

    def put(self, key: str, data: bytes) -> None:
        self.aws.client("s3").put_object(Bucket=self.aws.bucket, Key=key, Body=data)

    def write(self, key: str, sql: str, said: dict[str, str] | None = None) -> None:
        """Write a file again as SQL makes it of its rows (``there``); said: what its footer says otherwise."""
        with TemporaryDirectory() as folder:
            there, out = Path(folder) / "there.parquet", Path(folder) / "out.parquet"
            there.write_bytes(self.get(key))
            footer = {
                bytes(name).decode(): bytes(value).decode()
                for name, value in duckdb.execute(
                    "SELECT key, value FROM parquet_kv_metadata(?)", [str(there)]
                ).fetchall()
            }
            footer |= said or {}
            values = ", ".join(f"'{name}': '{value}'" for name, value in footer.items())
            duckdb.execute(
                f"COPY (WITH there AS (FROM read_parquet('{there}', hive_partitioning = false)) {sql}) TO '{out}' "
                f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{values}}})"
            )
            self.put(key, out.read_bytes())


def garbage(bucket: Bucket) -> None:
    for key in bucket.files()[1::2]:
        bucket.put(key, b"PAR1 no more " * 20)


def empty(bucket: Bucket) -> None:
    bucket.put(bucket.files()[1], b"")


def damaged_within(bucket: Bucket) -> None:
    for key in bucket.files():
        data = bucket.get(key)
        middle = len(data) - int.from_bytes(data[-8:-4], "little") - 8
        bucket.put(key, data[:4] + b"\xa5" * (middle - 4) + data[middle:])


def without_the_home_of_a_group(bucket: Bucket) -> None:
    (home,) = [key for key in bucket.files() if "day=2026-11-22" in key]
    bucket.aws.client("s3").delete_object(Bucket=bucket.aws.bucket, Key=home)


def without_another_day_of_a_group(bucket: Bucket) -> None:
    bucket.aws.client("s3").delete_object(Bucket=bucket.aws.bucket, Key=bucket.files()[0])


def of_another_version(bucket: Bucket) -> None:
    """Whose columns are others, or mean something else."""
    for key, sql in zip(
        bucket.files(), ("url, 7 AS captured", "* REPLACE (upper(title) AS title)"), strict=False
    ):
        bucket.write(key, f"SELECT {sql} FROM there", {"pressmark.schema": "99"})


def of_other_files(bucket: Bucket) -> None:
    key = bucket.files()[-1]
    with TemporaryDirectory() as folder:
        (there := Path(folder) / "there.parquet").write_bytes(bucket.get(key))
        footer = footers_of([there])[there]
    groups = {group: replace(entry, files="0" * 64) for group, entry in footer.groups.items()}
    bucket.write(key, "FROM there LIMIT 0", replace(footer, groups=groups).to_metadata())


def with_copies(bucket: Bucket) -> None:
    for key in bucket.files()[:3]:
        bucket.put(key.replace("-0000.parquet", "-0007.parquet"), bucket.get(key))
        bucket.put(key.replace("day=2026-11-2", "day=2026-11-1"), bucket.get(key))
        bucket.put(key.replace(".parquet", " (1).parquet"), bucket.get(key))


def without_a_column(bucket: Bucket) -> None:
    """As of before a column was added that no capture has a value of."""
    for key in bucket.files()[:2]:
        bucket.write(key, "SELECT * EXCLUDE (etag) FROM there")


Spoil = Callable[[Bucket], None]

SPOILED: list[tuple[Spoil, str]] = [
    (garbage, "2026-11-19"),
    (empty, "2026-11-22"),
    (damaged_within, "2026-11-13"),
    (without_the_home_of_a_group, "2026-11-22"),
    (without_another_day_of_a_group, "2026-11-23"),
    (of_another_version, "2026-11-22"),
    (of_other_files, "2026-11-13"),
    (with_copies, "2026-11-20"),
    (without_a_column, "never"),
]
"""Each way, and the first day of which a file is not right then."""

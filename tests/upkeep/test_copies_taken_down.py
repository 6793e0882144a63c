"""What was taken down stays down, whichever file brings it back: under another name, or as other tools write it."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Aws
from tests.factories import NOON, make_capture, write_warc
from tests.odd.test_stack import run, stack

from pressmark.archive.tombstones import Hop, Tombstone, Tombstones

__all__ = ["stack"]
SECRET, OTHER = "https://example.com/secret", "https://example.com/ok"
AT = NOON.replace(microsecond=123_456)

COPIES: dict[str, Callable[[bytes], bytes]] = {
    "recompressed": lambda data: data,
    "whole seconds": lambda data: data.replace(
        b"WARC-Date: 2026-11-23T12:00:00.123456Z", b"WARC-Date: 2026-11-23T12:00:00Z"
    ),
    "milliseconds": lambda data: data.replace(b"12:00:00.123456Z\r\n", b"12:00:00.123Z\r\n"),
    "another spelling": lambda data: data.replace(
        b"I: https://example.com/secret", b"I: HTTPS://example.com/secret"
    ),
}


def written() -> tuple[str, bytes, list[dict[str, Any]]]:
    file, stored = write_warc([make_capture(SECRET, at=AT), make_capture(OTHER, at=AT)])
    data = file.open().read()
    key = file.key
    file.close()
    return key, data, stored


def listed(*arguments: object) -> dict[str, list[str]]:
    """Where each URL's captures have their bytes; "" for one that was taken down."""
    found: dict[str, list[str]] = {}
    for line in run("list", "--json", *arguments).stdout.splitlines():
        row = json.loads(line)
        found.setdefault(row["url"].lower(), []).append(row.get("warc", ""))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two captures, of which one is taken down, as a bucket that is copied down has it."""
    key, data, _ = written()
    path = tmp_path / "folder" / key
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    rows = [
        json.loads(line)
        for line in run("list", "--json", "--archive", tmp_path / "folder").stdout.splitlines()
    ]
    (row,) = (row for row in rows if row["url"] == SECRET)
    hop = Hop("com,example", f"com,example)/secret {row['captured']}", row["url"], row["captured"])
    stone = Tombstone(key, row["offset"], 1, "2026-11-24T00:00:00Z", "an order", (hop,))
    place = tmp_path / "folder" / stone.key
    place.parent.mkdir(parents=True)
    place.write_text(stone.to_json())
    return tmp_path / "folder"


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_in_a_folder_brings_nothing_back(folder: Path, tmp_path: Path, name: str) -> None:
    (original,) = folder.rglob("*.warc.gz")
    assert not any(listed("--archive", folder).get(SECRET, []))
    copy = tmp_path / "copy.warc.gz"
    changed = COPIES[name](gzip.decompress(original.read_bytes()))
    copy.write_bytes(gzip.compress(changed))
    assert run("import", copy, "--archive", folder).exit_code == 0
    assert len(list(folder.rglob("*.warc.gz"))) == 2
    found = listed("--archive", folder)
    assert not any(found.get(SECRET, []))
    assert any(found[OTHER])


@pytest.mark.parametrize(
    ("gone", "kept"),
    [("00.000010Z", "00.000016Z"), ("00.100000Z", "00.123456Z"), ("00.123456Z", "00.123450Z")],
)
def test_another_capture_in_the_same_second_stays(gone: str, kept: str) -> None:
    day = "2026-11-23T12:00:"
    hop = Hop("com,example", f"com,example)/secret {day}{gone}", SECRET, day + gone)
    stones = Tombstones([Tombstone("warcs/a.warc.gz", 0, 1, "2026-11-24T00:00:00Z", "an order", (hop,))])
    assert stones.took(SECRET, day + gone)
    assert not stones.took(SECRET, day + kept)


def test_a_tombstone_that_comes_later_hides_every_copy(folder: Path) -> None:
    (original,) = folder.rglob("*.warc.gz")
    (stone,) = folder.rglob("*.json")
    text = stone.read_text()
    stone.unlink()
    (folder / "copy.warc.gz").write_bytes(gzip.compress(gzip.decompress(original.read_bytes())))
    assert listed("--archive", folder)[SECRET]
    stone.write_text(text)
    assert not any(listed("--archive", folder).get(SECRET, []))
    stone.unlink()
    assert listed("--archive", folder)[SECRET]


@pytest.mark.slow
@pytest.mark.parametrize("name", COPIES)
def test_a_copy_in_a_stack_brings_nothing_back_even_where_the_tombstone_is_damaged(
    stack: Aws, tmp_path: Path, name: str
) -> None:
    _, data, _ = written()
    (tmp_path / "a.warc.gz").write_bytes(data)
    assert run("import", tmp_path / "a.warc.gz").exit_code == 0
    assert run("delete", SECRET, "--at", "20261123120000", "--reason", "an order", "--yes").exit_code == 0
    (tmp_path / "b.warc.gz").write_bytes(gzip.compress(COPIES[name](gzip.decompress(data))))
    assert run("import", tmp_path / "b.warc.gz").exit_code == 0
    assert not any("warc" in row for row in stack.rows() if row["url"].lower() == SECRET)
    before = [row for row in stack.rows() if row["url"].lower() == SECRET]
    s3 = stack.client("s3")
    (key,) = (key for key in stack.objects() if key.startswith("tombstones/"))
    s3.put_object(Bucket=stack.bucket, Key=key, Body=b"{")
    done = run("rebuild")
    assert done.exit_code == 5
    assert key in done.stderr
    assert [row for row in stack.rows() if row["url"].lower() == SECRET] == before


def test_a_file_whose_name_another_one_has_is_imported_all_the_same(tmp_path: Path) -> None:
    key, data, _ = written()
    place = tmp_path / "folder" / key
    place.parent.mkdir(parents=True)
    place.write_bytes(data[: len(data) // 2])
    (tmp_path / "whole.warc.gz").write_bytes(data)
    assert run("import", tmp_path / "whole.warc.gz", "--archive", tmp_path / "folder").exit_code == 0
    assert place.read_bytes() == data[: len(data) // 2]
    assert {SECRET, OTHER} <= set(listed("--archive", tmp_path / "folder"))
    again = run("import", tmp_path / "whole.warc.gz", "--archive", tmp_path / "folder")
    assert "already in the archive" in again.stdout

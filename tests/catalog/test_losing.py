"""What a damaged WARC file has lost stays in the open table, which may have the last copy."""

import gzip
import io
from collections.abc import Callable, Iterator

import duckdb
import pytest
from tests.catalog.conftest import Folder, page

from pressmark.archive.keys import split_capture


def texts(folder: Folder) -> dict[str, str | None]:
    return dict(duckdb.sql(f"SELECT url, text FROM read_parquet('{folder.glob}')").fetchall())


def members(data: bytes) -> Iterator[int]:
    """Where each gzip member of a file ends."""
    stream, end = io.BytesIO(data), 0
    for start in range(1, len(data)):
        if data[start : start + 3] == b"\x1f\x8b\x08":
            stream.seek(end)
            try:
                gzip.decompress(data[end:start])
            except (EOFError, OSError):
                continue
            end = start
            yield start
    yield len(data)


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def cut_between_records(data: bytes) -> bytes:
    ends = list(members(data))
    return data[: ends[len(ends) // 2]]


def emptied(_: bytes) -> bytes:
    return b""


def overwritten(data: bytes) -> bytes:
    return data[: len(data) // 3] + bytes(len(data) - len(data) // 3)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("harm", [cut, cut_between_records, emptied, overwritten])
def test_captures_and_texts_that_a_damaged_file_has_lost_stay_until_it_is_whole(
    folder: Folder, harm: Callable[[bytes], bytes], again: bool
) -> None:
    key = folder.warc([page(1), page(2), page(3)])
    folder.update()
    before = texts(folder)
    assert len(before) == 3
    assert all(before.values())
    whole = (folder.path / key).read_bytes()
    (folder.path / key).write_bytes(harm(whole))
    if harm is not overwritten or again:  # the same size is not noticed until everything is written again
        done = folder.update(again=again)
        assert (done.written, list(done.kept.values()), done.is_complete) == (0, [[key]], False)
    assert texts(folder) == before
    (folder.path / key).write_bytes(whole)
    assert folder.update(again=again).is_complete
    assert texts(folder) == before
    assert folder.check() == []


def test_a_text_that_is_lost_alone_is_kept(folder: Folder) -> None:
    key = folder.warc([page(1)])
    folder.update()
    before = texts(folder)
    whole = (folder.path / key).read_bytes()
    (folder.path / key).write_bytes(whole[: list(members(whole))[-2]])
    assert folder.update().kept
    assert texts(folder) == before


def test_a_file_that_was_damaged_from_the_beginning_keeps_nothing_else_out(folder: Folder) -> None:
    key = folder.warc([page(1), page(2), page(3)])
    (folder.path / key).write_bytes(cut((folder.path / key).read_bytes()))
    assert folder.update().is_complete
    count = len(texts(folder))
    folder.warc([page(4)])
    assert folder.update().is_complete
    assert len(texts(folder)) == count + 1


def test_what_was_taken_down_does_not_stay_for_the_sake_of_a_damaged_file(folder: Folder) -> None:
    key = folder.warc([page(1), page(2), page(3)])
    folder.update()
    whole = (folder.path / key).read_bytes()
    folder.take_down("https://news1.example.com/1")
    (folder.path / key).write_bytes(cut(whole))
    assert folder.update().is_complete
    assert "news1" not in " ".join(split_capture(capture)[0] for _, capture in folder.seen())

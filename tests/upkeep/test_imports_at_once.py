"""Two imports into one archive folder at the same time: neither replaces what the other has written."""

import io
from pathlib import Path

import pytest

from pressmark.archive.folder_files import FolderFiles
from pressmark.errors import ArchiveError
from pressmark.upkeep.importing import FolderStore

KEY = "warcs/2026/11/23/a.warc.gz"


class Slow(io.BytesIO):
    """The file of an import; while it is being written, another import finishes."""

    def __init__(self, data: bytes, other: FolderStore, theirs: bytes) -> None:
        super().__init__(data)
        self._other, self._theirs = other, theirs

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if not self._other.holds(KEY):
            self._other.put(KEY, io.BytesIO(self._theirs))
        return piece


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(FolderFiles(tmp_path))


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_another_file_that_took_the_name_in_the_meantime_stays(store: FolderStore, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="import the file again"):
        store.put(KEY, Slow(b"mine", store, b"theirs"))

    assert (tmp_path / KEY).read_bytes() == b"theirs"
    assert files(tmp_path) == ["a.warc.gz"], "nothing half written is left"


def test_the_same_file_written_twice_is_there_once(store: FolderStore, tmp_path: Path) -> None:
    store.put(KEY, Slow(b"ours", store, b"ours"))

    assert (tmp_path / KEY).read_bytes() == b"ours"
    assert files(tmp_path) == ["a.warc.gz"]


def test_without_links_a_file_that_is_there_stays_all_the_same(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", link)

    with pytest.raises(ArchiveError, match="import the file again"):
        store.put(KEY, Slow(b"mine", store, b"theirs"))

    assert (tmp_path / KEY).read_bytes() == b"theirs"
    assert files(tmp_path) == ["a.warc.gz"]

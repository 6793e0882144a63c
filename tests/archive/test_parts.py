"""Parts of files that are fetched bit by bit."""

import pytest

from pressmark.archive.parts import Part, fetch

DATA = bytes(range(100))


class Files:
    """One file. asked: where each part of it began, and how long it was."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def get(self, key: str, offset: int, length: int) -> bytes:
        assert key == "file"
        self.asked.append((offset, length))
        return DATA[offset : offset + length]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.setattr("pressmark.archive.parts.PIECE_BYTES", 10)
    return Files()


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 20, 35])
def test_a_part_is_fetched_in_pieces_and_to_its_end(files: Files, length: int) -> None:
    assert fetch(files, "file", 7, length).read() == DATA[7 : 7 + length]
    assert [offset for offset, _ in files.asked] == [*range(7, 7 + length, 10)]
    assert sum(size for _, size in files.asked) == length


@pytest.mark.parametrize("size", [1, 3, 10, 1000])
def test_a_piece_is_given_in_as_many_reads_as_it_takes(files: Files, size: int) -> None:
    part, got = Part(files, "file", 7, 25), b""
    assert files.asked == [], "nothing is fetched before it is read"
    while data := part.read(size):
        assert len(data) <= size
        got += data
    assert got == DATA[7:32]
    assert part.read() == b""
    assert len(files.asked) == 3

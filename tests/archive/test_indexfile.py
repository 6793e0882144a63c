"""Whose an index file is, and what becomes of one that is damaged: nothing of another program's is ever written to."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.databases import refusing

from pressmark.archive import indexfile
from pressmark.archive.indexfile import ForeignFileError, IndexFile, Kind, LockedError

SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (id INTEGER PRIMARY KEY, word TEXT);
CREATE INDEX IF NOT EXISTS by_word ON pages (word);
CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5 (text);
"""
OLDER = "CREATE TABLE pages (id INTEGER PRIMARY KEY, term TEXT);"
KIND = Kind("index", application_id=0x12345678, version=3, schema=SCHEMA, older=(OLDER,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


def filled(path: Path, kind: Kind = KIND) -> None:
    opened = IndexFile.open(path, kind, own_place=True)
    opened.database.execute("BEGIN")
    opened.database.executemany(
        "INSERT INTO pages (word) VALUES (?)", ((f"word {number}" * 20,) for number in range(2000))
    )
    opened.database.execute("COMMIT")
    opened.close()


def count(opened: IndexFile) -> int:
    return int(opened.database.execute("SELECT count(*) FROM pages").fetchone()[0])


def test_an_index_is_begun_kept_and_says_whose_it_is(path: Path) -> None:
    filled(path)
    with closing(IndexFile.open(path, KIND, own_place=False)) as opened:
        assert (count(opened), opened.told, opened.in_memory) == (2000, [], False)
    assert path.read_bytes()[68:72] == KIND.application_id.to_bytes(4)


def foreign(*statements: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            for statement in statements:
                database.execute(statement)

    return make


FOREIGN = {
    "tables of other names": foreign(
        "CREATE TABLE bookmarks (url TEXT)", "INSERT INTO bookmarks VALUES ('x')"
    ),
    "tables of the same names": foreign(
        "CREATE TABLE pages (a TEXT)", "CREATE TABLE texts (b TEXT)", "INSERT INTO pages VALUES ('mine')"
    ),
    "the same names and version": foreign(
        "CREATE TABLE pages (a TEXT)", "CREATE TABLE texts (b TEXT)", "PRAGMA user_version = 3"
    ),
    "another program's id": foreign(
        "PRAGMA application_id = 7", *(each for each in SCHEMA.split(";\n") if each.strip())
    ),
    "no tables, another id": foreign("PRAGMA application_id = 7"),
    "a log of its own": foreign("PRAGMA journal_mode = WAL", "CREATE TABLE pages (a TEXT)"),
}


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("own_place", [False, True])
def test_another_programs_database_is_left_alone_to_the_byte(
    path: Path, make: Callable[[Path], None], own_place: bool
) -> None:
    make(path)
    before = path.read_bytes()
    if own_place:
        with closing(IndexFile.open(path, KIND, own_place=True)) as opened:
            assert opened.in_memory
            assert "left alone" in opened.told[0]
            assert count(opened) == 0
    else:
        with pytest.raises(ForeignFileError, match="another program's"):
            IndexFile.open(path, KIND, own_place=False)
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name]


def test_another_file_that_was_named_is_left_alone(path: Path) -> None:
    path.write_text("a diary")
    with pytest.raises(ForeignFileError, match="not an SQLite database"):
        IndexFile.open(path, KIND, own_place=False)
    assert path.read_text() == "a diary"


def test_an_index_from_before_it_said_whose_it_is_is_made_again(path: Path) -> None:
    foreign(OLDER, "INSERT INTO pages (term) VALUES ('old')")(path)
    with closing(IndexFile.open(path, KIND, own_place=False)) as opened:
        assert (count(opened), opened.in_memory, opened.told) == (0, False, [])


def test_an_index_of_another_version_is_made_again(path: Path) -> None:
    filled(path)
    newer = Kind("index", KIND.application_id, 4, SCHEMA)
    with closing(IndexFile.open(path, newer, own_place=False)) as opened:
        assert (count(opened), opened.told) == (0, [])


def cut(data: bytearray) -> None:
    del data[len(data) // 2 :]


def zeros(data: bytearray) -> None:
    data[8192:16384] = bytes(8192)


def noise(data: bytearray) -> None:
    data[8192:24576] = random.Random(1).randbytes(16384)


def beginning(data: bytearray) -> None:
    data[100:4096] = random.Random(2).randbytes(3996)


def tail(data: bytearray) -> None:
    del data[-100:]


@pytest.mark.parametrize("harm", [cut, zeros, noise, beginning, tail])
@pytest.mark.parametrize("own_place", [False, True])
def test_a_damaged_index_is_made_again_and_that_is_said(
    path: Path, harm: Callable[[bytearray], None], own_place: bool
) -> None:
    filled(path)
    data = bytearray(path.read_bytes())
    harm(data)
    path.write_bytes(data)
    with closing(IndexFile.open(path, KIND, own_place=own_place)) as opened:
        assert (count(opened), opened.in_memory) == (0, False)
        assert "made again" in opened.told[0]
    with closing(IndexFile.open(path, KIND, own_place=own_place)) as opened:
        assert opened.told == []


@pytest.mark.parametrize("data", [b"\0" * 40960, b"SQLite format 3\0", random.Random(3).randbytes(5000)])
def test_what_cannot_be_read_as_an_index_is_set_aside_and_never_lost(path: Path, data: bytes) -> None:
    for number in (1, 2):
        path.write_bytes(data)
        with closing(IndexFile.open(path, KIND, own_place=True)) as opened:
            assert not opened.in_memory
            assert f"is now {path.name}.unreadable-{number}" in opened.told[0]
        assert path.with_name(f"{path.name}.unreadable-{number}").read_bytes() == data


def test_a_table_that_is_missing_is_damage(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP INDEX by_word")
    with closing(IndexFile.open(path, KIND, own_place=False)) as opened:
        assert "its tables are not what they should be" in opened.told[0]


def test_an_index_that_another_process_holds_is_said_to_be_in_use(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexfile, "WAIT_SECONDS", 0)
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LockedError, match="in use by another process"):
            IndexFile.open(path, KIND, own_place=True)
        other.execute("ROLLBACK")
        other.execute("BEGIN IMMEDIATE")  # who only writes does not keep readers out
        with closing(IndexFile.open(path, KIND, own_place=True)) as opened:
            assert (count(opened), opened.in_memory) == (2000, False)


def test_where_nothing_can_be_written_what_is_there_is_copied_into_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)

    monkeypatch.setattr(sqlite3, "connect", refusing(path))
    with closing(IndexFile.open(path, KIND, own_place=True)) as opened:
        assert (count(opened), opened.in_memory) == (2000, True)
        assert "cannot be written" in opened.told[0]


def test_damage_that_is_met_later_begins_the_index_anew(path: Path) -> None:
    filled(path)
    opened = IndexFile.open(path, KIND, own_place=True)
    opened.renew(sqlite3.DatabaseError("database disk image is malformed"))
    assert count(opened) == 0
    assert "malformed" in opened.told[0]
    opened.close()

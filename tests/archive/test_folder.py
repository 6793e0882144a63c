"""The index of an archive folder: always what the files say, and no more than the files say."""

import os
import random
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Aws
from tests.factories import NOON, article_html, fill, fill_folder, make_capture, write_warc

from pressmark.archive import indexfile
from pressmark.archive.content import response, warcinfo
from pressmark.archive.folder import INDEX, FolderReader
from pressmark.archive.ranges import of_url
from pressmark.archive.selection import Selection, select
from pressmark.archive.tombstones import Hop, Tombstone
from pressmark.errors import ArchiveError, NotFoundError

PAGE = "https://example.com/news/1"


def times(folder: Path) -> list[str]:
    """When the page was captured, as a freshly opened folder has it."""
    reader = FolderReader(folder)
    found = [row["captured"] for row in reader.page(of_url(PAGE), limit=100).items]
    reader.close()
    return found


def add(folder: Path, name: str, hours: int) -> Path:
    warc, _ = write_warc([make_capture(PAGE, at=NOON + timedelta(hours=hours))])
    path = folder / name
    path.write_bytes(warc.open().read())
    warc.close()
    return path


def test_files_that_come_change_and_go_are_noticed(tmp_path: Path) -> None:
    first, second = add(tmp_path, "a.warc.gz", 0), add(tmp_path, "b.warc.gz", 1)
    assert len(times(tmp_path)) == 2
    first.unlink()
    assert times(tmp_path) == ["2026-11-23T13:00:00.000000Z"]
    add(tmp_path, "b.warc.gz", 5)
    os.utime(second, ns=(1, 1))
    assert times(tmp_path) == ["2026-11-23T17:00:00.000000Z"]


def test_the_index_may_be_thrown_away(tmp_path: Path) -> None:
    add(tmp_path, "a.warc.gz", 0)
    before = times(tmp_path)
    (tmp_path / INDEX).unlink()
    assert times(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path, "a.warc.gz", 0)
    connect = sqlite3.connect

    def read_only(name: str, **options: object) -> sqlite3.Connection:
        if name != ":memory:":
            raise sqlite3.OperationalError("unable to open database file")
        return connect(name, **options)  # type: ignore[call-overload,no-any-return]  # passed through

    monkeypatch.setattr("sqlite3.connect", read_only)
    assert len(times(tmp_path)) == 1
    assert not (tmp_path / INDEX).exists()


@pytest.mark.slow
def test_the_items_are_the_tables_own(aws: Aws, tmp_path: Path) -> None:
    captures = [
        make_capture(PAGE, labels=["a"]),
        make_capture("https://example.org/", status=404, mime="text/plain"),
    ]
    filled = fill(aws, captures)
    fill_folder(
        tmp_path,
        [
            make_capture(PAGE, labels=["a"]),
            make_capture("https://example.org/", status=404, mime="text/plain"),
        ],
    )
    reader = FolderReader(tmp_path)
    keys = [{"site": item["site"], "capture": item["capture"]} for item in filled.items]
    assert [item | {"bucket": ""} for item in reader.rows(keys)] == [
        item | {"bucket": ""} for item in filled.items
    ]
    reader.close()


def test_what_was_taken_down_stays_down(tmp_path: Path) -> None:
    (path,) = fill_folder(tmp_path, [make_capture(PAGE), make_capture("https://example.org/")])
    assert len(times(tmp_path)) == 1
    reader = FolderReader(tmp_path)
    (row,) = reader.page(of_url(PAGE), limit=1).items
    reader.close()
    hop = Hop(row["site"], row["capture"], row["url"], row["captured"])
    stone = Tombstone(row["warc"], row["offset"], 1, "2026-11-24T00:00:00Z", "an order", (hop,))
    place = tmp_path / stone.key
    place.parent.mkdir(parents=True)
    place.write_text(stone.to_json())
    reader = FolderReader(tmp_path)
    (row,) = reader.page(of_url(PAGE), limit=5).items
    assert (row["deleted"], "warc" in row) == ("2026-11-24T00:00:00Z", False)
    with pytest.raises(NotFoundError):
        response(reader.files, row)
    reader.close()
    place.unlink()
    assert len(times(tmp_path)) == 1
    assert path.exists()


def test_no_key_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "archive").mkdir()
    reader = FolderReader(tmp_path / "archive")
    for key in ("../secret", "/etc/passwd", "a/../../secret"):
        with pytest.raises(NotFoundError, match="is not in"):
            reader.files.get(key, 0, 1)
    with pytest.raises(NotFoundError, match="no such file"):
        reader.files.open("gone.warc.gz")
    reader.close()


def test_bytes_that_are_missing_are_named(tmp_path: Path) -> None:
    path = add(tmp_path, "a.warc.gz", 0)
    reader = FolderReader(tmp_path)
    (row,) = reader.page(of_url(PAGE), limit=1).items
    data = path.read_bytes()
    path.write_bytes(data[: row["offset"] + 10])
    with pytest.raises(NotFoundError, match=r"a\.warc\.gz at \d+: 10 bytes there"):
        response(reader.files, row)
    reader.close()


def test_a_warcinfo_is_found_where_there_is_one(tmp_path: Path) -> None:
    path = add(tmp_path, "a.warc.gz", 0)
    (tmp_path / "b.warc").write_bytes(b"WARC/1.1\r\n")
    reader = FolderReader(tmp_path)
    info = warcinfo(reader.files, "a.warc.gz")
    assert path.read_bytes().startswith(info)
    assert len(info) > 100
    assert warcinfo(reader.files, "b.warc") == b""
    reader.close()


def pages(folder: Path, count: int = 8) -> tuple[Path, list[str]]:
    """A folder with a file of some pages."""
    urls = [f"https://example.com/news/{number}" for number in range(count)]
    warc, _ = write_warc([make_capture(url, at=NOON + timedelta(hours=at)) for at, url in enumerate(urls)])
    path = folder / "a.warc.gz"
    path.write_bytes(warc.open().read())
    warc.close()
    return path, urls


def found(reader: FolderReader, urls: list[str]) -> list[str]:
    """Those of the URLs that can be read back."""
    return [
        url
        for url in urls
        for row in reader.page(of_url(url), limit=1).items
        if response(reader.files, row).body
    ]


def test_damage_in_a_file_hides_only_the_page_it_hits(tmp_path: Path) -> None:
    path, urls = pages(tmp_path)
    reader = FolderReader(tmp_path)
    (row,) = reader.page(of_url(urls[2]), limit=1).items
    reader.close()
    data = path.read_bytes()
    at = row["offset"] + 12
    path.write_bytes(data[:at] + b"\xff" * 40 + data[at + 40 :])
    reader = FolderReader(tmp_path)
    assert found(reader, urls) == [url for url in urls if url != urls[2]]
    (damage,) = reader.damaged
    assert f"offset {row['offset']}:" in damage
    reader.close()


def test_a_garbage_file_among_good_ones_is_told_and_harms_none(tmp_path: Path) -> None:
    _, urls = pages(tmp_path)
    (tmp_path / "0.warc.gz").write_bytes(b"\x1f\x8b\x08 this is no archive " * 999)
    (tmp_path / "z.warc.gz").write_bytes(b"")
    reader = FolderReader(tmp_path)
    assert found(reader, urls) == urls
    assert [damage.partition(":")[0] for damage in reader.damaged] == ["0.warc.gz"]
    reader.close()


def test_half_a_capture_does_not_hide_the_whole_one_of_another_file(tmp_path: Path) -> None:
    path, urls = pages(tmp_path, 1)
    reader = FolderReader(tmp_path)
    (row,) = reader.page(of_url(urls[0]), limit=1).items
    reader.close()
    data = bytearray(path.read_bytes())
    data[row["meta_offset"] + 20] ^= 0xFF
    (tmp_path / "b.warc.gz").write_bytes(data)
    reader = FolderReader(tmp_path)
    assert reader.page(of_url(urls[0]), limit=9).items == [row]
    assert len(reader.damaged) == 1
    reader.close()


@pytest.mark.parametrize("goes", ["a.warc.gz", "b.warc.gz"])
def test_a_capture_that_two_files_hold_stays_when_one_of_them_goes(tmp_path: Path, goes: str) -> None:
    for name in ("a.warc.gz", "b.warc.gz"):
        add(tmp_path, name, 0)
    before = times(tmp_path)
    assert len(before) == 1
    (tmp_path / goes).unlink()
    assert times(tmp_path) == before


@pytest.mark.parametrize("html", [article_html(), article_html("Another page")], ids=["same", "another"])
def test_of_two_records_of_one_url_and_time_the_first_is_listed_and_another_page_is_told_of(
    tmp_path: Path, html: str
) -> None:
    fill_folder(tmp_path, [make_capture(PAGE), make_capture(PAGE, html=html)])
    reader = FolderReader(tmp_path)
    (row,) = reader.page(of_url(PAGE), limit=9).items
    reader.close()
    if html == article_html():
        assert reader.damaged == []
    else:
        assert row["title"] == "The ferry is late again"
        (line,) = reader.damaged
        assert f"not listed: the record at {row['offset']} has the same URL and time" in line
    assert times(tmp_path) == [row["captured"]]


def test_an_index_of_another_version_is_made_anew(tmp_path: Path) -> None:
    _, urls = pages(tmp_path)
    FolderReader(tmp_path).close()
    database = sqlite3.connect(tmp_path / INDEX)
    database.executescript("DELETE FROM items; PRAGMA user_version = 1;")
    database.close()
    reader = FolderReader(tmp_path)
    assert found(reader, urls) == urls
    reader.close()


# --- the index file itself ----------------------------------------------------------------------------------


def listed(folder: Path) -> tuple[list[str], list[str]]:
    """URLs of everything in a folder, and what was said of its index."""
    told: list[str] = []
    reader = FolderReader(folder, tell=told.append)
    found = [each.item["url"] for each in select(reader, Selection(), now=NOON + timedelta(days=1))]
    reader.close()
    return found, told


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Enough pages for an index of many database pages."""
    fill_folder(tmp_path, [make_capture(f"https://example.com/{number}") for number in range(60)])
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_index_is_made_again_and_lists_the_same(many: Path, seed: int) -> None:
    wanted, told = listed(many)
    assert (len(wanted), told) == (60, [])
    index = many / "index.sqlite"
    data = bytearray(index.read_bytes())
    chance = random.Random(seed)
    match seed:
        case 0:
            del data[len(data) // 2 :]
        case 1:
            data[:] = bytes(len(data))
        case 2:
            data[4096:] = chance.randbytes(len(data) - 4096)
        case 3:
            data[:] = b""
        case 4:
            data[:4096] = chance.randbytes(4096)
        case 5:
            place = 4096 * chance.randrange(1, len(data) // 4096)
            data[place : place + 4096] = chance.randbytes(4096)
    index.write_bytes(data)
    found, told = listed(many)
    assert found == wanted
    assert bool(told) == (seed != 3), "an empty file is an index that was never begun"
    assert listed(many) == (wanted, [])


def test_damage_that_is_met_while_it_is_asked_is_mended_as_well(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, _ = listed(many)
    monkeypatch.setattr(indexfile, "CHECKED_BYTES", 0)
    index = many / "index.sqlite"
    with closing(sqlite3.connect(index)) as database:
        (size,) = database.execute("PRAGMA page_size").fetchone()
        (root,) = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'items'").fetchone()
    data = bytearray(index.read_bytes())
    data[(root - 1) * size : root * size] = random.Random(7).randbytes(size)
    index.write_bytes(data)
    found, told = listed(many)
    assert found == wanted
    assert any("made again" in line for line in told)


def test_an_index_that_is_damaged_again_when_it_was_just_made_again_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_folder(tmp_path, [make_capture("https://example.com/1")])
    tries: list[int] = []

    def damaged(*_: object, **__: object) -> int:
        tries.append(1)
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr("pressmark.archive.folder.insert", damaged)
    with pytest.raises(ArchiveError, match=r"index\.sqlite: database disk image is malformed"):
        FolderReader(tmp_path)
    assert len(tries) == 2, "it is made again once"


@pytest.mark.slow
def test_another_programs_database_is_left_alone_and_the_folder_listed(many: Path) -> None:
    index = many / "index.sqlite"
    with closing(sqlite3.connect(index)) as database:
        for table in ("files", "items"):
            database.execute(f"CREATE TABLE {table} (own TEXT)")
        database.commit()
    before = index.read_bytes()
    found, told = listed(many)
    assert len(found) == 60
    assert "left alone" in told[0]
    assert index.read_bytes() == before


def test_an_index_that_another_process_holds_is_said_to_be_in_use(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(many)
    monkeypatch.setattr(indexfile, "WAIT_SECONDS", 0)
    with closing(sqlite3.connect(many / "index.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ArchiveError, match="in use by another process"):
            listed(many)
        other.execute("ROLLBACK")
        other.execute("BEGIN IMMEDIATE")
        assert len(listed(many)[0]) == 60, "nothing has changed, so nothing is written"

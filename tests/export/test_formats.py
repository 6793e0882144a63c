"""What exports say, compared with the archive item for item."""

import csv
import gzip
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from tests.export.conftest import NOW, Archive
from tests.factories import NOON, PAGE, fill_folder, make_capture

from pressmark.archive.folder import FolderReader
from pressmark.export import cdx, merge, tables, timemap, wacz
from pressmark.export.sorting import Sorter
from pressmark.warc.reader import read_captures


def test_cdxj_has_a_line_for_every_response_in_order(archive: Archive) -> None:
    lines = list(cdx.cdxj(archive.rows()))
    assert lines == sorted(lines)
    assert len(lines) == 11
    assert not any("example.net" in line for line in lines)
    key, timestamp, fields = lines[1].split(" ", 2)
    assert (key, timestamp) == ("com,example)/a", "20261124120000")
    assert json.loads(fields)["status"] == "301"
    revisits = [json.loads(line.split(" ", 2)[2]) for line in lines if "warc/revisit" in line]
    assert [each.get("status") for each in revisits] == ["200", None]


def test_cdx11_has_eleven_fields_and_a_header(archive: Archive) -> None:
    lines = list(cdx.cdx11(archive.rows()))
    assert lines[0] == " CDX N b a m s k r M S V g"
    assert all(len(line.split(" ")) == 11 for line in lines[1:])
    assert "sha1:" not in "".join(lines)


def test_merged_records_stand_where_their_rows_say(archive: Archive) -> None:
    out = io.BytesIO()
    copied = list(merge.merge(archive.reader, archive.reader.files, archive.rows(), out))
    assert (
        len(copied)
        == len({(each.row["site"], each.row["capture"]) for each in copied})
        == len(archive.rows())
    )
    out.seek(0)
    for each in copied:
        row = each.row
        piece = out.getvalue()[row["offset"] : row["offset"] + row["length"]]
        plain = gzip.decompress(piece).decode("utf-8", "replace")
        about = row["url"] if "digest" in row or "revisit" in row else ""
        assert f"WARC-Target-URI: {about}" in plain
        assert f"WARC-Date: {row['captured']}" in plain
    captures = list(read_captures(out, file="merged"))
    assert sum(len(capture.hops) for capture in captures) == len(copied)


def test_a_part_of_the_archive_brings_what_its_replay_needs(archive: Archive) -> None:
    out = io.BytesIO()
    newest = archive.rows(url=PAGE, start=NOON + timedelta(days=2), end=NOON + timedelta(days=2, hours=1))
    urls = [
        each.row["captured"][:10] for each in merge.merge(archive.reader, archive.reader.files, newest, out)
    ]
    assert sorted(urls) == ["2026-11-23", "2026-11-25"]  # the revisit, and the response it refers to
    redirect = archive.rows(url="http://example.com/a", latest=True)
    hops = [
        each.row["url"] for each in merge.merge(archive.reader, archive.reader.files, redirect, io.BytesIO())
    ]
    assert "https://www.example.com/b" in hops


def test_captures_that_stand_together_are_fetched_together(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    get = archive.reader.files.get
    monkeypatch.setattr(
        archive.reader.files,
        "get",
        lambda key, offset, length: asked.append((key, length)) or get(key, offset, length),
    )
    list(merge.merge(archive.reader, archive.reader.files, archive.rows(), io.BytesIO()))
    assert len(asked) == 3


def test_wacz_lists_its_pages_with_their_text(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    with path.open("wb") as out:
        count = wacz.write_wacz(out, archive.copy, created=NOW, title="Ferries")
    with zipfile.ZipFile(path) as bundle:
        pages = [json.loads(line) for line in bundle.read("pages/pages.jsonl").splitlines()]
        assert pages[0]["format"] == "json-pages-1.0"
        assert len(pages) == count + 1
        titles = {page["title"] for page in pages[1:]}
        assert {"The ferry is late again", "Straße", "Changed", "https://example.org/photo"} <= titles
        assert not any("robots.txt" in page["url"] for page in pages[1:])
        assert "forty minutes late" in next(page["text"] for page in pages[1:] if page["url"] == PAGE)
        package = json.loads(bundle.read("datapackage.json"))
        assert (package["title"], package["wacz_version"], package["created"]) == (
            "Ferries",
            "1.1.1",
            "2026-12-03T12:00:00Z",
        )
        for resource in package["resources"]:
            data = bundle.read(resource["path"])
            assert resource["bytes"] == len(data)
            assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
        assert bundle.getinfo("archive/data.warc.gz").compress_type == zipfile.ZIP_STORED
        index = gzip.decompress(bundle.read("indexes/index.cdx.gz")).decode().splitlines()
        meta, *blocks = bundle.read("indexes/index.idx").decode().splitlines()
        assert meta.startswith("!meta 0 ")
        assert blocks[0].split(" ")[:2] == index[0].split(" ")[:2]
        warc = bundle.read("archive/data.warc.gz")
        for line in index:
            fields = json.loads(line.split(" ", 2)[2])
            piece = warc[int(fields["offset"]) : int(fields["offset"]) + int(fields["length"])]
            assert f"WARC-Target-URI: {fields['url']}" in gzip.decompress(piece).decode("utf-8", "replace")


def test_a_wacz_is_the_same_each_time(archive: Archive) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for out in (first, second):
        wacz.write_wacz(out, archive.copy, created=NOW)
    assert first.getvalue() == second.getvalue()


def test_json_lines_are_the_rows(archive: Archive) -> None:
    rows = archive.rows()
    assert [json.loads(line) for line in tables.jsonl(rows)] == rows


def test_csv_has_every_attribute_and_runs_nothing(archive: Archive, tmp_path: Path) -> None:
    rows = archive.rows()
    lines = list(csv.DictReader(io.StringIO("\n".join(tables.csv_lines(rows)))))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert line["url"] == row["url"]
        assert line["authors"] == "; ".join(row.get("authors", []))
        assert line["offset"] == str(row["offset"])


def test_every_attribute_of_a_row_is_a_column(archive: Archive) -> None:
    assert {name for row in archive.rows() for name in row} - {"day"} - set(tables.COLUMNS) <= {
        "original_warc",
        "original_offset",
        "original_length",
    }


def test_parquet_is_read_back_by_duckdb(archive: Archive, tmp_path: Path) -> None:
    rows = archive.rows()
    path = tmp_path / "it's.parquet"
    assert tables.parquet(rows, path) == len(rows)
    with duckdb.connect() as database:
        found = database.execute(
            'SELECT url, captured, published, authors, size, "offset" FROM read_parquet(?) ORDER BY captured DESC, url',
            [str(path)],
        ).fetchall()
    expected = sorted(rows, key=lambda row: row["url"])
    expected.sort(key=lambda row: row["captured"], reverse=True)
    for line, row in zip(found, expected, strict=True):
        assert line[0] == row["url"]
        assert line[1].isoformat() + "Z" == row["captured"].replace(".000000", "")
        assert (line[2].isoformat() + "Z" if line[2] else None) == row.get("published")
        assert (line[3] or []) == row.get("authors", [])
        assert (line[4], line[5]) == (row.get("size"), row["offset"])


def test_a_timemap_names_first_and_last(archive: Archive) -> None:
    rows = list(reversed(archive.rows(url=PAGE)))
    text = "\n".join(timemap.timemap(PAGE, rows, base="http://localhost:8080/pressmark/"))
    assert text.startswith(f'<{PAGE}>; rel="original",\n')
    assert (
        f'<http://localhost:8080/pressmark/20261123120000/{PAGE}>; rel="first memento"; '
        'datetime="Mon, 23 Nov 2026 12:00:00 GMT"'
    ) in text
    assert text.count("memento") == 4
    assert f'20261126120000/{PAGE}>; rel="last memento"' in text
    assert not text.endswith(",")


def test_a_sorter_orders_by_bytes_and_keeps_each_key_once() -> None:
    with Sorter() as sorter:
        assert [sorter.add(key) for key in ("b", "a", "ä", "B", "a")] == [True, True, True, True, False]
        assert [key for key, _ in sorter] == ["B", "a", "b", "ä"]


def test_another_tools_warc_is_exported_as_well(tmp_path: Path) -> None:
    """Captures without our metadata record: each response for itself."""
    (source,) = fill_folder(tmp_path / "ours", [make_capture(PAGE), make_capture("https://example.com/2")])
    folder = tmp_path / "theirs"
    folder.mkdir()
    kept = b""
    with source.open("rb") as stream:
        data = stream.read()
    for capture in read_captures(io.BytesIO(data), file="x"):
        for hop in capture.hops:
            kept += data[hop.offset : hop.offset + hop.length]
    (folder / "other.warc.gz").write_bytes(kept)
    reader = FolderReader(folder)
    rows = Archive(folder, reader).rows()
    assert len(rows) == 2
    out = io.BytesIO()
    assert len(list(merge.merge(reader, reader.files, rows, out))) == 2
    assert out.getvalue() == kept
    reader.close()

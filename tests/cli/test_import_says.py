"""What an import says of files with nothing in them, and of what was there already."""

import gzip
import zipfile
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.factories import fill_folder, make_capture


def write(path: Path, *types: str) -> None:
    records = []
    for number, kind in enumerate(types):
        block = (
            "HTTP/1.1 200 OK\r\n\r\n" if kind == "response" else "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
        )
        head = (
            f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number:032}>\r\n"
            f"WARC-Date: 2026-11-20T12:00:00Z\r\nWARC-Target-URI: http://a.example/{number}\r\n"
            f"Content-Type: application/http; msgtype={kind}\r\nContent-Length: {len(block)}\r\n\r\n"
        )
        records.append(gzip.compress(f"{head}{block}\r\n\r\n".encode()))
    path.write_bytes(b"".join(records))


def test_an_import_says_why_a_file_gives_nothing_and_counts_what_is_new(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "asked.warc.gz", "request", "request")
    write(tmp_path / "two.warc.gz", "response", "response")
    (tmp_path / "none.warc.gz").touch()
    sources = [tmp_path / f"{name}.warc.gz" for name in ("asked", "two", "none")]
    first = run("import", *sources, "--archive", "archive")
    assert "asked.warc.gz: nothing to import (only request records)" in first.stdout
    assert "none.warc.gz: nothing to import (the file is empty)" in first.stdout
    assert first.stderr == "2 captures of 1 file imported; 2 files could not be used\n"
    assert first.exit_code == 1
    again = run("import", *sources, "--archive", "archive")
    assert again.stderr == (
        "nothing imported; 2 captures of 1 file already in the archive; 2 files could not be used\n"
    )


def test_an_import_names_a_damaged_file_once(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "bad.warc.gz", "response")
    with (tmp_path / "bad.warc.gz").open("ab") as file:
        file.write(b"no archive at all")
    result = run("import", tmp_path / "bad.warc.gz", "--archive", "archive")
    (told,) = [line for line in result.stderr.splitlines() if line.startswith("damaged: ")]
    assert told.count("bad.warc.gz") == 1
    assert "None" not in told


def test_an_import_of_another_kind_of_file_says_that_it_holds_no_record(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b"url,captured\n")
    result = run("import", tmp_path / "rows.csv", "--archive", "archive")
    assert "rows.csv: nothing to import (no WARC or ARC record could be read)" in result.stdout
    assert (result.exit_code, result.stderr) == (1, "nothing imported; 1 file could not be used\n")


def test_an_import_of_what_only_has_the_name_of_a_wacz_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.wacz").write_bytes(b"no archive at all")
    result = run("import", tmp_path / "notes.wacz", "--archive", "archive")
    assert "notes.wacz: nothing to import (not a WACZ: " in result.stdout
    assert (result.exit_code, result.stderr) == (1, "nothing imported; 1 file could not be used\n")


def test_articles_and_robots_txt_that_came_with_the_captures_are_counted(run: Run, tmp_path: Path) -> None:
    robots = make_capture("https://example.com/robots.txt", mime="text/plain", html=b"User-agent: *\n")
    robots.purpose = "robots"
    pages = [make_capture(f"https://example.com/news/{number}") for number in range(2)]
    (whole,) = fill_folder(tmp_path / "other", [robots, *pages])
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes(whole.read_bytes()[:-20])  # within the last text
    for path in (whole, cut):
        told = run("import", path, "--archive", path.name[:3]).stdout
        assert f"{path.name}: 3 captures, 2 articles: warcs/" in told
        assert told.endswith("; robots.txt files among the captures: 1\n")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (zipfile.ZIP_STORED, "3 captures, 3 articles: warcs/"),
        (zipfile.ZIP_DEFLATED, "nothing to import (Bad CRC-32 "),
    ],
)
def test_what_can_be_read_of_a_damaged_wacz_is_imported(
    run: Run, tmp_path: Path, how: int, told: str
) -> None:
    """Its members are not compressed; of one that is, nothing is read."""
    pages = [make_capture(f"https://example.com/news/{number}") for number in range(3)]
    (warc,) = fill_folder(tmp_path / "other", pages)
    bundle = tmp_path / "damaged.wacz"
    with zipfile.ZipFile(bundle, "w", how) as file:
        file.write(warc, "archive/data.warc.gz")
        where = file.getinfo(
            "archive/data.warc.gz"
        ).compress_size  # its header has 50 bytes: in the last record
    data = bytearray(bundle.read_bytes())
    data[where : where + 9] = bytes(9)
    bundle.write_bytes(data)
    result = run("import", bundle, "--archive", "archive")
    assert result.exit_code == 5, result.output
    assert told in result.stdout

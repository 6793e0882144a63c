"""A file is there whole or not at all, and a full disk is said by the file's name; odd clocks, numbers and reasons."""

import errno
import io
import json
import os
import re
import ssl
import subprocess
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli import forks
from tests.cli.conftest import Run
from tests.factories import NOON, fill_folder, make_capture

import pressmark
from pressmark.archive.folder import FolderReader
from pressmark.archive.selection import Selection, select, whole_rows
from pressmark.article.page.ld_speakers import strings
from pressmark.errors import MAX_REASON, PermanentError
from pressmark.export.merge import merge
from pressmark.export.wacz import write_wacz
from pressmark.files import whole_file
from pressmark.http.wire.reasons import plain

URL = "https://example.com/news/1"


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"older")
    file.chmod(0o640)
    with whole_file(file) as out:
        out.write(b"newer")
        assert file.read_bytes() == b"older"
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"newer", 0o640)
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), ValueError()]
)
def test_a_write_that_fails_leaves_the_older_file_and_nothing_else(
    tmp_path: Path, error: BaseException
) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"older")

    def fail() -> None:
        with whole_file(file) as out:
            out.write(b"half")
            raise error

    with pytest.raises(type(error)) as raised:
        fail()
    assert file.read_bytes() == b"older"
    assert [each.name for each in tmp_path.iterdir()] == ["x"]
    if isinstance(raised.value, OSError):
        assert (raised.value.errno, raised.value.filename) == (errno.ENOSPC, str(file))


def test_a_link_goes_on_pointing_where_it_did(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"older")
    (tmp_path / "link").symlink_to("real")
    with whole_file(tmp_path / "link") as out:
        out.write(b"newer")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"newer"


_SMALL_FILES = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
from pressmark.cli import main
main()
"""


@pytest.mark.slow
def test_get_into_a_full_disk_keeps_the_older_file_and_names_it(tmp_path: Path) -> None:
    fill_folder(tmp_path / "archive", [make_capture(URL, html="<title>x</title>" + "y" * 50_000)])
    environment = {**os.environ, "PRESSMARK_ARCHIVE": "archive"}

    assert forks.run(forks.MAIN, "list", cwd=tmp_path, env=environment).returncode == 0  # indexed
    (tmp_path / "page.html").write_bytes(b"older")
    done = forks.run(_SMALL_FILES, "get", URL, "-o", "page.html", cwd=tmp_path, env=environment)
    assert (done.returncode, "page.html: File too large" in done.stderr) == (4, True), done.stderr
    assert (tmp_path / "page.html").read_bytes() == b"older"
    assert not list(tmp_path.glob(".*.part"))


def _small_files(tmp_path: Path, *arguments: str, limit: int = 1000) -> "subprocess.CompletedProcess[str]":
    """Run a command that finds the disk full as soon as a file has so many bytes."""
    env = {**os.environ, "PRESSMARK_ARCHIVE": "archive", "TMPDIR": str(tmp_path / "temporary")}
    return forks.run(_SMALL_FILES.replace("1000", str(limit)), *arguments, cwd=tmp_path, env=env)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive that is indexed."""
    folder = tmp_path_factory.mktemp("large")
    fill_folder(folder / "archive", [make_capture(f"{URL}{number}") for number in range(40)])
    (folder / "temporary").mkdir()
    assert _small_files(folder, "list", "--limit", "1", limit=1 << 24).returncode == 0
    return folder


_FULL_DISK = """
import os, pathlib
from pressmark import files
def full(*, dir, prefix, suffix):
    name = os.path.join(dir, prefix + "x" + suffix)
    os.symlink("/dev/full", name)
    return os.open(os.devnull, os.O_RDONLY), name
files.tempfile.mkstemp = full
pathlib.Path.chmod = lambda *_, **__: None
from pressmark.cli import main
main()
"""
"""What writes the file that is asked for, whoever that is, finds the disk full; temporary files have room."""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("older", [b"older", None])
@pytest.mark.parametrize("form", ["cdxj", "cdx", "csv", "jsonl", "warc.gz", "wacz", "parquet"])
def test_an_export_into_a_full_disk_is_one_line_that_says_what_is_left(
    large: Path, form: str, older: bytes | None
) -> None:
    file = large / f"out.{form}"
    file.unlink(missing_ok=True)
    if older:
        file.write_bytes(older)
    before = sorted(each.name for each in large.iterdir())
    env = {**os.environ, "TMPDIR": str(large / "temporary")}
    done = forks.run(_FULL_DISK, "export", "-o", file.name, "--archive", "archive", cwd=large, env=env)
    left = "the older file is as it was" if older else "nothing of it is left"
    assert (done.returncode, done.stderr) == (4, f"pressmark: {file}: No space left on device; {left}\n")
    assert sorted(each.name for each in large.iterdir()) == before
    assert list((large / "temporary").iterdir()) == []
    assert not older or file.read_bytes() == older


@pytest.mark.slow
@pytest.mark.parametrize("form", ["parquet", "warc.gz"])
def test_an_export_names_the_folder_where_its_temporary_files_do_not_fit(large: Path, form: str) -> None:
    file = large / f"none.{form}"
    done = _small_files(large, "export", "-o", file.name, limit=10)
    assert (done.returncode, len(done.stderr.splitlines())) == (4, 1), done.stderr
    assert str(large / "temporary") in done.stderr
    assert not file.exists()
    assert not list(large.glob(".*"))


@pytest.mark.parametrize("name", ["x" * 255, "ä" * 127, "a\udcff.csv"])
def test_a_file_of_any_name_is_written_whole(tmp_path: Path, name: str) -> None:
    with whole_file(tmp_path / name) as out:
        out.write(b"x")
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("command", ["export", "get"])
def test_a_persons_own_file_that_ends_in_part_is_left_alone(run: Run, tmp_path: Path, command: str) -> None:
    fill_folder(tmp_path / "archive", [make_capture(URL)])
    theirs = tmp_path / "page.csv.part"
    theirs.write_text("theirs")
    result = run(command, URL, "-o", tmp_path / "page.csv", "--archive", tmp_path / "archive")
    assert (result.exit_code, theirs.read_text()) == (0, "theirs"), result.stderr


def test_no_module_writes_a_file_under_its_name_bit_by_bit() -> None:
    """A file that a person finds later is written by whole_file; the others are temporary, or grow line by line."""
    writes = re.compile(
        r"""\bopen\([^)]*["'][wax]b?\+?["']|\.write_(?:text|bytes)\(|\.(?:rename|replace)\((?:path|file|self\._)"""
    )
    source = Path(pressmark.__file__).parent
    found = {
        f"{path.relative_to(source)}: {line.strip()}"
        for path in source.rglob("*.py")
        if path.name != "files.py"
        for line in path.read_text().splitlines()
        if writes.search(line)
    }
    assert {each.partition(":")[0] for each in found} == {
        "access/keys/keyfile.py",  # the lock, which stays empty
        "catalog/days.py",  # in a temporary folder
        "catalog/run.py",  # in a temporary folder
        "catalog/shelf.py",  # into a temporary folder
        "cli/commands/replay.py",  # in a temporary folder
        "export/wacz.py",  # in a zip file
        "export/tables.py",  # in a temporary folder
        "local/folder.py",  # whether the log can be written
        "local/loop.py",  # the log
        "reading/process.py",  # pipes, and what the kernel is told
        "replay/page.py",  # in a temporary folder
        "replay/pywb.py",  # in a temporary folder
    }, found


@pytest.mark.slow
def test_verify_says_where_its_temporary_files_do_not_fit(tmp_path: Path) -> None:
    fill_folder(tmp_path / "archive", [make_capture(URL, html="<title>x</title>" + os.urandom(20_000).hex())])
    driver = _SMALL_FILES.replace(
        "main()\n", "from pressmark.upkeep import verify\nverify.SPOOL_BYTES = 10\nmain()\n"
    )
    environment = {**os.environ, "PRESSMARK_ARCHIVE": "archive", "TMPDIR": str(tmp_path)}
    for code, command in ((forks.MAIN, "list"), (driver, "verify")):
        done = forks.run(code, command, cwd=tmp_path, env=environment)
    assert (done.returncode, done.stderr) == (4, f"pressmark: {tmp_path}: File too large\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_device_that_is_full_is_named(run: Run, tmp_path: Path) -> None:
    fill_folder(tmp_path / "archive", [make_capture(URL)])
    result = run("get", URL, "-o", "/dev/full", "--archive", tmp_path / "archive")
    assert (result.exit_code, result.stderr) == (4, "pressmark: /dev/full: No space left on device\n")


@pytest.mark.parametrize("year", [1, 1970, 1979, 1980, 2107, 2108, 9999])
def test_a_clock_that_is_far_off_still_makes_a_wacz(tmp_path: Path, year: int) -> None:
    fill_folder(tmp_path, [make_capture(URL)])
    out, created = io.BytesIO(), datetime(year, 1, 1, tzinfo=UTC)
    with closing(FolderReader(tmp_path)) as reader:
        rows = [each.item for each in whole_rows(reader, select(reader, Selection(), now=NOON))]
        assert write_wacz(out, lambda warc: merge(reader, reader.files, rows, warc), created=created) == 1
    with zipfile.ZipFile(out) as bundle:
        assert bundle.testzip() is None
        assert {1980 <= each.date_time[0] <= 2107 for each in bundle.infolist()} == {True}


def test_numbers_that_json_does_not_have_are_no_text() -> None:
    said = json.loads('[NaN, Infinity, -Infinity, {"@value": NaN}, 1, 2.5, "NaN"]')
    assert strings(said) == ["1", "2.5", "NaN"]


def test_a_reason_is_cut() -> None:
    assert len(PermanentError("x", "y" * 100_000).reason) == MAX_REASON


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1003)"),
            "wrong version number",
        ),
        (
            ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:1003)"),
            "EOF occurred in violation of protocol",
        ),
        (OSError("[SYS] unknown error (_ssl.c:2580)"), "unknown error"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_reason_names_no_line_of_a_library(error: Exception, said: str) -> None:
    assert plain(error) == said

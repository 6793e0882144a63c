"""A file is there whole or not at all, and a full disk is said by the file's name; odd clocks, numbers and reasons."""

import errno
import json
import os
import ssl
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.factories import fill_folder, make_capture

from pressmark.article.ld_speakers import strings
from pressmark.errors import MAX_REASON, PermanentError
from pressmark.export.wacz import _Package
from pressmark.whole import whole_file
from pressmark.wire.reasons import plain

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


def test_get_into_a_full_disk_keeps_the_older_file_and_names_it(tmp_path: Path) -> None:
    fill_folder(tmp_path / "archive", [make_capture(URL, html="<title>x</title>" + "y" * 50_000)])
    environment = {**os.environ, "PRESSMARK_ARCHIVE": "archive"}

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert python("-m", "pressmark.cli", "list").returncode == 0  # indexed
    (tmp_path / "page.html").write_bytes(b"older")
    done = python("-c", _SMALL_FILES, "get", URL, "-o", "page.html")
    assert (done.returncode, "page.html: File too large" in done.stderr) == (4, True), done.stderr
    assert (tmp_path / "page.html").read_bytes() == b"older"
    assert not list(tmp_path.glob(".*.part"))


def test_verify_says_where_its_temporary_files_do_not_fit(tmp_path: Path) -> None:
    fill_folder(tmp_path / "archive", [make_capture(URL, html="<title>x</title>" + os.urandom(20_000).hex())])
    driver = _SMALL_FILES.replace(
        "main()\n", "from pressmark.archive import verify\nverify.SPOOL_BYTES = 10\nmain()\n"
    )
    environment = {**os.environ, "PRESSMARK_ARCHIVE": "archive", "TMPDIR": str(tmp_path)}
    for command in (["-m", "pressmark.cli", "list"], ["-c", driver, "verify"]):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (4, f"pressmark: {tmp_path}: File too large\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_device_that_is_full_is_named(run: Run, tmp_path: Path) -> None:
    fill_folder(tmp_path / "archive", [make_capture(URL)])
    result = run("get", URL, "-o", "/dev/full", "--archive", tmp_path / "archive")
    assert (result.exit_code, result.stderr) == (4, "pressmark: /dev/full: No space left on device\n")


@pytest.mark.parametrize("year", [1, 1970, 1979, 1980, 2107, 2108, 9999])
def test_a_clock_that_is_far_off_still_makes_a_wacz(tmp_path: Path, year: int) -> None:
    with zipfile.ZipFile(tmp_path / "x.wacz", "w") as bundle:
        info = _Package(bundle, datetime(year, 1, 1, tzinfo=UTC))._info("x", False)
        bundle.writestr(info, b"x")
    with zipfile.ZipFile(tmp_path / "x.wacz") as bundle:
        assert 1980 <= bundle.getinfo("x").date_time[0] <= 2107


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

"""Records larger than memory: every command reads them in pieces, or says that it does not read them whole."""

import gzip
import io
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from tests.cli.forks import started

PAGE = "https://example.com/large"
LARGE = 128 * 1024 * 1024
PEAK = 112 * 1024 * 1024
"""Bytes of memory that no command needs, though a body of LARGE goes through it: they need 30 to 95 MiB."""

MEASURED = """
import sys
from pressmark.cli.root import cli
try:
    cli(sys.argv[1:], standalone_mode=True)
finally:
    sys.stdout.flush()
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    # Not ru_maxrss, which counts what the process was before exec: these tests.
    print("peak", int(status["VmHWM"].split()[0]) * 1024, file=sys.stderr)
"""


def run(*arguments: object, into: Path) -> tuple[int, str, int]:
    """Run a command; return its exit code, what it said, and its peak of memory in bytes."""
    with into.open("wb") as out, TemporaryFile() as err, Path(os.devnull).open("rb") as nothing:
        streams = [file.fileno() for file in (nothing, out, err)]
        with started(MEASURED, *arguments, streams=streams) as ended:
            code = ended()
        err.seek(0)
        said = err.read().decode()
    return code, said, int(said.rpartition("peak ")[2].split()[0])


def zeros(size: int) -> Iterator[bytes]:
    piece = bytes(1 << 20)
    for _ in range(size >> 20):
        yield piece


def record(
    path: Path, kind: str, headers: str, head: bytes, body: Iterator[bytes], size: int, level: int = 1
) -> None:
    """Append a record as a gzip member."""
    deflate = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    begins = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{path.name}-{kind}>\r\n"
        f"WARC-Date: 2026-11-23T12:00:00.000000Z\r\n{headers}Content-Length: {len(head) + size}\r\n\r\n"
    )
    with path.open("ab") as file:
        file.write(deflate.compress(begins.encode() + head))
        for piece in body:
            file.write(deflate.compress(piece))
        file.write(deflate.compress(b"\r\n\r\n") + deflate.flush())


HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n%s\r\n"
OF_PAGE = f"WARC-Target-URI: {PAGE}\r\nContent-Type: application/http; msgtype=response\r\n"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a body of 128 MiB, which is a WARC file of 560 KB."""
    folder = tmp_path_factory.mktemp("large")
    path = folder / "large.warc.gz"
    record(path, "response", OF_PAGE, HTTP % b"", zeros(LARGE), LARGE)
    return folder


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a body of 128 MiB that is not compressed."""
    folder = tmp_path_factory.mktemp("stored")
    path = folder / "stored.warc.gz"
    record(path, "response", OF_PAGE, HTTP % b"", zeros(LARGE), LARGE, level=0)
    yield folder
    path.unlink()


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a page of 128 KB that decodes to 128 MiB."""
    folder = tmp_path_factory.mktemp("bomb")
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed:
        for piece in zeros(LARGE):
            packed.write(piece)
    data = out.getvalue()
    head = HTTP % b"Content-Encoding: gzip\r\n"
    record(folder / "bomb.warc.gz", "response", OF_PAGE, head, iter([data]), len(data))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [["get", PAGE], ["get", PAGE, "--raw"], ["export", "--format", "warc"], ["get", PAGE, "--warc"]],
    ids=str,
)
def test_a_large_body_goes_through_in_pieces(large: Path, tmp_path: Path, how: list[str]) -> None:
    out = tmp_path / "out"
    code, said, peak = run(*how, "--archive", large, into=out)
    assert code == 0, said
    assert peak < PEAK
    with out.open("rb") as file:
        if how[0] == "get" and "--warc" not in how:
            assert out.stat().st_size == LARGE
        else:
            assert file.read(2) == b"\x1f\x8b"


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        ["show", PAGE],
        ["get", PAGE, "--headers"],
        ["search", "zeros"],
        ["export", "--format", "wacz"],
        ["export", "--format", "cdxj"],
        ["stats"],
        ["verify", PAGE],
        ["verify"],
    ],
    ids=str,
)
def test_no_command_holds_a_large_record_in_memory(large: Path, tmp_path: Path, how: list[str]) -> None:
    code, said, peak = run(*how, "--archive", large, into=tmp_path / "out")
    assert code == (1 if how[0] == "search" else 0), said
    assert peak < PEAK


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        ["get", PAGE],
        ["get", PAGE, "--warc"],
        ["export", "--format", "warc"],
        ["export", "--format", "wacz"],
        ["verify", PAGE],
        ["verify"],
    ],
    ids=str,
)
def test_no_command_holds_a_large_part_of_a_file_in_memory(
    stored: Path, tmp_path: Path, how: list[str]
) -> None:
    out = tmp_path / "out"
    code, said, peak = run(*how, "--archive", stored, into=out)
    out.unlink()
    assert code == 0, said
    assert peak < PEAK


@pytest.mark.slow
def test_a_page_that_decodes_to_very_much_is_decoded_in_pieces(bomb: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said, peak = run("get", PAGE, "--archive", bomb, into=out)
    assert (code, out.stat().st_size) == (0, LARGE), said
    assert peak < PEAK
    code, said, peak = run("get", PAGE, "-o", tmp_path / "page", "--archive", bomb, into=out)
    assert (code, (tmp_path / "page").stat().st_size) == (0, LARGE), said
    assert peak < PEAK


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [["show", PAGE], ["get", PAGE, "--text"], ["search", "zeros"], ["get", PAGE, "--metadata"]],
    ids=str,
)
@pytest.mark.parametrize("kind", ["conversion", "metadata"])
def test_a_recorded_text_larger_than_any_is_not_read_and_that_is_said(
    tmp_path: Path, how: list[str], kind: str
) -> None:
    path = tmp_path / "archive" / "text.warc.gz"
    path.parent.mkdir()
    record(path, "response", OF_PAGE, HTTP % b"", iter([b"<p>here"]), 7)
    facts = json.dumps({"pressmark": 1, "purpose": "page", "request": {"url": PAGE}, "exchanges": [], "message_id": "m",
                        "article": {"title": "Zeros"}}).encode()  # fmt: skip
    of = f"WARC-Target-URI: urn:pressmark:{PAGE}\r\nContent-Type: application/json\r\n"
    padding = 0 if kind == "conversion" else 12 << 20
    record(path, "metadata", of, facts, iter([b" " * padding]), padding)
    if kind == "conversion":
        of = f"WARC-Target-URI: {PAGE}\r\nContent-Type: text/plain\r\n"
        record(path, "conversion", of, b"", zeros(LARGE), LARGE)
    code, said, peak = run(*how, "--archive", path.parent, into=tmp_path / "out")
    assert peak < PEAK
    if kind == "conversion" and how[0] != "search":
        assert (code, "not read" in said) == (5, True), said

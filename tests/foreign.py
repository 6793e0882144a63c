"""Other people's tools, each in an environment of its own (``make tools``), as judges of what we write.

``check_warc(path, …)`` and ``Replay`` take any WARC file; use them wherever a test has one.
"""

import http.client
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3
import fastwarc.cli
from click.testing import CliRunner

from pressmark.cli.root import cli
from pressmark.local.account import CREDENTIALS

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / ".tools"
SAM = TOOLS / "sam" / "bin" / "sam"
MINISTACK = TOOLS / "emulator" / "bin" / "ministack"
WAYBACK = TOOLS / "replay" / "bin" / "wayback"
CDXJ_INDEXER = TOOLS / "replay" / "bin" / "cdxj-indexer"
SCHEDULES_SECONDS = 10
"""So often ministack looks whether a schedule is due."""
OUR_BIN = Path(sys.executable).parent

ARCHITECTURE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


def require(tool: Path) -> Path:
    """Return the tool's path; a tool that is not there fails the test, it does not skip it."""
    if not tool.exists():
        raise AssertionError(f"{tool.relative_to(ROOT)} is not there: run `make tools` first")
    return tool


def run(*command: str | Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> str:
    """Run a tool to its end and return its output; if it fails, the error has all that it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        env=None if env is None else {"PATH": os.environ["PATH"], **env},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}:\n{output}"
    return done.stdout


def pressmark(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command of ours in this process and return what it prints; `push` in another would start another AWS."""
    done = CliRunner(env=env).invoke(cli, [str(part) for part in command])
    assert done.exit_code == 0, f"{' '.join(map(str, command))} ended with {done.exit_code}:\n{done.output}"
    return done.stdout


def shorter_sleep(folder: Path, seconds: float) -> dict[str, str]:
    """Return variables for a tool in Python that make it sleep half a second where it asks for just so many seconds.

    folder: where they lead it, and nothing else is.
    """
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        f"import time\nsleep = time.sleep\ntime.sleep = lambda s: sleep(0.5 if s == {seconds} else s)\n"
    )
    return {"PYTHONPATH": str(folder)}


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[Any], log: Path, seconds: float = 60) -> None:
    """Return when something accepts connections on a loopback port; fail with the log when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}:\n{log.read_text(errors='replace')[-4000:]}")


class Background:
    """A server process with its output in a file; ended with ``with``."""

    def __init__(
        self, command: Iterable[str | Path], *, port: int, log: Path, cwd: Path, env: Mapping[str, str]
    ):
        self.port = port
        self.log = log
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                cwd=cwd,
                env={"PATH": os.environ["PATH"], "HOME": str(cwd), **env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        try:
            wait_for_port(self.port, self._process, self.log)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            # The group: ministack and the emulator of the runtime have children of their own.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def text(self) -> str:
        """Return what it has printed so far."""
        return self.log.read_text(errors="replace")


def check_warc(*paths: Path) -> list[dict[str, Any]]:
    """Have warcio, FastWARC and cdxj-indexer read WARC files; return the index, an entry for each capture.

    An entry has the CDXJ fields, and also urlkey and timestamp.
    """
    run(OUR_BIN / "warcio", "check", *paths)
    # Without --verify-payloads, which fails every revisit: there the digest is of a payload that is elsewhere.
    for path in paths:  # its command takes one
        done = CliRunner().invoke(fastwarc.cli.check, ["--quiet", str(path)])
        assert done.exit_code == 0, f"fastwarc check {path} ended with {done.exit_code}:\n{done.output}"
    entries = []
    for line in index_lines(paths):
        urlkey, timestamp, fields = line.split(" ", 2)
        entries.append({"urlkey": urlkey, "timestamp": timestamp, **json.loads(fields)})
    return entries


def index_lines(paths: Iterable[Path]) -> list[str]:
    """Return the CDXJ lines of WARC files, in the order of an index."""
    return run(require(CDXJ_INDEXER), "--sort", *paths).splitlines()


@dataclass(frozen=True)
class Replayed:
    """What pywb served: the archived status line, header lines and body, without its own additions."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes


PYWB_HEADERS = ("memento-datetime", "link", "content-location", "date", "preference-applied")
"""Header lines that pywb adds to the archived ones; archived ones of these names come prefixed."""

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
"""What browsers send; pywb removes content codings that are not in it."""

PREFIX = "X-Archive-Orig-"


# Archived heads may have more lines than its 100, and longer ones.
http.client._MAXHEADERS = 10_000  # type: ignore[attr-defined]
http.client._MAXLINE = 1_000_000  # type: ignore[attr-defined]


class Replay:
    """pywb, which replays the WARC files given to ``add``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._warcs = folder / "warcs"
        self._warcs.mkdir(parents=True)
        self._index = folder / "index.cdxj"
        self._index.touch()
        (folder / "config.yaml").write_text(
            "collections:\n  c:\n    index_paths: ./index.cdxj\n    archive_paths: ./warcs/\n"
        )
        port = free_port()
        self._server = Background(
            [require(WAYBACK), "-p", str(port), "-b", "127.0.0.1"],
            port=port,
            log=folder / "log",
            cwd=folder,
            env={},
        )

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def add(self, *paths: Path) -> None:
        """Index WARC files in addition to those that are there."""
        copies = [self._warcs / path.name for path in paths]
        for path, copy in zip(paths, copies, strict=True):
            copy.write_bytes(path.read_bytes())
        lines = set(self._index.read_text().splitlines()) | set(index_lines(copies))
        self._index.write_text("".join(f"{line}\n" for line in sorted(lines)))

    def get(self, url: str, timestamp: str = "") -> Replayed:
        """Replay a URL unrewritten (``id_``): its capture closest to a 14-digit timestamp, or the newest."""
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=30)
        try:
            connection.request(
                "GET",
                f"/c/{timestamp or '2999'}id_/{url}",
                headers={"Accept-Encoding": ACCEPT_ENCODING},
            )
            try:
                answer = connection.getresponse()
            except http.client.BadStatusLine:  # archived ones can make pywb send such lines
                return Replayed(0, "", [], b"")
            body = answer.read()
            headers = [
                (name.removeprefix(PREFIX), value)
                for name, value in answer.getheaders()
                if name.lower() not in PYWB_HEADERS
            ]
            return Replayed(answer.status, answer.reason, headers, body)
        finally:
            connection.close()


def sent(raw: bytes) -> Replayed:
    """Return what a raw HTTP/1.1 response with a Content-Length says, to compare a replay with."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    _, status, reason = status_line.split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return Replayed(int(status), reason, headers, body)


@contextmanager
def ministack(service: str, folder: Path) -> Iterator[Any]:
    """Run an AWS emulator by other people, empty, with its files in a folder; yield a boto3 client of one service."""
    port = free_port()
    variables = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "STATE_DIR": str(folder), **CREDENTIALS}
    with Background([require(MINISTACK)], port=port, log=folder / "log", cwd=folder, env=variables):
        client = boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name=CREDENTIALS["AWS_REGION"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        yield client
        client.close()

"""Programs in processes of their own, forked from one that has imported the command line already.

A fresh interpreter takes 200 ms of processor time and more until a command begins, a fork five. Run as a program, this
is the process that forks: it is sent jobs as JSON, each with three standard streams, and answers with exit codes.
"""

import atexit
import functools
import json
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

MAIN = "from pressmark.cli import main; main()"


def run(
    code: str, *arguments: object, cwd: Path | None = None, env: Mapping[str, str] = os.environ
) -> "subprocess.CompletedProcess[str]":
    """Run Python code to its end; what it says is in the result."""
    ends = [os.pipe(), os.pipe()]  # no files: of these, a test may let nobody write more than some bytes
    with Path(os.devnull).open("rb") as nothing:
        streams = [nothing.fileno(), *(write for _, write in ends)]
        ended = start(code, *arguments, streams=streams, cwd=cwd, env=env)
    for _, write in ends:
        os.close(write)
    with ThreadPoolExecutor() as threads, open(ends[0][0], "rb") as out, open(ends[1][0], "rb") as err:
        said = [data.decode() for data in threads.map(lambda end: end.read(), (out, err))]
    return subprocess.CompletedProcess(arguments, ended(), *said)


def on_terminal(
    code: str,
    *arguments: object,
    cwd: Path | None = None,
    env: Mapping[str, str] = os.environ,
    fresh: bool = False,
) -> tuple[int, str]:
    """Run Python code on a terminal of its own; return its exit code and what a person sees."""
    ours, theirs = pty.openpty()
    ended = start(code, *arguments, streams=[theirs] * 3, cwd=cwd, env=env, fresh=fresh)
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # Linux says so when nobody holds the other end
        while piece := os.read(ours, 1 << 16):
            seen += piece
    os.close(ours)
    return ended(), seen.decode("utf-8", "surrogateescape")


def start(
    code: str,
    *arguments: object,
    streams: list[int],
    cwd: Path | None = None,
    env: Mapping[str, str] = os.environ,
    fresh: bool = False,
) -> Callable[[], int]:
    """Run Python code; return what waits for it and returns its exit code.

    fresh: in an interpreter of its own, for where its start is the subject, as the encoding of its streams.
    """
    given, where = [*map(str, arguments)], cwd or Path.cwd()
    if fresh:
        names = dict(zip(("stdin", "stdout", "stderr"), streams, strict=True))
        return subprocess.Popen([sys.executable, "-c", code, *given], cwd=where, env=env, **names).wait
    job = json.dumps({"code": code, "arguments": given, "cwd": str(where), "env": {**env}}).encode()
    jobs = _forking()
    socket.send_fds(jobs, [len(job).to_bytes(4)], streams)
    jobs.sendall(job)
    return lambda: int.from_bytes(jobs.recv(4), signed=True)


@functools.cache
def _forking() -> socket.socket:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    ours.settimeout(120)

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _next_code(jobs: socket.socket) -> str | None:
    """Fork for each job: return its code in the fork, and None when there are no more."""
    while True:
        length, streams, *_ = socket.recv_fds(jobs, 4, 3)
        if not length:
            return None
        job = json.loads(jobs.recv(int.from_bytes(length), socket.MSG_WAITALL))
        child = os.fork()
        if child == 0:
            _become(job, streams)
            return str(job["code"])
        for stream in streams:
            os.close(stream)
        _, status = os.waitpid(child, 0)
        jobs.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, signed=True))


def _become(job: dict[str, Any], streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False, buffering=1 if os.isatty(1) else -1)
    sys.stderr = os.fdopen(2, "w", closefd=False, buffering=1, errors="backslashreplace")
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    sys.argv = ["-c", *job["arguments"]]


if __name__ == "__main__":
    import pressmark.archive.folder
    import pressmark.archive.selection
    import pressmark.cli.root

    assert pressmark.cli.root
    with socket.socket(fileno=int(sys.argv[1])) as jobs:
        code = _next_code(jobs)
    if code is not None:
        exec(code)

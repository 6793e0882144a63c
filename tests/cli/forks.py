"""Programs in processes of their own, forked from one that has imported the command line already.

A fresh interpreter takes 200 ms of processor time and more until a command begins, a fork five. Run as a program, this
is the process that forks: it is sent four descriptors for each job, of which the last is a connection of its own: the
job comes on it as JSON, its exit code goes back, and if the other end is closed before that, the program is killed.
"""

import atexit
import functools
import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

MAIN = "from pressmark.cli import main; main()"

LIMIT = 120.0
"""Seconds that a program may take to end all its output, and as many to end itself."""


def run(
    code: str, *arguments: object, cwd: Path | None = None, env: Mapping[str, str] = os.environ
) -> "subprocess.CompletedProcess[str]":
    """Run Python code to its end; what it says is in the result."""
    ends = [os.pipe(), os.pipe()]  # no files: of these, a test may let nobody write more than some bytes
    with Path(os.devnull).open("rb") as nothing:
        streams = [nothing.fileno(), *(write for _, write in ends)]
        with started(code, *arguments, streams=streams, cwd=cwd, env=env) as ended:
            for _, write in ends:
                os.close(write)
            said, returncode = _read(*(read for read, _ in ends)), ended()
    return subprocess.CompletedProcess(arguments, returncode, *(data.decode() for data in said))


def on_terminal(
    code: str,
    *arguments: object,
    cwd: Path | None = None,
    env: Mapping[str, str] = os.environ,
    fresh: bool = False,
) -> tuple[int, str]:
    """Run Python code on a terminal of its own; return its exit code and what a person sees."""
    ours, theirs = pty.openpty()
    with started(code, *arguments, streams=[theirs] * 3, cwd=cwd, env=env, fresh=fresh) as ended:
        os.close(theirs)
        (seen,) = _read(ours)
        return ended(), seen.decode("utf-8", "surrogateescape")


@contextmanager
def started(
    code: str,
    *arguments: object,
    streams: list[int],
    cwd: Path | None = None,
    env: Mapping[str, str] = os.environ,
    fresh: bool = False,
) -> Iterator[Callable[[], int]]:
    """Run Python code, at most while the block lasts; yield what waits for its end and returns its exit code.

    fresh: in an interpreter of its own, for where its start is the subject, as the encoding of its streams.
    """
    given, where = [*map(str, arguments)], cwd or Path.cwd()
    if fresh:
        stdin, stdout, stderr = streams
        command = [sys.executable, "-c", code, *given]
        with subprocess.Popen(
            command, cwd=where, env=env, stdin=stdin, stdout=stdout, stderr=stderr
        ) as process:
            try:
                yield lambda: process.wait(LIMIT)
            finally:
                process.kill()
        return
    job = {"code": code, "arguments": given, "cwd": str(where), "env": {**env}}
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            socket.send_fds(_forking(), [b"."], [*streams, theirs.fileno()])
        ours.settimeout(LIMIT)
        ours.sendall(json.dumps(job).encode() + b"\n")
        yield lambda: _exit_code(ours)


def _exit_code(answers: socket.socket) -> int:
    answer = answers.recv(4)
    if not answer:
        raise ChildProcessError("the process that forks has died")
    return int.from_bytes(answer, signed=True)


def _read(*ends: int) -> list[bytes]:
    """Read until nobody holds the other ends, and close these. Raises TimeoutError."""
    read, until = dict.fromkeys(ends, b""), time.monotonic() + LIMIT
    reading = [*ends]
    try:
        while reading:
            ready, _, _ = select.select(reading, [], [], max(0.0, until - time.monotonic()))
            if not ready:
                said = [data[-500:] for data in read.values()]
                raise TimeoutError(
                    f"after {LIMIT:.0f} s it has not ended its output, of which the last is {said}"
                )
            for end in ready:
                piece = b""
                with suppress(OSError):  # of a terminal, Linux says so when nobody holds the other end
                    piece = os.read(end, 1 << 16)
                read[end] += piece
                if not piece:
                    reading.remove(end)
    finally:
        for end in ends:
            os.close(end)
    return [*read.values()]


def _forking() -> socket.socket:
    """Where the process that forks takes jobs; if it has died, there is another."""
    process, jobs = _make_forking()
    if process.poll() is not None:
        _make_forking.cache_clear()
        _, jobs = _make_forking()
    return jobs


@functools.cache
def _make_forking() -> tuple["subprocess.Popen[bytes]", socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return process, ours


def _next_code(jobs: socket.socket) -> str | None:
    """Fork for each job: return its code in the fork, and None when there are no more."""
    while True:
        _, given, *_ = socket.recv_fds(jobs, 1, 4)
        if not given:
            return None
        *streams, connection = given
        with socket.socket(fileno=connection) as asker:
            with asker.makefile() as lines:
                job = json.loads(lines.readline())
            child = os.fork()
            if child == 0:
                _become(job, streams)
                return str(job["code"])
            for stream in streams:
                os.close(stream)
            ended = os.pidfd_open(child)
            ready, _, _ = select.select([ended, asker.fileno()], [], [])
            os.close(ended)
            if ended not in ready:
                os.kill(child, signal.SIGKILL)  # nobody waits for it any more
            _, status = os.waitpid(child, 0)
            with suppress(ConnectionError):
                asker.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, signed=True))


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
        exec(code, {"__name__": "__main__"})

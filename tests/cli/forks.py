"""Commands, and other code, in processes of their own, with what they write or show on a terminal."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.forked import Forked

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
    where = cwd or Path.cwd()
    if fresh:
        stdin, stdout, stderr = streams
        command = [sys.executable, "-c", code, *map(str, arguments)]
        with subprocess.Popen(
            command, cwd=where, env=env, stdin=stdin, stdout=stdout, stderr=stderr
        ) as process:
            try:
                yield lambda: process.wait(LIMIT)
            finally:
                process.kill()
        return
    forked = Forked(["-c", code, *map(str, arguments)], env=env, cwd=where, streams=streams)
    with closing(forked):
        yield lambda: forked.wait(LIMIT)


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

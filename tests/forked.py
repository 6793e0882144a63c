"""This project's programs in processes of their own, forked from one that has imported what they need.

A start takes a third of a second of processor time: for imports, and for botocore's descriptions of services. A fork
has the arguments, variables, folder, streams and passed descriptors of a process that was started, and runs its module
or its code from the beginning. But it can import this project's tests, too.

There are still real starts: below other processes (tests/local/test_serve.py and test_sample.py), of other handlers
(tests/local/test_environment.py, tests/reliability/test_poison.py) and with another path (tests/local/test_run.py).

Run as a program, this is the process that forks. It is sent a job with its descriptors. The last of these is a
connection of its own: the exit code goes back on it, and if its other end is closed before that, the program is killed.
"""

import atexit
import fcntl
import functools
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

FUNCTION = [sys.executable, "-m", "pressmark.local.environment", "handler.app.lambda_handler"]


class Forked:
    """A program that was forked; it is killed when this is closed or collected, if not before."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        streams: Sequence[int],
        passed: Sequence[int] = (),
    ) -> None:
        """Fork it.

        arguments: of the interpreter, ``-m`` and a module or ``-c`` and code, then the program's own. streams:
        descriptors of its standard input, output and error. passed: others, which have the same number there.
        """
        self._exit_code: int | None = None
        self._connection, theirs = socket.socketpair()
        with theirs:
            job = [str(cwd), list(arguments), dict(env), list(passed)]
            _forking(arguments[0]).fork(job, [*streams, *passed, theirs.fileno()])

    def wait(self, seconds: float | None = None) -> int:
        """Return its exit code. Raises TimeoutError, and ChildProcessError if the process that forks has died."""
        if self._exit_code is None:
            self._connection.settimeout(seconds)
            answer = self._connection.recv(4)
            if not answer:
                raise ChildProcessError("the process that forks has died")
            self._exit_code = int.from_bytes(answer, signed=True)
        return self._exit_code

    def has_ended(self) -> bool:
        """Whether it has ended, or nobody can know any more."""
        return self._exit_code is not None or bool(select.select([self._connection], [], [], 0)[0])

    def kill(self) -> None:
        """Kill it."""
        with suppress(OSError):  # it has ended
            self._connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Kill it and forget it."""
        self._connection.close()

    __del__ = close


@contextmanager
def functions(source: Path) -> Iterator[Any]:
    """Yield what stands for :mod:`subprocess` where functions are started. source: the only path that is forked for."""

    def start(command: Sequence[str], *, env: Mapping[str, str], **options: Any) -> Any:
        if command[:-1] != FUNCTION or env["PYTHONPATH"] != str(source):
            return subprocess.Popen(command, env=env, **options)
        return _Function(command[1:], env, *options["pass_fds"])

    yield SimpleNamespace(Popen=start, PIPE=subprocess.PIPE, STDOUT=subprocess.STDOUT)


class _Function:
    """Has the parts of a Popen that are used of a function's process."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str], answers: int) -> None:
        (theirs_in, ours_in), (ours_out, theirs_out) = os.pipe(), os.pipe()
        streams = [theirs_in, theirs_out, theirs_out]
        self._forked = Forked(arguments, env=env, cwd=Path.cwd(), streams=streams, passed=[answers])
        os.close(theirs_in)
        os.close(theirs_out)
        self.stdin = os.fdopen(ours_in, "w", encoding="utf-8")
        self.stdout = os.fdopen(ours_out, encoding="utf-8", errors="replace")
        self.kill = self._forked.kill

    def poll(self) -> int | None:
        return 0 if self._forked.has_ended() else None

    def wait(self) -> None:
        with suppress(ChildProcessError):
            self._forked.wait()


class _Forking:
    """A process that forks. kind: what it prepares."""

    def __init__(self, kind: str) -> None:
        self._jobs, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", __name__, kind, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                process_group=0,
            )
        atexit.register(self._end)

    def fork(self, job: Any, descriptors: list[int]) -> None:
        socket.send_fds(self._jobs, [json.dumps(job).encode()], descriptors)

    def _end(self) -> None:
        with suppress(OSError):  # it has died
            # Other forks of this process may have the socket, too.
            self._jobs.shutdown(socket.SHUT_RDWR)
        self._jobs.close()
        self.process.wait()


_turn = threading.Lock()
_all: dict[str, _Forking] = {}


def _forking(kind: str) -> _Forking:
    """Start it for the first program of a kind, and again if a test has killed it."""
    with _turn:
        if kind in _all and _all[kind].process.poll() is not None:
            del _all[kind]
        return _all.get(kind) or _all.setdefault(kind, _Forking(kind))


Job = tuple[str, list[str], dict[str, str], list[int]]
"""Folder, arguments, variables and the numbers of descriptors that are passed."""


def _next(jobs: socket.socket) -> tuple[Job, list[int]] | None:
    """Fork for each job: return it in the fork, with its descriptors, and None when there are no more."""
    running: dict[
        int, tuple[int, socket.socket]
    ] = {}  # descriptor of a process: its number, who waits for it
    while True:
        waiting = {connection: pidfd for pidfd, (_, connection) in running.items()}
        ready, _, _ = select.select([jobs, *running, *waiting], [], [])
        for pidfd in running.keys() & set(ready):
            child, connection = running.pop(pidfd)
            os.close(pidfd)
            _, status = os.waitpid(child, 0)
            with connection, suppress(OSError):  # nobody waits any more
                connection.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, signed=True))
            waiting.pop(connection)
        for connection in waiting.keys() & set(ready):
            signal.pidfd_send_signal(waiting[connection], signal.SIGKILL)
        if jobs in ready:
            said, descriptors, _, _ = socket.recv_fds(jobs, 1 << 20, 100)
            if not said:
                return None
            child = os.fork()
            if child == 0:
                return json.loads(said), descriptors
            *given, connection = descriptors
            running[os.pidfd_open(child)] = child, socket.socket(fileno=connection)
            for descriptor in given:
                os.close(descriptor)


def _prepare_functions() -> None:
    """Do what is the same in all processes: nothing of the handler's own module, which looks at its variables."""
    import botocore.session

    import pressmark.crawl.deliveries
    import pressmark.crawl.telemetry
    import pressmark.local.mapping  # noqa: F401
    from pressmark.crawl.service import Clients

    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    Clients.connect().close()
    gc.collect()
    gc.freeze()  # or each fork's first collection would copy all of it


def _prepare_commands() -> None:
    """Import what most commands do and no more: of some, tests look at the memory."""
    import pressmark.archive.folder
    import pressmark.archive.selection
    import pressmark.cli.root  # noqa: F401


PREPARE = {"-m": _prepare_functions, "-c": _prepare_commands}
"""By the interpreter's option: functions run as a module, commands and other code do not."""


def _become(job: Job, descriptors: list[int]) -> None:
    """Make a fork what a process is that was started for the job."""
    folder, arguments, env, passed = job
    os.setpgid(0, 0)
    os.chdir(folder)
    # Beyond all that they are to be, or one could be closed by another that takes its number.
    first = 100 + max(passed, default=0)
    high = [fcntl.fcntl(each, fcntl.F_DUPFD, first) for each in descriptors[:-1]]
    os.closerange(3, first)
    for descriptor, number in zip(high, (0, 1, 2, *passed), strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.stdin = os.fdopen(0, closefd=False)
    buffering = 1 if os.isatty(1) or env.get("PYTHONUNBUFFERED") else -1
    sys.stdout = os.fdopen(1, "w", buffering, closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, errors="backslashreplace", closefd=False)
    sys.argv = arguments[:1] + arguments[2:]


def main(kind: str, channel: int) -> None:
    """Fork, and run in each fork its program."""
    PREPARE[kind]()
    jobs = socket.socket(fileno=channel)
    given = _next(jobs)
    if given is None:
        os._exit(0)  # to free all that was imported would take longer
    jobs.detach()
    job, descriptors = given
    _become(job, descriptors)
    program = job[1][1]
    if kind == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        exec(program, {"__name__": "__main__"})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""The function's processes, forked from one that has imported what they need, instead of started.

A start takes a third of a second of processor time: for imports, and for botocore's descriptions of services. A fork
has the variables, streams, folder and process group of a process that was started, and runs the same module from its
beginning. But it can import this project's tests, too, and nothing is done at its end.

There are still real starts: below other processes (tests/local/test_serve.py and test_sample.py), of other handlers
(tests/local/test_environment.py, tests/reliability/test_poison.py) and with another path (tests/local/test_run.py).
"""

import fcntl
import functools
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from pathlib import Path
from types import SimpleNamespace
from typing import Any

COMMAND = [sys.executable, "-m", "pressmark.local.environment", "handler.app.lambda_handler"]


@contextmanager
def forking(source: Path) -> Iterator[Any]:
    """Yield what stands for :mod:`subprocess` in COMMAND's module. source: the only path that is forked for."""
    model = _Model(source)

    def start(command: Sequence[str], *, env: Mapping[str, str], **options: Any) -> Any:
        if command[:-1] != COMMAND or env["PYTHONPATH"] != str(source):
            return subprocess.Popen(command, env=env, **options)
        return _Forked(model, command[2:], env, *options["pass_fds"])

    yield SimpleNamespace(Popen=start, PIPE=subprocess.PIPE, STDOUT=subprocess.STDOUT)
    model.close()


class _Forked:
    """Has the parts of a Popen that the function's module uses."""

    def __init__(self, model: "_Model", command: Sequence[str], env: Mapping[str, str], answers: int) -> None:
        (theirs_in, ours_in), (ours_out, theirs_out) = os.pipe(), os.pipe()
        self._pidfd = model.fork(command, env, [theirs_in, theirs_out, answers])
        weakref.finalize(self, os.close, self._pidfd)
        os.close(theirs_in)
        os.close(theirs_out)
        self.stdin = os.fdopen(ours_in, "w", encoding="utf-8")
        self.stdout = os.fdopen(ours_out, encoding="utf-8", errors="replace")

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def poll(self) -> int | None:
        return 0 if wait([self._pidfd], 0) else None

    def wait(self) -> None:
        wait([self._pidfd])


class _Model:
    """The process that the others are forked from: started for the first of them."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._turn = threading.Lock()

    @functools.cached_property
    def _channel(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        path = os.pathsep.join(map(str, (self._source, Path(__file__).parents[1])))
        number = theirs.fileno()
        env = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, "-m", __name__, str(number)]
        self._process = subprocess.Popen(command, pass_fds=[number], env=env, process_group=0)
        theirs.close()
        return ours

    def fork(self, command: Sequence[str], env: Mapping[str, str], descriptors: list[int]) -> int:
        """Return a descriptor of the new process (pidfd_open(2))."""
        with self._turn:
            if "_channel" in self.__dict__ and self._process.poll() is not None:  # a test has killed it
                self.__dict__.pop("_channel").close()
            said = json.dumps([str(Path.cwd()), command, dict(env), descriptors[2:]]).encode()
            socket.send_fds(self._channel, [said], descriptors)
            (pidfd,) = socket.recv_fds(self._channel, 1, 1)[1]
        return pidfd

    def close(self) -> None:
        if "_channel" in self.__dict__:
            with suppress(OSError):  # it has died
                # Other forks of this process may have the socket, too.
                self._channel.shutdown(socket.SHUT_RDWR)
            self._channel.close()
            self._process.wait()


def _serve(channel: socket.socket) -> None:
    """Run in the model: fork for each request, until the other end is closed."""
    _prepare()
    while True:
        said, descriptors, _, _ = socket.recv_fds(channel, 1 << 20, 3)
        if not said:
            return
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass  # reaps those that have ended
        child = os.fork()
        if not child:
            channel.close()
            _become(*json.loads(said), descriptors)
        pidfd = os.pidfd_open(child)
        socket.send_fds(channel, [b"+"], [pidfd])
        for descriptor in (pidfd, *descriptors):
            os.close(descriptor)


def _prepare() -> None:
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
    gc.freeze()


def _become(
    folder: str, command: list[str], env: dict[str, str], passed: list[int], descriptors: list[int]
) -> None:
    """Be the process of a command in a fork, to its end."""
    code = 1
    try:
        os.setpgid(0, 0)
        os.chdir(folder)
        # Beyond all that they are to be, or one could be closed by another that takes its number.
        high = [fcntl.fcntl(got, fcntl.F_DUPFD, 100 + max(passed)) for got in descriptors]
        os.closerange(3, 100 + max(passed))
        for got, number in zip(high, (0, 1, *passed), strict=True):
            os.dup2(got, number)
            os.close(got)
        os.dup2(1, 2)
        os.environ.clear()
        os.environ.update(env)
        time.tzset()
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w", 1), os.fdopen(2, "w", 1)
        sys.argv = command[:]
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
        code = 0
    except BaseException:  # noqa: BLE001 - as at the end of every program
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))

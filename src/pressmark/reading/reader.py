"""Reads articles in a process of its own (:mod:`pressmark.reading.process`), which may die of a page.

The process is started once and kept warm; if it takes too much time or memory, or crashes, it is killed and the next
page gets a new one. A page is given up only if a process that has read nothing else dies of it: if one that has read
other pages dies, the page is tried once more in a new one.

The process is started by exec, not forked from one that has threads: so no lock is held in it that no thread will
release, and it inherits neither credentials nor connections. A socket pair is the only connection between the two, as
Lambda has no /dev/shm for the queues of :mod:`multiprocessing`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pressmark.http.exchange import Exchange
from pressmark.reading.process import LENGTH_BYTES, OUT_OF_MEMORY, READY, Read, ReadingError, request_of
from pressmark.requisites.wanted import Level, wanted_from

MODULE = "pressmark.article"
"""The module whose ``extract`` reads articles. Only the reading process loads it, and its parsers."""

READ_SECONDS = 15.0
"""Longest time for one page. The worst page within the limits of reading takes half a second of processor time, and a
function of 512 MB has less than a third of a processor."""

SHARE = 0.5
"""Maximum share of the time left that one page gets: however many pages are hostile, the others are read, too."""

START_SECONDS = 30.0
"""Longest time that pages wait in all until a new process is ready, which usually takes a fifth of a second of
processor time. Only waiting counts: a process that nobody waited for may have been ready for long, or frozen with its
function."""

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""A longer answer is not accepted: articles are read from at most 4 MiB."""

NO_TIME = "no time left to read the page"

_REAP_SECONDS = 5.0

_PASSED_ON = (
    *("LANG", "LC_ALL", "TZ", "PATH", "LD_LIBRARY_PATH", "TMPDIR"),
    *("MALLOC_ARENA_MAX", "PYTHONDONTWRITEBYTECODE"),
)
"""Variables that the reading process sees; no credentials are among them."""


class _Died(Exception):  # noqa: N818 - what happened to the process; whether it is the page's doing is still to be seen
    """The reading process ended, or must. reason: how, as a part of a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reader:
    """Reads articles one at a time; used by any number of threads."""

    def __init__(self, module: str = MODULE) -> None:
        """Start nothing yet. module: name of the module whose ``extract`` reads articles."""
        self._module = module
        self._turn = threading.Lock()
        self._process: _Process | None = None
        self._ended: Callable[[], object] = lambda: None

    def start(self) -> None:
        """Begin to start the process; do not wait until it is ready. The first read raises what fails."""
        with self._turn, suppress(OSError):
            self._started()

    def read(self, page: Exchange, seconds: float, level: Level = "none") -> Read:
        """Read the article of a page with its body, and what the page needs to be seen.

        seconds: how long the caller can wait, pages before this one included. level: of its requisites. Raises
        ReadingError, whose text says in plain words why there is no article.
        """
        until = time.monotonic() + seconds
        # One page's HTML, text and tree at a time: more would not be faster (one vCPU), and take memory for each.
        if not self._turn.acquire(timeout=max(0.0, seconds)):
            raise ReadingError(NO_TIME)
        try:
            return self._read(page, until, level)
        except ReadingError:
            raise
        except BaseException:  # an answer that still comes would be taken for the next page's article
            self._end()
            raise
        finally:
            self._turn.release()

    @property
    def process_id(self) -> int | None:
        """Id of the process that reads; None if none is running."""
        return None if self._process is None else self._process.id

    def close(self) -> None:
        """End the process. A later read starts another."""
        with self._turn:
            self._end()

    def _read(self, page: Exchange, until: float, level: Level) -> Read:
        while True:
            process = self._ready(until)
            seconds = min(READ_SECONDS, SHARE * (until - time.monotonic()))
            if seconds <= 0:
                raise ReadingError(NO_TIME)
            try:
                answer = process.ask(page, seconds, level)
            except TimeoutError as error:
                self._end()
                raise ReadingError(
                    f"it took longer than {READ_SECONDS:g} seconds to read the page"
                    if seconds == READ_SECONDS
                    else "time ran out before the page was read"
                ) from error
            except _Died as death:
                self._end()
                if process.used:
                    continue
                raise ReadingError(f"the process that read the page {death.reason}") from death
            requisites, charset = answer.get("requisites"), answer.get("charset")
            if "error" in answer:
                raise ReadingError(answer["error"], requisites, charset)
            return Read(answer["article"], answer["text"], answer["read"], requisites, charset)

    def _ready(self, until: float) -> "_Process":
        """Return the process once it is ready to read; that wait is not part of a page's reading time."""
        try:
            process = self._started()
            process.wait(until)
        except _Died as death:
            self._end()
            raise ReadingError(f"the reading process could not be started: it {death.reason}") from death
        except TimeoutError as error:
            raise ReadingError(NO_TIME) from error
        except OSError as error:
            raise ReadingError(f"the reading process could not be started: {error.strerror}") from error
        return process

    def _started(self) -> "_Process":
        if self._process is not None and not self._process.alive:
            self._end()
        if self._process is None:
            self._process = _Process(self._module)
            # However this reader ends, by garbage collection or with the interpreter, no process is left behind.
            self._ended = weakref.finalize(self, self._process.end)
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process = None
            self._ended()


class _Process:
    """One reading process. used: whether it has read a page."""

    def __init__(self, module: str) -> None:
        self._channel, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        # Without site and the working directory, the new process can import just what this one can.
        command = [
            sys.executable,
            "-S",
            "-P",
            "-m",
            "pressmark.reading.process",
            str(theirs.fileno()),
            module,
        ]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, a module of ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=environment,
            )
        except OSError:
            self._channel.close()
            raise
        finally:
            theirs.close()
        self._patience = START_SECONDS
        self._is_ready = False
        self.used = False

    @property
    def id(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def wait(self, until: float) -> None:
        """Wait until it is ready. Raises TimeoutError, and _Died if it never will be."""
        if self._is_ready:
            return
        began = time.monotonic()
        try:
            self._receive(len(READY), min(until, began + self._patience))
        except TimeoutError:
            self._patience -= time.monotonic() - began
            if self._patience > 0:
                raise
            raise _Died("was not ready in time") from None
        except (OSError, EOFError) as error:
            raise _Died(self._how_it_ended()) from error
        self._is_ready = True

    def ask(self, page: Exchange, seconds: float, level: Level) -> dict[str, Any]:
        """Have a page read. Raises TimeoutError, and _Died if there is no answer, or the process must end after it."""
        until = time.monotonic() + seconds
        try:
            self._send(request_of(page, seconds, level), until)
            for chunk in page.body.chunks():
                self._send(chunk, until)
            size = int.from_bytes(self._receive(LENGTH_BYTES, until))
            if size > MAX_ANSWER_BYTES:
                raise _Died("gave an answer that is too long")
            answer: dict[str, Any] = json.loads(self._receive(size, until))
            if answer.get("requisites") is not None:
                answer["requisites"] = wanted_from(answer["requisites"])
        except TimeoutError:
            raise
        except (OSError, EOFError) as error:
            raise _Died(self._how_it_ended()) from error
        except ValueError as error:
            raise _Died("gave an answer that cannot be read") from error
        if OUT_OF_MEMORY in answer:
            raise _Died("ran out of memory")
        self.used = True
        return answer

    def end(self) -> None:
        """Kill it; may be called more than once."""
        self._process.kill()
        self._channel.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAP_SECONDS)

    def _send(self, data: bytes, until: float) -> None:
        self._channel.settimeout(_left(until))
        self._channel.sendall(data)

    def _receive(self, size: int, until: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._channel.settimeout(_left(until))
            got = self._channel.recv(min(size - len(data), 1024 * 1024))
            if not got:
                raise EOFError
            data += got
        return bytes(data)

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(_REAP_SECONDS)
        except subprocess.TimeoutExpired:
            return "closed its connection"
        if code >= 0:
            return f"ended with exit code {code}"
        try:
            return f"died of {signal.Signals(-code).name}"
        except ValueError:
            return f"died of signal {-code}"


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left

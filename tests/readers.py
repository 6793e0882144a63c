"""Readers of articles for tests: one in this process, and one in its own process that does what a page tells it to."""

import collections
import ctypes
import itertools
import os
import signal
import threading
from functools import cache
from typing import Any

from pressmark.http.exchange import Exchange
from pressmark.reading.process import Extract, Read, Reads, read_article
from pressmark.reading.reader import MODULE, Reader
from pressmark.requisites.wanted import Level


def _read(html: bytes, url: str, content_type: str | None = None, **options: Any) -> Any:
    """Read an article. The article package is loaded only now: a process that dies of a page does not need it."""
    from pressmark import article

    return article.extract(html, url, content_type, **options)


class InProcess:
    """Reads in the calling process. extract: may be replaced."""

    def __init__(self, extract: Extract = _read) -> None:
        self.extract = extract

    def start(self) -> None:
        pass

    def read(self, page: Exchange, seconds: float, level: Level = "none") -> Read:
        return read_article(page, self.extract, level)

    def close(self) -> None:
        pass


@cache
def shared() -> Reader:
    """Return one real reading process for all tests of a run that need any; it ends with the run."""
    return Reader()


_kept: list[Reader] = []


def lend(module: str = MODULE) -> Reads:
    """Replaces Reader in code under test: its process outlives the object that uses it, and is lent to others, warm.

    Starting a process takes a third of a second. A module of a test's own gets a Reader of its own.
    """
    return _Lent() if module == MODULE else Reader(module)


def end_kept() -> None:
    """End the processes that are lent to nobody."""
    while _kept:
        _kept.pop().close()


class _Lent:
    def __init__(self) -> None:
        self._reader: Reader | None = None
        self._turn = threading.Lock()

    def start(self) -> None:
        self._borrowed().start()

    def read(self, page: Exchange, seconds: float, level: Level = "none") -> Read:
        return self._borrowed().read(page, seconds, level)

    def close(self) -> None:
        with self._turn:
            if self._reader is not None:
                _kept.append(self._reader)
            self._reader = None

    __del__ = close

    def _borrowed(self) -> Reader:
        with self._turn:
            if self._reader is None:
                try:
                    self._reader = _kept.pop()
                except IndexError:
                    self._reader = Reader()
            return self._reader


def _spin() -> None:
    # In C, under the interpreter's lock, deaf to signals that Python handles.
    collections.deque(itertools.repeat(None), maxlen=0)


def _eat() -> None:
    eaten = []
    while True:
        eaten.append(bytes(1024 * 1024))


def _eat_for_ever() -> None:
    eaten = []
    while True:
        try:
            eaten.append(bytes(1024 * 1024))
        except MemoryError:
            continue


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _raise() -> None:
    raise ValueError("something on the page")


def _start_another() -> None:
    os.fork()


DEEDS = {
    "spins": _spin,
    "crashes": lambda: ctypes.string_at(0),
    "aborts": os.abort,
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exits": lambda: os._exit(3),
    "stops": _stop,
    "eats memory": _eat,
    "eats memory for ever": _eat_for_ever,
    "raises": _raise,
    "forks": _start_another,
}
"""What a page can make :func:`extract` do."""


def page_that(deed: str) -> str:
    """Return markup that makes :func:`extract` do it."""
    return f"<!-- deed: {deed} -->"


def extract(html: bytes, url: str, content_type: str | None = None, **options: Any) -> Any:
    """Do what the page says, or read it."""
    for deed, do in DEEDS.items():
        if page_that(deed).encode() in html:
            do()
    if b"<!-- environment -->" in html:
        names = " ".join(sorted(os.environ))
        descriptors = " ".join(sorted(os.listdir("/proc/self/fd"), key=int)[:-1])
        html = f"<title>{names} descriptors {descriptors}</title>".encode()
    read = _read(html, url, content_type, **options)
    if page_that("raises once parsed").encode() in html:
        _raise()
    return read

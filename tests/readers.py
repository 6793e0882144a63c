"""Readers of articles for tests: in this process, and one that does in a process of its own whatever a page says."""

import collections
import ctypes
import itertools
import os
import signal
from functools import cache
from typing import Any

from pressmark import article
from pressmark.http.exchange import Exchange
from pressmark.reading.process import Extract, Read, read_article
from pressmark.reading.reader import Reader


class InProcess:
    """Reads in the process that asks. extract: may be replaced."""

    def __init__(self, extract: Extract = article.extract) -> None:
        self.extract = extract

    def start(self) -> None:
        pass

    def read(self, page: Exchange, seconds: float) -> Read:
        return read_article(page, self.extract)

    def close(self) -> None:
        pass


@cache
def shared() -> Reader:
    """One real reading process for all tests of a run that want any; it ends with the run."""
    return Reader()


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
"""What a page can have :func:`extract` do."""


def page_that(deed: str) -> str:
    """Markup that does it."""
    return f"<!-- deed: {deed} -->"


def extract(html: bytes, url: str, content_type: str | None = None, **options: Any) -> Any:
    """Do as the page says, or read it."""
    for deed, do in DEEDS.items():
        if page_that(deed).encode() in html:
            do()
    if b"<!-- environment -->" in html:
        names = " ".join(sorted(os.environ))
        descriptors = " ".join(sorted(os.listdir("/proc/self/fd"), key=int)[:-1])
        html = f"<title>{names} descriptors {descriptors}</title>".encode()
    return article.extract(html, url, content_type, **options)

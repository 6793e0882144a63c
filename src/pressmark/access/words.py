"""The search index of this machine, kept up to date while the archive is served.

It is the one that ``pressmark search`` keeps. It is brought up to date in a thread of its own, and searched between two
of its batches. So a search answers with what is indexed, however much is still to be read.
"""

import logging
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from pressmark.archive.content import Files
from pressmark.archive.ranges import Reader
from pressmark.clock import REAL, Outside
from pressmark.errors import PressmarkError
from pressmark.research.search import Hit, Index, Question

logger = logging.getLogger(__name__)

STALE_SECONDS = 30.0
"""How old the index may be when somebody searches."""

WAIT_SECONDS = 2.0
"""How long a search waits for the index to be brought up to date; then it answers with what is there."""


@dataclass(frozen=True, slots=True)
class Told:
    """hits: the best first, from the requested number on.

    pages: how many have the words. texts: how many are indexed. is_current: whether the index is up to date.
    """

    hits: list[Hit]
    pages: int
    texts: int
    is_current: bool


class Words:
    """The index of one archive; safe for any number of threads."""

    def __init__(self, place: Path, reader: Reader, files: Files, clock: Outside = REAL) -> None:
        """place: of the index. Raises SearchError, LockedError."""
        self._index = Index(place, own_place=True)
        self._reader, self._files, self._clock = reader, files, clock
        self._lock = threading.Lock()
        self._updating: threading.Thread | None = None
        self._updated = float("-inf")
        self._closed = False

    def search(self, question: Question, *, first: int, most: int) -> Told:
        """Return hits from a number on. Raises SearchError, ArchiveError."""
        is_current = self.refresh()
        with self._lock:
            found = self._index.search(question, reader=self._reader, limit=first + most)
            hits = list(found)[first:]
            pages = self._index.count(question)
            return Told(hits, pages, self._index.size(), is_current)

    def close(self) -> None:
        """Close the index, once the text that is being read is done."""
        self._closed = True
        if self._updating is not None:
            self._updating.join()
        self._index.close()

    def refresh(self) -> bool:
        """Start to bring the index up to date if it is not; return whether it is."""
        with self._lock:
            if self._clock.monotonic() - self._updated < STALE_SECONDS:
                return True
            if self._updating is None or not self._updating.is_alive():
                self._updating = threading.Thread(target=self._update, name="search index", daemon=True)
                self._updating.start()
            updating = self._updating
        updating.join(WAIT_SECONDS)
        return not updating.is_alive()

    def _update(self) -> None:
        began = self._clock.monotonic()
        try:
            with self._lock:
                try:
                    self._fill()
                except sqlite3.DatabaseError as error:
                    self._index.renew(error)
                    self._fill()
                self._updated = began
                for line in self._index.told():
                    logger.warning(line)
        except _ClosedError:
            pass
        except PressmarkError:
            logger.exception("the search index could not be brought up to date")

    def _fill(self) -> None:
        self._index.update(
            self._reader, self._files, now=self._clock.now(), on_batch=lambda _: self._let_others()
        )

    def _let_others(self) -> None:
        """Let waiting searches run, between two batches."""
        self._lock.release()
        self._clock.sleep(0.01)  # else this thread might take the lock again before others get it
        self._lock.acquire()
        if self._closed:
            raise _ClosedError


class _ClosedError(Exception):
    """The index is closed; texts that were still to be read stay unread."""

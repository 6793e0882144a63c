"""Text search: titles and texts of an archive in an SQLite FTS5 index, updated before each search.

Good for some hundred thousand articles on one machine; beyond that, Athena over ``pressmark export -o
archive.parquet`` does the same (docs/formats.md).
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, chain
from pathlib import Path

from pressmark.archive.content import Files
from pressmark.archive.indexfile import DamagedError, IndexFile, Kind, is_outside
from pressmark.archive.keys import fold_term
from pressmark.archive.ranges import LAST, Reader
from pressmark.archive.rows import Item
from pressmark.archive.times import lower_bound, upper_bound
from pressmark.errors import ArchiveError, ForeignFileError
from pressmark.research.filling import Filler, Rows, there_among
from pressmark.research.questions import MAX_FORMS, SearchError, expression, join, terms_of
from pressmark.research.snippets import Snippets, interruptible
from pressmark.research.stems import stem_in

SNIPPET_FROM = 200_000
"""How many characters of a text are searched for a snippet."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS pages (id INTEGER PRIMARY KEY, page TEXT, digest TEXT, site TEXT, UNIQUE (page, digest));
CREATE TABLE IF NOT EXISTS captures (page INTEGER, captured TEXT, url TEXT, published TEXT,
    PRIMARY KEY (page, captured, url)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS authors (page INTEGER, name TEXT, PRIMARY KEY (page, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stems (language TEXT, stem TEXT, word TEXT,
    PRIMARY KEY (language, stem, word)) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5 (title, text, tokenize = 'unicode61 remove_diacritics 2');
"""
"""pages: each version of a page (:mod:`pressmark.archive.same`), by the digest of its payload; texts has its words
under the same number. captures: when a version was captured, which is more often than its bytes were stored. authors:
of versions, by folded name. stems: the words in texts of a language, by their stems; a word that is searched for stands
for all words with its stem."""

_SCHEMA_2 = """
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS pages (id INTEGER PRIMARY KEY, urlkey TEXT, digest TEXT, site TEXT,
    UNIQUE (urlkey, digest));
CREATE TABLE IF NOT EXISTS captures (page INTEGER, captured TEXT, url TEXT, published TEXT,
    PRIMARY KEY (page, captured)) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5 (title, text, tokenize = 'unicode61 remove_diacritics 2');
"""

KIND = Kind("search index", application_id=0x50726D53, version=4, schema=_SCHEMA, older=(_SCHEMA_2,))
"""application_id: "PrmS" in ASCII."""


_NEWEST = "(SELECT max(captured) FROM captures WHERE page = id AND captured BETWEEN ? AND ?) AS newest "
_FOUND = (
    "FROM texts JOIN pages ON id = texts.rowid WHERE texts MATCH ? AND site = ifnull(?, site) "
    "AND (? IS NULL OR EXISTS (SELECT 1 FROM authors WHERE page = id AND name = ?)) AND newest IS NOT NULL"
)
"""Texts that fit: times of capture, words, partition, and twice the author."""

_SEARCH = "SELECT id, pages.page, title, " + _NEWEST + _FOUND + " ORDER BY bm25(texts, 5.0, 1.0), newest DESC"
_COUNT = "SELECT count(DISTINCT page) FROM (SELECT pages.page AS page, " + _NEWEST + _FOUND + ")"  # noqa: S608 - ours

_CAPTURES = (
    "SELECT captured, url, published FROM captures WHERE page = ? AND captured BETWEEN ? AND ? "
    "ORDER BY captured DESC, url DESC"
)
"""A text's captures, the newest first."""

Captured = tuple[str, str, str | None]
"""Time and URL of a capture, and when the page was published."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found. snippet: a piece of its text, the found words between :data:`MARKS`."""

    url: str
    captured: str
    published: str | None
    title: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched for, and among which captures.

    words: as :func:`terms_of` reads them; each stands for the words with its stem. partition: a site, as in the
    table. start, end: of capture, aware UTC. author: one of the article's, however the name is spelled.
    """

    words: str
    partition: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    author: str | None = None


class Index:
    """A search index in a file."""

    def __init__(self, path: Path, *, own_place: bool = False) -> None:
        """Open an index or begin one; own_place: as for :class:`IndexFile`. Raises SearchError, LockedError."""
        self._own_place = own_place
        try:
            self._file = IndexFile.open(path, KIND, own_place=own_place)
        except (sqlite3.Error, OSError, DamagedError, ForeignFileError) as error:
            raise SearchError(
                str(error) if isinstance(error, ForeignFileError) else f"{path}: {error}"
            ) from error

    @classmethod
    def once(cls) -> "Index":
        """Begin an index in memory, which is gone when it is closed. Raises SearchError."""
        index = cls.__new__(cls)
        index._own_place = True
        database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        try:
            KIND.make(database)
        except sqlite3.OperationalError as error:
            raise SearchError(f"words cannot be searched for here: SQLite says {error}") from error
        index._file = IndexFile(KIND, Path(), database, in_memory=True)
        return index

    @property
    def _database(self) -> sqlite3.Connection:
        return self._file.database

    @property
    def in_memory(self) -> bool:
        """Whether the index is in memory, for this time only."""
        return self._file.in_memory

    def told(self) -> list[str]:
        """Return messages for a person about how the index was opened, each only once."""
        told, self._file.told = self._file.told, []
        return told

    def renew(self, error: sqlite3.DatabaseError) -> None:
        """Make the index usable after an error: empty if it was damaged, a copy in memory if it cannot be written.

        Raises LockedError, ArchiveError if it cannot be written and Pressmark did not choose its place, and the error
        itself if nothing helps.
        """
        if not is_outside(error) and isinstance(error, sqlite3.OperationalError):
            raise error
        if is_outside(error) and not self._own_place:
            raise ArchiveError(f"{self._file.path}: {error}") from error
        self._file.mend(error)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def update(
        self,
        reader: Reader,
        files: Files,
        *,
        now: datetime,
        whole: bool = False,
        on_batch: Callable[[int], None] = lambda _count: None,
        rows: Rows | None = None,
    ) -> int:
        """Index what was captured since the last update; see :meth:`Filler.update`."""
        filler = Filler(self._database, reader, files)
        return filler.update(now=now, whole=whole, on_batch=on_batch, rows=rows)

    def take(self, reader: Reader, files: Files, rows: Sequence[Item]) -> int:
        """Index the articles among whole rows; return how many texts are new. Raises ArchiveError."""
        return Filler(self._database, reader, files).take(rows)

    def search(self, question: Question, *, reader: Reader | None = None, limit: int = 20) -> Iterator[Hit]:
        """Yield the pages that hold all the words, the best first: of each its best text, in its newest capture.

        reader: of the archive; captures that have no row any more (taken down, or their WARC file is gone) are not
        found. Raises SearchError, ArchiveError.
        """
        wanted, _ = terms_of(question.words, self._forms)
        times = _bounds(question)
        seen: set[str] = set()
        snippets = Snippets(list(chain.from_iterable(wanted)))
        try:
            with closing(snippets), interruptible(self._database):
                found = self._database.execute(_SEARCH, self._values(question))
                for batch in batched(found, max(limit, 20), strict=False):
                    best: dict[int, int] = {}  # of each page, the text that fits best
                    for number, page, *_ in batch:
                        if page not in seen:
                            best.setdefault(page, number)
                    newest = self._newest(reader, best.values(), times)
                    for number, page, title, _ in batch:
                        if page in seen:
                            continue
                        capture = newest.get(number) or self._capture(reader, number, times)
                        if capture is None:
                            continue
                        seen.add(page)
                        captured, url, published = capture
                        yield Hit(url, captured, published, join(title), snippets.of(self._beginning(number)))
                        if len(seen) >= limit:
                            return
        except sqlite3.OperationalError as error:
            raise SearchError(f"cannot search for {question.words!r}: {error}") from error

    def _values(self, question: Question) -> tuple[str | None, ...]:
        """Return the values for :data:`_FOUND`."""
        name = fold_term(question.author) if question.author else None
        words = expression(*terms_of(question.words, self._forms))
        return (*_bounds(question), words, question.partition, name, name)

    def count(self, question: Question) -> int:
        """Return how many pages :meth:`search` finds, without asking the archive. Raises SearchError."""
        values = self._values(question)
        try:
            with interruptible(self._database):
                return int(self._database.execute(_COUNT, values).fetchone()[0])
        except sqlite3.OperationalError as error:
            raise SearchError(f"cannot search for {question.words!r}: {error}") from error

    def _beginning(self, number: int) -> str:
        query = "SELECT substr(text, 1, ?) FROM texts WHERE rowid = ?"
        return str(self._database.execute(query, (SNIPPET_FROM, number)).fetchone()[0])

    def _newest(
        self, reader: Reader | None, numbers: Iterable[int], times: tuple[str, str]
    ) -> dict[int, Captured]:
        """Return the newest captures of texts, without those that have no row any more; the archive is asked once."""
        query = f"{_CAPTURES} LIMIT 1"
        known = {
            number: capture
            for number in numbers
            if (capture := self._database.execute(query, (number, *times)).fetchone())
        }
        if reader is None:
            return known
        standing = there_among(reader, [(url, captured) for captured, url, _ in known.values()])
        return {number: each for number, each in known.items() if (each[1], each[0]) in standing}

    def _capture(self, reader: Reader | None, number: int, times: tuple[str, str]) -> Captured | None:
        """Return a text's newest capture that still has its row. times: bounds."""
        known = self._database.execute(_CAPTURES, (number, *times))
        batch: list[Captured]
        while batch := known.fetchmany(100):
            standing = (
                there_among(reader, [(url, captured) for captured, url, _ in batch]) if reader else None
            )
            for capture in batch:
                if standing is None or (capture[1], capture[0]) in standing:
                    return capture
        return None

    def _forms(self, word: str) -> list[str]:
        """Return the words of the index that have a word's stem in their language."""
        languages = [each for (each,) in self._database.execute("SELECT DISTINCT language FROM stems")]
        found: dict[str, None] = {}
        for language, stem in sorted(stem_in(languages, word)):
            known = self._database.execute(
                "SELECT word FROM stems WHERE language = ? AND stem = ? LIMIT ?", (language, stem, MAX_FORMS)
            )
            found |= {form: None for (form,) in known}
        return [form for form in found if form != word.lower()][:MAX_FORMS]

    def size(self) -> int:
        """Return how many texts are indexed."""
        return int(self._database.execute("SELECT count(*) FROM pages").fetchone()[0])


def _bounds(question: Question) -> tuple[str, str]:
    start, end = question.start, question.end
    return (lower_bound(start) if start else "", upper_bound(end) if end else LAST)

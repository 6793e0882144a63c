"""The process that reads articles: whatever a page does to its reader happens here, where nothing can be lost.

It is started by :mod:`pressmark.reading.reader`, which holds the other end of the one socket that this process has,
and kills it when its time is up. It gets no credentials, has no other connection, and ends when that end is closed.

A request is a frame followed by the page's body; an answer is a frame. A frame is a length in eight bytes, most
significant first, and JSON of that length. With pickle, a process that a page has taken over could make its parent run
code.
"""

import importlib
import json
import math
import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from pressmark.http.exchange import Exchange
from pressmark.http.sniffing import html_content_type
from pressmark.reading.copy import html_to_read
from pressmark.requisites.wanted import Level, Wanted

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MEMORY_BYTES = 320 * 1024 * 1024
"""Maximum memory of this process: twice what the worst page within the limits of reading took in
bench/hostile_memory.py, and what a function of 512 MB can spare. Only memory that it can write to counts (RLIMIT_DATA:
heap and private mappings, since Linux 4.7). RLIMIT_AS would count the libraries' code as well, and gaps that glibc
reserves and never touches."""

OUT_OF_MEMORY = "memory"
"""Key of an answer: reading took more than :data:`MEMORY_BYTES`."""

LENGTH_BYTES = 8

READY = b"+"
"""The first byte that this process sends, once it has loaded the module that reads articles."""


class Parsed(Protocol):
    """A page as it is parsed for its article: :class:`pressmark.article.Document`."""

    url: str
    charset: str
    root: "Element"


class Extract(Protocol):
    """A function that reads the article of a page: :func:`pressmark.article.extract`."""

    def __call__(
        self,
        html: bytes,
        url: str,
        content_type: str | None = None,
        *,
        crawled: datetime | None = None,
        parsed: Callable[[Any], None] | None = None,
    ) -> Any:
        """Return an Article. parsed: called with the :class:`Parsed` page before its article is read."""


class ReadingError(Exception):
    """There is no article; the text says why, in plain words.

    requisites, charset: as in :class:`Read`, if the page could be parsed.
    """

    def __init__(
        self, reason: str, requisites: list[Wanted] | None = None, charset: str | None = None
    ) -> None:
        super().__init__(reason)
        self.requisites = requisites
        self.charset = charset


@dataclass(frozen=True, slots=True)
class Read:
    """What was read from a page.

    article: ``Article.to_dict()`` without the text; None if the page is not HTML. part:
        :data:`pressmark.reading.copy.PART`, or None if all of the page was read. requisites: what the page needs to
        be seen, as far as it was read; None if that was not asked for or is not known. charset: WHATWG name of
        the page's encoding, which is also that of its style sheets that name none; None if requisites is.
    """

    article: dict[str, Any] | None
    text: str | None
    part: str | None
    requisites: list[Wanted] | None = None
    charset: str | None = None


class Reads(Protocol):
    """What reads the articles of pages: :class:`pressmark.reading.reader.Reader`."""

    def start(self) -> None:
        """Begin to make ready; do not wait for it."""

    def read(self, page: Exchange, seconds: float, level: Level = "none") -> Read:
        """Read a page. seconds: how long the caller can wait. level: of its requisites. Raises ReadingError."""

    def close(self) -> None:
        """Release what is held; a later read acquires it again."""


def read_article(page: Exchange, extract: Extract, level: Level = "none") -> Read:
    """Read the article and the requisites of a page with its body.

    Raises what ``extract`` raises. If the requisites were found before that, raises a ReadingError that has them.
    """
    content_type = html_content_type(page)
    if content_type is None:
        return Read(None, None, None)
    copy = html_to_read(page)
    found = _Requisites(level)
    try:
        article = extract(copy.html, page.url, content_type, crawled=page.started, **found.hook())
    except MemoryError:
        raise
    except Exception as error:
        if found.wanted is None:
            raise
        raise ReadingError(_said(error), found.wanted, found.charset) from error
    facts: dict[str, Any] = article.to_dict()
    part = copy.read(parsed=article.whole)
    return Read(facts, facts.pop("text", None), part, found.wanted, found.charset)


class _Requisites:
    """Looks for a page's requisites as soon as it is parsed."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self.wanted: list[Wanted] | None = None
        self.charset: str | None = None

    def hook(self) -> dict[str, Callable[[Any], None]]:
        """Return the arguments that ``extract`` gets in addition to the page."""
        return {} if self._level == "none" else {"parsed": self._look}

    def _look(self, page: Parsed) -> None:
        from pressmark.requisites.html import in_html  # imported here: not needed for most pages

        try:
            self.wanted = in_html(page.root, page.url, self._level, charset=page.charset)
            self.charset = page.charset
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S110 - the article is still to be read
            pass


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def frame(value: Any) -> bytes:
    """Write a value as one frame."""
    data = json.dumps(value).encode("ascii")
    return len(data).to_bytes(LENGTH_BYTES) + data


def request_of(page: Exchange, seconds: float, level: Level = "none") -> bytes:
    """Return the frame that asks for a page to be read within ``seconds`` of processor time; its body follows."""
    return frame({
        "url": page.url,
        "started": page.started.isoformat(),
        "status": page.status,
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in page.headers],
        "truncated": page.truncated,
        "size": page.body.size,
        "seconds": seconds,
        "level": level,
    })  # fmt: skip


def serve(requests: IO[bytes], answers: IO[bytes], extract: Extract) -> None:
    """Answer one request after the other until there are no more."""
    while length := requests.read(LENGTH_BYTES):
        asked = json.loads(requests.read(int.from_bytes(length)))
        _limit_time(asked["seconds"])
        page = Exchange(asked["url"], datetime.fromisoformat(asked["started"]))
        try:
            answer = _answer(page, asked, requests, extract)
        finally:
            page.body.close()
        answers.write(frame(answer))
        answers.flush()


def _answer(page: Exchange, asked: dict[str, Any], requests: IO[bytes], extract: Extract) -> dict[str, Any]:
    page.status, page.truncated = asked["status"], asked["truncated"]
    page.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in asked["headers"]]
    left = asked["size"]
    while left and (data := requests.read(min(left, 256 * 1024))):
        page.body.write(data)
        left -= len(data)
    try:
        read = read_article(page, extract, asked["level"])
    except MemoryError:
        return {OUT_OF_MEMORY: True}
    except ReadingError as error:
        return {"error": str(error), **_told(error)}
    except Exception as error:  # noqa: BLE001 - no page may be lost over what is read from it
        return {"error": _said(error)}
    return {"article": read.article, "text": read.text, "read": read.part, **_told(read)}


def _told(read: Read | ReadingError) -> dict[str, Any]:
    wanted = None if read.requisites is None else [astuple(each) for each in read.requisites]
    return {"requisites": wanted, "charset": read.charset}


def _limit_time(seconds: float) -> None:
    """Make the kernel end this process (SIGXCPU) one to two seconds of processor time after ``seconds`` more are used.

    The process that waits for the answer ends it before that; the limit is for one whose parent was killed.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _limit_all_else() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # it starts no process
    with suppress(OSError), Path("/proc/self/oom_score_adj").open("w") as score:
        score.write("1000")  # if memory runs out nevertheless, the kernel ends this process, not its parent


def main(channel: int, module: str) -> None:
    """Read pages with the ``extract`` of a module; channel: descriptor of the socket."""
    _limit_all_else()
    with open(channel, "rb", closefd=False) as requests, open(channel, "wb", closefd=False) as answers:
        extract = importlib.import_module(module).extract
        answers.write(READY)
        answers.flush()
        serve(requests, answers, extract)
    os.close(channel)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

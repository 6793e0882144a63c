"""Every error Pressmark raises, one tree.

PressmarkError
├── SettingsError            a parameter of the deployment is missing or wrong; the start stops
├── MessageError             what came on the queue is not a capture request; ends in the dead-letter queue
│   └── UrlError             what should be a URL is not one, or not one that can be archived
├── CaptureError             a page could not be archived; a result with a code, kept as a row
│   ├── TransientError       worth another try later (carries retry_after where the server said when)
│   └── PermanentError       another try would end the same
├── NotYet                   not a failure: this page's turn has not come, or another holds its claim
├── ArchiveError             the store (S3, DynamoDB) did not do what it was asked
│   ├── NotFoundError        the capture, table, bucket or file does not exist
│   │   └── TakenDownError   the capture was taken down, or what it repeats was
│   ├── RefusedError         the request itself is at fault; asking again would end the same
│   ├── ForeignFileError     a file that should be Pressmark's own is another program's
│   └── DamagedTableError    a Parquet file of the open table cannot be read
├── SqlError                 what was asked of the open table is not SQL that reads it
├── ExtractionError          a page's body is not HTML: no article can be read from it
└── WarcError                a WARC file is damaged; carries file and offset

Codes are those of the Wayback Machine's Save Page Now API where they fit, so that clients need not
learn new ones; docs/failures.md lists them all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

MAX_REASON = 500
"""Maximum characters of a reason: it goes into rows, log lines, metadata records and attributes of messages."""


def cut(reason: str) -> str:
    """Cut a reason at :data:`MAX_REASON`: parts of it may be a stranger's, of any length."""
    return reason if len(reason) <= MAX_REASON else f"{reason[: MAX_REASON - 1]}…"


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt for a Ctrl-C that DuckDB notices in the main thread; it raises a RuntimeError itself."""
    try:
        yield
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


class PressmarkError(Exception):
    """The root of the tree: what Pressmark raises on purpose.

    It can be pickled, to be sent from one process to another. By default, pickle calls an exception's class with its
    message alone, but the classes below need more arguments.
    """

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _unpickled, (type(self), self.args, self.__dict__)


def _unpickled(kind: type[PressmarkError], args: tuple[Any, ...], evidence: dict[str, Any]) -> PressmarkError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(evidence)
    return error


class SettingsError(PressmarkError):
    """A setting is missing or wrong. The message names the variable, its value and what is allowed."""


class MessageError(PressmarkError):
    """A queue message is not a capture request.

    code: stable, e.g. ``bad-request``, ``invalid-url-syntax``.
    reason: one sentence for a person, cut at :data:`MAX_REASON`: a message may have a megabyte of a stranger's text.
    body: the message body as received, cut to 1,000 characters.
    """

    def __init__(self, reason: str, *, code: str = "bad-request", body: str = "") -> None:
        self.reason = cut(reason)
        super().__init__(self.reason)
        self.code = code
        self.body = body[:1000]


class UrlError(MessageError):
    """What should be a URL is not one that can be archived (RFC 3986, http and https only)."""

    def __init__(self, reason: str, *, url: str = "") -> None:
        super().__init__(reason, code="invalid-url-syntax", body=url)
        self.url = url


@dataclass(eq=False)
class CaptureError(PressmarkError):
    """A page could not be archived.

    code: stable, from docs/failures.md.
    reason: one sentence for a person, cut at :data:`MAX_REASON`: parts of it may be a server's, of any length.
    url: the URL of the hop that failed.
    address: the IP address in question, where there is one.
    limit: the limit that was met, in its own unit, where there is one.
    retry_after: seconds the server asked to wait, where it did.
    """

    code: str
    reason: str
    url: str = ""
    address: str | None = None
    limit: float | None = None
    retry_after: float | None = None

    def __post_init__(self) -> None:
        self.reason = cut(self.reason)

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"


class TransientError(CaptureError):
    """Worth another try later: DNS hiccups, timeouts, resets, 429, 5xx."""


class PermanentError(CaptureError):
    """Another try would end the same: no such host, refused by guard or robots.txt, too many redirects."""


class NotYet(PressmarkError):  # noqa: N818 - it is not an error: the page goes back to the queue and waits
    """This page's turn has not come. wait: seconds until it is worth asking again. ours: its host is not the reason."""

    def __init__(self, wait: float, reason: str, *, ours: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.ours = ours
        self.reason = reason


class ArchiveError(PressmarkError):
    """S3, DynamoDB or SQS did not do what it was asked. The message names the operation and the object."""


class NotFoundError(ArchiveError):
    """The capture, table, bucket, queue or file does not exist."""


class TakenDownError(NotFoundError):
    """The capture was taken down, or it is a revisit of one that was. The text says when, and why."""


class RefusedError(ArchiveError):
    """The store will not do this, however often it is asked: an item or a request breaks its rules."""


class ForeignFileError(ArchiveError):
    """The file is another program's, and is left alone."""


class DamagedTableError(ArchiveError):
    """A Parquet file of the open table cannot be read. path: of the file, or of its copy on this machine."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


class SqlError(PressmarkError):
    """What was asked of the open table is not SQL that reads it. The text is one line, most of it DuckDB's."""


class ExtractionError(PressmarkError):
    """A body is not HTML. The capture is whole, but there are no metadata and text of an article. url: the page's."""

    def __init__(self, reason: str, *, url: str) -> None:
        super().__init__(f"{reason} ({url[:500]})")
        self.reason = reason
        self.url = url


class WarcError(PressmarkError):
    """A WARC file is damaged. file: its name or key; offset: bytes from its start; url: where known."""

    def __init__(self, reason: str, *, file: str, offset: int | None = None, url: str | None = None) -> None:
        where = "" if offset is None else f"offset {offset}: "
        super().__init__(f"{file}: {where}{reason}" + (f" ({url})" if url else ""))
        self.reason = reason
        self.file = file
        self.offset = offset
        self.url = url

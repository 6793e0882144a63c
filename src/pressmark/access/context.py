"""What the application works on: an archive, and the options of the person who runs it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from pressmark.clock import REAL, Outside
from pressmark.replay.player import ASSETS

if TYPE_CHECKING:
    from pressmark.access.keys.keyfile import Keys
    from pressmark.access.keys.quota import Quota
    from pressmark.access.words import Words
    from pressmark.archive.content import Files
    from pressmark.archive.ranges import Reader
    from pressmark.queues.jobs import Jobs


class CaptureQueue(Protocol):
    """Takes pages to be captured."""

    def send(self, message: Mapping[str, object]) -> None:
        """Send a capture request (pressmark.queues.message). Raises ArchiveError."""

    def waiting(self) -> int:
        """Return about how many pages are on the queue. Raises ArchiveError."""


@dataclass(frozen=True, slots=True)
class Saving:
    """Saves pages: the queue that takes them, the state of each, and how many were saved with which key."""

    queue: CaptureQueue
    jobs: "Jobs"
    quota: "Quota"


class Mode(StrEnum):
    """Who may read, or save. PUBLIC: anybody; only for reading. IAM: whoever AWS has admitted. NOBODY: no one."""

    PUBLIC = "public"
    KEY = "key"
    IAM = "iam"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of the person who runs the archive.

    title: the archive's name on its pages. public_url: the archive's origin as clients see it, ``https://host``; empty
    if that follows from each request. replay_url: another origin, under which archived pages run their scripts, so that
    nothing in them acts as the reader; if it is empty, scripts do not run. player: where ReplayWeb.page's ui.js and
    sw.js are, an address or a folder. secret: signs links and sessions; every process of a deployment has the same.
    max_response: bytes of the largest body that can be sent. max_rows, max_seconds: what may be read for one answer.
    read, write: who may. local: served on one machine for the person at it, who may read and save. replay_only: served
    under that other origin alone.
    """

    title: str = "Web archive"
    public_url: str = ""
    replay_url: str = ""
    player: str = ASSETS
    secret: bytes = field(default_factory=lambda: os.urandom(32), repr=False)
    max_response: int = 1 << 40
    max_rows: int = 1 << 40
    max_seconds: float = 3600.0
    read: Mode = Mode.PUBLIC
    write: Mode = Mode.KEY
    local: bool = False
    replay_only: bool = False

    @property
    def takes_keys(self) -> bool:
        """Whether anything needs a key."""
        return not self.local and not self.replay_only and Mode.KEY in (self.read, self.write)

    @property
    def streams(self) -> bool:
        """Whether a response can be sent in pieces, however long it becomes."""
        return self.max_response >= 1 << 40


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive with everything needed to answer questions.

    reader: answers ranges of keys. files: the WARC files. saving: takes pages to be captured; None if that is not
    possible. keys: the key file; None if there is none. presign: returns an address, valid for minutes, at which one
    part of a file (key, first and last byte) can be read; None if nothing can be signed. refresh: looks for what was
    put into the archive since it was opened; None if the reader sees that by itself. words: the search index of this
    machine; None if none is kept, so that texts are read when they are searched.
    """

    label: str
    reader: "Reader"
    files: "Files"
    saving: Saving | None = None
    keys: "Keys | None" = None
    presign: Callable[[str, int, int], str] | None = None
    refresh: Callable[[], None] | None = None
    words: "Words | None" = None
    options: Options = field(default_factory=Options)
    clock: Outside = REAL

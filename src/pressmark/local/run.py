"""One local run: it puts URLs on the queue, feeds the real handler from it, and saves WARC files in a folder."""

import itertools
import signal
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pressmark.archive.items import Gaps, Indexing, items_of_file
from pressmark.archive.objects import Objects
from pressmark.archive.rows import Item
from pressmark.archive.table import Table, from_item
from pressmark.archive.tombstones import Tombstones
from pressmark.archive.tombstones import load as load_tombstones
from pressmark.errors import MessageError, WarcError
from pressmark.local import folder as folders
from pressmark.local import stack as stacks
from pressmark.local.loop import Loop
from pressmark.local.mapping import Tally
from pressmark.local.pages import UNWATCHED, Entry, Pages, Patience, Watcher
from pressmark.local.server import EmbeddedAws
from pressmark.local.stack import Stack
from pressmark.text import counted
from pressmark.upkeep.rebuild import rebuild

STACK = "pressmark-local"
"""Name of the stack that stays up (``make serve``); the names in events/env.json begin with it."""

_RUNS = itertools.count(1)
"""Numbers for the names of runs' stacks: all runs of a process share one AWS, see EmbeddedAws."""

PATIENCE = 45.0
"""Seconds that a run waits for pages whose next try is due later, all waits together; then it ends without them."""


@dataclass(slots=True)
class Known:
    """What the archive folder held before a run. pages, robots: captures of pages, and of robots.txt files."""

    files: int = 0
    pages: int = 0
    robots: int = 0
    damaged: list[WarcError] = field(default_factory=list)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in a run.

    saved: pages that are in the archive folder; not_saved: the others that were pushed. advice: how to archive these.
    """

    def __init__(self, saved: int, not_saved: int, advice: str = "") -> None:
        rest = f"; {advice}" if advice and saved and not_saved else ""
        super().__init__(f"interrupted: {counted(saved, 'page')} saved, {not_saved:,} not{rest}")
        self.saved = saved
        self.not_saved = not_saved


@dataclass(slots=True)
class Outcome:
    """What a run did."""

    tally: Tally
    rows: list[dict[str, Any]]
    """Table rows of this run's captures, oldest first."""
    files: list[Path]
    """WARC files this run wrote."""
    known: Known
    """What was there before."""
    dead: list[dict[str, Any]] = field(default_factory=list)
    """Messages that ended in the dead-letter queue."""
    left: int = 0
    """Messages still on the queue, waiting for another try."""
    waiting: list[Entry] = field(default_factory=list)
    """The pages of the messages that are ``left``: url, and code and reason of the last try."""
    skipped: list[Entry] = field(default_factory=list)
    """Messages that asked for nothing new: url, message_id, reason."""
    requisites: int = 0
    """How many style sheets, pictures and so on of these pages are in the archive."""
    seconds: float = 0.0

    @property
    def pages(self) -> list[dict[str, Any]]:
        """The rows of pages: without those of robots.txt files that were fetched on the way."""
        return [row for row in self.rows if row.get("purpose", "page") == "page"]

    @property
    def is_whole(self) -> bool:
        """Whether everything that was asked for is archived, or was already."""
        failed = any("error" in row for row in self.pages)
        return not (failed or self.dead or self.left or self.tally.errors)


class _CountedTable(Table):
    """A table that knows how many captures were written into it."""

    def __init__(self, client: Any, name: str) -> None:
        super().__init__(client, name)
        self._lock = threading.Lock()
        self.pages = 0
        self.robots = 0

    def put(self, items: Iterable[Item], *, tries: int = 8) -> None:
        self._count(items := list(items))
        super().put(items, tries=tries)

    def put_new(self, items: Iterable[Item]) -> None:
        self._count(items := list(items))
        super().put_new(items)

    def _count(self, items: list[Item]) -> None:
        # One row a capture: no look-up items, no redirects on the way to it, nothing that was taken down.
        rows = [row for row in items if "day" in row and "final" not in row]
        robots = sum(row.get("purpose") == "robots" for row in rows)
        with self._lock:
            self.robots += robots
            self.pages += len(rows) - robots


def load_archive(aws: EmbeddedAws, stack: Stack, archive: Path) -> Known:
    """Put the folder's WARC files into the bucket, and write their rows into the table; return what the folder held.

    The rows are made by the code that rebuilds a deployment's table, so the result lists damage, and captures that
    were taken down stay so. Raises ArchiveError.
    """
    s3 = aws.client("s3")
    folders.load(s3, stack.bucket, archive)
    table = _CountedTable(aws.client("dynamodb"), stack.table)
    tombstones = Tombstones(load_tombstones(s3, stack.bucket))
    rebuilt = rebuild(
        Objects(s3, stack.bucket),
        table,
        Indexing(bucket=stack.bucket, terms=stack.settings().index_terms, tombstones=tombstones),
    )
    return Known(rebuilt.files, table.pages, table.robots, tombstones.damaged + rebuilt.damaged)


def run(
    urls: Sequence[str],
    archive: Path,
    *,
    parameters: Mapping[str, str] | None = None,
    loopback: Collection[str] = (),
    watcher: Watcher = UNWATCHED,
    patience: float = PATIENCE,
) -> Outcome:
    """Archive URLs in an embedded AWS and return the outcome.

    archive: folder of WARC files, read before the run; each invocation's files are added to it. parameters: overrides
    of template.yaml's. loopback: addresses of this machine that a person named (settings.loopback_addresses); pages of
    no others are fetched. watcher: gets the events; the function's whole log goes to archive/run.log. patience: total
    seconds of waiting with nothing else to do.

    Raises ArchiveError if the folder cannot be written, if possible before anything is fetched; Interrupted at Ctrl-C,
    after what was archived has been saved.
    """
    started = time.monotonic()
    folders.prepare(archive)
    with EmbeddedAws() as aws:
        stack = stacks.create(aws, f"pressmark-run-{next(_RUNS)}", parameters)
        sqs = aws.client("sqs")
        known = load_archive(aws, stack, archive)
        push(sqs, stack.queue_url, urls)
        pages, waits = Pages(urls), Patience(patience)

        def keep_waiting(idle: float) -> bool:
            waiting = pages.waiting()
            left = waits.left(idle, waiting)
            watcher.waiting(left, waiting)
            return left > 0

        loop = Loop(aws, stack, archive, pages, on_page=watcher.page, loopback=loopback)
        try:
            tally = loop.mapping.run(until_idle=True, keep_waiting=keep_waiting)
            ready, waiting = loop.mapping.backlog()
        except KeyboardInterrupt:
            with undisturbed():
                loop.kill()
                loop.save()
                done = {
                    row["message_id"] for row in rows_of(loop.files, archive, aws, stack) if _is_kept(row)
                }
                raise Interrupted(len(done), len(urls) - len(done)) from None
        finally:
            with undisturbed():
                loop.close()
        left = pages.left()
        return Outcome(
            tally=tally,
            rows=rows_of(loop.files, archive, aws, stack),
            files=loop.files,
            known=known,
            dead=dead_letters(sqs, stack.dead_letter_queue_url),
            left=max(ready + waiting, len(left))
            if ready + waiting
            else 0,  # a message may have several pages
            waiting=left if ready + waiting else [],
            skipped=pages.skipped(),
            requisites=pages.requisites(),
            seconds=time.monotonic() - started,
        )


def _is_kept(row: Item) -> bool:
    return "error" not in row and "purpose" not in row and "message_id" in row


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C within the block, so that what a first one, or the end of the run, has begun is finished."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def push(sqs: Any, queue_url: str, urls: Sequence[str]) -> None:
    """Send one message for each URL, ten in a request. Raises MessageError if the queue refuses one."""
    for start in range(0, len(urls), 10):
        answer = sqs.send_message_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(number), "MessageBody": url} for number, url in enumerate(urls[start : start + 10])
            ],
        )
        for refused in answer.get("Failed", ()):
            raise MessageError(
                f"the queue refused {urls[start + int(refused['Id'])]!r}: {refused['Message']}"
            )


def rows_of(files: Iterable[Path], archive: Path, aws: EmbeddedAws, stack: Stack) -> list[dict[str, Any]]:
    """Return the table's rows of the captures in WARC files of the archive folder, oldest first.

    The files alone say which captures are a run's: their times do not, since the clock may go back.
    """
    dynamodb = aws.client("dynamodb")
    keys_only = Indexing(bucket=stack.bucket, terms=(), tombstones=Tombstones())
    found: list[dict[str, Any]] = []
    for path in files:
        if not path.name.endswith(folders.SUFFIXES):
            continue
        key = path.relative_to(archive).as_posix()
        with path.open("rb") as stream:
            for _, items in items_of_file(stream, key, keys_only, on_gap=Gaps()):
                for item in items:
                    if "day" not in item:
                        continue
                    place = {name: {"S": item[name]} for name in ("site", "capture")}
                    if there := dynamodb.get_item(TableName=stack.table, Key=place).get("Item"):
                        found.append(from_item(there))
    return sorted(found, key=lambda row: str(row["captured"]))


def dead_letters(sqs: Any, queue_url: str) -> list[dict[str, Any]]:
    """Return the messages of a queue, with body and attributes; they stay in the queue."""
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageAttributeNames=["All"]
    ).get("Messages"):
        found += messages
    return found

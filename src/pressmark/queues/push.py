"""Puts URLs on the queue: checks them, sends them in batches, many at a time, and resumes an interrupted push."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressmark.aws import asking
from pressmark.errors import ArchiveError, ForeignFileError, MessageError
from pressmark.files import whole_file
from pressmark.queues.message import parse, trim
from pressmark.text import counted

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MESSAGES_A_BATCH = 10
"""Messages that SendMessageBatch takes (Amazon SQS API reference)."""

BATCH_BYTES = 250 * 1024
"""Maximum bytes of one SendMessageBatch: the older limit of 256 KiB, which some regions and emulators still have."""

BATCHES_AT_A_TIME = 8
"""Batches under way at a time."""

TRIES = 6

REMEMBERED = 1_000_000
"""How many messages are remembered to recognise repeats, about 100 bytes each."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something to push. number: its place in its source, from 1. source: the name of a file or other source."""

    number: int
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not a URL, and why."""

    line: Line
    reason: str


@dataclass(slots=True)
class Pushed:
    """What became of a push. sent: messages on the queue. again: lines that repeat an earlier one.

    unread: entries and parts of feeds and sitemaps that could not be read. If the pages are archived at once, sent:
    pages archived; requisites: files in the archive that they need; unchanged: pages of ``sent`` that were found
    unchanged; skipped: pages that needed no capture; failed: pages that could not be archived; waiting: pages to be
    pushed again. upto: every line to this number is settled.
    """

    sent: int = 0
    refused: list[Refused] = field(default_factory=list)
    again: int = 0
    unread: int = 0
    requisites: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    waiting: int = 0
    upto: int = 0


def bodies(
    lines: Iterable[Line], options: dict[str, Any], refused: Callable[[Refused], None]
) -> Iterator[tuple[Line, str]]:
    """Yield each line with the message body made from it. Empty lines and those that begin with # are skipped.

    options: members of the JSON message (tags, note, if_not_archived_within, capture_all, requisites); those of a line
    that is JSON itself override them. refused: called with each line that is not a valid message.
    """
    for line in lines:
        text = trim(line.text)
        if not text or text.startswith("#"):
            continue
        if not text.isprintable() and any("\ud800" <= character <= "\udfff" for character in text):
            refused(Refused(line, "not UTF-8"))
            continue
        try:
            yield line, _body(text, options)
        except MessageError as error:
            refused(Refused(line, error.reason))


def _body(text: str, options: dict[str, Any]) -> str:
    given: dict[str, Any] | None = None
    if text.startswith("{"):
        parse(text)
        given = json.loads(text)
    if given is None and not options:
        return parse(text).url
    message = {**options, **(given or {"url": parse(text).url})}
    body = json.dumps(message, separators=(",", ":"))
    parse(body)
    return body


def once(
    messages: Iterable[tuple[Line, str]], on_again: Callable[[Line], None]
) -> Iterator[tuple[Line, str]]:
    """Leave out messages that repeat one of the last million; call ``on_again`` with the line of each."""
    seen: dict[bytes, None] = {}
    for line, body in messages:
        digest = hashlib.blake2b(body.encode(), digest_size=16).digest()
        if digest in seen:
            on_again(line)
            continue
        seen[digest] = None
        if len(seen) > REMEMBERED:
            del seen[next(iter(seen))]
        yield line, body


def push(
    client: "SQSClient",
    queue_url: str,
    messages: Iterable[tuple[Line, str]],
    *,
    on_sent: Callable[[int, int], None] = lambda _count, _upto: None,
    refused: Callable[[Refused], None] = lambda _refused: None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Send messages, ten a request and some requests at a time; return how many were sent.

    on_sent: called with how many more were sent, and the number of the line up to which all are settled. refused:
    called with each line whose message SQS does not accept. Raises ArchiveError as soon as a message could not be sent;
    then it is not known which lines after the last ``on_sent`` were sent.
    """
    total = 0
    batches = _batches(messages)
    with ThreadPoolExecutor(BATCHES_AT_A_TIME, thread_name_prefix="push") as threads:
        while window := list(islice(batches, BATCHES_AT_A_TIME * 2)):
            faults = list(threads.map(lambda batch: _send(client, queue_url, batch, sleep), window))
            for fault in chain.from_iterable(faults):
                refused(fault)
            sent = sum(map(len, window)) - sum(map(len, faults))
            total += sent
            on_sent(sent, window[-1][-1][0].number)
    return total


def _batches(messages: Iterable[tuple[Line, str]]) -> Iterator[list[tuple[Line, str]]]:
    batch: list[tuple[Line, str]] = []
    bytes_so_far = 0
    for line, body in messages:
        size = len(body.encode())
        if batch and (len(batch) == MESSAGES_A_BATCH or bytes_so_far + size > BATCH_BYTES):
            yield batch
            batch, bytes_so_far = [], 0
        batch.append((line, body))
        bytes_so_far += size
    if batch:
        yield batch


def _send(
    client: "SQSClient", queue_url: str, batch: Sequence[tuple[Line, str]], sleep: Callable[[float], None]
) -> list[Refused]:
    """Send a batch; return what SQS refuses for good. Raises ArchiveError if it does not take the rest."""
    waiting = {str(number): body for number, (_, body) in enumerate(batch)}
    refused: list[Refused] = []
    for attempt in range(TRIES):
        with asking(f"SendMessageBatch to {queue_url}"):
            answer = client.send_message_batch(
                QueueUrl=queue_url,
                Entries=[{"Id": number, "MessageBody": body} for number, body in waiting.items()],
            )
        failed = answer.get("Failed", [])
        # The fault is the message's: it would be refused again (Amazon SQS API reference, BatchResultErrorEntry).
        faults = [each for each in failed if each.get("SenderFault")]
        refused += [
            Refused(batch[int(each["Id"])][0], f"SQS refuses it: {each.get('Message') or each['Code']}")
            for each in faults
        ]
        waiting = {each["Id"]: waiting[each["Id"]] for each in failed if each not in faults}
        if not waiting:
            return refused
        sleep(min(5.0, 0.2 * 2**attempt))
    raise ArchiveError(
        f"SendMessageBatch to {queue_url}: {counted(len(waiting), 'message')} not accepted after {TRIES} tries"
    )


_BOOKMARK = re.compile(r"([0-9a-f]{64} \S.*) (\d{1,18})\n", re.ASCII)
_BOOKMARK_BYTES = 4096
"""How much of a bookmark is read: a digest, a queue's URL or a folder (a few hundred bytes), and a number."""


class Bookmark:
    """How far a file has been pushed, kept next to it until it is done: ``urls.txt.pressmark-push``.

    It counts only for the content that the file had then, and for the same queue. Raises ForeignFileError if another
    program wrote a file of that name, OSError.
    """

    def __init__(self, file: Path, queue: str) -> None:
        self.path = file.with_name(file.name + ".pressmark-push")
        self._identity = f"{_digest(file)} {queue}"
        self._look()

    def _look(self) -> re.Match[str] | None:
        """Return what the bookmark says, None if there is none."""
        try:
            with self.path.open("rb") as file:
                said = file.read(_BOOKMARK_BYTES).decode("utf-8", "replace")
        except FileNotFoundError:
            return None
        if not said:  # an empty file may be replaced
            return None
        if (found := _BOOKMARK.fullmatch(said)) is None:
            raise ForeignFileError(
                f"{self.path} was not written by an interrupted push and is left alone: move it away, and push again"
            )
        return found

    def read(self) -> int:
        """Return the number of the last line that is settled, 0 if that is not known."""
        found = self._look()
        return int(found[2]) if found and found[1] == self._identity else 0

    def write(self, line: int) -> None:
        """Write down that every line up to this one is settled."""
        with whole_file(self.path) as file:
            file.write(f"{self._identity} {line}\n".encode())

    def remove(self) -> None:
        """Delete the bookmark, as the file is done."""
        self.path.unlink(missing_ok=True)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

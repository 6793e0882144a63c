"""``pressmark local serve``: an AWS on this machine that captures what is pushed to it, until Ctrl-C.

Nothing is printed here: a listener gets the events.
"""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pressmark.errors import ArchiveError, SettingsError, WarcError
from pressmark.files import whole_file
from pressmark.forms import INDEX_TERMS
from pressmark.local import folder as folders
from pressmark.local import stack
from pressmark.local.account import CREDENTIALS
from pressmark.local.loop import Loop
from pressmark.local.pages import Entry, Pages, Patience
from pressmark.local.run import PATIENCE, STACK, load_archive, push, undisturbed
from pressmark.local.server import EmbeddedAws
from pressmark.local.site import PORT, Site
from pressmark.local.stack import Stack
from pressmark.queues import runs
from pressmark.text import counted

EXPORTED = (
    "PRESSMARK_TABLE",
    "PRESSMARK_BUCKET",
    "PRESSMARK_QUEUE_URL",
    "PRESSMARK_DEAD_LETTER_QUEUE_URL",
    "PRESSMARK_STATE_TABLE",
)
"""Variables of the function by which the command line finds the archive, too (pressmark.cli.target)."""

WAITING = "queue.jsonl"
"""A file of the archive folder: the messages that were on the queue when it ended, one JSON string a line."""

IDLE_PAUSE = 0.25
"""Seconds between two polls of an empty queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How to serve.

    port: of the AWS, 0 for any free one. pages_port: of the sample pages; None for 8000, or another if that is taken.
    capture: whether what is on the queue is captured. loopback: addresses of this machine that pages may be fetched
    from. then: a command to run instead of waiting for Ctrl-C.
    """

    host: str = "127.0.0.1"
    port: int = 5000
    pages_port: int | None = None
    capture: bool = True
    loopback: Collection[str] = ()
    then: Sequence[str] = ()


class Listener(Protocol):
    """Gets the events, from several threads."""

    def ready(self, variables: Mapping[str, str], places: Mapping[str, str], /) -> None:
        """Serving has begun. variables: for other programs. places: of queue, bucket, table and pages."""

    def page(self, entry: Entry, /) -> None:
        """A page is done, for now or for good: its log line."""

    def damaged(self, damage: WarcError, /) -> None:
        """A part of the archive folder cannot be read."""

    def saved(self, file: Path, /) -> None:
        """A file is in the archive folder."""

    def say(self, text: str, /) -> None:
        """A sentence about the queue. It may hold what strangers wrote."""


class _EndNow(KeyboardInterrupt):
    """SIGTERM or SIGHUP: the sender does not wait for pages."""


def serve(archive: Path, serving: Serving, parameters: Mapping[str, str], listener: Listener) -> int | None:
    """Keep an AWS and the sample pages up until Ctrl-C, or for as long as a command runs.

    At Ctrl-C, what is on the queue is captured first; a second one ends at once. Messages that are left then are
    reported, kept in the folder, and put back on the queue the next time. parameters: overrides of template.yaml's.
    Returns the command's exit code, None if there was none or it was interrupted. Raises ArchiveError, SettingsError.
    """
    code: int | None = None
    folders.prepare(archive)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end_now)
    with EmbeddedAws(serving.host, serving.port) as aws, _site(serving) as site:
        # Look-up items cost nothing here.
        created = stack.create(aws, STACK, {"IndexTerms": ",".join(INDEX_TERMS), **(parameters or {})})
        for damage in load_archive(aws, created, archive).damaged:
            listener.damaged(damage)
        _put_back(aws, created, archive, listener.say)
        pages = Pages(())
        loop = Loop(
            aws,
            created,
            archive,
            pages,
            on_page=listener.page,
            loopback=[*serving.loopback, f"127.0.0.1:{site.port}"],
        )
        loop.mapping.pause = IDLE_PAUSE
        feeding = threading.Thread(target=loop.mapping.run, name="feeding", daemon=True)
        try:
            if serving.then:
                code = subprocess.run(serving.then, check=False).returncode  # noqa: S603 - what its caller typed
            else:
                _introduce(aws, created, site, listener)
            if serving.capture:
                feeding.start()
            while not serving.then and (feeding.is_alive() or not serving.capture):
                time.sleep(0.5)
        except _EndNow:
            pass
        except KeyboardInterrupt:
            with suppress(KeyboardInterrupt):
                if serving.capture:
                    _finish(aws, created, loop, pages, listener.say)
        with undisturbed():
            loop.mapping.stop()
            loop.kill()
            if feeding.ident is not None:
                feeding.join()
            loop.close()
            for path in loop.files:
                listener.saved(path)
            _keep(aws, created, archive, listener.say)
    return code


def _site(serving: Serving) -> Site:
    site = Site(host=serving.host, port=PORT if serving.pages_port is None else serving.pages_port)
    if serving.pages_port and site.port != serving.pages_port:
        site.close()
        raise SettingsError(
            f"port {serving.pages_port} is taken: give the sample pages another with --pages-port N "
            "(make serve PAGES_PORT=N), or 0 for any that is free"
        )
    return site


def _introduce(aws: EmbeddedAws, created: Stack, site: Site, listener: Listener) -> None:
    variables = {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": aws.endpoint,
        **{name: created.environment[name] for name in EXPORTED},
        "PRESSMARK_QUEUE_ARN": created.event_source.queue_arn,
    }
    places = {
        "queue": created.queue_url,
        "bucket": created.bucket,
        "table": created.table,
        "pages": f"{site.base}/",
    }
    listener.ready(variables, places)


def _finish(aws: EmbeddedAws, created: Stack, loop: Loop, pages: Pages, say: Callable[[str], None]) -> None:
    """Capture what is on the queue, as long as a run would wait for it."""
    count = len(_pages(aws, created.queue_url))
    if not count:
        return
    say(f"{counted(count, 'page')} on the queue: finishing (Ctrl-C again stops at once)")
    patience, idle_since = Patience(PATIENCE), time.monotonic()
    while aws.queued(created.queue_url):
        if loop.mapping.busy or loop.mapping.backlog()[0]:
            idle_since = time.monotonic()
        elif patience.left(time.monotonic() - idle_since, pages.waiting()) <= 0:
            return
        time.sleep(0.25)


def _pages(aws: EmbeddedAws, queue_url: str) -> list[str]:
    """Return the messages on a queue, one for each page."""
    return [page for body in aws.queued(queue_url) for page in runs.bodies_of(body)]


def _keep(aws: EmbeddedAws, created: Stack, archive: Path, say: Callable[[str], None]) -> None:
    """Report what is left on the queues, which end with this process, and keep the pages to be captured."""
    for body in _pages(aws, created.dead_letter_queue_url):
        say(f"not archived, given up: {body[:200]}")
    left = _pages(aws, created.queue_url)
    if not left:
        return
    file = archive / WAITING
    try:
        with whole_file(file) as out:
            out.writelines(json.dumps(body).encode() + b"\n" for body in left)
    except OSError as error:
        raise ArchiveError(f"{file} cannot be written: {error.strerror}") from error
    for body in left[:20]:
        say(f"not archived, was on the queue: {body[:200]}")
    say(f"{counted(len(left), 'page')} kept in {file}; the next make serve puts them back on its queue")


def _put_back(aws: EmbeddedAws, created: Stack, archive: Path, say: Callable[[str], None]) -> None:
    """Put on the queue what was left on it the last time. Raises ArchiveError."""
    file = archive / WAITING
    if not file.exists():
        return
    try:
        bodies: list[Any] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        if not all(isinstance(body, str) for body in bodies):
            raise ArchiveError(f"{file} was not written by make serve and is left alone: move it away")
        push(aws.client("sqs"), created.queue_url, bodies)
        file.unlink()
    except (OSError, ValueError, RecursionError) as error:
        raise ArchiveError(f"{file} cannot be read: {error}; repair it or move it away") from error
    say(f"{counted(len(bodies), 'page')} left from the last time put back on the queue")


def _end_now(_number: int, _frame: object) -> None:
    raise _EndNow

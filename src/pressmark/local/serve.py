"""``make serve``: an AWS of this machine that captures what is pushed to it, until Ctrl-C."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pressmark.cli import display, exits
from pressmark.errors import ArchiveError, SettingsError
from pressmark.files import whole_file
from pressmark.local import folder as folders
from pressmark.local import stack
from pressmark.local.loop import Loop
from pressmark.local.pages import Entry, Pages, Patience
from pressmark.local.run import PATIENCE, STACK, load_archive, push, undisturbed
from pressmark.local.server import CREDENTIALS, EmbeddedAws
from pressmark.local.site import PORT, Site
from pressmark.local.stack import Stack
from pressmark.text import counted, safe

EXPORTED = (
    "PRESSMARK_TABLE",
    "PRESSMARK_BUCKET",
    "PRESSMARK_QUEUE_URL",
    "PRESSMARK_DEAD_LETTER_QUEUE_URL",
    "PRESSMARK_STATE_TABLE",
)
"""Variables of the function that lead the command line to the archive, too (pressmark.cli.target)."""

WAITING = "queue.jsonl"
"""In the archive folder: messages that were on the queue when it ended, one JSON string a line."""

IDLE_PAUSE = 0.25
"""Seconds between two looks at a queue that was empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where it listens. port: of the AWS, 0 for any. pages_port: of the sample pages; None: 8000, or another."""

    host: str = "127.0.0.1"
    port: int = 5000
    pages_port: int | None = None


class _EndNow(KeyboardInterrupt):
    """SIGTERM or SIGHUP: whoever sends it does not wait for pages."""


def serve(
    archive: Path,
    where: Where,
    parameters: Mapping[str, str],
    *,
    capture: bool = True,
    loopback: Collection[str] = (),
    then: Sequence[str] = (),
) -> int:
    """Keep an AWS and the sample pages up until Ctrl-C, and print the variables that lead other programs there.

    capture: whether what is on its queue is captured. Ctrl-C finishes what is on the queue, a second one ends at once;
    what is left then is said, kept in the folder, and put back on the queue the next time. then: a command to run
    instead of waiting for Ctrl-C. Returns its exit code, or 0. Raises ArchiveError, SettingsError.
    """
    code = exits.INTERRUPTED if then else 0
    folders.prepare(archive)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end_now)
    with EmbeddedAws(where.host, where.port) as aws, _site(where) as site:
        created = stack.create(aws, STACK, parameters)
        for damage in load_archive(aws, created, archive).damaged:
            _say(display.damage_line(damage, archive))
        _put_back(aws, created, archive)
        pages = Pages(())
        loop = Loop(
            aws,
            created,
            archive,
            pages,
            on_page=_tell,
            loopback=[*loopback, f"127.0.0.1:{site.port}"],
            pause=IDLE_PAUSE,
        )
        feeding = threading.Thread(target=loop.mapping.run, name="feeding", daemon=True)
        try:
            if then:
                code = subprocess.run(then, check=False).returncode  # noqa: S603 - what its caller typed
            else:
                _introduce(aws, created, site)
            if capture:
                feeding.start()
            while not then and (feeding.is_alive() or not capture):
                time.sleep(0.5)
        except _EndNow:
            pass
        except KeyboardInterrupt:
            with suppress(KeyboardInterrupt):
                _finish(aws, created, loop, pages, capture=capture)
        with undisturbed():
            loop.mapping.stop()
            loop.kill()
            if feeding.ident is not None:
                feeding.join()
            loop.close()
            for path in loop.files:
                print(path)
            _keep(aws, created, archive)
    return code


def _site(where: Where) -> Site:
    site = Site(host=where.host, port=PORT if where.pages_port is None else where.pages_port)
    if where.pages_port and site.port != where.pages_port:
        site.close()
        raise SettingsError(
            f"port {where.pages_port} is taken: give the sample pages another with --pages-port N "
            "(make serve PAGES_PORT=N), or 0 for any that is free"
        )
    return site


def _introduce(aws: EmbeddedAws, created: Stack, site: Site) -> None:
    settings = {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": aws.endpoint,
        **{name: created.environment[name] for name in EXPORTED},
        "PRESSMARK_QUEUE_ARN": created.event_source.queue_arn,
    }
    for name, value in settings.items():
        print(f"export {name}={value}")
    print(f"# queue   {created.queue_url}")
    print(f"# bucket  {created.bucket}")
    print(f"# table   {created.table}")
    print(f"# pages   {site.base}/", flush=True)


def _tell(entry: Entry) -> None:
    """Say what became of a page."""
    why = [str(entry[name]) for name in ("code", "reason") if name in entry]
    wait = f" (again in {entry['wait']} s)" if "wait" in entry else ""
    _say(f"{entry['outcome']}: {': '.join([str(entry['url']), *why])}{wait}")


def _finish(aws: EmbeddedAws, created: Stack, loop: Loop, pages: Pages, *, capture: bool) -> None:
    """Capture what is on the queue, as long as a run would wait for it."""
    count = len(aws.queued(created.queue_url))
    if not capture or not count:
        return
    _say(f"{counted(count, 'page')} on the queue: finishing (Ctrl-C again ends it now)")
    patience, idle_since = Patience(PATIENCE), time.monotonic()
    while aws.queued(created.queue_url):
        if loop.mapping.busy or loop.mapping.backlog()[0]:
            idle_since = time.monotonic()
        elif patience.left(time.monotonic() - idle_since, pages.waiting()) <= 0:
            return
        time.sleep(0.25)


def _keep(aws: EmbeddedAws, created: Stack, archive: Path) -> None:
    """Say what is left on the queues, which end with this process, and keep what is to be captured."""
    for body in aws.queued(created.dead_letter_queue_url):
        _say(f"not archived, given up: {body[:200]}")
    left = aws.queued(created.queue_url)
    if not left:
        return
    file = archive / WAITING
    try:
        with whole_file(file) as out:
            out.writelines(json.dumps(body).encode() + b"\n" for body in left)
    except OSError as error:
        raise ArchiveError(f"{file} cannot be written: {error.strerror}") from error
    for body in left[:20]:
        _say(f"not archived, was on the queue: {body[:200]}")
    _say(f"{counted(len(left), 'page')} kept in {file}; the next make serve puts them back on its queue")


def _put_back(aws: EmbeddedAws, created: Stack, archive: Path) -> None:
    """Put on the queue what was left on it the last time. Raises ArchiveError."""
    file = archive / WAITING
    if not file.exists():
        return
    try:
        bodies: list[Any] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        if not all(isinstance(body, str) for body in bodies):
            raise ArchiveError(f"{file} is not what make serve left, and is left alone: move it away")
        push(aws.client("sqs"), created.queue_url, bodies)
        file.unlink()
    except (OSError, ValueError, RecursionError) as error:
        raise ArchiveError(f"{file} cannot be read: {error}; mend it or move it away") from error
    _say(f"{counted(len(bodies), 'page')} left from the last time put back on the queue")


def _say(text: str) -> None:
    print(safe(text), file=sys.stderr, flush=True)


def _end_now(_number: int, _frame: object) -> None:
    raise _EndNow

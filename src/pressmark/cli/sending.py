"""Sends the messages of a push to the stack's queue, or archives their pages on this machine."""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pressmark.cli.console import note
from pressmark.cli.target import Target, open_stack
from pressmark.cli.terminal import is_terminal, rich_console
from pressmark.text import counted

if TYPE_CHECKING:
    from pressmark.queues.push import Bookmark, Line, Pushed, Refused


def send(
    target: Target,
    file: Path | None,
    messages: "Callable[[int], Iterator[tuple[Line, str]]]",
    refuse: Callable[["Refused"], None],
    done: "Pushed",
    *,
    from_start: bool,
) -> None:
    """Put messages on the stack's queue, and count them in ``done``.

    file: the only source of the messages, so that their push can be resumed; None if there are other sources.
    messages: returns those after a line of it, by number. refuse: called with each that SQS does not accept.
    from_start: do not resume. Raises Failure, ArchiveError.
    """
    from pressmark.queues.push import Bookmark, push

    archive = open_stack(target)
    queue_url = archive.output("QueueUrl")
    bookmark = Bookmark(file, queue_url) if file is not None else None
    settled = bookmark.read() if bookmark and not from_start else 0
    if settled:
        note(
            f"{file}: resuming after line {settled}, where it was interrupted (--from-start pushes the whole file)"
        )
    noted: list[OSError] = []
    try:
        with _progress(file) as advance:

            def sent(count: int, upto: int) -> None:
                done.sent += count
                advance(count)
                noted.extend(_noted(bookmark, upto) if bookmark and not noted else ())

            push(archive.client("sqs"), queue_url, messages(settled), on_sent=sent, refused=refuse)
    except BaseException:
        if done.sent:
            on = f"; push {file} again to resume there" if bookmark and not noted else ""
            note(f"interrupted after {counted(done.sent, 'page')}{on}")
        raise
    if bookmark:
        bookmark.remove()


def _noted(bookmark: "Bookmark", upto: int) -> Iterator[OSError]:
    """Write the bookmark. If that fails, say so and yield the error: the push goes on, as what was sent stays sent."""
    try:
        bookmark.write(upto)
    except OSError as error:
        note(
            f"{error.filename}: {error.strerror}; if this push is interrupted, the next one starts from the beginning"
        )
        yield error


def _progress(file: Path | None) -> AbstractContextManager[Callable[[int], None]]:
    if not is_terminal(sys.stderr):
        return nullcontext(lambda _count: None)
    return _Bar(_count_lines(file))


class _Bar:
    """A progress bar on standard error."""

    def __init__(self, total: int | None) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("pushing"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=rich_console(err=True),
            transient=True,
        )
        self._task = self._progress.add_task("pushing", total=total)

    def __enter__(self) -> Callable[[int], None]:
        self._progress.start()
        return lambda count: self._progress.update(self._task, advance=count)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def _count_lines(file: Path | None) -> int | None:
    if file is None or str(file) == "-":
        return None
    with file.open("rb") as stream:
        return sum(piece.count(b"\n") for piece in iter(lambda: stream.read(1 << 20), b""))


def archive(
    folder: Path,
    messages: list[str],
    done: "Pushed",
    crawl: Mapping[str, object],
    loopback: Collection[str] = (),
    named: Collection[str] = (),
) -> bool:
    """Run messages through an embedded AWS, as make run does, and count in ``done`` what was archived and skipped.

    crawl: how to fetch, as :func:`pressmark.cli.crawling.crawl_options` passes it. loopback: addresses of this machine
    that pages may be fetched from. named: URLs of the command line. Prints each page that was not archived, with the
    reason; returns whether there was none. Raises ArchiveError, SettingsError.
    """
    from pressmark.cli.crawling import parameters
    from pressmark.cli.live import Display
    from pressmark.local.run import run

    if not messages:
        return True
    with Display(rich_console(err=True), len(messages)) as display:
        outcome = run(messages, folder, parameters=parameters(crawl), watcher=display, loopback=loopback)
    pages = outcome.pages
    failed = [row for row in pages if "error" in row]
    archived = {row["message_id"] for row in pages} - {row["message_id"] for row in failed}
    done.sent = len(archived)
    done.unchanged = len({row["message_id"] for row in pages if "revisit" in row} & archived)
    dead = [each for each in outcome.dead if not any(row["url"] in each["Body"] for row in failed)]
    done.failed = len(failed) + len(dead)
    done.waiting = outcome.left
    done.requisites = outcome.requisites
    for entry in sorted(outcome.skipped, key=lambda entry: str(entry["message_id"])):
        if entry["message_id"] not in archived:
            done.skipped += 1
            note(f"skipped: {entry['url']}: {entry.get('reason', 'nothing to do')}")
    for row in failed:
        hint = _loopback_hint(row["url"], loopback, named) if row["error"] == "blocked-url" else ""
        note(f"not archived: {row['url']}: {row['error']}: {row.get('reason', '')}{hint}")
    for message in dead:
        note(f"not archived: {message['Body'][:200]}")
    for error in outcome.tally.errors:
        note(f"invocation failed: {error}")
    for page in outcome.waiting:
        why = ": ".join(str(page[name]) for name in ("url", "code", "reason") if name in page)
        note(f"not archived: {why} (failed for now; push it again)")
    if outcome.left > len(outcome.waiting):
        note(f"{counted(outcome.left - len(outcome.waiting), 'page')} more could not be finished; push again")
    return outcome.is_whole


def _loopback_hint(url: str, allowed: Collection[str], named: Collection[str]) -> str:
    """Say how a refused page of this machine can be archived; name no option if only a feed or file names the page."""
    from pressmark.errors import UrlError
    from pressmark.urls import clean, loopback_address

    here = loopback_address(url)
    if here is None or here in allowed:
        return ""
    for each in named:
        with suppress(UrlError):
            if loopback_address(clean(each)) == here:
                return f" (--allow-loopback, or PRESSMARK_ALLOW_LOOPBACK={here}, lets it be archived)"
    return " (pages of this machine are archived only if their address is on the command line)"

"""``pressmark push``: URLs onto the queue."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.console import is_terminal, note, rich_console, safe
from pressmark.cli.selecting import TIME
from pressmark.cli.target import Target, folder_of, open_stack, with_target
from pressmark.words import counted

if TYPE_CHECKING:
    from pressmark.archive.times import Span
    from pressmark.feeds import Entry
    from pressmark.push import Line, Refused

SECTION = "Put in"

SHOWN = 20
"""Refused lines that are named one by one."""

_NOTHING = "nothing to push: give URLs, --file, --feed or --sitemap"

_UTF16 = ("\udcff\udcfe", "\udcfe\udcff")
"""How a file in UTF-16 begins, read as UTF-8 with surrogateescape."""


@click.command(name="push")
@with_target
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option(
    "--file",
    "-f",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    help="One URL (or JSON message) a line; - for standard input. Empty lines and # lines are passed over.",
)
@click.option(
    "--feed",
    "feeds",
    multiple=True,
    metavar="URL",
    help="The pages of an RSS or Atom feed (or a file of one).",
)
@click.option(
    "--sitemap",
    "sitemaps",
    multiple=True,
    metavar="URL",
    help="The pages of a sitemap and those it lists; or a robots.txt.",
)
@click.option(
    "--since", type=TIME, help="Of feeds and sitemaps: only what is dated then or later, or not dated."
)
@click.option("--tag", "tags", multiple=True, metavar="LABEL", help="A label of your own; may be repeated.")
@click.option("--note", "remark", metavar="TEXT", help="A sentence that is kept with the captures.")
@click.option(
    "--if-not-archived-within",
    "within",
    metavar="SPAN",
    help="Only what was not captured for so long: '3d 5h'.",
)
@click.option(
    "--capture-all", is_flag=True, help="Keep error pages (4xx, 5xx), too, instead of trying again."
)
@click.option(
    "--from-start", is_flag=True, help="Push a file from its first line, though a part of it was pushed."
)
@click.option("--check", is_flag=True, help="Only say what would be refused; push nothing.")
def command(
    target: Target,
    urls: tuple[str, ...],
    file: Path | None,
    feeds: tuple[str, ...],
    sitemaps: tuple[str, ...],
    since: "Span | None",
    tags: tuple[str, ...],
    remark: str | None,
    within: str | None,
    capture_all: bool,
    from_start: bool,
    check: bool,
) -> None:
    """Put URLs on the capture queue; with --archive, archive them now.

    What is no URL is refused, its line is named, and the rest is pushed; the exit code is then 2. A file whose
    push was broken off goes on where it stopped when it is pushed again.

    \b
    Examples:
      pressmark push https://example.com/ https://example.org/
      pressmark push --file urls.txt --tag election --note "front pages"
      grep -h news *.txt | pressmark push --file - --if-not-archived-within 1d
      pressmark push --sitemap https://example.com/robots.txt --since 7d
      pressmark push https://example.com/ --archive ./archive
    """
    from pressmark.message import trim
    from pressmark.push import Pushed, bodies, once

    piped = not (urls or file or feeds or sitemaps)
    if piped:
        if is_terminal(sys.stdin):
            raise click.UsageError(_NOTHING)
        file = Path("-")
    options = _options(tags, remark, within, capture_all)
    given = _Given(urls, file, feeds, sitemaps, since)
    done = Pushed()

    def refuse(refused: "Refused") -> None:
        done.refused.append(refused)
        if len(done.refused) <= SHOWN:
            shown = trim(refused.line.text)[:200].encode("utf-8", "replace").decode()
            note(f"{_where(refused.line)}: {refused.reason}: {shown}")

    def again(_: "Line") -> None:
        done.again += 1

    def messages(settled: int) -> "Iterator[tuple[Line, str]]":
        return once(bodies(given.lines(settled), options, refuse), again)

    folder = folder_of(target)
    if check:
        done.sent = sum(1 for _ in messages(0))
    elif folder is not None:
        _archive(folder, [body for _, body in messages(0)], done)
    else:
        _push(target, given.lone_file(), messages, refuse, done, from_start=from_start)
    if piped and not done.sent and not done.refused:
        raise click.UsageError(_NOTHING)
    _conclude(done, "would be pushed" if check else "archived" if folder else "pushed")


def _options(
    tags: tuple[str, ...], remark: str | None, within: str | None, capture_all: bool
) -> dict[str, Any]:
    from pressmark.message import parse_span

    options: dict[str, Any] = {}
    if within is not None:
        options["if_not_archived_within"] = int(parse_span(within).total_seconds())
    if capture_all:
        options["capture_all"] = True
    if tags:
        options["tags"] = list(tags)
    if remark:
        options["note"] = remark
    return options


@dataclass(frozen=True, slots=True)
class _Given:
    """Where URLs come from."""

    urls: tuple[str, ...]
    file: Path | None
    feeds: tuple[str, ...]
    sitemaps: tuple[str, ...]
    since: "Span | None"

    def lone_file(self) -> Path | None:
        """The file, if it is all there is: only that can be gone on with."""
        others = self.urls or self.feeds or self.sitemaps
        return self.file if self.file is not None and str(self.file) != "-" and not others else None

    def lines(self, settled: int) -> Iterator["Line"]:
        """Yield every URL with where it stood; of the file, what is behind line ``settled``."""
        from pressmark.push import Line

        for number, url in enumerate(self.urls, 1):
            yield Line(number, url, "argument")
        for source, found in self._listed():
            for number, entry in enumerate(found, 1):
                if self.since is None or entry.moment is None or entry.moment >= self.since.start:
                    yield Line(number, entry.url, source)
        if self.file is None:
            return
        with click.open_file(str(self.file), "r", encoding="utf-8", errors="surrogateescape") as stream:
            name = "standard input" if str(self.file) == "-" else str(self.file)
            for number, text in enumerate(stream, 1):
                if number == 1 and (text.startswith(_UTF16) or "\0" in text[:200]):
                    raise exits.Failure(
                        f"{name}: not UTF-8 (UTF-16, it seems); save it as UTF-8", exits.USAGE
                    )
                if number > settled:
                    yield Line(number, text, name)

    def _listed(self) -> "Iterator[tuple[str, Iterator[Entry]]]":
        from pressmark.feeds import entries, sitemap

        for feed in self.feeds:
            yield feed, entries(_get(feed), feed)
        for address in self.sitemaps:
            yield address, sitemap(address, _get, on_file=note)


def _get(address: str) -> bytes:
    if not address.lower().startswith(("http://", "https://")):
        try:
            return Path(address).read_bytes()
        except OSError as error:
            raise exits.Failure(f"{address}: {error.strerror}", exits.USAGE) from error
    from pressmark.cli.fetching import fetch
    from pressmark.feeds import FeedError

    try:
        return fetch(address)[0]
    except exits.Failure as error:
        raise FeedError(str(error)) from error


def _where(line: "Line") -> str:
    if line.source == "argument":
        return f"argument {line.number}"
    return f"{line.source}, {'entry' if '://' in line.source else 'line'} {line.number}"


def _push(
    target: Target,
    file: Path | None,
    messages: "Callable[[int], Iterator[tuple[Line, str]]]",
    refuse: Callable[["Refused"], None],
    done: Any,
    *,
    from_start: bool,
) -> None:
    from pressmark.push import Bookmark, push

    archive = open_stack(target)
    queue_url = archive.output("QueueUrl")
    bookmark = Bookmark(file, queue_url) if file is not None else None
    settled = bookmark.read() if bookmark and not from_start else 0
    if settled:
        note(f"{file}: going on behind line {settled}, where it was broken off (--from-start begins anew)")
    try:
        with _progress(file) as advance:

            def sent(count: int, upto: int) -> None:
                done.sent += count
                advance(count)
                if bookmark:
                    bookmark.write(upto)

            push(archive.client("sqs"), queue_url, messages(settled), on_sent=sent, refused=refuse)
    except BaseException:
        if done.sent:
            on = f"; push {file} again, and it goes on from there" if bookmark else ""
            note(f"broken off after {counted(done.sent, 'page')}{on}")
        raise
    if bookmark:
        bookmark.remove()


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


def _archive(folder: Path, messages: list[str], done: Any) -> None:
    """Run the messages through the embedded AWS, as make run does, and count what was archived."""
    from pressmark.local.run import run
    from pressmark.local.show import Display

    if not messages:
        return
    with Display(rich_console(err=True), len(messages)) as display:
        outcome = run(messages, folder, parameters={"BatchWindow": "1"}, on_page=display.page)
    pages = [row for row in outcome.rows if row.get("purpose", "page") == "page"]
    failed = [row for row in pages if "error" in row]
    done.sent = len({row["message_id"] for row in pages} - {row["message_id"] for row in failed})
    for row in failed:
        note(f"not archived: {row['url']}: {row['error']}: {row.get('reason', '')}")
    for message in outcome.dead:
        note(f"not archived: {message['Body'][:200]}")
    for error in outcome.tally.errors:
        note(f"invocation failed: {error}")
    if outcome.left:
        note(f"{counted(outcome.left, 'page')} failed for now; push again later")
    if outcome.dead or outcome.left or outcome.tally.errors or failed:
        click.echo(f"{counted(done.sent, 'page')} archived", err=True)
        raise click.exceptions.Exit(exits.NOTHING)


def _conclude(done: Any, verb: str) -> None:
    if len(done.refused) > SHOWN:
        note(f"... and {len(done.refused) - SHOWN} more")
    refused = f", {len(done.refused):,} refused" if done.refused else ""
    again = f", {done.again:,} left out that came before" if done.again else ""
    click.echo(safe(f"{counted(done.sent, 'page')} {verb}{again}{refused}"), err=True)
    if done.refused:
        raise click.exceptions.Exit(exits.USAGE)

"""``pressmark push``: puts URLs on the queue."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.crawling import (
    crawl_options,
    for_this_machine_only,
    loopback,
    parameters,
    requisites_option,
)
from pressmark.cli.selecting import TIME
from pressmark.cli.sending import archive, send
from pressmark.cli.sources import Sources
from pressmark.cli.summary import Tally, conclude
from pressmark.cli.target import Target, folder_of, with_target
from pressmark.cli.terminal import is_terminal
from pressmark.cli.typed import resumable
from pressmark.text import safe

if TYPE_CHECKING:
    from pressmark.archive.times import Span
    from pressmark.queues.push import Line

SECTION = "Add"

_NOTHING = "nothing to push: give URLs, --file, --feed or --sitemap"

_REST = "push the same pages again with --if-not-archived-within 1d: those that are saved are skipped"


@click.command(name="push")
@with_target
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option(
    "--file",
    "-f",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    help="File with one URL (or JSON message) per line; - reads standard input. Skips empty lines and # comments.",
)
@click.option(
    "--feed",
    "feeds",
    multiple=True,
    metavar="URL",
    help="Push the pages of an RSS or Atom feed (URL or file).",
)
@click.option(
    "--sitemap",
    "sitemaps",
    multiple=True,
    metavar="URL",
    help="Push the pages of a sitemap and the sitemaps it lists, or of those a robots.txt names.",
)
@click.option(
    "--since",
    type=TIME,
    help="With --feed/--sitemap: skip entries dated before TIME (undated ones are kept).",
)
@click.option(
    "--label",
    "--tag",
    "labels",
    multiple=True,
    metavar="LABEL",
    help="Label for list --label; can be repeated.",
)
@click.option("--note", "remark", metavar="TEXT", help="Text to keep with the captures.")
@click.option(
    "--if-not-archived-within",
    "within",
    metavar="SPAN",
    help="Skip pages captured within this time span, e.g. '3d 5h'.",
)
@click.option(
    "--capture-all", is_flag=True, help="Keep error pages (4xx, 5xx) as captures instead of retrying."
)
@requisites_option
@click.option(
    "--from-start", is_flag=True, help="Push the whole file, even if an earlier push of it was interrupted."
)
@crawl_options
@click.option("--check", is_flag=True, help="Print what would be pushed and refused; push nothing.")
def command(
    target: Target,
    urls: tuple[str, ...],
    file: Path | None,
    feeds: tuple[str, ...],
    sitemaps: tuple[str, ...],
    since: "Span | None",
    labels: tuple[str, ...],
    remark: str | None,
    within: str | None,
    capture_all: bool,
    requisites: str | None,
    from_start: bool,
    check: bool,
    crawl: dict[str, object],
) -> None:
    """Put URLs on the capture queue; with --archive, archive them now.

    A line that is not a URL is reported with its number; all others are pushed, and the exit code is 2. If a push of
    a --file is interrupted, push the file again: it resumes where it stopped. With --archive it starts from the
    beginning.

    \b
    Examples:
      pressmark push https://example.com/ https://example.org/
      pressmark push --file urls.txt --label election --note "front pages"
      grep -h news *.txt | pressmark push --file - --if-not-archived-within 1d
      pressmark push --sitemap https://example.com/robots.txt --since 7d
      pressmark push https://example.com/ --archive ./archive
    """
    from pressmark.queues.push import Pushed, bodies, once

    if since is not None and not (feeds or sitemaps):
        raise click.UsageError("--since goes with --feed or --sitemap: only their entries have dates.")
    piped = not (urls or file or feeds or sitemaps)
    if piped:
        if is_terminal(sys.stdin):
            raise click.UsageError(_NOTHING)
        file = Path("-")
    named = (*urls, *feeds, *sitemaps)
    folder = folder_of(target)
    if folder is None:
        for_this_machine_only(crawl)
    else:
        parameters(crawl)  # errors are reported before anything is fetched
        loopback(crawl, named)
    options = _options(labels, remark, within, capture_all, requisites)
    given = Sources(urls, file, feeds, sitemaps, since)
    done = Pushed()
    tally = Tally(done)

    def messages(settled: int) -> "Iterator[tuple[Line, str]]":
        return once(bodies(given.lines(settled, tally.unread), options, tally.refuse), tally.again)

    whole = True
    if check:
        for _, body in messages(0):
            click.echo(safe(body))
            done.sent += 1
    elif folder is not None:
        allowed = loopback(crawl, named)
        with resumable(_REST):
            whole = archive(folder, [body for _, body in messages(0)], done, crawl, allowed, named)
    else:
        send(target, given.lone_file(), messages, tally.refuse, done, from_start=from_start)
    if piped and not done.sent and not done.refused:
        raise click.UsageError(_NOTHING)
    conclude(done, "would be pushed" if check else "archived" if folder else "pushed")
    if done.refused or done.unread:
        raise click.exceptions.Exit(exits.USAGE)
    if not whole:
        raise click.exceptions.Exit(exits.NOTHING)


def _options(
    labels: tuple[str, ...],
    remark: str | None,
    within: str | None,
    capture_all: bool,
    requisites: str | None,
) -> dict[str, Any]:
    from pressmark.queues.message import parse_span

    options: dict[str, Any] = {}
    if within is not None:
        options["if_not_archived_within"] = int(parse_span(within).total_seconds())
    if capture_all:
        options["capture_all"] = True
    if labels:
        options["tags"] = list(labels)  # labels have always been called tags in messages
    if remark:
        options["note"] = remark
    if requisites:
        options["requisites"] = requisites
    return options

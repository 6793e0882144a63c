"""``pressmark watch``: pages captured on a schedule."""

from typing import Any

import click

from pressmark.cli import exits
from pressmark.cli.console import Column, chosen, format_options, note, print_items
from pressmark.cli.crawling import requisites_option
from pressmark.cli.target import Archive, Target, open_archive, with_target
from pressmark.text import listed

SECTION = "Add"


@click.command(name="watch")
@with_target
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--every", metavar="SPAN", help="How often: 30m, 6h, 1d, or cron(0 6 * * ? *).")
@click.option(
    "--timezone", default="UTC", show_default=True, help="Time zone of a cron expression, e.g. Europe/Berlin."
)
@click.option(
    "--label",
    "--tag",
    "tags",
    multiple=True,
    metavar="LABEL",
    help="Label for each capture; can be repeated.",
)
@requisites_option
@click.option("--stop", is_flag=True, help="Stop watching these pages.")
@format_options
def command(
    target: Target,
    urls: tuple[str, ...],
    every: str | None,
    timezone: str,
    tags: tuple[str, ...],
    requisites: str | None,
    stop: bool,
    output: str | None,
) -> None:
    """Capture pages on a schedule, or list the scheduled pages.

    Needs a stack: EventBridge Scheduler puts each page on its queue. Watching a page again replaces its schedule. For
    an archive folder, and for feeds and sitemaps, run pressmark push from cron.

    \b
    Examples:
      pressmark watch https://example.com/ --every 6h --label front-page
      pressmark watch https://example.com/news/1 --every "cron(0 6 * * ? *)" --timezone Europe/Berlin
      pressmark watch
      pressmark watch --stop https://example.com/
    """
    if urls and bool(every) == stop:
        raise click.UsageError("add --every SPAN (such as 6h) or --stop")
    if not urls and (every or stop):
        raise click.UsageError("no URLs given")
    messages = [_message(url, tags, requisites) for url in urls]
    _check(messages, every, timezone)
    schedules = _schedules(open_archive(target))
    if not urls:
        items = ({"url": each.url, "every": each.every, **each.message} for each in schedules.watched())
        if print_items(items, _COLUMNS, chosen(output)) == 0:
            note("no pages are watched")
    elif stop:
        missing = [url for url in urls if not schedules.stop(url)]
        for url in missing:
            note(f"{url} was not watched")
        if missing:
            raise click.exceptions.Exit(exits.NOTHING)
    else:
        for message in messages:
            watched = schedules.watch(message, every or "", timezone=timezone)
            note(f"{watched.url}: {watched.every}")


def _message(url: str, tags: tuple[str, ...], requisites: str | None) -> dict[str, Any]:
    said = {"url": url, "tags": list(tags), "requisites": requisites}
    return {name: value for name, value in said.items() if value}


def _check(messages: list[dict[str, Any]], every: str | None, timezone: str) -> None:
    """Refuse what cannot be watched, before any request to AWS. Raises MessageError, UsageError."""
    import json
    from zoneinfo import available_timezones

    from pressmark.queues.message import parse
    from pressmark.queues.schedules import expression

    for message in messages:
        parse(json.dumps(message))
    if every:
        expression(every)
    known = available_timezones()  # none, on a machine without the time zone database
    if known and timezone not in known:
        raise click.UsageError(
            f"--timezone: {timezone!r} is not a time zone; write one such as Europe/Berlin"
        )


def _schedules(archive: Archive) -> Any:
    from pressmark.queues.schedules import Schedules

    if archive.folder is None and not (archive.outputs or {}).get("WatchGroupName"):
        raise exits.Failure(
            f"{archive.label} has no schedules",
            exits.USAGE,
            "an embedded AWS has none; for a stack, use --stack NAME or set the PRESSMARK_WATCH_ variables",
        )
    return Schedules(
        archive.client("scheduler"),
        group=archive.output("WatchGroupName"),
        role_arn=archive.output("WatchRoleArn"),
        queue_arn=archive.output("QueueArn"),
    )


_COLUMNS = (
    Column("url", lambda item: item["url"]),
    Column("every", lambda item: item["every"]),
    Column("labels", lambda item: item.get("tags"), listed),
    Column("requisites", lambda item: item.get("requisites")),
)

"""``pressmark failures``: what could not be archived, and why."""

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import discarding
from pressmark.cli.console import Column, chosen, format_options, note, print_items
from pressmark.cli.listing import listed
from pressmark.cli.selecting import selection_options
from pressmark.cli.target import NAMED, Archive, Target, open_archive, with_target
from pressmark.clock import now
from pressmark.text import moment

if TYPE_CHECKING:
    from pressmark.archive.selection import Selection

SECTION = "Maintain"

DAYS = 30
"""How many days back rows are looked for, unless options choose a period or a URL."""


@click.command(name="failures")
@with_target
@selection_options
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    default=1000,
    show_default=True,
    help="Maximum number of rows (0 = no limit).",
)
@click.option("--summary", is_flag=True, help="Print only the number of failures of each kind.")
@click.option(
    "--discard",
    type=NAMED,
    metavar="REASON",
    help="Remove the dead letters chosen by --error or --message-id; REASON is kept with each.",
)
@click.option(
    "--message-id",
    "message_ids",
    multiple=True,
    type=NAMED,
    metavar="ID",
    help="ID of a dead letter, as --json prints it; can be repeated.",
)
@format_options
def command(
    target: Target,
    selection: "Selection",
    limit: int,
    summary: bool,
    discard: str | None,
    message_ids: tuple[str, ...],
    output: str | None,
) -> None:
    """List what failed and why: rows with an error, and dead letters.

    Lists rows of the last 30 days (or what the options choose) and the whole dead-letter queue. The column 'where'
    says which of the two it is.

    To retry dead letters, use pressmark redrive. To remove them from the queue, use --discard, which keeps a record of
    each in the archive's bucket; the rows of failed pages stay.

    \b
    Examples:
      pressmark failures
      pressmark failures --error not-found --from 2026-11
      pressmark failures --site example.com --summary
      pressmark failures --error read-timeout --discard "the site is gone for good"
    """
    if summary and output == "urls":
        raise click.UsageError("--summary has no URLs; use --format table, jsonl, csv or tsv")
    archive = open_archive(target)
    if discard is not None or message_ids:
        codes = [value for kind, value in selection.terms if kind == "error"]
        if discard is None or not (codes or message_ids) or summary or not _is_of_errors(selection):
            raise click.UsageError(
                "--discard REASON goes with --error CODE or --message-id ID, and with nothing else"
            )
        discarding.discard(archive, discard, codes=codes, message_ids=message_ids)
        return
    found = list(islice(_rows(archive, selection), limit or None)) + _dead(archive, selection)
    if summary:
        counted = Counter((each["where"], each["error"]) for each in found)
        items = [
            {"where": where, "error": error, "count": count}
            for (where, error), count in counted.most_common()
        ]
        count = print_items(items, _SUMMARY, chosen(output))
    else:
        count = print_items(found, _COLUMNS, chosen(output))
    if count == 0:
        note("nothing failed")


def _is_of_errors(selection: "Selection") -> bool:
    """Whether the error code is the only condition."""
    from pressmark.archive.selection import Selection

    return replace(selection, terms=()) == Selection() and all(kind == "error" for kind, _ in selection.terms)


def _rows(archive: Archive, selection: "Selection") -> Any:
    from datetime import timedelta

    from pressmark.archive.selection import whole_rows

    if selection.start is None and selection.end is None and selection.url is None:
        selection = replace(selection, start=now() - timedelta(days=DAYS))
    found = (each for each in listed(archive, selection) if _may_be_failure(each.item))
    for each in whole_rows(archive.reader, found):
        row = each.item
        if "error" in row:
            yield {
                "where": "row",
                "time": row["captured"],
                "error": row["error"],
                "reason": row.get("reason", ""),
                "url": row["url"],
                "labels": row.get("labels", []),
            }


def _may_be_failure(item: dict[str, Any]) -> bool:
    # Only its row says whether a look-up item by term is of a failure. Rows and items of by_day say it themselves.
    return "error" in item or "=" in item["site"]


def _dead(archive: Archive, selection: "Selection") -> list[dict[str, Any]]:
    from pressmark.queues.deadletters import DeadLetters

    if archive.session is None or not (archive.outputs or {}).get("DeadLetterQueueUrl"):
        return []
    letters = DeadLetters(archive.client("sqs"), archive.output("DeadLetterQueueUrl"), "")
    wanted = dict(selection.terms).get("error")
    found = []
    everything = list(letters.read())  # all, before any is visible again: otherwise reading would never end
    for letter in everything:
        letters.leave(letter)
        if wanted in (None, letter.code) and not selection.url:
            found.append(
                {
                    "where": "queue",
                    "time": letter.sent,
                    "error": letter.code,
                    "reason": letter.reason,
                    "url": letter.url or letter.body[:1000],
                    "message_id": letter.message_id,
                }
            )
    return found


_COLUMNS = (
    Column("where", lambda item: item["where"]),
    Column("time", lambda item: item["time"], moment),
    Column("error", lambda item: item["error"]),
    Column("url", lambda item: item["url"]),
    Column("reason", lambda item: item["reason"]),
)

_SUMMARY = (
    Column("where", lambda item: item["where"]),
    Column("error", lambda item: item["error"]),
    Column("count", lambda item: item["count"]),
)

"""``pressmark redrive``: puts dead letters back on the queue; in a folder, captures failed pages again."""

from typing import TYPE_CHECKING

import click

from pressmark.cli import exits
from pressmark.cli.crawling import crawl_options, for_this_machine_only, parameters
from pressmark.cli.selecting import Code, has_scheme, with_scheme
from pressmark.cli.target import Archive, Target, folder_of, open_archive, with_target

if TYPE_CHECKING:
    from pressmark.archive.same import Named

SECTION = "Maintain"


@click.command(name="redrive")
@with_target
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option(
    "--error",
    "codes",
    multiple=True,
    metavar="CODE",
    type=Code(),
    help="Put back messages that failed with CODE; can be repeated.",
)
@click.option("--all", "every", is_flag=True, help="Put back all capture requests.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Maximum number of messages.")
@crawl_options
@click.option("--dry-run", is_flag=True, help="Print what would be put back; change nothing.")
def command(
    target: Target,
    urls: tuple[str, ...],
    codes: tuple[str, ...],
    every: bool,
    limit: int | None,
    dry_run: bool,
    crawl: dict[str, object],
) -> None:
    """Put dead letters back on the queue; with --archive, retry failed pages.

    Choose messages by URL or error code, or take --all. Messages that are not capture requests stay where they are,
    because they would only fail again. A folder has no queue: with --archive, pages whose last capture failed are
    captured again at once.

    \b
    Examples:
      pressmark redrive --all
      pressmark redrive --error read-timeout --error service-unavailable
      pressmark redrive https://example.com/news/1
      pressmark redrive --all --dry-run --archive ./archive
    """
    from pressmark.archive.same import Kin, Named
    from pressmark.queues.deadletters import DeadLetter, DeadLetters

    if not (urls or codes or every):
        raise click.UsageError("choose messages: URLs, --error CODE, or --all")
    named = [Named(with_scheme(url), any_scheme=not has_scheme(url)) for url in urls]
    if folder_of(target) is None:
        for_this_machine_only(crawl)
    else:
        parameters(crawl)  # errors are reported before anything is read
    archive = open_archive(target)
    if archive.folder is not None:
        _capture_again(archive, named, codes, limit, dry_run, crawl)
        return
    letters = DeadLetters(
        archive.client("sqs"), archive.output("DeadLetterQueueUrl"), archive.output("QueueUrl")
    )
    count = 0

    def wanted(letter: DeadLetter) -> bool:
        nonlocal count
        url = letter.url
        chosen = url is not None and (
            every or letter.code in codes or any(each.kin(url) is Kin.SAME for each in named)
        )
        count += chosen
        return chosen and not dry_run

    moved, left = letters.redrive(wanted, limit=limit)
    if moved + left == 0:
        raise exits.Failure(
            "there are no dead letters, and redrive puts back only these",
            exits.NOTHING,
            "pressmark failures lists the pages that failed, and push captures a page again",
        )
    if dry_run:
        moved = min(count, limit or count)
        click.echo(f"{moved} would be put back", err=True)
    else:
        click.echo(f"{moved} put back, {left} left", err=True)
    if moved == 0:
        raise click.exceptions.Exit(exits.NOTHING)


def _capture_again(
    archive: Archive,
    named: "list[Named]",
    codes: tuple[str, ...],
    limit: int | None,
    dry_run: bool,
    crawl: dict[str, object],
) -> None:
    from pressmark.cli.retrying import again
    from pressmark.cli.typed import resumable

    with resumable():
        count, whole = again(archive, named=named, codes=codes, limit=limit, dry_run=dry_run, crawl=crawl)
    if not count:
        raise exits.nothing(
            "nothing that was asked for has failed; pressmark failures lists what has"
            if named or codes
            else "nothing has failed"
        )
    if not whole:
        raise click.exceptions.Exit(exits.NOTHING)

"""``pressmark redrive``: dead letters back onto the queue."""

import click

from pressmark.cli import exits
from pressmark.cli.selecting import Code, has_scheme, with_scheme
from pressmark.cli.target import Target, open_archive, with_target

SECTION = "Look after"


@click.command(name="redrive")
@with_target
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option(
    "--error",
    "codes",
    multiple=True,
    metavar="CODE",
    type=Code(),
    help="Those that failed this way; may be repeated.",
)
@click.option("--all", "every", is_flag=True, help="All that are capture requests.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option("--dry-run", is_flag=True, help="Only say how many would be put back.")
def command(
    target: Target,
    urls: tuple[str, ...],
    codes: tuple[str, ...],
    every: bool,
    limit: int | None,
    dry_run: bool,
) -> None:
    """Put dead letters back on the queue, for a new round of tries.

    The given URLs, those of an error code, or all. Messages that are no capture requests stay: they would come
    back.

    \b
    Examples:
      pressmark redrive --all
      pressmark redrive --error read-timeout --error service-unavailable
      pressmark redrive https://example.com/news/1
    """
    from pressmark.deadletters import DeadLetter, DeadLetters
    from pressmark.same import Kin, Named

    if not (urls or codes or every):
        raise click.UsageError("say which: URLs, --error CODE, or --all")
    named = [Named(with_scheme(url), any_scheme=not has_scheme(url)) for url in urls]
    archive = open_archive(target)
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
    if dry_run:
        moved = min(count, limit or count)
        click.echo(f"{moved} would be put back", err=True)
    else:
        click.echo(f"{moved} put back, {left} left", err=True)
    if moved == 0:
        raise click.exceptions.Exit(exits.NOTHING)

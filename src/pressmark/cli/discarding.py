"""Takes dead letters that nobody wants to try again off their queue, and keeps them in the bucket with the reason."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from pressmark.cli import exits
from pressmark.clock import now

if TYPE_CHECKING:
    from pressmark.cli.target import Archive
    from pressmark.queues.deadletters import DeadLetter


def discard(archive: "Archive", reason: str, *, codes: Collection[str], message_ids: Collection[str]) -> None:
    """Discard the dead letters of these codes, and those with these ids; say how many. Raises Exit for none."""
    from pressmark.queues.deadletters import DeadLetters

    def wanted(letter: "DeadLetter") -> bool:
        return letter.code in codes or letter.message_id in message_ids

    letters = DeadLetters(archive.client("sqs"), archive.output("DeadLetterQueueUrl"), "")
    bucket = archive.output("BucketName")
    gone, left = letters.discard(wanted, reason, s3=archive.client("s3"), bucket=bucket, now=now())
    kept = f"; what they were is in s3://{bucket}/discarded/" if gone else ""
    click.echo(f"{gone} discarded, {left} left{kept}", err=True)
    if not gone:
        raise click.exceptions.Exit(exits.NOTHING)

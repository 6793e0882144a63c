"""The last line of a push or a retry: how many pages had which outcome."""

from typing import TYPE_CHECKING

import click

from pressmark.cli.console import note
from pressmark.text import counted, safe

if TYPE_CHECKING:
    from pressmark.queues.push import Pushed

SHOWN = 20
"""Refused lines that are named one by one."""


def conclude(done: "Pushed", verb: str) -> None:
    """Say how many pages were pushed (``verb``: or archived), skipped, refused and so on, on standard error."""
    for count in (len(done.refused), done.unread):
        if count > SHOWN:
            note(f"... and {count - SHOWN} more")
    parts = [f"{counted(done.sent, 'page')} {verb}"]
    parts += [f"with {counted(done.requisites, 'requisite')}"] if done.requisites else []
    parts += [f"{done.unchanged:,} of them unchanged"] if done.unchanged else []
    parts += [f"{done.skipped:,} skipped"] if done.skipped else []
    parts += [f"{done.failed:,} failed"] if done.failed else []
    parts += [f"{done.waiting:,} to be pushed again"] if done.waiting else []
    parts += [f"{counted(done.again, 'duplicate')} left out"] if done.again else []
    parts += [f"{len(done.refused):,} refused"] if done.refused else []
    parts += [f"{done.unread:,} not read"] if done.unread else []
    click.echo(safe(", ".join(parts)), err=True)

"""What is said of a push or a retry: lines that are refused, and last how many pages had which outcome."""

from typing import TYPE_CHECKING

import click

from pressmark.cli.console import note
from pressmark.cli.sources import where
from pressmark.text import counted, safe

if TYPE_CHECKING:
    from pressmark.queues.push import Line, Pushed, Refused

SHOWN = 20
"""Refused lines that are named one by one."""


class Tally:
    """Counts the lines that are not pushed, and names the first of them."""

    def __init__(self, done: "Pushed") -> None:
        self._done = done

    def refuse(self, refused: "Refused") -> None:
        """Count a line that is refused; name it if it is one of the first."""
        from pressmark.queues.message import trim

        self._done.refused.append(refused)
        if len(self._done.refused) <= SHOWN:
            shown = trim(refused.line.text)[:200].encode("utf-8", "replace").decode()
            note(f"{where(refused.line)}: {refused.reason}: {shown}")

    def unread(self, reason: str) -> None:
        """Count something that could not be read; give the reason if it is one of the first."""
        self._done.unread += 1
        if self._done.unread <= SHOWN:
            note(reason)

    def again(self, _: "Line") -> None:
        """Count a line that repeats an earlier one."""
        self._done.again += 1


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

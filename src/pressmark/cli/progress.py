"""Shows how far a long command has come: one line on standard error, which disappears at the end."""

from typing import Self

from pressmark.cli.terminal import show_passing
from pressmark.clock import REAL, Outside

EVERY_SECONDS = 0.3
"""Minimum seconds between two lines, and before the first one, so that short commands show nothing."""


class Progress:
    """Shows the newest of the texts that it is called with, while the ``with`` block lasts; in a pipe nothing.

    quiet: show nothing, because the terminal gets the output itself.
    """

    def __init__(self, *, quiet: bool = False, outside: Outside = REAL) -> None:
        self._monotonic = outside.monotonic
        self._next = float("inf") if quiet else self._monotonic() + EVERY_SECONDS

    def __call__(self, text: str) -> None:
        """Show a text, one line, unless the last one was shown less than EVERY_SECONDS ago."""
        now = self._monotonic()
        if now >= self._next:
            show_passing(text)
            self._next = now + EVERY_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._next = float("inf")
        show_passing("")

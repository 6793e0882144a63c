"""What a person sees of ``pressmark local serve``: where it listens, what becomes of each page, what is left."""

import sys
from collections.abc import Mapping
from pathlib import Path

from pressmark.cli.display import damage_line
from pressmark.errors import WarcError
from pressmark.local.pages import Entry
from pressmark.text import safe


class Narrator:
    """Prints the events: what programs need on standard output, what people need on standard error.

    archive: the folder, for the commands that are suggested.
    """

    def __init__(self, archive: Path) -> None:
        self._archive = archive

    def ready(self, variables: Mapping[str, str], places: Mapping[str, str]) -> None:
        """Print the variables as a shell reads them, and the places as comments."""
        for name, value in variables.items():
            print(f"export {name}={value}")
        for name, value in places.items():
            print(f"# {name:<7} {value}")
        sys.stdout.flush()

    def page(self, entry: Entry) -> None:
        """Say what became of a page."""
        why = [str(entry[name]) for name in ("code", "reason") if name in entry]
        wait = f" (again in {entry['wait']} s)" if "wait" in entry else ""
        self.say(f"{entry['outcome']}: {': '.join([str(entry['url']), *why])}{wait}")

    def damaged(self, damage: WarcError) -> None:
        """Say which place cannot be read, and which command tells more."""
        self.say(damage_line(damage, self._archive))

    def saved(self, file: Path) -> None:
        """Name a file that was written."""
        print(file)

    def say(self, text: str) -> None:
        """Print a line on standard error."""
        print(safe(text), file=sys.stderr, flush=True)

"""The command line: ``pressmark``.

Each command is a module of :mod:`pressmark.cli.commands` with a click command named ``command``; a new file is a
new command. They import what they need when they run, so that ``pressmark --help`` answers at once.
"""

import sys

from pressmark.cli.libraries import INSTALL


def main() -> None:
    """Run the command line; ends the process with an exit code of :mod:`pressmark.cli.exits`."""
    from pressmark.cli.terminal import guard_streams

    guard_streams()  # before anything else is imported: what a library makes of the streams is guarded, too
    try:
        from pressmark.cli.root import cli
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("pressmark"):
            raise
        # Installed without the command line's libraries. As pressmark.cli.exits says it, which needs one of them.
        print(f"pressmark: the library {error.name} is not installed ({INSTALL})", file=sys.stderr)
        sys.exit(3)

    cli(prog_name="pressmark")

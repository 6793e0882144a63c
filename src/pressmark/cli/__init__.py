"""The command line: ``pressmark``.

Each command is a module of :mod:`pressmark.cli.commands` with a click command named ``command``; a new file is a
new command. They import what they need when they run, so that ``pressmark --help`` answers at once.
"""

import gc
import sys


def main() -> None:
    """Run the command line; ends the process with an exit code of :mod:`pressmark.cli.exits`."""
    from pressmark.cli.terminal import guard_streams

    guard_streams()  # before anything else is imported, so that libraries get the guarded streams, too
    try:
        from pressmark.cli.root import cli
    except ModuleNotFoundError as error:
        from pressmark.cli.missing import missing

        if (told := missing(error)) is None:
            raise
        print(
            f"pressmark: {told[0]} ({told[1]})", file=sys.stderr
        )  # in the form of pressmark.cli.exits, which needs click
        sys.exit(3)

    try:
        cli(prog_name="pressmark")
    finally:
        # At its end Python looks through all objects for garbage, which takes a fifth of a short command's time. DuckDB
        # reports objects that are spared this as leaked.
        if "duckdb" not in sys.modules:
            gc.freeze()

"""The command line: ``pressmark``.

Each command is a module of :mod:`pressmark.cli.commands` with a click command named ``command``; a new file is a
new command. They import what they need when they run, so that ``pressmark --help`` answers at once.
"""


def main() -> None:
    """Run the command line; ends the process with an exit code of :mod:`pressmark.cli.exits`."""
    from pressmark.cli.root import cli

    _speak()
    cli(prog_name="pressmark")


def _speak() -> None:
    """Let no character end a command: a pipe gets UTF-8, a terminal that cannot show one a question mark."""
    import io
    import sys

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")

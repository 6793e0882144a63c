"""The command line: ``pressmark``.

Each command is a module of :mod:`pressmark.cli.commands` with a click command named ``command``; a new file is a
new command. They import what they need when they run, so that ``pressmark --help`` answers at once.
"""


def main() -> None:
    """Run the command line; ends the process with an exit code of :mod:`pressmark.cli.exits`."""
    from pressmark.cli.terminal import guard_streams

    guard_streams()  # before anything else is imported: what a library makes of the streams is guarded, too
    from pressmark.cli.root import cli

    cli(prog_name="pressmark")

"""``pressmark local``: an AWS of one's own, on this machine."""

from pathlib import Path

import click

from pressmark.cli.target import Target, folder_of, with_target

SECTION = "Look after"


@click.command(name="local")
@with_target
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=5000, show_default=True, help="Port of the embedded AWS."
)
def command(target: Target, host: str, port: int) -> None:
    """Run an AWS on this machine with the archive of a folder in it.

    Until Ctrl-C, which saves new WARC files into the folder. It prints the variables that lead other programs there:
    sam local invoke, aws, pressmark without --archive. Nothing of it is needed for pressmark with --archive.

    \b
    Examples:
      pressmark local --archive ./archive
    """
    from pressmark.local.__main__ import main

    folder = folder_of(target) or Path("archive")
    code = main(["--archive", str(folder), "serve", "--host", host, "--port", str(port)])
    raise click.exceptions.Exit(code)

"""``pressmark web``: the archive in a browser, and over HTTP for programs."""

from typing import TYPE_CHECKING

import click

from pressmark.cli.console import note
from pressmark.cli.exits import NO_ACCESS, Failure
from pressmark.cli.target import NAMED, Archive, Target, open_archive, with_target

if TYPE_CHECKING:
    from pressmark.access.context import Archive as Served

SECTION = "Look up"


@click.command(name="web")
@with_target
@click.option(
    "--host",
    type=NAMED,
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen at.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    metavar="N",
    help="Port (0 = a free one).",
)
@click.option(
    "--name", "names", type=NAMED, multiple=True, metavar="HOST", help="Another name of this machine."
)
def command(target: Target, host: str, port: int, names: tuple[str, ...]) -> None:
    """Serve the archive over HTTP on this machine; Ctrl-C ends it.

    People get pages, programs the CDX server API and Memento: the application that the access function runs in AWS
    (docs/access.md). Programs of this machine and its own pages may ask it; --host opens it to the network.

    \b
    Examples:
      pressmark web --archive ./archive
      pressmark web --stack pressmark --port 9000
    """
    from pressmark.access.app import Application
    from pressmark.access.server import Server

    archive = open_archive(target)
    try:
        server = Server(Application(_served(archive)), host=host, port=port, names=names)
    except OSError as error:
        raise Failure(
            f"cannot listen at {host} port {port}: {error.strerror or error}; try --port 0", NO_ACCESS
        ) from error
    note(f"{server.url} (Ctrl-C ends it)")
    try:
        server.run()
    except KeyboardInterrupt:
        note("")
    finally:
        server.close()


def _served(archive: Archive) -> "Served":
    from pressmark.access.context import Archive as Served
    from pressmark.access.context import Options

    return Served(
        archive.label, archive.reader, archive.files, options=Options(title=archive.label, local=True)
    )

"""``pressmark web``: the archive in a browser, and over HTTP for programs."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pressmark.cli.console import note
from pressmark.cli.exits import NO_ACCESS, Failure
from pressmark.cli.players import check_player
from pressmark.cli.target import NAMED, Archive, Target, open_archive, with_target
from pressmark.errors import PressmarkError

if TYPE_CHECKING:
    from pressmark.access.context import Archive as Served
    from pressmark.access.context import Options, Saving
    from pressmark.access.words import Words

SECTION = "Look up"

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Addresses that only this machine reaches. A browser runs the player's worker there; elsewhere it requires TLS."""


@click.command(name="web")
@with_target
@click.option(
    "--host",
    type=NAMED,
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on.",
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
    "--name",
    "names",
    type=NAMED,
    multiple=True,
    metavar="HOST",
    help="Also accept requests for this host name; can be repeated.",
)
@click.option(
    "--read",
    type=click.Choice(["public", "key"]),
    help="With --host or --public-url: who may read, everyone or holders of a key.  [default: public]",
)
@click.option(
    "--public-url",
    type=NAMED,
    metavar="URL",
    help="Address of the proxy (with TLS) through which others reach it: https://archive.example.org.",
)
@click.option("--title", type=NAMED, metavar="TEXT", help="Name of the archive on its pages.")
@click.option(
    "--assets",
    metavar="DIR|URL",
    help="Folder or URL with ReplayWeb.page's ui.js and sw.js.",
)
def command(
    target: Target,
    host: str,
    port: int,
    names: tuple[str, ...],
    read: str | None,
    public_url: str | None,
    title: str | None,
    assets: str | None,
) -> None:
    """Serve the archive over HTTP on this machine; Ctrl-C ends it.

    People get web pages; programs get the CDX server API, Memento and Save Page Now 2 (docs/access.md).

    By default only this machine can reach it. With --host others can read it too, or only holders of a key with
    --read key. Saving pages needs a stack and, over the network, a key (pressmark key add); an archive folder can only
    be read.

    \b
    Examples:
      pressmark web --archive ./archive
      pressmark web --stack pressmark --port 9000
      pressmark web --archive ./archive --host 0.0.0.0 --read key
      pressmark web --archive ./archive --public-url https://archive.example.org
    """
    from pressmark.access.app import Application
    from pressmark.access.context import Mode, Options
    from pressmark.access.options import MAX_ROWS, MAX_SECONDS
    from pressmark.access.server import Server
    from pressmark.replay.player import ASSETS
    from pressmark.replay.pywb import free_port

    if assets is not None and not assets.lower().startswith(("http://", "https://")):
        check_player(Path(assets))
    # Requests through a proxy come from this machine, although people elsewhere make them.
    is_local = host in LOOPBACK and public_url is None
    if read is not None and is_local:
        raise click.UsageError(
            "--read needs --host or --public-url: without them, only this machine can reach the archive"
        )
    options = Options(
        local=is_local, read=Mode(read or "public"), public_url=_origin(public_url), player=assets or ASSETS
    )
    if not is_local:  # a stranger's request may cost no more here than in the function
        options = replace(options, max_rows=MAX_ROWS, max_seconds=MAX_SECONDS)
    archive = open_archive(target)
    replay_port = free_port(port + 1 if port else 0) if is_local else None
    options = replace(
        options,
        title=title or (archive.folder.resolve().name if archive.folder else options.title),
        replay_url="" if replay_port is None else f"http://127.0.0.1:{replay_port}",
    )
    application = Application(_served(archive, options))
    try:
        server = Server(application, host=host, port=port, names=names)
    except OSError as error:
        raise Failure(
            f"cannot listen at {host} port {port}: {error.strerror or error}; try --port 0", NO_ACCESS
        ) from error
    if replay_port is not None:
        # Archived pages run their scripts. Another name and port keep the scripts away from the archive's own pages.
        replay = Server(application, host="127.0.0.1", port=replay_port)
        threading.Thread(target=replay.run, name="replay", daemon=True).start()
    note(f"{server.url} (Ctrl-C ends it)")
    try:
        server.run()
    except KeyboardInterrupt:
        note("")
    finally:
        server.close()
        if application.archive.words is not None:
            application.archive.words.close()


def _origin(said: str | None) -> str:
    from pressmark.access.options import origin
    from pressmark.errors import SettingsError

    try:
        return origin(said or "", "--public-url")
    except SettingsError as error:
        raise click.UsageError(str(error)) from error


def _served(archive: Archive, options: "Options") -> "Served":
    from pressmark.access.context import Archive as Served
    from pressmark.access.keys.keyfile import BucketKeyFile, FolderKeyFile, Keys
    from pressmark.clock import REAL

    file = (
        FolderKeyFile(archive.folder)
        if archive.folder
        else BucketKeyFile(archive.client("s3"), archive.output("BucketName"))
    )
    return Served(
        archive.label,
        archive.reader,
        archive.files,
        saving=_saving(archive),
        keys=Keys(file, monotonic=REAL.monotonic) if options.takes_keys else None,
        # A folder's reader has an index to keep up to date.
        refresh=getattr(archive.reader, "refresh", None),
        options=options,
        words=_words(archive),
    )


def _words(archive: Archive) -> "Words | None":
    """Return the search index; None if a stack has none yet (see ``pressmark search``), or it cannot be read."""
    from pressmark.access.words import Words
    from pressmark.cli.indexing import search_index

    place = search_index(archive)
    if archive.folder is None and not place.is_file():
        return None
    try:
        return Words(place, archive.reader, archive.files)
    except PressmarkError as error:
        note(f"{error}; texts are read when they are searched")
        return None


def _saving(archive: Archive) -> "Saving | None":
    """Return what saves pages through a stack's queue; None if the queue or the state table is not known."""
    from pressmark.access.clients import saving

    outputs = archive.outputs or {}
    queue, state = outputs.get("QueueUrl"), outputs.get("StateTableName")
    if not queue or not state:
        return None
    return saving(archive.client("sqs"), queue, archive.client("dynamodb"), state)

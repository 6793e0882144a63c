"""``pressmark replay``: shows archived pages in a browser."""

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pressmark.cli.console import note
from pressmark.cli.exits import STORE, Failure
from pressmark.cli.finding import find
from pressmark.cli.players import check_player
from pressmark.cli.selecting import TIME, with_scheme
from pressmark.cli.target import NAMED, Archive, Target, open_archive, with_target
from pressmark.clock import now
from pressmark.files import temporary

if TYPE_CHECKING:
    from pressmark.archive.times import Span

SECTION = "Look up"


@click.command(name="replay")
@with_target
@click.argument("url", type=NAMED, required=False)
@click.option("--at", type=TIME, help="Use the capture closest to TIME (default: the newest).")
@click.option(
    "--player",
    type=click.Choice(["pywb", "replayweb"]),
    default="pywb",
    show_default=True,
    help="Program that shows the pages.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    default=8080,
    show_default=True,
    help="Port (another free one if taken).",
)
@click.option("--assets", metavar="DIR|URL", help="Folder or URL with ReplayWeb.page's ui.js and sw.js.")
@click.option("--no-browser", is_flag=True, help="Print the address; do not open a browser.")
def command(
    target: Target,
    url: str | None,
    at: "Span | None",
    player: str,
    port: int,
    assets: str | None,
    no_browser: bool,
) -> None:
    """Show archived pages in a browser, with pywb or ReplayWeb.page.

    Opens the browser and runs until Ctrl-C. Everything that is shown comes from the archive.

    pywb has to be installed (pipx install pywb). It fetches only the bytes that it shows, so it works with archives of
    any size. ReplayWeb.page needs no installation, and gets a WACZ file of the page's site. The browser loads the
    player from the web unless --assets names a copy.

    \b
    Examples:
      pressmark replay https://example.com/news/1 --archive ./archive
      pressmark replay https://example.com/news/1 --at 2026-11-23
      pressmark replay --player replayweb https://example.com/news/1
    """
    from pressmark.archive.times import timestamp14
    from pressmark.urls import clean

    wanted, moment = clean(with_scheme(url)) if url else "", _timestamp(at)
    if assets is not None and not assets.lower().startswith(("http://", "https://")):
        check_player(Path(assets))
    archive = open_archive(target)
    if url:
        answer = find(archive, url, at)
        if answer.asked is not None or answer.later is not None:  # otherwise a player finds the same capture
            wanted, moment = answer.row["url"], moment or timestamp14(answer.row["captured"])
    with ExitStack() as stack:
        stack.enter_context(temporary())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pressmark-")))
        page = Page(wanted, moment)
        if player == "pywb":
            shown, wait = _pywb(stack, archive, folder, port, page)
        else:
            shown, wait = _replayweb(stack, archive, folder, port, page, assets)
        try:
            note(f"{shown} (Ctrl-C ends it)")
            if not no_browser:
                click.launch(shown)
            while not wait(1):  # a signal that falls between Python and the wait is seen at the next one
                pass
            raise Failure(f"{player} stopped unexpectedly", STORE)
        except KeyboardInterrupt:
            note("")


@dataclass(frozen=True, slots=True)
class Page:
    """The page that is shown first; both are empty for the archive's front page. timestamp: 14 digits, UTC."""

    url: str
    timestamp: str


def _port(wanted: int) -> int:
    """Return a free port, and say so if it is not the wanted one."""
    from pressmark.replay.pywb import free_port

    port = free_port(wanted)
    if wanted not in (0, port):
        note(f"port {wanted} is taken; using {port}")
    return port


def _timestamp(at: "Span | None") -> str:
    return at.start.strftime("%Y%m%d%H%M%S") if at else ""


def _pywb(
    stack: ExitStack, archive: Archive, folder: Path, port: int, page: Page
) -> tuple[str, Callable[[float], bool]]:
    from pressmark.access.index_server import IndexServer
    from pressmark.replay.pywb import Pywb, configuration, find_wayback

    wayback = find_wayback(os.environ)
    index = stack.enter_context(IndexServer(archive.reader, archive.files))
    environment = dict(os.environ)
    if archive.folder is not None:
        place = str(archive.folder.absolute())
    else:
        place = f"s3://{archive.output('BucketName')}/"
        environment |= _login(archive)
    bundled = index.files if archive.folder is not None else ""
    settings = configuration(index=index.endpoint, archive=place, files=bundled)
    (folder / "config.yaml").write_text(settings, encoding="utf-8")
    pywb = stack.enter_context(Pywb(wayback, folder, port=_port(port), environment=environment))
    return pywb.url + (f"{page.timestamp}/" if page.timestamp and page.url else "") + page.url, pywb.wait


def _login(archive: Archive) -> dict[str, str]:
    """Return variables with which pywb's own boto3 finds the same AWS."""
    variables: dict[str, str] = {}
    if archive.session is not None:
        credentials = archive.session.get_credentials()
        if credentials is not None:
            frozen = credentials.get_frozen_credentials()
            variables |= {"AWS_ACCESS_KEY_ID": frozen.access_key, "AWS_SECRET_ACCESS_KEY": frozen.secret_key}
            variables |= {"AWS_SESSION_TOKEN": frozen.token} if frozen.token else {}
        if archive.session.region_name:
            variables["AWS_DEFAULT_REGION"] = archive.session.region_name
    if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
        variables["AWS_ENDPOINT_URL_S3"] = endpoint
    return variables


def _replayweb(
    stack: ExitStack,
    archive: Archive,
    folder: Path,
    port: int,
    page: Page,
    assets: str | None,
) -> tuple[str, Callable[[float], bool]]:
    import threading

    from pressmark.archive.selection import Selection, select, whole_rows
    from pressmark.export.merge import merge
    from pressmark.export.wacz import write_wacz
    from pressmark.replay.page import PageServer, write_page
    from pressmark.replay.player import ASSETS
    from pressmark.urls import host_of

    def left_out(error: Exception) -> None:
        note(f"left out: {error}")

    selection = Selection(url=host_of(page.url), match="host") if page.url else Selection()
    found = whole_rows(archive.reader, select(archive.reader, selection, now=now()))
    with (folder / "archive.wacz").open("wb") as out:
        rows = (each.item for each in found)
        write_wacz(
            out,
            lambda warc: merge(archive.reader, archive.files, rows, warc, on_damage=left_out),
            created=now(),
        )
    write_page(
        folder,
        wacz="archive.wacz",
        title=page.url or archive.label,
        url=page.url,
        timestamp=page.timestamp,
        assets=assets or ASSETS,
    )
    server = stack.enter_context(PageServer(folder, port=_port(port)))
    return server.url, threading.Event().wait
